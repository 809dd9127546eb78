"""The server as an ASGI application: which address leads to which part, from the start to a stop in good order."""

import asyncio
import platform
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Info, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from resolvers import build_schema, document_rules, mask, mask_for_strangers
from runner.redaction import Redactor
from web import pages
from web.answers import Answers
from web.assembly import Beside, OpenAgents, Parts, nothing, opencode_agents, running
from web.connections import BODY_BYTES, Connections, make_room
from web.delivery import Live
from web.figures import ListFigures
from web.http import Endpoint
from web.logs import configure_logs
from web.operations import Operations
from web.results import Mask
from web.security import HostCheck, SiteCheck
from web.settings import Settings
from web.sockets import Socket
from web.token import with_access_token
from web.uvicorn_server import Server, configured, keep_what_is_loaded

if TYPE_CHECKING:
    from web.tracing import Tracing

_OURS = [Middleware(SiteCheck)]


class Application:
    """The ASGI application of one server: its parts, and who may ask them."""

    def __init__(
        self,
        settings: Settings,
        opened_agents: OpenAgents,
        beside: Beside = nothing,
        redactor: Redactor | None = None,
        tracing: "Tracing | None" = None,
    ) -> None:
        settings = with_access_token(settings)
        self._tracing = tracing or _tracing(settings)
        self._running = partial(running, settings, opened_agents, beside, redactor, self._tracing)
        self._served: _Served | None = None
        self._token_demanded = settings.auth != "off"
        self.asgi = Starlette(
            routes=self._routes(),
            middleware=[
                *((self._tracing.middleware,) if self._tracing else ()),
                Middleware(HostCheck, allowed_hosts=settings.allowed_host),
            ],
            lifespan=self._lifespan,
            max_body_size=BODY_BYTES,
        )

    @property
    def parts(self) -> Parts:
        """There once the lifespan has begun, else a RuntimeError."""
        return self._now.parts

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
        try:
            async with self._running() as parts:
                self._served = _served(parts, mask if self._token_demanded else mask_for_strangers, self._tracing)
                _tell_what_serves(parts.registry)
                yield
        finally:
            if self._tracing:
                await self._tracing.close()

    def _routes(self) -> list[BaseRoute]:
        return [
            Route("/graphql", self._graphql, methods=["GET", "POST"], middleware=_OURS),
            WebSocketRoute("/graphql", _Sockets(self), middleware=_OURS),
            Route("/healthz", self._alive, middleware=_OURS),
            Route("/readyz", self._ready, middleware=_OURS),
            Route("/metrics", self._metrics, middleware=_OURS),
            *pages.routes(),
        ]

    async def _graphql(self, request: Request) -> Response:
        return await Endpoint(self._now.operations, self.parts.gatekeeper)(request)

    async def _alive(self, _: Request) -> Response:
        return JSONResponse({"alive": True})

    async def _ready(self, _: Request) -> Response:
        """200 when the database and the engine can be used; 503 with the reason of each that cannot."""
        database, engine = await asyncio.gather(self.parts.database.journal.health(), self.parts.engine.health())
        reasons = {"database": database.message, "engine": None if engine.reachable else engine.message}
        ready = not any(reasons.values())
        return JSONResponse({"ready": ready, **reasons}, status_code=200 if ready else 503)

    async def _metrics(self, request: Request) -> Response:
        if await self.parts.gatekeeper.admit(request.headers.get("authorization")) is None:
            return PlainTextResponse("The token is missing or wrong.\n", 401, {"www-authenticate": "Bearer"})
        return Response(generate_latest(self.parts.registry), media_type="text/plain; version=0.0.4")


class _Sockets:
    """`/graphql` for websockets: as an application, since each of Starlette's wrappers for a function costs memory for
    as long as a socket is open."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        application = self._application
        websocket = WebSocket(scope, receive, send)
        await Socket(websocket, application._now.operations, application.parts.gatekeeper).serve()


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
        AgentError: an OpenCode that is to be started could not be.
    """
    # One for both: what OpenCode is found to hold as secret stays out of the log, too.
    redactor = Redactor(settings.secrets)
    configure_logs(redactor, file=log)
    # Not in the lifespan, whose errors uvicorn tells with a traceback.
    async with opencode_agents(settings) as agents:
        application = Application(settings, lambda _: nullcontext(agents), beside, redactor)
        connections = Connections(make_room(settings.max_connections), settings.max_connections_per_address)
        config = configured(application.asgi, settings.host, settings.port, connections)

        def listening(address: str) -> None:
            keep_what_is_loaded()
            announce(address)

        await Server(config, announce=listening, before_stop=application.before_stop).serve()


@dataclass(frozen=True, kw_only=True)
class _Served:
    """What the addresses lead to, once the lifespan has begun."""

    parts: Parts
    operations: Operations


def _tracing(settings: Settings) -> "Tracing | None":
    if settings.traces is None:
        return None
    # OpenTelemetry takes a while to load, and few want it.
    from web.tracing import Tracing

    return Tracing.exporting(settings.traces)


def _served(parts: Parts, mask: Mask, tracing: "Tracing | None") -> _Served:
    schema = build_schema()._schema
    live = Live(schema, hub=parts.hub, mask=mask)
    answers = Answers(parts.database.standing)
    parts.registry.register(ListFigures(answers, parts.database.versions))
    operations = Operations(schema, live=live, mask=mask, rules=document_rules, context=parts.context, answers=answers)
    if tracing:
        operations.span = tracing.operation
    return _Served(parts=parts, operations=operations)


def _tell_what_serves(registry: CollectorRegistry) -> None:
    loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]
    said = {"version": version("stepwire"), "python": platform.python_version(), "loop": loop}
    Info("stepwire", "What serves here", registry=registry).info(said)
