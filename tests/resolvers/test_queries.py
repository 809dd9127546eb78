"""A question is answered from the stored state, as of a place in the log; a bad one is told what is wrong with it."""

import pytest

from runner.attention import Attention, AttentionKind, PermissionRequest
from runner.failure_kinds import KINDS, FailureKind
from runner.failures import Usage
from runner.model import StepPlan
from schema.scalars import encode_cursor
from tests.resolvers.world import APPROVAL, World

pytestmark = pytest.mark.asyncio

PIPELINES = """
query ($first: Int, $after: String, $filter: PipelineFilter) {
  pipelines(first: $first, after: $after, filter: $filter) {
    nodes { title }
    edges { cursor node { title } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    totalCount
  }
}
"""


@pytest.fixture
def world() -> World:
    return World()


async def test_a_failed_pipeline_says_why_at_every_level(world: World) -> None:
    failed = await world.failed(message="The provider rejected the API key (status 401)")

    shown = (
        await world.ask(
            """
            query ($id: ID!) {
              pipeline(id: $id) {
                status errorMessage
                failure { kind origin message hint retryable attempt retryDecision { outcome attemptsLeft } }
                steps { status errorMessage failure { message } attempts { number status failure { message } } }
              }
            }
            """,
            id=failed.id,
        )
    )["pipeline"]

    message = "The provider rejected the API key (status 401)"
    assert (shown["status"], shown["errorMessage"]) == ("FAILED", message)
    assert shown["failure"] == {
        "kind": "PROVIDER_AUTH",
        "origin": "PROVIDER",
        "message": message,
        "hint": KINDS[FailureKind.PROVIDER_AUTH].hint,
        "retryable": False,
        "attempt": 1,
        "retryDecision": {"outcome": "NOT_RETRYABLE", "attemptsLeft": 0},
    }
    assert shown["steps"] == [
        {
            "status": "FAILED",
            "errorMessage": message,
            "failure": {"message": message},
            "attempts": [{"number": 1, "status": "FAILED", "failure": {"message": message}}],
        }
    ]


async def test_what_nobody_told_is_null_beside_the_promised_figures(world: World) -> None:
    pipeline = await world.succeed(await world.running(), usage=Usage(input_tokens=7, output_tokens=None, cost=None))

    shown = await world.ask(
        "query ($id: ID!) { pipeline(id: $id) { steps { attempts { usage { "
        "inputTokens outputTokens cost knownInputTokens knownOutputTokens knownCost } } } } }",
        id=pipeline.id,
    )

    assert shown["pipeline"]["steps"][0]["attempts"][0]["usage"] == {
        "inputTokens": 7,
        "outputTokens": 0,
        "cost": 0.0,
        "knownInputTokens": 7,
        "knownOutputTokens": None,
        "knownCost": None,
    }


async def test_an_answer_names_the_place_after_which_nothing_is_missed(world: World) -> None:
    failed = await world.failed()

    shown = await world.ask("query ($id: ID!) { pipeline(id: $id) { cursor } }", id=failed.id)

    assert shown["pipeline"]["cursor"] == encode_cursor(await world.journal.newest())


async def test_a_failure_names_the_place_of_its_event(world: World) -> None:
    await world.failed()

    shown = await world.ask(
        "{ events(types: [STEP_FAILED]) { nodes { cursor ... on StepFailed { failure { cursor } } } } "
        "failures { nodes { cursor } } pipelines { nodes { failure { cursor } } } }"
    )

    told = shown["events"]["nodes"][0]["cursor"]
    assert shown["events"]["nodes"][0]["failure"]["cursor"] == told
    assert shown["failures"]["nodes"][0]["cursor"] == told
    assert shown["pipelines"]["nodes"][0]["failure"]["cursor"] == told


async def test_a_list_is_read_page_by_page(world: World) -> None:
    for title in ("one", "two", "three"):
        await world.started(title=title)

    newest = (await world.ask(PIPELINES, first=2))["pipelines"]
    oldest = (await world.ask(PIPELINES, first=2, after=newest["pageInfo"]["endCursor"]))["pipelines"]

    assert [node["title"] for node in newest["nodes"]] == ["three", "two"]
    assert [edge["node"]["title"] for edge in newest["edges"]] == ["three", "two"]
    assert newest["pageInfo"]["endCursor"] == newest["edges"][-1]["cursor"]
    assert (newest["pageInfo"]["hasNextPage"], oldest["pageInfo"]["hasNextPage"]) == (True, False)
    assert [node["title"] for node in oldest["nodes"]] == ["one"]
    assert (newest["totalCount"], oldest["totalCount"]) == (3, 3)


