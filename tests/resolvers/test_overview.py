"""The list is asked for by section and by cause, with counts of all that is stored."""

import pytest

from runner.failure_kinds import FailureKind
from tests.resolvers.world import World

pytestmark = pytest.mark.asyncio

OVERVIEW = """
query ($filter: PipelineFilter) {
  counts(filter: $filter) { total needsYou asking failed running done }
  openCauses(first: 1, filter: $filter) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges { cursor node { pipelineCount } }
    nodes { pipelineCount since group { id kind count status } pipelines { title status } }
  }
  pipelineNames { templates agents kinds }
}
"""
PIPELINES = "query ($filter: PipelineFilter) { pipelines(filter: $filter) { nodes { id } } }"
ACKNOWLEDGE = "mutation ($id: ID!) { acknowledgeFailureGroup(id: $id) { __typename } }"


@pytest.fixture
def world() -> World:
    return World()


async def test_what_needs_somebody_is_told_by_cause(world: World) -> None:
    for _ in range(4):
        await world.failed(message="The provider rejected the API key (status 401)")
    other = await world.failed(kind=FailureKind.UNKNOWN_MODEL, message="OpenCode has no model acme/x")

    told = await world.ask(OVERVIEW)

    assert told["counts"] == {"total": 5, "needsYou": 5, "asking": 0, "failed": 5, "running": 0, "done": 0}
    assert told["openCauses"]["totalCount"] == 2
    [newest] = told["openCauses"]["nodes"]
    assert (newest["pipelineCount"], newest["group"]["kind"]) == (1, "UNKNOWN_MODEL")
    assert newest["pipelines"] == [{"title": other.title, "status": "FAILED"}]
    assert told["pipelineNames"]["kinds"] == ["PROVIDER_AUTH", "UNKNOWN_MODEL"]


async def test_the_pipelines_of_a_cause_are_a_list_of_their_own(world: World) -> None:
    failed = [await world.failed() for _ in range(5)]
    [cause] = (await world.ask(OVERVIEW))["openCauses"]["nodes"]

    of_cause = {"cause": cause["group"]["id"], "section": "NEEDS_YOU"}
    told = await world.ask(
        "query ($f: PipelineFilter) { pipelines(filter: $f) { totalCount nodes { id } } }", f=of_cause
    )

    assert (cause["pipelineCount"], len(cause["pipelines"])) == (5, 3)
    assert {node["id"] for node in told["pipelines"]["nodes"]} == {pipeline.id for pipeline in failed}


async def test_an_acknowledged_cause_needs_nobody(world: World) -> None:
    failed = await world.failed()
    assert failed.failure is not None
    await world.ask(
        "mutation ($id: ID!) { acknowledgeFailureGroup(id: $id) { __typename } }", id=failed.failure.group_id
    )

    told = await world.ask(OVERVIEW)

    assert told["counts"] == {"total": 1, "needsYou": 0, "asking": 0, "failed": 0, "running": 0, "done": 1}
    assert told["openCauses"]["nodes"] == []


@pytest.mark.parametrize(
    "filter",
    [{"template": "none"}, {"section": "RUNNING"}, {"agent": "nobody"}, {"until": "2001-01-01T00:00:00Z"}],
    ids=repr,
)
async def test_a_filter_holds_for_counts_and_causes_alike(world: World, filter: dict[str, str]) -> None:
    await world.failed()

    told = await world.ask(OVERVIEW, filter=filter)

    assert (told["counts"]["total"], told["openCauses"]["nodes"]) == (0, [])


@pytest.mark.parametrize("arguments", ["first: 0", "first: 101", 'after: "nonsense"'])
async def test_a_bad_page_is_refused(world: World, arguments: str) -> None:
    errors = await world.errors(f"{{ openCauses({arguments}) {{ totalCount }} }}")

    assert errors
