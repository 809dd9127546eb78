"""The last look at an attempt that is ended from outside: what it has done and used, asked before its end is stored."""

import asyncio
from datetime import datetime, timedelta

from runner.agents import Agents
from runner.failure_kinds import FailureKind
from runner.failures import AgentError
from runner.model import Attempt, Pipeline
from runner.ports import Clock
from runner.traces import NO_TRACES, Traces, unknown_traces

_LOOK_SECONDS = 2.0
_UNKNOWN = "What it had done and used is not known"
_SILENT = f"{_UNKNOWN}: OpenCode did not answer in time"
_AWAY_FOR = timedelta(seconds=5)


class Aftermath:
    """Asks the agents, for a moment. One that cannot be asked holds up a single look, and not those right after it."""

    def __init__(self, agents: Agents, clock: Clock) -> None:
        self._agents = agents
        self._clock = clock
        self._away_until: datetime | None = None
        self._trouble = _SILENT

    async def of(self, pipeline: Pipeline) -> Traces:
        """The traces of its open attempt. Never raises: what cannot be had is said."""
        attempt = open_attempt(pipeline)
        if attempt is None or attempt.session_id is None:
            return NO_TRACES
        if self._away_until is not None and self._clock.now() < self._away_until:
            return unknown_traces(attempt.session_id, self._trouble)
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                return await self._agents.traces(attempt.session_id, pipeline.directory)
        except TimeoutError:
            return self._away(attempt.session_id, _SILENT)
        except AgentError as error:
            trouble = f"{_UNKNOWN}: {error.failure.message}"
            if error.failure.kind is FailureKind.ENGINE_UNREACHABLE:
                return self._away(attempt.session_id, trouble)
            return unknown_traces(attempt.session_id, trouble)

    def _away(self, session_id: str, trouble: str) -> Traces:
        self._away_until, self._trouble = self._clock.now() + _AWAY_FOR, trouble
        return unknown_traces(session_id, trouble)


def open_attempt(pipeline: Pipeline) -> Attempt | None:
    """The one at work, or waiting for a person's answer."""
    step = pipeline.current
    attempt = step.attempt if step else None
    return attempt if attempt is not None and not attempt.status.ended else None
