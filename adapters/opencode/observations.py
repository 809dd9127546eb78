"""What was seen of one attempt in OpenCode's event stream, as a value: the fold of its events.

Observations ── sessions ─▶ the attempt's own and its sub-agents'
             ├─ retry, retries        OpenCode's own tries
             ├─ errors                every session.error; not each is the end
             ├─ newest                the last message of each session
             ├─ asks, rejected        who waits for a person; what a person refused
             ├─ turns, nameless       assistant messages; those in a row that ended in no known way
             └─ tools, text, todos    what the agent did
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from adapters.opencode.reported import ReportedError
from runner.attention import Attention, PermissionRequest, Question
from runner.copies import replace
from runner.failures import NO_USAGE, EngineRetry, Todo, ToolCall, Usage

_KEPT_OUTPUT = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Now, by the clock that durations are measured with and by the one that people read."""

    monotonic: float
    wall: datetime

    def at(self, wall: datetime) -> float:
        """The other clock's reading at that time."""
        return self.monotonic + (wall - self.wall).total_seconds()

    def after(self, seconds: float) -> "Moment":
        return Moment(monotonic=self.monotonic + seconds, wall=self.wall + timedelta(seconds=seconds))


Now = Callable[[], Moment]


def real_now() -> Moment:
    return Moment(monotonic=asyncio.get_running_loop().time(), wall=datetime.now(UTC))


@dataclass(frozen=True, kw_only=True)
class RetryWait:
    """OpenCode waits before it asks the provider again. `attempt` counts its retries from 1."""

    session_id: str
    attempt: int
    message: str
    next_at: datetime | None
    since: Moment


@dataclass(frozen=True, kw_only=True)
class SessionError:
    session_id: str
    error: ReportedError


@dataclass(frozen=True, kw_only=True)
class NewestMessage:
    """The last that an agent said in a session; its ids sort by time. With an error the session ended in it."""

    id: str
    error: ReportedError | None = None


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What one message has cost."""

    session_id: str
    usage: Usage


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A permission or a question that waits for a person; exactly one of the two is there. `call_id` is the tool call
    that it holds up, `refused_by` who refused it, where we know.
    """

    id: str
    session_id: str
    since: Moment
    call_id: str = ""
    permission: PermissionRequest | None = None
    question: Question | None = None
    refused_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class ToolSeen:
    """`child` is the session of the sub-agent that a task tool started."""

    session_id: str
    call_id: str
    call: ToolCall
    title: str | None = None
    child: str | None = None


