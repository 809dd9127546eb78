"""Live delivery: one execution per distinct subscription and event, its text shared by every subscriber.

    follower ─▶ item ─▶ Rendering (memo: what is asked for × which event) ─▶ text ─▶ sockets, SSE

Every subscriber keeps a place of its own in the log, which costs nothing; what costs, executing the selection on an
event, is done once for all who asked for the same. A subscriber that is slow holds nobody up and queues nothing.
"""

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Hashable, Mapping
from contextlib import aclosing
from copy import copy
from dataclasses import dataclass, field
from typing import Any, cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution import Executor, create_source_event_stream, execute_subscription_event

_KEPT_PER_OPERATION = 64

Mask = Callable[[GraphQLError], GraphQLError]


class Refused(Exception):
    """The subscription cannot begin; `errors` are masked and ready to be shown."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """One result as JSON text, and the place in the log of what it shows, where it shows a place."""

    text: str
    cursor: str | None = None


@dataclass(kw_only=True)
class _Rendered:
    """What was rendered for one distinct subscription: the newest items, as tasks so that nobody renders twice."""

    subscribers: int = 0
    items: "OrderedDict[Hashable, asyncio.Task[Delivered]]" = field(default_factory=OrderedDict)


class Live:
    """Subscribes operations of one schema. `fresh` makes the context of one event from that of the operation."""

    def __init__(self, schema: GraphQLSchema, *, mask: Mask, fresh: Callable[[Any], Any]) -> None:
        self._schema = schema
        self._mask = mask
        self._fresh = fresh
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
        context: Any,
        rights: Hashable,
    ) -> AsyncIterator[Delivered]:
        """Results as long as the subscription lasts; the document is parsed and validated already.

        Raises:
            Refused: before the first result, when the variables are wrong or the source cannot be made.
        """
        executor = Executor.build(self._schema, document, None, context, dict(variables or {}), operation_name)
        if isinstance(executor, list):
            raise Refused([self._mask(error) for error in executor])
        stream = create_source_event_stream(executor)
        if isinstance(stream, Awaitable):
            stream = await stream
        if isinstance(stream, ExecutionResult):
            raise Refused([self._mask(error) for error in stream.errors or []])
        key = _key(source, executor.operation, variables, rights)
        shared = self._rendered.setdefault(key, _Rendered())
        shared.subscribers += 1
        try:
            async with aclosing(cast("Any", stream)) as items:
                async for item in cast(AsyncIterable[Any], items):
                    yield await self._deliver(shared, executor, item)
        except Exception as error:
            raise Refused([self._mask(GraphQLError(str(error), original_error=error))]) from error
        finally:
            shared.subscribers -= 1
            if shared.subscribers == 0:
                self._rendered.pop(key, None)

    async def _deliver(self, shared: _Rendered, executor: Executor[Any], item: Any) -> Delivered:
        identity = _identity(item)
        if identity is None:
            return await self._render(executor, item)
        task = shared.items.get(identity)
        if task is None:
            task = asyncio.create_task(self._render(executor, item))
            shared.items[identity] = task
            if len(shared.items) > _KEPT_PER_OPERATION:
                shared.items.popitem(last=False)
        return await asyncio.shield(task)

    async def _render(self, executor: Executor[Any], item: Any) -> Delivered:
        self.executions += 1
        once = copy(executor).build_per_event_executor(item)
        once.context_value = self._fresh(executor.context_value)
        result = execute_subscription_event(once)
        if isinstance(result, Awaitable):
            result = await result
        shown = result_as_json(result, self._mask)
        return Delivered(text=json.dumps(shown, ensure_ascii=False), cursor=getattr(item, "cursor", None))


def result_as_json(result: ExecutionResult, mask: Mask) -> dict[str, Any]:
    """The result as the GraphQL specification writes it, errors masked."""
    shown: dict[str, Any] = {"data": result.data}
    if result.errors:
        shown["errors"] = [mask(error).formatted for error in result.errors]
    return shown


def _identity(item: Any) -> Hashable | None:
    """What tells this item from others of the same log; None: it is nobody else's (activity, heartbeat)."""
    cursor = getattr(item, "cursor", None)
    name = type(item).__name__
    return None if cursor is None or name in ("Heartbeat", "Resync") else (name, cursor)


def _key(
    source: str, operation: OperationDefinitionNode, variables: Mapping[str, Any] | None, rights: Hashable
) -> Hashable:
    """Equal exactly for those who see the same: document, operation, variables without the place to begin, rights."""
    begin = _variable_of_after(operation)
    asked = {name: value for name, value in (variables or {}).items() if name != begin}
    name = operation.name.value if operation.name else None
    return (source, name, json.dumps(asked, sort_keys=True, default=str), rights)


def _variable_of_after(operation: OperationDefinitionNode) -> str | None:
    """The variable that says where to begin, when it says nothing else."""
    root = next((node for node in operation.selection_set.selections if isinstance(node, FieldNode)), None)
    for argument in root.arguments or () if root else ():
        if argument.name.value == "after" and isinstance(argument.value, VariableNode):
            name = argument.value.name.value
            uses = _Uses(name)
            visit(operation, uses)
            return name if uses.count == 2 else None
    return None


class _Uses(Visitor):
    """Counts where a variable appears: once declared and once used is what `after` looks like."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.count = 0

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.count += node.name.value == self._name
