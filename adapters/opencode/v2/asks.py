"""Who waits for a person: permissions with the engine's own patterns, forms with their fields, and how both end."""

from collections.abc import Mapping
from dataclasses import replace
from math import isfinite

from pydantic import JsonValue

from adapters.opencode.observations import Ask, Moment, with_ask, without_ask
from adapters.opencode.v2 import wire
from adapters.opencode.v2.run import Change, Data, Run
from runner.attention import (
    PERMISSION_OPTIONS,
    Field,
    FieldCondition,
    FieldKind,
    FieldOption,
    Form,
    PermissionRequest,
    Question,
)

_REPLIES = {"once": "allowed", "always": "always allowed", "reject": "refused"}
_TRUTHS: dict[str, bool] = {"yes": True, "true": True, "no": False, "false": False}
_KINDS = {
    "string": FieldKind.TEXT,
    "number": FieldKind.NUMBER,
    "integer": FieldKind.INTEGER,
    "boolean": FieldKind.BOOLEAN,
    "multiselect": FieldKind.MULTI,
    "external": FieldKind.LINK,
}


def permission_ask(asked: wire.Permission, now: Moment) -> Ask:
    request = PermissionRequest(
        id=asked.id,
        permission=asked.action,
        patterns=tuple(asked.resources),
        saves=tuple(asked.save),
        reason=asked.message,
        # Without something to store, "always" would mean "once".
        options=tuple(option for option in PERMISSION_OPTIONS if asked.save or option.id != "always"),
    )
    call_id = asked.source.call_id if asked.source else ""
    return Ask(id=asked.id, session_id=asked.session_id, since=now, call_id=call_id, permission=request)


def form_ask(asked: wire.Form, now: Moment) -> Ask:
    call_id = asked.metadata.tool.call_id if asked.metadata.tool else ""
    return Ask(id=asked.id, session_id=asked.session_id, since=now, call_id=call_id, question=question_of(asked))


def question_of(asked: wire.Form) -> Question:
    """The form, and beside it the one text and the options that those show who know no forms."""
    fields = tuple(_field(told) for told in asked.fields if not told.hidden)
    texts = [field.description or field.title for field in fields]
    return Question(
        id=asked.id,
        text="\n".join(text for text in texts if text) or asked.title,
        options=tuple(option.label for field in fields for option in field.options),
        multiple=any(field.kind is FieldKind.MULTI for field in fields),
        form=Form(id=asked.id, title=asked.title, fields=fields),
    )


def answers_of(form: wire.Form, answers: list[str]) -> dict[str, JsonValue]:
    """What those answer who know no forms: all of it to a single field, else one text per field, in their order."""
    fields = [field for field in form.fields if not field.hidden and field.type != "external"]
    if len(fields) == 1:
        return {fields[0].key: _value(fields[0], answers)}
    return {field.key: _value(field, [answer]) for field, answer in zip(fields, answers, strict=False)}


def settled_words(answer: Mapping[str, JsonValue]) -> str:
    """What was answered, in one line."""
    values = [value if isinstance(value, list) else [value] for value in answer.values()]
    return ", ".join(str(value) for listed in values for value in listed)


def _field(told: wire.FormField) -> Field:
    kind = _KINDS.get(told.type, FieldKind.TEXT)
    return Field(
        key=told.key,
        kind=FieldKind.CHOICE if kind is FieldKind.TEXT and told.options else kind,
        title=told.title,
        description=told.description,
        options=tuple(
            FieldOption(value=option.value, label=option.label or option.value, description=option.description)
            for option in told.options
        ),
        custom=told.custom,
        required=told.required,
        minimum=_finite(told.minimum),
        maximum=_finite(told.maximum),
        default=told.default,
        url=told.url,
        conditions=tuple(FieldCondition(key=when.key, value=when.value, equal=when.op != "neq") for when in told.when),
    )


def _finite(bound: float | None) -> float | None:
    return bound if bound is not None and isfinite(bound) else None


def _value(field: wire.FormField, answers: list[str]) -> JsonValue:
    """The texts as the field takes them; what is no number stays a text, and OpenCode says what is wrong with it."""
    values = {option.label: option.value for option in field.options}
    chosen: list[JsonValue] = [values.get(answer, answer) for answer in answers]
    if field.type == "multiselect":
        return chosen
    text = ", ".join(str(value) for value in chosen)
    if field.type == "boolean":
        return _TRUTHS.get(text.strip().lower(), text)
    if field.type in ("number", "integer"):
        try:
            return int(text) if field.type == "integer" else float(text)
        except ValueError:
            return text
    return text


def _on_permission_asked(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    ask = permission_ask(wire.Permission.model_validate(data), now)
    return replace(run, seen=with_ask(run.seen, ask, now))


def _on_permission_replied(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    told = wire.PermissionReplied.model_validate(data)
    answer, rejected = _REPLIES.get(told.reply), told.reply == "reject"
    return replace(run, seen=without_ask(run.seen, told.request_id, now, answer=answer, rejected=rejected))


def _on_form_created(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    ask = form_ask(wire.FormCreated.model_validate(data).form, now)
    return replace(run, seen=with_ask(run.seen, ask, now))


def _on_form_replied(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    told = wire.FormSettled.model_validate(data)
    return replace(run, seen=without_ask(run.seen, told.id, now, answer=settled_words(told.answer)))


def _on_form_cancelled(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    told = wire.FormSettled.model_validate(data)
    return replace(run, seen=without_ask(run.seen, told.id, now, answer="dismissed", rejected=True))


CHANGES: Mapping[str, Change] = {
    "permission.asked": _on_permission_asked,
    "permission.replied": _on_permission_replied,
    "form.created": _on_form_created,
    "form.replied": _on_form_replied,
    "form.cancelled": _on_form_cancelled,
}
