"""An ASGI application on a real loopback port, in this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp

from web.connections import Connections
from web.uvicorn_server import Server, configured


async def _nothing() -> None:
    return None


@asynccontextmanager
async def served(app: ASGIApp, connections: Connections | None = None, port: int = 0) -> AsyncIterator[str]:
    """The address it is served at, until left; a port of 0 is any that is free."""
    listening: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    config = configured(app, "127.0.0.1", port, connections)
    server = Server(config, announce=listening.set_result, before_stop=_nothing)
    running = asyncio.create_task(server._serve())
    async with asyncio.timeout(60):
        yield_to = await listening
    try:
        yield yield_to
    finally:
        server.should_exit = True
        await running
