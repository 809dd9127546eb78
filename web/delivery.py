"""Live delivery: one execution per distinct subscription and event, its text shared by every subscriber.

    follower ─▶ item ─▶ memory (what is asked for × which event) ─▶ text ─▶ sockets, SSE

Every subscriber runs a source of its own: a place in the log, which costs nothing. What costs, executing the selection
on an event, is done once for all who asked for the same: the first to come starts a task, the others await that task.
A subscriber that is slow holds nobody up and has nothing queued for it.

The obvious shape would be a hub: one follower for each distinct subscription, and a list of subscribers to whom it
hands every text. We rejected it for what happens at its edges. All of a group must then be at one place: a newcomer
with a cursor of yesterday needs a second mechanism that reads the past and a seam at which it joins the others, and
seams are where events get lost or come twice. The group goes as fast as its slowest member, or keeps a queue for each,
with all that queues bring (see `adapters.database.followers`). And one member's end or error is somebody else's code
path. Here nobody knows of anybody: a newcomer, a laggard and a page that just came back are the same loop at different
places. Sharing is only a memory, and a memory may miss: whoever is too far behind executes for itself and is right all
the same. That also makes the memory's size harmless. It needs to span the few events that come while the others still
write theirs, not the time that somebody was away.

It is a task that is kept, and not its text, because those who wait at the same event wake at once: all would find
nothing and execute. It is shielded, because whoever started it may leave while the others still wait for it.

What is rendered belongs to whoever asks for the same, so only that may go into it: the event, the document, the
variables and the rights. The place to begin is the one variable that differs for each who comes back, and nothing of a
result depends on it; were it part of what tells subscriptions apart, everybody would be alone after a reconnection.
"""

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Hashable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    VisitorAction,
    visit,
)
from graphql.execution import Executor, create_source_event_stream, execute_subscription_event

from resolvers import Context
from resolvers.metered import Metered
from runner.journal import StorageError
from schema.event_interface import Event
from schema.feeds import Heartbeat, Resync
from schema.scalars import Cursor

_KEPT_PER_OPERATION = 64
_RETRY_SECONDS = 1.0
_KEPT_TEXT = 1_000_000
_SHOWN_ERRORS = 100

Mask = Callable[[GraphQLError], GraphQLError]


