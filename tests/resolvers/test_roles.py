"""Who may what: every mutation × every role, and what is refused is an answer that says which role it takes."""

from typing import Any

import pytest
from graphql import GraphQLObjectType, is_union_type
from structlog.testing import capture_logs

from runner.model import ApprovalStatus, Channel, StepPlan
from runner.principals import NEEDS, RIGHTS, Approvals, Principal, Right, Role, owner
from tests.resolvers.world import APPROVAL, PERSON, SCHEMA, World

pytestmark = pytest.mark.asyncio

# The first role that may, and a way to ask for it.
MUTATIONS: dict[str, tuple[Role, str]] = {
    "startPipeline": (Role.OPERATOR, 'startPipeline(input: {prompt: "", template: "none"})'),
    "retryStep": (Role.OPERATOR, 'retryStep(input: {stepId: "stp_1_0"})'),
    "supplyHandoff": (Role.OPERATOR, 'supplyHandoff(stepId: "stp_1_0", markdown: "Done")'),
    "skipStep": (Role.OPERATOR, 'skipStep(stepId: "stp_1_0", reason: "slow")'),
    "cancelPipeline": (Role.OPERATOR, 'cancelPipeline(id: "pip_1")'),
    "approve": (Role.APPROVER, 'approve(approvalId: "app_1_0_1")'),
    "reject": (Role.APPROVER, 'reject(approvalId: "app_1_0_1")'),
    "answerPermission": (Role.APPROVER, 'answerPermission(attentionId: "att_1_0_1", allow: true)'),
    "answerQuestion": (Role.OPERATOR, 'answerQuestion(attentionId: "att_1_0_1", answers: ["yes"])'),
    "dismissQuestion": (Role.OPERATOR, 'dismissQuestion(attentionId: "att_1_0_1")'),
    "acknowledgeFailureGroup": (Role.OPERATOR, 'acknowledgeFailureGroup(id: "grp_1")'),
    "resolveFailureGroup": (Role.OPERATOR, 'resolveFailureGroup(id: "grp_1")'),
    "saveAgent": (Role.ADMIN, 'saveAgent(input: {name: "", engineAgent: ""})'),
    "deleteAgent": (Role.ADMIN, 'deleteAgent(name: "none")'),
    "saveTemplate": (Role.ADMIN, 'saveTemplate(input: {name: "", steps: []})'),
    "deleteTemplate": (Role.ADMIN, 'deleteTemplate(name: "none")'),
    "startEngine": (Role.OPERATOR, "startEngine"),
    "trustDirectory": (Role.OPERATOR, 'trustDirectory(path: "none")'),
    "revokeTrust": (Role.OPERATOR, 'revokeTrust(path: "none")'),
    "prune": (Role.ADMIN, 'prune(olderThan: "2020-01-01T00:00:00+00:00", dryRun: true)'),
    "createToken": (Role.ADMIN, 'createToken(name: "", role: VIEWER)'),
    "revokeToken": (Role.ADMIN, 'revokeToken(name: "none")'),
}
ORDER = list(Role)


def as_(role: Role) -> Principal:
    return Principal(name="ana", role=role, rights=RIGHTS[role], digest="0", channel=Channel.CLI)


@pytest.fixture
def world() -> World:
    return World()


def mutations() -> GraphQLObjectType:
    found = SCHEMA._schema.mutation_type
    assert found is not None
    return found


async def test_every_mutation_is_in_the_table() -> None:
    assert sorted(mutations().fields) == sorted(MUTATIONS)
    assert len(NEEDS) == len(MUTATIONS)


@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
@pytest.mark.parametrize("name", MUTATIONS)
async def test_a_role_may_exactly_this(world: World, name: str, role: Role) -> None:
    least, call = MUTATIONS[name]
    world.principal = as_(role)
    union = is_union_type(getattr(mutations().fields[name].type, "of_type", None))

    shown = "... on UserError { message }" if union else "message"

    answer = (await world.ask(f"mutation {{ {call} {{ __typename {shown} }} }}"))[name]

    message = f"This needs the role {least.value.lower()}; ana is {role.value.lower()}."
    refused = answer["__typename"] == "Forbidden" or (not union and answer["message"] == message)
    assert refused is (ORDER.index(role) < ORDER.index(least))
    assert not refused or answer["message"] == message


async def test_a_refusal_changes_nothing_and_stands_in_the_log(world: World) -> None:
    world.principal = as_(Role.VIEWER)
    before = await world.journal.newest()

    with capture_logs() as told:
        await world.ask('mutation { startPipeline(input: {prompt: "x", template: "quick_fix"}) { __typename } }')

    assert await world.journal.newest() == before
    [line] = told
    assert (line["event"], line["command"], line["actor"]) == ("forbidden", "start_pipeline", "ana")


@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
async def test_every_role_reads(world: World, role: Role) -> None:
    failed = await world.failed()
    world.principal = as_(role)

    answer = await world.ask("query ($id: ID!) { pipeline(id: $id) { id } viewer { name role rights } }", id=failed.id)

    rights = [right.value for right in Right][: ORDER.index(role) + 1]
    assert answer == {"pipeline": {"id": failed.id}, "viewer": {"name": "ana", "role": role.value, "rights": rights}}


@pytest.mark.parametrize(
    "call", ['skipStep(stepId: "%s", reason: "ok")', 'supplyHandoff(stepId: "%s", markdown: "ok")']
)
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.APPROVER], ids=lambda role: role.value)
async def test_to_go_on_without_an_approval_is_to_decide_it(world: World, call: str, role: Role) -> None:
    pipeline = await world.running(APPROVAL, StepPlan(agent="builder"))
    await world.ask("mutation ($id: ID!) { cancelPipeline(id: $id) { __typename } }", id=pipeline.id)
    world.principal = as_(role)

    answer = await world.ask(f"mutation {{ done: {call % pipeline.steps[0].id} {{ __typename }} }}")

    assert answer["done"]["__typename"] == ("Forbidden" if role is Role.OPERATOR else "Pipeline")


