"""The whole server in this process, on a real socket and a real database, with agents that a test scripts.

async with application(tmp_path, agents) as running:
    await running.commands.start_pipeline(…)
    async with running.subscription("subscription { … }") as items: …
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from runner.agents import Agents
from runner.commands import Commands
from runner.composition import StartRequest
from runner.model import Actor, Pipeline, StepPlan
from runner.reads import AsOf
from tests.support.serving import served
from tests.support.stepwire_server import GraphQLFailed, Subscriber
from web.app import Application
from web.assembly import Parts
from web.delivery_figures import DeliveryFigures
from web.settings import Settings
from web.tracing import Tracing

TESTER = Actor(name="tester")
Around = Callable[[ASGIApp], ASGIApp]


def unchanged(app: ASGIApp) -> ASGIApp:
    return app


@dataclass(frozen=True, kw_only=True)
class Running:
    """`transport`: by which way `followed` follows, socket or stream."""

    url: str
    application: Application
    transport: str = "socket"

    @property
    def parts(self) -> Parts:
        return self.application.parts

    @property
    def figures(self) -> DeliveryFigures:
        return self.parts.hub.figures

    @property
    def commands(self) -> Commands:
        return self.parts.commands

    async def start(self, prompt: str, *steps: StepPlan, **more: Any) -> Pipeline:
        """Starts a pipeline of these steps, or of one step with the agent build."""
        request = StartRequest(prompt=prompt, steps=steps or (StepPlan(agent="build"),), **more)
        started = await self.commands.start_pipeline(request, TESTER)
        assert isinstance(started, AsOf), started
        return started.value

    async def query(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The whole answer, errors included."""
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            answer = await client.post(f"{self.url}/graphql", json={"query": query, "variables": variables})
        return dict(answer.json())

    def followed(
        self, query: str, last_event_id: str | None = None, **variables: Any
    ) -> AbstractAsyncContextManager["Subscriber | StreamSubscriber"]:
        """What is delivered by the transport; `last_event_id` is the extension of that name, or the header."""
        follow = self.stream if self.transport == "stream" else self.subscription
        return follow(query, last_event_id, **variables)

    @asynccontextmanager
    async def stream(
        self, query: str, last_event_id: str | None = None, **variables: Any
    ) -> AsyncIterator["StreamSubscriber"]:
        """What server-sent events deliver; `last_event_id` is the header of that name."""
        headers = {"accept": "text/event-stream"} | ({"last-event-id": last_event_id} if last_event_id else {})
        body = {"query": query, "variables": variables}
        async with (
            httpx.AsyncClient(trust_env=False, timeout=60) as client,
            client.stream("POST", f"{self.url}/graphql", json=body, headers=headers) as answer,
        ):
            yield StreamSubscriber(answer.aiter_lines())

    @asynccontextmanager
    async def subscription(
        self, query: str, last_event_id: str | None = None, **variables: Any
    ) -> AsyncIterator[Subscriber]:
        """What a websocket delivers; `last_event_id` is the extension of that name."""
        address = self.url.replace("http", "ws", 1) + "/graphql"
        async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")], max_size=None) as socket:
            await socket.send('{"type":"connection_init"}')
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            extensions = {"lastEventId": last_event_id} if last_event_id else None
            payload = {"query": query, "variables": variables, "extensions": extensions}
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            yield Subscriber(socket)


class StreamSubscriber:
    """One subscription over server-sent events; `seen` are its items, of which those with a place have it as id."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self.seen: list[dict[str, Any]] = []

    def __aiter__(self) -> "StreamSubscriber":
        return self

    async def __anext__(self) -> dict[str, Any]:
        """The next item of the root field. Raises GraphQLFailed for errors, StopAsyncIteration at the end."""
        place = None
        async for line in self._lines:
            name, _, value = line.partition(": ")
            if name == "id":
                place = value
            elif name == "data":
                return self._item(json.loads(value), place)
        raise StopAsyncIteration

    async def until(self, typename: str) -> dict[str, Any]:
        """The next item of that type."""
        async with asyncio.timeout(60):
            while (item := await anext(self))["__typename"] != typename:
                pass
        return item

    def _item(self, payload: dict[str, Any], place: str | None) -> dict[str, Any]:
        if payload.get("errors"):
            raise GraphQLFailed(payload["errors"])
        (item,) = payload["data"].values()
        assert item.get("cursor", place) == place
        self.seen.append(item)
        return dict(item)


@asynccontextmanager
async def application(
    folder: Path, agents: Agents, *, around: Around = unchanged, tracing: Tracing | None = None, **settings: Any
) -> AsyncIterator[Running]:
    """A served stepwire whose database lies in the folder; no token is demanded. `around` is put around it."""

    @asynccontextmanager
    async def opened(_: Settings) -> AsyncIterator[Agents]:
        yield agents

    chosen = Settings(
        **{
            "database_url": f"sqlite+aiosqlite:///{folder}/stepwire.db",
            "auth": "off",
            "config": folder / "definitions",
            "retry_delay": 0.05,
            **settings,
        }
    )
    built = Application(chosen, opened, tracing=tracing)
    async with served(around(built.asgi)) as url:
        yield Running(url=url, application=built)
