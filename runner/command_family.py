"""What every family of commands has: its means, and the way from a decision to an outcome."""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from runner import lengths
from runner.aftermath import Aftermath
from runner.agents import Agents
from runner.changes import Change, IllegalTransition
from runner.composition import Composer
from runner.excerpt import capped
from runner.handoff import Schemas
from runner.idempotency import IdempotencyKey
from runner.journal import AlreadyDone, Journal
from runner.model import Pipeline, PipelineId
from runner.outcomes import InvalidInput, NotAllowed, NotFound, StorageUnavailable
from runner.ports import Clock, Dispatcher, Editor
from runner.reads import AsOf
from runner.redaction import Redactor
from runner.settler import Decider, Unknown
from runner.trust import Trust

ChangeOutcome: TypeAlias = AsOf[Pipeline] | NotFound | NotAllowed
PipelineOutcome: TypeAlias = ChangeOutcome | InvalidInput | StorageUnavailable


class CommandFamily:
    """Built once, with all that any of the families needs."""

    def __init__(
        self,
        *,
        journal: Journal,
        agents: Agents,
        clock: Clock,
        dispatcher: Dispatcher,
        composer: Composer,
        editor: Editor,
        redactor: Redactor,
        schemas: Schemas,
        trust: Trust,
    ) -> None:
        self._journal = journal
        self._agents = agents
        self._clock = clock
        self._aftermath = Aftermath(agents, clock)
        self._decider = Decider(journal)
        self._dispatcher = dispatcher
        self._composer = composer
        self._editor = editor
        self._redactor = redactor
        self._schemas = schemas
        self._trust = trust
        # No start or retry comes between the look for others in a directory, the switch of its branch, and the commit.
        self._one_at_a_time = asyncio.Lock()

    @property
    def composer(self) -> Composer:
        """What checks a start, and so knows directories and issues."""
        return self._composer

    def _said(self, text: str | None) -> str | None:
        """What a person adds, as it may be stored; None for blanks."""
        return capped(self._redactor(text or "").strip(), lengths.WORDS) or None

    async def _change(
        self,
        pipeline_id: PipelineId,
        asked_for: str,
        decide: Callable[[Pipeline], Change],
        *,
        once: IdempotencyKey | None = None,
    ) -> ChangeOutcome:
        try:
            return await self._decider.change(pipeline_id, decide, idempotency_key=once)
        except Unknown:
            return NotFound(message="There is nothing with that id.", id=asked_for)
        except IllegalTransition as refusal:
            # The same request, sent twice, may have been refused because of its own first arrival.
            if once and (known := await self._journal.done(once)):
                return await self._newest(known)
            return NotAllowed(message=str(refusal), decision=refusal.decision)
        except AlreadyDone as error:
            return await self._newest(error.pipeline_id)

    async def _newest(self, pipeline_id: PipelineId) -> AsOf[Pipeline]:
        cursor = await self._journal.newest()
        pipeline = await self._journal.load(pipeline_id)
        if pipeline is None:
            raise LookupError(f"{pipeline_id} was started under that key but is gone")
        return AsOf(value=pipeline, cursor=cursor)
