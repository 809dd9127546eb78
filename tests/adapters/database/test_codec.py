"""Every event is stored and read back as it was, and what an older stepwire wrote stays readable."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.database.codec import StoredEvent, decode, encode
from adapters.database.values import text_of, time_of
from runner import transitions
from runner.attention import Field, FieldCondition
from runner.events import (
    REGISTER,
    Event,
    LogEvent,
    PipelineEvent,
    PipelineFinished,
    PipelineStarted,
    SessionOpened,
    StepStarted,
    StepSucceeded,
)
from runner.failures import ToolCall
from runner.model import Attempt, Handoff, PipelineStatus, StepId, StepPlan, in_milliseconds
from tests.contracts.pipelines import ANA, EMPTY, NOON, REFUSED, a_pipeline, failed, started, succeeded

EVENTS = [*get_args(PipelineEvent), *get_args(LogEvent)]

_times = st.integers(0, 7_000_000_000).map(lambda at: in_milliseconds(datetime.fromtimestamp(at / 7, UTC)))
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
st.register_type_strategy(datetime, _times)
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))


def _with_json(kind: type[Any], name: str) -> None:
    others = {field.name: ... for field in fields(kind) if field.name != name}
    st.register_type_strategy(kind, st.builds(kind, **{name: _json}, **others))


_with_json(ToolCall, "input")
_with_json(Handoff, "data")
_with_json(StepPlan, "handoff_schema")
_with_json(FieldCondition, "value")
_with_json(Field, "default")
_with_json(Attempt, "resume")
_with_json(SessionOpened, "resume")


def test_what_stands_in_logs_is_still_an_event() -> None:
    """Names that were ever written, for ever: rows are never rewritten."""
    written = """
        pipeline_started pipeline_resumed pipeline_finished step_started session_opened step_succeeded step_skipped
        step_retrying step_failed attention_raised attention_cleared approval_requested approval_decided
        definition_changed failure_group_changed log_pruned token_changed
    """

    assert set(written.split()) <= {facts.stored for facts in REGISTER.values()}


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_an_event_is_read_back_as_it_was(kind: type[Event], data: st.DataObject) -> None:
    event = data.draw(st.from_type(kind))

    assert decode(encode(event)) == event


def _stored(kind: str, payload: dict[str, Any]) -> StoredEvent:
    return StoredEvent(
        type=kind,
        pipeline_id="pip_1",
        at="2026-11-23T12:00:00.000+00:00",
        actor=None,
        channel=None,
        payload=json.dumps(payload),
    )


def test_what_a_newer_stepwire_added_is_passed_over() -> None:
    event = decode(_stored("step_started", {"step_id": "stp_1_0", "attempt": 1, "mood": "good"}))

    assert event == StepStarted(at=NOON, pipeline_id=event.pipeline_id, step_id=StepId("stp_1_0"), attempt=1)  # type: ignore[union-attr]  # a log event has none


def test_what_an_older_stepwire_did_not_write_is_at_its_default() -> None:
    event = decode(_stored("pipeline_finished", {"status": "SUCCEEDED"}))

    assert isinstance(event, PipelineFinished)
    assert (event.status, event.error_message) == (PipelineStatus.SUCCEEDED, None)


def test_what_cannot_be_missing_is_missed() -> None:
    with pytest.raises(KeyError, match="status"):
        decode(_stored("pipeline_finished", {}))


def test_old_values_inside_values_are_read() -> None:
    stored = encode(started(a_pipeline()).events[0])
    payload = json.loads(stored.payload)
    for step in payload["pipeline"]["steps"]:
        step["colour"] = "red"
        del step["plan"]["expires_after_seconds"], step["attention"]

    event = decode(replace(stored, payload=json.dumps(payload)))

    assert isinstance(event, PipelineStarted)
    assert [step.attention for step in event.pipeline.steps] == [(), ()]


@pytest.mark.parametrize("reason", [REFUSED, EMPTY], ids=["failed", "retrying"])
def test_a_failures_message_is_in_the_payload(reason: Any) -> None:
    pipeline = transitions.begin_step(started(a_pipeline()).pipeline, NOON).pipeline

    payload = json.loads(encode(failed(pipeline, reason).events[0]).payload)

    assert payload["error_message"] == reason.message


def test_what_has_a_column_is_not_in_the_payload() -> None:
    stored = encode(started(a_pipeline()).events[0])

    assert stored.actor == ANA.name
    assert {"at", "actor", "pipeline_id"} & set(json.loads(stored.payload)) == set()


def test_what_json_cannot_hold_is_refused() -> None:
    pipeline = transitions.begin_step(started(a_pipeline()).pipeline, NOON).pipeline
    event = succeeded(pipeline).events[0]
    assert isinstance(event, StepSucceeded)

    with pytest.raises(ValueError, match="JSON"):
        encode(replace(event, handoff=Handoff(markdown="", created_at=NOON, data=float("nan"))))


def test_times_have_one_form() -> None:
    summer = datetime(2026, 7, 1, 14, 0, 0, 123999, tzinfo=timezone(timedelta(hours=2)))

    assert text_of(summer) == "2026-07-01T12:00:00.123+00:00"
    assert time_of(text_of(summer)) == in_milliseconds(summer)


@given(one=_times, other=_times)
def test_times_sort_as_text(one: datetime, other: datetime) -> None:
    assert (text_of(one) < text_of(other)) == (one < other)
