"""The server as an ASGI application: which address leads to which part, from the start to a stop in good order."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from prometheus_client import generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from adapters.database import Database, DatabaseUnusable
from resolvers import build_schema, document_rules, mask
from runner.redaction import Redactor
from web import pages
from web.assembly import Beside, OpenAgents, Parts, nothing, opencode_agents, owner, running
from web.delivery import Live
from web.http import Endpoint
from web.logs import configure_logs
from web.operations import Operations
from web.security import Gatekeeper, HostCheck
from web.settings import Settings
from web.sockets import Socket
from web.token import with_access_token
from web.uvicorn_server import Server, configured

_BODY_BYTES = 2 * 1024 * 1024


class Application:
    """The ASGI application of one server: its parts, and who may ask them."""

    def __init__(self, settings: Settings, opened_agents: OpenAgents, beside: Beside = nothing) -> None:
        self._running = partial(running, settings, opened_agents, beside)
        self._served: _Served | None = None
        self._gatekeeper = Gatekeeper(token=_token(settings), actor=owner())
        self.asgi = Starlette(
            routes=self._routes(),
            middleware=[Middleware(HostCheck, allowed_hosts=settings.allowed_host)],
            lifespan=self._lifespan,
            max_body_size=_BODY_BYTES,
        )

    @property
    def parts(self) -> Parts:
        """There once the lifespan has begun, else a RuntimeError."""
        return self._now.parts

    @property
    def live(self) -> Live:
        """As `parts`."""
        return self._now.live

    async def before_stop(self) -> None:
        """Stores that running steps are interrupted while watchers are still connected to see it."""
        await self.parts.supervisor.stop()

    @property
    def _now(self) -> "_Served":
        if self._served is None:
            raise RuntimeError("nothing is served yet: the lifespan of this application has not begun")
        return self._served

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with self._running() as parts:
            self._served = _served(parts)
            yield

    def _routes(self) -> list[BaseRoute]:
        return [
            Route("/graphql", self._graphql, methods=["GET", "POST"]),
            WebSocketRoute("/graphql", self._socket),
            Route("/healthz", self._alive),
            Route("/readyz", self._ready),
            Route("/metrics", self._metrics),
            *pages.routes(),
        ]

    async def _graphql(self, request: Request) -> Response:
        return await Endpoint(self._now.operations, self._gatekeeper)(request)

    async def _socket(self, websocket: WebSocket) -> None:
        await Socket(websocket, self._now.operations, self._gatekeeper).serve()

    async def _alive(self, _: Request) -> Response:
        return JSONResponse({"alive": True})

    async def _ready(self, _: Request) -> Response:
        """200 when the database and the engine can be used; 503 with the reason of each that cannot."""
        database, engine = await asyncio.gather(_trouble(self.parts.database), self.parts.agents.health())
        reasons = {"database": database, "engine": None if engine.reachable else engine.message}
        ready = not any(reasons.values())
        return JSONResponse({"ready": ready, **reasons}, status_code=200 if ready else 503)

    async def _metrics(self, request: Request) -> Response:
        if not self._gatekeeper.admits(request.headers.get("authorization")):
            return PlainTextResponse("The token is missing or wrong.\n", 401, {"www-authenticate": "Bearer"})
        return Response(generate_latest(self.parts.registry), media_type="text/plain; version=0.0.4")


def create_app(settings: Settings, opened_agents: OpenAgents = opencode_agents) -> Starlette:
    """The server as an ASGI application, for whoever brings a server of their own."""
    return Application(settings, opened_agents).asgi


async def serve(
    settings: Settings, *, announce: Callable[[str], None], beside: Beside = nothing, log: Path | None = None
) -> None:
    """Serves until SIGTERM or SIGINT; `announce` gets the address once it listens, `beside` goes on meanwhile.

    `log`: see `configure_logs`.

    Raises:
        OSError: the port cannot be had.
    """
    configure_logs(Redactor(settings.secrets), file=log)
    application = Application(settings, opencode_agents, beside)
    config = configured(application.asgi, settings.host, settings.port)
    await Server(config, announce=announce, before_stop=application.before_stop).serve()


@dataclass(frozen=True, kw_only=True)
class _Served:
    """What the addresses lead to, once the lifespan has begun."""

    parts: Parts
    live: Live
    operations: Operations


def _served(parts: Parts) -> _Served:
    schema = build_schema()._schema
    live = Live(schema, mask=mask, fresh=parts.context)
    operations = Operations(schema, live=live, mask=mask, rules=document_rules, context=parts.context)
    return _Served(parts=parts, live=live, operations=operations)


async def _trouble(database: Database) -> str | None:
    try:
        await database.check()
    except DatabaseUnusable as error:
        return str(error)
    return None


def _token(settings: Settings) -> str | None:
    """The token that requests must show; None where none is demanded."""
    return None if settings.auth == "off" else with_access_token(settings).token
