"""The fold itself: one function per kind of event, from what is known to what is known after it.

The log of the attempt's own session is the truth, told once and in order; the bus tells the rest: what is being said,
who asks, and all about sub-agents. An event of a shape that we do not know changes nothing.
"""

from collections.abc import Mapping
from dataclasses import replace

from pydantic import ValidationError

from adapters.opencode.observations import Moment, RetryWait, instant, with_retry
from adapters.opencode.v2 import asks, calls, wire
from adapters.opencode.v2.problems import words_of
from adapters.opencode.v2.run import Change, Data, End, Outcome, Run, Step, answering, with_child
from runner.failures import NO_USAGE, EngineRetry, Usage

_KEPT_TEXT = 64 * 1024
_KEPT = 50


def logged(run: Run, frame: wire.Frame, now: Moment) -> Run:
    """What is known after an event of a session's log; an event that is known already changes nothing."""
    if frame.durable is None:
        return run
    session_id, seq = frame.durable.session_id, frame.durable.seq
    if session_id not in run.seen.sessions or seq <= run.seqs.get(session_id, -1):
        return run
    run = replace(run, seqs={**run.seqs, session_id: seq}, seen=replace(run.seen, last_sign=now))
    return _changed(run, session_id, frame, now)


def announced(run: Run, frame: wire.Frame, now: Moment) -> Run:
    """What is known after an event of the bus. What the own session's log will tell is only a sign of life here."""
    if frame.kind == "session.created":
        return _on_created(run, frame.data)
    session_id = frame.session_id
    if session_id is None or session_id not in run.seen.sessions:
        return run
    if frame.durable is None:
        run = replace(run, seen=replace(run.seen, last_sign=now))
        return _changed(run, session_id, frame, now)
    if session_id != run.session_id:
        return logged(run, frame, now)
    if frame.kind == "session.deleted":
        return _on_deleted(run, session_id, frame.data, now)
    return replace(run, seen=replace(run.seen, last_sign=now))


def used(cost: float, tokens: wire.Tokens) -> Usage:
    """Cached input counts as input, reasoning as output, as providers bill them.

    OpenCode says 0 of everything where the provider has told nothing: an answer costs at least one token.
    """
    read = tokens.input + tokens.cache.read + tokens.cache.write
    said = tokens.output + tokens.reasoning
    if not read and not said:
        return Usage(input_tokens=None, output_tokens=None, cost=cost or None)
    return Usage(input_tokens=round(read), output_tokens=round(said), cost=cost)


def _changed(run: Run, session_id: str, frame: wire.Frame, now: Moment) -> Run:
    change = _CHANGES.get(frame.kind)
    try:
        return change(run, session_id, frame.data, now) if change else run
    except ValidationError:
        return run


def _on_created(run: Run, data: Data) -> Run:
    try:
        session = wire.Session.model_validate(data.get("info") or data)
    except ValidationError:
        return run
    return with_child(run, session.id) if session.parent_id in run.seen.sessions else run


# ---------------------------------------------------------------- executions and inputs


