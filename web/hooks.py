"""Who is told what was committed: the log, the figures at /metrics, and the live view of what agents do."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

from runner.activity import Activities
from runner.events import (
    Event,
    PipelineFinished,
    PipelineStarted,
    Recorded,
    StepFailed,
    StepRetrying,
    StepSkipped,
    StepStarted,
    StepSucceeded,
)
from runner.journal import Hook
from runner.model import StepStatus

log = structlog.get_logger("stepwire.events")

_TOLD = ("pipeline_id", "step_id", "attempt", "session_id", "status", "definition", "token", "change", "events")


class LogLines:
    """One line for each event, which it names as the API does; never a prompt."""

    def committed(self, recorded: Sequence[Recorded]) -> None:
        for item in recorded:
            event, facts = item.event, _facts(item.event)
            match event:
                case StepFailed(failure=record) | StepRetrying(failure=record):
                    why = {"kind": record.failure.kind.value, "message": record.failure.message}
                    log.warning(type(event).__name__, position=item.cursor.position, **why, **facts)
                case _:
                    log.info(type(event).__name__, position=item.cursor.position, **facts)


def once_told(call: Callable[..., object], *given: object) -> None:
    """Calls it when whoever subscribes has been told what was just committed; several in the order they came in."""
    # The next turn is the hub's, at whose end the transports write.
    loop = asyncio.get_running_loop()
    loop.call_soon(loop.call_soon, call, *given)


class LaterTurn:
    """Tells a hook once what subscribers are waiting for has left; in the same order."""

    def __init__(self, hook: Hook) -> None:
        self._hook = hook

    def committed(self, recorded: Sequence[Recorded]) -> None:
        once_told(self._hook.committed, recorded)


class Figures:
    """What is counted, in a registry that is read at /metrics."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._failures = Counter(
            "stepwire_step_failures", "Attempts that did not succeed, by kind", ["kind", "outcome"], registry=registry
        )
        self._attempts = Counter(
            "stepwire_attempts",
            "Attempts that ended, by outcome, and kind of failure",
            ["outcome", "kind"],
            registry=registry,
        )
        self._finished = Counter("stepwire_pipelines_finished", "Pipelines that ended", ["status"], registry=registry)
        self._started = Counter("stepwire_pipelines_started", "Pipelines that were started", registry=registry)
        self._position = Gauge("stepwire_log_position", "The event log's newest position", registry=registry)

    def committed(self, recorded: Sequence[Recorded]) -> None:
        for item in recorded:
            self._position.set(item.cursor.position)
            match item.event:
                case StepFailed(failure=record) | StepRetrying(failure=record):
                    kind, outcome = record.failure.kind.value, record.decision.outcome.value
                    self._failures.labels(kind, outcome).inc()
                    self._attempts.labels(outcome, kind).inc()
                case StepSucceeded():
                    self._attempts.labels(StepStatus.SUCCEEDED.value, "").inc()
                case PipelineStarted():
                    self._started.inc()
                case PipelineFinished(status=status):
                    self._finished.labels(status.value).inc()


class Places(Protocol):
    """How many pipelines run, and how many wait until one of them makes room."""

    @property
    def waiting(self) -> int: ...

    @property
    def running(self) -> int: ...


def count_places(places: Places, registry: CollectorRegistry) -> None:
    """Has both told at /metrics, as they are when somebody asks."""
    waiting = Gauge(
        "stepwire_pipelines_waiting", "Pipelines that wait for a place (--max-pipelines)", registry=registry
    )
    waiting.set_function(lambda: places.waiting)
    running = Gauge("stepwire_pipelines_running", "Pipelines that have a place", registry=registry)
    running.set_function(lambda: places.running)


class LiveSteps:
    """The live view of a step begins with each attempt and ends with the step."""

    def __init__(self, activities: Activities) -> None:
        self._activities = activities

    def committed(self, recorded: Sequence[Recorded]) -> None:
        for item in recorded:
            match item.event:
                case StepStarted(step_id=step_id):
                    self._activities.begin(step_id)
                case StepSucceeded(step_id=step_id) | StepSkipped(step_id=step_id) | StepFailed(step_id=step_id):
                    self._activities.end(step_id)


def _facts(event: Event) -> dict[str, object]:
    return {name: value for name in _TOLD if (value := getattr(event, name, None)) is not None}
