"""The inventory of an attempt: what the files of its folder were before, and what has become of them.

Taken when the attempt ends and when it begins to wait for a person, always after that was stored: nobody hears later
of a failure because its changes are counted. Whatever goes wrong here is told in the place of the changes.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass

from runner.agents import Agents, TellsChanges
from runner.failures import AgentError
from runner.file_changes import FileChanges, unknown_changes
from runner.journal import Journal
from runner.model import Attempt, Pipeline, StepId
from runner.ports import Clock, TreeError, Trees
from runner.settler import Settler
from runner.transitions import find_changes

log = logging.getLogger("stepwire.inventory")

_LOOK_SECONDS = 20.0
_ENGINE_SECONDS = 3.0
_ELSEWHERE = "OpenCode runs on another machine, so the files that were changed cannot be looked at."
_TOO_LONG = f"It took longer than {_LOOK_SECONDS:g}s to find out what was changed."


@dataclass(frozen=True, kw_only=True)
class Inventories:
    """What inventories are made with. Without `trees` only the engine is asked."""

    trees: Trees | None
    agents: Agents
    journal: Journal
    settler: Settler
    clock: Clock

    def of(self, pipeline: Pipeline, step_id: StepId, attempt: Attempt) -> "Inventory":
        return Inventory(self, pipeline, step_id, attempt.number)


class Inventory:
    """Of one attempt. None of its methods raises anything but what cancels it."""

    def __init__(self, means: Inventories, pipeline: Pipeline, step_id: StepId, number: int) -> None:
        self._means = means
        self._pipeline = pipeline
        self._step_id = step_id
        self._number = number
        self._key = f"{step_id}/{number}"
        self._is_remembered = False
        self._kept: FileChanges | None = None
        self._look: asyncio.Task[None] | None = None
        self.has_used_tools = False

    async def open(self) -> None:
        """Before the agent begins to work, or goes on with it."""
        if self._pipeline.directory is None:
            return
        try:
            unknown = await self._remember(self._pipeline.directory)
            self._is_remembered = unknown is None
            if unknown is not None:
                await self._keep(self._pipeline, unknown_changes(unknown))
        # Broad on purpose, here and below: an attempt is worth more than its inventory.
        except Exception as error:
            log.warning("no_inventory", exc_info=error, extra={"step_id": self._step_id})

    def look(self, pipeline: Pipeline) -> None:
        """Whoever is asked something will want to see what was done so far. Returns at once."""
        if self._is_remembered and (self._look is None or self._look.done()):
            self._look = asyncio.create_task(self._looked(pipeline), name=f"changes {self._key}")

    async def close(self, pipeline: Pipeline | None, session_id: str | None) -> Pipeline | None:
        """The attempt has ended, and that is stored. The pipeline as it is then; None stays None."""
        await self.leave()
        try:
            found = await self._found(session_id)
            kept = None if found is None else await self._keep(pipeline or self._pipeline, found)
            if self._means.trees is not None:
                await self._means.trees.forget(self._key)
        except Exception as error:
            log.warning("no_inventory", exc_info=error, extra={"step_id": self._step_id})
            return pipeline
        return pipeline and (kept or pipeline)

    async def leave(self) -> None:
        """Nobody looks any more, but what the files were is kept for whoever follows the attempt on."""
        if self._look is not None:
            self._look.cancel()
            await asyncio.wait([self._look])

    async def _remember(self, directory: str) -> str | None:
        """Why nothing can be told, where it is so."""
        if self._means.trees is None:
            return _ELSEWHERE
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await self._means.trees.remember(self._key, directory, self._pipeline.title)
        except TreeError as error:
            return str(error)
        except TimeoutError:
            return _TOO_LONG
        return None

    async def _looked(self, pipeline: Pipeline) -> None:
        try:
            await self._keep(pipeline, await self._since())
        except Exception as error:
            log.warning("no_inventory", exc_info=error, extra={"step_id": self._step_id})

    async def _found(self, session_id: str | None) -> FileChanges | None:
        """As the engine tells it, if it does, else as the trees do; None: there is nothing new to be said."""
        told = await self._since() if self._is_remembered else None
        if session_id is None or not self.has_used_tools or (told and told.unknown is None and not told.count):
            return told
        return await self._told_by_engine(session_id) or told

    async def _since(self) -> FileChanges:
        trees, directory = self._means.trees, self._pipeline.directory
        assert trees is not None
        assert directory is not None
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                return await trees.changes(self._key, directory)
        except TreeError as error:
            return unknown_changes(str(error))
        except TimeoutError:
            return unknown_changes(_TOO_LONG)

    async def _told_by_engine(self, session_id: str) -> FileChanges | None:
        agents = self._means.agents
        if not isinstance(agents, TellsChanges):
            return None
        with suppress(AgentError, TimeoutError):
            async with asyncio.timeout(_ENGINE_SECONDS):
                told = await agents.changes(session_id, self._pipeline.directory)
                return told if told and told.count else None
        return None

    async def _keep(self, pipeline: Pipeline, found: FileChanges) -> Pipeline | None:
        """Beside the attempt, and told to everybody unless they have been told the same."""
        if found == self._kept:
            return None
        await self._means.journal.note_changes(self._step_id, self._number, found)
        self._kept = found
        if found.unknown is not None:
            return None
        at = self._means.clock.now()
        return await self._means.settler.settle(
            pipeline, lambda newest: find_changes(newest, self._step_id, self._number, found, at)
        )
