"""What becomes of a question to a person: requested, reminded of, then decided, expired or withdrawn, once."""

from dataclasses import replace
from datetime import datetime, timedelta

from runner.attention import Attention, AttentionKind
from runner.changes import Change, IllegalTransition, changed, clearing, failing, failure_record, resumed_by, step_of
from runner.events import ApprovalDecided, ApprovalRequested, AttentionRaised, PipelineEvent, StepSucceeded
from runner.failure_kinds import FailureKind
from runner.failures import Failure, failure
from runner.ids import part_id
from runner.model import Actor, Approval, ApprovalStatus, Handoff, Pipeline, RetryDecision, RetryOutcome, Step, StepId
from runner.outcomes import Decision


def requesting(pipeline: Pipeline, step: Step, at: datetime) -> list[PipelineEvent]:
    """What a step that begins asks a person, and that it waits for it."""
    approval = _requested(step, at)
    attention = Attention(
        id=part_id("att", step.id, len(step.attempts) + 1, "approval"),
        kind=AttentionKind.APPROVAL,
        message=step.plan.description or "Waits for an approval",
        since=at,
        next_at=approval.expires_at,
    )
    return [
        ApprovalRequested(at=at, pipeline_id=pipeline.id, step_id=step.id, approval=approval),
        AttentionRaised(at=at, pipeline_id=pipeline.id, step_id=step.id, attention=attention),
    ]


def decide_approval(
    pipeline: Pipeline, step_id: StepId, actor: Actor, approved: bool, comment: str | None, at: datetime
) -> Change:
    """A person decides, once: approved goes on when it is its turn, rejected ends the pipeline with who and why."""
    step, approval = _open_approval(pipeline, step_id)
    status = ApprovalStatus.APPROVED if approved else ApprovalStatus.REJECTED
    decided = replace(approval, status=status, comment=comment, decided_by=actor, decided_at=at)
    events: list[PipelineEvent] = [
        ApprovalDecided(at=at, actor=actor, pipeline_id=pipeline.id, step_id=step_id, approval=decided),
        *clearing(pipeline, step, at, actor, "approved" if approved else "rejected"),
    ]
    if not approved:
        said = f'{actor.name} rejected it: "{comment}"' if comment else f"{actor.name} rejected it"
        hint = None if comment else f"Ask {actor.name} what is missing, then try again to ask anew."
        rejected = failure(FailureKind.APPROVAL_REJECTED, said, hint=hint)
        return changed(pipeline, [*events, *_failing_it(pipeline, step, rejected, at, actor)])
    attempt = step.attempt.number if step.attempt else 1
    text = comment or f"Approved by {actor.name}"
    handoff = Handoff(markdown=text, created_at=at, supplied_by=actor)
    events.append(
        StepSucceeded(at=at, actor=actor, pipeline_id=pipeline.id, step_id=step_id, attempt=attempt, handoff=handoff)
    )
    return resumed_by(pipeline, events, actor, f"{actor.name} approved step {step.position + 1}", at)


def expire_approval(pipeline: Pipeline, step_id: StepId, at: datetime) -> Change:
    """Nobody decided in time."""
    step, approval = _open_approval(pipeline, step_id)
    if approval.expires_at is None or approval.expires_at > at:
        raise IllegalTransition("There is still time to decide.")
    expired = replace(approval, status=ApprovalStatus.EXPIRED, decided_at=at)
    message = f"Nobody decided within {_in_words(approval.expires_at - approval.requested_at)}"
    events: list[PipelineEvent] = [
        ApprovalDecided(at=at, pipeline_id=pipeline.id, step_id=step_id, approval=expired),
        *clearing(pipeline, step, at),
        *_failing_it(pipeline, step, failure(FailureKind.APPROVAL_EXPIRED, message), at),
    ]
    return changed(pipeline, events)


def remind_of_approval(pipeline: Pipeline, step_id: StepId, at: datetime) -> Change:
    """Says once more that somebody is to decide."""
    step, approval = _open_approval(pipeline, step_id)
    asked = next((attention for attention in step.attention if attention.kind is AttentionKind.APPROVAL), None)
    if asked is None or approval.remind_at is None or approval.remind_at > at:
        raise IllegalTransition("It is not time to remind anybody.")
    waited = _in_words(_about(at - approval.requested_at))
    about = f": {approval.description}" if approval.description else ""
    again = replace(asked, message=f"Has waited {waited} for an approval{about}")
    event = AttentionRaised(at=at, pipeline_id=pipeline.id, step_id=step_id, attention=again)
    return changed(pipeline, [event])


def withdrawing(pipeline: Pipeline, step: Step, actor: Actor, at: datetime) -> list[PipelineEvent]:
    """A request for approval does not outlive its pipeline: nobody can decide it any more."""
    if step.approval is None or not waits_for_approval(step):
        return []
    withdrawn = replace(step.approval, status=ApprovalStatus.CANCELLED, decided_by=actor, decided_at=at)
    return [ApprovalDecided(at=at, actor=actor, pipeline_id=pipeline.id, step_id=step.id, approval=withdrawn)]


def waits_for_approval(step: Step) -> bool:
    return step.approval is not None and step.approval.status is ApprovalStatus.PENDING


def _requested(step: Step, at: datetime) -> Approval:
    plan = step.plan
    return Approval(
        id=part_id("app", step.id, len(step.attempts) + 1),
        requested_at=at,
        description=plan.description,
        expires_at=at + timedelta(seconds=plan.expires_after_seconds) if plan.expires_after_seconds else None,
        remind_at=at + timedelta(seconds=plan.remind_after_seconds) if plan.remind_after_seconds else None,
    )


def _open_approval(pipeline: Pipeline, step_id: StepId) -> tuple[Step, Approval]:
    step = step_of(pipeline, step_id)
    approval = step.approval
    if approval is None:
        raise IllegalTransition("That step asks for no approval.")
    if approval.decided_by and approval.decided_at:
        decision = Decision(
            by=approval.decided_by, at=approval.decided_at, what=approval.status.value.lower(), note=approval.comment
        )
        ended = approval.status is ApprovalStatus.CANCELLED
        what = "The pipeline has already ended" if ended else "It is already decided"
        raise IllegalTransition(f"{what}: {decision.sentence}", decision)
    if pipeline.status.ended:
        raise IllegalTransition(f"The pipeline has already ended: {pipeline.status.value.lower()}.")
    if approval.status is not ApprovalStatus.PENDING:
        raise IllegalTransition(f"That request is no longer open: {approval.status.value.lower()}.")
    return step, approval


def _failing_it(
    pipeline: Pipeline, step: Step, reason: Failure, at: datetime, actor: Actor | None = None
) -> list[PipelineEvent]:
    record = failure_record(
        pipeline,
        step,
        step.attempt.number if step.attempt else 1,
        reason,
        RetryDecision(outcome=RetryOutcome.NOT_RETRYABLE),
        at,
    )
    return failing(pipeline, step, record, at, actor=actor)


def _about(span: timedelta) -> timedelta:
    """Cut to a unit of which there are two at least: nobody asks for the seconds of an hour."""
    unit = next((size for size in (86400, 3600, 60) if span.total_seconds() >= 2 * size), 1)
    return timedelta(seconds=span.total_seconds() // unit * unit)


def _in_words(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    for unit, size in (("day", 86400), ("hour", 3600), ("min", 60)):
        count, rest = divmod(seconds, size)
        if count and not rest:
            return f"{count} {unit}{'s' if count != 1 and unit != 'min' else ''}"
    return f"{seconds}s"
