"""What a person may say to what a step asks: each answer is stored first, so that of two one wins, and told then."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from runner.agents import PermissionReply
from runner.approvals import decide_approval
from runner.attention import Attention, AttentionKind
from runner.changes import IllegalTransition
from runner.command_family import ChangeOutcome, CommandFamily, PipelineOutcome
from runner.failures import AgentError
from runner.forms import Given, filled_in, in_order, in_words
from runner.ids import pipeline_id_of, step_id_in
from runner.model import Actor, Pipeline, StepId
from runner.outcomes import Decision, InvalidInput, NotAllowed, NotFound, StorageUnavailable
from runner.reads import AsOf
from runner.settler import Unknown
from runner.transitions import clear_attention, raise_attention
from runner.unavailable import or_unavailable

_DISMISSED = "dismissed"

ApprovalOutcome: TypeAlias = ChangeOutcome | StorageUnavailable


class AskCommands(CommandFamily):
    """Approvals decided; permissions and questions of agents answered."""

    @or_unavailable
    async def decide_approval(
        self, approval_id: str, actor: Actor, *, approved: bool, comment: str | None
    ) -> ApprovalOutcome:
        """Decides once: of two at the same moment one wins, and the other is told who decided what."""
        step_id = step_id_in(approval_id)
        at, said = self._clock.now(), self._said(comment)
        decided = await self._change(
            pipeline_id_of(step_id),
            approval_id,
            lambda pipeline: decide_approval(
                _having(pipeline, step_id, approval_id), step_id, actor, approved, said, at
            ),
        )
        if isinstance(decided, AsOf):
            self._dispatcher.launch(decided.value.id)
        return decided

    @or_unavailable
    async def answer_permission(
        self, attention_id: str, actor: Actor, *, allow: bool, always: bool = False, message: str | None = None
    ) -> PipelineOutcome:
        """Allows or refuses what an agent asked to do; a refusal with a message lets the agent go on without it."""
        reply: PermissionReply = ("always" if always else "once") if allow else "reject"
        word = "allowed always" if allow and always else "allowed" if allow else "refused"

        async def tell(attention: Attention, directory: str | None) -> None:
            assert attention.permission is not None
            await self._agents.answer_permission(attention.permission.id, directory, reply, message, actor)

        answer = f"{word}: {message}" if message else word
        return await self._answer(attention_id, AttentionKind.PERMISSION, actor, answer, tell)

    @or_unavailable
    async def answer_question(self, attention_id: str, actor: Actor, answers: Sequence[str]) -> PipelineOutcome:
        """For those who know no fields: every option chosen of a single one, or one text for each."""
        if not any(answer.strip() for answer in answers):
            return InvalidInput(message="Choose or write at least one answer.", field=("answers",))
        found = await self._open_attention(attention_id, AttentionKind.QUESTION)
        if not isinstance(found, Attention):
            return found
        assert found.question is not None
        values = in_order(found.question, answers)
        if isinstance(values, InvalidInput):
            return values
        words = in_words(found.question, values) or ", ".join(answers)

        async def tell(attention: Attention, directory: str | None) -> InvalidInput | None:
            assert attention.question is not None
            wrong = await self._agents.answer_question(attention.question.id, directory, answers)
            return InvalidInput(message=wrong, field=("answers",)) if wrong else None

        return await self._answer(attention_id, AttentionKind.QUESTION, actor, words, tell)

    @or_unavailable
    async def fill_in_question(self, attention_id: str, actor: Actor, given: Given) -> PipelineOutcome:
        """Answers field by field. What is wrong with it is told, and the question stays open."""
        found = await self._open_attention(attention_id, AttentionKind.QUESTION)
        if not isinstance(found, Attention):
            return found
        assert found.question is not None
        question, values = found.question, filled_in(found.question, given)
        if isinstance(values, InvalidInput):
            return values

        async def tell(attention: Attention, directory: str | None) -> InvalidInput | None:
            answers = [text for texts in given.values() for text in texts]
            told = values if question.form else None
            wrong = await self._agents.answer_question(question.id, directory, answers, told)
            return InvalidInput(message=wrong, field=("fields",)) if wrong else None

        return await self._answer(attention_id, AttentionKind.QUESTION, actor, in_words(question, values), tell)

    @or_unavailable
    async def dismiss_question(self, attention_id: str, actor: Actor) -> PipelineOutcome:
        async def tell(attention: Attention, directory: str | None) -> None:
            assert attention.question is not None
            await self._agents.dismiss_question(attention.question.id, directory, actor)

        return await self._answer(attention_id, AttentionKind.QUESTION, actor, _DISMISSED, tell)

    async def _answer(
        self,
        attention_id: str,
        kind: AttentionKind,
        actor: Actor,
        answer: str,
        tell: Callable[[Attention, str | None], Awaitable[InvalidInput | None]],
    ) -> PipelineOutcome:
        """First the record, by compare-and-set, so that one of two answers wins; then the engine is told."""
        attention = await self._open_attention(attention_id, kind)
        if not isinstance(attention, Attention):
            return attention
        step_id = step_id_in(attention_id)
        pipeline_id, at, said = pipeline_id_of(step_id), self._clock.now(), self._redactor(answer)
        cleared = await self._change(
            pipeline_id,
            attention_id,
            lambda pipeline: clear_attention(pipeline, step_id, attention_id, at, actor=actor, answer=said),
        )
        if not isinstance(cleared, AsOf):
            return await self._too_late(attention_id) if isinstance(cleared, NotAllowed) else cleared
        try:
            wrong = await tell(attention, cleared.value.directory)
        except AgentError as error:
            reason = error.failure.message
            if error.failure.status_code == 404:
                return NotAllowed(message=f"The agent no longer waits for that answer: {reason}")
            await self._ask_again(cleared.value, step_id, attention)
            return NotAllowed(message=f"The answer was not taken: {reason}")
        if wrong is not None:
            await self._ask_again(cleared.value, step_id, attention)
        return wrong or cleared

    async def _open_attention(self, attention_id: str, kind: AttentionKind) -> Attention | NotFound | NotAllowed:
        step_id = step_id_in(attention_id)
        pipeline = await self._journal.load(pipeline_id_of(step_id))
        step = pipeline.step(step_id) if pipeline else None
        if step is None:
            return NotFound(message="There is no such question.", id=attention_id)
        attention = next((known for known in step.attention if known.id == attention_id and known.kind is kind), None)
        return attention or await self._too_late(attention_id)

    async def _too_late(self, attention_id: str) -> NotAllowed:
        """Who was faster, and with what; or that it is over without anybody's doing."""
        cleared = await self._journal.cleared(attention_id)
        if cleared is None or cleared.actor is None or cleared.answer is None:
            return NotAllowed(message="That question is no longer open.")
        is_said = cleared.kind is AttentionKind.QUESTION and cleared.answer != _DISMISSED
        what = f'answered "{cleared.answer}"' if is_said else cleared.answer
        decision = Decision(by=cleared.actor, at=cleared.at, what=what)
        return NotAllowed(message=f"That question is no longer open: {decision.sentence}", decision=decision)

    async def _ask_again(self, pipeline: Pipeline, step_id: StepId, attention: Attention) -> None:
        """The agent still waits: it can be answered again."""
        step, at = pipeline.step(step_id), self._clock.now()
        number = len(step.attempts) if step else 0
        await self._change(
            pipeline.id, attention.id, lambda pipeline: raise_attention(pipeline, step_id, number, attention, at)
        )


def _having(pipeline: Pipeline, step_id: StepId, approval_id: str) -> Pipeline:
    step = pipeline.step(step_id)
    if step is None or step.approval is None:
        raise Unknown(approval_id)
    if step.approval.id != approval_id:
        raise IllegalTransition("The step has been tried again since: a newer approval is open.")
    return pipeline
