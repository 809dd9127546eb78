"""What the runner needs from outside, each as a small Protocol: adapters implement them, fakes stand in for them."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from runner.changes import Change
from runner.definitions import Agent, Definitions, Known, Template
from runner.events import AttentionCleared, LogEvent, Recorded
from runner.failures import NO_USAGE, Evidence, Json, Todo, ToolCall, Usage
from runner.handoff import BadSchema as BadSchema
from runner.handoff import Schemas as Schemas
from runner.idempotency import IdempotencyKey
from runner.limits import Limits
from runner.model import (
    Actor,
    Attention,
    Cursor,
    EngineHealth,
    FailureGroup,
    FailureGroupStatus,
    Pipeline,
    PipelineId,
    StepId,
)
from runner.outcomes import InvalidInput, NotAllowed, NotFound
from runner.principals import Token
from runner.traces import Traces
from runner.versions import EditConflict

# ---------------------------------------------------------------- agents


@dataclass(frozen=True, kw_only=True)
class LeftBehind:
    """An attempt that began before stepwire was stopped: its session, for how long it has run, what was said of it.

    The time in which a person was asked, and has answered, does not count as running.
    `resume` is the newest that the engine's adapter has told the observer, its own affair otherwise.
    """

    session_id: str
    running_seconds: float
    attention: tuple[Attention, ...] = ()
    resume: Json = None


def _never() -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Work:
    """One attempt, as it is given to an agent; what its answer must hold stands in the prompt.

    With `left_behind` nothing is begun: the session named there is followed on, or its answer taken when it has
    finished meanwhile. Where `is_left` says so when the attempt is cancelled, its session is left as it is: the next
    stepwire follows it on.
    """

    step_id: StepId
    attempt: int
    title: str
    prompt: str
    engine_agent: str
    limits: Limits
    instructions: str = ""
    model: str | None = None
    directory: str | None = None
    left_behind: LeftBehind | None = None
    is_left: Callable[[], bool] = field(default=_never, compare=False)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an agent answered when all went well.

    `evidence`, without the text that `markdown` holds, is for a failure after all, should the answer not do.
    """

    markdown: str
    usage: Usage = NO_USAGE
    evidence: Evidence | None = None


