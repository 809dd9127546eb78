"""What was shown of a version is shown again, takes no more room than it may, and dies with its document."""

import gc
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any
from weakref import ref

import pytest
from graphql import DocumentNode, execute, parse

from resolvers.metered import Metered
from resolvers.projection import projection
from resolvers.remembered import Budget, Memory, Shown, weight
from runner.failure_kinds import FailureKind
from runner.model import Pipeline, StepPlan
from schema.pipelines import Step
from tests.resolvers.world import SCHEMA, World

pytestmark = pytest.mark.asyncio

LIST = "{ pipelines { nodes { id title status cursor steps { id status usage { cost } } } } }"


async def shown(world: World, document: DocumentNode) -> list[dict[str, Any]]:
    result: Any = execute(SCHEMA._schema, document, context_value=world.context(), executor_class=Metered)
    result = await result if isinstance(result, Awaitable) else result
    assert result.errors is None
    nodes: list[dict[str, Any]] = result.data["pipelines"]["nodes"]
    return nodes


async def test_of_a_list_only_what_has_changed_is_made() -> None:
    world, document = World(), parse(LIST)
    for _ in range(5):
        await world.failed()
    before = await shown(world, document)

    changed = await world.running()
    after = await shown(world, document)

    assert after[0]["id"] == changed.id
    assert [new["steps"] is old["steps"] for new, old in zip(after[1:], before, strict=True)] == [True] * 5


async def test_the_place_in_the_log_is_that_of_the_answer() -> None:
    world, document = World(), parse(LIST)
    await world.failed()
    (before,) = await shown(world, document)

    await world.started()
    _, after = await shown(world, document)

    assert after == {**before, "cursor": after["cursor"]}
    assert after["cursor"] != before["cursor"]


async def test_a_new_version_is_shown_as_it_is() -> None:
    world, document = World(), parse(LIST)
    pipeline = await world.running()
    (before,) = await shown(world, document)

    await world.fail(pipeline, FailureKind.PROVIDER_AUTH, "no")
    (after,) = await shown(world, document)

    assert (before["status"], after["status"]) == ("RUNNING", "FAILED")


async def test_the_time_goes_on_while_a_pipeline_runs_and_stands_when_it_has_ended() -> None:
    world, document = World(), parse("{ pipelines { nodes { workedSeconds steps { workedSeconds } } } }")
    pipeline = await world.running()

    seconds = []
    for _ in range(2):
        seconds.append((await shown(world, document))[0]["workedSeconds"])
        world.clock.at += timedelta(seconds=10)
    await world.fail(pipeline, FailureKind.PROVIDER_AUTH, "no")
    ended = await shown(world, document)
    world.clock.at += timedelta(seconds=10)

    assert seconds[1] - seconds[0] == 10
    assert (await shown(world, document))[0] is ended[0]


async def test_what_of_a_step_depends_on_more_is_asked_anew_and_the_rest_is_not() -> None:
    world = World()
    document = parse("{ pipelines { nodes { steps { attempts { number } failure { message settled } } } } }")
    await world.failed()
    await shown(world, document)
    (before,) = await shown(world, document)

    (group,) = world.journal._stored.groups
    await world.ask("mutation ($id: ID!) { resolveFailureGroup(id: $id) { __typename } }", id=group)
    (after,) = await shown(world, document)

    assert (before["steps"][0]["failure"]["settled"], after["steps"][0]["failure"]["settled"]) == (False, True)
    assert after["steps"][0]["attempts"] is before["steps"][0]["attempts"]


async def test_a_document_takes_its_memory_with_it() -> None:
    world, budget = World(), Budget()
    await world.failed()
    document = parse(LIST)
    projection(document, budget)
    await shown(world, document)
    there, gone = budget.size, ref(document)

    del document
    gc.collect()

    assert gone() is None
    assert (there > 1_000, budget.size) == (True, 0)


async def test_a_spent_budget_makes_all_forget_what_they_used_least() -> None:
    budget = Budget(10_000)
    first, second = Memory[str, str](budget), Memory[str, str](budget)
    for memory in (first, second):
        for number in range(8):
            memory.keep(number, Shown(answer={"text": "x" * 100}, values=1))
        assert first.shown(0)

    second.keep("last", Shown(answer={"text": "x" * 3_000}, values=1))

    assert budget.size <= 10_000
    assert [first.shown(0) is None, first.shown(1) is None] == [False, True]
    assert second.shown("last")


async def test_an_answer_larger_than_the_budget_is_shown_and_not_kept() -> None:
    world, document = World(), parse(LIST)
    await world.failed()
    tiny = Budget(10)
    projection(document, tiny)

    first, second = await shown(world, document), await shown(world, document)

    assert first == second
    assert tiny.size == 0


async def test_the_weight_of_an_answer_grows_with_all_that_is_in_it() -> None:
    texts = {"a": ["x" * 1_000, {"b": "y" * 1_000}], "c": None, "d": True, "e": 1.5}

    assert 2_000 < weight(texts) < 3_500


async def test_a_memory_is_of_one_pipeline_and_not_of_another_with_as_many_events() -> None:
    world, document = World(), parse(LIST)
    one, other = await world.failed(title="One"), await world.failed(title="Other")
    assert one.seq == other.seq

    assert [each["title"] for each in await shown(world, document)] == ["Other", "One"]


async def test_steps_that_stand_alone_are_remembered_by_their_pipelines_version() -> None:
    world = World()
    pipeline = await world.running(StepPlan(agent="a"), StepPlan(agent="b"))

    def versions(each: Pipeline) -> list[Any]:
        from schema.pipelines import Pipeline as Shown

        of = Shown.of(each, world.journal._stored.newest)
        return [Step.of(step, of).version for step in each.steps]

    first, again = versions(pipeline), versions(pipeline)
    later = versions(await world.succeed(pipeline))

    assert first == again
    assert not set(first) & set(later)
    assert len(set(first)) == 2
