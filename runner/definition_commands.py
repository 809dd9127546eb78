"""What a person may do with agents and templates: judged here, then given to the editor of their files."""

from dataclasses import replace
from typing import TypeAlias, TypeVar

from runner.command_family import CommandFamily
from runner.definitions import Agent, Template, problems_of_agent, problems_of_template
from runner.model import Actor
from runner.outcomes import InvalidInput, NotAllowed, NotFound, StorageUnavailable
from runner.unavailable import or_unavailable
from runner.versions import EditConflict

AgentOutcome: TypeAlias = Agent | InvalidInput | NotAllowed | EditConflict | StorageUnavailable
TemplateOutcome: TypeAlias = Template | InvalidInput | NotAllowed | EditConflict | StorageUnavailable
DeleteOutcome: TypeAlias = str | NotFound | NotAllowed | EditConflict | StorageUnavailable

_Edited = TypeVar("_Edited")


class DefinitionCommands(CommandFamily):
    """Agents and templates saved and deleted."""

    @or_unavailable
    async def save_agent(
        self, name: str | None, agent: Agent, actor: Actor, based_on: str | None = None
    ) -> AgentOutcome:
        """Creates it, or changes the one called `name`; it comes back with what keeps it from working, if anything.

        `based_on`: only if it is still at that revision.
        """
        wanted = agent.tidied()
        if problem := next(problems_of_agent(wanted), None):
            return problem
        saved = await self._editor.save_agent(name, wanted, actor, based_on)
        return await self._composer.judged(saved) if isinstance(saved, Agent) else await self._judged(saved)

    @or_unavailable
    async def delete_agent(self, name: str, actor: Actor, based_on: str | None = None) -> DeleteOutcome:
        return await self._judged(await self._editor.delete_agent(name, actor, based_on))

    @or_unavailable
    async def save_template(
        self, name: str | None, template: Template, actor: Actor, based_on: str | None = None
    ) -> TemplateOutcome:
        """As `save_agent`. An agent that OpenCode does not know is no reason to refuse: it may come later."""
        wanted = template.tidied()
        if problem := next(problems_of_template(wanted), None):
            return problem
        saved = await self._editor.save_template(name, wanted, actor, based_on)
        return await self._composer.judged(saved) if isinstance(saved, Template) else await self._judged(saved)

    @or_unavailable
    async def delete_template(self, name: str, actor: Actor, based_on: str | None = None) -> DeleteOutcome:
        return await self._judged(await self._editor.delete_template(name, actor, based_on))

    async def _judged(self, outcome: _Edited) -> _Edited | EditConflict:
        """Both versions of a conflict as lists would show them; anything else as it is."""
        if not isinstance(outcome, EditConflict):
            return outcome
        stored, yours = await self._composer.judged_both(outcome.stored, outcome.yours)
        return replace(outcome, stored=stored, yours=yours)
