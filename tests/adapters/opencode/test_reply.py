"""A reply that is not the JSON that was due says what it is instead, in the sentence that people read."""

from collections.abc import Callable
from typing import Any

import pytest

from adapters.opencode.reply import Reply, decoded, refused, shaped
from adapters.opencode.reported import ReportedError
from adapters.opencode.v1 import wire
from runner.failure_kinds import FailureKind, Retry
from runner.failures import AgentError, Failure
from tests.adapters.opencode.v1.shapes import a_reply

REF = {"message": "Unexpected server error. Check server logs for details.", "ref": "err_22afb870"}


def fault(act: Callable[[], Any]) -> Failure:
    with pytest.raises(AgentError) as caught:
        act()
    return caught.value.failure


@pytest.mark.parametrize("body", [b"", b" \n "], ids=["nothing", "blanks"])
@pytest.mark.parametrize("status", [200, 204])
def test_an_empty_body_is_named(status: int, body: bytes) -> None:
    found = fault(lambda: decoded(a_reply(body, status)))

    assert found.kind is FailureKind.EMPTY_BODY
    assert found.message == f"OpenCode returned empty body (status {status})"
    assert found.status_code == status
    assert found.retry is Retry.ONCE


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        pytest.param(
            b"<!doctype html>",
            "text/html;charset=UTF-8",
            "OpenCode returned text/html instead of JSON (status 200): is the URL right?",
            id="web page",
        ),
        pytest.param(
            b"ok",
            "text/plain",
            "OpenCode returned text/plain instead of JSON (status 200): is the URL right?",
            id="text",
        ),
        pytest.param(
            b'{"info": {"id": "m',
            "application/json",
            "OpenCode returned JSON that breaks off after 18 bytes (status 200)",
            id="cut in a text",
        ),
        pytest.param(
            b'{"info": {},',
            "application/json",
            "OpenCode returned JSON that breaks off after 12 bytes (status 200)",
            id="cut after a comma",
        ),
        pytest.param(
            b"info: yes",
            "application/json",
            "OpenCode returned a body that is not JSON (Expecting value: line 1 column 1 (char 0)) (status 200)",
            id="not JSON",
        ),
        pytest.param(
            b'{"info": "\xff\xfe"}',
            "application/json",
            "OpenCode returned a body that is not UTF-8 (byte 10) (status 200)",
            id="not UTF-8",
        ),
        pytest.param(
            b"[" * 100_000,
            "application/json",
            "OpenCode returned JSON that is nested too deeply (status 200)",
            id="deep",
        ),
    ],
)
def test_a_body_that_cannot_be_read_is_described(body: bytes, content_type: str, message: str) -> None:
    found = fault(lambda: decoded(a_reply(body, content_type=content_type)))

    assert found.kind is FailureKind.INVALID_BODY
    assert found.message == message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param({}, 'OpenCode\'s answer lacks "info" (status 200)', id="nothing in it"),
        pytest.param({"info": {}}, 'OpenCode\'s answer lacks "parts" (status 200)', id="no parts"),
        pytest.param(
            {"info": {}, "parts": {}}, 'OpenCode\'s answer has an unexpected "parts" (status 200)', id="object"
        ),
        pytest.param(
            {"info": {"finish": 3}, "parts": []},
            'OpenCode\'s answer has an unexpected "info.finish" (status 200)',
            id="number",
        ),
        pytest.param([], "OpenCode's answer is a list of another kind than expected (status 200)", id="list"),
        pytest.param(True, "OpenCode's answer is a truth value of another kind than expected (status 200)", id="true"),
    ],
)
def test_json_of_another_shape_names_the_field(body: object, message: str) -> None:
    found = fault(lambda: shaped(a_reply(body), wire.Message))

    assert found.kind is FailureKind.UNEXPECTED_SHAPE
    assert found.message == message


def test_unknown_keys_and_parts_are_let_through() -> None:
    body = {"info": {"id": "m", "new": 1}, "parts": [{"type": "hologram", "depth": 3}], "more": []}

    assert shaped(a_reply(body), wire.Message).parts[0].type == "hologram"


def test_a_part_that_cannot_be_read_does_not_hide_the_answer() -> None:
    parts = [{"type": "tool", "tool": 5}, {"type": "text", "text": "All done."}]

    found = shaped(a_reply({"info": {}, "parts": parts}), wire.Message)

    assert [part.type for part in found.parts] == ["unreadable", "text"]


@pytest.mark.parametrize("part", [{"type": "text", "text": 5}, "text", None], ids=["number", "bare", "null"])
def test_text_that_cannot_be_read_is_another_shape(part: object) -> None:
    found = fault(lambda: shaped(a_reply({"info": {}, "parts": [part]}), wire.Message))

    assert found.kind is FailureKind.UNEXPECTED_SHAPE


