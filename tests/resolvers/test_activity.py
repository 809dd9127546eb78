"""What an agent does this second is followed until its step has ended, and no longer."""

from collections.abc import AsyncGenerator

import pytest

from runner.agents import Activity, ActivitySnapshot, TextDelta, TodosChanged, ToolProgress
from runner.failure_kinds import FailureKind
from runner.failures import Todo, ToolCall
from runner.model import StepId
from tests.resolvers.fakes import FakeActivities
from tests.resolvers.world import SCHEMA, World

pytestmark = pytest.mark.asyncio


@pytest.fixture
def world() -> World:
    return World()


async def test_what_an_agent_does_is_followed_to_the_end_of_its_step(world: World) -> None:
    running = await world.running()
    step = running.steps[0].id
    call = ToolCall(tool="bash", status="running", input={"command": "ls"})
    world.activities.told[step] = [
        ActivitySnapshot(text="I will", tools=(call,)),
        TextDelta(delta=" look"),
        ToolProgress(call_id="c1", call=call, title="Lists files"),
        TodosChanged(todos=(Todo(content="look", status="pending"),)),
    ]
    query = """
    subscription ($stepId: ID!) {
      activity(stepId: $stepId) {
        ... on ActivitySnapshot { text tools { tool input status } todos { content } }
        ... on TextDelta { delta }
        ... on ToolProgress { callId title call { tool } }
        ... on TodosChanged { todos { content status } }
      }
    }
    """

    async with world.follow(query, stepId=step) as items:
        seen = [item async for item in items]

    assert seen == [
        {"text": "I will", "tools": [{"tool": "bash", "input": {"command": "ls"}, "status": "running"}], "todos": []},
        {"delta": " look"},
        {"callId": "c1", "title": "Lists files", "call": {"tool": "bash"}},
        {"todos": [{"content": "look", "status": "pending"}]},
    ]


async def test_a_step_that_has_ended_does_nothing(world: World) -> None:
    failed = await world.failed()
    world.activities.told[failed.steps[0].id] = [TextDelta(delta="late")]

    async with world.follow(
        "subscription ($id: ID!) { activity(stepId: $id) { __typename } }", id=failed.steps[0].id
    ) as items:
        assert [item async for item in items] == []


async def test_a_step_that_ends_before_it_is_followed_does_not_keep_its_followers(world: World) -> None:
    running = await world.running()

    class EndingFirst(FakeActivities):
        async def follow(self, step_id: StepId) -> AsyncGenerator[Activity]:
            await world.fail(running, FailureKind.NO_OUTPUT, "Nothing came")
            yield ActivitySnapshot()
            raise AssertionError("nobody ever tells of the end")

    world.activities = EndingFirst()

    async with world.follow(
        "subscription ($id: ID!) { activity(stepId: $id) { __typename } }", id=running.steps[0].id
    ) as items:
        assert [item async for item in items] == []


@pytest.mark.parametrize("step", ["stp_1_0", "pip_1", ""])
async def test_there_is_no_activity_of_an_unknown_step(world: World, step: str) -> None:
    query = "subscription ($id: ID!) { activity(stepId: $id) { __typename } }"

    results = await SCHEMA.subscribe(query, {"id": step}, context_value=world.context())
    said = [error.message async for result in results for error in result.errors or ()]

    assert said == [f"There is no step {step}; take stepId from Step.id."]
