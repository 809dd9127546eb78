"""A start is refused for what is wrong with it, naming the field, and for nothing that only the engine's trouble is."""

import asyncio
from pathlib import Path

import pytest

from runner.composition import Composer, InvalidInput, StartRequest, StepRequest
from runner.failures import AgentError, FailureKind
from runner.model import Agent, Pipeline, StepKind, StepPlan, Template
from runner.ports import Known
from runner.redaction import Redactor
from tests.support.builders import ANA, NOW, a_failure, a_plan, an_approval_plan
from tests.support.fakes import FakeBranches, FakeCatalog, FakeClock, FakeIssues, ScriptedAgents

pytestmark = pytest.mark.asyncio

KNOWN = Known(agents={"build": "Builds", "plan": "Plans"}, models=frozenset({"acme/large"}))
CODER = Agent(name="coder", engine_agent="build", model="acme/large", instructions="Be brief.")
GHOST = Agent(name="ghost", engine_agent="gone")
TEMPLATES = [
    Template(name="quick_fix", steps=(StepPlan(agent="coder"), an_approval_plan(), StepPlan(agent="plan"))),
    Template(name="empty"),
    Template(name="haunted", steps=(StepPlan(agent="coder"), StepPlan(agent="ghost"))),
    Template(name="crooked", steps=(StepPlan(agent="coder", model="large"),)),
]


def a_composer(
    agents: ScriptedAgents | None = None,
    *,
    branches: FakeBranches | None = None,
    roots: tuple[str, ...] = ("/",),
    secrets: tuple[str, ...] = (),
) -> Composer:
    return Composer(
        catalog=FakeCatalog([CODER, GHOST], TEMPLATES),
        agents=agents or ScriptedAgents(KNOWN),
        issues=FakeIssues(**{"acme/app#7": "# Crash at start"}),
        branches=branches,
        clock=FakeClock(),
        redactor=Redactor(secrets),
        directory_roots=roots,
    )


def a_request(**says: object) -> StartRequest:
    values: dict[str, object] = {"prompt": "Tidy up", "steps": (StepRequest(agent="coder"),)}
    return StartRequest(**{**values, **says})  # type: ignore[arg-type]


async def composed(request: StartRequest, composer: Composer | None = None) -> Pipeline:
    pipeline = await (composer or a_composer()).compose(request, ANA)
    assert isinstance(pipeline, Pipeline), pipeline
    return pipeline


async def refused(request: StartRequest, composer: Composer | None = None) -> InvalidInput:
    problem = await (composer or a_composer()).compose(request, ANA)
    assert isinstance(problem, InvalidInput), problem
    return problem


async def test_a_free_composition_becomes_a_pipeline() -> None:
    steps = (StepRequest(agent="coder", timeout_seconds=60), StepRequest(kind=StepKind.APPROVAL, description="Ship?"))

    pipeline = await composed(a_request(steps=steps, title="Tidy", branch="tidy"))

    assert (pipeline.title, pipeline.prompt, pipeline.branch, pipeline.template) == ("Tidy", "Tidy up", "tidy", None)
    assert (pipeline.started_by, pipeline.created_at) == (ANA, NOW)
    assert [step.plan.kind for step in pipeline.steps] == [StepKind.AGENT, StepKind.APPROVAL]
    assert [step.position for step in pipeline.steps] == [0, 1]
    assert pipeline.steps[0].plan.timeout_seconds == 60


async def test_a_template_brings_its_steps_and_the_catalog_its_agents() -> None:
    pipeline = await composed(a_request(template="quick_fix", steps=None))

    first, approval, last = (step.plan for step in pipeline.steps)
    assert pipeline.template == "quick_fix"
    assert (first.engine_agent, first.model, first.instructions) == ("build", "acme/large", "Be brief.")
    assert approval.kind is StepKind.APPROVAL
    assert (last.agent, last.engine_agent) == ("plan", "plan")


async def test_the_model_of_a_step_comes_before_that_of_its_agent() -> None:
    agents = ScriptedAgents(Known(agents=KNOWN.agents, models=frozenset({"acme/large", "acme/small"})))

    pipeline = await composed(a_request(steps=(StepRequest(agent="coder", model="acme/small"),)), a_composer(agents))

    assert pipeline.steps[0].plan.model == "acme/small"


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("# Mend the login\n\nIt is broken.", "Mend the login"),
        ("###", "###"),
        ("word " * 40, f"{('word ' * 40)[:79].rstrip()}…"),
    ],
    ids=["a heading", "nothing but signs", "a long line"],
)
async def test_a_pipeline_without_a_title_is_named_after_its_prompt(prompt: str, title: str) -> None:
    assert (await composed(a_request(prompt=prompt))).title == title