@dataclass(frozen=True, kw_only=True)
class ActivitySnapshot:
    text: str = ""
    tools: tuple[ToolCall, ...] = ()
    todos: tuple[Todo, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TextDelta:
    """What the agent says on; `last` where nothing follows that belongs to the same text."""

    delta: str
    last: bool = False


@dataclass(frozen=True, kw_only=True)
class ToolProgress:
    """`call_id` tells calls of one tool apart: a later progress of the same id replaces the earlier."""

    call_id: str
    call: ToolCall
    title: str | None = None


@dataclass(frozen=True, kw_only=True)
class TodosChanged:
    todos: tuple[Todo, ...]


Activity: TypeAlias = ActivitySnapshot | TextDelta | ToolProgress | TodosChanged


class Onlooker(Protocol):
    """Shown what an agent does."""

    def activity(self, activity: Activity) -> None:
        """What the agent does this second; never blocks, is not stored."""


class Observer(Onlooker, Protocol):
    """Told what happens in an attempt while it runs. Its coroutines return when the news is stored."""

    async def session_opened(self, session_id: str, model: str | None, resume: Json = None) -> None:
        """The session is, or will be within the next moments, there; `resume` is what would follow it on."""

    async def progressed(self, resume: Json) -> None:
        """From here on it would be followed on; replaces what was said before. Comes at most every few seconds."""

    async def attention_raised(self, attention: Attention) -> None:
        """It does not move, or the reason has changed; the same id again replaces what was said before."""

    async def attention_cleared(self, attention_id: str, answer: str | None = None) -> None: ...


PermissionReply: TypeAlias = Literal["once", "always", "reject"]


class Agents(Protocol):
    """Whoever does the work of a step: OpenCode."""

    async def run(self, work: Work, observer: Observer) -> Answer:
        """Runs one attempt to its end, in a session of its own that is kept.

        Cancelling it aborts the session first, for a few seconds at most. An attempt that was left behind and of which
        nothing is to be found any more fails as INTERRUPTED within seconds.

        Raises:
            AgentError: for every way in which it can fail; no other exception is expected.
        """

    async def stop(self, session_id: str, directory: str | None) -> bool | None:
        """Makes sure that nothing runs in the session any more; whether something ran, None: that is not told.

        Raises:
            AgentError: it could not be stopped, or OpenCode could not be asked.
        """

    async def traces(self, session_id: str, directory: str | None) -> Traces:
        """What was done and used in the session up to now, whether or not somebody works in it.

        Raises:
            AgentError: OpenCode could not be asked, or does not know the session.
        """

    async def reload(self, directory: str | None) -> str | None:
        """Has keys and configuration of that directory read anew, unless agents are at work there.

        Returns what people have to know where not all of it was done, as a sentence.

        Raises:
            AgentError: OpenCode could not be asked, or would not.
        """

    async def known(self, directory: str | None) -> Known:
        """What may be asked for in that directory.

        Raises:
            AgentError: OpenCode cannot tell.
        """

    async def health(self) -> EngineHealth:
        """Never raises: an unreachable engine is an answer."""

    async def start(self) -> EngineHealth:
        """Starts the engine, where that is possible and needed, and says how it is then. Never raises either."""

    async def answer_permission(
        self,
        request_id: str,
        directory: str | None,
        reply: PermissionReply,
        message: str | None,
        by: Actor | None = None,
    ) -> None:
        """Raises AgentError when OpenCode does not know the request (any more) or cannot be reached.

        `by`, whoever refused, is named when the attempt fails for it.
        """

    async def answer_question(
        self, request_id: str, directory: str | None, answers: Sequence[str], values: Mapping[str, Json] | None = None
    ) -> str | None:
        """What is wrong with the answer, for whoever gave it; None: it was taken.

        `values` fill in the form, by the keys of its fields; without them `answers` do, in the fields' order.

        Raises AgentError as `answer_permission` does.
        """

    async def dismiss_question(self, request_id: str, directory: str | None, by: Actor | None = None) -> None:
        """Raises AgentError as `answer_permission` does; whoever dismissed it is named as there."""


# ---------------------------------------------------------------- journal


class Conflict(Exception):
    """Somebody else changed the pipeline first: load it and decide again."""


class AlreadyDone(Exception):
    """The request was done before under its idempotency key, for this pipeline."""

    def __init__(self, pipeline_id: PipelineId) -> None:
        super().__init__(pipeline_id)
        self.pipeline_id = pipeline_id


class KeyTaken(Exception):
    """The idempotency key was used before, for another request."""


class DirectoryTaken(Exception):
    """Active pipelines work in the same directory, in one inside it, or in one around it."""

    def __init__(self, pipelines: Sequence[Pipeline]) -> None:
        super().__init__(", ".join(pipeline.id for pipeline in pipelines))
        self.pipelines = tuple(pipelines)


class CursorLost(Exception):
    """Completeness cannot be proved from this cursor; `reason` says why: foreign, expired or malformed."""

    def __init__(self, reason: str, newest: Cursor) -> None:
        super().__init__(reason)
        self.reason = reason
        self.newest = newest


class StorageError(Exception):
    """Nothing can be stored or read now, whatever it is; the text says why and what to do, without a full stop.

    It may pass: whoever has something to store that must not be lost tries again.
    """


@dataclass(frozen=True, kw_only=True)
class StorageHealth:
    """`message`: why nothing can be stored now, and what to do; None where it can."""

    message: str | None = None


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """Nothing happened for a while; `cursor` is the log's newest place."""

    cursor: Cursor


@dataclass(frozen=True, kw_only=True)
class Pruned:
    """How much was removed, or would be."""

    pipelines: int = 0
    events: int = 0

    def __add__(self, more: "Pruned") -> "Pruned":
        return Pruned(pipelines=self.pipelines + more.pipelines, events=self.events + more.events)


class Hook(Protocol):
    """Told what was committed, once each and in order: log lines and figures hang here. Must not raise or block."""

    def committed(self, recorded: Sequence[Recorded]) -> None: ...


class Journal(Protocol):
    """The event log and the state that is its fold. It tells its hooks of every event, whatever had it stored.

    All but `health` and a follower that has begun raise StorageError while storage cannot be used.
    """

    async def load(self, pipeline_id: PipelineId) -> Pipeline | None: ...

    async def commit(
        self, change: Change, *, idempotency_key: IdempotencyKey | None = None, alone_in: str | None = None
    ) -> Sequence[Recorded]:
        """Stores state and events in one transaction, then wakes followers; all of it or nothing.

        Returns the change's own events, then those of failure groups that it opened again. A caller that is cancelled
        meanwhile does not know whether it was stored.

        `alone_in` demands, in the same transaction, that no active pipeline works in, inside or around that directory.

        Raises:
            Conflict: the pipeline is not at `change.before.seq` any more (or exists already).
            AlreadyDone: the idempotency key was used for the same request.
            KeyTaken: it was used for another one.
            DirectoryTaken: see `alone_in`.
        """

    async def record(self, event: LogEvent) -> Recorded:
        """Stores an event of the whole log."""

    async def newest(self) -> Cursor:
        """The place of the last event; position 0 in an empty log."""

    def follow(self, after: Cursor | None = None, quiet_seconds: float = 10.0) -> AsyncGenerator[Recorded | Quiet]:
        """Every event after the cursor (None: from now on), stored ones first, then live: each once, in order.

        Never ends by itself. Yields Quiet after each `quiet_seconds` without an event. The place "now" is taken at the
        first `anext`. While the log cannot be read it waits, and goes on where it was.

        Raises:
            CursorLost: at the first `anext` when the cursor is foreign or expired, later when the follower fell out
                of what is kept.
        """

    async def done(self, idempotency_key: IdempotencyKey) -> PipelineId | None:
        """The pipeline that this request was done for; None: the key is free. Raises KeyTaken."""

    async def note_resume(self, step_id: StepId, attempt: int, resume: Json) -> None:
        """From where an open attempt would be followed on: beside its state, without an event, and nobody is woken.

        It makes no new version of the pipeline, and whatever is committed of it leaves it as it is. For an attempt
        that has ended, or is not there, it does nothing.
        """

    async def set_group_status(
        self, group_id: str, status: FailureGroupStatus, actor: Actor, at: datetime, note: str | None = None
    ) -> FailureGroup | None:
        """Stores what `groups.decided` makes of it, with its FailureGroupChanged event where that is anything new.

        It is said of the failures that are stored by then. None: there is no such group.
        """

    async def prunable(self, older_than: datetime) -> Pruned:
        """What `prune` would remove."""

    async def prune(self, older_than: datetime, at: datetime, actor: Actor | None = None) -> Pruned:
        """Removes pipelines that ended before that moment, with all that belongs to them, and says how much went.

        Appends LogPruned events when any went; cursors older than what went are expired from then on.
        """

    async def cleared(self, attention_id: str) -> AttentionCleared | None:
        """How the attention of that id ended, for whoever comes too late to answer it."""

    async def last_alive(self) -> datetime | None:
        """When the stepwire before this one was last known to be at work; None: never, or not told."""

    async def note_alive(self, at: datetime) -> None:
        """At work now: for whoever comes after."""

    async def unfinished(self) -> Sequence[Pipeline]:
        """All pipelines that have not ended, oldest first."""

    async def health(self) -> StorageHealth:
        """Whether something can be stored now, found out by storing; never raises, and takes a few seconds at most."""


# ---------------------------------------------------------------- tokens


class TokenStore(Protocol):
    """The named tokens, each change with its TokenChanged event; also changed by other processes."""

    async def all(self) -> Sequence[Token]:
        """By name, expired ones included."""

    async def add(self, token: Token) -> bool:
        """Whether it is kept: no other has its name. Its maker is the event's actor."""

    async def revoke(self, name: str, actor: Actor, at: datetime) -> bool:
        """Whether there was one of that name; it is gone."""


# ---------------------------------------------------------------- the rest


@dataclass(frozen=True, kw_only=True)
class Issue:
    """A GitHub issue; `markdown` holds all of it, the title and labels included. Whoever wrote it may be anybody."""

    reference: str
    title: str
    markdown: str
    labels: tuple[str, ...] = ()


class IssueError(Exception):
    """The issue cannot be had; the text says why and what to do."""


class Issues(Protocol):
    """Where GitHub issues come from."""

    async def issue(self, reference: str) -> Issue:
        """owner/name#number: title and labels, each on one line, body and comments.

        Raises:
            IssueError: the reference is malformed, or the issue cannot be fetched.
        """


class BranchError(Exception):
    """The branch cannot be checked out; the text says why and what to do."""


class Branches(Protocol):
    """The version control of working directories."""

    async def current(self, directory: str) -> str:
        """The branch that is checked out there, empty where none is. Raises BranchError."""

    async def names(self, directory: str) -> Sequence[str]:
        """What can be switched to: its own branches and those of its remotes, once each. Raises BranchError."""

    async def check(self, directory: str, branch: str) -> None:
        """Raises BranchError when `check_out` would be refused: no repository, not clean, no name for a branch."""

    async def check_out(self, directory: str, branch: str) -> None:
        """Switches to the branch, made from where the directory stands if there is none. Raises BranchError."""


class Catalog(Protocol):
    """Agents and templates as the files define them now."""

    def definitions(self) -> Definitions: ...


class Editor(Protocol):
    """Changes the definitions in their files, whose comments and order stay; what it is given was judged before.

    `based_on` is the revision that the person has seen; where there is another by now, it is an EditConflict.
    """

    async def save_agent(
        self, name: str | None, agent: Agent, actor: Actor, based_on: str | None = None
    ) -> Agent | InvalidInput | NotAllowed | EditConflict:
        """Creates it, or changes the one called `name`; another name in `agent` renames it, in the templates too."""

    async def delete_agent(
        self, name: str, actor: Actor, based_on: str | None = None
    ) -> str | NotFound | NotAllowed | EditConflict:
        """Its name, when it is gone; refused while templates use it."""

    async def save_template(
        self, name: str | None, template: Template, actor: Actor, based_on: str | None = None
    ) -> Template | InvalidInput | NotAllowed | EditConflict:
        """As `save_agent`."""

    async def delete_template(
        self, name: str, actor: Actor, based_on: str | None = None
    ) -> str | NotFound | NotAllowed | EditConflict:
        """Its name, when it is gone; pipelines that were started from it keep what they began with."""


class Clock(Protocol):
    def now(self) -> datetime:
        """UTC, cut to milliseconds; never earlier than it was said before, whatever becomes of the machine's clock."""

    async def sleep_until(self, at: datetime) -> None: ...


class Dispatcher(Protocol):
    """Gives pipelines to whoever runs them."""

    def launch(self, pipeline_id: PipelineId) -> None:
        """It is, or soon will be, run; launching one that runs already changes nothing, except that it looks anew."""

    def interrupt(self, pipeline_id: PipelineId) -> None:
        """Whoever runs it stops and cleans up behind it; what it did wrong or why it ends is stored already."""


class LiveView(Protocol):
    """Shows what agents do this second. Must not raise or block."""

    def tell(self, step_id: StepId, activity: Activity) -> None: ...
