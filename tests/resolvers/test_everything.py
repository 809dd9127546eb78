"""Every field of every event, and of all that it leads to, can be asked for."""

from collections.abc import Awaitable

import pytest
from graphql import (
    ExecutionResult,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    execute,
    get_named_type,
    is_leaf_type,
    parse,
)

from runner.approvals import decide_approval
from runner.attention import Attention, AttentionKind, PermissionRequest, Question
from runner.events import DefinitionChanged, LogPruned, TrustChanged
from runner.failure_kinds import FailureKind
from runner.failures import Evidence, FailureCause, Todo, ToolCall, failure
from runner.file_changes import FileChange, FileChanges, FileStatus
from runner.groups import FailureGroupStatus
from runner.model import StepPlan
from runner.principals import Role, TokenRequest
from runner.repairs import skip_step
from runner.retry import RetryPolicy
from runner.tokens import NewToken
from runner.transitions import begin_step, clear_attention, fail_step, find_changes, open_session
from schema.enums import EventType
from tests.resolvers.world import APPROVAL, PERSON, SCHEMA, World

pytestmark = pytest.mark.asyncio

TOOL = ToolCall(tool="bash", status="error", input={"command": "ls"}, error="no", output=None)
EVIDENCE = Evidence(session_id="ses_1", last_text="I see", last_tool=TOOL, todos=(Todo(content="x", status="done"),))


def everything(named: GraphQLNamedType, depth: int) -> str:
    """A selection of all fields that need no argument, so many levels deep."""
    if isinstance(named, GraphQLUnionType):
        parts = [f"... on {member.name} {everything(member, depth)}" for member in named.types]
        return "{ __typename " + " ".join(parts) + " }"
    assert isinstance(named, GraphQLObjectType)
    fields = []
    for name, field in named.fields.items():
        inside = get_named_type(field.type)
        if is_leaf_type(inside):
            fields.append(name)
        elif depth:
            fields.append(f"{name} {everything(inside, depth - 1)}" if isinstance(inside, GraphQLObjectType) else "")
    return "{ __typename " + " ".join(fields) + " }"


async def a_world_where_everything_happened() -> World:
    world = World()
    first = await world.running(StepPlan(agent="builder"), APPROVAL, StepPlan(agent="reviewer"), template="quick_fix")
    opened = open_session(first, first.steps[0].id, 1, "ses_1", "acme/x", world.clock.later(1))
    first = await world.commit(opened)
    asks = Attention(
        id="att_1",
        kind=AttentionKind.PERMISSION,
        message="May I?",
        since=world.clock.now(),
        permission=PermissionRequest(id="per_1", permission="bash"),
        question=Question(id="que_1", text="Which?"),
    )
    first = await world.attend(first, asks)
    first = await world.commit(
        clear_attention(first, first.steps[0].id, "att_1", world.clock.later(1), actor=PERSON, answer="allowed")
    )
    first = await world.fail(first, FailureKind.STEP_TIMEOUT, "Step timed out after 600s", attempts=2)
    first = await world.commit(begin_step(first, world.clock.later(60)))
    first = await world.succeed(first)
    first = await world.commit(decide_approval(first, first.steps[1].id, PERSON, True, "go on", world.clock.later(1)))
    reason = failure(
        FailureKind.AGENT_ERROR,
        "The agent reported: no",
        causes=(FailureCause(source="agent", message="no"),),
        evidence=EVIDENCE,
    )
    if first.steps[2].attempt is None:
        first = await world.commit(begin_step(first, world.clock.later(1)))
    step = first.steps[2]
    found = FileChanges(count=1, added=2, removed=1, files=(FileChange(path="a", status=FileStatus.ADDED),))
    await world.journal.note_changes(step.id, 1, found)
    first = await world.commit(find_changes(first, step.id, 1, found, world.clock.later(1)))
    first = await world.commit(fail_step(first, step.id, 1, reason, RetryPolicy(), world.clock.later(1)))
    await world.commit(skip_step(first, step.id, PERSON, "not needed", world.clock.later(1)))
    (group, *_) = world.journal._stored.groups
    await world.journal.set_group_status(group, FailureGroupStatus.ACKNOWLEDGED, PERSON, world.clock.later(1))
    await world.journal.record(DefinitionChanged(at=world.clock.now(), definition="agent builder", change="saved"))
    await world.journal.record(LogPruned(at=world.clock.now(), before=world.clock.now(), events=3))
    await world.ask("mutation { startEngine { reachable } }")
    operator = TokenRequest(name="ci", role=Role.OPERATOR)
    assert isinstance(await world.tokens.create(operator, world.principal), NewToken)
    await world.journal.record(TrustChanged(at=world.clock.now(), directory="/srv/app", change="trusted"))
    other = await world.failed()
    await world.ask("mutation ($id: ID!) { retryStep(input: {stepId: $id}) { __typename } }", id=other.steps[0].id)
    return world


async def test_every_field_of_every_event_can_be_asked_for() -> None:
    world = await a_world_where_everything_happened()
    members = SCHEMA._schema.type_map["EventFeedItem"]
    assert isinstance(members, GraphQLUnionType)
    shown = [each for each in members.types if each.name not in ("Heartbeat", "Resync")]
    selections = " ".join(f"... on {each.name} {everything(each, 2)}" for each in shown)

    result = execute(
        SCHEMA._schema,
        parse(f"{{ events(last: 1000) {{ nodes {{ __typename {selections} }} }} }}"),
        context_value=world.context(),
    )
    result = await result if isinstance(result, Awaitable) else result

    assert isinstance(result, ExecutionResult)
    assert result.errors is None
    assert result.data is not None
    names = {node["__typename"] for node in result.data["events"]["nodes"]}
    assert names == {"".join(word.title() for word in name.value.split("_")) for name in EventType}
