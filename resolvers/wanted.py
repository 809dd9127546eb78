"""Which events a subscriber wants, as a value: equal for those who want the same, and open to an index of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, get_args

from runner.events import REGISTER, Recorded, StepEvent, StepFailed, StepRetrying, Trouble
from runner.failure_kinds import FailureKind, FailureOrigin
from runner.reads import FailureFilter
from schema.enums import EventType

_TROUBLE = frozenset(REGISTER[event].stored for event in get_args(Trouble))


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """All that is set must hold, and nothing fits a set that is empty. `types` are names as stored (step_failed).

    What has no pipeline, step or failure is of none: attention has no kind and no origin.
    """

    pipeline_id: str | None = None
    step_id: str | None = None
    template: str | None = None
    kinds: frozenset[FailureKind] | None = None
    origins: frozenset[FailureOrigin] | None = None
    types: frozenset[str] | None = None

    @classmethod
    def events(cls, pipeline_id: str | None, step_id: str | None, types: Sequence[EventType] | None) -> Self:
        names = None if types is None else frozenset(name.value for name in types)
        return cls(pipeline_id=pipeline_id, step_id=step_id, types=names)

    @classmethod
    def failures(cls, filter: FailureFilter) -> Self:
        """What went wrong or is not moving."""
        of_failures = filter.kind is not None or filter.origin is not None
        return cls(
            pipeline_id=filter.pipeline_id,
            template=filter.template,
            kinds=None if filter.kind is None else frozenset(filter.kind),
            origins=None if filter.origin is None else frozenset(filter.origin),
            types=None if of_failures else _TROUBLE,
        )

    def __call__(self, recorded: Recorded) -> bool:
        event, pipeline = recorded.event, recorded.pipeline
        if self.pipeline_id is not None and (pipeline is None or pipeline.id != self.pipeline_id):
            return False
        if self.step_id is not None and not (isinstance(event, StepEvent) and event.step_id == self.step_id):
            return False
        if self.template is not None and (pipeline is None or pipeline.template != self.template):
            return False
        return self._is_of_type(recorded) and self._has_failure(recorded)

    def _is_of_type(self, recorded: Recorded) -> bool:
        return self.types is None or REGISTER[type(recorded.event)].stored in self.types

    def _has_failure(self, recorded: Recorded) -> bool:
        if self.kinds is None and self.origins is None:
            return True
        if not isinstance(recorded.event, StepFailed | StepRetrying):
            return False
        failure = recorded.event.failure.failure
        fits_kind = self.kinds is None or failure.kind in self.kinds
        return fits_kind and (self.origins is None or failure.origin in self.origins)
