"""What may become of a pipeline: pure functions from a pipeline and an intent to a Change, or IllegalTransition.

    start ─▶ begin_step ─▶ succeed_step ─▶ (next step | finished)
                 │   ▲
                 ▼   └── retrying ◀─┐
              fail_step ────────────┴─▶ failed ─▶ retry_step │ skip_step │ supply_handoff

Late news never moves what has ended: every transition checks that its attempt is the newest and still open.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from runner.events import (
    ApprovalDecided,
    ApprovalRequested,
    AttentionCleared,
    AttentionRaised,
    PipelineEvent,
    PipelineFinished,
    PipelineResumed,
    PipelineStarted,
    SessionOpened,
    StepFailed,
    StepRetrying,
    StepSkipped,
    StepStarted,
    StepSucceeded,
)
from runner.failures import NO_USAGE, Failure, FailureKind, Json, Usage, failure
from runner.fold import apply
from runner.model import (
    Actor,
    Approval,
    ApprovalStatus,
    Attempt,
    Attention,
    AttentionKind,
    FailureRecord,
    Handoff,
    Pipeline,
    PipelineStatus,
    RetryDecision,
    RetryOutcome,
    Step,
    StepId,
    StepKind,
    StepPlan,
    StepStatus,
    part_id,
)
from runner.outcomes import Decision
from runner.prompt import compose_prompt
from runner.retry import RetryPolicy
from runner.traces import NO_TRACES, Traces


@dataclass(frozen=True, kw_only=True)
class Change:
    """A new version of a pipeline and the events that made it so; `before` is the version it was decided on."""

    before: Pipeline | None
    pipeline: Pipeline
    events: tuple[PipelineEvent, ...]


class IllegalTransition(Exception):
    """The pipeline's state does not allow it (any more); the text says why, for the person who asked.

    `decision` is what somebody else was faster with, where that is why.
    """

    def __init__(self, text: str, decision: Decision | None = None) -> None:
        super().__init__(text)
        self.decision = decision


def start(pipeline: Pipeline, actor: Actor) -> Change:
    """The pipeline enters the log; nothing runs yet."""
    started = PipelineStarted(at=pipeline.created_at, actor=actor, pipeline_id=pipeline.id, pipeline=pipeline)
    return _change(None, [started])


def begin_step(pipeline: Pipeline, at: datetime) -> Change:
    """The next attempt of the current step begins."""
    step = _current(pipeline)
    if step.attempt and not step.attempt.status.ended:
        raise IllegalTransition(f"Attempt {step.attempt.number} of step {step.position + 1} is still running.")
    return _change(pipeline, _beginning(pipeline, step, at))


def open_session(
    pipeline: Pipeline,
    step_id: StepId,
    attempt: int,
    session_id: str,
    model: str | None,
    at: datetime,
    resume: Json = None,
) -> Change:
    _, newest = _open_attempt(pipeline, step_id, attempt)
    if newest.session_id == session_id:
        raise IllegalTransition("It is already known.")
    event = SessionOpened(
        at=at,
        pipeline_id=pipeline.id,
        step_id=step_id,
        attempt=attempt,
        session_id=session_id,
        model=model,
        resume=resume,
    )
    return _change(pipeline, [event])


def succeed_step(
    pipeline: Pipeline, step_id: StepId, attempt: int, handoff: Handoff, usage: Usage, at: datetime
) -> Change:
    """The step succeeded; in the same change the next one begins, or the pipeline ends."""
    step, _ = _open_attempt(pipeline, step_id, attempt)
    event = StepSucceeded(
        at=at, pipeline_id=pipeline.id, step_id=step_id, attempt=attempt, handoff=handoff, usage=usage
    )
    return _then_next(pipeline, [*_clearing(pipeline, step, at), event], at)


def fail_step(
    pipeline: Pipeline,
    step_id: StepId,
    attempt: int,
    reason: Failure,
    policy: RetryPolicy,
    at: datetime,
    usage: Usage = NO_USAGE,
    last_alive: datetime | None = None,
) -> Change:
    """The attempt failed: another will follow, or the step and its pipeline end. Written once, never revised.

    With `last_alive` it was lost when stepwire was; that is when nobody saw it work any more.
    """
    step, newest = _open_attempt(pipeline, step_id, attempt)
    lost_at = _lost_at(newest, last_alive)
    decision = policy.decide(step, reason, at)
    record = _record(pipeline, step, attempt, reason, decision, at)
    cleared = _clearing(pipeline, step, at)
    if decision.outcome is not RetryOutcome.RETRYING:
        return _change(pipeline, [*cleared, *_failing(pipeline, step, record, at, usage=usage, lost_at=lost_at)])
    retrying = StepRetrying(
        at=at,
        pipeline_id=pipeline.id,
        step_id=step_id,
        attempt=attempt,
        failure=record,
        usage=usage,
        lost_at=lost_at,
    )
    return _change(pipeline, [*cleared, retrying])


def give_up(pipeline: Pipeline, reason: Failure, at: datetime) -> Change:
    """The current step fails for good, even if no attempt of it is open: stepwire itself cannot go on.

    An attempt is then begun, without a prompt, that the reason can belong to. A question to a person stays open.
    """
    step = _current(pipeline)
    if _waits_for_approval(step):
        raise IllegalTransition(f"Step {step.position + 1} waits for a person's approval.")
    started: list[PipelineEvent] = []
    number = len(step.attempts)
    if step.attempt is None or step.attempt.status.ended:
        number += 1
        started = [StepStarted(at=at, pipeline_id=pipeline.id, step_id=step.id, attempt=number, model=step.plan.model)]
    record = _record(pipeline, step, number, reason, RetryDecision(outcome=RetryOutcome.NOT_RETRYABLE), at)
    cleared = _clearing(pipeline, step, at)
    return _change(pipeline, [*started, *cleared, *_failing(pipeline, step, record, at)])


def cancel(pipeline: Pipeline, actor: Actor, reason: str | None, at: datetime, traces: Traces = NO_TRACES) -> Change:
    """A person ends a pipeline that has not ended; `traces` are what is known of the attempt that it ends."""
    if pipeline.status.ended:
        raise IllegalTransition(f"The pipeline has already ended: {pipeline.status.value.lower()}.")
    message = f"Cancelled by {actor.name}: {reason}" if reason else f"Cancelled by {actor.name}"
    step = pipeline.current
    if step is None or step.status is StepStatus.PENDING or step.attempt is None:
        finished = PipelineFinished(
            at=at, actor=actor, pipeline_id=pipeline.id, status=PipelineStatus.CANCELLED, error_message=message
        )
        return _change(pipeline, [finished])
    decision = RetryDecision(outcome=RetryOutcome.NOT_RETRYABLE)
    left = traces.of(None if step.attempt.status.ended else step.attempt.session_id)
    cancelled = left.added_to(failure(FailureKind.CANCELLED, message))
    record = _record(pipeline, step, step.attempt.number, cancelled, decision, at)
    if step.attempt.status.ended:
        record = replace(record, id=f"{record.id}_cancelled")
    events = [*_withdrawing(pipeline, step, actor, at), *_clearing(pipeline, step, at, actor)]
    return _change(pipeline, [*events, *_failing(pipeline, step, record, at, actor=actor, usage=left.usage)])


def retry_step(
    pipeline: Pipeline,
    step_id: StepId,
    actor: Actor,
    at: datetime,
    *,
    model: str | None = None,
    instruction: str | None = None,
    timeout_seconds: int | None = None,
    prompt: str | None = None,
    plan: StepPlan | None = None,
) -> Change:
    """A person has a failed, cancelled or interrupted step tried again; what came before it is kept.

    While stepwire waits for the next attempt of its own, this means: now. What is given replaces what the step had.
    """
    step = _to_be_mended(pipeline, step_id, "tried again")
    resumed = PipelineResumed(
        at=at,
        actor=actor,
        pipeline_id=pipeline.id,
        step_id=step.id,
        reason=f"{actor.name} tries step {step.position + 1} again",
        model=model,
        instruction=instruction,
        timeout_seconds=timeout_seconds,
        prompt=prompt,
        plan=plan,
    )
    return _change(pipeline, [replace(resumed, reason=resumed.reason + _what_changed(resumed))])


def skip_step(pipeline: Pipeline, step_id: StepId, actor: Actor, reason: str, at: datetime) -> Change:
    """A person goes on without a step that did not succeed."""
    step = _to_be_replaced(pipeline, step_id, "skipped")
    skipped = StepSkipped(at=at, actor=actor, pipeline_id=pipeline.id, step_id=step.id, reason=reason)
    return _resumed_by(pipeline, [skipped], actor, f"{actor.name} skipped step {step.position + 1}: {reason}", at)


def supply_handoff(
    pipeline: Pipeline, step_id: StepId, actor: Actor, markdown: str, at: datetime, data: Json = None
) -> Change:
    """A person writes the output that the agent did not give; the pipeline goes on with it."""
    step = _to_be_replaced(pipeline, step_id, "replaced by hand")
    handoff = Handoff(markdown=markdown, data=data, created_at=at, supplied_by=actor)
    succeeded = StepSucceeded(
        at=at, actor=actor, pipeline_id=pipeline.id, step_id=step.id, attempt=len(step.attempts), handoff=handoff
    )
    reason = f"{actor.name} supplied the handoff of step {step.position + 1}"
    return _resumed_by(pipeline, [succeeded], actor, reason, at)


def decide_approval(
    pipeline: Pipeline, step_id: StepId, actor: Actor, approved: bool, comment: str | None, at: datetime
) -> Change:
    """A person decides, once: approved goes on when it is its turn, rejected ends the pipeline with who and why."""
    step, approval = _open_approval(pipeline, step_id)
    status = ApprovalStatus.APPROVED if approved else ApprovalStatus.REJECTED
    decided = replace(approval, status=status, comment=comment, decided_by=actor, decided_at=at)
    events: list[PipelineEvent] = [
        ApprovalDecided(at=at, actor=actor, pipeline_id=pipeline.id, step_id=step_id, approval=decided),
        *_clearing(pipeline, step, at, actor, "approved" if approved else "rejected"),
    ]
    if not approved:
        said = f'{actor.name} rejected it: "{comment}"' if comment else f"{actor.name} rejected it"
        hint = None if comment else f"Ask {actor.name} what is missing, then try again to ask anew."
        rejected = failure(FailureKind.APPROVAL_REJECTED, said, hint=hint)
        return _change(pipeline, [*events, *_rejecting(pipeline, step, rejected, at, actor)])
    attempt = step.attempt.number if step.attempt else 1
    text = comment or f"Approved by {actor.name}"
    handoff = Handoff(markdown=text, created_at=at, supplied_by=actor)
    events.append(
        StepSucceeded(at=at, actor=actor, pipeline_id=pipeline.id, step_id=step_id, attempt=attempt, handoff=handoff)
    )
    return _resumed_by(pipeline, events, actor, f"{actor.name} approved step {step.position + 1}", at)


def expire_approval(pipeline: Pipeline, step_id: StepId, at: datetime) -> Change:
    """Nobody decided in time."""
    step, approval = _open_approval(pipeline, step_id)
    if approval.expires_at is None or approval.expires_at > at:
        raise IllegalTransition("There is still time to decide.")
    expired = replace(approval, status=ApprovalStatus.EXPIRED, decided_at=at)
    message = f"Nobody decided within {_in_words(approval.expires_at - approval.requested_at)}"
    record = _record(
        pipeline,
        step,
        step.attempt.number if step.attempt else 1,
        failure(FailureKind.APPROVAL_EXPIRED, message),
        RetryDecision(outcome=RetryOutcome.NOT_RETRYABLE),
        at,
    )
    events: list[PipelineEvent] = [
        ApprovalDecided(at=at, pipeline_id=pipeline.id, step_id=step_id, approval=expired),
        *_clearing(pipeline, step, at),
        *_failing(pipeline, step, record, at),
    ]
    return _change(pipeline, events)


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
    return _change(pipeline, [event])


def raise_attention(
    pipeline: Pipeline, step_id: StepId, attempt: int, attention: Attention, at: datetime | None = None
) -> Change:
    """It is not moving, for this reason, as noticed `at`. The same one in the same words and times is no change."""
    step, _ = _open_attempt(pipeline, step_id, attempt)
    if attention in step.attention:
        raise IllegalTransition("It is already known.")
    event = AttentionRaised(at=at or attention.since, pipeline_id=pipeline.id, step_id=step_id, attention=attention)
    return _change(pipeline, [event])


def clear_attention(
    pipeline: Pipeline,
    step_id: StepId,
    attention_id: str,
    at: datetime,
    *,
    actor: Actor | None = None,
    answer: str | None = None,
) -> Change:
    """It moves again."""
    step = _step(pipeline, step_id)
    attention = next((one for one in step.attention if one.id == attention_id), None)
    if attention is None:
        raise IllegalTransition("That question is no longer open.")
    if attention.kind is AttentionKind.APPROVAL:
        raise IllegalTransition(f"Step {step.position + 1} waits for a person's approval.")
    event = AttentionCleared(
        at=at,
        actor=actor,
        pipeline_id=pipeline.id,
        step_id=step_id,
        attention_id=attention_id,
        kind=attention.kind,
        answer=answer,
    )
    return _change(pipeline, [event])


def _what_changed(resumed: PipelineResumed) -> str:
    """What the attempt does differently, for whoever reads the audit trail."""
    changed = {
        "today's definition": resumed.plan,
        f"the model {resumed.model}": resumed.model,
        "another prompt": resumed.prompt,
        "a further instruction": resumed.instruction,
        f"a limit of {resumed.timeout_seconds}s": resumed.timeout_seconds,
    }
    told = [words for words, value in changed.items() if value is not None]
    return f", with {', '.join(told)}" if told else ""


def _change(before: Pipeline | None, events: Iterable[PipelineEvent]) -> Change:
    happened = tuple(events)
    pipeline = before
    for event in happened:
        pipeline = apply(pipeline, event)
    assert pipeline is not None
    return Change(before=before, pipeline=pipeline, events=happened)


def _beginning(pipeline: Pipeline, step: Step, at: datetime) -> list[PipelineEvent]:
    started = StepStarted(
        at=at,
        pipeline_id=pipeline.id,
        step_id=step.id,
        attempt=len(step.attempts) + 1,
        prompt=compose_prompt(pipeline, step) if step.plan.kind is StepKind.AGENT else None,
        engine_agent=step.plan.engine_agent,
        model=step.plan.model,
    )
    if step.plan.kind is StepKind.AGENT:
        return [started]
    approval = _requested(step, at)
    attention = Attention(
        id=part_id("att", step.id, len(step.attempts) + 1, "approval"),
        kind=AttentionKind.APPROVAL,
        message=step.plan.description or "Waits for an approval",
        since=at,
        next_at=approval.expires_at,
    )
    return [
        started,
        ApprovalRequested(at=at, pipeline_id=pipeline.id, step_id=step.id, approval=approval),
        AttentionRaised(at=at, pipeline_id=pipeline.id, step_id=step.id, attention=attention),
    ]


def _requested(step: Step, at: datetime) -> Approval:
    plan = step.plan
    return Approval(
        id=part_id("app", step.id, len(step.attempts) + 1),
        requested_at=at,
        description=plan.description,
        expires_at=at + timedelta(seconds=plan.expires_after_seconds) if plan.expires_after_seconds else None,
        remind_at=at + timedelta(seconds=plan.remind_after_seconds) if plan.remind_after_seconds else None,
    )


def _then_next(pipeline: Pipeline, events: list[PipelineEvent], at: datetime) -> Change:
    after = _change(pipeline, events).pipeline
    if after.current is None:
        finished = PipelineFinished(at=at, pipeline_id=pipeline.id, status=PipelineStatus.SUCCEEDED)
        return _change(pipeline, [*events, finished])
    return _change(pipeline, [*events, *_beginning(after, after.current, at)])


def _resumed_by(pipeline: Pipeline, events: list[PipelineEvent], actor: Actor, reason: str, at: datetime) -> Change:
    """A person's act replaced the step; the pipeline waits for its turn to go on, or has ended with it."""
    after = _change(pipeline, events).pipeline
    if after.current is None:
        finished = PipelineFinished(at=at, actor=actor, pipeline_id=pipeline.id, status=PipelineStatus.SUCCEEDED)
        return _change(pipeline, [*events, finished])
    resumed = PipelineResumed(at=at, actor=actor, pipeline_id=pipeline.id, step_id=after.current.id, reason=reason)
    return _change(pipeline, [*events, resumed])


