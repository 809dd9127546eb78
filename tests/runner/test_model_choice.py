"""A start may name other models than its template has, for one step or for all, and hears what is wrong with each."""

import pytest

from runner.model import StepKind
from runner.model_choice import ModelChoice
from tests.runner.composing import KNOWN, a_composer, a_request, composed, refused
from tests.support.fakes import ScriptedAgents

pytestmark = pytest.mark.asyncio

LARGE, SMALL = "acme/large", "acme/small"


def knowing() -> ScriptedAgents:
    return ScriptedAgents(type(KNOWN)(agents=KNOWN.agents, models=frozenset({LARGE, SMALL})))


@pytest.mark.parametrize(
    ("choices", "models"),
    {
        "none": ((), [LARGE, None, None]),
        "all": ((ModelChoice(model=SMALL),), [SMALL, None, SMALL]),
        "one": ((ModelChoice(model=SMALL, position=2),), [LARGE, None, SMALL]),
        "all but one": ((ModelChoice(model=LARGE, position=2), ModelChoice(model=SMALL)), [SMALL, None, LARGE]),
    }.values(),
    ids=["none", "all", "one", "all but one"],
)
async def test_a_model_chosen_for_a_start_is_that_of_its_steps(
    choices: tuple[ModelChoice, ...], models: list[str | None]
) -> None:
    pipeline = await composed(a_request(steps=None, template="quick_fix", models=choices), a_composer(knowing()))

    assert [step.plan.model for step in pipeline.steps] == models
    assert [step.plan.kind for step in pipeline.steps][1] is StepKind.APPROVAL


async def test_steps_that_were_composed_may_be_given_models_the_same_way() -> None:
    pipeline = await composed(a_request(models=(ModelChoice(model=SMALL),)), a_composer(knowing()))

    assert pipeline.steps[0].plan.model == SMALL


WRONG = {
    "no such step": ([ModelChoice(model=LARGE, position=3)], "position", "There is no step 4; there are 3."),
    "before the first": ([ModelChoice(model=LARGE, position=-1)], "position", "There is no step 0; there are 3."),
    "an approval": ([ModelChoice(model=LARGE, position=1)], "position", "Step 2 is an approval: no model works on it."),
    "no form": ([ModelChoice(model="large", position=0)], "model", '"large" is not a model; write provider/model'),
    "empty": ([ModelChoice(model="", position=0)], "model", '"" is not a model'),
    "unknown": ([ModelChoice(model="acme/tiny")], "model", 'Model "acme/tiny" is not configured in OpenCode.'),
}


@pytest.mark.parametrize(("choices", "part", "said"), WRONG.values(), ids=WRONG)
async def test_a_choice_that_cannot_be_kept_is_refused_at_its_place(
    choices: list[ModelChoice], part: str, said: str
) -> None:
    request = a_request(steps=None, template="quick_fix", models=(ModelChoice(model=LARGE, position=2), *choices))

    problem = await refused(request, a_composer(knowing()))

    assert problem.field == ("models", "1", part)
    assert problem.message.startswith(said)


@pytest.mark.parametrize(("position", "said"), [(0, "for step 1."), (None, "for all steps.")])
async def test_one_step_is_given_one_model(position: int | None, said: str) -> None:
    twice = tuple(ModelChoice(model=model, position=position) for model in (LARGE, SMALL))

    problem = await refused(a_request(steps=None, template="quick_fix", models=twice), a_composer(knowing()))

    assert (problem.field, problem.message) == (("models", "1", "position"), f"Choose one model {said}")
