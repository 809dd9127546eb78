"""Where everything meets: the settings in, the parts of a running server out.

    settings ─▶ assembled: the parts, each handed what it needs ─▶ running: the parts, at work

The only place that knows ports and adapters both.
"""

import asyncio
import getpass
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry

from adapters.catalog import YamlCatalog, YamlEditor
from adapters.clock import SystemClock
from adapters.database import Database, open_database, snapshots_beside
from adapters.git import Git
from adapters.git_trees import GitTrees
from adapters.github import GitHubIssues
from adapters.json_schema import JsonSchemas
from adapters.opencode import open_agents
from resolvers import Context
from runner.activity import Activities
from runner.agents import Agents, LiveView
from runner.binding import Binding
from runner.commands import Commands
from runner.composition import Composer
from runner.directories import WorkingDirectories
from runner.events import DefinitionChanged
from runner.executor import Executor
from runner.handoff import Schemas
from runner.journal import Journal, StorageError
from runner.model import Actor, Channel
from runner.placed import PlacedAgents, PlacedTrees
from runner.ports import Dispatcher, Trees
from runner.principals import Approvals, Principal, owner
from runner.redacted import RedactedAgents, RedactedTrees
from runner.redaction import Redactor
from runner.retry import RetryPolicy
from runner.supervisor import Supervisor
from runner.tokens import Tokens
from runner.trust import Trust
from schema.scalars import Cursor
from web.binding import binding_of
from web.gatekeeper import Gatekeeper
from web.hooks import Figures, LaterTurn, LiveSteps, LogLines, count_places
from web.hub import Hub
from web.probes import EngineProbe
from web.settings import Settings
from web.uvicorn_server import stopped

if TYPE_CHECKING:
    from web.tracing import Tracing