async def test_secrets_are_taken_out_of_what_a_person_typed() -> None:
    request = a_request(
        prompt="Use hunter2hunter2",
        title="About hunter2hunter2",
        steps=(StepRequest(agent="coder", description="with hunter2hunter2"),),
    )

    pipeline = await composed(request, a_composer(secrets=("hunter2hunter2",)))

    assert "hunter2" not in repr(pipeline)


REFUSALS: dict[str, tuple[dict[str, object], tuple[str, ...], str]] = {
    "an empty prompt": ({"prompt": " \n"}, ("prompt",), "empty"),
    "a prompt without end": ({"prompt": "x" * 1_000_001}, ("prompt",), "1,000,001 characters"),
    "an unknown template": ({"template": "slow", "steps": None}, ("template",), "crooked, empty, haunted, quick_fix"),
    "a template without steps": ({"template": "empty", "steps": None}, ("template",), "has no steps"),
    "template and steps": ({"template": "quick_fix"}, ("template",), "not both"),
    "neither template nor steps": ({"steps": None}, ("template",), "Give a template or steps"),
    "no steps": ({"steps": ()}, ("steps",), "at least one"),
    "a template's unknown agent": (
        {"template": "haunted", "steps": None},
        ("template", "steps", "1", "agent"),
        'Agent "ghost" ("gone") does not exist; there are: build, plan.',
    ),
    "a template's malformed model": (
        {"template": "crooked", "steps": None},
        ("template", "steps", "0", "model"),
        "provider/model",
    ),
    "an issue that cannot be had": ({"github_issue": "acme/app#8"}, ("githubIssue",), "cannot be fetched"),
    "a branch that is none": ({"branch": "a..b c"}, ("branch",), "no name"),
    "a relative directory": ({"directory": "src"}, ("directory",), "not an absolute path"),
    "a directory that is missing": ({"directory": "/no/such"}, ("directory",), "does not exist"),
    "a directory with a NUL": ({"directory": "/no\0such"}, ("directory",), "does not exist"),
    "the home of nobody": ({"directory": "~nobody-here/x"}, ("directory",), "does not exist"),
}
STEP_REFUSALS: dict[str, tuple[dict[str, object], str, str]] = {
    "no agent": ({"agent": " "}, "agent", "Name the agent"),
    "an approval with an agent": ({"kind": StepKind.APPROVAL}, "agent", "has no agent"),
    "an unknown agent": ({"agent": "reviewr"}, "agent", 'Agent "reviewr" does not exist; there are: build, plan.'),
    "a malformed model": ({"model": "large"}, "model", "provider/model"),
    "an unknown model": ({"model": "acme/x"}, "model", 'Model "acme/x" is not configured in OpenCode.'),
    "no time": ({"timeout_seconds": 0}, "timeoutSeconds", "0 is not between 1 and"),
    "too much time": ({"timeout_seconds": 10**9}, "timeoutSeconds", "between"),
    "no attempts": ({"max_attempts": 0}, "maxAttempts", "between 1 and 20"),
    "too many attempts": ({"max_attempts": 21}, "maxAttempts", "between 1 and 20"),
    "a reminder in no time": ({"remind_after_seconds": 0}, "remindAfterSeconds", "between"),
    "an expiry in the past": ({"expires_after_seconds": -1}, "expiresAfterSeconds", "between"),
    "a schema that is none": ({"handoff_schema": "string"}, "handoffSchema", "an object"),
}


@pytest.mark.parametrize("case", REFUSALS)
async def test_what_is_wrong_with_a_start_is_said_with_its_field(case: str) -> None:
    says, field, words = REFUSALS[case]

    problem = await refused(a_request(**says))

    assert problem.field == field
    assert words in problem.message


@pytest.mark.parametrize("case", STEP_REFUSALS)
async def test_what_is_wrong_with_a_step_is_said_with_its_place(case: str) -> None:
    says, field, words = STEP_REFUSALS[case]
    step = StepRequest(**{"agent": "coder", **says})  # type: ignore[arg-type]

    problem = await refused(a_request(steps=(StepRequest(agent="coder"), step)))

    assert problem.field == ("steps", "1", field)
    assert words in problem.message