SEPARATE = owner(PERSON.name, Approvals.SEPARATE)
DECISIONS: list[tuple[str, str]] = [
    ("approve", 'approve(approvalId: "%s")'),
    ("reject", 'reject(approvalId: "%s")'),
    ("a permission", 'answerPermission(attentionId: "att_1_0_1", allow: true)'),
    ("a token that may", 'createToken(name: "other", role: APPROVER)'),
    ("an admin", 'createToken(name: "other", role: ADMIN)'),
]


@pytest.mark.parametrize(("call"), [call for _, call in DECISIONS], ids=[name for name, _ in DECISIONS])
async def test_where_approvals_are_separate_the_server_s_own_token_decides_nothing(world: World, call: str) -> None:
    pipeline = await world.running(APPROVAL)
    approval = pipeline.steps[0].approval
    assert approval is not None
    world.principal = SEPARATE

    asked = call % approval.id if "%s" in call else call
    answer = await world.ask(f"mutation {{ done: {asked} {{ __typename ... on UserError {{ message }} }} }}")

    assert answer["done"]["__typename"] == "Forbidden"
    assert "stepwire token add" in answer["done"]["message"]
    known = await world.journal.load(pipeline.id)
    assert known is not None
    assert known.steps[0].approval is not None
    assert known.steps[0].approval.status is ApprovalStatus.PENDING
    assert await world.tokens.listed() == []


async def test_where_approvals_are_separate_the_rest_goes_on_as_before(world: World) -> None:
    world.principal = SEPARATE

    answer = await world.ask(
        'mutation { createToken(name: "ci", role: OPERATOR) { __typename } '
        'startPipeline(input: {prompt: "x", template: "quick_fix"}) { __typename } }'
    )

    assert answer["createToken"]["__typename"] == "NewToken"
    assert answer["startPipeline"]["__typename"] == "Pipeline"


MADE = "... on NewToken { secret token { name role createdBy { name } expiresAt } }"
CREATE = (
    "mutation ($name: String!, $role: Role!, $at: DateTime) { made: createToken(name: $name, role: $role, "
    f"expiresAt: $at) {{ __typename {MADE} ... on UserError {{ message }} ... on InvalidInput {{ field }} }} }}"
)


async def created(world: World, name: str, role: str = "OPERATOR", at: str | None = None) -> dict[str, Any]:
    answer: dict[str, Any] = (await world.ask(CREATE, name=name, role=role, at=at))["made"]
    return answer


async def test_a_token_s_secret_is_told_once_and_what_is_kept_is_listed(world: World) -> None:
    made = await created(world, "ci", at="2030-01-01T00:00:00Z")
    listed = (await world.ask("{ tokens { name role expiresAt } }"))["tokens"]

    assert made["secret"].startswith("stw_")
    assert made["token"]["createdBy"] == {"name": PERSON.name}
    assert listed == [{"name": "ci", "role": "OPERATOR", "expiresAt": "2030-01-01T00:00:00.000Z"}]
    assert made["secret"] not in repr(await world.tokens.listed())


@pytest.mark.parametrize(
    ("name", "at", "field"),
    [
        ("", None, "name"),
        (" ci", None, "name"),
        ("two\nlines", None, "name"),
        ("\u202eic", None, "name"),
        ("x" * 65, None, "name"),
        (PERSON.name, None, "name"),
        ("taken", None, "name"),
        ("ci", "2020-01-01T00:00:00Z", "expiresAt"),
    ],
)
async def test_a_token_that_will_not_do_is_not_made(world: World, name: str, at: str | None, field: str) -> None:
    await created(world, "taken")

    answer = await created(world, name, at=at)

    assert (answer["__typename"], answer["field"]) == ("InvalidInput", [field])
    assert [token.name for token in await world.tokens.listed()] == ["taken"]


async def test_what_becomes_of_tokens_is_in_the_audit_trail_with_who_and_how(world: World) -> None:
    await created(world, "ci")
    world.principal = as_(Role.ADMIN)
    revoke = 'mutation { revokeToken(name: "ci") { __typename ... on Deleted { name } } }'
    gone, again = await world.ask(revoke), await world.ask(revoke)

    answer = await world.ask("{ events { nodes { sentence actor { name } channel ... on TokenChanged { token } } } }")

    assert (gone["revokeToken"], again["revokeToken"]["__typename"]) == (
        {"__typename": "Deleted", "name": "ci"},
        "NotFound",
    )
    assert answer["events"]["nodes"] == [
        {"sentence": "token ci, operator, added", "actor": {"name": PERSON.name}, "channel": "API", "token": "ci"},
        {"sentence": "token ci, operator, revoked", "actor": {"name": "ana"}, "channel": "CLI", "token": "ci"},
    ]


async def test_tokens_are_listed_to_those_who_manage_them_alone(world: World) -> None:
    await created(world, "ci")
    world.principal = as_(Role.APPROVER)

    assert await world.ask("{ tokens { name } }") == {"tokens": None}


async def test_the_server_says_whether_approvals_bind(world: World) -> None:
    server = (await world.ask("{ server { approvals approvalsBind message } }"))["server"]

    assert (server["approvals"], server["approvalsBind"]) == ("ANY", False)
    assert "can read the token" in server["message"]
