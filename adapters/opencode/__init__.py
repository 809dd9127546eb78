"""OpenCode as whoever does the work of a step: spoken to over HTTP, watched by its event stream, judged by structure.

One package a generation of the server (`v1`); what lies here, both share.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx

from adapters.opencode.connection import OUR_HOSTS, new_http_client
from adapters.opencode.credentials import Credentials
from adapters.opencode.observations import real_now
from adapters.opencode.process import Starter, free_port, program_of
from adapters.opencode.v1.abort import STOP_WITHIN
from adapters.opencode.v1.agents import OpenCodeAgents
from adapters.opencode.v1.attempt import Engine
from adapters.opencode.v1.client import Client
from adapters.opencode.v1.scripted import AsgiTransport, scripted_opencode
from adapters.opencode.v1.wire import GlobalEvent
from adapters.opencode.watch import Watch

__all__ = ["OpenCodeAgents", "agents_over", "open_agents"]

log = logging.getLogger("stepwire.opencode")


@asynccontextmanager
async def open_agents(
    url: str,
    *,
    username: str = "opencode",
    password: str | None = None,
    ca: Path | None = None,
    environment: Mapping[str, str] | None = None,
    state: Path | None = None,
) -> AsyncIterator[OpenCodeAgents]:
    """The agents of the OpenCode at that URL, for as long as the context lasts.

    `scripted` plays scripts in this process; `spawn` starts an OpenCode of its own and ends it. Nothing is asked of
    OpenCode yet: an unreachable one is noticed when it is needed.

    `ca` is a file of certificates that are trusted beside the machine's own, `environment` what an OpenCode that is
    started here inherits, `state` the folder in which a local one keeps its password.
    """
    async with AsyncExitStack() as stack:
        transport, starter = None, None
        program, credentials = program_of(environment or {}, password), Credentials(username, password)
        if url == "spawn":
            port = free_port()
            starter = Starter(program, credentials, port, stack)
            await starter.start(_nobody)
            url = f"http://127.0.0.1:{port}"
        elif url == "scripted":
            url, transport = "http://scripted", AsgiTransport(await stack.enter_async_context(scripted_opencode()))
        elif httpx.URL(url).host in OUR_HOSTS:
            credentials.state = state
            starter = Starter(program, credentials, httpx.URL(url).port or 80, stack)
        http = new_http_client(url, auth=credentials, ca=ca, transport=transport)
        yield await stack.enter_async_context(agents_over(http, starter=starter))


@asynccontextmanager
async def agents_over(
    http: httpx.AsyncClient,
    *,
    stop_within: float = STOP_WITHIN,
    starter: Starter | None = None,
) -> AsyncIterator[OpenCodeAgents]:
    """The agents of the OpenCode that the HTTP client speaks to; the client is closed at the end."""
    async with http:
        client = Client(http)
        watch = Watch(client, GlobalEvent.model_validate_json)
        reader = asyncio.create_task(watch.run(), name="opencode-watch")
        reader.add_done_callback(_say_if_broken)
        engine = Engine(client=client, watch=watch, now=real_now, stop_within=stop_within)
        try:
            yield OpenCodeAgents(engine, starter)
        finally:
            reader.cancel()
            await asyncio.wait((reader,))


async def _nobody() -> bool:
    return False


def _say_if_broken(reader: "asyncio.Task[None]") -> None:
    if not reader.cancelled() and (error := reader.exception()) is not None:
        log.error("event_stream_broken", exc_info=error)