def test_strange_details_do_not_hide_an_error() -> None:
    data = {"message": None, "responseHeaders": {"set-cookie": ["a", "b"]}, "responseBody": {"error": "x"}}

    facts = ReportedError.model_validate({"name": "APIError", "data": data}).data

    assert (facts.message, facts.headers, facts.body) == ("", {"set-cookie": '["a", "b"]'}, '{"error": "x"}')


def test_json_without_a_content_type_is_accepted() -> None:
    assert decoded(Reply(status=200, body=b"[1]", content_type="")) == [1]


@pytest.mark.parametrize(
    ("reply", "kind", "message", "retry"),
    [
        pytest.param(
            a_reply(b"", 401, ""),
            FailureKind.ENGINE_UNAUTHORIZED,
            "OpenCode refused stepwire's credentials (status 401)",
            Retry.NO,
            id="401 empty",
        ),
        pytest.param(
            a_reply({"name": "UnknownError", "data": REF}, 500),
            FailureKind.ENGINE_ERROR,
            "OpenCode answered 500: Unexpected server error. Check server logs for details. (ref err_22afb870)",
            Retry.ONCE,
            id="500 with reference",
        ),
        pytest.param(
            a_reply({"name": "BadRequest", "data": {"message": 'Missing key\n  at ["parts"]', "kind": "Payload"}}, 400),
            FailureKind.ENGINE_ERROR,
            'OpenCode answered 400: Missing key at ["parts"]',
            Retry.NO,
            id="400 bad request",
        ),
        pytest.param(
            a_reply({"_tag": "BadRequest"}, 400),
            FailureKind.ENGINE_ERROR,
            "OpenCode answered 400: BadRequest",
            Retry.NO,
            id="400 tag alone",
        ),
        pytest.param(
            a_reply({"name": "NotFoundError", "data": {"message": "Session not found: ses_1"}}, 404),
            FailureKind.ENGINE_ERROR,
            "OpenCode answered 404: Session not found: ses_1",
            Retry.NO,
            id="404",
        ),
        pytest.param(
            a_reply({"_tag": "SessionBusyError", "message": "Session is busy"}, 409),
            FailureKind.ENGINE_ERROR,
            "OpenCode answered 409: Session is busy",
            Retry.NO,
            id="409",
        ),
        pytest.param(
            a_reply(b"Unsupported content-type: text/plain", 415, "text/plain"),
            FailureKind.ENGINE_ERROR,
            "OpenCode answered 415: Unsupported content-type: text/plain",
            Retry.NO,
            id="415 text",
        ),
        pytest.param(
            a_reply(b"<html>", 502, "text/html"),
            FailureKind.ENGINE_ERROR,
            "OpenCode answered 502: a web page instead of JSON",
            Retry.ONCE,
            id="502 web page",
        ),
        pytest.param(
            a_reply(b"", 503, ""), FailureKind.ENGINE_ERROR, "OpenCode answered 503: nothing more", Retry.ONCE, id="503"
        ),
        pytest.param(
            Reply(status=302, body=b"", location="https://login.example/"),
            FailureKind.ENGINE_ERROR,
            "OpenCode answered 302: a redirect to https://login.example/; is the URL right?",
            Retry.NO,
            id="302",
        ),
    ],
)
def test_a_refusal_says_what_opencode_said(reply: Reply, kind: FailureKind, message: str, retry: Retry) -> None:
    found = fault(lambda: decoded(reply))

    assert (found.kind, found.message, found.retry) == (kind, message, retry)
    assert found.status_code == reply.status


@pytest.mark.parametrize(
    ("envelope", "message"),
    [
        pytest.param(
            {
                "name": "ConfigInvalidError",
                "data": {
                    "path": "/p/opencode.json",
                    "issues": [{"path": ["model"], "message": "Expected string, got 4"}],
                },
            },
            "/p/opencode.json is not valid: model: Expected string, got 4",
            id="issues",
        ),
        pytest.param(
            {
                "name": "ConfigJsonError",
                "data": {
                    "path": "/p/opencode.json",
                    "message": "\n--- JSONC Input ---\n{\n--- Errors ---\nValueExpected at line 1, column 12\n",
                },
            },
            "/p/opencode.json is not valid: ValueExpected at line 1, column 12",
            id="broken JSON",
        ),
        pytest.param(
            {"name": "ConfigJsonError", "data": {"path": "/p/opencode.json"}},
            "/p/opencode.json is not valid: ConfigJsonError",
            id="no words",
        ),
    ],
)
def test_a_broken_configuration_names_the_file_and_the_place(envelope: object, message: str) -> None:
    found = refused(a_reply(envelope, 400))

    assert (found.kind, found.message) == (FailureKind.CONFIG_INVALID, message)
