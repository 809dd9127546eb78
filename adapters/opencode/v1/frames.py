"""The fold itself: one function per kind of event that tells something, from Observations to Observations.

What does not concern the attempt, or is of a shape that we do not know, changes nothing: the stream is a hint.
"""

from collections.abc import Callable, Mapping
from itertools import count
from typing import TypeAlias

from pydantic import JsonValue, ValidationError

from adapters.opencode.observations import (
    Ask,
    Moment,
    NewestMessage,
    Observations,
    RetryWait,
    SessionError,
    Spent,
    ToolSeen,
    ends,
    instant,
    with_ask,
    with_retry,
    without_ask,
)
from adapters.opencode.reported import ReportedError
from adapters.opencode.said import sentence_in
from adapters.opencode.v1 import wire
from runner.attention import Field, FieldKind, FieldOption, Form, PermissionRequest, Question
from runner.copies import replace
from runner.failures import NO_USAGE, EngineRetry, Todo, ToolCall, Usage

Properties: TypeAlias = "dict[str, JsonValue]"
_Step: TypeAlias = Callable[[Observations, Properties, Moment], Observations]

_KEPT_TEXT = 64 * 1024
_KEPT_TOOLS = 500
_KEPT = 50


def observe(seen: Observations, event: wire.Event, now: Moment) -> Observations:
    """What is known after the event."""
    if event.type == "server.instance.disposed":
        gone = event.properties.get("directory") or event.directory
        return replace(seen, disposed=seen.disposed or gone == seen.directory)
    step = _STEPS.get(event.type)
    if event.type == "session.created":
        return _on_session_created(seen, event.properties, now)
    if event.session_id not in seen.sessions:
        return seen
    seen = replace(seen, last_sign=now)
    try:
        return step(seen, event.properties, now) if step else seen
    except ValidationError:
        return seen


def observe_message(seen: Observations, message: wire.Message, now: Moment) -> Observations:
    """What is known after reading a stored message: the same as if its events had been seen."""
    if any(part.type == "tool" for part in message.parts):
        seen = _with_call_in(seen, message.info.id)
    seen = _with_info(seen, message.info)
    for part in message.parts:
        seen = _with_part(seen, part)
    return seen


def usage_of(tokens: wire.Tokens | None, cost: float | None) -> Usage:
    """Cached input counts as input, reasoning as output, as providers bill them; None where nothing is told."""
    if tokens is None:
        return Usage(input_tokens=None, output_tokens=None, cost=cost)
    read = tokens.input + tokens.cache.read + tokens.cache.write
    return Usage(input_tokens=round(read), output_tokens=round(tokens.output + tokens.reasoning), cost=cost)


def totals(seen: Observations, last: wire.Info) -> Mapping[str, Usage] | None:
    """What each session has used, as its messages say; `last` is how the answer itself ends.

    None where the stream may have something yet to tell: it has not told that end, or of a message that has none, or of
    a session that has said nothing, or of what one has cost.
    """
    told = seen.spent.get(last.id)
    if seen.unended or told is None or told.usage != usage_of(last.tokens, last.cost):
        return None
    found: dict[str, Usage] = {}
    for spent in seen.spent.values():
        if spent.usage.input_tokens is None:
            return None
        found[spent.session_id] = found.get(spent.session_id, NO_USAGE) + spent.usage
    return found if found.keys() == seen.sessions else None


def permission_ask(asked: wire.Permission, now: Moment) -> Ask:
    patterns = tuple(asked.patterns)
    path = asked.metadata.get("filepath")
    if asked.permission == "external_directory" and isinstance(path, str):
        patterns = (path,)
    request = PermissionRequest(id=asked.id, permission=asked.permission, patterns=patterns, saves=tuple(asked.always))
    call_id = asked.tool.call_id if asked.tool else ""
    return Ask(id=asked.id, session_id=asked.session_id, since=now, call_id=call_id, permission=request)


def question_ask(asked: wire.Question, now: Moment) -> Ask:
    options = tuple(option.label for question in asked.questions for option in question.options)
    question = Question(
        id=asked.id,
        text="\n".join(question.question for question in asked.questions),
        options=options,
        multiple=any(question.multiple for question in asked.questions),
        form=Form(id=asked.id, title="", fields=tuple(map(_field, count(), asked.questions))),
    )
    return Ask(id=asked.id, session_id=asked.session_id, since=now, question=question)


def field_key(number: int) -> str:
    """OpenCode 1 knows its questions by their places alone."""
    return f"q{number}"


def _field(number: int, asked: wire.QuestionText) -> Field:
    kind = FieldKind.TEXT if not asked.options else FieldKind.MULTI if asked.multiple else FieldKind.CHOICE
    return Field(
        key=field_key(number),
        kind=kind,
        title=asked.header,
        description=asked.question,
        options=tuple(
            FieldOption(value=option.label, label=option.label, description=option.description)
            for option in asked.options
        ),
        # OpenCode takes other words unless it was told not to.
        custom=asked.custom is not False,
        required=True,
    )


