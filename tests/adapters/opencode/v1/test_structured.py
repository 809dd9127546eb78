"""The structured part of an answer is found wherever it stands, and checked without asking the network."""

from typing import Any

import pytest

from adapters.opencode.v1.structured import Structured, instruction_for, structured
from runner.failures import Failure, FailureKind, Retry

SCHEMA: Any = {
    "type": "object",
    "required": ["done"],
    "properties": {"done": {"type": "boolean"}, "notes": {"type": "object", "required": ["text"]}},
}


@pytest.mark.parametrize(
    "text",
    [
        '{"done": true}',
        'Done.\n```json\n{"done": true}\n```',
        'Done.\n~~~\n{"done": true}\n~~~\nBye.',
        '```json\n{"done": 1}\n```\nBetter:\n```json\n{"done": true}\n```',
        '```json\n{"done": true}\n```\nfor example not\n```json\n{"other": 1}\n```',
        'The result is {"done": true}, as {you} see.',
    ],
    ids=["bare", "fenced", "tildes", "the last", "the fitting", "in a sentence"],
)
def test_the_fitting_value_is_found(text: str) -> None:
    assert structured(text, SCHEMA) == Structured(data={"done": True})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Nothing here.", "The handoff has no structured part: the answer holds no JSON"),
        ('{"undone": 1}', 'The handoff lacks "done"'),
        ('{"done": "yes"}', "The handoff does not match its schema at \"done\": 'yes' is not of type 'boolean'"),
        ('{"done": true, "notes": {}}', 'The handoff lacks "text" in notes'),
        ("3", "The handoff does not match its schema: 3 is not of type 'object'"),
    ],
    ids=["none", "missing", "type", "nested", "number"],
)
def test_what_is_wrong_is_named(text: str, message: str) -> None:
    found = structured(text, SCHEMA)

    assert isinstance(found, Failure)
    assert (found.kind, found.message) == (FailureKind.HANDOFF_INVALID, message)
    assert found.retry is Retry.ONCE


@pytest.mark.parametrize(
    "schema",
    [{"type": "objekt"}, {"$ref": "https://schemas.example/handoff.json"}],
    ids=["not a schema", "elsewhere"],
)
def test_a_schema_that_cannot_be_used_is_the_templates_fault(schema: Any) -> None:
    found = structured('{"done": true}', schema)

    assert isinstance(found, Failure)
    assert found.message.startswith("The template's handoff schema is not valid")
    assert found.retry is Retry.NO


def test_the_agent_is_told_the_schema() -> None:
    assert '"required"' in instruction_for(SCHEMA)
