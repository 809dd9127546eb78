"""Who does the work of a step, as the runner needs them: what they are given, tell meanwhile, and answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from runner.attention import Attention
from runner.definitions import Known
from runner.engine_health import EngineHealth
from runner.failures import NO_USAGE, Evidence, Json, Todo, ToolCall, Usage
from runner.file_changes import FileChanges
from runner.limits import Limits
from runner.model import Actor, StepId
from runner.traces import Traces


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


class LiveView(Protocol):
    """Shows what agents do this second. Must not raise or block."""

    def tell(self, step_id: StepId, activity: Activity) -> None: ...


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


@runtime_checkable
class TellsChanges(Protocol):
    """Agents whose engine keeps what was changed in a session."""

    async def changes(self, session_id: str, directory: str | None) -> FileChanges | None:
        """Since the session began, long diffs included; None: it tells of none.

        Raises:
            AgentError: OpenCode could not be asked, or does not know the session.
        """
