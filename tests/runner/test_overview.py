"""Every pipeline stands in exactly one section of the list."""

from dataclasses import replace

import pytest

from runner.model import PipelineStatus
from runner.overview import PipelineCounts, PipelineSection, section_of
from tests.support.builders import a_pipeline

NEEDS_YOU, RUNNING, DONE = PipelineSection


@pytest.mark.parametrize(
    ("status", "settled", "section"),
    [
        (PipelineStatus.PENDING, False, RUNNING),
        (PipelineStatus.RUNNING, False, RUNNING),
        (PipelineStatus.WAITING, False, NEEDS_YOU),
        (PipelineStatus.FAILED, False, NEEDS_YOU),
        (PipelineStatus.FAILED, True, DONE),
        (PipelineStatus.SUCCEEDED, False, DONE),
        (PipelineStatus.CANCELLED, True, DONE),
    ],
)
def test_where_a_pipeline_stands(status: PipelineStatus, settled: bool, section: PipelineSection) -> None:
    assert section_of(replace(a_pipeline(), status=status), settled=settled) is section


def test_asking_and_failed_need_somebody() -> None:
    assert PipelineCounts(asking=2, failed=3, running=4, done=5).needs_you == 5
