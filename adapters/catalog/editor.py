"""Definitions changed by people who do not open an editor: the files keep their comments, order and unknown keys."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from adapters.catalog.catalog import YamlCatalog
from adapters.catalog.saving import (
    Files,
    Refused,
    TemplateDraft,
    Texts,
    agent_deleted,
    agent_saved,
    template_deleted,
    template_saved,
)
from runner.commands import NotAllowed, NotFound
from runner.composition import InvalidInput, StepRequest
from runner.model import Actor, Agent, Definitions, Template

Edited: TypeAlias = Callable[[str, str, Actor], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class _Draft:
    name: str
    description: str
    steps: tuple[StepRequest, ...]


class YamlEditor:
    """Saves and deletes for people; `edited` is told what is in force by then, e.g. ("agent developer", "saved", …)."""

    def __init__(self, catalog: YamlCatalog, *, edited: Edited) -> None:
        self._catalog = catalog
        self._edited = edited

    async def save_agent(self, name: str | None, agent: Agent, actor: Actor) -> Agent | InvalidInput | NotAllowed:
        """Creates it, or changes the one called `name`; another name in `agent` renames it, in the templates too."""
        wanted = replace(
            agent,
            name=agent.name.strip(),
            engine_agent=agent.engine_agent.strip(),
            model=(agent.model or "").strip() or None,
        )
        done = await self._edit(lambda files: agent_saved(files, name, wanted))
        if isinstance(done, InvalidInput | NotAllowed):
            return done
        assert isinstance(done, Definitions)
        await self._tell("agent", name, wanted.name, actor)
        return done.agents[wanted.name]

    async def delete_agent(self, name: str, actor: Actor) -> str | NotFound | NotAllowed:
        """Its name, when it is gone; refused while templates use it."""
        return await self._delete("agent", name, actor, agent_deleted)

    async def save_template(
        self, name: str | None, template: TemplateDraft, actor: Actor
    ) -> Template | InvalidInput | NotAllowed:
        """As `save_agent`."""
        wanted = _Draft(
            name=template.name.strip(), description=template.description.strip(), steps=tuple(template.steps)
        )
        done = await self._edit(lambda files: template_saved(files, name, wanted))
        if isinstance(done, InvalidInput | NotAllowed):
            return done
        assert isinstance(done, Definitions)
        await self._tell("template", name, wanted.name, actor)
        return done.templates[wanted.name]

    async def delete_template(self, name: str, actor: Actor) -> str | NotFound | NotAllowed:
        return await self._delete("template", name, actor, template_deleted)

    async def _delete(
        self, word: str, name: str, actor: Actor, decide: Callable[[Files, str], Texts]
    ) -> str | NotFound | NotAllowed:
        done = await self._edit(lambda files: decide(files, name))
        if isinstance(done, NotFound | NotAllowed):
            return done
        await self._edited(f"{word} {name}", "deleted", actor)
        return name

    async def _edit(self, decide: Callable[[Files], Texts]) -> Definitions | InvalidInput | NotAllowed | NotFound:
        try:
            return await self._catalog.rewrite(decide)
        except Refused as refused:
            return refused.outcome
        except OSError as error:
            return NotAllowed(message=f"{error.filename or 'The file'} cannot be written: {error.strerror}.")

    async def _tell(self, word: str, old: str | None, new: str, actor: Actor) -> None:
        if old in (None, new):
            await self._edited(f"{word} {new}", "saved", actor)
        else:
            await self._edited(f"{word} {old} → {new}", "renamed", actor)
