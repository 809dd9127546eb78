"""OpenCode as whoever does the work of a step: spoken to over HTTP, watched by its event stream, judged by structure.

One package a generation of the server (`v1`, `v2`); what lies here, both share.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import httpx

from adapters.opencode import v1, v2
from adapters.opencode.agents import Open, OpenCodeAgents
from adapters.opencode.answers import Answers
from adapters.opencode.connection import OUR_HOSTS, new_http_client
from adapters.opencode.credentials import Credentials
from adapters.opencode.held_secrets import HeldSecrets
from adapters.opencode.process import Starter, free_port, program_of
from adapters.opencode.v1.scripted import AsgiTransport, scripted_opencode
from adapters.opencode.v1.scripted.transport import Application
from adapters.opencode.v2.scripted import scripted_opencode2

__all__ = ["OpenCodeAgents", "agents_over", "open_agents"]

_SCRIPTED: Mapping[str, Callable[[], AbstractAsyncContextManager[Application]]] = {
    "scripted": scripted_opencode,
    "scripted2": scripted_opencode2,
}


@asynccontextmanager
async def open_agents(
    url: str,
    *,
    username: str = "opencode",
    password: str | None = None,
    ca: Path | None = None,
    environment: Mapping[str, str] | None = None,
    state: Path | None = None,
    files: Path | None = None,
) -> AsyncIterator[OpenCodeAgents]:
    """The agents of the OpenCode at that URL, for as long as the context lasts.

    `scripted` and `scripted2` play scripts in this process, as OpenCode 1 and 2; `spawn` starts an OpenCode of its own
    and ends it. Else nothing is asked of OpenCode yet: an unreachable one is noticed when it is needed.

    `ca` is a file of certificates that are trusted beside the machine's own, `environment` what an OpenCode that is
    started here inherits, `state` the folder in which a local one keeps its password, `files` that of what people have
    signed in with.

    Raises:
        AgentError: `spawn` could not start one.
    """
    async with AsyncExitStack() as stack:
        transport, starter = None, None
        program, credentials = program_of(environment or {}, password), Credentials(username, password)
        if url == "spawn":
            port = free_port()
            starter = Starter(program, credentials, port)
            stack.push_async_callback(starter.end)
            await starter.start(_nobody)
            url = f"http://127.0.0.1:{port}"
        elif url in _SCRIPTED:
            transport = AsgiTransport(await stack.enter_async_context(_SCRIPTED[url]()))
            url = "http://scripted"
        elif httpx.URL(url).host in OUR_HOSTS:
            credentials.state = state
            starter = Starter(program, credentials, httpx.URL(url).port or 80)
            stack.push_async_callback(starter.end)
        http = new_http_client(url, auth=credentials, ca=ca, transport=transport)
        answers = Answers()
        held = HeldSecrets(http, files=files if starter else None, environment=environment, answers=answers)
        held.add(program.password)
        credentials.found = held.add
        yield await stack.enter_async_context(agents_over(http, starter=starter, held=held, answers=answers))


@asynccontextmanager
async def agents_over(
    http: httpx.AsyncClient,
    *,
    starter: Starter | None = None,
    held: HeldSecrets | None = None,
    answers: Answers | None = None,
) -> AsyncIterator[OpenCodeAgents]:
    """The agents of whatever OpenCode the HTTP client speaks to; the client is closed at the end."""
    answers = answers or Answers()
    generations: Mapping[int, Open] = {
        1: partial(v1.agents_over, http, answers=answers),
        2: partial(v2.agents_over, http, answers=answers),
    }
    async with http, AsyncExitStack() as stack:
        yield OpenCodeAgents(http, generations, stack, starter, held, answers)


async def _nobody() -> bool:
    return False
