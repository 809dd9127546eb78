"""The real delivery over a journal in memory, and subscribers whose reading a test decides.

async with LiveWorld() as world:
    one = await world.subscriber(EVENTS)
    await world.failed()
    await one.until(3)
"""

import asyncio
import json
from typing import Any, Self

from graphql import parse

from resolvers import mask
from runner.principals import Principal
from schema.scalars import Cursor as Text
from tests.resolvers.world import SCHEMA, World
from tests.support.patience import eventually
from web.delivery import Live
from web.hub import Hub
from web.results import Delivered

EVENTS = """subscription ($after: Cursor, $pipelineId: ID, $types: [EventType!]) {
  events(after: $after, pipelineId: $pipelineId, types: $types) {
    __typename ... on Event { cursor } ... on Heartbeat { cursor } ... on Resync { cursor reason } } }"""
FAILURES = """subscription ($after: Cursor, $filter: FailureFilter) { failures(after: $after, filter: $filter) {
    __typename ... on Event { cursor } ... on StepFailed { failure { group { count } } } ... on Heartbeat { cursor }
    ... on Resync { cursor reason }
  } }"""


class FakeSink:
    """Keeps what it takes, while `reads`."""

    def __init__(self) -> None:
        self.results: list[Delivered] = []
        self._reading = asyncio.Event()
        self._reading.set()

    @property
    def reads(self) -> bool:
        return self._reading.is_set()

    @reads.setter
    def reads(self, reads: bool) -> None:
        (self._reading.set if reads else self._reading.clear)()

    def take(self, result: Delivered) -> bool:
        if not self.reads:
            return False
        self.results.append(result)
        return True

    async def ready(self) -> None:
        await self._reading.wait()


class LiveSubscriber:
    """One running subscription, and what came of it."""

    def __init__(self, task: "asyncio.Task[None]", sink: FakeSink) -> None:
        self.task = task
        self.sink = sink

    @property
    def items(self) -> list[dict[str, Any]]:
        found = []
        for result in self.sink.results:
            shown = json.loads(result.body)
            assert "errors" not in shown, shown
            found += shown["data"].values()
        return found

    @property
    def cursors(self) -> list[str]:
        """Those of events."""
        return [item["cursor"] for item in self.items if item["__typename"] not in ("Heartbeat", "Resync")]

    async def until(self, count: int) -> list[dict[str, Any]]:
        """All it has been told, once that is so much."""
        await eventually(lambda: len(self.sink.results) >= count)
        return self.items

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])


class LiveWorld(World):
    """As `World`, with a hub that runs while it is entered."""

    def __init__(self, **hub: float) -> None:
        super().__init__()
        self.hub = Hub(**{"poll_seconds": 60.0, "beat_seconds": 60.0, **hub})
        self.live = Live(SCHEMA._schema, hub=self.hub, mask=mask)
        self.journal.hooks.append(self.hub)
        self.subscribers: list[LiveSubscriber] = []

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self.hub.run(self.journal, self.journal))
        await self.hub.begun()
        return self

    async def __aexit__(self, *_: object) -> None:
        for subscriber in self.subscribers:
            await subscriber.leave()
        self._running.cancel()
        await asyncio.wait([self._running])

    async def subscriber(
        self, query: str, *, principal: Principal | None = None, resumed: str | None = None, **variables: object
    ) -> LiveSubscriber:
        context = self.context()
        context.principal = principal or context.principal
        context.resumed = None if resumed is None else Text(resumed)
        running = await self.live.opened(parse(query), query, variables, None, context)
        sink = FakeSink()
        subscriber = LiveSubscriber(asyncio.create_task(running.run(sink)), sink)
        self.subscribers.append(subscriber)
        return subscriber

    async def settled(self) -> None:
        """All that is stored has been told to whoever is live, and whoever reads is live again."""

        def is_settled() -> bool:
            stopped = sum(1 for one in self.subscribers if not one.sink.reads and not one.task.done())
            is_told = not any(group._offers for group in self.hub._groups.values())
            return is_told and self.hub.place == self.journal._stored.newest and len(self.hub.behind) <= stopped

        await eventually(is_settled)
