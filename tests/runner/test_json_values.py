"""Every JSON value of an answer is found, whole or broken, in a time that grows with the answer and no faster."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.failures import Json
from runner.json_values import Broken, Whole, values


def found(answer: str) -> list[Json]:
    """The values; instead of a broken one, as text, what is wrong with it."""
    return [one.value if isinstance(one, Whole) else f"{one.where} {one.reason}" for one in values(answer)]


NO_NAME = "Expecting property name enclosed in double quotes"
VALUES: dict[str, tuple[str, list[Json]]] = {
    "bare": ('{"done": true}', [{"done": True}]),
    "a list": ("[1, 2]", [[1, 2]]),
    "a list of objects over lines": ('Here:\n[\n  {"a": 1},\n  {"a": 2}\n]\n', [[{"a": 1}, {"a": 2}]]),
    "a list in a sentence": ('Both: ["a", "b"].', [["a", "b"]]),
    "a number": (" 3\n", [3]),
    "a word": ("null", [None]),
    "a text": ('"done"', ["done"]),
    "in a sentence": ('The result is {"done": true}, as {you} see.', [{"done": True}]),
    "in code in a sentence": ('It is `{"done": true}`.', [{"done": True}]),
    "fenced": ('Done.\n```json\n{"done": true}\n```\nBye.', [{"done": True}]),
    "fenced, a number": ("```json\n3\n```", [3]),
    "fenced without a language": ('~~~\n{"done": true}\n~~~', [{"done": True}]),
    "shouted, with CRLF": ('```JSON\r\n{"a":\r\n 1}\r\n```\r\n', [{"a": 1}]),
    "in a quotation": ('> ```json\n> {"a":\n> 1}\n> ```', [{"a": 1}]),
    "in a quotation without a fence": ('> {\n>   "a": 1\n> }', [{"a": 1}]),
    "in a list": ('- One:\n  ```json\n  {"a": 1}\n  ```\n', [{"a": 1}]),
    "in their order": ('{"a": 1}\n```json\n2\n```\nNo: {"a": 3}', [{"a": 1}, 2, {"a": 3}]),
    "after quotes in prose": ('A 5" disk, "{": {"a": "}"} and {"b": 1}', [{"a": "}"}, {"b": 1}]),
    "what JSON cannot hold": ('{"a": NaN, "b": 1e999, "c": 1.5}', [{"a": "NaN", "b": "1e999", "c": 1.5}]),
    "a number of many digits": (f"[{'9' * 5000}]", [["9" * 5000]]),
    "cut": ('{"a": 1', ["(1, 8) Expecting ',' delimiter"]),
    "cut, over lines": ('So:\n[\n  {"a": 1},\n  {"a": 2},\n', ["(5, 1) Expecting value"]),
    "broken in a sentence": ('It is {"a": b} then', ["(1, 13) Expecting value"]),
    "broken inside": ('{"a": [{"b": x}, {"c": 1}]}', ["(1, 14) Expecting value"]),
    "broken, fenced": (
        "One.\n\n```json\n{\n  'a': 1}\n```",
        ["(5, 3) Expecting property name enclosed in double quotes"],
    ),
    "broken, in a quotation": ('> ```json\n> {"a": b}\n> ```', ["(2, 9) Expecting value"]),
    "broken, without quotes": ('{verdict: "fail"}', [f"(1, 2) {NO_NAME}"]),
    "two in one fence": ('```json\n{"a": 1}\n{"a": 2}\n```', ["(3, 1) Something follows the value"]),
    "an empty fence": ("```json\n```", ["(2, 1) Expecting value"]),
    "broken, then whole": ('{"a": \n\nrather:\n{"a": 1}', ["(3, 1) Expecting value", {"a": 1}]),
    "whole, then broken": ('{"a": 1}\n{"a": ', [{"a": 1}, "(2, 7) Expecting value"]),
    "thoughts": ('<think>{"a": 1}</think>{"a": 2}', [{"a": 2}]),
    "too deep": ('{"a":' * 100_000, ["(1, 1) It goes too deep"]),
}


@pytest.mark.parametrize("answer", VALUES)
def test_values_are_found(answer: str) -> None:
    text, expected = VALUES[answer]

    assert found(text) == expected


NONE = {
    "nothing": "",
    "only thoughts": '<think>{"a": 1}',
    "prose": "Nothing here.",
    "another language": '```python\n{"a": 1}\n```',
    "a fence in a fence": '````\n```json\n{"a": 1}\n```\n````',
    "a log": '```\n[INFO] {"a": 1}\n[1] 2\n```',
    "notes and links": '[1] A note\n["A title"](address), see [2] and [a][b].',
    "code in a sentence": 'It reads config["a"] and ${"b"} and f({c}) and {}.',
    "templates": "{{ name }}\n{% if a %}\n{# note #}",
    "tasks": "- [ ] one\n- [x] two\n[ ] three",
    "a list that is none": '["a", b]: no\nAnd ["a", b].'.replace('["a", b]: no', "[a, b]"),
}


@pytest.mark.parametrize("answer", NONE)
def test_what_nobody_meant_as_a_value_is_none(answer: str) -> None:
    assert found(NONE[answer]) == []


def test_what_is_broken_says_its_text() -> None:
    [broken] = values('It is {"a": b} then')

    assert isinstance(broken, Broken)
    assert broken.text == '{"a": b}'


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda some: st.lists(some) | st.dictionaries(st.text(), some),
    max_leaves=10,
)
BEFORE = (
    "",
    "Done.\n",
    "See `x` and [1].\n\n",
    '{"v": 0} no.\n',
    "```sh\nls\n```\n",
    "<think>\n```json\n{\n</think>\n",
)
FORMS = ("```json\n{}\n```\nBye.", "{}", "> ```JSON\n{}\n```", "- x\n  ```json a=b\n{}\n  ```")


@given(st.dictionaries(st.text(min_size=1), ANY_JSON, min_size=1), st.sampled_from(BEFORE), st.sampled_from(FORMS))
def test_whatever_an_agent_hands_over_is_the_last_value(value: dict[str, Json], before: str, form: str) -> None:
    text = form.replace("{}", json.dumps(value, indent=2))
    answer = before + ("\n> ".join(text.split("\n")) if form.startswith(">") else text)

    assert found(answer)[-1] == value


HOSTILE = {
    "backticks": "`",
    "fences": "```\n",
    "fences of two kinds": "```\n~~~json\n",
    "objects": '{"',
    "nested objects": '{"a":',
    "nested over lines": '{"a":\n',
    "closed too early": '{"}',
    "lists": "[",
    "lists over lines": "[\n",
    "lists of objects": '[{"a": 1, ',
    "escapes": '{"\\',
    "texts over lines": '{"a": "\n',
    "broken ones": '- {"a": tru}\n',
    "whole ones": '{"a":1}\n',
    "quotes": '"',
    "quotations": "> ",
    "lists of lists": "- ",
    "blanks": "{   \t",
    "thoughts": "<think>",
    "ended thoughts": "<think></think>",
    "ends of thoughts": "</think>",
}


@pytest.mark.parametrize("text", HOSTILE)
def test_twice_the_answer_takes_twice_the_time(text: str) -> None:
    def took(size: int) -> float:
        answer = (HOSTILE[text] * size)[:size]
        begun = time.process_time()
        values(answer)
        return time.process_time() - begun

    # Four times the length: about 4 where it is linear, 16 where it is not. What takes no time at all is not compared.
    assert any(took(120_000) / max(took(30_000), 0.02) < 10 for _ in range(3))
