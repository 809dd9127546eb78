"""A document is judged once as long as it is kept; refused ones are not kept, and all together take little room."""

import gc
from typing import Any

import pytest
from graphql import execute

from resolvers import build_schema, document_rules
from resolvers.metered import Metered
from tests.resolvers.world import World
from web import documents
from web.documents import Documents
from web.results import Refused

SCHEMA = build_schema()._schema


def fresh() -> Documents:
    return Documents(SCHEMA, rules=document_rules, mask=lambda error: error)


def test_a_document_that_may_be_run_is_judged_once() -> None:
    known = fresh()

    assert known("{ engine { url } }") is known("{ engine { url } }")


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("{", id="syntax"),
        pytest.param("{ nothing }", id="no field"),
        pytest.param("{ engine { " + "url " * 200 + "} }", id="too much"),
        pytest.param("{ engine { url } } #" + "x" * 100_000, id="too long"),
        pytest.param("{" * 2000, id="too deep"),
        pytest.param('{ pipelines(first: "x") { totalCount } }', id="a wrong value"),
    ],
)
def test_a_refused_document_is_not_kept(query: str) -> None:
    known = fresh()

    with pytest.raises(Refused) as refused:
        known(query)

    assert known.size == 0
    assert all(error.extensions for error in refused.value.errors)


def test_what_is_kept_is_bounded_by_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "_KEPT_SIZE", 1_000)
    known = fresh()
    first = known("{ engine { url } } # the first")

    for number in range(20):
        known("{ engine { url } } #" + str(number) * 100)

    assert known.size <= 1_000
    assert known("{ engine { url } } # the first") is not first


def test_what_is_kept_is_bounded_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "_KEPT", 2)
    known = fresh()
    first = known("{ engine { url } }")

    known("{ engine { version } }")
    known("{ engine { url } }")
    known("{ engine { support } }")

    assert known("{ engine { url } }") is first
    assert known.size == len("{ engine { url } }{ engine { support } }")


@pytest.mark.asyncio
async def test_what_documents_showed_is_reckoned_together_and_goes_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    world, known = World(), fresh()
    await world.failed()
    sizes = []
    for query in ("{ pipelines { nodes { title } } }", "{ pipelines { nodes { status } } }"):
        running: Any = execute(SCHEMA, known(query), context_value=world.context(), executor_class=Metered)
        assert (await running).errors is None
        sizes.append(known.remembered)

    monkeypatch.setattr(documents, "_KEPT", 1)
    known("{ engine { url } }")
    gc.collect()

    assert 0 < sizes[0] < sizes[1]
    assert known.remembered == 0
