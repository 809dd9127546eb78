"""The product's promise: whatever OpenCode's answer is, the subscriber, the query and plain SQL tell the one reason.

Every public exception of httpx, raised where the step's own request is on its way, and every fault of a body, one
pipeline for each, all on one server. None is called a success and none is left running.
"""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.opencode import agents_over
from runner.failure_kinds import FailureKind
from tests.adapters.opencode.test_errors import PUBLIC, QUICK, RUNNING, raised
from tests.support.application import Running, application

pytestmark = pytest.mark.asyncio

K = FailureKind
JSON = {"content-type": "application/json"}
HTML = {"content-type": "text/html"}
EVENTS = """subscription { events { __typename
  ... on StepFailed { pipeline { id } errorMessage failure { kind origin message hint statusCode } }
  ... on PipelineFinished { pipeline { id } status } } }"""
PIPELINES = "{ pipelines(first: 100) { nodes { id title status errorMessage steps { status errorMessage } } } }"


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    kind: FailureKind
    words: str = ""
    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = tuple(JSON.items())
    error: type[Exception] | None = None


def _body(name: str, kind: FailureKind, words: str, **more: Any) -> Case:
    return Case(name=name, kind=kind, words=words, **more)


def _envelope(name: str, message: str, **data: Any) -> bytes:
    return json.dumps({"name": name, "data": {"message": message, **data}}).encode()


def _message(**info: Any) -> bytes:
    text = {"type": "text", "text": "Done."}
    return json.dumps({"info": {"id": "msg_1", "role": "assistant", **info}, "parts": [text]}).encode()


BODIES = [
    _body("empty", K.EMPTY_BODY, "OpenCode returned empty body (status 200)"),
    _body("blank", K.EMPTY_BODY, "OpenCode returned empty body (status 200)", body=b" \n"),
    _body("no content", K.EMPTY_BODY, "OpenCode returned empty body (status 204)", status=204),
    _body("a web page", K.INVALID_BODY, "text/html instead of JSON", body=b"<html>", headers=tuple(HTML.items())),
    _body("cut off", K.INVALID_BODY, "breaks off after", body=_message(finish="stop")[:-9]),
    _body("garbage", K.INVALID_BODY, "not JSON", body=b"\x00\x01 nonsense"),
    _body("not UTF-8", K.INVALID_BODY, "not UTF-8", body=b'{"info": "\xff"}'),
    _body("nested", K.INVALID_BODY, "nested too deeply", body=b"[" * 200_000),
    _body("a list", K.UNEXPECTED_SHAPE, "a list", body=b"[]"),
    _body("null", K.UNEXPECTED_SHAPE, "null", body=b"null"),
    _body("without info", K.UNEXPECTED_SHAPE, 'lacks "info"', body=b'{"parts": []}'),
    _body("parts a number", K.UNEXPECTED_SHAPE, '"parts"', body=b'{"info": {}, "parts": 3}'),
    _body("unknown finish", K.PROVIDER_BAD_STREAM, '"whatever"', body=_message(finish="whatever")),
    _body("401", K.ENGINE_UNAUTHORIZED, "refused stepwire's credentials (status 401)", status=401),
    _body("404", K.ENGINE_ERROR, "404", status=404, body=_envelope("NotFoundError", "Session not found")),
    _body("415", K.ENGINE_ERROR, "415", status=415, body=b"Unsupported content-type", headers=()),
    _body("502", K.ENGINE_ERROR, "502", status=502, body=b"<html>", headers=tuple(HTML.items())),
    _body("500", K.ENGINE_ERROR, "(ref err_1)", status=500, body=_envelope("UnknownError", "Unexpected", ref="err_1")),
    _body(
        "provider refused",
        K.PROVIDER_AUTH,
        "(status 401): Incorrect API key",
        body=_message(error={"name": "APIError", "data": {"message": "Incorrect API key", "statusCode": 401}}),
    ),
    _body("truncated", K.OUTPUT_TRUNCATED, "output limit", body=_message(finish="length")),
    _body("10 MB", K.OUTPUT_TRUNCATED, "output limit", body=_message(finish="length", pad="x" * 10_000_000)),
]
RAISED = [
    Case(name=error.__name__, kind=RUNNING.get(error.__name__, QUICK[error.__name__]), error=error) for error in PUBLIC
]
CASES = {case.name: case for case in (*BODIES, *RAISED)}


