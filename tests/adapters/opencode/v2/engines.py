"""A scripted OpenCode 2 behind the real client, with little patience: what takes seconds takes none in tests."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from adapters.opencode.connection import new_http_client
from adapters.opencode.v1.scripted import AsgiTransport
from adapters.opencode.v1.scripted.transport import Application, Receive, Scope, Send
from adapters.opencode.v2 import OpenCode2Agents, agents_over
from adapters.opencode.v2.liveness import Patience
from adapters.opencode.v2.scripted import ScriptedOpenCode2, scripted_opencode2
from adapters.opencode.v2.scripted.scripts import Action

IMPATIENT = Patience(quiet=0.05, doubtful=0.02, idle=0.15, away=0.3)


@dataclass(frozen=True, kw_only=True)
class ScriptedEngine2:
    server: ScriptedOpenCode2
    agents: OpenCode2Agents

    def play(self, *actions: Action, name: str = "text") -> None:
        self.server.play(name, *actions)


@asynccontextmanager
async def scripted_engine2(patience: Patience = IMPATIENT, **more: Any) -> AsyncIterator[ScriptedEngine2]:
    async with scripted_opencode2(**{"pace": 0, **more}) as server, agents_on(server, patience) as agents:
        yield ScriptedEngine2(server=server, agents=agents)


@asynccontextmanager
async def agents_on(
    server: ScriptedOpenCode2,
    patience: Patience = IMPATIENT,
    wrapped: Callable[[Application], Application] = lambda application: application,
) -> AsyncIterator[OpenCode2Agents]:
    """As a stepwire of its own: nothing is kept from those before."""
    async with (
        new_http_client("http://scripted", transport=AsgiTransport(wrapped(server))) as http,
        agents_over(http, stop_within=1.0, patience=patience) as agents,
    ):
        yield agents


def without_bus(application: Application) -> Application:
    """As behind a proxy that lets no event stream of the server through; logs of sessions come."""
    return refusing(application, "/api/event", 502)


def with_late_bus(application: Application) -> Application:
    """As on a busy machine: the stream of the server begins, and what it brings is behind everything else."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        sent = 0

        async def send_first(message: Scope) -> None:
            nonlocal sent
            sent += 1
            # Status, greeting, heartbeat.
            if sent <= 3:
                await send(message)

        await application(scope, receive, send_first if scope["path"] == "/api/event" else send)

    return answer


def without_instructions(application: Application) -> Application:
    """As a server that has no place for them."""
    return refusing(application, "/instructions/", 404)


def refusing(application: Application, path: str, status: int) -> Application:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if path not in scope["path"]:
            await application(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return answer


class SlowPrompts:
    """As a server that is busy: a prompt is taken in a moment later, whether or not its sender still waits for it."""

    def __init__(self, application: Application) -> None:
        self.began = asyncio.Event()
        self._application = application
        self._taking = set[asyncio.Task[None]]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].endswith("/prompt"):
            await self._application(scope, receive, send)
            return
        body = await receive()
        self._taking.add(asyncio.create_task(self._take(scope, body)))
        self.began.set()
        await asyncio.Event().wait()

    async def _take(self, scope: Scope, body: Scope) -> None:
        async def receive() -> Scope:
            return body

        async def send(message: Scope) -> None: ...

        await asyncio.sleep(0.05)
        await self._application(scope, receive, send)
