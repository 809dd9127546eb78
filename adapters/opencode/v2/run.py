"""What is known of an attempt in OpenCode 2, as a value: what both generations tell, and what only this one does.

Run ── seen        what limits, attention and evidence are made of
    ├─ end         of the attempt's own session; `sub_ends` of its sub-agents'
    ├─ step        the newest of the attempt's own steps
    └─ working     sub-agents that go on although their call is over, and reports of theirs not yet read
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, unique
from typing import TypeAlias

from pydantic import JsonValue

from adapters.opencode.observations import Moment, Observations, nothing_seen
from adapters.opencode.v2.wire import Problem


@unique
class Outcome(Enum):
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, kw_only=True)
class End:
    """How an execution ended: `problem` says why it failed, `reason` why it was interrupted, in OpenCode's words."""

    outcome: Outcome
    problem: Problem | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """One answer of the model; `texts` by their place in it, `thought` whether it said anything of its reasoning."""

    message_id: str
    texts: Mapping[int, str] = field(default_factory=dict)
    thought: bool = False
    finish: str | None = None
    problem: Problem | None = None

    @property
    def text(self) -> str:
        said = (text.strip() for _, text in sorted(self.texts.items()))
        return "\n\n".join(text for text in said if text)


@dataclass(frozen=True, kw_only=True)
class Run:
    """`input_id` is our prompt's; empty, it is the first that the log tells: nobody else writes into the session.

    `seqs` are the places in the sessions' logs up to which everything is known.

    `working` are sessions of sub-agents in the background, `unread` are reports that will make the agent go on.
    """

    seen: Observations
    input_id: str
    seqs: Mapping[str, int] = field(default_factory=dict)
    admitted: bool = False
    delivered: bool = False
    executing: bool = False
    end: End | None = None
    sub_ends: Mapping[str, End] = field(default_factory=dict)
    step: Step | None = None
    told: frozenset[str] = frozenset()
    working: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()
    compacted: bool = False
    overflow: Problem | None = None

    @property
    def session_id(self) -> str:
        return self.seen.session_id

    @property
    def seq(self) -> int:
        """The place in the own session's log up to which everything is known."""
        return self.seqs.get(self.session_id, 0)

    @property
    def is_over(self) -> bool:
        """Whether it will not go on by itself: a success waits for sub-agents that report later."""
        if self.end is None:
            return False
        return self.end.outcome is not Outcome.SUCCEEDED or not (self.working or self.unread)


def nothing_known(session_id: str, input_id: str, now: Moment, directory: str | None = None) -> Run:
    return Run(seen=nothing_seen(session_id, now, directory), input_id=input_id)


Data: TypeAlias = "dict[str, JsonValue]"
# What an event of that session, with these data, makes of what was known.
Change: TypeAlias = Callable[[Run, str, Data, Moment], Run]


def with_child(run: Run, session_id: str) -> Run:
    """A sub-agent's session belongs to the attempt from now on."""
    return replace(run, seen=replace(run.seen, sessions=run.seen.sessions | {session_id}))


def answering(run: Run, session_id: str) -> Run:
    """A wait is over when an answer comes, not when the next try begins: an interrupt in it tells no other reason."""
    if run.seen.retry is None or run.seen.retry.session_id != session_id:
        return run
    return replace(run, seen=replace(run.seen, retry=None))
