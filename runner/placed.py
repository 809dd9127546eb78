"""The border for folders: agents that are asked about a directory only while it is the one that was meant.

A path names whatever lies there now. Between a start and an attempt somebody may have put a link in the place of a
folder, and OpenCode would open what it leads to. So the path is resolved again before each call.
"""

import asyncio
from collections.abc import Mapping, Sequence

from runner.agents import Agents, Answer, Observer, PermissionReply, TellsChanges, Work
from runner.definitions import Known
from runner.directories import WorkingDirectories
from runner.engine_health import EngineHealth
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Json, failure
from runner.file_changes import FileChanges
from runner.model import Actor
from runner.ports import TreeError, Trees
from runner.traces import Traces

_HINT = "Find out who changed the folder; then start the pipeline again, in the folder that is meant."


class PlacedAgents:
    """Other `Agents`, behind the border; a directory that has become another one is DIRECTORY_MISSING, in own words."""

    def __init__(self, agents: Agents, directories: WorkingDirectories) -> None:
        self._agents = agents
        self._directories = directories

    async def run(self, work: Work, observer: Observer) -> Answer:
        await self._check(work.directory)
        return await self._agents.run(work, observer)

    async def stop(self, session_id: str, directory: str | None) -> bool | None:
        await self._check(directory)
        return await self._agents.stop(session_id, directory)

    async def traces(self, session_id: str, directory: str | None) -> Traces:
        await self._check(directory)
        return await self._agents.traces(session_id, directory)

    async def changes(self, session_id: str, directory: str | None) -> FileChanges | None:
        if not isinstance(self._agents, TellsChanges):
            return None
        await self._check(directory)
        return await self._agents.changes(session_id, directory)

    async def reload(self, directory: str | None) -> str | None:
        await self._check(directory)
        return await self._agents.reload(directory)

    async def known(self, directory: str | None) -> Known:
        await self._check(directory)
        return await self._agents.known(directory)

    async def health(self) -> EngineHealth:
        return await self._agents.health()

    async def start(self) -> EngineHealth:
        return await self._agents.start()

    async def answer_permission(
        self,
        request_id: str,
        directory: str | None,
        reply: PermissionReply,
        message: str | None,
        by: Actor | None = None,
    ) -> None:
        await self._check(directory)
        await self._agents.answer_permission(request_id, directory, reply, message, by)

    async def answer_question(
        self, request_id: str, directory: str | None, answers: Sequence[str], values: Mapping[str, Json] | None = None
    ) -> str | None:
        await self._check(directory)
        return await self._agents.answer_question(request_id, directory, answers, values)

    async def dismiss_question(self, request_id: str, directory: str | None, by: Actor | None = None) -> None:
        await self._check(directory)
        await self._agents.dismiss_question(request_id, directory, by)

    async def _check(self, directory: str | None) -> None:
        problem = None if directory is None else await asyncio.to_thread(self._directories.changed, directory)
        if problem is not None:
            raise AgentError(failure(FailureKind.DIRECTORY_MISSING, problem, hint=_HINT))


class PlacedTrees:
    """Other `Trees`, behind the same border."""

    def __init__(self, trees: Trees, directories: WorkingDirectories) -> None:
        self._trees = trees
        self._directories = directories

    async def remember(self, key: str, directory: str, title: str) -> None:
        await self._check(directory)
        await self._trees.remember(key, directory, title)

    async def changes(self, key: str, directory: str) -> FileChanges:
        await self._check(directory)
        return await self._trees.changes(key, directory)

    async def forget(self, key: str) -> None:
        await self._trees.forget(key)

    async def _check(self, directory: str) -> None:
        if (problem := await asyncio.to_thread(self._directories.changed, directory)) is not None:
            raise TreeError(f"{problem}, so what was changed there is not looked at.")
