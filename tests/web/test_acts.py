"""A step is tried again from the terminal as `explain` says, and what is asked back names the option for it."""

import re
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from runner.model import Pipeline, StepKind, StepPlan
from runner.principals import Approvals, Role, TokenRequest, owner
from runner.tokens import NewToken
from tests.support.agents import PromptedAgents
from tests.support.application import Running, application
from web.terminal.acts import Acts, Differently
from web.terminal.api_client import ApiClient
from web.terminal.explain_command import explain
from web.terminal.run_command import Asked, follow_new_pipeline
from web.terminal.troubles import CannotDo

pytestmark = pytest.mark.asyncio

ENDED = "subscription { events(types: [PIPELINE_FINISHED]) { __typename ... on PipelineFinished { status } } }"
FAILURE = "subscription { failures { __typename ... on StepFailed { failure { id remedies } } } }"
OWN = "the-servers-own-token"
OWNER = owner("owner", Approvals.ANY)
TEMPLATES = """\
pipelines:
  - {name: fine, steps: [{agent: build}, {agent: build}]}
"""


def git(directory: Path, *command: str) -> None:
    identity = ("-c", "user.name=Tester", "-c", "user.email=tester@example.com")
    subprocess.run(["git", *identity, *command], cwd=directory, check=True)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "commit", "-q", "--allow-empty", "-m", "Begin")
    return folder


@pytest_asyncio.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    (tmp_path / "definitions").mkdir()
    (tmp_path / "definitions" / "pipelines.yaml").write_text(TEMPLATES)
    async with application(tmp_path, PromptedAgents(), checkout_branch=True) as served:
        yield served


async def failed(running: Running, **more: object) -> tuple[Pipeline, str]:
    """A pipeline that has failed, and the id of its failure."""
    async with running.subscription(FAILURE) as failures:
        pipeline = await running.start("fail: no key", **more)
        news = await failures.until("StepFailed")
    assert news["failure"]["remedies"] == ["TRY_AGAIN", "OTHER_MODEL"]
    return pipeline, news["failure"]["id"]


async def test_the_command_that_explain_prints_is_one(running: Running) -> None:
    pipeline, failure = await failed(running)
    client = ApiClient(running.url, None)

    [command] = re.findall(r"^- with: `(.*)`$", await explain(client, failure), re.MULTILINE)
    step_id = command.removeprefix("stepwire retry ")
    async with running.subscription(ENDED) as ended:
        told = await Acts(client).retry(step_id, Differently(prompt="Build it", model="acme/large", timeout=60))
        assert (await ended.until("PipelineFinished"))["status"] == "SUCCEEDED"

    assert told.words == f"Trying again: fail: no key, step 1 build.\n{running.url}/pipelines/{pipeline.id}"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model": "large"}, r"\"large\" is not a model; .* \(model\)"),
        ({"timeout": 0}, r"0 is not between 1 and 2,592,000\. \(timeoutSeconds\)"),
        ({"instruction": "x" * 20_001}, r"It has 20,001 characters; 20,000 are the most\. \(instruction\)"),
    ],
)
async def test_what_is_wrong_is_told_with_its_field(running: Running, changes: dict[str, object], said: str) -> None:
    pipeline, _ = await failed(running)
    differently = Differently(**changes)  # type: ignore[arg-type]

    with pytest.raises(CannotDo, match=f"^Not tried again: .*{said}"):
        await Acts(ApiClient(running.url, None)).retry(pipeline.steps[0].id, differently)


async def test_what_a_role_may_not_do_is_told_in_its_words(tmp_path: Path) -> None:
    async with application(tmp_path, PromptedAgents(), auth="token", token=OWN) as running:
        made = await running.parts.tokens.create(TokenRequest(name="looks on", role=Role.VIEWER), OWNER)
        assert isinstance(made, NewToken)
        acts, asks = Acts(ApiClient(running.url, made.secret)), StepPlan(kind=StepKind.APPROVAL)
        pipeline = await running.start("Wait", asks)

        for what, act in {
            "cancelled": acts.cancel(pipeline.id, None),
            "approved": acts.decide(pipeline.id, None, approved=True),
            "rejected": acts.decide(pipeline.id, "No", approved=False),
            "skipped": acts.skip(pipeline.steps[0].id, "Not today"),
            "tried again": acts.retry(pipeline.steps[0].id, Differently()),
        }.items():
            with pytest.raises(CannotDo, match=rf"^Not {what}: .*looks on.*\bviewer\b") as refused:
                await act
            assert "\n" not in str(refused.value)


async def test_a_branch_and_a_folder_are_asked_about_by_their_options(running: Running, work: Path) -> None:
    client, folder = ApiClient(running.url, None), str(work)
    pipeline, _ = await failed(running, directory=folder, branch="fix/login", create_branch=True)
    step_id = pipeline.steps[0].id
    git(work, "switch", "-q", "main")
    git(work, "branch", "-q", "-D", "fix/login")

    with pytest.raises(CannotDo, match=r'no branch "fix/login" in .* With --create-branch it is\.$'):
        await Acts(client).retry(step_id, Differently())
    with pytest.raises(CannotDo, match=r'no branch "mian" in .* Did you mean main\? .* With --create-branch it is\.$'):
        await follow_new_pipeline(client, Asked(template="fine", prompt="Go", directory=work, branch="mian"))

    await running.start("Wait", StepPlan(kind=StepKind.APPROVAL), directory=folder)
    with pytest.raises(CannotDo, match=r"Already at work in this directory: “Wait”.* With --force it goes on all the"):
        await Acts(client).retry(step_id, Differently())
    git(work, "switch", "-q", "-c", "fix/login")
    told = await Acts(client).retry(step_id, Differently(prompt="Build it", force=True))
    assert told.words.startswith("Trying again: ")


async def test_models_are_chosen_by_number_or_for_all(running: Running) -> None:
    asked = Asked(template="fine", prompt="Go", models=("acme/large", "2=acme/large"))

    assert asked.variables()["input"]["models"] == [
        {"model": "acme/large"},
        {"position": 1, "model": "acme/large"},
    ]
    with pytest.raises(CannotDo, match=r"There is no step 3; there are 2\. \(models\.0\.position\)"):
        await follow_new_pipeline(
            ApiClient(running.url, None), Asked(template="fine", prompt="Go", models=("3=acme/large",))
        )


@pytest.mark.parametrize("typed", ["developer=acme/large", "=acme/large", "1.5=acme/large", f"{'9' * 5000}=acme/large"])
async def test_a_choice_that_names_no_step_by_number_is_refused(typed: str) -> None:
    with pytest.raises(CannotDo, match="is no choice of a model"):
        Asked(template="fine", prompt="Go", models=(typed,)).variables()
