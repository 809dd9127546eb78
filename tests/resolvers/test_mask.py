"""What went wrong inside is told by a reference alone, and the log has everything under the same reference."""

import re
from dataclasses import replace
from typing import Any

import pytest
from graphql import GraphQLError
from structlog.testing import capture_logs

from resolvers import BadRequest, mask
from tests.resolvers.world import SCHEMA, World

SHOWN = re.compile(r"Internal error; reference [0-9a-f]{8} in stepwire's log\.")


class BrokenJournal:
    """Fails at whatever it is asked, in words that nobody outside may see."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("password=hunter2")


async def results(query: str) -> list[GraphQLError]:
    world = World()
    broken: Any = BrokenJournal()
    context = replace(world.context(), journal=broken, reads=broken, commands=broken)
    if query.startswith("subscription"):
        stream = await SCHEMA.subscribe(query, context_value=context)
        return [error async for result in stream for error in result.errors or ()]
    return (await SCHEMA.execute(query, context_value=context)).errors or []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "query",
    [
        "{ pipelines { totalCount } }",
        'mutation { skipStep(stepId: "stp_1_0", reason: "x") { __typename } }',
        "subscription { events { __typename } }",
        "subscription { failures { __typename } }",
        'subscription { activity(stepId: "stp_1_0") { __typename } }',
    ],
)
async def test_an_internal_error_is_told_by_its_reference_alone(query: str) -> None:
    with capture_logs() as logs:
        (error,) = await results(query)

    assert SHOWN.fullmatch(error.message)
    assert "hunter2" not in str(error.formatted)
    (line,) = [line for line in logs if line["event"] == "internal_error"]
    assert line["reference"] in error.message
    assert error.extensions == {"reference": line["reference"]}
    assert str(line["exc_info"]) == "password=hunter2"
    assert line["exc_info"].__traceback__ is not None


@pytest.mark.parametrize(
    "error",
    [
        GraphQLError("Cannot query field 'nope'."),
        GraphQLError("Too many.", original_error=BadRequest("Too many.")),
        GraphQLError("Outer", original_error=GraphQLError("Inner")),
    ],
    ids=["GraphQL's own", "ours", "GraphQL's own inside"],
)
def test_what_is_meant_for_whoever_asked_is_shown(error: GraphQLError) -> None:
    assert mask(error) is error


def test_an_error_of_ours_hidden_in_a_foreign_one_is_masked() -> None:
    inner = GraphQLError("x", original_error=RuntimeError("secret"))

    with capture_logs():
        shown = mask(GraphQLError("secret", original_error=inner, path=["pipelines", 0]))

    assert SHOWN.fullmatch(shown.message)
    assert shown.path == ["pipelines", 0]


def test_masking_twice_changes_nothing() -> None:
    with capture_logs() as logs:
        once = mask(GraphQLError("secret", original_error=RuntimeError("secret")))
        twice = mask(once)

    assert twice is once
    assert len(logs) == 1


def test_a_value_that_graphql_quotes_is_cut() -> None:
    shown = mask(GraphQLError(f"Value '{'x' * 1_000_000}' does not exist in 'EventType' enum."))

    assert len(shown.message) < 2_100
    assert mask(shown).message == shown.message
