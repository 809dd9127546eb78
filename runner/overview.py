"""The list of pipelines at a glance: its sections, how many are in each, and the causes that keep pipelines failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique

from runner.failure_kinds import FailureKind
from runner.groups import FailureGroup
from runner.model import Pipeline, PipelineStatus

NEWEST = 3


@unique
class PipelineSection(Enum):
    NEEDS_YOU = "NEEDS_YOU"
    RUNNING = "RUNNING"
    DONE = "DONE"


@dataclass(frozen=True, kw_only=True)
class PipelineCounts:
    """Each pipeline in exactly one; `asking` and `failed` together need somebody."""

    asking: int = 0
    failed: int = 0
    running: int = 0
    done: int = 0

    @property
    def needs_you(self) -> int:
        return self.asking + self.failed


@dataclass(frozen=True, kw_only=True)
class OpenCause:
    """Pipelines that stand failed for one cause that nobody has settled: how many, since when, the newest few."""

    group: FailureGroup
    count: int
    since: datetime
    pipelines: Sequence[Pipeline]


@dataclass(frozen=True, kw_only=True)
class PipelineNames:
    """What stored pipelines can be told apart by, each sorted."""

    templates: Sequence[str]
    agents: Sequence[str]
    kinds: Sequence[FailureKind]


def section_of(pipeline: Pipeline, *, settled: bool) -> PipelineSection:
    """`settled` is what `groups.settled` says of its failure; of one without a failure it is False."""
    match pipeline.status:
        case PipelineStatus.WAITING:
            return PipelineSection.NEEDS_YOU
        case PipelineStatus.FAILED:
            return PipelineSection.DONE if settled else PipelineSection.NEEDS_YOU
        case status:
            return PipelineSection.DONE if status.ended else PipelineSection.RUNNING
