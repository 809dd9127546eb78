"""Agents and templates from a folder's YAML files, as they are now: watched, and the last good version kept."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Self, TypeAlias

from adapters.catalog.files import DefinitionChange, DefinitionFile, read, write
from adapters.catalog.parser import AGENTS, TEMPLATES, parse_agents, parse_templates
from adapters.catalog.revisions import Files, Texts
from adapters.catalog.watcher import wakes
from runner.definitions import Agent, Definitions, Template
from runner.ports import Clock

log = logging.getLogger("stepwire.catalog")

Changed: TypeAlias = Callable[[str, str], Awaitable[None]]


class YamlCatalog:
    """The Catalog of one folder. `changed` is told each definition that an edited file changed, once it is in force."""

    def __init__(self, folder: Path, *, clock: Clock, changed: Changed) -> None:
        self._clock = clock
        self._changed = changed
        self._reading = asyncio.Lock()
        self._agents = DefinitionFile[Agent](path=folder / AGENTS, word="agent", parse=parse_agents)
        self._templates = DefinitionFile[Template](path=folder / TEMPLATES, word="template", parse=parse_templates)

    @classmethod
    @asynccontextmanager
    async def opened(cls, folder: Path, *, clock: Clock, changed: Changed) -> AsyncIterator[Self]:
        """The catalog with the files read, watched until the end."""
        catalog = cls(folder, clock=clock, changed=changed)
        await catalog._read()
        watching = asyncio.create_task(catalog._watch(), name="catalog")
        try:
            yield catalog
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    def definitions(self) -> Definitions:
        return Definitions(
            agents=self._agents.values,
            templates=self._templates.values,
            problems=(*self._agents.problems, *self._templates.problems),
        )

    async def reload(self) -> None:
        """Reads the files again, and tells what has changed."""
        await self._tell(await self._read())

    async def rewrite(self, decide: Callable[[Files], Texts]) -> Definitions:
        """Replaces the files' texts by what `decide` makes of them as they are now; the definitions afterwards.

        Raises:
            OSError: a file cannot be written; then none has changed.
            Exception: what `decide` raises.
        """
        async with self._reading:
            found = await asyncio.to_thread(self._read_files)
            try:
                await asyncio.to_thread(self._write_files, decide)
            finally:
                await self._tell(found)
            return self.definitions()

    async def _read(self) -> list[DefinitionChange]:
        async with self._reading:
            return await asyncio.to_thread(self._read_files)

    async def _tell(self, changes: Iterable[DefinitionChange]) -> None:
        for definition, change in changes:
            log.info("definition_changed", extra={"definition": definition, "change": change})
            await self._changed(definition, change)

    def _read_files(self) -> list[DefinitionChange]:
        at, agents, templates = self._clock.now(), self._agents, self._templates
        try:
            content = read(agents.path), read(templates.path)
        except OSError:
            # They stay what they were; the next look finds them.
            return []
        self._agents = agents.after(content[0], at)
        self._templates = templates.after(content[1], at)
        return [*agents.changes(self._agents), *templates.changes(self._templates)]

    def _write_files(self, decide: Callable[[Files], Texts]) -> None:
        agents, templates = self._agents, self._templates
        texts = decide(Files(agents=agents, templates=templates))
        if texts.agents is not None:
            write(agents.path, texts.agents)
        try:
            if texts.templates is not None:
                write(templates.path, texts.templates)
        except OSError:
            if texts.agents is not None:
                write(agents.path, agents.content if isinstance(agents.content, str) else "")
            raise
        self._read_files()

    async def _watch(self) -> None:
        async with aclosing(wakes((self._agents.path, self._templates.path))) as changes:
            async for _ in changes:
                try:
                    await self.reload()
                # Whoever is told may fail (the database is busy): the definitions are in force all the same.
                except Exception as error:
                    log.error("definition_change_not_told", exc_info=error)