def _failing(
    pipeline: Pipeline,
    step: Step,
    record: FailureRecord,
    at: datetime,
    *,
    actor: Actor | None = None,
    usage: Usage = NO_USAGE,
    lost_at: datetime | None = None,
) -> list[PipelineEvent]:
    cancelled = record.failure.kind is FailureKind.CANCELLED
    return [
        StepFailed(
            at=at,
            actor=actor,
            pipeline_id=pipeline.id,
            step_id=step.id,
            attempt=record.attempt,
            failure=record,
            usage=usage,
            lost_at=lost_at,
        ),
        PipelineFinished(
            at=at,
            actor=actor,
            pipeline_id=pipeline.id,
            status=PipelineStatus.CANCELLED if cancelled else PipelineStatus.FAILED,
            error_message=record.failure.message,
        ),
    ]


def _lost_at(attempt: Attempt, last_alive: datetime | None) -> datetime | None:
    """None, too, while a person is asked: that is waiting already."""
    if last_alive is None or attempt.waiting_since is not None:
        return None
    return max(last_alive, attempt.started_at)


def _rejecting(pipeline: Pipeline, step: Step, rejected: Failure, at: datetime, actor: Actor) -> list[PipelineEvent]:
    record = _record(
        pipeline,
        step,
        step.attempt.number if step.attempt else 1,
        rejected,
        RetryDecision(outcome=RetryOutcome.NOT_RETRYABLE),
        at,
    )
    return _failing(pipeline, step, record, at, actor=actor)