_STOP_SECONDS = 8.0
_PRUNE_SECONDS = 3600.0


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a running server is made of."""

    database: Database
    engine: EngineProbe
    catalog: YamlCatalog
    commands: Commands
    supervisor: Supervisor
    activities: Activities
    hub: Hub
    registry: CollectorRegistry
    gatekeeper: Gatekeeper
    tokens: Tokens
    binding: Callable[[], Awaitable[Binding]]
    clock: SystemClock

    def context(self, principal: Principal, resumed: str | None = None) -> Context:
        """For one operation; `resumed` is where its subscriber stopped."""
        return Context(
            principal=principal,
            reads=self.database.reads,
            journal=self.database.journal,
            commands=self.commands,
            catalog=self.catalog,
            agents=self.engine,
            activities=self.activities,
            now=self.clock.now,
            tokens=self.tokens,
            binding=self.binding,
            resumed=None if resumed is None else Cursor(resumed),
        )


OpenAgents = Callable[[Settings], AbstractAsyncContextManager[Agents]]
Beside = Callable[[Parts], Coroutine[Any, Any, None]]


async def nothing(_: Parts) -> None:
    """What goes on beside a server that is no demo."""


def opencode_agents(settings: Settings) -> AbstractAsyncContextManager[Agents]:
    """The OpenCode server that the settings name."""
    return open_agents(
        settings.opencode_url,
        username=settings.opencode_username,
        password=settings.opencode_password,
        ca=settings.opencode_ca,
        environment=settings.child_environment,
        state=settings.engine_state,
        files=settings.engine_data,
    )


@asynccontextmanager
async def running(
    settings: Settings,
    opened_agents: OpenAgents,
    beside: Beside = nothing,
    redactor: Redactor | None = None,
    tracing: "Tracing | None" = None,
) -> AsyncIterator[Parts]:
    """The parts, at work: recovers what a stop left, and runs pipelines, and what goes on beside them, until the end.

    Raises:
        DatabaseUnusable: see `open_database`.
    """
    async with assembled(settings, opened_agents, redactor or Redactor(settings.secrets), tracing) as parts:
        await parts.supervisor.recover()
        pipelines = asyncio.create_task(parts.supervisor.run(), name="supervisor")
        others = [
            asyncio.create_task(parts.hub.run(parts.database.journal, parts.database.reads), name="hub"),
            asyncio.create_task(_pruning(settings, parts), name="pruning"),
            asyncio.create_task(parts.gatekeeper.watch(), name="tokens"),
            asyncio.create_task(parts.database.keep_indexed(), name="search index"),
            asyncio.create_task(beside(parts), name="beside"),
        ]
        try:
            yield parts
        finally:
            for task in others:
                task.cancel()
            await parts.supervisor.stop()
            await stopped(pipelines, _STOP_SECONDS)


@asynccontextmanager
async def assembled(
    settings: Settings, opened_agents: OpenAgents, redactor: Redactor, tracing: "Tracing | None" = None
) -> AsyncIterator[Parts]:
    """The parts, each handed what it needs; nothing runs yet. Raises as `running` does."""
    registry, activities, hub = CollectorRegistry(), Activities(), Hub()
    registry.register(hub.figures)
    hooks = (hub, Figures(registry), LiveSteps(activities), LaterTurn(LogLines()), *((tracing,) if tracing else ()))
    async with (
        open_database(settings.database_url, hooks, engine_is_local=settings.engine_is_local) as database,
        opened_agents(settings) as agents,
        aclosing(JsonSchemas()) as schemas,
    ):
        if tracing:
            tracing.of_agents(agents)
        ground = _Ground(
            settings=settings,
            redactor=redactor,
            clock=SystemClock(),
            live=activities,
            journal=database.journal,
            agents=PlacedAgents(RedactedAgents(agents, redactor), WorkingDirectories(settings.directory_root)),
            trust=Trust(database.trust, SystemClock(), everything=settings.trust_all),
            schemas=schemas,
        )
        changed = partial(_definition_changed, ground)
        async with YamlCatalog.opened(settings.config, clock=ground.clock, changed=changed) as catalog:
            supervisor, gatekeeper = _supervisor(ground), _gatekeeper(ground, database)
            count_places(supervisor, registry)
            yield Parts(
                database=database,
                engine=EngineProbe(ground.agents, ground.clock.now),
                catalog=catalog,
                commands=_commands(
                    ground,
                    tracing.of_launches(supervisor) if tracing else supervisor,
                    catalog,
                    YamlEditor(catalog, edited=changed),
                ),
                supervisor=supervisor,
                activities=activities,
                hub=hub,
                registry=registry,
                gatekeeper=gatekeeper,
                tokens=Tokens(
                    store=database.tokens, clock=ground.clock, own_name=owner_name(), changed=gatekeeper.look
                ),
                binding=partial(asyncio.to_thread, binding_of, settings),
                clock=ground.clock,
            )


@dataclass(frozen=True, kw_only=True)
class _Ground:
    """What most parts stand on."""

    settings: Settings
    redactor: Redactor
    clock: SystemClock
    live: LiveView
    journal: Journal
    agents: Agents
    trust: Trust
    schemas: Schemas


def _gatekeeper(ground: _Ground, database: Database) -> Gatekeeper:
    settings = ground.settings
    return Gatekeeper(
        token=settings.access_token,
        owner=owner(owner_name(), Approvals(settings.approvals)),
        tokens=database.tokens,
        clock=ground.clock,
    )


def _supervisor(ground: _Ground) -> Supervisor:
    settings = ground.settings
    policy = RetryPolicy(max_attempts=settings.max_attempts, delay_seconds=settings.retry_delay)
    executor = Executor(
        journal=ground.journal,
        agents=ground.agents,
        clock=ground.clock,
        live=ground.live,
        policy=policy,
        limits=settings.limits,
        schemas=ground.schemas,
        trees=_trees(ground),
    )
    return Supervisor(
        executor=executor,
        journal=ground.journal,
        clock=ground.clock,
        policy=policy,
        max_pipelines=settings.max_pipelines,
    )


def _trees(ground: _Ground) -> Trees | None:
    """None where OpenCode works on the files of another machine."""
    settings = ground.settings
    if not settings.engine_is_local:
        return None
    trees = GitTrees(settings.child_environment, snapshots_beside(settings.database_url))
    return PlacedTrees(RedactedTrees(trees, ground.redactor), WorkingDirectories(settings.directory_root))


def _commands(ground: _Ground, dispatcher: Dispatcher, catalog: YamlCatalog, editor: YamlEditor) -> Commands:
    return Commands(
        journal=ground.journal,
        agents=ground.agents,
        clock=ground.clock,
        dispatcher=dispatcher,
        composer=_composer(ground, catalog),
        editor=editor,
        redactor=ground.redactor,
        schemas=ground.schemas,
        trust=ground.trust,
    )


def _composer(ground: _Ground, catalog: YamlCatalog) -> Composer:
    settings = ground.settings
    return Composer(
        catalog=catalog,
        agents=ground.agents,
        issues=GitHubIssues(token=settings.github_token, base_url=settings.github_url),
        branches=Git(settings.child_environment) if settings.checkout_branch else None,
        clock=ground.clock,
        redactor=ground.redactor,
        schemas=ground.schemas,
        directory_roots=settings.directory_root,
        trust=ground.trust,
    )


async def _definition_changed(ground: _Ground, definition: str, change: str, actor: Actor | None = None) -> None:
    event = DefinitionChanged(at=ground.clock.now(), actor=actor, definition=definition, change=change)
    await ground.journal.record(event)


async def _pruning(settings: Settings, parts: Parts) -> None:
    """Removes what is older than the settings keep, once at the start and then every hour."""
    while settings.retention_days is not None:
        now = parts.clock.now()
        with suppress(StorageError):  # what is old can wait for the next time
            await parts.database.journal.prune(now - timedelta(days=settings.retention_days), now)
        await asyncio.sleep(_PRUNE_SECONDS)


def whoever_types() -> Principal:
    """Whoever runs a command that opens the database itself: they can write it, and so may do all."""
    return owner(owner_name(), Approvals.ANY).by(Channel.CLI)


def owner_name() -> str:
    """Whoever runs the server: its own token is readable by its owner alone, so whoever shows it is the owner."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "operator"
