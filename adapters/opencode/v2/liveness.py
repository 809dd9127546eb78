"""Whether OpenCode still works on an attempt: a run that a crash has cut off never says so by itself.

silence ─▶ look ─▶ listed as active ─▶ it lives
              ├──▶ not listed, its log known, for a while ─▶ lost, or, after an end, over
              └──▶ no answer for a while ─▶ OpenCode has gone away
"""

import asyncio
from dataclasses import dataclass, replace

from adapters.opencode.connection import is_silence
from adapters.opencode.v2.client import Client
from adapters.opencode.v2.verdict import lost
from adapters.opencode.v2.witness import Witness
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Failure, FailureCause, failure


@dataclass(frozen=True, kw_only=True)
class Patience:
    """In seconds. `idle` is also how long a server that comes back has to take up its runs by itself."""

    quiet: float = 10.0
    doubtful: float = 1.0
    idle: float = 5.0
    away: float = 15.0


class Liveness:
    """Looks after one attempt; `trouble` is set once it is lost."""

    def __init__(self, client: Client, witness: Witness, patience: Patience) -> None:
        self.trouble: Failure | None = None
        self._client = client
        self._witness = witness
        self._patience = patience
        self._idle_since: float | None = None
        self._away_since: float | None = None

    def look_in(self, *, connected: bool) -> float:
        """After how many seconds of silence it is time to look; sooner while there is a doubt."""
        doubts = (self._idle_since, self._away_since)
        calm = connected and self._witness.followed and self._witness.run.end is None
        return self._patience.quiet if calm and doubts == (None, None) else self._patience.doubtful

    async def look(self) -> None:
        now = asyncio.get_running_loop().time()
        try:
            active = await self._client.hurried().active()
        except AgentError as error:
            if is_silence(error):
                # It is there, and may be frozen: the limits say for how long that is borne.
                return
            self._away_since = self._away_since or now
            if now - self._away_since >= self._patience.away:
                self.trouble = _gone(error.failure)
            return
        self._away_since = None
        if not self._witness.followed or self._witness.seen.sessions & set(active):
            self._idle_since = None
            return
        self._idle_since = self._idle_since or now
        if now - self._idle_since >= self._patience.idle:
            self._conclude()

    async def loss(self, client: Client) -> Failure | None:
        """That it is lost, where nobody works on it now: for after a silence in which any server has come back."""
        try:
            active = await client.active()
        except AgentError:
            return None
        run = self._witness.run
        idle = self._witness.followed and not run.seen.sessions & set(active)
        return lost(run) if idle and run.end is None else None

    def _conclude(self) -> None:
        """Nobody works on it: it is lost, or it waits for sub-agents that will report no more."""
        run = self._witness.run
        if run.end is None:
            self.trouble = lost(run)
        else:
            self._witness.run = replace(run, working=frozenset(), unread=frozenset())


def _gone(reason: Failure) -> Failure:
    if reason.kind not in (FailureKind.ENGINE_UNREACHABLE, FailureKind.ENGINE_LOST):
        return reason
    causes = (FailureCause(source="opencode", message=reason.message), *reason.causes)
    return failure(FailureKind.ENGINE_LOST, "OpenCode went away while the step was running", causes=causes)
