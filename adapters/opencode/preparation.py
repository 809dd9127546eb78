"""What is asked of OpenCode before an agent works, watched over: a folder that does not open lets everything wait.

asked ─▶ answered
  └───── after some seconds: people are told ─▶ answered, or given up by the step's limit or our own

OpenCode opens a folder at the first call about it, and starts its plugins and MCP servers before it answers. One that
hangs keeps every call about that folder waiting, while OpenCode itself, and other folders, answer as ever.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from adapters.opencode.attention import Teller, engine_silent
from adapters.opencode.connection import is_silence
from adapters.opencode.identity import FROZEN
from adapters.opencode.limits import timed_out
from adapters.opencode.observations import Now
from runner.agents import Work
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Failure, failure

T = TypeVar("T")

IN_THE_FOLDER = (
    "See which plugin or MCP server hangs there (opencode.json, .opencode, OpenCode's log), and take it out; "
    "then restart OpenCode, and try again."
)
_UP, _MUTE = "OpenCode is up, but", "OpenCode takes the connection, but"
_LIKELY = ": a plugin or an MCP server there may hang"


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """In seconds: after how long without an answer people are told, and after how long it is given up."""

    notice: float = 4.0
    open: float = 60.0


class Preparation:
    """Of one attempt. Its time counts from now on."""

    def __init__(
        self, work: Work, teller: Teller, now: Now, is_up: Callable[[], Awaitable[bool]], waiting: Waiting
    ) -> None:
        self._work = work
        self._teller = teller
        self._now = now
        self._is_up = is_up
        self._waiting = waiting
        self._begun = now()

    async def done(self, asked: Coroutine[Any, Any, T]) -> T:
        """What was asked for. Raises AgentError for what it raises, and when no answer comes in time."""
        asking = asyncio.create_task(asked)
        try:
            if not await self._has_ended(asking, min(self._waiting.notice, self._time_left)):
                if self._time_left > 0:
                    await self._tell()
                await self._has_ended(asking, self._patience)
            if not asking.done():
                raise AgentError(await self._unanswered())
            await self._teller.tell({}, {})
            return await asking
        except AgentError as error:
            if not is_silence(error):
                raise
            raise AgentError(await self._unanswered()) from error
        finally:
            asking.cancel()
            await asyncio.wait((asking,))

    @property
    def _patience(self) -> float:
        """After people were told."""
        return min(self._waiting.open - self._waiting.notice, self._time_left)

    @property
    def _time_left(self) -> float:
        spent = self._now().monotonic - self._begun.monotonic
        return max(0.0, self._work.limits.timeout_seconds - spent)

    async def _has_ended(self, asking: "asyncio.Task[T]", within: float) -> bool:
        await asyncio.wait((asking,), timeout=within)
        return asking.done()

    async def _tell(self) -> None:
        gives_up = self._now().after(self._patience).wall
        up = await self._is_up()
        what = f"{_UP} does not open {self._folder}{_LIKELY}" if up else f"{_MUTE} does not answer"
        attention = engine_silent(self._work, what, self._begun, gives_up)
        await self._teller.tell({attention.id: attention}, {})

    async def _unanswered(self) -> Failure:
        late = self._time_left <= 0
        up = await self._is_up()
        within = "" if late else f" within {self._waiting.open:g}s"
        what = f"{_UP} did not open {self._folder}{within}{_LIKELY}" if up else f"{_MUTE} did not answer{within}"
        hint = IN_THE_FOLDER if up else FROZEN
        if late:
            limit = timed_out(self._work.limits)
            return replace(limit, message=f"{limit.message}; {what}", hint=hint)
        kind = FailureKind.STALLED if up else FailureKind.ENGINE_UNREACHABLE
        return failure(kind, what, hint=hint)

    @property
    def _folder(self) -> str:
        directory = self._work.directory
        return f"the folder {directory}" if directory else "the folder that it was started in"
