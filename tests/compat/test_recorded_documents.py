"""What clients once sent is valid for ever: every recorded document, in the folder of the month it was recorded."""

from pathlib import Path

import pytest
from graphql import parse, specified_rules, validate

from resolvers import build_schema, document_rules

HERE = Path(__file__).parent
DOCUMENTS = sorted(HERE.glob("*/*.graphql"))
SCHEMA = build_schema()._schema


def test_there_are_recorded_documents() -> None:
    assert DOCUMENTS


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_recorded_document_is_still_valid(document: Path) -> None:
    rules = (*specified_rules, *document_rules)

    assert validate(SCHEMA, parse(document.read_text(encoding="utf-8")), rules) == []
