"""OpenCode as whoever does the work of a step: spoken to over HTTP, watched by its event stream, judged by structure.

One package a generation of the server (`v1`); what lies here, both share.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx

from adapters.opencode.process import Starter, spawned
from adapters.opencode.v1.abort import STOP_WITHIN
from adapters.opencode.v1.agents import OpenCodeAgents
from adapters.opencode.v1.attempt import Engine
from adapters.opencode.v1.client import OUR_HOSTS, Client, new_http_client
from adapters.opencode.v1.scripted import AsgiTransport, scripted_opencode
from adapters.opencode.v1.watch import Watch
from adapters.opencode.v1.witness import real_now
from runner.redaction import Redactor

__all__ = ["OpenCodeAgents", "agents_over", "open_agents"]

log = logging.getLogger("stepwire.opencode")


@asynccontextmanager
async def open_agents(
    url: str,
    *,
    username: str = "opencode",
    password: str | None = None,
    ca: Path | None = None,
    redactor: Redactor | None = None,
) -> AsyncIterator[OpenCodeAgents]:
    """The agents of the OpenCode at that URL, for as long as the context lasts.

    `scripted` plays scripts in this process; `spawn` starts an OpenCode of its own and ends it. `ca` is a
    file of certificates that are trusted beside the machine's own. Nothing is asked of OpenCode yet: an unreachable one
    is noticed when it is needed.
    """
    async with AsyncExitStack() as stack:
        transport, starter = None, None
        if url == "spawn":
            url, password = await stack.enter_async_context(spawned()), None
        elif url == "scripted":
            url, transport = "http://scripted", AsgiTransport(await stack.enter_async_context(scripted_opencode()))
        elif httpx.URL(url).host in OUR_HOSTS:
            starter = Starter(httpx.URL(url).port or 80, stack)
        http = new_http_client(url, username=username, password=password, ca=ca, transport=transport)
        yield await stack.enter_async_context(agents_over(http, redactor=redactor, starter=starter))


@asynccontextmanager
async def agents_over(
    http: httpx.AsyncClient,
    *,
    redactor: Redactor | None = None,
    stop_within: float = STOP_WITHIN,
    starter: Starter | None = None,
) -> AsyncIterator[OpenCodeAgents]:
    """The agents of the OpenCode that the HTTP client speaks to; the client is closed at the end."""
    async with http:
        client = Client(http)
        watch = Watch(client)
        reader = asyncio.create_task(watch.run(), name="opencode-watch")
        reader.add_done_callback(_say_if_broken)
        engine = Engine(
            client=client, watch=watch, redactor=redactor or Redactor(), now=real_now, stop_within=stop_within
        )
        try:
            yield OpenCodeAgents(engine, starter)
        finally:
            reader.cancel()
            await asyncio.wait((reader,))


def _say_if_broken(reader: "asyncio.Task[None]") -> None:
    if not reader.cancelled() and (error := reader.exception()) is not None:
        log.error("event_stream_broken", exc_info=error)
