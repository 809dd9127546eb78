"""Definitions changed by people who do not open an editor: the files keep their comments, order and unknown keys."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from adapters.catalog.catalog import YamlCatalog
from adapters.catalog.revisions import (
    Files,
    Texts,
    Unchanged,
    agent_deleted,
    agent_saved,
    template_deleted,
    template_saved,
)
from runner.definitions import Agent, Definitions, Template
from runner.model import Actor
from runner.outcomes import InvalidInput, NotAllowed, NotFound
from runner.versions import EditConflict

Edited: TypeAlias = Callable[[str, str, Actor], Awaitable[None]]


class YamlEditor:
    """Saves and deletes for people; `edited` is told what is in force by then, e.g. ("agent developer", "saved", …)."""

    def __init__(self, catalog: YamlCatalog, *, edited: Edited) -> None:
        self._catalog = catalog
        self._edited = edited

    async def save_agent(
        self, name: str | None, agent: Agent, actor: Actor, based_on: str | None = None
    ) -> Agent | InvalidInput | NotAllowed | EditConflict:
        done = await self._save(
            "agent", name, agent.name, actor, lambda files: agent_saved(files, name, agent, based_on)
        )
        return done.agents[agent.name] if isinstance(done, Definitions) else done

    async def delete_agent(
        self, name: str, actor: Actor, based_on: str | None = None
    ) -> str | NotFound | NotAllowed | EditConflict:
        return await self._delete("agent", name, actor, lambda files: agent_deleted(files, name, based_on))

    async def save_template(
        self, name: str | None, template: Template, actor: Actor, based_on: str | None = None
    ) -> Template | InvalidInput | NotAllowed | EditConflict:
        done = await self._save(
            "template", name, template.name, actor, lambda files: template_saved(files, name, template, based_on)
        )
        return done.templates[template.name] if isinstance(done, Definitions) else done

    async def delete_template(
        self, name: str, actor: Actor, based_on: str | None = None
    ) -> str | NotFound | NotAllowed | EditConflict:
        return await self._delete("template", name, actor, lambda files: template_deleted(files, name, based_on))

    async def _save(
        self, word: str, old: str | None, new: str, actor: Actor, decide: Callable[[Files], Texts]
    ) -> Definitions | InvalidInput | NotAllowed | EditConflict:
        done = await self._edit(decide)
        assert not isinstance(done, NotFound)
        if isinstance(done, Definitions):
            definition, change = (f"{old} → {new}", "renamed") if old not in (None, new) else (new, "saved")
            await self._edited(f"{word} {definition}", change, actor)
        return done

    async def _delete(
        self, word: str, name: str, actor: Actor, decide: Callable[[Files], Texts]
    ) -> str | NotFound | NotAllowed | EditConflict:
        done = await self._edit(decide)
        assert not isinstance(done, InvalidInput)
        if isinstance(done, Definitions):
            await self._edited(f"{word} {name}", "deleted", actor)
            return name
        return done

    async def _edit(
        self, decide: Callable[[Files], Texts]
    ) -> Definitions | InvalidInput | NotAllowed | NotFound | EditConflict:
        try:
            return await self._catalog.rewrite(decide)
        except Unchanged as unchanged:
            return unchanged.outcome
        except OSError as error:
            return NotAllowed(message=f"{error.filename or 'The file'} cannot be written: {error.strerror}.")