def _on_enqueued(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    told = wire.InboxEvent.model_validate(data)
    if session_id != run.session_id:
        return run
    if told.input_id == run.input_id or (not run.input_id and told.item.type == "user"):
        return replace(run, admitted=True, input_id=told.input_id)
    if told.item.type != "synthetic":
        return run
    child = told.item.payload.metadata.get("childID")
    return replace(run, unread=run.unread | {told.input_id}, working=run.working - {str(child)})


def _on_delivered(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    told = wire.InboxEvent.model_validate(data)
    if told.input_id == run.input_id:
        return replace(run, delivered=True)
    return replace(run, unread=run.unread - {told.input_id})


def _on_taken_back(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    told = wire.InboxEvent.model_validate(data)
    if told.input_id == run.input_id and not run.delivered:
        return replace(run, end=End(outcome=Outcome.INTERRUPTED, reason="cancelled"), executing=False)
    return replace(run, unread=run.unread - {told.input_id})


def _on_started(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    if session_id != run.session_id:
        return replace(run, sub_ends={child: end for child, end in run.sub_ends.items() if child != session_id})
    return replace(run, executing=True, end=None if not run.is_over else run.end)


def _ended(outcome: Outcome) -> Change:
    def on_end(run: Run, session_id: str, data: Data, now: Moment) -> Run:
        end = _end_of(outcome, data)
        if session_id != run.session_id:
            return replace(run, sub_ends={**run.sub_ends, session_id: end})
        run = replace(run, executing=False)
        if outcome is not Outcome.INTERRUPTED and run.seen.retry is not None:
            run = replace(run, seen=replace(run.seen, retry=None))
        # A prompt that is sent twice makes an execution in which nothing happens: only what took ours in has an end.
        ours = run.delivered if outcome is Outcome.SUCCEEDED else run.admitted
        return replace(run, end=end) if ours and not run.is_over else run

    return on_end


def _end_of(outcome: Outcome, data: Data) -> End:
    try:
        told = wire.EndEvent.model_validate(data)
    except ValidationError:
        return End(outcome=outcome, problem=wire.Problem(message=str(data.get("error"))))
    return End(outcome=outcome, problem=told.error, reason=told.reason)


def _on_deleted(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    if session_id != run.session_id:
        return run
    return replace(run, seen=replace(run.seen, deleted=True))


# ---------------------------------------------------------------- steps and texts


def _on_step_started(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    told = wire.StepEvent.model_validate(data)
    seen = replace(run.seen, turns=run.seen.turns | {told.message_id})
    if session_id != run.session_id:
        return replace(run, seen=seen)
    if told.message_id not in run.seen.turns:
        seen = replace(seen, tried_again=0, rejected=None)
    if told.model is not None:
        seen = replace(seen, model=told.model.name)
    return replace(run, seen=seen, step=Step(message_id=told.message_id))


def _on_step_over(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    told = wire.StepEvent.model_validate(data)
    if told.error is None or data.get("tokens"):
        run = _spent(run, session_id, told)
    if session_id != run.session_id:
        return run
    step = run.step if run.step and run.step.message_id == told.message_id else Step(message_id=told.message_id)
    seen = replace(run.seen, spoke_in=told.message_id) if step.texts else run.seen
    if told.finish == "unknown":
        seen = replace(seen, nameless=(*seen.nameless, told.message_id))
    elif told.finish is not None:
        seen = replace(seen, nameless=())
    run = replace(run, seen=seen)
    if told.error is None or told.error.type != "aborted":
        run = answering(run, session_id)
    return replace(run, step=replace(step, finish=told.finish, problem=told.error))


def _on_spent(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    return _spent(run, session_id, wire.Spent.model_validate(data))


def _spent(run: Run, session_id: str, told: wire.Spent) -> Run:
    before = run.seen.usages.get(session_id, NO_USAGE)
    usages = {**run.seen.usages, session_id: before + used(told.cost, told.tokens)}
    return replace(run, seen=replace(run.seen, usages=usages))


def _on_answering(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    return answering(run, session_id)


def _on_text_delta(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    told = wire.TextEvent.model_validate(data)
    if session_id != run.session_id or told.part in run.told:
        return run
    before = run.seen.text if run.seen.text_of == told.part else ""
    text = (before + told.delta)[-_KEPT_TEXT:]
    return replace(run, seen=replace(run.seen, text=text, text_of=told.part))


def _on_text_ended(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    told = wire.TextEvent.model_validate(data)
    if session_id != run.session_id:
        return run
    step = run.step if run.step and run.step.message_id == told.message_id else Step(message_id=told.message_id)
    step = replace(step, texts={**step.texts, told.ordinal: told.text})
    seen = run.seen
    if told.text:
        seen = replace(seen, text=told.text[-_KEPT_TEXT:], text_of=told.part)
    return replace(run, seen=seen, step=step, told=run.told | {told.part})


def _on_thought(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    run = answering(run, session_id)
    if session_id != run.session_id or run.step is None:
        return run
    return replace(run, step=replace(run.step, thought=True))


def _on_retry(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    told = wire.RetryEvent.model_validate(data)
    next_at, words, again = instant(told.at), words_of(told.error), max(told.attempt - 1, 1)
    wait = RetryWait(session_id=session_id, attempt=again, message=words, next_at=next_at, since=now)
    retries = (*run.seen.retries, EngineRetry(attempt=again, message=words, next_at=next_at))[-_KEPT:]
    own = session_id == run.session_id
    tried_again = again if own else run.seen.tried_again
    seen = with_retry(run.seen, wait)
    return replace(run, seen=replace(seen, retries=retries, tried_again=tried_again))


def _on_compaction_failed(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    problem = wire.CompactionEvent.model_validate(data).error
    return replace(run, overflow=problem) if session_id == run.session_id else run


def _on_compacted(run: Run, session_id: str, data: Data, now: Moment) -> Run:
    run = replace(run, seen=replace(run.seen, compactions=run.seen.compactions + 1))
    return replace(run, compacted=True, overflow=None) if session_id == run.session_id else run


_CHANGES: Mapping[str, Change] = {
    "session.inbox.enqueued": _on_enqueued,
    "session.inbox.delivered": _on_delivered,
    "session.inbox.cancelled": _on_taken_back,
    "session.execution.started": _on_started,
    "session.execution.succeeded": _ended(Outcome.SUCCEEDED),
    "session.execution.failed": _ended(Outcome.FAILED),
    "session.execution.interrupted": _ended(Outcome.INTERRUPTED),
    "session.deleted": _on_deleted,
    "session.step.started": _on_step_started,
    "session.step.streamed": _on_answering,
    "session.step.ended": _on_step_over,
    "session.step.failed": _on_step_over,
    "session.usage.recorded": _on_spent,
    "session.text.started": _on_answering,
    "session.text.delta": _on_text_delta,
    "session.text.ended": _on_text_ended,
    "session.reasoning.started": _on_thought,
    "session.reasoning.ended": _on_thought,
    "session.retry.scheduled": _on_retry,
    "session.compaction.ended": _on_compacted,
    "session.compaction.failed": _on_compaction_failed,
    **calls.CHANGES,
    **asks.CHANGES,
}
