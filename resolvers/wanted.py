"""Which events a subscriber wants: predicates over what is recorded."""

from collections.abc import Callable, Sequence

from runner.events import REGISTER, AttentionCleared, AttentionRaised, Recorded, StepEvent, StepFailed, StepRetrying
from runner.failures import Failure
from runner.reads import FailureFilter
from schema.enums import EventType


def events(
    pipeline_id: str | None, step_id: str | None, types: Sequence[EventType] | None
) -> Callable[[Recorded], bool]:
    names = None if types is None else frozenset(name.value for name in types)

    def wanted(recorded: Recorded) -> bool:
        fits = _is_of(recorded, pipeline_id) and _is_of_step(recorded, step_id)
        return fits and (names is None or REGISTER[type(recorded.event)].stored in names)

    return wanted


def failures(filter: FailureFilter) -> Callable[[Recorded], bool]:
    """What went wrong or is not moving; attention is neither of a kind nor of an origin of failure."""

    def wanted(recorded: Recorded) -> bool:
        if not _is_of(recorded, filter.pipeline_id) or not _is_from(recorded, filter.template):
            return False
        match recorded.event:
            case StepFailed() | StepRetrying():
                return _fits(recorded.event.failure.failure, filter)
            case AttentionRaised() | AttentionCleared():
                return filter.kind is None and filter.origin is None
            case _:
                return False

    return wanted


def _is_of(recorded: Recorded, pipeline_id: str | None) -> bool:
    return pipeline_id is None or (recorded.pipeline is not None and recorded.pipeline.id == pipeline_id)


def _is_of_step(recorded: Recorded, step_id: str | None) -> bool:
    return step_id is None or (isinstance(recorded.event, StepEvent) and recorded.event.step_id == step_id)


def _is_from(recorded: Recorded, template: str | None) -> bool:
    return template is None or (recorded.pipeline is not None and recorded.pipeline.template == template)


def _fits(failure: Failure, filter: FailureFilter) -> bool:
    fits_kind = filter.kind is None or failure.kind in filter.kind
    return fits_kind and (filter.origin is None or failure.origin in filter.origin)