class Engine:
    """Enough of an OpenCode for an attempt to come as far as its own request, which is then answered by its case."""

    def __init__(self) -> None:
        self.sessions: dict[str, str] = {}

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        answers: dict[str, Callable[[], Any]] = {
            "/global/health": lambda: {"healthy": True, "version": "1"},
            "/agent": lambda: [{"name": "build", "mode": "primary"}],
            "/config/providers": lambda: {"providers": [], "default": {}},
            "/session/status": dict,
            "/permission": list,
            "/question": list,
        }
        if path in answers:
            return httpx.Response(200, json=answers[path]())
        if path == "/session":
            session_id = f"ses_{len(self.sessions)}"
            self.sessions[session_id] = json.loads(request.content)["title"].rpartition(" · ")[0]
            return httpx.Response(200, json={"id": session_id})
        if request.method == "POST" and path.endswith("/message"):
            return self._misbehave(CASES[self.sessions[path.split("/")[2]]])
        if path.endswith("/abort"):
            return httpx.Response(200, json=True)
        return httpx.Response(200, json=[])

    def _misbehave(self, case: Case) -> httpx.Response:
        if case.error is not None:
            raise raised(case.error)
        return httpx.Response(case.status, content=case.body, headers=case.headers)


async def finished(running: Running) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Starts them all, and gives each pipeline's id with the failure that its subscriber was told."""
    async with running.subscription(EVENTS) as events, asyncio.timeout(60):
        told: dict[str, dict[str, Any]] = {}
        for name in CASES:
            await running.start(name, title=name)
        ended = 0
        while ended < len(CASES):
            item = await anext(events)
            if item["__typename"] == "StepFailed":
                assert item["pipeline"]["id"] not in told, "told twice"
                told[item["pipeline"]["id"]] = item
            elif item["__typename"] == "PipelineFinished":
                ended += 1
                yield item["pipeline"]["id"], told[item["pipeline"]["id"]]


async def test_every_way_to_fail_has_its_one_reason_everywhere(tmp_path: Path) -> None:
    http = httpx.AsyncClient(base_url="http://127.0.0.1:4096", transport=httpx.MockTransport(Engine()))
    async with agents_over(http) as agents, application(tmp_path, agents, max_attempts=1, max_pipelines=16) as running:
        told = {pipeline_id: failed async for pipeline_id, failed in finished(running)}
        nodes = (await running.query(PIPELINES))["data"]["pipelines"]["nodes"]

    stored = dict(_rows(tmp_path, "SELECT pipeline_id, error_message FROM steps"))
    kinds = dict(_rows(tmp_path, "SELECT pipeline_id, kind FROM failures"))
    assert sorted(node["title"] for node in nodes) == sorted(CASES)
    wrong = [problem for node in nodes for problem in _problems(CASES[node["title"]], node, told, stored, kinds)]
    assert wrong == []
    print(f"{len(CASES)} of {len(CASES)} have their reason at the subscriber, in the query and in SQL")


def _problems(
    case: Case, node: Any, told: dict[str, dict[str, Any]], stored: dict[str, str], kinds: dict[str, str]
) -> list[str]:
    failure = told[node["id"]]["failure"]
    message, step = failure["message"], node["steps"][0]
    claims = {
        f"kind {failure['kind']}, not {case.kind.value}": failure["kind"] == case.kind.value == kinds[node["id"]],
        f"the message lacks {case.words!r}: {message}": case.words in message,
        "no hint": bool(failure["hint"]),
        f"status {node['status']}": node["status"] == step["status"] == "FAILED",
        "another message in the query": node["errorMessage"] == step["errorMessage"] == message,
        "another message in SQL": stored[node["id"]] == message,
    }
    return [f"{case.name}: {claim}" for claim, holds in claims.items() if not holds]


def _rows(folder: Path, statement: str) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(folder / "stepwire.db")) as connection:
        return connection.execute(statement).fetchall()
