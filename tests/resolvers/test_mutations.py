"""What a person asks for is done, or the answer says as data why not; both over the same commands as everybody's."""

from typing import Any

import pytest

from runner.attention import (
    Attention,
    AttentionKind,
    Field,
    FieldCondition,
    FieldKind,
    FieldOption,
    Form,
    PermissionRequest,
    Question,
)
from runner.failure_kinds import FailureKind
from runner.ids import part_id
from runner.model import Pipeline
from schema.scalars import encode_cursor
from tests.resolvers.world import APPROVAL, PERSON, World

pytestmark = pytest.mark.asyncio

START = """
mutation ($input: StartPipelineInput!, $force: Boolean) {
  startPipeline(input: $input, force: $force) {
    __typename
    ... on Pipeline { id title status cursor startedBy { name } steps { kind agent model timeoutSeconds: position } }
    ... on UserError { message }
    ... on InvalidInput { field }
    ... on DirectoryBusy { conflicts { title cursor } }
  }
}
"""
OUTCOME = "{ __typename ... on Pipeline { status cursor } ... on UserError { message } ... on InvalidInput { field } }"


@pytest.fixture
def world() -> World:
    return World()


async def start(world: World, *, force: bool | None = None, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await world.ask(START, input=given, force=force))["startPipeline"]
    return answer


async def test_a_pipeline_starts_from_a_template(world: World) -> None:
    answer = await start(world, prompt="Mend the login\nand nothing else", template="quick_fix")

    assert (answer["__typename"], answer["status"], answer["title"]) == ("Pipeline", "PENDING", "Mend the login")
    assert answer["startedBy"] == {"name": PERSON.name}
    assert answer["cursor"] == encode_cursor(await world.journal.newest())


async def test_a_pipeline_starts_from_steps(world: World) -> None:
    steps = [{"agent": "builder", "model": "acme/x"}, {"kind": "APPROVAL", "description": "Ship it?"}]

    answer = await start(world, prompt="Mend it", title="Mending", steps=steps)

    assert answer["title"] == "Mending"
    assert [(step["kind"], step["agent"]) for step in answer["steps"]] == [("AGENT", "builder"), ("APPROVAL", None)]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"prompt": " ", "template": "quick_fix"}, ["prompt"]),
        ({"prompt": "x"}, ["template"]),
        ({"prompt": "x", "template": "quick_fix", "steps": []}, ["template"]),
        ({"prompt": "x", "template": "nope"}, ["template"]),
        ({"prompt": "x", "steps": [{"agent": "nope"}]}, ["steps", "0", "agent"]),
        ({"prompt": "x", "steps": [{"agent": "builder", "model": "x"}]}, ["steps", "0", "model"]),
        ({"prompt": "x", "template": "quick_fix", "directory": "/does/not/exist"}, ["directory"]),
        ({"prompt": "x", "template": "quick_fix", "githubIssue": "a/b#1"}, ["githubIssue"]),
    ],
)
async def test_bad_input_starts_nothing_and_names_the_field(
    world: World, given: dict[str, Any], field: list[str]
) -> None:
    answer = await start(world, **given)

    assert (answer["__typename"], answer["field"]) == ("InvalidInput", field)
    assert await world.journal.unfinished() == []


