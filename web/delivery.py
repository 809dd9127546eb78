"""Live delivery: an operation in, its results into a sink, for as long as both last.

feed of the log ─▶ subscription ─▶ group: one execution for all who see the same ─▶ sinks
activity ────────▶ results as they come, one subscriber at a time ─────────────────▶ sink
"""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema
from graphql.execution import Executor, create_source_event_stream

from resolvers import Context
from resolvers.feed import Feed
from resolvers.metered import Metered
from web.groups import Group
from web.hub import Hub
from web.likeness import likeness
from web.renderer import Renderer
from web.results import Mask, Refused
from web.sinks import HungUp, Sink, Stalled, handed
from web.subscription import Subscription


class Live:
    """Subscribes operations of one schema."""

    def __init__(self, schema: GraphQLSchema, *, hub: Hub, mask: Mask) -> None:
        self._schema = schema
        self._hub = hub
        self._mask = mask

    @property
    def executions(self) -> int:
        return self._hub.figures.executions

    @property
    def subscribers(self) -> int:
        """How many follow the log now."""
        return self._hub.figures.subscribers

    async def subscribe(
        self,
        document: DocumentNode,
        source: str,
        variables: Mapping[str, Any] | None,
        operation_name: str | None,
        context: Context,
        sink: Sink,
    ) -> None:
        """Returns when the subscription is over; the document is parsed and validated already.

        Raises:
            Refused: the variables are wrong, the source cannot be made, or it broke.
            Stalled, HungUp: as the sink says.
        """
        executor = Metered.build(self._schema, document, None, context, dict(variables or {}), operation_name)
        if isinstance(executor, list):
            raise Refused([self._mask(error) for error in executor])
        stream = await self._stream(executor)
        try:
            if isinstance(stream, Feed):
                key = likeness(source, operation_name, variables, context.rights)
                await self._follow(key, executor, stream, sink)
            else:
                await self._show(executor, stream, context, sink)
        except (Stalled, HungUp):
            raise
        except Exception as error:
            raise Refused([self._mask(GraphQLError(str(error), original_error=error))]) from error

    async def _stream(self, executor: Executor[Any]) -> AsyncIterable[Any]:
        stream = create_source_event_stream(executor)
        if isinstance(stream, Awaitable):
            stream = await stream
        if isinstance(stream, ExecutionResult):
            raise Refused([self._mask(error) for error in stream.errors or []])
        return stream

    async def _follow(self, key: Any, executor: Executor[Any], feed: Feed, sink: Sink) -> None:
        await self._hub.begun()

        def made() -> Group:
            return Group(executor, feed.context, self._mask, self._hub.figures)

        with self._hub.group(key, made) as group:
            await Subscription(self._hub, group, feed, sink).run()

    async def _show(self, executor: Executor[Any], stream: AsyncIterable[Any], context: Context, sink: Sink) -> None:
        """What has no place in the log is of one subscriber."""
        renderer = Renderer(executor, context, self._mask, self._hub.figures)
        async with _closing(aiter(stream)) as items:
            async for item in items:
                await handed(sink, await renderer.rendered(item))


@asynccontextmanager
async def _closing(items: AsyncIterator[Any]) -> AsyncIterator[AsyncIterator[Any]]:
    """Closes the generator behind it at once, not when it is collected; GraphQL knows it as an iterator only."""
    try:
        yield items
    finally:
        if isinstance(items, AsyncGenerator):
            await items.aclose()
