"""A value is checked against its schema without asking the network, and what is wrong is said in the schema's words."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from adapters.json_schema import JsonSchemas
from adapters.workers import WorkerLost, Workers
from runner.failures import Json
from runner.handoff import BadSchema

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def schemas() -> AsyncIterator[JsonSchemas]:
    """With time enough for a busy machine, and workers that are ended."""
    opened = JsonSchemas(seconds=60)
    yield opened
    await opened.aclose()


SCHEMA: Any = {
    "type": "object",
    "required": ["done"],
    "properties": {"done": {"type": "boolean"}, "notes": {"type": "object", "required": ["text", "by"]}},
}


def bomb(levels: int, **more: Any) -> Any:
    """Each part is the next one twice: 2^levels when they are written out."""
    parts = {str(n): {"allOf": [{"$ref": f"#/$defs/{n + 1}"}] * 2} for n in range(levels)}
    return {"$defs": {**parts, str(levels): {}}, **more}


DEEP: Any = {}
for _ in range(40):
    DEEP = {"anyOf": [DEEP]}


@pytest.mark.parametrize("value", [{"done": True}, {"done": False, "notes": {"text": "", "by": "a"}, "more": [1]}])
async def test_nothing_is_wrong_with_what_fits(schemas: JsonSchemas, value: Json) -> None:
    assert await schemas.fault(value, SCHEMA) is None


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
async def test_what_is_wrong_is_named(schemas: JsonSchemas, value: Json, fault: str) -> None:
    assert await schemas.fault(value, SCHEMA) == fault


async def test_a_long_value_does_not_hide_what_is_wrong_with_it(schemas: JsonSchemas) -> None:
    fault = await schemas.fault({"done": "x" * 10_000}, SCHEMA)

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
async def test_a_schema_that_nothing_can_be_checked_against_is_said_to_be_so(
    schemas: JsonSchemas, schema: Any, reason: str
) -> None:
    with pytest.raises(BadSchema, match=reason):
        await schemas.fault({"text": "x"} if "patternProperties" in schema else "text", schema)


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ([], "it must be an object"),
        ({"type": "objekt"}, "'objekt' is not valid under any of the given schemas"),
        ({"$ref": "#"}, "refers to itself"),
        ({"properties": {"notes": {"$ref": "#/$defs/notes"}}}, "#/$defs/notes is not in it"),
        ({"anyOf": [{}, {"$ref": "https://schemas.example/x.json"}]}, "https://schemas.example/x.json is not in it"),
        ({"properties": {"next": {"$ref": "#"}}}, "refers to itself"),
        ({"$defs": {"a": {"items": {"$ref": "#/$defs/b"}}, "b": {"not": {"$ref": "#/$defs/a"}}}}, "refers to itself"),
        ({"$defs": {"a": {"$anchor": "a", "items": {"$ref": "#a"}}}}, "refers to itself"),
        (
            {"$dynamicAnchor": "a", "items": {"$dynamicRef": "#a"}},
            "$dynamicRef is for schemas that refer to themselves",
        ),
        (bomb(15), "it has more than 2,500 parts, with what it refers to"),
        ({"properties": {str(number): {} for number in range(2_600)}}, "it has more than 2,500 parts"),
        ({"description": "x" * 40_000}, "characters; 32,768 are the most"),
        ({"required": [str(number) for number in range(1001)]}, "a list in it has 1,001 entries"),
        (DEEP, "it is nested more than 64 levels deep"),
        ({"$ref": "#/" + "x" * 10_000}, "is not in it"),
        ({"pattern": "("}, "is not a 'regex'"),
    ],
    ids=[
        *("no object", "not a schema", "a circle", "a part that is not there", "elsewhere", "itself, with an end"),
        *("two that refer to each other", "an anchor", "a dynamic one", "a bomb", "many parts", "large", "a long list"),
        *("deep", "a long reference", "no pattern"),
    ],
)
async def test_a_bad_schema_shows_before_there_is_an_answer(schemas: JsonSchemas, schema: Any, reason: str) -> None:
    problem = await schemas.problem(schema)

    assert problem is not None
    assert reason in problem


@pytest.mark.parametrize(
    "schema",
    [
        None,
        SCHEMA,
        {"$defs": {"notes": {"type": "string"}}, "properties": {"notes": {"$ref": "#/$defs/notes"}}},
        {"$defs": {"notes": {"$anchor": "n"}}, "items": {"$ref": "#n"}},
        {"const": {"$ref": "#/nowhere"}},
        {"$id": "https://schemas.example/a", "$defs": {"c": {}}, "properties": {"b": {"$ref": "a#/$defs/c"}}},
    ],
    ids=["none", "plain", "a part", "an anchor", "a value", "parts with names"],
)
async def test_a_schema_that_works_has_no_problem(schemas: JsonSchemas, schema: Any) -> None:
    assert await schemas.problem(schema) is None


ENDLESS: Any = {"pattern": "^(a+)+$"}


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        pytest.param("a" * 60 + "b", ENDLESS, id="a pattern"),
        pytest.param({"a" * 60 + "b": 1}, {"patternProperties": {"^(a|a)+$": {}}}, id="a pattern for names"),
        pytest.param([{"a": [n]} for n in range(20_000)], {"uniqueItems": True}, id="20,000 unique items"),
        pytest.param([{}], bomb(30, items={"$ref": "#/$defs/0"}), id="parts within parts"),
    ],
)
async def test_what_takes_too_long_is_said_and_ended(value: Any, schema: Any) -> None:
    quick = JsonSchemas(seconds=0.3)

    fault = await quick.fault(value, schema)
    await quick.aclose()

    assert fault == "could not be checked: checking against the schema took longer than 0.3 s"


async def test_meanwhile_the_event_loop_goes_on() -> None:
    quick, turns = JsonSchemas(seconds=1.0), 0

    async with asyncio.TaskGroup() as tasks:
        checking = tasks.create_task(quick.fault("a" * 60 + "b", ENDLESS))
        while not checking.done():
            turns += 1
            await asyncio.sleep(0.01)
    await quick.aclose()

    assert turns > 10


async def test_a_plain_schema_needs_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody(*_: object, **__: object) -> bytes:
        raise AssertionError("a worker was asked")

    monkeypatch.setattr(Workers, "ask", nobody)

    assert await JsonSchemas().fault([{"done": 1}] * 100, {"items": {"required": ["done"]}}) is None
    assert await JsonSchemas().fault([{}] * 100, {"items": {"required": ["done"]}}) == 'lacks "done" in 99'


@pytest.mark.parametrize(
    "schema",
    [
        {"items": {"pattern": "a"}},
        {"properties": {"a": {"additionalProperties": {"uniqueItems": True}}}},
        {"properties": {"a": {"anyOf": [{}]}}},
        {"$schema": "http://json-schema.org/draft-03/schema#", "properties": {"a": {"type": [{"pattern": "a"}]}}},
        {"items": [{}]},
    ],
    ids=["pattern", "unique", "combined", "types that are schemas", "a list of schemas"],
)
async def test_any_other_is_a_matter_for_a_worker(schema: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[bytes]()

    async def fitting(_: Workers, line: bytes, **__: object) -> bytes:
        asked.append(line)
        return b'{"fault": null}'

    monkeypatch.setattr(Workers, "ask", fitting)

    assert await JsonSchemas().fault({}, schema) is None
    assert len(asked) == 1


async def test_a_value_nested_without_end_is_told(schemas: JsonSchemas) -> None:
    value: Any = []
    for _ in range(900):
        value = [value]

    fault = await schemas.fault(value, {"items": {"items": {"pattern": "a"}}})
    plain = await schemas.fault(value, {"type": "object"})

    assert fault is None
    assert plain is not None
    assert plain.endswith("is not of type 'object'")


OLD = "http://json-schema.org/draft-03/schema#"


@pytest.mark.parametrize(
    "schema",
    [
        {"$schema": ["x"]},
        {"$schema": {}},
        {"$id": []},
        {"$id": "http://a", "$defs": {"a": {"$anchor": {}}}, "properties": {"b": {"$ref": "#/$defs/a"}}},
        {"$id": "http://a", "$defs": {"a": {"$defs": []}}, "properties": {"b": {"$ref": "#/$defs/a"}}},
        {"$id": "http://a", "$defs": {"a": {"items": "x"}}, "properties": {"b": {"$ref": "#/$defs/a"}}},
        {"$id": "http://a", "$defs": {"a": {"allOf": 5}}, "properties": {"b": {"$ref": "#/$defs/a"}}},
        {"properties": {"a": {"$ref": "http://["}}},
        {"$schema": "http://[", "$ref": "#/x"},
        {"$schema": OLD, "type": "nothing"},
        {"$schema": OLD, "disallow": "nothing"},
    ],
)
async def test_a_part_of_an_odd_shape_is_a_problem_and_no_error(schemas: JsonSchemas, schema: Any) -> None:
    assert await schemas.problem(schema)


@pytest.mark.parametrize(
    ("value", "schema", "said"),
    [
        (10**900, {"multipleOf": 1.5}, "could not be checked: int too large"),
        (1e300, {"multipleOf": 10**900}, "could not be checked: int too large"),
        ({"a": 10**900}, {"$schema": OLD, "properties": {"a": {"divisibleBy": 0.5}}}, "could not be checked: int too"),
        ({}, {"$schema": OLD, "properties": {"a": {"required": True}}}, "'a' is a required property"),
    ],
)
async def test_what_arithmetic_or_an_old_draft_makes_of_it_is_said(
    schemas: JsonSchemas, value: Any, schema: Any, said: str
) -> None:
    fault = await schemas.fault(value, schema)

    assert fault is not None
    assert said in fault


async def test_a_large_schema_is_judged_by_a_worker(schemas: JsonSchemas, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []
    ask = Workers.ask

    async def noted(self: Workers, line: bytes, *, within: float) -> bytes:
        asked.append(line)
        return await ask(self, line, within=within)

    monkeypatch.setattr(Workers, "ask", noted)
    many: list[Any] = [{"type": "string"} for _ in range(400)]

    large: Any = {"prefixItems": many}

    assert await schemas.problem(large) is None
    assert await schemas.problem({"prefixItems": [*many, {"type": "nothing"}]}) is not None
    assert len(asked) == 2


async def test_a_large_schema_whose_worker_is_lost_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    async def lost(self: Workers, line: bytes, *, within: float) -> bytes:
        raise WorkerLost("it ended")

    monkeypatch.setattr(Workers, "ask", lost)

    problem = await JsonSchemas().problem({"prefixItems": [{"type": "string"}] * 400})

    assert problem is not None
    assert problem.startswith("could not be checked: the process for it was lost")
