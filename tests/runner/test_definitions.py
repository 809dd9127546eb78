"""Agents and templates are judged in one place: before they are kept, and as far as the engine tells when shown."""

import pytest

from runner.definitions import (
    Agent,
    Definitions,
    Known,
    Template,
    agent_as,
    problems_of_agent,
    problems_of_retry,
    problems_of_template,
    template_as,
)
from runner.events import EngineStarted
from runner.model import StepKind, StepPlan
from runner.outcomes import NotAllowed
from tests.runner.desk import Desk
from tests.support.builders import ANA
from tests.support.fakes import ScriptedAgents

KNOWN = Known(agents={"build": "Builds"}, models=frozenset({"acme/large"}), directory="/srv/app")


@pytest.mark.parametrize(
    ("template", "fields"),
    [
        (Template(name="t", steps=(StepPlan(agent="coder"), StepPlan(kind=StepKind.APPROVAL))), []),
        (Template(name="t"), ["steps"]),
        (Template(name="", steps=(StepPlan(agent="coder"), StepPlan())), ["name", "steps.1.agent"]),
        (Template(name="a\nb", steps=(StepPlan(agent="coder", model="large"),)), ["name", "steps.0.model"]),
        (
            Template(name="t", steps=(StepPlan(agent="coder", timeout_seconds=0, max_attempts=21),)),
            ["steps.0.timeoutSeconds", "steps.0.maxAttempts"],
        ),
    ],
)
def test_a_template_is_judged_by_its_form_before_it_is_kept(template: Template, fields: list[str]) -> None:
    assert [".".join(problem.field) for problem in problems_of_template(template)] == fields


@pytest.mark.parametrize(
    ("agent", "fields"),
    [
        (Agent(name="coder", engine_agent="build", model="acme/large"), []),
        (Agent(name="x" * 201, engine_agent=" "), ["name", "engineAgent"]),
        (Agent(name="coder", engine_agent="gone", model="large"), ["engineAgent", "model"]),
        (Agent(name="coder", engine_agent="build", model="acme/small"), ["model"]),
    ],
)
def test_an_agent_is_judged_by_its_form_and_by_what_is_known(agent: Agent, fields: list[str]) -> None:
    assert [".".join(problem.field) for problem in problems_of_agent(agent, KNOWN)] == fields


@pytest.mark.parametrize(
    ("model", "seconds", "fields"),
    [
        (None, None, []),
        ("acme/large", 60, []),
        ("large", None, [("model",)]),
        (None, 0, [("timeoutSeconds",)]),
        (None, 30 * 86_400 + 1, [("timeoutSeconds",)]),
    ],
)
def test_what_a_person_changes_for_a_retry_is_judged(
    model: str | None, seconds: int | None, fields: list[tuple[str, ...]]
) -> None:
    assert [problem.field for problem in problems_of_retry(model, seconds)] == fields


def test_a_problem_of_an_agent_is_one_of_the_templates_that_use_it() -> None:
    ghost = Agent(name="ghost", engine_agent="gone", model="large")
    template = Template(name="t", steps=(StepPlan(agent="build"), StepPlan(agent="ghost")))

    problems = template_as(template, Definitions(agents={"ghost": ghost}), KNOWN).problems

    missing = 'Agent "ghost" ("gone") does not exist in /srv/app; there are: build.'
    malformed = '"large" is not a model; write provider/model, e.g. anthropic/claude-sonnet-4-5.'
    assert sorted(problems) == sorted((f"Step 2: {missing}", f"Step 2: {malformed}"))
    assert sorted(agent_as(ghost, KNOWN).problems) == sorted((missing, malformed))


def test_an_engine_without_agents_says_so() -> None:
    assert Known(agents={}, models=KNOWN.models).problem_with_agent("build") == (
        'Agent "build" does not exist; there are: none.'
    )


@pytest.mark.asyncio
async def test_what_is_saved_is_tidied_and_comes_back_judged() -> None:
    desk = Desk(agents=ScriptedAgents(KNOWN))

    agent = await desk.commands.save_agent(None, Agent(name=" a ", engine_agent=" gone ", model=" "), ANA)
    template = await desk.commands.save_template("t", Template(name=" t ", steps=(StepPlan(agent=" build "),)), ANA)

    assert isinstance(agent, Agent)
    assert (agent.name, agent.engine_agent, agent.model, agent.available) == ("a", "gone", None, False)
    assert agent.problems == ('Agent "a" ("gone") does not exist; there are: build.',)
    assert template == Template(name="t", steps=(StepPlan(agent="build"),))
    assert [name for name, _ in desk.editor.given] == [None, "t"]


@pytest.mark.asyncio
async def test_a_refusal_of_the_editor_is_the_answer() -> None:
    desk = Desk()
    refusal = desk.editor.refusal = NotAllowed(message="Edit the file itself.")
    agent, template = Agent(name="a", engine_agent="a"), Template(name="t", steps=(StepPlan(agent="a"),))

    outcomes = [
        await desk.commands.save_agent(None, agent, ANA),
        await desk.commands.save_template(None, template, ANA),
        await desk.commands.delete_agent("a", ANA),
        await desk.commands.delete_template("t", ANA),
    ]

    assert outcomes == [refusal] * 4


@pytest.mark.asyncio
async def test_what_is_none_does_not_come_as_far_as_the_files() -> None:
    desk = Desk()

    outcomes = [
        await desk.commands.save_agent(None, Agent(name="a", engine_agent=""), ANA),
        await desk.commands.save_template(None, Template(name="t"), ANA),
    ]

    assert [type(outcome).__name__ for outcome in outcomes] == ["InvalidInput"] * 2
    assert desk.editor.given == []


@pytest.mark.asyncio
async def test_the_engine_is_started_by_a_command_too() -> None:
    desk = Desk(agents=ScriptedAgents(KNOWN))

    health = await desk.commands.start_engine(ANA)

    assert health.reachable
    [recorded] = desk.journal._stored.log
    assert recorded.event == EngineStarted(at=recorded.event.at, actor=ANA, reachable=True, url=health.url)
