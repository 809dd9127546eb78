"""Whether OpenCode waits for a folder's MCP servers: it asks no provider before each has answered or given up.

Nothing in its events tells that apart from a provider that thinks for long. Asked about the servers, it answers only
when it is through with them.
"""

from dataclasses import replace
from math import inf

from adapters.opencode.attention import engine_silent
from adapters.opencode.connection import is_silence
from adapters.opencode.limits import deadline, quiet_from
from adapters.opencode.observations import Moment, Observations
from adapters.opencode.preparation import IN_THE_FOLDER
from adapters.opencode.v1.client import Client
from runner.agents import Work
from runner.attention import Attention
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Failure

_LOOK_EVERY = 3.0
_HELD_UP = (FailureKind.STEP_TIMEOUT, FailureKind.STALLED)


class McpServers:
    """Those of one attempt's folder; looked at while its first answer has not begun."""

    def __init__(self, client: Client, work: Work, quiet_seconds: float) -> None:
        self._client = client
        self._work = work
        self._quiet_seconds = quiet_seconds
        self._looked_at: float | None = None
        self._since: Moment | None = None
        self._answered = False

    def look_in(self, seen: Observations, now: Moment) -> float:
        """In how many seconds it is time to look."""
        if self._answered or not _waits(seen):
            return inf
        again = self._looked_at + _LOOK_EVERY if self._looked_at else 0.0
        return max(0.0, quiet_from(seen) + self._quiet_seconds - now.monotonic, again - now.monotonic)

    async def look(self, now: Moment) -> None:
        # It is silent until it has answered: the look itself may be cut short.
        self._looked_at, self._since = now.monotonic, self._since or now
        try:
            await self._client.hurried().mcp(self._work.directory)
        except AgentError as error:
            if is_silence(error):
                return
        self._since, self._answered = None, True

    def attention(self, seen: Observations, now: Moment) -> dict[str, Attention]:
        if self._since is None or not _waits(seen):
            return {}
        gives_up = self._since.after(deadline(seen, self._work.limits, now) - self._since.monotonic).wall
        attention = engine_silent(self._work, self._in_words("does"), self._since, gives_up)
        return {attention.id: attention}

    def blamed(self, stop: Failure, seen: Observations) -> Failure:
        """A limit that was reached while they kept the agent waiting says so."""
        if self._since is None or not _waits(seen) or stop.kind not in _HELD_UP:
            return stop
        message = f"{stop.message.partition(';')[0]}; {self._in_words('did')}"
        return replace(stop, message=message, hint=IN_THE_FOLDER)

    def _in_words(self, does: str) -> str:
        where = f"the folder {self._work.directory}" if self._work.directory else "its folder"
        return f"OpenCode is up, but {does} not open {where}: an MCP server there does not answer"


def _waits(seen: Observations) -> bool:
    """Whether its first request to the provider may not have been made."""
    return bool(seen.awaiting) and len(seen.turns) <= 1 and seen.retry is None
