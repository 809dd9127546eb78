"""A question is answered from the stored state, as of a place in the log; a bad one is told what is wrong with it."""

import pytest

from runner.model import Attention, AttentionKind, Definitions, PermissionRequest, StepPlan, Template
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
        "hint": "Check the provider's key in OpenCode, then try again.",
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


async def test_the_audit_trail_is_read_from_either_end(world: World) -> None:
    await world.failed()

    shown = await world.ask(
        "{ first: events(first: 2) { nodes { __typename } pageInfo { hasNextPage hasPreviousPage } } "
        "last: events(last: 2) { nodes { __typename } pageInfo { hasNextPage hasPreviousPage } } }"
    )

    assert [node["__typename"] for node in shown["first"]["nodes"]] == ["PipelineStarted", "StepStarted"]
    assert [node["__typename"] for node in shown["last"]["nodes"]] == ["StepFailed", "PipelineFinished"]
    assert shown["first"]["pageInfo"] == {"hasNextPage": True, "hasPreviousPage": False}
    assert shown["last"]["pageInfo"] == {"hasNextPage": False, "hasPreviousPage": True}


async def test_the_audit_trail_goes_on_after_a_cursor(world: World) -> None:
    await world.failed()
    trail = "query ($after: Cursor) { events(first: 3, after: $after) { nodes { __typename } pageInfo { endCursor } } }"

    begun = (await world.ask(trail))["events"]
    rest = (await world.ask(trail, after=begun["pageInfo"]["endCursor"]))["events"]

    assert [node["__typename"] for node in rest["nodes"]] == ["PipelineFinished"]


async def test_the_audit_trail_is_narrowed(world: World) -> None:
    await world.failed(title="other")
    failed = await world.failed()

    shown = await world.ask(
        "query ($id: ID!) { events(pipelineId: $id, types: [STEP_FAILED]) { nodes { __typename ... on PipelineEvent "
        "{ pipeline { id } } } } pipeline(id: $id) { events { nodes { __typename } } } }",
        id=failed.id,
    )

    assert shown["events"]["nodes"] == [{"__typename": "StepFailed", "pipeline": {"id": failed.id}}]
    told = [node["__typename"] for node in shown["pipeline"]["events"]["nodes"]]
    assert told == ["PipelineStarted", "StepStarted", "StepFailed", "PipelineFinished"]


async def test_agents_are_those_of_the_files_and_the_engines_own(world: World) -> None:
    shown = await world.ask("{ agents { name engineAgent available } }")

    assert shown["agents"] == [
        {"name": "builder", "engineAgent": "build", "available": True},
        {"name": "build", "engineAgent": "build", "available": True},
        {"name": "plan", "engineAgent": "plan", "available": True},
    ]


async def test_without_an_engine_nobody_knows_whether_an_agent_is_there(world: World) -> None:
    world.agents.known_now = None

    shown = await world.ask("{ agents { name available } templates { name problems } engine { reachable } }")

    assert shown == {
        "agents": [{"name": "builder", "available": None}],
        "templates": [{"name": "quick_fix", "problems": []}],
        "engine": {"reachable": False},
    }


async def test_a_template_says_what_the_engine_lacks(world: World) -> None:
    steps = (StepPlan(agent="builder", model="acme/y"), StepPlan(agent="reviewr"), APPROVAL)
    world.catalog.now = Definitions(
        agents=world.catalog.now.agents, templates={"big": Template(name="big", steps=steps, problems=("It is odd.",))}
    )

    shown = await world.ask("{ templates { problems steps { kind agent model } } }")

    assert shown["templates"][0]["problems"] == [
        "It is odd.",
        'Step 1: OpenCode has no model "acme/y".',
        'Step 2: OpenCode has no agent "reviewr".',
    ]
    assert shown["templates"][0]["steps"][2] == {"kind": "APPROVAL", "agent": None, "model": None}


async def test_who_works_in_a_directory_is_known(world: World) -> None:
    await world.running(directory="/srv/app", title="at work")
    await world.failed(directory="/srv/app", title="over")

    shown = await world.ask('{ conflicts(directory: "/srv/app") { title } }')

    assert shown["conflicts"] == [{"title": "at work"}]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{ pipelines(first: 101) { totalCount } }", "`first` is 101; it must be from 1 to 100."),
        ("{ failures(first: 0) { totalCount } }", "`first` is 0; it must be from 1 to 100."),
        ("{ failureGroups(first: -1) { totalCount } }", "`first` is -1; it must be from 1 to 100."),
        ("{ events(first: 1001) { nodes { at } } }", "`first` is 1001; it must be from 1 to 1,000."),
        ("{ events(last: 1001) { nodes { at } } }", "`last` is 1001; it must be from 1 to 1,000."),
        ("{ events(first: 1, last: 1) { nodes { at } } }", "Give `first` or `last`, not both"),
        ('{ events(after: "nonsense") { nodes { at } } }', "not a cursor of this API"),
        ('{ events(after: "MS5lbHNld2hlcmU") { nodes { at } } }', "foreign"),
        ('{ pipelines(after: "nonsense") { totalCount } }', "none of this list's cursors"),
        ('{ events(since: "yesterday") { nodes { at } } }', "RFC 3339 with an offset"),
        ("{ pipelines(first: 1) { nodes { nope } } }", "Cannot query field 'nope' on type 'Pipeline'."),
        ("{ pipelines(", "Syntax Error"),
        ('{ failureGroups { nodes { failures(after: "a|b|c") { totalCount } } } }', "none of this list's cursors"),
        ("{ failureGroups { nodes { failures(first: 101) { totalCount } } } }", "`first` is 101"),
        ('{ pipelines { nodes { events(after: "nonsense") { nodes { at } } } } }', "not a cursor of this API"),
        ('{ pipelines { nodes { events(before: "MS5lbHNld2hlcmU") { nodes { at } } } } }', "foreign"),
    ],
)
async def test_a_bad_question_is_told_what_is_wrong(world: World, query: str, said: str) -> None:
    await world.failed()

    errors = await world.errors(query)

    assert len(errors) == 1
    assert said in errors[0]
