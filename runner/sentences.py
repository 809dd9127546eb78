"""What happened, in words: one sentence for each event, the same on the page, in the terminal and in every export.

A sentence says neither when, nor in which pipeline, nor who: these have places of their own wherever it is shown.
Times in it are spans ("in 7 s"), as nobody here knows the time zone of whoever reads.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TypeAlias, assert_never

from runner.attention import Attention, AttentionKind
from runner.events import (
    ApprovalDecided,
    ApprovalRequested,
    AttentionCleared,
    AttentionRaised,
    ChangesFound,
    DefinitionChanged,
    EngineStarted,
    FailureGroupChanged,
    LogEvent,
    LogPruned,
    PipelineFinished,
    PipelineResumed,
    PipelineStarted,
    Recorded,
    SessionOpened,
    StepEvent,
    StepFailed,
    StepRetrying,
    StepSkipped,
    StepStarted,
    StepSucceeded,
    TokenChanged,
    TrustChanged,
)
from runner.file_changes import total
from runner.model import Approval, Pipeline, PipelineStatus, Step, StepStatus
from runner.plaintext import one_line

_Waiting: TypeAlias = AttentionRaised | AttentionCleared | ApprovalRequested | ApprovalDecided

_HELD_UP_BY: Mapping[AttentionKind, str] = {
    AttentionKind.RETRYING: "OpenCode's retrying",
    AttentionKind.RATE_LIMITED: "the rate limit",
    AttentionKind.STALLED: "the silence",
    AttentionKind.MODEL_REPLACED: "the other model",
    AttentionKind.ENGINE_SILENT: "OpenCode's silence",
    AttentionKind.PERMISSION: "the request for permission",
    AttentionKind.QUESTION: "the question",
    AttentionKind.APPROVAL: "the wait for approval",
}


def sentence(recorded: Recorded) -> str:
    """The event in one line, without a full stop. Raises LookupError for an event that lacks its pipeline."""
    match recorded.event:
        case PipelineStarted(pipeline=pipeline):
            words = f"started from {pipeline.template}" if pipeline.template else "started"
        case PipelineFinished(status=status):
            words = status.value.lower() + _after_colon(_pipeline(recorded).error_message) + _skipped(recorded)
        case (
            DefinitionChanged()
            | FailureGroupChanged()
            | LogPruned()
            | EngineStarted()
            | TokenChanged()
            | TrustChanged() as event
        ):
            words = _of_log(event)
        case event:
            step = _step(recorded, event)
            words = f"{place(step)}{_of_step(event)}"
    return one_line(words)


def place(step: Step) -> str:
    """The step by number and name, e.g. step 2 developer."""
    return f"step {step.position + 1} {one_line(step.plan.agent or 'approval', 60)}"


def span(length: timedelta) -> str:
    """Roughly how long, in the unit that people would choose: 90 s, 5 min, 2 h, 3 days."""
    seconds = max(0, round(length.total_seconds()))
    for name, unit in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * unit:
            return f"{round(seconds / unit)} {name}"
    return f"{seconds} s"


def _of_step(event: StepEvent) -> str:
    match event:
        case PipelineResumed():
            return f" goes on{_after_colon(event.reason)}"
        case StepStarted():
            return f" began{_again(event.attempt)}"
        case SessionOpened():
            model = f", with {event.model}" if event.model else ""
            return f" works in OpenCode's session {event.session_id}{model}"
        case StepSucceeded():
            return f" succeeded{_again(event.attempt)}"
        case StepSkipped():
            return f" skipped{_after_colon(event.reason)}"
        case StepRetrying():
            at = event.failure.decision.next_attempt_at
            when = f" in {span(at - event.at)}" if at and at > event.at else ""
            return f" failed, attempt {event.attempt}: {event.failure.failure.message}; tries again{when}"
        case ChangesFound():
            return f": {total(event.files, event.added, event.removed)}{_again(event.attempt)}"
        case StepFailed():
            return f" failed{_again(event.attempt)}: {event.failure.failure.message}"
        case _:
            return _of_waiting(event)


def _of_waiting(event: _Waiting) -> str:
    match event:
        case AttentionRaised(attention=attention):
            return f": {attention.message}{_options(attention)}{_until_answered(attention)}"
        case AttentionCleared():
            return f": {_HELD_UP_BY[event.kind]} is over{_after_colon(event.answer)}"
        case ApprovalRequested(approval=asked):
            return f" waits for you{_after_colon(asked.description)}{_until_decided(asked)}"
        case ApprovalDecided(approval=decided):
            return f" {decided.status.value.lower()}{_after_colon(decided.comment)}"
        case _:
            assert_never(event)


def _of_log(event: LogEvent) -> str:
    match event:
        case DefinitionChanged():
            return f"{event.definition} {event.change}"
        case FailureGroupChanged(group=group):
            times = "once" if group.count == 1 else f"{group.count} times"
            note = group.acknowledgement.note if group.acknowledgement else None
            return f"failure group “{group.title}” ({times}) is {group.status.value.lower()}{_after_colon(note)}"
        case LogPruned():
            age = span(event.at - event.before)
            count = f"{event.pipelines} " if event.pipelines else ""
            return f"{event.events} events are gone, with the {count}pipelines that ended more than {age} ago"
        case EngineStarted(reachable=True):
            version = f", version {event.version}" if event.version else ""
            return f"OpenCode was to be started, and answers at {event.url}{version}{_after_colon(event.message)}"
        case EngineStarted():
            return f"OpenCode was to be started, but does not answer at {event.url}{_after_colon(event.message)}"
        case TokenChanged():
            return f"token {event.token}, {event.role.value.lower()}, {event.change}"
        case TrustChanged():
            return f"{event.directory} is {event.change}"
        case _:
            assert_never(event)


def _skipped(recorded: Recorded) -> str:
    """A success that somebody left something out of says so."""
    steps = _pipeline(recorded).steps
    skipped = [str(step.position + 1) for step in steps if step.status is StepStatus.SKIPPED]
    if not skipped or _pipeline(recorded).status is not PipelineStatus.SUCCEEDED:
        return ""
    if len(skipped) == len(steps):
        return ", but nothing was done: every step was skipped"
    return f", without step{'s' if len(skipped) > 1 else ''} {', '.join(skipped)}"


def _pipeline(recorded: Recorded) -> Pipeline:
    if recorded.pipeline is None:
        raise LookupError(f"event {recorded.cursor} lacks its pipeline")
    return recorded.pipeline


def _step(recorded: Recorded, event: StepEvent) -> Step:
    pipeline = _pipeline(recorded)
    step = pipeline.step(event.step_id)
    if step is None:
        raise LookupError(f"pipeline {pipeline.id} has no step {event.step_id}")
    return step


def _again(attempt: int) -> str:
    return f", attempt {attempt}" if attempt > 1 else ""


def _after_colon(text: str | None) -> str:
    return f": {text}" if text else ""


def _options(attention: Attention) -> str:
    options: Sequence[str] = attention.question.options if attention.question else ()
    return f" [{' / '.join(one_line(option, 60) for option in options)}]" if options else ""


def _until_answered(attention: Attention) -> str:
    """Other attention says in its message when it ends."""
    if attention.next_at is None or not attention.kind.asks_a_person:
        return ""
    return f" (answer within {span(attention.next_at - attention.since)})"


def _until_decided(approval: Approval) -> str:
    return f" (expires in {span(approval.expires_at - approval.requested_at)})" if approval.expires_at else ""
