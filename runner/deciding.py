"""Load, decide, commit: the one way in which a pipeline changes, for people's commands and for executors alike."""

from collections.abc import Callable

from runner.model import Pipeline, PipelineId
from runner.ports import Conflict, Hooks, Journal
from runner.reads import AsOf
from runner.transitions import Change

_TRIES = 50


class Unknown(Exception):
    """No pipeline has that id."""


class Decider:
    """Commits what a pure decision makes of a pipeline, and tells the hooks."""

    def __init__(self, journal: Journal, hooks: Hooks) -> None:
        self._journal = journal
        self._hooks = hooks

    async def change(
        self,
        pipeline_id: PipelineId,
        decide: Callable[[Pipeline], Change],
        *,
        known: Pipeline | None = None,
        idempotency_key: str | None = None,
    ) -> AsOf[Pipeline]:
        """The pipeline after the decision; `known` spares a load when it is still the newest version.

        When somebody else changed it first, it is loaded and decided on anew.

        Raises:
            Unknown: there is no such pipeline.
            NotAllowed: what `decide` raised.
            AlreadyDone: the idempotency key was used before.
            Conflict: others were faster every time.
        """
        pipeline = known
        for _ in range(_TRIES):
            pipeline = pipeline or await self._journal.load(pipeline_id)
            if pipeline is None:
                raise Unknown(pipeline_id)
            try:
                return await self.commit(decide(pipeline), idempotency_key=idempotency_key)
            except Conflict:
                pipeline = None
        raise Conflict(f"pipeline {pipeline_id} changed {_TRIES} times in between")

    async def commit(
        self, change: Change, *, idempotency_key: str | None = None, alone_in: str | None = None
    ) -> AsOf[Pipeline]:
        """Stores the change and tells the hooks; raises what `Journal.commit` raises."""
        recorded = await self._journal.commit(change, idempotency_key=idempotency_key, alone_in=alone_in)
        self._hooks.committed(recorded)
        # The last may be of the whole log: a failure opened its group again.
        pipeline = next((after.pipeline for after in reversed(recorded) if after.pipeline), change.pipeline)
        return AsOf(value=pipeline, cursor=recorded[-1].cursor)
