"""A value is checked against its schema without asking the network, and what is wrong is said in the schema's words."""

from typing import Any

import pytest

from adapters.json_schema import JsonSchemas
from runner.failures import Json
from runner.ports import BadSchema

pytestmark = pytest.mark.asyncio

SCHEMA: Any = {
    "type": "object",
    "required": ["done"],
    "properties": {"done": {"type": "boolean"}, "notes": {"type": "object", "required": ["text", "by"]}},
}


@pytest.mark.parametrize("value", [{"done": True}, {"done": False, "notes": {"text": "", "by": "a"}, "more": [1]}])
async def test_nothing_is_wrong_with_what_fits(value: Json) -> None:
    assert await JsonSchemas().fault(value, SCHEMA) is None


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ({"undone": 1}, 'lacks "done"'),
        ({"done": True, "notes": {}}, 'lacks "text", "by" in notes'),
        ({"done": "yes"}, "does not match its schema at \"done\": 'yes' is not of type 'boolean'"),
        (3, "does not match its schema: 3 is not of type 'object'"),
        (None, "does not match its schema: None is not of type 'object'"),
    ],
    ids=["missing", "nested", "type", "number", "null"],
)
async def test_what_is_wrong_is_named(value: Json, fault: str) -> None:
    assert await JsonSchemas().fault(value, SCHEMA) == fault


async def test_a_long_value_does_not_hide_what_is_wrong_with_it() -> None:
    fault = await JsonSchemas().fault({"done": "x" * 10_000}, SCHEMA)

    assert fault is not None
    assert len(fault) < 400
    assert fault.endswith("is not of type 'boolean'")


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "objekt"}, "'objekt' is not valid under any of the given schemas"),
        ({"$ref": "https://schemas.example/handoff.json"}, "https://schemas.example/handoff.json is not in it"),
        ({"$ref": "#"}, "it refers to itself without an end"),
        ({"pattern": "["}, "'\\[' is not a 'regex'"),
        ({"$schema": "http://json-schema.org/draft-04/schema#", "patternProperties": {"[": {}}}, '"\\[" is no pattern'),
    ],
    ids=["not a schema", "elsewhere", "a circle", "no pattern", "no pattern, in an older one"],
)
async def test_a_schema_that_nothing_can_be_checked_against_is_said_to_be_so(schema: Any, reason: str) -> None:
    with pytest.raises(BadSchema, match=reason):
        await JsonSchemas().fault({"text": "x"} if "patternProperties" in schema else "text", schema)


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ([], "it must be an object"),
        ({"type": "objekt"}, "'objekt' is not valid under any of the given schemas"),
        ({"$ref": "#"}, "it refers to itself without an end"),
        ({"properties": {"notes": {"$ref": "#/$defs/notes"}}}, "#/$defs/notes is not in it"),
        ({"anyOf": [{}, {"$ref": "https://schemas.example/x.json"}]}, "https://schemas.example/x.json is not in it"),
    ],
    ids=["no object", "not a schema", "a circle", "a part that is not there", "elsewhere"],
)
async def test_a_bad_schema_shows_before_there_is_an_answer(schema: Any, reason: str) -> None:
    problem = await JsonSchemas().problem(schema)

    assert problem is not None
    assert reason in problem


@pytest.mark.parametrize(
    "schema",
    [
        None,
        SCHEMA,
        {"$defs": {"notes": {"type": "string"}}, "properties": {"notes": {"$ref": "#/$defs/notes"}}},
        {"$defs": {"notes": {"$anchor": "n"}}, "items": {"$ref": "#n"}},
        {"properties": {"next": {"$ref": "#"}}},
        {"const": {"$ref": "#/nowhere"}},
        {"$id": "https://schemas.example/a", "properties": {"b": {"$ref": "a#/properties"}}},
    ],
    ids=["none", "plain", "a part", "an anchor", "itself, with an end", "a value", "parts with names"],
)
async def test_a_schema_that_works_has_no_problem(schema: Any) -> None:
    assert await JsonSchemas().problem(schema) is None