def _withdrawing(pipeline: Pipeline, step: Step, actor: Actor, at: datetime) -> list[PipelineEvent]:
    """A request for approval does not outlive its pipeline: nobody can decide it any more."""
    if step.approval is None or not _waits_for_approval(step):
        return []
    withdrawn = replace(step.approval, status=ApprovalStatus.CANCELLED, decided_by=actor, decided_at=at)
    return [ApprovalDecided(at=at, actor=actor, pipeline_id=pipeline.id, step_id=step.id, approval=withdrawn)]


def _clearing(
    pipeline: Pipeline, step: Step, at: datetime, actor: Actor | None = None, answer: str | None = None
) -> list[PipelineEvent]:
    return [
        AttentionCleared(
            at=at,
            actor=actor,
            pipeline_id=pipeline.id,
            step_id=step.id,
            attention_id=attention.id,
            kind=attention.kind,
            answer=answer,
        )
        for attention in step.attention
    ]


def _record(
    pipeline: Pipeline, step: Step, attempt: int, reason: Failure, decision: RetryDecision, at: datetime
) -> FailureRecord:
    return FailureRecord(
        id=part_id("fai", step.id, attempt),
        pipeline_id=pipeline.id,
        step_id=step.id,
        attempt=attempt,
        failure=reason,
        decision=decision,
        occurred_at=at,
        agent=step.plan.agent,
    )


