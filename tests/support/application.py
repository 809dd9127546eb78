"""The whole server in this process, on a real socket and a real database, with agents that a test scripts.

async with application(tmp_path, agents) as running:
    await running.commands.start_pipeline(…)
    async with running.subscription("subscription { … }") as items: …
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from runner.agents import Agents
from runner.commands import Commands
from runner.composition import StartRequest
from runner.model import Actor, Pipeline, StepPlan
from runner.reads import AsOf
from tests.support.serving import served
from tests.support.stepwire_server import Subscriber
from web.app import Application
from web.assembly import Parts
from web.delivery import Live
from web.settings import Settings
from web.tracing import Tracing

TESTER = Actor(name="tester")


@dataclass(frozen=True, kw_only=True)
class Running:
    url: str
    application: Application

    @property
    def parts(self) -> Parts:
        return self.application.parts

    @property
    def live(self) -> Live:
        return self.application.live

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


@asynccontextmanager
async def application(
    folder: Path, agents: Agents, *, tracing: Tracing | None = None, **settings: Any
) -> AsyncIterator[Running]:
    """A served stepwire whose database lies in the folder; no token is demanded."""

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
    async with served(built.asgi) as url:
        yield Running(url=url, application=built)
