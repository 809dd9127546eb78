"""Load, decide, commit: the one way in which a pipeline changes, for people's commands and for executors alike."""

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from runner.changes import Change, IllegalTransition
from runner.failures import Json
from runner.idempotency import IdempotencyKey
from runner.journal import Conflict, Journal, StorageError
from runner.model import Pipeline, PipelineId, StepId
from runner.ports import Clock
from runner.reads import AsOf

T = TypeVar("T")

log = logging.getLogger("stepwire.settler")

_TRIES = 50
_PATIENCE = (0.1, 0.5, 1.0, 2.0)
_STORAGE_SECONDS = 1.0


class Unknown(Exception):
    """No pipeline has that id."""


class Decider:
    """Commits what a pure decision makes of a pipeline."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def change(
        self,
        pipeline_id: PipelineId,
        decide: Callable[[Pipeline], Change],
        *,
        known: Pipeline | None = None,
        idempotency_key: IdempotencyKey | None = None,
    ) -> AsOf[Pipeline]:
        """The pipeline after the decision; `known` spares a load when it is still the newest version.

        When somebody else changed it first, it is loaded and decided on anew; nothing is refused on an old version.

        Raises:
            Unknown: there is no such pipeline.
            IllegalTransition: what `decide` raised.
            AlreadyDone, KeyTaken: the idempotency key was used before.
            Conflict: others were faster every time.
        """
        pipeline = known
        for _ in range(_TRIES):
            pipeline = pipeline or await self._journal.load(pipeline_id)
            if pipeline is None:
                raise Unknown(pipeline_id)
            try:
                return await self.commit(decide(pipeline), idempotency_key=idempotency_key)
            except (Conflict, IllegalTransition) as error:
                if known is None and isinstance(error, IllegalTransition):
                    raise
                pipeline = known = None
        raise Conflict(f"pipeline {pipeline_id} changed {_TRIES} times in between")

    async def commit(
        self, change: Change, *, idempotency_key: IdempotencyKey | None = None, alone_in: str | None = None
    ) -> AsOf[Pipeline]:
        """Stores the change; raises what `Journal.commit` raises."""
        recorded = await self._journal.commit(change, idempotency_key=idempotency_key, alone_in=alone_in)
        # The last may be of the whole log: a failure opened its group again.
        pipeline = next((after.pipeline for after in reversed(recorded) if after.pipeline), change.pipeline)
        return AsOf(value=pipeline, cursor=recorded[-1].cursor)


class Settler:
    """Loads and decides as Decider does, for what must not be lost: a journal that fails is asked again for a while.

    While storage cannot be used at all it is asked again without end, each second: what is to be stored is kept in
    memory meanwhile, and whoever wants to know asks `Journal.health`.
    """

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._decider = Decider(journal)
        self._clock = clock

    async def load(self, pipeline_id: PipelineId) -> Pipeline | None:
        """Raises what the journal raised last."""
        return await self._insisting(lambda: self._journal.load(pipeline_id))

    async def settle(self, known: Pipeline, decide: Callable[[Pipeline], Change]) -> Pipeline | None:
        """The pipeline after the decision; None: it was refused, because what somebody else decided stands.

        A commit that failed may have been stored all the same: then a refusal is of our own doing, and no refusal.

        Raises:
            Exception: what the journal raised last.
        """
        intended: list[Pipeline] = []

        def deciding(pipeline: Pipeline) -> Change:
            change = decide(pipeline)
            intended.append(change.pipeline)
            return change

        try:
            changed = await self._insisting(lambda: self._decider.change(known.id, deciding, known=known))
        except (IllegalTransition, Unknown) as refusal:
            newest = await self.load(known.id)
            if newest is not None and newest in intended:
                return newest
            log.info("outcome_too_late", extra={"pipeline_id": known.id, "why": str(refusal)})
            return None
        return changed.value

    async def note_resume(self, step_id: StepId, attempt: int, resume: Json) -> None:
        """Tried once and never raises: the next note says more, and one that is missing costs a longer way back."""
        try:
            await self._journal.note_resume(step_id, attempt, resume)
        except StorageError as error:
            log.debug("not_noted", extra={"why": str(error)})
        except Exception as error:
            log.warning("journal_failed", exc_info=error)

    async def _insisting(self, ask: Callable[[], Awaitable[T]]) -> T:
        patience = list(_PATIENCE)
        while True:
            try:
                return await ask()
            except (IllegalTransition, Unknown):
                raise
            except StorageError:
                seconds = _STORAGE_SECONDS
            except Exception as error:
                if not patience:
                    raise
                log.warning("journal_failed", exc_info=error)
                seconds = patience.pop(0)
            await self._clock.sleep_until(self._clock.now() + timedelta(seconds=seconds))
