"""Both scripted generations behind their real clients, with calls that are left unanswered until they are let go."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from adapters.opencode import v1, v2
from adapters.opencode.agents import Generation
from adapters.opencode.connection import new_http_client
from adapters.opencode.preparation import Waiting
from adapters.opencode.v1.scripted import AsgiTransport, scripted_opencode
from adapters.opencode.v1.scripted.transport import Application, Receive, Scope, Send
from adapters.opencode.v2.scripted import scripted_opencode2

# What tells of a folder, in either generation's addresses.
SAYS_WHERE = ("directory=", "location%5Bdirectory%5D=", "location[directory]=")


class Silencer:
    """Leaves the calls that `held` names unanswered, until `let_go`; notes the paths of what it was asked."""

    def __init__(self, application: Application) -> None:
        self.held: Callable[[Scope], bool] = lambda _: False
        self.asked: list[str] = []
        self._application = application
        self._gone_on = asyncio.Event()

    def let_go(self) -> None:
        self.held = lambda _: False
        self._gone_on.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(scope["path"])
        if self.held(scope):
            await self._gone_on.wait()
        await self._application(scope, receive, send)


def everything(_: Scope) -> bool:
    return True


def the_folder(scope: Scope) -> bool:
    """As where a plugin hangs while the folder is opened."""
    query, path = scope["query_string"].decode(), scope["path"]
    return any(sign in query for sign in SAYS_WHERE) or (path.endswith("/session") and scope["method"] == "POST")


def the(path: str, method: str = "GET") -> Callable[[Scope], bool]:
    return lambda scope: scope["path"] == path and scope["method"] == method


@dataclass(frozen=True, kw_only=True)
class SilentEngine:
    server: Any
    agents: Generation
    silencer: Silencer


@asynccontextmanager
async def silent_engine(generation: int, *, notice: float = 0.1, gives_up: float = 30.0) -> AsyncIterator[SilentEngine]:
    waiting = Waiting(notice=notice, open=gives_up)
    async with AsyncExitStack() as stack:
        scripted: Any = scripted_opencode(pace=0) if generation == 1 else scripted_opencode2(pace=0)
        server = await stack.enter_async_context(scripted)
        silencer = Silencer(server)
        http = await stack.enter_async_context(new_http_client("http://scripted", transport=AsgiTransport(silencer)))
        opened: Any = (v1 if generation == 1 else v2).agents_over(http, waiting=waiting)
        yield SilentEngine(server=server, agents=await stack.enter_async_context(opened), silencer=silencer)
