"""What a person does about a step without success: try again, go on without it, or write what it did not give."""

from dataclasses import replace
from datetime import datetime

from runner.changes import Change, IllegalTransition, changed, resumed_by, step_of
from runner.events import PipelineResumed, StepSkipped, StepSucceeded
from runner.failures import Json
from runner.model import Actor, Handoff, Pipeline, PipelineStatus, Step, StepId, StepPlan, StepStatus


def retry_step(
    pipeline: Pipeline,
    step_id: StepId,
    actor: Actor,
    at: datetime,
    *,
    model: str | None = None,
    instruction: str | None = None,
    timeout_seconds: int | None = None,
    prompt: str | None = None,
    plan: StepPlan | None = None,
) -> Change:
    """A person has a failed, cancelled or interrupted step tried again; what came before it is kept.

    While stepwire waits for the next attempt of its own, this means: now. What is given replaces what the step had.
    """
    step = _to_be_mended(pipeline, step_id, "tried again")
    resumed = PipelineResumed(
        at=at,
        actor=actor,
        pipeline_id=pipeline.id,
        step_id=step.id,
        reason=f"{actor.name} tries step {step.position + 1} again",
        model=model,
        instruction=instruction,
        timeout_seconds=timeout_seconds,
        prompt=prompt,
        plan=plan,
    )
    return changed(pipeline, [replace(resumed, reason=resumed.reason + _what_changed(resumed))])


def skip_step(pipeline: Pipeline, step_id: StepId, actor: Actor, reason: str, at: datetime) -> Change:
    """A person goes on without a step that did not succeed."""
    step = _to_be_replaced(pipeline, step_id, "skipped")
    skipped = StepSkipped(at=at, actor=actor, pipeline_id=pipeline.id, step_id=step.id, reason=reason)
    return resumed_by(pipeline, [skipped], actor, f"{actor.name} skipped step {step.position + 1}: {reason}", at)


def supply_handoff(
    pipeline: Pipeline, step_id: StepId, actor: Actor, markdown: str, at: datetime, data: Json = None
) -> Change:
    """A person writes the output that the agent did not give; the pipeline goes on with it."""
    step = _to_be_replaced(pipeline, step_id, "replaced by hand")
    handoff = Handoff(markdown=markdown, data=data, created_at=at, supplied_by=actor)
    succeeded = StepSucceeded(
        at=at, actor=actor, pipeline_id=pipeline.id, step_id=step.id, attempt=len(step.attempts), handoff=handoff
    )
    reason = f"{actor.name} supplied the handoff of step {step.position + 1}"
    return resumed_by(pipeline, [succeeded], actor, reason, at)


def _what_changed(resumed: PipelineResumed) -> str:
    """What the attempt does differently, for whoever reads the audit trail."""
    differences = {
        "today's definition": resumed.plan,
        f"the model {resumed.model}": resumed.model,
        "another prompt": resumed.prompt,
        "a further instruction": resumed.instruction,
        f"a limit of {resumed.timeout_seconds}s": resumed.timeout_seconds,
    }
    told = [words for words, value in differences.items() if value is not None]
    return f", with {', '.join(told)}" if told else ""


def _to_be_mended(pipeline: Pipeline, step_id: StepId, done: str) -> Step:
    """The step that a person may act on: where an unsuccessful pipeline stands, or one between two attempts."""
    step = step_of(pipeline, step_id)
    place = f"Step {step.position + 1}"
    if step.status in (StepStatus.SUCCEEDED, StepStatus.SKIPPED):
        became = "was skipped" if step.status is StepStatus.SKIPPED else f"has {step.status.value.lower()}"
        raise IllegalTransition(f"{place} {became}; only a step without success can be {done}.")
    between = step.attempt is not None and step.attempt.status.ended and step.status is StepStatus.RUNNING
    unsuccessful = pipeline.status in (PipelineStatus.FAILED, PipelineStatus.CANCELLED)
    if step != pipeline.current or not (unsuccessful or between):
        raise IllegalTransition(f"{place} is {step.status.value.lower()}; only a step without success can be {done}.")
    return step


def _to_be_replaced(pipeline: Pipeline, step_id: StepId, done: str) -> Step:
    """As above, and it has begun: no step succeeds or is skipped that never started."""
    step = _to_be_mended(pipeline, step_id, done)
    if not step.attempts:
        raise IllegalTransition(
            f"Step {step.position + 1} has not begun yet; only a step without success can be {done}."
        )
    return step
