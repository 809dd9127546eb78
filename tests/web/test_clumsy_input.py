"""Whatever a client sends in a field, it is told which field and what is wrong, in valid JSON, and nothing of ours."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.support.agents import PromptedAgents
from tests.support.application import Running, application

pytestmark = pytest.mark.asyncio(loop_scope="module")

INTEGER = "9" * 6000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with application(tmp_path_factory.mktemp("clumsy"), PromptedAgents()) as served:
        yield served


async def told(running: Running, body: str | bytes, **headers: str) -> tuple[int, dict[str, Any]]:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        sent = {"content-type": "application/json", **headers}
        answer = await client.post(f"{running.url}/graphql", content=body, headers=sent)
    assert answer.headers["cache-control"] == "no-store"
    assert "Internal error" not in answer.text
    return answer.status_code, json.loads(answer.content.decode(), parse_constant=_no_json)


def _no_json(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


STARTED = "mutation ($input: StartPipelineInput!) { done: startPipeline(input: $input) { ...Told } }"
SAVED = "mutation ($input: TemplateInput!) { done: saveTemplate(input: $input) { ...Told } }"
AGENT = "mutation ($input: AgentInput!) { done: saveAgent(input: $input) { ...Told } }"
RETRIED = "mutation ($input: RetryStepInput!) { done: retryStep(input: $input) { ...Told } }"
APPROVED = "mutation ($id: ID!, $comment: String) { done: approve(approvalId: $id, comment: $comment) { ...Told } }"
DELETED = "mutation ($name: String!) { done: deleteTemplate(name: $name) { ...Told } }"
RESOLVED = "mutation ($id: ID!) { done: resolveFailureGroup(id: $id) { ...Told } }"
ANSWERED = (
    "mutation ($id: ID!, $answers: [String!]!) "
    "{ done: answerQuestion(attentionId: $id, answers: $answers) { ...Told } }"
)
TOLD = " fragment Told on UserError { __typename message ... on InvalidInput { field } }"
STEP = '{"agent": "build"}'


def started(**fields: str) -> tuple[str, str]:
    """The mutation, and its variables as JSON text with these fields as they stand."""
    given = {"prompt": '"do it"', "steps": f"[{STEP}]", **fields}
    return STARTED, '{"input": {' + ", ".join(f'"{name}": {value}' for name, value in given.items()) + "}}"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        pytest.param(started(title=json.dumps("x" * 201)), ["title"], id="a title too long"),
        pytest.param(started(title='"a\\u0000b"'), ["title"], id="NUL"),
        pytest.param(started(title='"a\\ud800b"'), ["title"], id="half a surrogate pair"),
        pytest.param(started(prompt='"\\udfff"'), ["prompt"], id="the other half"),
        pytest.param(started(prompt=json.dumps("x" * 1_000_001)), ["prompt"], id="a prompt too long"),
        pytest.param(started(prompt="NaN"), ["prompt"], id="NaN for a text"),
        pytest.param(started(idempotencyKey=json.dumps("k" * 201)), ["idempotencyKey"], id="a key too long"),
        pytest.param(started(steps="[" + ",".join([STEP] * 101) + "]"), ["steps"], id="steps without end"),
        pytest.param(
            started(steps='[{"agent": "' + "x" * 201 + '"}]'), ["steps", "0", "agent"], id="an agent's name too long"
        ),
        *(
            pytest.param(
                started(steps=f'[{STEP}, {{"agent": "build", "handoffSchema": {{"{name}": {value}}}}}]'),
                ["steps", "1", "handoffSchema", name],
                id=f"{told} in a schema",
            )
            for told, name, value in (
                ("6,000 digits", "minimum", INTEGER),
                ("-Infinity", "minimum", "-Infinity"),
                ("1e999", "maximum", "1e999"),
                ("half a surrogate pair", "title", '"\\ud83d"'),
            )
        ),
        *(
            pytest.param(
                (
                    document,
                    f'{{"input": {{"{word}": "a", "steps": [{{"agent": "build", "handoffSchema": {schema}}}]}}}}',
                ),
                ["steps", "0", "handoffSchema"],
                id=f"{told} for a {word}",
            )
            for document, word in ((STARTED, "prompt"), (SAVED, "name"))
            for told, schema in (
                ("a schema of itself", '{"properties": {"next": {"$ref": "#"}}}'),
                ("a schema from elsewhere", '{"$ref": "https://schemas.example/a.json"}'),
                ("a schema too large", json.dumps({"description": "x" * 40_000})),
                ("a schema too deep", '{"not": ' * 60 + '{"not": {"not": {"not": {"not": {"not": {}}}}}}' + "}" * 60),
            )
        ),
        pytest.param(
            (SAVED, '{"input": {"name": "a", "description": "\\u0000", "steps": []}}'), ["description"], id="t"
        ),
        pytest.param(
            (AGENT, '{"input": {"name": "a", "engineAgent": "b", "instructions": "\\ud800"}}'), ["instructions"], id="a"
        ),
        pytest.param(
            (RETRIED, json.dumps({"input": {"stepId": "stp_1_0", "instruction": "x" * 20_001}})),
            ["instruction"],
            id="i",
        ),
        pytest.param((RETRIED, json.dumps({"input": {"stepId": "s" * 501}})), ["stepId"], id="an id too long"),
        pytest.param(
            (APPROVED, json.dumps({"id": "a", "comment": "x" * 20_001})), ["comment"], id="a comment too long"
        ),
        pytest.param((APPROVED, '{"id": "a\\u0000"}'), ["approvalId"], id="NUL in an id"),
        pytest.param((DELETED, '{"name": "\\ud800"}'), ["name"], id="a name"),
        pytest.param((RESOLVED, '{"id": Infinity}'), ["id"], id="a number for an id"),
        pytest.param(
            (ANSWERED, json.dumps({"id": "a", "answers": ["x"] * 101})), ["answers"], id="answers without end"
        ),
        pytest.param((ANSWERED, '{"id": "a", "answers": ["x", "\\ud800"]}'), ["answers", "1"], id="an answer"),
    ],
)
async def test_a_mutation_names_the_field(running: Running, asked: tuple[str, str], field: list[str]) -> None:
    document, variables = asked

    status, answer = await told(running, f'{{"query": {json.dumps(document + TOLD)}, "variables": {variables}}}')

    assert status == 200
    assert "errors" not in answer
    assert answer["data"]["done"]["__typename"] == "InvalidInput"
    assert answer["data"]["done"]["field"] == field


@pytest.mark.parametrize("number", [INTEGER, "9" * 2000, "-1e999", "1" + "0" * 400 + ".5"])
async def test_a_number_in_the_document_itself_is_named_too(running: Running, number: str) -> None:
    steps = f'[{{agent: "build", handoffSchema: {{minimum: [1, {number}]}}}}]'
    query = f'mutation {{ done: startPipeline(input: {{prompt: "a", steps: {steps}}}) {{ ...Told }} }}{TOLD}'

    _, answer = await told(running, json.dumps({"query": query}))

    assert answer["data"]["done"]["field"] == ["steps", "0", "handoffSchema", "minimum", "1"]


PAGES = "query ($first: Int, $after: String, $filter: PipelineFilter) "
PAGES += "{ pipelines(first: $first, after: $after, filter: $filter) { totalCount } }"


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        pytest.param(PAGES, f'{{"first": {INTEGER}}}', "BAD_USER_INPUT", id="6,000 digits"),
        pytest.param(PAGES, '{"first": NaN}', "BAD_USER_INPUT", id="NaN"),
        pytest.param(PAGES, '{"first": 1e999}', "BAD_USER_INPUT", id="1e999"),
        pytest.param(PAGES, '{"first": 5000}', "BAD_USER_INPUT", id="a page too large"),
        pytest.param(PAGES, '{"first": "\\ud800"}', "BAD_USER_INPUT", id="half a pair for a number"),
        pytest.param(PAGES, json.dumps({"filter": {"text": "x" * 201}}), "BAD_USER_INPUT", id="a search too long"),
        pytest.param(PAGES, '{"filter": {"text": "\\u0000"}}', "BAD_USER_INPUT", id="NUL in a search"),
        pytest.param(PAGES, '{"filter": {"text": "\\ud83d"}}', "BAD_USER_INPUT", id="half a pair in a search"),
        pytest.param(PAGES, '{"filter": {"\\ud83d": 1}}', "BAD_USER_INPUT", id="half a pair for a name"),
        pytest.param(PAGES, json.dumps({"filter": {"status": ["FAILED"] * 101}}), "BAD_USER_INPUT", id="a list"),
        pytest.param(PAGES, '{"filter": {"status": ["\\ud83d"]}}', "BAD_USER_INPUT", id="no such value"),
        pytest.param(PAGES, json.dumps({"after": "x" * 501}), "BAD_USER_INPUT", id="a place too long"),
        pytest.param(PAGES, '{"after": "nowhere"}', "BAD_USER_INPUT", id="no place"),
        pytest.param(PAGES, json.dumps({"more": [0] * 100_000}), "BAD_USER_INPUT", id="variables without end"),
        pytest.param(PAGES, '{"more": ' + "[" * 300 + "]" * 300 + "}", "BAD_USER_INPUT", id="variables too deep"),
        pytest.param(f"{{ pipelines(first: {INTEGER}) {{ totalCount }} }}", "null", "BAD_USER_INPUT", id="a literal"),
        pytest.param('{ events(after: "x", first: 1) { nodes { at } } }', "null", "BAD_USER_INPUT", id="no cursor"),
        pytest.param('{ events(since: "yesterday") { nodes { at } } }', "null", "BAD_USER_INPUT", id="no time"),
        pytest.param('{ pipeline(id: "\\u0000") { id } }', "null", "BAD_USER_INPUT", id="NUL in a literal"),
        pytest.param('{ node(id: "' + "x" * 501 + '") { id } }', "null", "BAD_USER_INPUT", id="an id too long"),
        pytest.param("{ pipelines {", "null", "GRAPHQL_PARSE_FAILED", id="syntax"),
        pytest.param('{ pipeline(id: "\\ud800") { id } }', "null", "GRAPHQL_PARSE_FAILED", id="no string"),
        pytest.param("{ nothing }", "null", "GRAPHQL_VALIDATION_FAILED", id="no field"),
        pytest.param("{ engine { " + "url " * 200 + "} }", "null", "GRAPHQL_VALIDATION_FAILED", id="too much"),
        pytest.param("{ a: engine { url } " * 2 + "}", "null", "GRAPHQL_PARSE_FAILED", id="brackets"),
    ],
)
async def test_a_mistake_in_a_query_has_a_code(running: Running, query: str, variables: str, code: str) -> None:
    _, answer = await told(running, f'{{"query": {json.dumps(query)}, "variables": {variables}}}')

    assert answer["errors"][0]["extensions"]["code"] == code


START = "mutation ($input: StartPipelineInput!) { startPipeline(input: $input) { __typename } }"


@pytest.mark.parametrize(
    ("query", "variables", "said"),
    [
        pytest.param(PAGES, json.dumps({"more": [0] * 600_000}), "more than 100,000 values and texts", id="numbers"),
        pytest.param(PAGES, json.dumps({"more": ["", {}] * 200_000}), "more than 100,000 values", id="texts"),
        pytest.param(PAGES, "[" * 900_000, "more than 100,000 values and texts", id="brackets"),
        pytest.param(PAGES, json.dumps({"filter": {"status": ["X" * 10**6]}}), "1,000,000 characters", id="a word"),
        pytest.param(PAGES, json.dumps({"filter": {"x" * 10**6: 1}}), "more than 1,000 characters", id="a name"),
        pytest.param(
            PAGES, json.dumps({"filter": {f"k{n}": 1 for n in range(9_000)}}), "9,000 names; 2,500 are", id="names"
        ),
        pytest.param(START, json.dumps({"input": {f"k{n}": 1 for n in range(9_000)}}), "9,000 names", id="an input"),
        pytest.param(
            START, json.dumps({"input": {"steps": [{f"k{n}": 1 for n in range(9_000)}]}}), "9,000 names", id="steps"
        ),
    ],
)
async def test_what_would_take_long_to_read_is_refused_in_few_words(
    running: Running, query: str, variables: str, said: str
) -> None:
    _, answer = await told(running, f'{{"query": {json.dumps(query)}, "variables": {variables}}}')

    error = answer["errors"][0]
    assert said in error["message"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert len(json.dumps(answer)) < 2_000


@pytest.mark.parametrize("text", ['a, "b": [{', ',\\"\n', "[[{{"])
async def test_signs_inside_of_a_long_text_are_not_counted(running: Running, text: str) -> None:
    prompt = (text * 1_000_000)[:1_000_000]

    _, answer = await told(running, json.dumps({"query": START, "variables": {"input": {"prompt": prompt}}}))

    assert answer["data"]["startPipeline"]["__typename"] == "InvalidInput"


async def test_a_document_that_costs_too_much_is_told_what_it_costs(running: Running) -> None:
    query = "{" + " ".join(f"a{n}: approvals {{ id }}" for n in range(20)) + "}"

    _, answer = await told(running, json.dumps({"query": query}))

    (error,) = answer["errors"]
    assert "The query costs 145,200; 70,000 is the most. `approvals` takes 145,200 of it." in error["message"]
    assert error["extensions"] == {
        "code": "GRAPHQL_VALIDATION_FAILED",
        "cost": 145_200,
        "limit": 70_000,
        "field": "approvals",
    }


@pytest.mark.parametrize(
    "body",
    [
        pytest.param('{"query": "{ engine { url } }", "extensions": []}', id="extensions are a list"),
        pytest.param('{"query": "{ engine { url } }", "extensions": "x"}', id="extensions are a text"),
        pytest.param('{"query": "{ engine { url } }", "extensions": NaN}', id="extensions are no JSON"),
        pytest.param('{"query": "{ engine { url } }", "variables": "x"}', id="variables are a text"),
        pytest.param('{"query": "{ engine { url } }", "variables": Infinity}', id="variables are no JSON"),
        pytest.param('{"query": NaN}', id="a query that is no JSON"),
        pytest.param('{"query": "{ engine { url } }", "operationName": "\\ud800"}', id="a name of half a pair"),
        pytest.param(b'{"query": "\xff"}', id="no UTF-8"),
    ],
)
async def test_what_is_no_request_is_a_400(running: Running, body: str | bytes) -> None:
    status, answer = await told(running, body)

    assert status == 400
    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "[", "http://a]b", "\u00ff", "null", "http://x:y"])
async def test_an_origin_that_is_none_is_a_403(running: Running, origin: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{running.url}/healthz", headers={b"origin": origin.encode("latin-1")})

    assert answer.status_code == 403
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["healthz", "readyz", "metrics", "nowhere", "graphql"])
async def test_no_answer_is_kept_by_anybody(running: Running, path: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{running.url}/{path}")

    assert answer.headers["cache-control"] == "no-store"


async def test_a_stream_is_kept_by_nobody(running: Running) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        sent = {"accept": "text/event-stream"}
        body = {"query": "subscription { events { __typename } }"}
        async with client.stream("POST", f"{running.url}/graphql", json=body, headers=sent) as answer:
            assert answer.headers["cache-control"] == "no-store, no-transform"


SUBSCRIBE = '{"id": "a", "type": "subscribe", "payload": {"query": "{ engine { url } }", %s}}'


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param('{"type": "ping", "payload": []}', id="ping"),
        pytest.param('{"type": "ping", "payload": 1}', id="ping with a number"),
        pytest.param('{"type": "pong", "payload": "x"}', id="pong"),
        pytest.param(SUBSCRIBE % '"extensions": []', id="extensions"),
        pytest.param(SUBSCRIBE % '"extensions": NaN', id="extensions that are no JSON"),
        pytest.param(SUBSCRIBE % '"variables": "x"', id="variables"),
        pytest.param(SUBSCRIBE.replace('"a"', '"\\ud800"') % '"variables": {}', id="an id of half a pair"),
        pytest.param('{"id": "' + "x" * 501 + '", "type": "complete"}', id="an id too long"),
        pytest.param(json.dumps({"type": "\U0001f600" * 300}, ensure_ascii=False), id="a type too long"),
    ],
)
async def test_a_message_that_is_none_closes_the_socket_with_4400(running: Running, sent: str) -> None:
    async with connect(_address(running), subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send('{"type": "connection_init", "payload": null}')
        await socket.recv()
        await socket.send(sent)

        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4400


@pytest.mark.parametrize("payload", ["[]", '"x"', "7", "true", "NaN"])
async def test_a_beginning_that_is_no_object_closes_the_socket_with_4400(running: Running, payload: str) -> None:
    async with connect(_address(running), subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send(f'{{"type": "connection_init", "payload": {payload}}}')

        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4400


async def test_an_id_in_use_of_long_letters_closes_with_its_own_code(running: Running) -> None:
    message = {
        "id": "\u4e16" * 400,
        "type": "subscribe",
        "payload": {"query": "subscription { events { __typename } }"},
    }
    async with connect(_address(running), subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send('{"type": "connection_init"}')
        await socket.recv()
        await socket.send(json.dumps(message))
        await socket.send(json.dumps(message))

        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4409


@pytest.mark.parametrize("payload", ['{"at": 7}', "{}", '{"a": {"b": ["\\ud800"]}}'])
async def test_a_pong_returns_what_the_ping_had(running: Running, payload: str) -> None:
    async with connect(_address(running), subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send(f'{{"type": "ping", "payload": {payload}}}')

        assert json.loads(await socket.recv()) == {"type": "pong", "payload": json.loads(payload)}


def _address(running: Running) -> str:
    return running.url.replace("http", "ws", 1) + "/graphql"
