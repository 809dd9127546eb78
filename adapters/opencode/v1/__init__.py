"""OpenCode 1: the reply to a prompt is the verdict, the event stream the witness of what led to it.

agents ── attempt ──▶ preflight · client · watch ─▶ witness ─▶ frames
             ├──────▶ shower      while it runs
             └──────▶ verdict ─▶ reply
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from adapters.opencode.answers import Answers
from adapters.opencode.observations import real_now
from adapters.opencode.preparation import Waiting
from adapters.opencode.v1.abort import STOP_WITHIN
from adapters.opencode.v1.agents import OpenCode1Agents
from adapters.opencode.v1.attempt import Engine
from adapters.opencode.v1.client import Client
from adapters.opencode.v1.wire import Event
from adapters.opencode.watch import Watch

__all__ = ["OpenCode1Agents", "agents_over"]


@asynccontextmanager
async def agents_over(
    http: httpx.AsyncClient,
    *,
    stop_within: float = STOP_WITHIN,
    waiting: Waiting | None = None,
    answers: Answers | None = None,
) -> AsyncIterator[OpenCode1Agents]:
    """The agents of the OpenCode 1 that the HTTP client speaks to; the client stays open."""
    client = Client(http, answers=answers)
    watch = Watch(client, Event.read, forget=client.forget)
    engine = Engine(client=client, watch=watch, now=real_now, stop_within=stop_within, waiting=waiting or Waiting())
    async with watch.running():
        yield OpenCode1Agents(engine)
