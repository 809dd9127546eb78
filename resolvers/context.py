"""What one operation works with: who asks, the ports, and loaders of its own."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, Self, TypeAlias

import strawberry

from resolvers.loaders import Loaders
from runner.agents import Activity
from runner.binding import Binding
from runner.commands import Commands
from runner.engine_health import EngineHealth
from runner.journal import Journal
from runner.model import Actor, StepId
from runner.ports import Catalog
from runner.principals import Principal
from runner.reads import Reads
from runner.tokens import Tokens
from schema.scalars import Cursor


def utc_now() -> datetime:
    return datetime.now(UTC)


class Activities(Protocol):
    """What agents are doing this second."""

    def follow(self, step_id: StepId) -> AsyncGenerator[Activity]:
        """First what is shown now, then every change; ends with the step."""


class Engine(Protocol):
    """Whoever knows how OpenCode is."""

    async def health(self) -> EngineHealth: ...

    def follow(self) -> AsyncGenerator[EngineHealth]:
        """First how it is now, then every change; never ends by itself."""


@dataclass(kw_only=True)
class Context:
    """Exactly one operation, or one event of a subscription: who asks, and the ports that answer.

    Who shares `rights` may share what a subscription shows (see decision 13), so nothing in it may depend on any more
    of the principal. `resumed` is the cursor of the last event that a subscriber has, when its transport tells it: it
    counts more than the argument `after`.
    """

    principal: Principal
    reads: Reads
    journal: Journal
    commands: Commands
    catalog: Catalog
    agents: Engine
    activities: Activities
    tokens: Tokens
    binding: Callable[[], Awaitable[Binding]]
    resumed: Cursor | None = None
    now: Callable[[], datetime] = utc_now
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        self.renew()

    @property
    def actor(self) -> Actor:
        return self.principal.actor

    @property
    def rights(self) -> Hashable:
        return self.principal.rights

    def renew(self) -> Self:
        """Forgets what was loaded: for the next event of a subscription, the next mutation of an operation."""
        self.loaders = Loaders(self.reads)
        return self


Info: TypeAlias = strawberry.Info[Context, None]
