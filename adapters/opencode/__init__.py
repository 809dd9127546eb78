"""OpenCode as whoever does the work of a step: spoken to over HTTP, watched by its event stream, judged by structure.

agents ── attempt ──▶ preflight · client · watch ─▶ witness ─▶ observations
             ├──────▶ limits · attention · live      while it runs
             └──────▶ verdict ─▶ reply · provider_errors · structured
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx

from adapters.opencode.agents import OpenCodeAgents
from adapters.opencode.attempt import Engine
from adapters.opencode.client import Client, new_http_client
from adapters.opencode.process import spawned
from adapters.opencode.scripted import AsgiTransport, scripted_opencode
from adapters.opencode.watch import Watch
from adapters.opencode.witness import real_now
from runner.redaction import Redactor

__all__ = ["OpenCodeAgents", "open_agents"]

log = logging.getLogger("stepwire.opencode")


@asynccontextmanager
async def open_agents(
    url: str,
    *,
    username: str = "opencode",
    password: str | None = None,
    redactor: Redactor | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> AsyncIterator[OpenCodeAgents]:
    """The agents of the OpenCode at that URL, for as long as the context lasts.

    `scripted` plays scripts in this process; `spawn` starts an OpenCode of its own and ends it. Nothing is asked of
    OpenCode yet: an unreachable one is noticed when it is needed.
    """
    if url == "spawn":
        async with spawned() as own_url, _opened(own_url, username, None, redactor, None) as agents:
            yield agents
    elif url == "scripted":
        async with (
            scripted_opencode() as scripted,
            _opened("http://scripted", username, None, redactor, AsgiTransport(scripted)) as agents,
        ):
            yield agents
    else:
        async with _opened(url, username, password, redactor, transport) as agents:
            yield agents


@asynccontextmanager
async def _opened(
    url: str,
    username: str,
    password: str | None,
    redactor: Redactor | None,
    transport: httpx.AsyncBaseTransport | None,
) -> AsyncIterator[OpenCodeAgents]:
    async with new_http_client(url, username=username, password=password, transport=transport) as http:
        client = Client(http)
        watch = Watch(client)
        reader = asyncio.create_task(watch.run(), name="opencode-watch")
        reader.add_done_callback(_say_if_broken)
        try:
            yield OpenCodeAgents(Engine(client=client, watch=watch, redactor=redactor or Redactor(), now=real_now))
        finally:
            reader.cancel()
            with suppress(asyncio.CancelledError):
                await reader


def _say_if_broken(reader: "asyncio.Task[None]") -> None:
    if not reader.cancelled() and (error := reader.exception()) is not None:
        log.error("event_stream_broken", exc_info=error)
