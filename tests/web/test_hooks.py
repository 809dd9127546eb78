"""What was committed is a line in the log, a figure, and a live view's beginning and end: a hook for each."""

import asyncio
from collections.abc import Sequence

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from runner.activity import Activities
from runner.agents import TextDelta
from runner.events import DefinitionChanged, Event, PipelineEvent, Recorded
from runner.failure_kinds import FailureKind
from runner.model import Cursor, Pipeline
from tests.support.builders import NOW, Story, a_pipeline
from web.hooks import Figures, LaterTurn, LiveSteps, LogLines, count_places


def recorded(*events: Event) -> list[Recorded]:
    return [Recorded(cursor=Cursor(position=at, epoch="e"), event=event) for at, event in enumerate(events, start=1)]


def failing() -> list[PipelineEvent]:
    return Story(1).begin().fail(FailureKind.PROVIDER_AUTH).events


def test_every_event_is_a_line() -> None:
    changed = DefinitionChanged(at=NOW, definition="template t", change="saved")
    with capture_logs() as lines:
        LogLines().committed(recorded(*failing(), changed))

    assert [line["event"] for line in lines] == [
        "PipelineStarted",
        "StepStarted",
        "StepFailed",
        "PipelineFinished",
        "DefinitionChanged",
    ]
    failed, told = lines[2], lines[4]
    assert (failed["log_level"], failed["kind"], failed["attempt"], failed["position"]) == (
        "warning",
        "PROVIDER_AUTH",
        1,
        3,
    )
    assert (told["definition"], told["change"]) == ("template t", "saved")


@pytest.mark.asyncio
async def test_lines_are_written_after_the_turn_in_which_subscribers_are_served() -> None:
    loop, order = asyncio.get_running_loop(), list[str]()

    class Noting:
        def committed(self, recorded: Sequence[Recorded]) -> None:
            order.append(f"line {recorded[0].cursor.position}")

    later = LaterTurn(Noting())
    loop.call_soon(order.append, "the hub")
    for told in recorded(*failing())[:2]:
        later.committed([told])
    loop.call_soon(loop.call_soon, order.append, "whatever comes after")
    for _ in range(3):
        await asyncio.sleep(0)

    assert order == ["the hub", "line 1", "line 2", "whatever comes after"]


def test_a_line_holds_no_prompt() -> None:
    with capture_logs() as lines:
        LogLines().committed(recorded(*failing()))

    assert a_pipeline().prompt not in str(lines)


def test_what_happened_is_counted() -> None:
    registry = CollectorRegistry()
    Figures(registry).committed(recorded(*failing()))

    failures = {"kind": "PROVIDER_AUTH", "outcome": "NOT_RETRYABLE"}
    assert registry.get_sample_value("stepwire_pipelines_started_total") == 1
    assert registry.get_sample_value("stepwire_pipelines_finished_total", {"status": "FAILED"}) == 1
    assert registry.get_sample_value("stepwire_step_failures_total", failures) == 1
    assert registry.get_sample_value("stepwire_log_position") == 4


def test_attempts_are_counted_by_how_they_ended() -> None:
    registry = CollectorRegistry()
    figures = Figures(registry)
    figures.committed(recorded(*failing(), *Story(1).begin().succeed().events))
    figures.committed(recorded(*Story(1).begin().fail(FailureKind.ENGINE_LOST).events))

    def attempts(outcome: str, kind: str) -> float | None:
        return registry.get_sample_value("stepwire_attempts_total", {"outcome": outcome, "kind": kind})

    assert attempts("SUCCEEDED", "") == 1
    assert attempts("NOT_RETRYABLE", "PROVIDER_AUTH") == 1
    assert attempts("RETRYING", "ENGINE_LOST") == 1


def test_who_waits_for_a_place_is_told_as_it_is_now() -> None:
    class House:
        waiting, running = 3, 8

    house, registry = House(), CollectorRegistry()
    count_places(house, registry)
    before = registry.get_sample_value("stepwire_pipelines_waiting")
    house.waiting = 2

    assert (before, registry.get_sample_value("stepwire_pipelines_waiting")) == (3, 2)
    assert registry.get_sample_value("stepwire_pipelines_running") == 8


@pytest.mark.asyncio
async def test_the_live_view_begins_with_an_attempt_and_ends_with_the_step() -> None:
    activities = Activities()
    hook, [started, begun, failed, _] = LiveSteps(activities), recorded(*failing())
    step_id = _pipeline(started).steps[0].id

    hook.committed([begun])
    follower = activities.follow(step_id)
    await anext(follower)
    activities.tell(step_id, TextDelta(delta="hello"))
    hook.committed([failed])

    assert [told async for told in follower] == [TextDelta(delta="hello")]


def _pipeline(started: Recorded) -> Pipeline:
    pipeline: Pipeline = started.event.pipeline  # type: ignore[union-attr]  # it is PipelineStarted
    return pipeline