async def test_a_handoff_schema_makes_the_handoff_compulsory() -> None:
    schema = {"type": "object"}

    pipeline = await composed(a_request(steps=(StepRequest(agent="coder", handoff_schema=schema),)))  # type: ignore[arg-type]

    assert pipeline.steps[0].plan.handoff_required
    assert pipeline.steps[0].plan.handoff_schema == schema


async def test_an_issue_goes_before_the_prompt() -> None:
    pipeline = await composed(a_request(github_issue="acme/app#7"))

    assert pipeline.prompt == "# Crash at start\n\nTidy up"
    assert pipeline.title == "Tidy up"


@pytest.mark.parametrize("kind", [FailureKind.ENGINE_UNREACHABLE, FailureKind.CONFIG_INVALID])
async def test_trouble_with_the_engine_does_not_hold_up_a_start(kind: FailureKind) -> None:
    agents = ScriptedAgents(AgentError(a_failure(kind)))

    pipeline = await composed(a_request(steps=(StepRequest(agent="anybody", model="acme/x"),)), a_composer(agents))

    assert pipeline.steps[0].plan.engine_agent == "anybody"


async def test_an_engine_that_does_not_answer_in_time_does_not_hold_up_a_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("runner.composition._PREFLIGHT_SECONDS", 0.0)
    agents = ScriptedAgents()

    async def never() -> Known:
        await asyncio.Event().wait()
        raise AssertionError

    agents.knowing = never

    await composed(a_request(), a_composer(agents))


async def test_a_directory_is_named_after_its_links_are_resolved(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")

    pipeline = await composed(a_request(directory=f" {tmp_path / 'link'} "))

    assert pipeline.directory == str((tmp_path / "real").resolve())


async def test_an_agent_that_is_missing_in_a_directory_is_missing_there(tmp_path: Path) -> None:
    problem = await refused(a_request(directory=str(tmp_path), steps=(StepRequest(agent="reviewr"),)))

    assert f"does not exist in {tmp_path}" in problem.message


async def test_no_directory_means_wherever_the_engine_was_started() -> None:
    assert (await composed(a_request(directory=" "))).directory is None


async def test_a_file_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    problem = await refused(a_request(directory=str(tmp_path / "file")))

    assert (problem.field, "is a file" in problem.message) == (("directory",), True)


async def test_a_link_does_not_lead_out_of_the_roots(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "link").symlink_to("/")

    problem = await refused(
        a_request(directory=str(tmp_path / "inside" / "link")), a_composer(roots=(str(tmp_path / "inside"),))
    )

    assert "outside of where pipelines may work" in problem.message


async def test_a_directory_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)

    problem = await refused(a_request(directory=str(tmp_path)))

    assert "may not read" in problem.message


async def test_a_branch_is_checked_before_the_start_and_checked_out_after_it(tmp_path: Path) -> None:
    branches = FakeBranches()
    composer = a_composer(branches=branches)

    pipeline = await composed(a_request(directory=str(tmp_path), branch="tidy"), composer)
    before = list(branches.checked_out)
    trouble = await composer.prepare(pipeline)

    assert (before, trouble) == ([], None)
    assert branches.checked_out == [(pipeline.directory, "tidy")]


async def test_a_branch_needs_a_directory() -> None:
    problem = await refused(a_request(branch="tidy"), a_composer(branches=FakeBranches()))

    assert problem.field == ("directory",)


async def test_a_branch_that_cannot_be_switched_to_refuses_the_start(tmp_path: Path) -> None:
    composer = a_composer(branches=FakeBranches(check="2 files are not committed."))

    problem = await refused(a_request(directory=str(tmp_path), branch="tidy"), composer)

    assert (problem.field, problem.message) == (("branch",), "2 files are not committed.")


async def test_a_pipeline_without_a_branch_needs_no_preparation() -> None:
    composer = a_composer(branches=FakeBranches(switch="never asked"))

    assert await composer.prepare(await composed(a_request(), composer)) is None


@pytest.mark.parametrize(
    ("model", "seconds", "field"),
    [(None, None, None), ("acme/large", 60, None), ("large", None, ("model",)), (None, 0, ("timeoutSeconds",))],
)
async def test_what_a_person_changes_for_a_retry_is_checked(
    model: str | None, seconds: int | None, field: tuple[str, ...] | None
) -> None:
    problem = a_composer().problem_of_retry(model, seconds)

    assert (problem.field if problem else None) == field


async def test_plans_of_a_template_are_those_of_the_moment_of_the_start() -> None:
    first = await composed(a_request(template="quick_fix", steps=None))

    assert first.steps[0].plan != a_plan("coder")
    assert first.steps[0].plan.instructions == CODER.instructions
