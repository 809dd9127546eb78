"""Models chosen for one start: for one step, or for all that an agent works on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from runner.definitions import Known, problems_of_model
from runner.model import StepKind, StepPlan
from runner.outcomes import InvalidInput


@dataclass(frozen=True, kw_only=True)
class ModelChoice:
    """`position` counts from 0; None: every step of an agent that no other choice names."""

    model: str
    position: int | None = None


def with_models(plans: Sequence[StepPlan], choices: Sequence[ModelChoice]) -> list[StepPlan]:
    """The plans with the models chosen for them; the choices were judged before."""
    chosen = {choice.position: choice.model for choice in choices}
    models = [chosen.get(position, chosen.get(None)) for position in range(len(plans))]
    return [
        replace(plan, model=model) if model and plan.kind is StepKind.AGENT else plan
        for plan, model in zip(plans, models, strict=True)
    ]


def problems_of_choices(
    choices: Sequence[ModelChoice], plans: Sequence[StepPlan], known: Known | None = None
) -> Iterator[InvalidInput]:
    """What is wrong with them; by their form alone where nothing is known."""
    for number, choice in enumerate(choices):
        place = ("models", str(number))
        if said := _problem_with_position(choice, choices[:number], plans):
            yield InvalidInput(message=said, field=(*place, "position"))
        yield from problems_of_model(choice.model, *place, "model", known=known)


def _problem_with_position(
    choice: ModelChoice, earlier: Sequence[ModelChoice], plans: Sequence[StepPlan]
) -> str | None:
    position = choice.position
    if any(other.position == position for other in earlier):
        what = "all steps" if position is None else f"step {position + 1}"
        return f"Choose one model for {what}."
    if position is None:
        return None
    if not 0 <= position < len(plans):
        return f"There is no step {position + 1}; there are {len(plans)}."
    if plans[position].kind is not StepKind.AGENT:
        return f"Step {position + 1} is an approval: no model works on it."
    return None
