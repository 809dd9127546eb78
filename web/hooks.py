"""Who is told what was committed: the log, the figures at /metrics, and the live view of what agents do."""

from collections.abc import Sequence

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

from runner.activity import Activities
from runner.events import (
    PipelineFinished,
    PipelineStarted,
    Recorded,
    StepFailed,
    StepRetrying,
    StepSkipped,
    StepStarted,
    StepSucceeded,
)
from runner.model import StepId
from runner.ports import Activity

log = structlog.get_logger("stepwire.events")


class CommittedHooks:
    """The Hooks of the server. The log names events as the API does and never holds a prompt."""

    def __init__(self, activities: Activities, registry: CollectorRegistry) -> None:
        self._activities = activities
        self._failures = Counter(
            "stepwire_step_failures", "Attempts that did not succeed, by kind", ["kind", "outcome"], registry=registry
        )
        self._finished = Counter("stepwire_pipelines_finished", "Pipelines that ended", ["status"], registry=registry)
        self._started = Counter("stepwire_pipelines_started", "Pipelines that were started", registry=registry)
        self._position = Gauge("stepwire_log_position", "The event log's newest position", registry=registry)

    def committed(self, recorded: Sequence[Recorded]) -> None:
        for item in recorded:
            self._position.set(item.cursor.position)
            self._count(item)
            self._tell(item)

    def activity(self, step_id: StepId, activity: Activity) -> None:
        self._activities.tell(step_id, activity)

    def _count(self, item: Recorded) -> None:
        match item.event:
            case StepFailed(failure=record) | StepRetrying(failure=record):
                self._failures.labels(record.failure.kind.value, record.decision.outcome.value).inc()
            case PipelineStarted():
                self._started.inc()
            case PipelineFinished(status=status):
                self._finished.labels(status.value).inc()

    def _tell(self, item: Recorded) -> None:
        event = item.event
        ids = {
            name: value
            for name in ("pipeline_id", "step_id", "attempt", "status")
            if (value := getattr(event, name, None)) is not None
        }
        match event:
            case StepFailed(failure=record) | StepRetrying(failure=record):
                log.warning(
                    type(event).__name__,
                    position=item.cursor.position,
                    kind=record.failure.kind.value,
                    message=record.failure.message,
                    **ids,
                )
            case _:
                log.info(type(event).__name__, position=item.cursor.position, **ids)
        if isinstance(event, StepFailed | StepSucceeded | StepSkipped):
            self._activities.end(event.step_id)
        if isinstance(event, StepStarted):
            self._activities.begin(event.step_id)
