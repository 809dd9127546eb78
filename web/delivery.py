"""Live delivery: a subscription that was asked for becomes one that runs, into whatever sink it is given.

feed of the log ─▶ Subscription ─▶ group: one execution for all who see the same ─▶ sinks
activity ────────▶ Shown: results as they come, of one subscriber alone ──────────▶ sink
"""

from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Mapping
from typing import Any

from graphql import DocumentNode, ExecutionResult, GraphQLSchema
from graphql.execution import Executor, create_source_event_stream

from resolvers import Context
from resolvers.feed import MALFORMED, Feed
from resolvers.metered import Metered
from runner.journal import CursorLost
from runner.model import Cursor
from schema.scalars import CursorMalformed
from web.groups import Group
from web.hub import Hub
from web.likeness import likeness
from web.renderer import Renderer
from web.results import Mask, Refused
from web.sinks import HungUp, Running, Sink, Stalled, handed
from web.subscription import Subscription


class Live:
    """Subscribes operations of one schema."""

    def __init__(self, schema: GraphQLSchema, *, hub: Hub, mask: Mask) -> None:
        self._schema = schema
        self._hub = hub
        self._mask = mask

    async def opened(
        self,
        document: DocumentNode,
        source: str,
        variables: Mapping[str, Any] | None,
        operation_name: str | None,
        context: Context,
    ) -> Running:
        """The subscription, ready to run; the document is parsed and validated already.

        Raises:
            Refused: the variables are wrong, or the source cannot be made.
        """
        executor = Metered.build(self._schema, document, None, context, dict(variables or {}), operation_name)
        if isinstance(executor, list):
            raise Refused([self._mask(error) for error in executor])
        stream = await self._stream(executor)
        if not isinstance(stream, Feed):
            return Shown(stream, Renderer(executor, context, self._mask, self._hub.figures))
        await self._hub.begun()
        key = likeness(source, operation_name, variables, context.rights)
        group = self._hub.group(key) or Group(executor, context, self._mask, self._hub.figures)
        return Subscription(self._hub, key, group, wanted=stream.wanted, begin=self._begin(stream))

    async def _stream(self, executor: Executor[Any]) -> AsyncIterable[Any]:
        stream = create_source_event_stream(executor)
        if isinstance(stream, Awaitable):
            stream = await stream
        if isinstance(stream, ExecutionResult):
            raise Refused([self._mask(error) for error in stream.errors or []])
        return stream

    def _begin(self, feed: Feed) -> Cursor | CursorLost | None:
        try:
            return feed.begin()
        except CursorMalformed:
            return CursorLost(MALFORMED, self._hub.newest)


class Shown:
    """What has no place in the log, item by item as it comes."""

    def __init__(self, stream: AsyncIterable[Any], renderer: Renderer) -> None:
        self._stream = stream
        self._renderer = renderer

    async def run(self, sink: Sink) -> None:
        """Returns when the stream ends. Raises Refused, Stalled or HungUp."""
        items = aiter(self._stream)
        try:
            async for item in items:
                await handed(sink, await self._renderer.rendered(item))
        except (Stalled, HungUp):
            raise
        except Exception as error:
            raise self._renderer.refusal(error) from error
        finally:
            # At once, not when it is collected; GraphQL knows it as an iterator only.
            if isinstance(items, AsyncGenerator):
                await items.aclose()
