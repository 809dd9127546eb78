"""A form is told field by field, and answers for those who know no forms fill it in as it wants to be."""

from typing import Any

import pytest

from adapters.opencode.v2 import wire
from adapters.opencode.v2.asks import answers_of, permission_ask, question_of, settled_words
from runner.attention import Field, FieldCondition, FieldKind, FieldOption
from runner.failures import Json
from tests.adapters.opencode.v2.recorded import BEGUN


def a_form(*fields: dict[str, Any]) -> wire.Form:
    told = [{"key": f"f{number}", "type": "string", **field} for number, field in enumerate(fields)]
    return wire.Form.model_validate({"id": "frm_1", "sessionID": "ses_1", "title": "Questions", "fields": told})


def the_field(**told: Any) -> Field:
    form = question_of(a_form(told)).form
    assert form is not None
    return form.fields[0]


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"type": "string"}, FieldKind.TEXT),
        ({"type": "string", "options": [{"value": "a", "label": "A"}]}, FieldKind.CHOICE),
        ({"type": "multiselect", "options": []}, FieldKind.MULTI),
        ({"type": "number"}, FieldKind.NUMBER),
        ({"type": "integer"}, FieldKind.INTEGER),
        ({"type": "boolean"}, FieldKind.BOOLEAN),
        ({"type": "external", "url": "https://example.com"}, FieldKind.LINK),
        ({"type": "of another time"}, FieldKind.TEXT),
    ],
)
def test_each_type_has_its_kind(told: dict[str, Any], kind: FieldKind) -> None:
    assert the_field(**told).kind is kind


def test_a_field_is_told_in_full() -> None:
    field = the_field(
        key="share",
        type="number",
        title="Share",
        description="Of what?",
        required=True,
        minimum=0,
        maximum="Infinity",
        default=0.5,
        when=[{"key": "sure", "op": "neq", "value": False}],
    )

    assert field == Field(
        key="share",
        kind=FieldKind.NUMBER,
        title="Share",
        description="Of what?",
        required=True,
        minimum=0.0,
        default=0.5,
        conditions=(FieldCondition(key="sure", value=False, equal=False),),
    )


def test_options_keep_value_and_label() -> None:
    field = the_field(options=[{"value": "r", "label": "Red", "description": "as fire"}, {"value": "b"}], custom=True)

    assert field.options == (
        FieldOption(value="r", label="Red", description="as fire"),
        FieldOption(value="b", label="b"),
    )
    assert field.custom


def test_a_hidden_field_is_not_asked() -> None:
    question = question_of(a_form({"description": "Seen?"}, {"description": "Unseen?", "hidden": True}))

    assert question.text == "Seen?"
    assert question.form is not None
    assert [field.key for field in question.form.fields] == ["f0"]


COLOURS = {"options": [{"value": "r", "label": "Red"}, {"value": "b", "label": "Blue"}]}


@pytest.mark.parametrize(
    ("fields", "answers", "values"),
    [
        ([COLOURS], ["Red"], {"f0": "r"}),
        ([COLOURS], ["Green"], {"f0": "Green"}),
        ([{"type": "multiselect", **COLOURS}], ["Red", "Blue"], {"f0": ["r", "b"]}),
        ([{}], ["one", "two"], {"f0": "one, two"}),
        ([COLOURS, {"type": "multiselect", **COLOURS}], ["Red", "Blue"], {"f0": "r", "f1": ["b"]}),
        ([{"type": "integer"}, {"type": "number"}], ["3", "0.5"], {"f0": 3, "f1": 0.5}),
        ([{"type": "integer"}], ["three"], {"f0": "three"}),
        ([{"type": "boolean"}, {"type": "boolean"}, {"type": "boolean"}], ["Yes", "no", "perhaps"], None),
        ([{"type": "external", "url": "u"}, {}], ["x"], {"f1": "x"}),
    ],
)
def test_plain_answers_fill_the_form_in(fields: list[Any], answers: list[str], values: dict[str, Json] | None) -> None:
    expected = {"f0": True, "f1": False, "f2": "perhaps"} if values is None else values

    assert answers_of(a_form(*fields), answers) == expected


def test_what_was_answered_is_told_in_one_line() -> None:
    assert settled_words({"q0": "Red", "q1": ["S", "L"], "sure": True}) == "Red, S, L, True"


@pytest.mark.parametrize(("save", "options"), [(["ls *"], ["once", "always", "reject"]), ([], ["once", "reject"])])
def test_always_is_offered_where_it_would_store_something(save: list[str], options: list[str]) -> None:
    asked = wire.Permission(id="per_1", session_id="ses_1", action="shell", resources=["ls"], save=save)

    permission = permission_ask(asked, BEGUN).permission

    assert permission is not None
    assert [option.id for option in permission.options] == options
