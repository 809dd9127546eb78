"""Where everything meets: settings in, a running server out. The only place that knows ports and adapters both."""

import asyncio
import getpass
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog
from prometheus_client import CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from adapters.catalog import YamlCatalog, YamlEditor
from adapters.clock import SystemClock
from adapters.database import Database, DatabaseUnusable, open_database
from adapters.git import Git
from adapters.github import GitHubIssues
from adapters.opencode import open_agents
from resolvers import Context, build_schema, document_rules, make_context, mask
from runner.activity import Activities
from runner.commands import Commands
from runner.composition import Composer
from runner.events import DefinitionChanged
from runner.executor import Executor, Limits
from runner.model import Actor
from runner.ports import Agents
from runner.redaction import Redactor
from runner.retry import RetryPolicy
from runner.supervisor import Supervisor
from web import pages
from web.delivery import Live
from web.hooks import CommittedHooks
from web.http import Endpoint, Operations
from web.logs import configure_logs
from web.security import Gatekeeper, HostCheck
from web.server import Server, configured, stopped
from web.settings import Settings
from web.sockets import Socket
from web.token import with_access_token

log = structlog.get_logger("stepwire")

_BODY_BYTES = 2 * 1024 * 1024
_STOP_SECONDS = 8.0
_PRUNE_SECONDS = 3600.0


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a running server is made of."""

    settings: Settings
    database: Database
    agents: Agents
    catalog: YamlCatalog
    editor: YamlEditor
    commands: Commands
    supervisor: Supervisor
    activities: Activities
    registry: CollectorRegistry
    actor: Actor


OpenAgents = Callable[[Settings, Redactor], AbstractAsyncContextManager[Agents]]


@asynccontextmanager
async def assembled(settings: Settings, opened_agents: OpenAgents) -> AsyncIterator[Parts]:
    """Opens the database, agents and the definitions, recovers what a stop left, and runs pipelines until the end.

    Raises:
        DatabaseUnusable: see `open_database`.
    """
    async with AsyncExitStack() as stack:
        redactor = Redactor(settings.secrets)
        clock, registry, activities = SystemClock(), CollectorRegistry(), Activities()
        hooks = CommittedHooks(activities, registry)
        database = await stack.enter_async_context(open_database(settings.database_url))
        agents = await stack.enter_async_context(opened_agents(settings, redactor))
        policy = RetryPolicy(max_attempts=settings.max_attempts, delay_seconds=settings.retry_delay)
        executor = Executor(
            journal=database.journal,
            agents=agents,
            clock=clock,
            hooks=hooks,
            policy=policy,
            limits=_limits(settings),
            redactor=redactor,
        )
        supervisor = Supervisor(
            executor=executor,
            journal=database.journal,
            clock=clock,
            hooks=hooks,
            policy=policy,
            max_pipelines=settings.max_pipelines,
        )

        async def changed(definition: str, change: str, actor: Actor | None = None) -> None:
            event = DefinitionChanged(at=clock.now(), actor=actor, definition=definition, change=change)
            hooks.committed([await database.journal.record(event)])

        catalog = await stack.enter_async_context(YamlCatalog.opened(settings.config, clock=clock, changed=changed))
        composer = Composer(
            catalog=catalog,
            agents=agents,
            issues=GitHubIssues(token=settings.github_token, base_url=settings.github_url),
            branches=Git() if settings.checkout_branch else None,
            clock=clock,
            redactor=redactor,
            directory_roots=settings.directory_root,
        )
        commands = Commands(
            journal=database.journal,
            agents=agents,
            clock=clock,
            hooks=hooks,
            dispatcher=supervisor,
            composer=composer,
            redactor=redactor,
        )
        await supervisor.recover()
        running = asyncio.create_task(supervisor.run(), name="supervisor")
        pruning = asyncio.create_task(_pruning(settings, database, clock), name="pruning")
        try:
            yield Parts(
                settings=settings,
                database=database,
                agents=agents,
                catalog=catalog,
                editor=YamlEditor(catalog, edited=changed),
                commands=commands,
                supervisor=supervisor,
                activities=activities,
                registry=registry,
                actor=Actor(name=_user()),
            )
        finally:
            pruning.cancel()
            await supervisor.stop()
            await stopped(running, _STOP_SECONDS)


class Application:
    """The ASGI application of one server; `parts` is there once its lifespan has begun."""

    def __init__(self, settings: Settings, opened_agents: OpenAgents) -> None:
        self.settings = settings
        self._opened_agents = opened_agents
        self.parts: Parts | None = None
        self.live: Live | None = None
        self._operations: Operations | None = None
        self._gatekeeper = Gatekeeper(token=_token(settings), actor=Actor(name=_user()))
        self.asgi = Starlette(
            routes=self._routes(),
            middleware=[Middleware(HostCheck, allowed_hosts=settings.allowed_host)],
            lifespan=self._lifespan,
            max_body_size=_BODY_BYTES,
        )

    async def before_stop(self) -> None:
        """Stores that running steps are interrupted while watchers are still connected to see it."""
        if self.parts:
            await self.parts.supervisor.stop()

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with assembled(self.settings, self._opened_agents) as parts:
            self.parts = parts
            schema = build_schema()._schema
            context = _context_maker(parts)
            self.live = Live(schema, mask=mask, fresh=lambda _: context())
            self._operations = Operations(schema, live=self.live, mask=mask, rules=document_rules, context=context)
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
        assert self._operations is not None
        return await Endpoint(self._operations, self._gatekeeper)(request)

    async def _socket(self, websocket: WebSocket) -> None:
        assert self._operations is not None
        await Socket(websocket, self._operations, self._gatekeeper).serve()

    async def _alive(self, _: Request) -> Response:
        return JSONResponse({"alive": True})

    async def _ready(self, _: Request) -> Response:
        """200 when the database and the engine can be used; 503 with the reason of each that cannot."""
        assert self.parts is not None
        database, engine = await asyncio.gather(_trouble(self.parts.database), self.parts.agents.health())
        reasons = {"database": database, "engine": None if engine.reachable else engine.message}
        ready = not any(reasons.values())
        return JSONResponse({"ready": ready, **reasons}, status_code=200 if ready else 503)

    async def _metrics(self, request: Request) -> Response:
        if not self._gatekeeper.admits(request.headers.get("authorization")):
            return PlainTextResponse("The token is missing or wrong.\n", 401, {"www-authenticate": "Bearer"})
        assert self.parts is not None
        return Response(generate_latest(self.parts.registry), media_type="text/plain; version=0.0.4")


def opencode_agents(settings: Settings, redactor: Redactor) -> AbstractAsyncContextManager[Agents]:
    """The OpenCode server that the settings name."""
    return open_agents(
        settings.opencode_url,
        username=settings.opencode_username,
        password=settings.opencode_password,
        ca=settings.opencode_ca,
        redactor=redactor,
    )


def create_app(settings: Settings, opened_agents: OpenAgents = opencode_agents) -> Starlette:
    """The server as an ASGI application, for whoever brings a server of their own."""
    return Application(settings, opened_agents).asgi


async def serve(settings: Settings, *, announce: Callable[[str], None]) -> None:
    """Serves until SIGTERM or SIGINT; `announce` gets the address once it listens.

    Raises:
        OSError: the port cannot be had.
    """
    configure_logs(Redactor(settings.secrets))
    application = Application(settings, opencode_agents)
    config = configured(application.asgi, settings.host, settings.port)
    await Server(config, announce=announce, before_stop=application.before_stop).serve()


def _context_maker(parts: Parts) -> Callable[[], Context]:
    def context() -> Context:
        return make_context(
            actor=parts.actor,
            reads=parts.database.reads,
            journal=parts.database.journal,
            commands=parts.commands,
            catalog=parts.catalog,
            agents=parts.agents,
            activities=parts.activities,
            editor=parts.editor,
        )

    return context


def _limits(settings: Settings) -> Limits:
    return Limits(
        step_seconds=settings.step_timeout,
        stall_seconds=settings.stall_timeout,
        ask_seconds=settings.ask_timeout,
        max_turns=settings.max_turns,
    )


async def _trouble(database: Database) -> str | None:
    try:
        await database.check()
    except DatabaseUnusable as error:
        return str(error)
    return None


async def _pruning(settings: Settings, database: Database, clock: SystemClock) -> None:
    """Removes what is older than the settings keep, once at the start and then every hour."""
    while settings.retention_days is not None:
        now = clock.now()
        await database.journal.prune(now - timedelta(days=settings.retention_days), now)
        await asyncio.sleep(_PRUNE_SECONDS)


def _token(settings: Settings) -> str | None:
    """The token that requests must show; None where none is demanded."""
    return None if settings.auth == "off" else with_access_token(settings).token


def _user() -> str:
    """Whoever runs the server: the token is readable by its owner alone, so whoever shows it is the owner."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "operator"
