"""OpenCode 2: the durable log of a session is the verdict, the event bus the witness, lists are the safety net.

agents ── attempt ──▶ preflight · admission     before
             ├──────▶ session_log · witness ─▶ fold ─▶ run     while it runs: what is known
             ├──────▶ liveness · interrupt                     while it runs: what is done
             └──────▶ verdict ─▶ problems
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from adapters.opencode.answers import Answers
from adapters.opencode.connection import Connection
from adapters.opencode.observations import real_now
from adapters.opencode.preparation import Waiting
from adapters.opencode.v2.agents import OpenCode2Agents
from adapters.opencode.v2.attempt import Engine
from adapters.opencode.v2.client import Client
from adapters.opencode.v2.interrupt import STOP_WITHIN
from adapters.opencode.v2.liveness import Patience
from adapters.opencode.v2.wire import Frame
from adapters.opencode.watch import Watch

__all__ = ["OpenCode2Agents", "agents_over"]

# Heartbeats come every 15 s.
DEAD_AFTER = 35.0


@asynccontextmanager
async def agents_over(
    http: httpx.AsyncClient,
    *,
    stop_within: float = STOP_WITHIN,
    patience: Patience | None = None,
    waiting: Waiting | None = None,
    answers: Answers | None = None,
) -> AsyncIterator[OpenCode2Agents]:
    """The agents of the OpenCode 2 that the HTTP client speaks to; the client stays open."""
    client = Client(Connection(http), answers)
    watch = Watch(client, Frame.read, forget=client.forget, dead_after=DEAD_AFTER)
    engine = Engine(
        client=client,
        watch=watch,
        now=real_now,
        stop_within=stop_within,
        patience=patience or Patience(),
        waiting=waiting or Waiting(),
    )
    async with watch.running():
        yield OpenCode2Agents(engine)
