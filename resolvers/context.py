"""What one operation works with: who asks, the ports, and loaders of its own."""

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, Self, TypeAlias

import strawberry

from resolvers.loaders import Loaders
from runner import model
from runner.commands import Commands, NotAllowed, NotFound
from runner.composition import InvalidInput, StepRequest
from runner.model import Actor, StepId
from runner.ports import Activity, Agents, Catalog, Journal
from runner.reads import Reads
from schema.scalars import Cursor


def utc_now() -> datetime:
    return datetime.now(UTC)


class Activities(Protocol):
    """What agents are doing this second."""

    def follow(self, step_id: StepId) -> AsyncGenerator[Activity]:
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


class NoEditor:
    """Where nobody edits the files but their owner, with an editor."""

    _ANSWER = NotAllowed(message="Definitions cannot be changed from here: edit agents.yaml or pipelines.yaml.")

    async def save_agent(self, name: str | None, agent: model.Agent, actor: Actor) -> NotAllowed:
        return self._ANSWER

    async def delete_agent(self, name: str, actor: Actor) -> NotAllowed:
        return self._ANSWER

    async def save_template(self, name: str | None, template: "TemplateRequest", actor: Actor) -> NotAllowed:
        return self._ANSWER

    async def delete_template(self, name: str, actor: Actor) -> NotAllowed:
        return self._ANSWER


@dataclass(kw_only=True)
class Context:
    """Exactly one operation, or one event of a subscription: who asks, and the ports that answer.

    Who shares `rights` may share results; there are none yet (see decision 7). `resumed` is the cursor of the last
    event that a subscriber has, when its transport tells it: it counts more than the argument `after`.
    """

    actor: Actor
    reads: Reads
    journal: Journal
    commands: Commands
    catalog: Catalog
    agents: Agents
    activities: Activities
    editor: Editor = field(default_factory=NoEditor)
    rights: str = ""
    resumed: Cursor | None = None
    now: Callable[[], datetime] = utc_now
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        self.renew()

    def renew(self) -> Self:
        """Forgets what was loaded: for the next event of a subscription, the next mutation of an operation."""
        self.loaders = Loaders(self.reads)
        return self


Info: TypeAlias = strawberry.Info[Context, None]
