"""A question that cannot be answered as it stands is told what is wrong with it and what to do."""

import pytest

from tests.resolvers.world import World

pytestmark = pytest.mark.asyncio


@pytest.fixture
def world() -> World:
    return World()


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
