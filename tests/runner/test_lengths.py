"""A text that is too long is refused at its field, whoever is given it, and nothing is stored or cut."""

from typing import Any

import pytest

from runner import lengths
from runner.commands import RetryRequest
from runner.definitions import Agent, Template, problems_of_agent, problems_of_template
from runner.model import StepPlan
from runner.outcomes import InvalidInput
from tests.runner.composing import a_composer, a_request, composed, refused
from tests.runner.desk import Desk
from tests.support.builders import ANA

STARTS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "title": ({"title": "t" * 201}, ("title",)),
    "template": ({"steps": None, "template": "t" * 201}, ("template",)),
    "prompt": ({"prompt": "p" * 1_000_001}, ("prompt",)),
    "directory": ({"directory": "/" + "d" * 4096}, ("directory",)),
    "branch": ({"branch": "b" * 251}, ("branch",)),
    "issue": ({"github_issue": "a/" + "b" * 300 + "#7"}, ("githubIssue",)),
    "steps": ({"steps": (StepPlan(agent="plan"),) * 101}, ("steps",)),
    "agent": ({"steps": (StepPlan(agent="a" * 201),)}, ("steps", "0", "agent")),
    "model": ({"steps": (StepPlan(agent="plan", model="a/" + "b" * 199),)}, ("steps", "0", "model")),
    "description": ({"steps": (StepPlan(agent="plan", description="d" * 20_001),)}, ("steps", "0", "description")),
}


@pytest.mark.asyncio
@pytest.mark.parametrize(("says", "field"), STARTS.values(), ids=STARTS)
async def test_a_start_hears_which_field_is_too_long(says: dict[str, Any], field: tuple[str, ...]) -> None:
    problem = await refused(a_request(**says))

    assert problem.field == field
    assert len(problem.message) < 200, "what is too long is not repeated"


@pytest.mark.asyncio
async def test_what_is_just_not_too_long_is_taken() -> None:
    pipeline = await composed(a_request(title="t" * 200, steps=(StepPlan(agent="plan"),) * 100))

    assert (len(pipeline.title), len(pipeline.steps)) == (200, 100)


@pytest.mark.asyncio
async def test_an_issue_that_is_only_looked_at_has_the_same_limit() -> None:
    problem = await a_composer().issue("a" * 201)

    assert isinstance(problem, InvalidInput)
    assert problem.field == ("reference",)


@pytest.mark.asyncio
async def test_a_key_is_refused_before_it_is_looked_up() -> None:
    desk, key = Desk(), "k" * 201

    started = await desk.commands.start_pipeline(a_request(idempotency_key=key), ANA)
    retried = await desk.commands.retry_step(
        RetryRequest(step_id=(await desk.failed()).steps[0].id, idempotency_key=key), ANA
    )

    assert (
        started
        == retried
        == InvalidInput(message="It has 201 characters; 200 are the most.", field=("idempotencyKey",))
    )


@pytest.mark.asyncio
async def test_whoever_mends_a_step_hears_it_too() -> None:
    desk = Desk()
    failed = await desk.failed()
    step = failed.steps[0].id

    outcomes = {
        "instruction": await desk.commands.retry_step(RetryRequest(step_id=step, instruction="x" * 20_001), ANA),
        "prompt": await desk.commands.retry_step(RetryRequest(step_id=step, prompt="x" * 1_000_001), ANA),
        "model": await desk.commands.retry_step(RetryRequest(step_id=step, model="a/" + "x" * 199), ANA),
        "markdown": await desk.commands.supply_handoff(step, ANA, "x" * 1_000_001),
        "reason": await desk.commands.skip_step(step, ANA, "x" * 20_001),
    }

    fields = {name: outcome.field for name, outcome in outcomes.items() if isinstance(outcome, InvalidInput)}
    assert fields == {name: (name,) for name in outcomes}
    assert await desk.now() == failed


def test_definitions_have_limits() -> None:
    agent = Agent(
        name="a" * 201,
        engine_agent="e" * 201,
        description="d" * 20_001,
        model="a/" + "b" * 199,
        instructions="i" * (lengths.INSTRUCTIONS + 1),
    )
    template = Template(name="t" * 201, description="d" * 20_001, steps=(StepPlan(agent="plan"),) * 101)

    of_agent = [problem.field for problem in problems_of_agent(agent)]
    of_template = [problem.field for problem in problems_of_template(template)]

    assert of_agent == [("name",), ("engineAgent",), ("description",), ("instructions",), ("model",)]
    assert of_template == [("name",), ("description",), ("steps",)]
