"""Journals that misbehave as told, each around one that does not."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence

from runner.changes import Change
from runner.events import Recorded
from runner.failures import Json
from runner.file_changes import FileChanges
from runner.idempotency import IdempotencyKey
from runner.journal import Conflict, StorageError
from runner.model import Pipeline, PipelineId, StepId
from tests.support.memory import MemoryJournal

Fault = Callable[[], Exception]


def broken() -> Exception:
    return OSError("disk full")


def unavailable() -> Exception:
    return StorageError("stepwire.db cannot be used: database or disk is full")


def overtaken() -> Exception:
    return Conflict("somebody was faster")


class FaultyJournal(MemoryJournal):
    """Fails the calls for which `failing` says so of their number, counted from `arm` on for each kind of call.

    `stored_all_the_same`: the fault comes after the commit, as when a connection breaks before the answer.
    """

    def __init__(self, *, fault: Fault = broken) -> None:
        super().__init__()
        self.fault = fault
        self.failing: dict[str, Callable[[int], bool]] = {}
        self.stored_all_the_same = False
        self._calls: dict[str, int] | None = None

    def arm(self) -> None:
        self._calls = {}

    async def load(self, pipeline_id: PipelineId) -> Pipeline | None:
        self._called("load")
        return await super().load(pipeline_id)

    async def unfinished(self) -> Sequence[Pipeline]:
        self._called("unfinished")
        return await super().unfinished()

    async def note_changes(self, step_id: StepId, attempt: int, found: FileChanges) -> None:
        self._called("note_changes")
        await super().note_changes(step_id, attempt, found)

    async def note_resume(self, step_id: StepId, attempt: int, resume: Json) -> None:
        self._called("note_resume")
        await super().note_resume(step_id, attempt, resume)

    async def commit(
        self, change: Change, *, idempotency_key: IdempotencyKey | None = None, alone_in: str | None = None
    ) -> Sequence[Recorded]:
        if self.stored_all_the_same:
            recorded = await super().commit(change, idempotency_key=idempotency_key, alone_in=alone_in)
            self._called("commit")
            return recorded
        self._called("commit")
        return await super().commit(change, idempotency_key=idempotency_key, alone_in=alone_in)

    def _called(self, call: str) -> None:
        if self._calls is None:
            return
        number = self._calls.get(call, 0)
        self._calls[call] = number + 1
        if call in self.failing and self.failing[call](number):
            raise self.fault()


class UnhurriedJournal(MemoryJournal):
    """Takes a few turns of the loop over every call, as chance has it, so that others come in between."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance

    async def load(self, pipeline_id: PipelineId) -> Pipeline | None:
        await self._dawdle()
        return await super().load(pipeline_id)

    async def done(self, idempotency_key: IdempotencyKey) -> PipelineId | None:
        await self._dawdle()
        return await super().done(idempotency_key)

    async def commit(
        self, change: Change, *, idempotency_key: IdempotencyKey | None = None, alone_in: str | None = None
    ) -> Sequence[Recorded]:
        await self._dawdle()
        recorded = await super().commit(change, idempotency_key=idempotency_key, alone_in=alone_in)
        await self._dawdle()
        return recorded

    async def _dawdle(self) -> None:
        for _ in range(self._chance.randrange(4)):
            await asyncio.sleep(0)


class OvertakenJournal(MemoryJournal):
    """While it reads what is unfinished, somebody changes it: what it returns is old."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def unfinished(self) -> Sequence[Pipeline]:
        found = await super().unfinished()
        if self.meanwhile:
            await self.meanwhile()
        return found