def _on_session_created(seen: Observations, properties: Properties, now: Moment) -> Observations:
    try:
        session = wire.Session.model_validate(properties.get("info"))
    except ValidationError:
        return seen
    if session.parent_id not in seen.sessions:
        return seen
    return replace(seen, sessions=seen.sessions | {session.id}, last_sign=now)


def _on_session_updated(seen: Observations, properties: Properties, now: Moment) -> Observations:
    session = wire.Session.model_validate(properties.get("info"))
    if session.tokens is None:
        return seen
    return replace(seen, usages={**seen.usages, session.id: usage_of(session.tokens, session.cost)})


def _on_session_deleted(seen: Observations, properties: Properties, now: Moment) -> Observations:
    return replace(seen, deleted=seen.deleted or wire.session_of(properties) == seen.session_id)


def _on_status(seen: Observations, properties: Properties, now: Moment) -> Observations:
    status = wire.Status.model_validate(properties.get("status"))
    return with_status(seen, wire.session_of(properties) or "", status, now)


def with_status(seen: Observations, session_id: str, status: wire.Status, now: Moment) -> Observations:
    if status.type == "retry":
        next_at = instant(status.next)
        words = sentence_in(status.message)
        wait = RetryWait(session_id=session_id, attempt=status.attempt, message=words, next_at=next_at, since=now)
        tried = EngineRetry(attempt=status.attempt, message=words, next_at=next_at)
        known = seen.retries[-1:] == (tried,)
        again = status.attempt if session_id == seen.session_id else seen.tried_again
        retries = seen.retries if known else (*seen.retries, tried)[-_KEPT:]
        return replace(with_retry(seen, wait), retries=retries, tried_again=again)
    if session_id == seen.session_id:
        seen = replace(seen, idle=status.type == "idle")
    return seen


def _on_idle(seen: Observations, properties: Properties, now: Moment) -> Observations:
    return replace(seen, idle=seen.idle or wire.session_of(properties) == seen.session_id)


def _on_session_error(seen: Observations, properties: Properties, now: Moment) -> Observations:
    error = ReportedError.model_validate(properties.get("error"))
    known = SessionError(session_id=wire.session_of(properties) or "", error=error)
    return replace(seen, errors=(*seen.errors, known)[-_KEPT:])


def _on_message_updated(seen: Observations, properties: Properties, now: Moment) -> Observations:
    return _with_info(seen, wire.Info.model_validate(properties.get("info")))


def _with_info(seen: Observations, info: wire.Info) -> Observations:
    if info.role != "assistant":
        return seen
    over = bool(info.finish or info.error or info.time.completed)
    seen = _with_cost(seen, info, over)
    if info.id not in seen.turns:
        own = info.session_id == seen.session_id
        seen = replace(seen, turns=seen.turns | {info.id}, tried_again=0 if own else seen.tried_again, awaiting=info.id)
    newest = seen.newest.get(info.session_id)
    if newest is None or newest.id <= info.id:
        message = NewestMessage(id=info.id, error=info.error)
        seen = replace(seen, newest={**seen.newest, info.session_id: message})
    if info.provider_id and info.model_id and info.session_id == seen.session_id:
        seen = replace(seen, model=f"{info.provider_id}/{info.model_id}")
    if info.id == seen.awaiting and over:
        seen = replace(seen, awaiting="")
    if not info.finish:
        return seen
    seen = replace(seen, finish=info.finish)
    if info.finish != "unknown" and (info.finish != "tool-calls" or info.id in seen.calling):
        return replace(seen, nameless=())
    return seen if info.id in seen.nameless else replace(seen, nameless=(*seen.nameless, info.id))


def _with_cost(seen: Observations, info: wire.Info, over: bool) -> Observations:
    """What a message has cost is told when it ends; the mapping, which grows with the attempt, is made anew then."""
    if not over:
        return seen if info.id in seen.unended else replace(seen, unended=seen.unended | {info.id})
    spent = Spent(session_id=info.session_id, usage=usage_of(info.tokens, info.cost))
    if seen.spent.get(info.id) == spent:
        return seen
    return replace(seen, spent={**seen.spent, info.id: spent}, unended=seen.unended - {info.id})


def _on_part_updated(seen: Observations, properties: Properties, now: Moment) -> Observations:
    return _with_part(seen, wire.Part.model_validate(properties.get("part")))


