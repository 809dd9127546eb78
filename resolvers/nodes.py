"""Things found again by their id: the prefix says what it is of."""

import re
from collections.abc import Awaitable, Callable, Mapping

from resolvers.loaders import Loaders
from resolvers.outcomes import approval_in
from runner.ids import pipeline_id_of, step_id_in
from runner.model import PipelineId, StepId
from schema.common import Node
from schema.failures import Failure, FailureGroup
from schema.pipelines import Pipeline, Step
from schema.waits import Approval


async def node(id: str, loaders: Loaders) -> Node | None:
    """None when there is no such thing (any more), or the id is none of ours."""
    find = _FINDERS.get(id.partition("_")[0])
    return await find(id, loaders) if find and _ID.fullmatch(id) else None


async def pipeline(id: str, loaders: Loaders) -> Pipeline | None:
    found = await loaders.known_pipeline(PipelineId(id))
    return Pipeline.as_of(found) if found else None


async def step(id: str, loaders: Loaders) -> Step | None:
    step_id = StepId(id)
    found = await loaders.known_pipeline(pipeline_id_of(step_id))
    return Pipeline.as_of(found).step(step_id) if found and found.value.step(step_id) else None


async def failure(id: str, loaders: Loaders) -> Failure | None:
    record = await loaders.known_failure(id)
    return Failure.of(record) if record else None


async def failure_group(id: str, loaders: Loaders) -> FailureGroup | None:
    found = await loaders.known_failure_group(id)
    return FailureGroup.of(found) if found else None


async def approval(id: str, loaders: Loaders) -> Approval | None:
    found = await loaders.known_pipeline(pipeline_id_of(step_id_in(id)))
    return approval_in(Pipeline.as_of(found), id) if found else None


_ID = re.compile(r"[a-z]+_[0-9a-zA-Z_]+")
_FINDERS: Mapping[str, Callable[[str, Loaders], Awaitable[Node | None]]] = {
    "pip": pipeline,
    "stp": step,
    "fai": failure,
    "grp": failure_group,
    "app": approval,
}
