"""What cannot be shown at once: begun when the plain part is done, awaited together, put into its place.

It is begun last because only then it is sure that the plain part stands: nothing has to be called off when it does not.
An error goes where GraphQL has it go: to the next place around it that may be null.

    field ──error──▶ place that may be null ──none inside──▶ whoever asked for the object

A place is where an answer belongs: an entry of an object's answer or of a list. What fails later finds there what to
empty.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from graphql import GraphQLField, GraphQLObjectType, GraphQLOutputType
from graphql.execution import Executor
from graphql.pyutils import Path, gather_with_cancel

# An object's answer, or a list of answers.
Holder: TypeAlias = Any
FieldDetails: TypeAlias = list[Any]
Place: TypeAlias = Callable[[Holder, Any, Any, "Run", Path], None]


class Counted(Executor[Any]):
    """graphql-core's executor, which knows how many values its answer has so far, and how many are too many."""

    values = 0
    most = 0


class Left(Protocol):
    """What is left over of an object that is shown."""

    def begin(self, executor: Counted) -> Awaitable[None] | None:
        """What is returned has to be awaited before it stands; None where it does already."""


class Run:
    """The plain part of something, while it is being shown.

    `values` counts those of the whole answer; more than `most` are too many. `left` is what is to be begun when all
    stands. `beyond` is set once something was shown that an object's version does not fix, `inside` while something is
    shown that is remembered as a whole.
    """

    __slots__ = ("beyond", "executor", "inside", "left", "most", "values")

    def __init__(self, executor: Counted) -> None:
        self.executor = executor
        self.values = executor.values
        self.most = executor.most
        self.left: list[Left] = []
        self.beyond = False
        self.inside = False

    def begin(self) -> Awaitable[None] | None:
        """What was left over, now that the rest stands."""
        self.executor.values = self.values
        return begin(self.executor, self.left) if self.left else None


@dataclass(frozen=True, kw_only=True)
class Part:
    """One field as it is selected: `details` are all its nodes, `parent` is the type of the object."""

    key: str
    definition: GraphQLField
    parent: GraphQLObjectType
    details: FieldDetails

    @property
    def type(self) -> GraphQLOutputType:
        return self.definition.type

    def path(self, parent: Path) -> Path:
        return Path(parent, self.key, self.parent.name)


@dataclass(frozen=True, kw_only=True)
class LeftOver:
    """A field that graphql-core resolves and completes."""

    holder: Holder
    part: Part
    source: Any
    path: Path

    def begin(self, executor: Counted) -> Awaitable[None] | None:
        part = self.part
        answer = executor.execute_field(part.parent, self.source, part.details, self.path, None)
        if executor.is_awaitable(answer):
            return self._put(answer)
        self.holder[part.key] = answer
        return None

    async def _put(self, answer: Awaitable[Any]) -> None:
        self.holder[self.part.key] = await answer


@dataclass(frozen=True, kw_only=True)
class Awaited:
    """A field whose value has to be awaited, and is shown in its place then."""

    holder: Holder
    part: Part
    call: Callable[[], Awaitable[Any]]
    place: Place
    path: Path

    async def begin(self, executor: Counted) -> None:
        """An error is graphql-core's to judge, of the value as well as of what is in it."""
        try:
            value = await self.call()
            waiting = self._shown(executor, value)
            if waiting is not None:
                await waiting
        except Exception as error:  # noqa: BLE001 — graphql-core puts it into the answer
            self.holder[self.part.key] = None
            executor.handle_field_error(error, self.part.type, self.part.details, self.path)

    def _shown(self, executor: Counted, value: Any) -> Awaitable[None] | None:
        run, part = Run(executor), self.part
        try:
            self.place(self.holder, part.key, value, run, self.path)
        except Exception:  # noqa: BLE001 — graphql-core comes to the same, and says it
            return self._completed(executor, value)
        return run.begin()

    async def _completed(self, executor: Counted, value: Any) -> None:
        part = self.part
        nodes = [details.node for details in part.details]
        info = executor.build_resolve_info(part.definition, nodes, part.parent, self.path)
        completed = executor.complete_value(part.type, part.details, info, self.path, value, None)
        self.holder[part.key] = await completed if executor.is_awaitable(completed) else completed


@dataclass(frozen=True, kw_only=True)
class Nullable:
    """A place that may be null, and is when something inside it must not be and could not be had."""

    holder: Holder
    key: str | int
    inside: Sequence[Left]
    type: GraphQLOutputType
    details: FieldDetails
    path: Path

    def begin(self, executor: Counted) -> Awaitable[None] | None:
        try:
            waiting = begin(executor, self.inside)
        except Exception as error:  # noqa: BLE001 — graphql-core puts it into the answer
            self._empty(executor, error)
            return None
        return self._awaited(executor, waiting) if waiting is not None else None

    async def _awaited(self, executor: Counted, waiting: Awaitable[None]) -> None:
        try:
            await waiting
        except Exception as error:  # noqa: BLE001 — graphql-core puts it into the answer
            self._empty(executor, error)

    def _empty(self, executor: Counted, error: Exception) -> None:
        self.holder[self.key] = None
        executor.handle_field_error(error, self.type, self.details, self.path)


def begin(executor: Counted, left: Sequence[Left]) -> Awaitable[None] | None:
    """Begins them all.

    Raises:
        Exception: of a field that must not be null, when it is known at once; the others go on in the background.
    """
    waiting: list[Awaitable[None]] = []
    try:
        for each in left:
            if (pending := each.begin(executor)) is not None:
                waiting.append(pending)  # noqa: PERF401 — what was begun before an error must be known
    except Exception:
        if waiting:
            executor.settle_in_background(waiting)
        raise
    return _together(waiting) if waiting else None


async def _together(waiting: list[Awaitable[None]]) -> None:
    if len(waiting) == 1:
        await waiting[0]
    else:
        await gather_with_cancel(*waiting)
