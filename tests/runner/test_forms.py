"""What people fill in reaches the engine in the type that each field takes, or comes back with what is wrong."""

from typing import Any

import pytest

from runner.attention import Field, FieldCondition, FieldKind, FieldOption, Form, Question
from runner.failures import Json
from runner.forms import filled_in, in_words
from runner.outcomes import InvalidInput

COLOURS = (FieldOption(value="r", label="Red"), FieldOption(value="b", label="Blue"))


def a_question(*fields: Field) -> Question:
    return Question(id="que_1", text="", form=Form(id="que_1", title="", fields=fields))


def a_field(kind: FieldKind = FieldKind.TEXT, key: str = "a", **says: Any) -> Field:
    return Field(key=key, kind=kind, **says)


@pytest.mark.parametrize(
    ("field", "texts", "value"),
    [
        (a_field(FieldKind.TEXT), [" Sky "], "Sky"),
        (a_field(FieldKind.NUMBER), ["1.5"], 1.5),
        (a_field(FieldKind.INTEGER, minimum=3, maximum=3), ["3"], 3),
        (a_field(FieldKind.BOOLEAN), ["false"], False),
        (a_field(FieldKind.CHOICE, options=COLOURS), ["b"], "b"),
        (a_field(FieldKind.CHOICE, options=COLOURS, custom=True), ["green"], "green"),
        (a_field(FieldKind.MULTI, options=COLOURS), ["r", "b"], ["r", "b"]),
    ],
    ids=lambda given: given.kind.value if isinstance(given, Field) else None,
)
def test_a_field_gets_what_it_takes(field: Field, texts: list[str], value: Json) -> None:
    assert filled_in(a_question(field), {"a": texts}) == {"a": value}


@pytest.mark.parametrize(
    ("field", "texts", "problem"),
    [
        (a_field(required=True), [" "], "An answer is needed here."),
        (a_field(), ["a", "b"], "One answer only."),
        (a_field(FieldKind.NUMBER), ["many"], "Write a number."),
        (a_field(FieldKind.NUMBER), ["nan"], "Write a number."),
        (a_field(FieldKind.INTEGER), ["1.5"], "Write a whole number."),
        (a_field(FieldKind.INTEGER), ["9" * 400], "Write a whole number."),
        (a_field(FieldKind.INTEGER), ["-" + "9" * 5_000], "Write a whole number."),
        (a_field(FieldKind.NUMBER), ["9" * 400], "Write a number."),
        (a_field(FieldKind.INTEGER, minimum=1), ["0"], "At least 1."),
        (a_field(FieldKind.NUMBER, maximum=2.5), ["2.6"], "At most 2.5."),
        (a_field(FieldKind.BOOLEAN), ["maybe"], "Answer true or false."),
        (a_field(FieldKind.CHOICE, options=COLOURS), ["green"], "Choose one of: r, b."),
        (a_field(FieldKind.MULTI, options=COLOURS), ["r", "green"], "Choose one of: r, b."),
    ],
)
def test_what_a_field_does_not_take_is_said_beside_it(field: Field, texts: list[str], problem: str) -> None:
    assert filled_in(a_question(field), {"a": texts}) == InvalidInput(message=problem, field=("fields", "a"))


def test_an_unknown_field_and_no_answer_at_all_are_said() -> None:
    question = a_question(a_field(), a_field(FieldKind.LINK, "see", required=True))

    assert filled_in(question, {"b": ["x"]}) == InvalidInput(
        message='The question has no field "b".', field=("fields", "b")
    )
    assert filled_in(question, {}) == InvalidInput(message="Answer at least one field.", field=("fields",))


@pytest.mark.parametrize(("equal", "asked"), [(True, "true"), (False, "false")])
def test_a_field_whose_condition_does_not_hold_is_neither_needed_nor_sent(equal: bool, asked: str) -> None:
    condition = FieldCondition(key="deploy", value=True, equal=equal)
    question = a_question(
        a_field(FieldKind.BOOLEAN, "deploy"), a_field(key="where", required=True, conditions=(condition,))
    )
    other = "false" if asked == "true" else "true"

    assert filled_in(question, {"deploy": [other], "where": ["staging"]}) == {"deploy": other == "true"}
    assert filled_in(question, {"deploy": [asked], "where": ["staging"]}) == {
        "deploy": asked == "true",
        "where": "staging",
    }
    assert isinstance(filled_in(question, {"deploy": [asked]}), InvalidInput)


def test_a_question_without_a_form_is_one_field() -> None:
    plain, one, many = (
        Question(id="que_1", text="Which?", options=options, multiple=multiple)
        for options, multiple in (((), False), (("r", "b"), False), (("r", "b"), True))
    )

    assert [question.fields[0].kind for question in (plain, one, many)] == [
        FieldKind.TEXT,
        FieldKind.CHOICE,
        FieldKind.MULTI,
    ]
    assert plain.fields[0].text == "Which?"
    assert filled_in(many, {"q0": ["b", "green"]}) == {"q0": ["b", "green"]}


def test_what_was_answered_is_said_field_by_field() -> None:
    colour = a_field(FieldKind.MULTI, title="Colour", options=COLOURS)
    now = a_field(FieldKind.BOOLEAN, "now", description="Now?")

    assert in_words(a_question(colour), {"a": ["r", "b"]}) == "r, b"
    assert in_words(a_question(colour, now), {"a": ["r", "b"], "now": True}) == "Colour: r, b; Now?: yes"
    assert in_words(a_question(colour, now), {"now": False}) == "Now?: no"
