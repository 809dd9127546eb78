"""How many a list has on all pages is counted exactly where the answer says it, however that is written."""

from typing import Any

import pytest

from tests.resolvers.world import World

pytestmark = pytest.mark.asyncio

LISTS = {"pipelines": "pipelines", "failures": "failures", "failureGroups": "failure_groups"}

# What is selected in a list, the variables with it, and whether it counts.
SELECTIONS: dict[str, tuple[str, str, dict[str, Any], bool]] = {
    "plain": ("totalCount", "", {}, True),
    "with an alias": ("all: totalCount", "", {}, True),
    "beside others": ("pageInfo { hasNextPage } totalCount", "", {}, True),
    "inline": ("... { totalCount }", "", {}, True),
    "inline, on its type": ("... on TYPE { totalCount }", "", {}, True),
    "in a fragment": ("...F", "fragment F on TYPE { totalCount }", {}, True),
    "in a fragment of a fragment": ("...F", "fragment F on TYPE { ...G } fragment G on TYPE { totalCount }", {}, True),
    "in a fragment that is spread twice": (
        "...F @skip(if: true) ...F",
        "fragment F on TYPE { totalCount }",
        {},
        True,
    ),
    "included by a variable": ("totalCount @include(if: $yes)", "", {"yes": True}, True),
    "not skipped by a default": ("totalCount @skip(if: $no)", "", {}, True),
    "once left out, once not": ("totalCount @skip(if: true) again: totalCount", "", {}, True),
    "not at all": ("pageInfo { hasNextPage }", "", {}, False),
    "only another field by that name": ("totalCount: pageInfo { hasNextPage }", "", {}, False),
    "skipped": ("pageInfo { endCursor } totalCount @skip(if: true)", "", {}, False),
    "not included by a variable": ("pageInfo { endCursor } totalCount @include(if: $yes)", "", {"yes": False}, False),
    "skipped and included": ("pageInfo { endCursor } totalCount @skip(if: true) @include(if: true)", "", {}, False),
    "in a fragment left out": ("pageInfo { endCursor } ... @skip(if: true) { totalCount }", "", {}, False),
    "in a spread left out": (
        "pageInfo { endCursor } ...F @include(if: $yes)",
        "fragment F on TYPE { totalCount }",
        {"yes": False},
        False,
    ),
}


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("case", SELECTIONS.values(), ids=SELECTIONS.keys())
async def test_a_list_is_counted_where_the_answer_says_it(
    world: World, case: tuple[str, str, dict[str, Any], bool], name: str
) -> None:
    await world.failed()
    selection, fragments, variables, counts = case
    kind = f"{name[0].upper()}{name[1:-1]}Connection"
    document = f"query ($yes: Boolean! = true, $no: Boolean! = false) {{ {name} {{ {selection} }} }} {fragments}"
    document += " fragment Used on Query { viewer @include(if: $yes) @skip(if: $no) { name } }"
    document = document.replace("TYPE", kind).replace("{ " + name, "{ ...Used " + name, 1)

    answer = (await world.ask(document, **variables))[name]

    assert (LISTS[name] in world.counted.counted) is counts
    assert (1 in answer.values()) is counts


async def test_two_selections_of_one_list_are_one(world: World) -> None:
    await world.failed()

    answer = await world.ask("{ pipelines { nodes { title } } pipelines { totalCount } }")

    assert answer["pipelines"]["totalCount"] == 1
    assert world.counted.calls["pipelines"] == 1


async def test_lists_inside_lists_are_counted_each_where_it_is_shown(world: World) -> None:
    await world.failed(message="One")
    await world.failed(message="Two")

    answer = await world.ask(
        "{ failureGroups { nodes { a: failures { totalCount } b: failures { pageInfo { hasNextPage } } } } }"
    )

    nodes = answer["failureGroups"]["nodes"]
    assert nodes == [{"a": {"totalCount": 1}, "b": {"pageInfo": {"hasNextPage": False}}}] * 2
    assert world.counted.counted == ["failures_of_groups"]
    assert world.counted.calls["failures_of_groups"] == 2
