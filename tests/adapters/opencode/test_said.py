"""Words, names and statuses are found however deep providers, routers and gateways wrap them; JSON is never words."""

import json
import time
from typing import Any

import pytest

from adapters.opencode.said import (
    json_in,
    message_in,
    names_in,
    page_title,
    sentence_in,
    status_in,
    title_of,
    upstream_in,
)

NESTED = {
    "error": {"message": "wrapped", "metadata": {"raw": '{"error": {"message": "inner"}}', "provider_name": "Acme"}}
}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Plain words.", "Plain words."),
        ('{"type": "overloaded_error", "message": "Full"}', "Full"),
        ('Forbidden: {"error": {"message": "Spent"}}', "Spent"),
        ('upstream said {"odd": 1}', "upstream said"),
        ('{"type": "overloaded_error"}', "overloaded_error"),
        ('{"odd": 1}', '{"odd": 1}'),
        ("Error code: 400 - {'error': {'message': 'Too long', 'code': None}}", "Too long"),
        ('[{"error": {"message": "In a list"}}]', "In a list"),
        (json.dumps(NESTED), "inner"),
        ('{"error": "busy"}', "busy"),
        ('{"detail": [{"msg": "field required"}]}', "field required"),
        ('{"error": {"message": "broken off', '{"error": {"message": "broken off'),
        ("a {curly} word", "a {curly} word"),
    ],
)
def test_a_sentence_is_taken_out_of_json(text: str, sentence: str) -> None:
    assert sentence_in(text) == sentence


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ({"error": {"type": "a_type", "code": "a_code", "message": "words"}}, ("a_type", "a_code")),
        ({"error": {"innererror": {"code": "Inner"}}}, ("Inner",)),
        ({"error": {"details": [{"reason": "A_REASON"}]}}, ("A_REASON",)),
        ({"error": {"metadata": {"raw": '{"error": {"code": "deep"}}'}}}, ("deep",)),
        ({"error": {"metadata": {"flagged_input": "x"}}}, ("moderation",)),
        ({"result": {"hate": {"filtered": True}}}, ("content_filter",)),
        ({"result": {"hate": {"filtered": False}}}, ()),
        ({"message": "gateway.ContextWindowExceededError: much"}, ("ContextWindowExceededError",)),
        ({"message": "An Error: much"}, ()),
        ({"status": "needs two words"}, ()),
        ("BudgetExceededError: spent", ("BudgetExceededError",)),
    ],
)
def test_names_are_found_wherever_they_stand(value: Any, names: tuple[str, ...]) -> None:
    assert tuple(name for name in names_in(value) if name != "Error") == names


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ({"error": {"code": 429}}, 429),
        ({"error": {"code": "402"}}, 402),
        ({"status": 503, "error": {"code": 400}}, 503),
        ([{"error": {"status": 500}}], 500),
        ({"error": {"code": 1302}}, None),
        ({"error": {"code": True}}, None),
        ({"code": 200}, None),
        ("429", None),
    ],
)
def test_an_error_may_name_a_status(value: Any, status: int | None) -> None:
    assert status_in(value) == status


def test_the_provider_behind_a_router_has_a_name() -> None:
    assert upstream_in(NESTED) == "Acme"  # type: ignore[arg-type]  # a literal of JSON
    assert upstream_in({"error": {"metadata": {"provider_name": " "}}}) is None


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("<html><head><title>403\n Forbidden</title></head></html>", "403 Forbidden"),
        ("<!DOCTYPE html><body><h1>No <b>way</b></h1>", "No way"),
        ('<?xml version="1.0"?><html><title>Old</title></html>', "Old"),
        ("<html><script>1</script></html>", ""),
        ('{"html": "<html>"}', None),
        ("<error>no page</error>", None),
        ("", None),
        ("<!-- a --><!-- b -- c -->\n<html><TITLE class=x>One</title><title>Two</title>", "One"),
        ("<html><title>never closed <h1>İ said</h1><h1>again</h1>", "İ said"),
        ("<!-- never closed <html>", None),
        ("<html></title><title>late", ""),
    ],
)
def test_a_web_page_is_known_by_its_beginning(text: str, title: str | None) -> None:
    assert page_title(text) == title


def test_what_is_nested_without_end_ends() -> None:
    deep: Any = {"message": "at the bottom"}
    for _ in range(50):
        deep = {"error": deep}

    assert message_in(deep) is None
    assert (names_in(deep), status_in(deep)) == ((), None)
    assert json_in("[" * 100_000) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<!---->", id="comments"),
        pytest.param("<!-- - --> \n", id="comments on lines"),
        pytest.param("<!--", id="a comment never closed"),
        pytest.param("<?xml>", id="declarations"),
        pytest.param("<title>", id="titles"),
        pytest.param("<h1 ", id="a heading never ended"),
        pytest.param("<", id="brackets"),
        pytest.param(" ", id="blanks"),
    ],
)
@pytest.mark.parametrize("before", ["", "<html>", "<html><title>"])
def test_no_page_takes_long(text: str, before: str) -> None:
    page = before + text * (100_000 // len(text))
    begun = time.process_time()

    page_title(page + "</h1>")
    title_of(page + "</title>")

    # What went back over what it had read would take minutes, and thirty comments for ever.
    assert time.process_time() - begun < 10.0