class Refused(Exception):
    """The subscription cannot begin; `errors` are masked and ready to be shown."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """One result as JSON text, and the place in the log of what it shows, where it shows a place.

    `failed` where there is no data, only errors.
    """

    text: str
    cursor: Cursor | None = None
    failed: bool = False


@dataclass(kw_only=True)
class _Rendered:
    """What was rendered for one distinct subscription: the newest items, as tasks so that nobody renders twice."""

    subscribers: int = 0
    items: "OrderedDict[Cursor, asyncio.Task[Delivered]]" = field(default_factory=OrderedDict)

    def tidy(self, _: object = None) -> None:
        """Forgets the oldest, while there are too many or their texts are too long; never one that is being made."""
        left = _KEPT_TEXT - sum(len(task.result().text) for task in self.items.values() if _is_made(task))
        while len(self.items) > _KEPT_PER_OPERATION or (left < 0 and _is_made(next(iter(self.items.values())))):
            _, oldest = self.items.popitem(last=False)
            left += len(oldest.result().text) if _is_made(oldest) else 0


def _is_made(task: "asyncio.Task[Delivered]") -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


class Live:
    """Subscribes operations of one schema."""

    def __init__(self, schema: GraphQLSchema, *, mask: Mask) -> None:
        self._schema = schema
        self._mask = mask
        self._rendered: dict[Hashable, _Rendered] = {}
        self.executions = 0

    @property
    def subscribers(self) -> int:
        """How many follow something now."""
        return sum(shared.subscribers for shared in self._rendered.values())

    async def subscribe(
        self,
        document: DocumentNode,
        source: str,
        variables: Mapping[str, Any] | None,
        operation_name: str | None,
        context: Context,
    ) -> AsyncGenerator[Delivered]:
        """Results as long as the subscription lasts; the document is parsed and validated already.

        Raises:
            Refused: before the first result, when the variables are wrong or the source cannot be made.
        """
        executor = Metered.build(self._schema, document, None, context, dict(variables or {}), operation_name)
        if isinstance(executor, list):
            raise Refused([self._mask(error) for error in executor])
        stream = create_source_event_stream(executor)
        if isinstance(stream, Awaitable):
            stream = await stream
        if isinstance(stream, ExecutionResult):
            raise Refused([self._mask(error) for error in stream.errors or []])
        with self._shared(_key(source, document, executor.operation, variables, context.rights)) as shared:
            try:
                async with _closing(aiter(stream)) as items:
                    async for item in items:
                        yield await self._deliver(shared, executor, item, context)
            except Exception as error:
                raise Refused([self._mask(GraphQLError(str(error), original_error=error))]) from error

    @contextmanager
    def _shared(self, key: Hashable) -> Iterator[_Rendered]:
        """What those who ask for the same share, kept as long as there is anybody."""
        shared = self._rendered.setdefault(key, _Rendered())
        shared.subscribers += 1
        try:
            yield shared
        finally:
            shared.subscribers -= 1
            if shared.subscribers == 0:
                self._rendered.pop(key, None)

    async def _deliver(self, shared: _Rendered, executor: Executor[Any], item: Any, context: Context) -> Delivered:
        if not isinstance(item, Event):
            # Activity, heartbeat and resync are of one follower, not of the log.
            return await self._render(executor, item, context)
        task = shared.items.get(item.cursor)
        if task is None:
            task = asyncio.create_task(self._render(executor, item, context))
            shared.items[item.cursor] = task
            task.add_done_callback(shared.tidy)
        return await asyncio.shield(task)

    async def _render(self, executor: Executor[Any], item: Any, context: Context) -> Delivered:
        result = await self._executed(executor, item, context)
        while any(isinstance(error.original_error, StorageError) for error in result.errors or ()):
            # An event that was delivered without its parts would be a hole: it is held back until they can be read.
            await asyncio.sleep(_RETRY_SECONDS)
            result = await self._executed(executor, item, context)
        return delivered(result, self._mask, item.cursor if isinstance(item, Event | Heartbeat | Resync) else None)

    async def _executed(self, executor: Executor[Any], item: Any, context: Context) -> ExecutionResult:
        self.executions += 1
        once = copy(executor).build_per_event_executor(item)
        # Its principal is whoever came first: of that, nothing but the rights may be looked at (see `_key`).
        once.context_value = replace(context, resumed=None)
        result = execute_subscription_event(once)
        return await result if isinstance(result, Awaitable) else result


@asynccontextmanager
async def _closing(items: AsyncIterator[Any]) -> AsyncIterator[AsyncIterator[Any]]:
    """Closes the generator behind it at once, not when it is collected; GraphQL knows it as an iterator only."""
    try:
        yield items
    finally:
        if isinstance(items, AsyncGenerator):
            await items.aclose()


def delivered(result: ExecutionResult, mask: Mask, cursor: Cursor | None = None) -> Delivered:
    """The result as the GraphQL specification writes it, errors masked."""
    shown: dict[str, Any] = {"data": result.data}
    if result.errors:
        shown["errors"] = [mask(error).formatted for error in result.errors[:_SHOWN_ERRORS]]
    return Delivered(text=json.dumps(shown, ensure_ascii=False), cursor=cursor, failed=result.data is None)


def _key(
    source: str,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any] | None,
    rights: Hashable,
) -> Hashable:
    """Equal exactly for those who see the same: document, operation, variables without the place to begin, rights."""
    begin = _variable_of_place(document, operation)
    asked = {name: value for name, value in (variables or {}).items() if name != begin}
    name = operation.name.value if operation.name else None
    told = json.dumps([source, name, asked], sort_keys=True, default=str)
    # A digest, as the text may be large and is kept as long as anybody follows.
    return (hashlib.sha256(told.encode()).digest(), rights)


def _variable_of_place(document: DocumentNode, operation: OperationDefinitionNode) -> str | None:
    """The variable that says where to begin, whatever its name, when nothing else of the document uses it."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    for root in _fields(operation.selection_set, fragments):
        for argument in root.arguments or ():
            if argument.name.value == "after" and isinstance(argument.value, VariableNode):
                name = argument.value.name.value
                uses = _Uses(name)
                visit(document, uses)
                return name if uses.count == 1 else None
    return None


def _fields(selected: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> Iterator[FieldNode]:
    """The fields selected, also by way of fragments."""
    for node in selected.selections:
        match node:
            case FieldNode():
                yield node
            case InlineFragmentNode():
                yield from _fields(node.selection_set, fragments)
            case FragmentSpreadNode():
                yield from _fields(fragments[node.name.value].selection_set, fragments)


class _Uses(Visitor):
    """Counts where a variable is used; its declarations are no uses."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.count = 0

    def enter_variable_definition(self, *_: Any) -> VisitorAction:
        return self.SKIP

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.count += node.name.value == self._name
