"""What one operation works with: who asks, the ports, and loaders of its own."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, Self, TypeAlias

import strawberry

from resolvers.loaders import Loaders
from runner.commands import Commands
from runner.model import Actor, StepId
from runner.ports import Activity, Agents, Catalog, Journal
from runner.reads import Reads


def utc_now() -> datetime:
    return datetime.now(UTC)


class Activities(Protocol):
    """What agents are doing this second."""

    def follow(self, step_id: StepId) -> AsyncIterator[Activity]:
        """First what is shown now, then every change; ends with the step."""


@dataclass(kw_only=True)
class Context:
    """Who asks, by what rights, and the ports that answer. Who shares rights may share results."""

    actor: Actor
    reads: Reads
    journal: Journal
    commands: Commands
    catalog: Catalog
    agents: Agents
    activities: Activities
    rights: str
    now: Callable[[], datetime]
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        self.renew()

    def renew(self) -> Self:
        """Forgets what was loaded: for the next event of a subscription, the next mutation of an operation."""
        self.loaders = Loaders(self.reads)
        return self


def make_context(
    *,
    actor: Actor,
    reads: Reads,
    journal: Journal,
    commands: Commands,
    catalog: Catalog,
    agents: Agents,
    activities: Activities,
    rights: str = "",
    now: Callable[[], datetime] = utc_now,
) -> Context:
    """A context for exactly one operation, or for one event of a subscription."""
    return Context(
        actor=actor,
        reads=reads,
        journal=journal,
        commands=commands,
        catalog=catalog,
        agents=agents,
        activities=activities,
        rights=rights,
        now=now,
    )


Info: TypeAlias = strawberry.Info[Context, None]
