"""Ids: how they are made, and which other ones can be read in them."""

import secrets
from datetime import datetime

from runner.model import PipelineId, StepId


def new_pipeline_id(at: datetime) -> PipelineId:
    """A fresh id; ids sort by the time they were made."""
    return PipelineId(f"pip_{int(at.timestamp() * 1000):012x}{secrets.token_hex(5)}")


def step_id_of(pipeline_id: PipelineId, position: int) -> StepId:
    return StepId(f"stp_{pipeline_id.removeprefix('pip_')}_{position}")


def pipeline_id_of(step_id: StepId) -> PipelineId:
    return PipelineId(f"pip_{step_id.removeprefix('stp_').rpartition('_')[0]}")


def part_id(prefix: str, step_id: StepId, *parts: object) -> str:
    """The id of something that belongs to a step (fai, app, att): unique because the step's place and `parts` are."""
    return "_".join((prefix, step_id.removeprefix("stp_"), *map(str, parts)))


def step_id_in(part_id: str) -> StepId:
    """The step that something with such an id belongs to."""
    return StepId("stp_" + "_".join(part_id.split("_")[1:3]))
