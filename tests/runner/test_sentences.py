"""Every event has its sentence, in one line that says who and what, without a control character."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import get_args

import pytest

from runner import events
from runner.attention import AttentionKind
from runner.events import Event, FailureGroupChanged, Recorded
from runner.failure_kinds import FailureKind
from runner.groups import Acknowledgement, FailureGroup, FailureGroupStatus
from runner.model import (
    Approval,
    ApprovalStatus,
    Cursor,
    FailureRecord,
    Pipeline,
    PipelineStatus,
    RetryDecision,
    RetryOutcome,
    StepId,
    StepStatus,
)
from runner.principals import Role
from runner.sentences import sentence, span
from tests.support.builders import (
    ANA,
    NOW,
    Story,
    a_failure,
    a_pipeline,
    a_plan,
    a_question,
    after,
    an_approval_plan,
    an_attention,
)

PIPELINE = a_pipeline([a_plan("architect"), a_plan("developer"), an_approval_plan()])
STEP, APPROVAL_STEP = PIPELINE.steps[1], PIPELINE.steps[2]
OF_PIPELINE = {"at": NOW, "pipeline_id": PIPELINE.id}
OF_STEP = {**OF_PIPELINE, "step_id": STEP.id}
GROUP = FailureGroup(
    id="grp_1",
    kind=FailureKind.PROVIDER_AUTH,
    title="No key",
    count=3,
    first_seen_at=NOW,
    last_seen_at=NOW,
    status=FailureGroupStatus.RESOLVED,
)


def a_record(message: str = "No key", next_attempt_at: datetime | None = None) -> FailureRecord:
    return FailureRecord(
        id="fai_1",
        pipeline_id=PIPELINE.id,
        step_id=STEP.id,
        attempt=1,
        failure=a_failure(FailureKind.PROVIDER_AUTH, message),
        decision=RetryDecision(outcome=RetryOutcome.RETRYING, next_attempt_at=next_attempt_at),
        occurred_at=NOW,
    )


def an_approval(**says: object) -> Approval:
    return Approval(**{"id": "app_1", "requested_at": NOW, **says})  # type: ignore[arg-type]


SENTENCES: list[tuple[type[Event], dict[str, object], str]] = [
    (events.PipelineStarted, {**OF_PIPELINE, "pipeline": PIPELINE}, "started"),
    (
        events.PipelineStarted,
        {**OF_PIPELINE, "pipeline": replace(PIPELINE, template="quick_fix")},
        "started from quick_fix",
    ),
    (events.PipelineResumed, {**OF_STEP, "reason": "Ana tries it"}, "step 2 developer goes on: Ana tries it"),
    (events.PipelineFinished, {**OF_PIPELINE, "status": PipelineStatus.SUCCEEDED}, "succeeded"),
    (events.StepStarted, {**OF_STEP, "attempt": 1}, "step 2 developer began"),
    (events.StepStarted, {**OF_STEP, "attempt": 2}, "step 2 developer began, attempt 2"),
    (
        events.SessionOpened,
        {**OF_STEP, "attempt": 1, "session_id": "ses_1"},
        "step 2 developer works in OpenCode's session ses_1",
    ),
    (
        events.SessionOpened,
        {**OF_STEP, "attempt": 1, "session_id": "ses_1", "model": "acme/x"},
        "step 2 developer works in OpenCode's session ses_1, with acme/x",
    ),
    (events.StepSucceeded, {**OF_STEP, "attempt": 1}, "step 2 developer succeeded"),
    (events.StepSkipped, {**OF_STEP, "reason": "not needed"}, "step 2 developer skipped: not needed"),
    (
        events.StepRetrying,
        {**OF_STEP, "attempt": 1, "failure": a_record()},
        "step 2 developer failed, attempt 1: No key; tries again",
    ),
    (
        events.StepRetrying,
        {**OF_STEP, "attempt": 1, "failure": a_record(next_attempt_at=after(7))},
        "step 2 developer failed, attempt 1: No key; tries again in 7 s",
    ),
    (events.StepFailed, {**OF_STEP, "attempt": 1, "failure": a_record()}, "step 2 developer failed: No key"),
    (
        events.StepFailed,
        {**OF_STEP, "attempt": 2, "failure": a_record()},
        "step 2 developer failed, attempt 2: No key",
    ),
    (
        events.ChangesFound,
        {**OF_STEP, "attempt": 1, "files": 3, "added": 1040, "removed": 2},
        "step 2 developer: 3 files changed, +1,040 −2",
    ),
    (
        events.ChangesFound,
        {**OF_STEP, "attempt": 2, "files": 0, "added": 0, "removed": 0},
        "step 2 developer: no files changed, attempt 2",
    ),
    (
        events.AttentionRaised,
        {**OF_STEP, "attention": an_attention(STEP, next_at=after(60))},
        "step 2 developer: OpenCode asks the provider again",
    ),
    (
        events.AttentionRaised,
        {**OF_STEP, "attention": a_question(STEP, next_at=after(1800))},
        "step 2 developer: The agent asks: Which database? [SQLite / PostgreSQL] (answer within 30 min)",
    ),
    (
        events.AttentionCleared,
        {**OF_STEP, "attention_id": "att_1", "kind": AttentionKind.QUESTION, "answer": "SQLite"},
        "step 2 developer: the question is over: SQLite",
    ),
    (
        events.ApprovalRequested,
        {**OF_PIPELINE, "step_id": APPROVAL_STEP.id, "approval": an_approval()},
        "step 3 approval waits for you",
    ),
    (
        events.ApprovalRequested,
        {
            **OF_PIPELINE,
            "step_id": APPROVAL_STEP.id,
            "approval": an_approval(description="Ship it?", expires_at=after(7200)),
        },
        "step 3 approval waits for you: Ship it? (expires in 2 h)",
    ),
    (
        events.ApprovalDecided,
        {
            **OF_PIPELINE,
            "step_id": APPROVAL_STEP.id,
            "approval": an_approval(status=ApprovalStatus.APPROVED, comment="Yes"),
        },
        "step 3 approval approved: Yes",
    ),
    (events.DefinitionChanged, {"at": NOW, "definition": "template t", "change": "saved"}, "template t saved"),
    (events.FailureGroupChanged, {"at": NOW, "group": GROUP}, "failure group “No key” (3 times) is resolved"),
    (
        events.FailureGroupChanged,
        {"at": NOW, "group": replace(GROUP, count=1)},
        "failure group “No key” (once) is resolved",
    ),
    (
        events.EngineStarted,
        {"at": NOW, "reachable": True, "url": "http://127.0.0.1:4096", "version": "1.18.34"},
        "OpenCode was to be started, and answers at http://127.0.0.1:4096, version 1.18.34",
    ),
    (
        events.EngineStarted,
        {"at": NOW, "reachable": False, "url": "http://127.0.0.1:4096", "message": "opencode is not on the PATH"},
        "OpenCode was to be started, but does not answer at http://127.0.0.1:4096: opencode is not on the PATH",
    ),
    (
        events.FailureGroupChanged,
        {
            "at": NOW,
            "group": replace(
                GROUP,
                status=FailureGroupStatus.ACKNOWLEDGED,
                acknowledgement=Acknowledgement(by=ANA, at=NOW, note="the key is ordered", count=3),
            ),
        },
        "failure group “No key” (3 times) is acknowledged: the key is ordered",
    ),
    (
        events.LogPruned,
        {"at": NOW, "before": after(-90 * 86_400), "events": 1200, "pipelines": 40},
        "1200 events are gone, with the 40 pipelines that ended more than 90 days ago",
    ),
    (
        events.LogPruned,
        {"at": NOW, "before": after(-90 * 86_400), "events": 7},
        "7 events are gone, with the pipelines that ended more than 90 days ago",
    ),
    (
        events.TokenChanged,
        {"at": NOW, "token": "ci", "role": Role.OPERATOR, "change": "revoked"},
        "token ci, operator, revoked",
    ),
    (events.TrustChanged, {"at": NOW, "directory": "/srv/app", "change": "trusted"}, "/srv/app is trusted"),
]


def recorded(event: Event, pipeline: Pipeline | None = PIPELINE) -> Recorded:
    return Recorded(cursor=Cursor(position=1, epoch="e"), event=event, pipeline=pipeline)


@pytest.mark.parametrize(("kind", "fields", "expected"), SENTENCES, ids=[words for _, _, words in SENTENCES])
def test_an_event_is_a_sentence(kind: type[Event], fields: dict[str, object], expected: str) -> None:
    assert sentence(recorded(kind(**fields))) == expected  # type: ignore[arg-type]


def test_every_event_has_its_sentence() -> None:
    assert {kind for kind, _, _ in SENTENCES} == set(get_args(Event))


def test_what_ended_badly_says_why() -> None:
    story = Story().begin().fail(FailureKind.PROVIDER_AUTH)
    finished = story.events[-1]

    assert sentence(recorded(finished, story.pipeline)) == "failed: It failed: provider_auth"


@pytest.mark.parametrize("kind", AttentionKind, ids=lambda kind: kind.value)
def test_every_attention_has_a_word_for_its_end(kind: AttentionKind) -> None:
    cleared = events.AttentionCleared(at=NOW, pipeline_id=PIPELINE.id, step_id=STEP.id, attention_id="a", kind=kind)

    assert sentence(recorded(cleared)).endswith(" is over")


@pytest.mark.parametrize(
    ("skipped", "status", "words"),
    [
        ([0, 1, 2], PipelineStatus.SUCCEEDED, "succeeded, but nothing was done: every step was skipped"),
        ([1], PipelineStatus.SUCCEEDED, "succeeded, without step 2"),
        ([0, 2], PipelineStatus.SUCCEEDED, "succeeded, without steps 1, 3"),
        ([1], PipelineStatus.CANCELLED, "cancelled"),
    ],
)
def test_a_success_says_what_was_left_out(skipped: list[int], status: PipelineStatus, words: str) -> None:
    steps = tuple(
        replace(step, status=StepStatus.SKIPPED if step.position in skipped else StepStatus.SUCCEEDED)
        for step in PIPELINE.steps
    )
    finished = events.PipelineFinished(at=NOW, pipeline_id=PIPELINE.id, status=status)

    assert sentence(recorded(finished, replace(PIPELINE, steps=steps, status=status))) == words


def test_foreign_text_stays_in_its_line() -> None:
    hostile = replace(GROUP, title="a\x1b[31m\nb\u202ec")

    assert sentence(recorded(FailureGroupChanged(at=NOW, group=hostile))) == (
        "failure group “a b[U+202E]c” (3 times) is resolved"
    )


def test_an_event_without_its_pipeline_has_no_sentence() -> None:
    started = events.StepStarted(at=NOW, pipeline_id=PIPELINE.id, step_id=STEP.id, attempt=1)

    with pytest.raises(LookupError, match="lacks its pipeline"):
        sentence(recorded(started, None))
    with pytest.raises(LookupError, match="has no step stp_other"):
        sentence(recorded(replace(started, step_id=StepId("stp_other"))))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 s"),
        (7.4, "7 s"),
        (119, "119 s"),
        (120, "2 min"),
        (5400, "90 min"),
        (7200, "2 h"),
        (100_000, "28 h"),
        (172_800, "2 days"),
    ],
)
def test_a_span_is_in_the_unit_that_people_would_choose(seconds: float, words: str) -> None:
    assert span(timedelta(seconds=seconds)) == words
