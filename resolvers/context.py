"""What one operation works with: who asks, the ports, and loaders of its own."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self, TypeAlias

import strawberry

from resolvers.loaders import Loaders
from runner import model
from runner.commands import Commands, NotAllowed, NotFound
from runner.composition import InvalidInput, StepRequest
from runner.model import Actor, StepId
from runner.ports import Activity, Agents, Catalog, Clock, Journal
from runner.reads import Reads


class Activities(Protocol):
    """What agents are doing this second."""

    def follow(self, step_id: StepId) -> AsyncIterator[Activity]:
        """First what is shown now, then every change; ends with the step."""


class Editor(Protocol):
    """Changes the definitions in their files, whose comments and order stay."""

    async def save_agent(
        self, name: str | None, agent: model.Agent, actor: Actor
    ) -> model.Agent | InvalidInput | NotAllowed:
        """Creates it, or changes the one called `name`; another name in `agent` renames it, in the templates too."""

    async def delete_agent(self, name: str, actor: Actor) -> str | NotFound | NotAllowed:
        """Its name, when it is gone."""

    async def save_template(
        self, name: str | None, template: "TemplateRequest", actor: Actor
    ) -> model.Template | InvalidInput | NotAllowed:
        """As `save_agent`."""

    async def delete_template(self, name: str, actor: Actor) -> str | NotFound | NotAllowed:
        """As `delete_agent`."""


@dataclass(frozen=True, kw_only=True)
class TemplateRequest:
    name: str
    description: str
    steps: Sequence[StepRequest]


@dataclass(frozen=True, kw_only=True)
class Services:
    """The ports that resolvers reach, put together once."""

    reads: Reads
    journal: Journal
    commands: Commands
    catalog: Catalog
    agents: Agents
    activities: Activities
    clock: Clock
    editor: Editor


@dataclass(kw_only=True)
class Context:
    """Of one operation. `rights` names what its socket or token may do: who shares them may share results."""

    services: Services
    actor: Actor
    rights: str
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        self.renew()

    def renew(self) -> Self:
        """Forgets what was loaded: for the next event of a subscription, the next mutation of an operation."""
        self.loaders = Loaders(self.services.reads)
        return self


def make_context(services: Services, actor: Actor, rights: str = "all") -> Context:
    """A context for exactly one operation."""
    return Context(services=services, actor=actor, rights=rights)


Info: TypeAlias = strawberry.Info[Context, None]
