"""A document is judged once as long as it is kept; refused ones are not kept, and all together take little room."""

import pytest

from resolvers import build_schema, document_rules
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