async def test_a_busy_directory_names_who_is_at_work(world: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = str(tmp_path_factory.mktemp("work").resolve())
    await start(world, prompt="first", template="quick_fix", directory=directory)

    busy = await start(world, prompt="second", template="quick_fix", directory=directory)
    forced = await start(world, prompt="third", template="quick_fix", directory=directory, force=True)

    assert busy["__typename"] == "DirectoryBusy"
    assert busy["conflicts"][0]["title"] == "first"
    assert busy["conflicts"][0]["cursor"]
    assert forced["__typename"] == "Pipeline"


async def test_the_same_key_again_returns_the_pipeline_that_it_started(world: World) -> None:
    first = await start(world, prompt="once", template="quick_fix", idempotencyKey="k")
    again = await start(world, prompt="once", template="quick_fix", idempotencyKey="k")

    assert again["id"] == first["id"]


async def test_a_failed_step_is_tried_again_in_the_same_pipeline(world: World) -> None:
    failed = await world.failed()

    answer = await world.ask(
        f"mutation ($input: RetryStepInput!) {{ retryStep(input: $input) {OUTCOME} }}",
        input={"stepId": failed.steps[0].id, "instruction": "Use the other key"},
    )

    assert answer["retryStep"]["__typename"] == "Pipeline"
    assert answer["retryStep"]["status"] == "PENDING"


@pytest.mark.parametrize(
    ("mutation", "typename"),
    [
        ('retryStep(input: {stepId: "%s"})', "NotAllowed"),
        ('retryStep(input: {stepId: "stp_1_0"})', "NotFound"),
        ('retryStep(input: {stepId: "%s", model: "x"})', "InvalidInput"),
        ('skipStep(stepId: "%s", reason: "")', "InvalidInput"),
        ('skipStep(stepId: "%s", reason: "too slow")', "NotAllowed"),
        ('supplyHandoff(stepId: "%s", markdown: "")', "InvalidInput"),
        ('supplyHandoff(stepId: "%s", markdown: "Done by hand")', "NotAllowed"),
        ('cancelPipeline(id: "pip_1")', "NotFound"),
        ('answerPermission(attentionId: "att_1_0_1", allow: true)', "NotFound"),
        ('answerQuestion(attentionId: "att_1_0_1", answers: ["yes"])', "NotFound"),
        ('answerQuestion(attentionId: "att_1_0_1", answers: [])', "InvalidInput"),
        ('dismissQuestion(attentionId: "att_1_0_1")', "NotFound"),
    ],
)
async def test_what_the_state_does_not_allow_is_an_answer(world: World, mutation: str, typename: str) -> None:
    running = await world.running()
    asked = mutation % running.steps[0].id if "%s" in mutation else mutation

    answer = await world.ask(f"mutation {{ done: {asked} {OUTCOME} }}")

    assert answer["done"]["__typename"] == typename
    assert answer["done"]["message"]


@pytest.mark.parametrize(
    ("mutation", "status"),
    [
        ('skipStep(stepId: "%s", reason: "not needed")', "SUCCEEDED"),
        ('supplyHandoff(stepId: "%s", markdown: "Done")', "SUCCEEDED"),
    ],
)
async def test_a_person_gets_a_pipeline_over_a_failed_step(world: World, mutation: str, status: str) -> None:
    failed = await world.failed()

    answer = await world.ask(f"mutation {{ done: {mutation % failed.steps[0].id} {OUTCOME} }}")

    assert answer["done"]["status"] == status


async def test_a_running_pipeline_is_cancelled(world: World) -> None:
    running = await world.running()

    answer = await world.ask(
        'mutation ($id: ID!) { cancelPipeline(id: $id, reason: "wrong branch") '
        "{ ... on Pipeline { status errorMessage failure { kind } } } }",
        id=running.id,
    )

    message = f"Cancelled by {PERSON.name}: wrong branch"
    assert answer["cancelPipeline"] == {
        "status": "CANCELLED",
        "errorMessage": message,
        "failure": {"kind": "CANCELLED"},
    }


@pytest.mark.parametrize(("verb", "status"), [("approve", "APPROVED"), ("reject", "REJECTED")])
async def test_an_approval_is_decided_once(world: World, verb: str, status: str) -> None:
    waiting = await world.running(APPROVAL)
    approval = waiting.steps[0].approval
    assert approval is not None
    decide = (
        f'mutation ($id: ID!) {{ done: {verb}(approvalId: $id, comment: "so be it") {{ __typename '
        "... on Approval { id status comment decidedBy { name } step { status } } ... on UserError { message } } }"
    )

    first = (await world.ask(decide, id=approval.id))["done"]
    second = (await world.ask(decide, id=approval.id))["done"]

    assert (first["id"], first["status"], first["comment"]) == (approval.id, status, "so be it")
    assert first["decidedBy"] == {"name": PERSON.name}
    assert second["__typename"] == "NotAllowed"


async def test_an_unknown_approval_is_not_found(world: World) -> None:
    answer = await world.ask('mutation { approve(approvalId: "app_1_0_1") { __typename ... on NotFound { id } } }')

    assert answer["approve"] == {"__typename": "NotFound", "id": "app_1_0_1"}


async def asking(world: World, kind: AttentionKind, **asked: Any) -> Pipeline:
    running = await world.running()
    attention = Attention(
        id=part_id("att", running.steps[0].id, 1, "ask"), kind=kind, message="Asks", since=world.clock.now(), **asked
    )
    return await world.attend(running, attention)


async def test_a_permission_is_answered(world: World) -> None:
    waiting = await asking(world, AttentionKind.PERMISSION, permission=PermissionRequest(id="per_1", permission="bash"))
    attention = waiting.attention[0][1].id

    answer = await world.ask(
        f"mutation ($id: ID!) {{ done: answerPermission(attentionId: $id, allow: true, always: true) {OUTCOME} }}",
        id=attention,
    )

    assert answer["done"]["status"] == "RUNNING"
    assert world.agents.told == [("per_1", "always")]


async def test_a_question_is_answered_or_dismissed(world: World) -> None:
    question = Question(id="que_1", text="Which?", options=("a", "b"))
    first = await asking(world, AttentionKind.QUESTION, question=question)
    second = await asking(world, AttentionKind.QUESTION, question=question)

    await world.ask(
        f'mutation ($id: ID!) {{ answerQuestion(attentionId: $id, answers: ["a"]) {OUTCOME} }}',
        id=first.attention[0][1].id,
    )
    await world.ask(
        f"mutation ($id: ID!) {{ dismissQuestion(attentionId: $id) {OUTCOME} }}", id=second.attention[0][1].id
    )

    assert world.agents.told == [("que_1", ("a",)), ("que_1", None)]


async def test_a_question_of_several_fields_is_shown_and_answered_field_by_field(world: World) -> None:
    options = (FieldOption(value="r", label="Red", description="Like blood"),)
    colour = Field(key="q0", kind=FieldKind.MULTI, title="Colour", options=options, required=True)
    number = Field(
        key="q1",
        kind=FieldKind.INTEGER,
        description="How many?",
        default=2,
        maximum=5,
        conditions=(FieldCondition(key="q0", value=["r"]),),
    )
    form = Form(id="que_1", title="The chart", fields=(colour, number))
    asked = await asking(world, AttentionKind.QUESTION, question=Question(id="que_1", text="Colour", form=form))

    shown = await world.ask(
        "{ pipelines { nodes { attention { question { title fields { key kind title text multiple custom required "
        "minimum maximum default url options { value label description } conditions { key value equal } } } } } } }"
    )
    answer = "mutation ($id: ID!, $fields: [FieldAnswer!]) "
    answer += "{ answerQuestion(attentionId: $id, answers: [], fields: $fields) { __typename %s } }"
    answer %= "... on InvalidInput { message field }"
    attention = asked.attention[0][1].id
    given = [{"key": "q0", "values": ["r"]}, {"key": "q1", "values": ["9"]}]
    refused = await world.ask(answer, id=attention, fields=given)
    taken = await world.ask(answer, id=attention, fields=[given[0], {"key": "q1", "values": ["3"]}])

    question = shown["pipelines"]["nodes"][0]["attention"][0]["question"]
    assert question["title"] == "The chart"
    assert question["fields"] == [
        {
            "key": "q0",
            "kind": "MULTI",
            "title": "Colour",
            "text": "Colour",
            "multiple": True,
            "custom": False,
            "required": True,
            "minimum": None,
            "maximum": None,
            "default": None,
            "url": None,
            "options": [{"value": "r", "label": "Red", "description": "Like blood"}],
            "conditions": [],
        },
        {
            "key": "q1",
            "kind": "INTEGER",
            "title": None,
            "text": "How many?",
            "multiple": False,
            "custom": False,
            "required": False,
            "minimum": None,
            "maximum": 5.0,
            "default": 2,
            "url": None,
            "options": [],
            "conditions": [{"key": "q0", "value": ["r"], "equal": True}],
        },
    ]
    assert refused["answerQuestion"] == {
        "__typename": "InvalidInput",
        "message": "At most 5.",
        "field": ["fields", "q1"],
    }
    assert taken["answerQuestion"] == {"__typename": "Pipeline"}
    assert world.agents.told == [("que_1", {"q0": ["r"], "q1": 3})]


async def test_a_permission_says_what_always_would_keep(world: World) -> None:
    permission = PermissionRequest(id="per_1", permission="shell", saves=("git *",), reason="To see the log")
    await asking(world, AttentionKind.PERMISSION, permission=permission)

    shown = await world.ask(
        "{ pipelines { nodes { attention { permission { saves reason options { id label needsMessage } } } } } }"
    )

    assert shown["pipelines"]["nodes"][0]["attention"][0]["permission"] == {
        "saves": ["git *"],
        "reason": "To see the log",
        "options": [
            {"id": "once", "label": "Allow once", "needsMessage": False},
            {"id": "always", "label": "Always allow", "needsMessage": False},
            {"id": "reject", "label": "Refuse", "needsMessage": False},
        ],
    }


async def test_a_group_of_failures_is_acknowledged_then_resolved(world: World) -> None:
    failed = await world.failed()
    assert failed.failure is not None
    group = failed.failure.group_id

    shown = await world.ask(
        "mutation ($id: ID!) { seen: acknowledgeFailureGroup(id: $id) { ... on FailureGroup { status } } "
        "mended: resolveFailureGroup(id: $id) { ... on FailureGroup { status } } "
        'other: resolveFailureGroup(id: "grp_1") { __typename } }',
        id=group,
    )

    assert shown["seen"] == {"status": "ACKNOWLEDGED"}
    assert shown["mended"] == {"status": "RESOLVED"}
    assert shown["other"] == {"__typename": "NotFound"}


async def test_a_mutation_sees_nothing_that_an_earlier_one_of_the_same_operation_has_loaded(world: World) -> None:
    failed = await world.failed(kind=FailureKind.NO_OUTPUT, message="Nothing came")
    assert failed.failure is not None
    status = "... on FailureGroup { failures { nodes { group { status } } } }"

    shown = await world.ask(
        f"mutation ($id: ID!) {{ first: acknowledgeFailureGroup(id: $id) {{ {status} }} "
        f"second: resolveFailureGroup(id: $id) {{ {status} }} }}",
        id=failed.failure.group_id,
    )

    assert shown["first"]["failures"]["nodes"][0]["group"]["status"] == "ACKNOWLEDGED"
    assert shown["second"]["failures"]["nodes"][0]["group"]["status"] == "RESOLVED"