@dataclass(frozen=True, kw_only=True)
class Observations:
    """`text` is the newest that the agent said, of the part `text_of`; `text_part` is the one that it is saying now.

    `nameless` are the newest messages in a row that ended with no finish reason that OpenCode knows, or with a call
    that was not made; `finish` is how the newest ended. `spoke_in` is the one in which the agent last said
    something, `calling` those with a tool call, `awaiting` the one of which the provider has sent nothing.
    `held_up` are the tool calls that were never allowed to begin.
    `asked_before` says since when an earlier stepwire knew an ask: what its own clock counts from.
    `usages` is what each session has used, as OpenCode adds it up; `spent`, by message, what that is made of, and
    `unended` are the messages that have no end yet.
    `tried_again` is how often OpenCode has repeated the request that it is at in the attempt's own session.
    """

    session_id: str
    begun: Moment
    last_sign: Moment
    directory: str | None = None
    sessions: frozenset[str] = frozenset()
    retry: RetryWait | None = None
    retrying_since: Moment | None = None
    retries: tuple[EngineRetry, ...] = ()
    tried_again: int = 0
    errors: tuple[SessionError, ...] = ()
    newest: Mapping[str, NewestMessage] = field(default_factory=dict)
    asks: tuple[Ask, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    rejected: Ask | None = None
    held_up: frozenset[str] = frozenset()
    asked_seconds: float = 0.0
    asked_since: Moment | None = None
    asked_before: Mapping[str, datetime] = field(default_factory=dict)
    turns: frozenset[str] = frozenset()
    nameless: tuple[str, ...] = ()
    finish: str = ""
    calling: frozenset[str] = frozenset()
    compactions: int = 0
    tools: Mapping[str, ToolSeen] = field(default_factory=dict)
    text: str = ""
    text_of: str = ""
    text_part: str = ""
    spoke_in: str = ""
    awaiting: str = ""
    todos: tuple[Todo, ...] = ()
    usages: Mapping[str, Usage] = field(default_factory=dict)
    spent: Mapping[str, Spent] = field(default_factory=dict)
    unended: frozenset[str] = frozenset()
    model: str | None = None
    idle: bool = False
    disposed: bool = False
    deleted: bool = False

    @property
    def usage(self) -> Usage:
        total = NO_USAGE
        for usage in self.usages.values():
            total += usage
        return total

    @property
    def last_tool(self) -> ToolSeen | None:
        """The newest call of the attempt's own session."""
        own = [tool for tool in self.tools.values() if tool.session_id == self.session_id]
        return own[-1] if own else None

    def errors_of(self, session_id: str) -> list[ReportedError]:
        return [seen.error for seen in self.errors if seen.session_id == session_id]

    def asked_until(self, now: Moment) -> float:
        """For how many seconds, in all, the clocks have stood still because a person was asked."""
        running = now.monotonic - self.asked_since.monotonic if self.asked_since else 0.0
        return self.asked_seconds + running


def nothing_seen(session_id: str, now: Moment, directory: str | None = None) -> Observations:
    return Observations(
        session_id=session_id, begun=now, last_sign=now, directory=directory, sessions=frozenset((session_id,))
    )


def with_retry(seen: Observations, wait: RetryWait) -> Observations:
    """The next wait is not another trouble: as long as the tries are counted on, it has lasted since the first."""
    counted_on = wait.attempt > 1 or (seen.retry is not None and seen.retry.attempt == wait.attempt)
    since = seen.retrying_since if counted_on else None
    return replace(seen, retry=wait, retrying_since=since or wait.since)


def with_ask(seen: Observations, ask: Ask, now: Moment) -> Observations:
    if any(other.id == ask.id for other in seen.asks):
        return seen
    held_up = seen.held_up | {ask.call_id} if ask.permission else seen.held_up
    since = _asked_since(seen, ask, now)
    ask = replace(ask, since=since)
    return replace(seen, asks=(*seen.asks, ask), held_up=held_up, asked_since=seen.asked_since or since)


def asked_earlier(seen: Observations, attention: Iterable[Attention]) -> Observations:
    """With what an earlier stepwire knew of the attempt: an ask does not begin anew because we did."""
    requests = [(one.permission or one.question, one.since) for one in attention]
    return replace(seen, asked_before={request.id: since for request, since in requests if request})


def _asked_since(seen: Observations, ask: Ask, now: Moment) -> Moment:
    since = seen.asked_before.get(ask.id)
    # A clock that was set back meanwhile makes no ask of the future.
    return Moment(monotonic=min(now.at(since), now.monotonic), wall=since) if since else now


def without_ask(
    seen: Observations, ask_id: str, now: Moment, *, answer: str | None = None, rejected: bool = False
) -> Observations:
    """The ask is over; when it was the last one the clocks go on."""
    ask = next((one for one in seen.asks if one.id == ask_id), None)
    if ask is None:
        return seen
    left = tuple(one for one in seen.asks if one.id != ask_id)
    seen = replace(
        seen,
        asks=left,
        answers=seen.answers if answer is None else {**seen.answers, ask_id: answer},
        rejected=ask if rejected else seen.rejected,
        held_up=seen.held_up if rejected else seen.held_up - {ask.call_id},
        last_sign=now,
    )
    return seen if left else replace(seen, asked_seconds=seen.asked_until(now), asked_since=None)


def ends(text: str | None) -> str | None:
    """Very long output without its middle; what is cut is never a place where a secret would be half shown."""
    if text is None or len(text) <= 2 * _KEPT_OUTPUT:
        return text
    head, _, _ = text[:_KEPT_OUTPUT].rpartition("\n")
    _, _, tail = text[-_KEPT_OUTPUT:].partition("\n")
    return f"{head}\n…\n{tail}"


def instant(milliseconds: float | None) -> datetime | None:
    """OpenCode's time, or None for one that no calendar has."""
    if milliseconds is None:
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