def _current(pipeline: Pipeline) -> Step:
    if pipeline.status.ended or pipeline.current is None:
        raise IllegalTransition(f"The pipeline has already ended: {pipeline.status.value.lower()}.")
    return pipeline.current


def _step(pipeline: Pipeline, step_id: StepId) -> Step:
    step = pipeline.step(step_id)
    if step is None:
        raise IllegalTransition("The pipeline has no such step.")
    return step


def _open_attempt(pipeline: Pipeline, step_id: StepId, attempt: int) -> tuple[Step, Attempt]:
    step = _step(pipeline, step_id)
    newest = step.attempt
    if pipeline.status.ended or newest is None or newest.number != attempt or newest.status.ended:
        raise IllegalTransition(f"Attempt {attempt} of step {step.position + 1} is not running any more.")
    if step.plan.kind is StepKind.APPROVAL:
        raise IllegalTransition(f"Step {step.position + 1} waits for a person's approval.")
    return step, newest


def _waits_for_approval(step: Step) -> bool:
    return step.approval is not None and step.approval.status is ApprovalStatus.PENDING


def _open_approval(pipeline: Pipeline, step_id: StepId) -> tuple[Step, Approval]:
    step = _step(pipeline, step_id)
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


def _to_be_mended(pipeline: Pipeline, step_id: StepId, done: str) -> Step:
    """The step that a person may act on: where an unsuccessful pipeline stands, or one between two attempts."""
    step = _step(pipeline, step_id)
    place = f"Step {step.position + 1}"
    if step.status in (StepStatus.SUCCEEDED, StepStatus.SKIPPED):
        raise IllegalTransition(f"{place} has {step.status.value.lower()}; only a step without success can be {done}.")
    between = step.attempt is not None and step.attempt.status.ended and step.status is StepStatus.RUNNING
    unsuccessful = pipeline.status in (PipelineStatus.FAILED, PipelineStatus.CANCELLED)
    if step != pipeline.current or not (unsuccessful or between):
        raise IllegalTransition(f"{place} is {step.status.value.lower()}; only a step without success can be {done}.")
    return step


def _to_be_replaced(pipeline: Pipeline, step_id: StepId, done: str) -> Step:
    """As above, and it has begun: no step succeeds or is skipped that never started."""
    step = _to_be_mended(pipeline, step_id, done)
    if not step.attempts:
        raise IllegalTransition(
            f"Step {step.position + 1} has not begun yet; only a step without success can be {done}."
        )
    return step


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
