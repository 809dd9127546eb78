"""What keeps a mutation from whoever may not: asked before each of them, by its name, and answered as data."""

from typing import Any

import strawberry
import structlog
from strawberry.extensions import FieldExtension

from resolvers import outcomes
from resolvers.context import Context
from runner.ids import pipeline_id_of
from runner.model import StepId, StepKind
from runner.outcomes import Forbidden, StorageUnavailable
from runner.principals import refusal
from runner.unavailable import or_unavailable

_log = structlog.get_logger("stepwire.api")


class Permitted(FieldExtension):
    """For mutations whose result may be `Forbidden`."""

    async def resolve_async(self, next_: Any, source: Any, info: strawberry.Info[Context, None], **given: Any) -> Any:
        kind = await _kind(info.context, given.get("step_id"))
        if isinstance(kind, StorageUnavailable):
            return outcomes.refused(kind)
        if refused := refused_by(info.context, info.python_name, kind):
            return outcomes.refused(refused)
        return await next_(source, info, **given)


def refused_by(context: Context, command: str, kind: StepKind | None = None) -> Forbidden | None:
    """Why whoever asks may not have it done, which the log is told, too; None: they may."""
    refused = refusal(context.principal, command, kind)
    if refused is not None:
        actor = context.actor
        _log.warning("forbidden", command=command, actor=actor.name, channel=actor.channel)
    return refused


@or_unavailable
async def _kind(context: Context, step_id: str | None) -> StepKind | None:
    """Of the step that something is done to; None where there is none."""
    if step_id is None:
        return None
    pipeline = await context.journal.load(pipeline_id_of(StepId(step_id)))
    step = pipeline.step(StepId(step_id)) if pipeline else None
    return step.plan.kind if step else None
