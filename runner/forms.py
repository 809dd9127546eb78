"""What people fill into the fields of a question: read as each field takes it, or what is wrong with it.

What people type comes as texts; what an engine is told has the type that its field asks for. The engine has the last
word all the same: it may refuse what passes here.
"""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import TypeAlias, assert_never

from runner.attention import Field, FieldKind, Question
from runner.failures import Json
from runner.outcomes import InvalidInput
from runner.plaintext import one_line

Given: TypeAlias = Mapping[str, Sequence[str]]
"""Texts by the key of their field: what was typed, or the values of the options that were chosen."""

_TRUTHS = {"true": True, "false": False}


def filled_in(question: Question, given: Given) -> dict[str, Json] | InvalidInput:
    """The values by key, in the fields' order, without fields that are not asked now or were left empty."""
    fields = question.fields
    if unknown := next((key for key in given if key not in {field.key for field in fields}), None):
        return InvalidInput(message=f'The question has no field "{unknown}".', field=("fields", unknown))
    values: dict[str, Json] = {}
    for field in fields:
        texts = [text for text in map(str.strip, given.get(field.key, ())) if text]
        if field.kind is FieldKind.LINK or not is_asked(field, values):
            continue
        if problem := _problem(field, texts):
            return InvalidInput(message=problem, field=("fields", field.key))
        if texts:
            values[field.key] = _value(field, texts)
    return values or InvalidInput(message="Answer at least one field.", field=("fields",))


def in_order(question: Question, answers: Sequence[str]) -> dict[str, Json] | InvalidInput:
    """By key what somebody says who knows no fields: all of it for a single one, else one text for each."""
    fields = [field for field in question.fields if field.kind is not FieldKind.LINK]
    if len(fields) <= 1:
        return {field.key: list(answers) for field in fields}
    needed = sum(field.required and not field.conditions for field in fields)
    if not needed <= len(answers) <= len(fields):
        message = f"It asks {len(fields)} questions: give one answer for each, in their order."
        return InvalidInput(message=message, field=("answers",))
    return {field.key: answer for field, answer in zip(fields, answers, strict=False)}


def is_asked(field: Field, values: Mapping[str, Json]) -> bool:
    """Whether all of its conditions hold."""
    return all((values.get(when.key) == when.value) is when.equal for when in field.conditions)


def in_words(question: Question, values: Mapping[str, Json]) -> str:
    """What was answered, in one line; with the name of each field where there are several."""
    fields = [field for field in question.fields if field.key in values]
    if len(question.fields) == 1:
        return ", ".join(_words(values[field.key]) for field in fields)
    return "; ".join(f"{one_line(_name(field), 60)}: {_words(values[field.key])}" for field in fields)


def _name(field: Field) -> str:
    return field.title or field.text


def _words(value: Json) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _problem(field: Field, texts: Sequence[str]) -> str | None:
    """A sentence, without the field's name: it is shown beside it."""
    if not texts:
        return "An answer is needed here." if field.required else None
    if len(texts) > 1 and field.kind is not FieldKind.MULTI:
        return "One answer only."
    match field.kind:
        case FieldKind.NUMBER | FieldKind.INTEGER:
            return _problem_with_number(field, texts[0])
        case FieldKind.BOOLEAN:
            return None if texts[0] in _TRUTHS else "Answer true or false."
        case FieldKind.CHOICE | FieldKind.MULTI:
            offered = [option.value for option in field.options]
            foreign = next((text for text in texts if text not in offered), None)
            return None if foreign is None or field.custom else f"Choose one of: {', '.join(offered)}."
        case FieldKind.TEXT | FieldKind.LINK:
            return None
        case _:
            assert_never(field.kind)


def _problem_with_number(field: Field, text: str) -> str | None:
    try:
        number = int(text) if field.kind is FieldKind.INTEGER else float(text)
        finite = isfinite(number)
    except (ValueError, OverflowError):
        return "Write a whole number." if field.kind is FieldKind.INTEGER else "Write a number."
    if not finite:
        return "Write a number."
    if field.minimum is not None and number < field.minimum:
        return f"At least {field.minimum:g}."
    if field.maximum is not None and number > field.maximum:
        return f"At most {field.maximum:g}."
    return None


def _value(field: Field, texts: Sequence[str]) -> Json:
    match field.kind:
        case FieldKind.MULTI:
            return list(texts)
        case FieldKind.INTEGER:
            return int(texts[0])
        case FieldKind.NUMBER:
            return float(texts[0])
        case FieldKind.BOOLEAN:
            return _TRUTHS[texts[0]]
        case FieldKind.TEXT | FieldKind.CHOICE | FieldKind.LINK:
            return texts[0]
        case _:
            assert_never(field.kind)
