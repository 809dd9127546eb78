"""Engines for tests: a scripted OpenCode behind the real client, and servers on a socket that misbehave."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, fields, replace
from typing import Any

from adapters.opencode import OpenCodeAgents, agents_over
from adapters.opencode.connection import new_http_client
from adapters.opencode.v1.scripted import AsgiTransport, ScriptedOpenCode, scripted_opencode
from adapters.opencode.v1.scripted.scripts import Action
from runner.agents import Work
from runner.limits import Limits
from runner.model import StepId

Behaviour = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class ScriptedEngine:
    server: ScriptedOpenCode
    agents: OpenCodeAgents

    def play(self, *actions: Action, name: str = "text") -> None:
        self.server.play(name, *actions)


@asynccontextmanager
async def scripted_engine() -> AsyncIterator[ScriptedEngine]:
    async with scripted_opencode(pace=0) as server:
        http_client = new_http_client("http://scripted", transport=AsgiTransport(server))
        async with agents_over(http_client) as agents:
            yield ScriptedEngine(server=server, agents=agents)


_LIMITS = Limits(timeout_seconds=20.0, stall_seconds=20.0, ask_seconds=20.0, max_turns=25)


def a_work(**more: Any) -> Work:
    """`more` are fields of the work, or of its limits."""
    chosen = {field.name: more.pop(field.name) for field in fields(Limits) if field.name in more}
    told = {
        "step_id": StepId("stp_1_0"),
        "attempt": 1,
        "title": "Fix login · 1 developer",
        "prompt": "Fix the login",
        "engine_agent": "build",
        "limits": replace(_LIMITS, **chosen),
        "directory": "/",
    }
    return Work(**{**told, **more})


@asynccontextmanager
async def on_a_socket(behaviour: Behaviour) -> AsyncIterator[str]:
    """Serves on loopback: the behaviour gets the request line of each connection and writes what it likes."""
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                await behaviour(head.partition("\r\n")[0], writer)
                await writer.drain()
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            writer.close()
            connections.discard(task)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tuple(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await server.wait_closed()


def http(
    body: bytes, status: str = "200 OK", content_type: str = "application/json", length: int | None = None
) -> bytes:
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {size}\r\nconnection: close\r\n\r\n"
    return head.encode() + body