async def test_an_empty_list_has_no_ends(world: World) -> None:
    shown = (await world.ask(PIPELINES))["pipelines"]

    assert shown["nodes"] == shown["edges"] == []
    assert shown["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


@pytest.mark.parametrize(
    ("wanted", "titles"),
    [
        ({"status": ["FAILED"]}, ["broken"]),
        ({"status": ["PENDING", "FAILED"]}, ["broken", "fresh"]),
        ({"template": "quick_fix"}, ["fresh"]),
        ({"failureKind": ["PROVIDER_AUTH"]}, ["broken"]),
        ({"status": None, "template": None}, ["broken", "fresh"]),
        ({"status": []}, []),
    ],
)
async def test_a_list_holds_what_fits(world: World, wanted: dict[str, object], titles: list[str]) -> None:
    await world.started(title="fresh", template="quick_fix")
    await world.failed(title="broken")

    shown = (await world.ask(PIPELINES, filter=wanted))["pipelines"]

    assert [node["title"] for node in shown["nodes"]] == titles


async def test_anything_is_found_again_by_its_id(world: World) -> None:
    failed = await world.failed()
    waiting = await world.running(APPROVAL)
    failure, approval = failed.failure, waiting.steps[0].approval
    assert failure is not None
    assert approval is not None
    ids = [failed.id, failed.steps[0].id, failure.id, failure.group_id, approval.id]

    found = [(await world.ask("query ($id: ID!) { node(id: $id) { __typename id } }", id=id))["node"] for id in ids]

    assert [node["__typename"] for node in found] == ["Pipeline", "Step", "Failure", "FailureGroup", "Approval"]
    assert [node["id"] for node in found] == ids


@pytest.mark.parametrize(
    "id",
    ["pip_1", "stp_1_0", "stp_", "fai_1_0_1", "grp_1", "app_1_0_1", "app_", "app", "pip", "att_1_0_1", "", "_", "x"],
)
async def test_what_is_not_there_is_null(world: World, id: str) -> None:
    await world.failed()

    shown = await world.ask("query ($id: ID!) { node(id: $id) { id } pipeline(id: $id) { id } }", id=id)

    assert shown == {"node": None, "pipeline": None}


async def test_a_step_that_asks_says_what_it_waits_for(world: World) -> None:
    running = await world.running()
    asked = PermissionRequest(id="per_1", permission="bash", patterns=("rm -rf build",))
    since = world.clock.now()
    attention = Attention(
        id="att_1", kind=AttentionKind.PERMISSION, message="Wants to run rm", since=since, permission=asked
    )
    await world.attend(running, attention)

    shown = await world.ask(
        "{ pipelines { nodes { status attention { id kind message since nextAt step { position status } "
        "permission { id permission patterns } question { id } } } } }"
    )

    assert shown["pipelines"]["nodes"] == [
        {
            "status": "WAITING",
            "attention": [
                {
                    "id": "att_1",
                    "kind": "PERMISSION",
                    "message": "Wants to run rm",
                    "since": "2026-11-23T21:37:02.123Z",
                    "nextAt": None,
                    "step": {"position": 0, "status": "WAITING"},
                    "permission": {"id": "per_1", "permission": "bash", "patterns": ["rm -rf build"]},
                    "question": None,
                }
            ],
        }
    ]


async def test_a_handoff_is_shown_with_its_step(world: World) -> None:
    running = await world.running(StepPlan(agent="builder"), StepPlan(agent="reviewer"))
    await world.succeed(running, "Mended **it**.")

    shown = await world.ask(
        "{ pipelines { nodes { steps { status agent handoff { markdown data suppliedBy { name } } } } } }"
    )

    first, second = shown["pipelines"]["nodes"][0]["steps"]
    assert first["handoff"] == {"markdown": "Mended **it**.", "data": None, "suppliedBy": None}
    assert (second["status"], second["handoff"]) == ("RUNNING", None)


async def test_only_open_approvals_are_listed_unless_others_are_asked_for(world: World) -> None:
    await world.running(APPROVAL)
    decided = await world.running(APPROVAL, title="decided")
    step = decided.steps[0]
    assert step.approval is not None
    await world.ask("mutation ($id: ID!) { approve(approvalId: $id) { __typename } }", id=step.approval.id)

    listed = "approvals%s { status description step { pipeline { title } } }"
    shown = await world.ask(
        f"{{ open: {listed % ''} done: {listed % '(status: [APPROVED])'} all: {listed % '(status: null)'} }}"
    )

    pending = {"status": "PENDING", "description": "Ship it?", "step": {"pipeline": {"title": "Mend it"}}}
    approved = {"status": "APPROVED", "description": "Ship it?", "step": {"pipeline": {"title": "decided"}}}
    assert shown == {"open": [pending], "done": [approved], "all": [pending, approved]}


async def test_who_works_in_a_directory_is_known(world: World) -> None:
    await world.running(directory="/srv/app", title="at work")
    await world.failed(directory="/srv/app", title="over")

    shown = await world.ask('{ conflicts(directory: "/srv/app") { title } }')

    assert shown["conflicts"] == [{"title": "at work"}]