def _with_part(seen: Observations, part: wire.Part) -> Observations:
    # A wait is over when an answer comes, not when the next try begins: an abort in it leaves no other trace of why.
    if seen.retry is not None and seen.retry.session_id == part.session_id:
        seen = replace(seen, retry=None)
    if part.message_id == seen.awaiting:
        seen = replace(seen, awaiting="")
    if part.type == "tool":
        seen = _with_call_in(seen, part.message_id)
        return _with_tool(seen, part, part.state) if part.state is not None else seen
    if part.type != "text" or part.message_id not in seen.turns or part.synthetic:
        return seen
    seen = replace(seen, spoke_in=part.message_id) if part.text else seen
    if part.session_id != seen.session_id:
        return seen
    seen = replace(seen, text_part=part.id)
    return replace(seen, text=part.text[-_KEPT_TEXT:], text_of=part.id) if part.text else seen


def _with_call_in(seen: Observations, message_id: str) -> Observations:
    """A call is told of several times; the set, which grows with the attempt, is made anew once."""
    return seen if message_id in seen.calling else replace(seen, calling=seen.calling | {message_id})


def _with_tool(seen: Observations, part: wire.Part, state: wire.ToolState) -> Observations:
    child = state.metadata.get("sessionId")
    child = child if part.tool == "task" and isinstance(child, str) else None
    output = state.output
    if output is None and isinstance(live := state.metadata.get("output"), str):
        output = live
    call = ToolCall(
        tool=part.tool or "",
        status=state.status,
        input=state.input,
        error=ends(state.error),
        output=ends(output),
    )
    tool = ToolSeen(
        session_id=part.session_id, call_id=part.call_id or part.id, call=call, title=state.title, child=child
    )
    kept = dict(list(seen.tools.items())[-_KEPT_TOOLS:])
    return replace(
        seen,
        tools={**kept, tool.call_id: tool},
        sessions=seen.sessions | {child} if child else seen.sessions,
    )


def _on_part_delta(seen: Observations, properties: Properties, now: Moment) -> Observations:
    delta = properties.get("delta")
    # Reasoning comes as deltas too: only a part that was announced as text is text.
    said = properties.get("partID") == seen.text_part and properties.get("field") == "text"
    if not said or not isinstance(delta, str):
        return seen
    before = seen.text if seen.text_of == seen.text_part else ""
    spoke_in = str(properties.get("messageID") or seen.spoke_in)
    return replace(seen, text=(before + delta)[-_KEPT_TEXT:], text_of=seen.text_part, spoke_in=spoke_in)


def _on_permission_asked(seen: Observations, properties: Properties, now: Moment) -> Observations:
    return with_ask(seen, permission_ask(wire.Permission.model_validate(properties), now), now)


def _on_permission_replied(seen: Observations, properties: Properties, now: Moment) -> Observations:
    reply = str(properties.get("reply"))
    said = {"once": "allowed", "always": "always allowed", "reject": "refused"}.get(reply)
    request = str(properties.get("requestID"))
    return without_ask(seen, request, now, answer=said, rejected=reply == "reject")


def _on_question_asked(seen: Observations, properties: Properties, now: Moment) -> Observations:
    return with_ask(seen, question_ask(wire.Question.model_validate(properties), now), now)


def _on_question_replied(seen: Observations, properties: Properties, now: Moment) -> Observations:
    answers = properties.get("answers")
    lists = [labels for labels in answers if isinstance(labels, list)] if isinstance(answers, list) else []
    said = ", ".join(str(label) for labels in lists for label in labels)
    return without_ask(seen, str(properties.get("requestID")), now, answer=said)


def _on_question_rejected(seen: Observations, properties: Properties, now: Moment) -> Observations:
    return without_ask(seen, str(properties.get("requestID")), now, answer="dismissed", rejected=True)


def _on_todos(seen: Observations, properties: Properties, now: Moment) -> Observations:
    if properties.get("sessionID") != seen.session_id:
        return seen
    items = wire.TODOS.validate_python(properties.get("todos"))
    return replace(seen, todos=tuple(Todo(content=item.content, status=item.status) for item in items))


def _on_compacted(seen: Observations, properties: Properties, now: Moment) -> Observations:
    return replace(seen, compactions=seen.compactions + 1)


_STEPS: Mapping[str, _Step] = {
    "session.updated": _on_session_updated,
    "session.deleted": _on_session_deleted,
    "session.status": _on_status,
    "session.idle": _on_idle,
    "session.error": _on_session_error,
    "session.compacted": _on_compacted,
    "message.updated": _on_message_updated,
    "message.part.updated": _on_part_updated,
    "message.part.delta": _on_part_delta,
    "permission.asked": _on_permission_asked,
    "permission.replied": _on_permission_replied,
    "question.asked": _on_question_asked,
    "question.replied": _on_question_replied,
    "question.rejected": _on_question_rejected,
    "todo.updated": _on_todos,
}
