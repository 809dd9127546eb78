"""What OpenCode has answered about folders, kept for ten seconds: steps that follow each other ask for no name twice.

asked ─▶ kept ─▶ forgotten: after ten seconds, a gap in the event stream, news of other names in it, or a reload

Only what is found in an answer may be taken from here. What is missing in it is asked for anew, so that whoever has
just added it is believed; and what has gone since is refused by OpenCode itself, whose words are then looked into.
"""

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from adapters.opencode.reply import Reply
from runner.failures import AgentError

T = TypeVar("T")

KEPT_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Asked:
    """When something was asked for; `forgotten` is how often all had been forgotten before."""

    at: float
    forgotten: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Answer:
    """One reply, and what was read in it: a list of a thousand models is understood once."""

    reply: Reply
    asked: Asked
    _read: dict[Callable[[Reply], Any], Any] = field(init=False, default_factory=dict)

    def once(self, read: Callable[[Reply], T]) -> T:
        """What `read` makes of the reply; raises what it raises."""
        if read not in self._read:
            self._read[read] = read(self.reply)
        found: T = self._read[read]
        return found


class Answers:
    """Those of one server. `now` counts seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._kept: dict[tuple[str, str | None], Answer] = {}
        self._forgotten = 0

    async def ask(self, path: str, directory: str | None, call: Callable[[], Awaitable[Reply]]) -> Answer:
        """Asks, and keeps what is answered. Raises what the call raises."""
        asked = self.asked_now()
        answer = Answer(asked=asked, reply=await call())
        if answer.reply.status == 200:
            self._kept = {key: kept for key, kept in self._kept.items() if self.counts(kept.asked)}
            self._kept[path, directory] = answer
        return answer

    def recall(self, path: str, directory: str | None, read: Callable[[Reply], T]) -> T | None:
        """What was answered lately, as `read` has it; None where nothing was, or nothing of use."""
        kept = self._kept.get((path, directory))
        if kept is None or not self.counts(kept.asked):
            return None
        with suppress(AgentError):
            return kept.once(read)
        return None

    def asked_now(self) -> Asked:
        return Asked(at=self._now(), forgotten=self._forgotten)

    def counts(self, asked: Asked) -> bool:
        """Whether an answer to what was asked for then still does."""
        return asked.forgotten == self._forgotten and self._now() < asked.at + KEPT_SECONDS

    def forget(self) -> None:
        """From now on all is asked for anew; what is being asked for, and answered later, counts no more either."""
        self._forgotten += 1
