"""What became of an attempt: a pure function of OpenCode's reply, what was observed, and why we stopped it, if we did.

    stopped by us ─▶ status, content type, body ─▶ info.error ─▶ finish ─▶ text ─▶ Success

A status of 200 is not success: success is finish `stop` with text. Whether the text is the handoff that
the step demands is not for an engine to say. The first cause wins: what went wrong after we had decided to stop is a
further cause of that.
"""

from dataclasses import dataclass, replace
from typing import TypeAlias

from adapters.opencode.observations import Moment, Observations, ToolSeen
from adapters.opencode.provider_errors import Circumstances, aborted
from adapters.opencode.provider_errors import failure_of as reported
from adapters.opencode.provider_failures import odd_finish
from adapters.opencode.reply import Reply, envelope_of, refused, shaped
from adapters.opencode.reported import ReportedError
from adapters.opencode.v1.wire import Message, Part
from adapters.opencode.words import quoted, refused_by_person, session_deleted
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Failure, FailureCause, failure


@dataclass(frozen=True, kw_only=True)
class Success:
    text: str


Verdict: TypeAlias = Success | Failure


def verdict(reply: Reply | Failure, seen: Observations, now: Moment, *, stopped: Failure | None = None) -> Verdict:
    """What became of it. `reply` is a failure when none came over the wire; `stopped` is why we aborted the session."""
    if stopped is not None:
        return _with_what_followed(stopped, reply)
    if isinstance(reply, Failure):
        return _lost(reply, seen)
    if reply.status >= 500:
        return _explained(reply, seen)
    try:
        message = shaped(reply, Message)
    except AgentError as error:
        return error.failure
    return _judged(message, reply, seen, now)


def _with_what_followed(stopped: Failure, reply: Reply | Failure) -> Failure:
    if isinstance(reply, Failure):
        return replace(stopped, causes=(*stopped.causes, FailureCause(source="opencode", message=reply.message)))
    return stopped


def _lost(reason: Failure, seen: Observations) -> Failure:
    if reason.kind is FailureKind.ENGINE_LOST and seen.retry is not None:
        waited = FailureCause(source="provider", message=seen.retry.message)
        return replace(reason, causes=(*reason.causes, waited))
    return reason


def _explained(reply: Reply, seen: Observations) -> Failure:
    """A 500 hides its reason; the session's last error tells it."""
    if seen.deleted:
        return session_deleted(reply.status)
    errors = seen.errors_of(seen.session_id)
    if not errors or envelope_of(reply) is None:
        return refused(reply)
    words = quoted(errors[-1].data.message) or errors[-1].name
    return replace(refused(reply, words), causes=(FailureCause(source="opencode", message=words),))


def _judged(message: Message, reply: Reply, seen: Observations, now: Moment) -> Verdict:
    circumstances = Circumstances(seen=seen, now=now, retried=_starts(message.parts) > 1)
    info = message.info
    if info.error is not None:
        return reported(info.error, circumstances)
    if info.finish is None:
        return _unfinished(message, reply, circumstances)
    text = answer_of(message.parts)
    if info.finish != "stop":
        return _stopped_early(info.finish, text, message, reply, seen)
    if info.summary is True:
        return failure(FailureKind.NO_OUTPUT, "The agent finished with a summary of its context, without an answer")
    if (failed := _sub_agent_failure(seen, circumstances)) is not None:
        return failed
    if not text:
        return failure(FailureKind.NO_OUTPUT, "The agent finished without an answer")
    return Success(text=text)


def answer_of(parts: list[Part]) -> str:
    """What the agent said, without what OpenCode put into its mouth; earlier tries of the same turn leave blanks."""
    said = [part.text.strip() for part in parts if part.type == "text" and part.text and not part.synthetic]
    return "\n\n".join(text for text in said if text)


def _starts(parts: list[Part]) -> int:
    return sum(part.type == "step-start" for part in parts)


def _unfinished(message: Message, reply: Reply, circumstances: Circumstances) -> Failure:
    """An abort in a retry wait leaves a completed message without parts, error and finish."""
    retrying = circumstances.seen.retry is not None
    if retrying or circumstances.seen.disposed or (message.info.time.completed is not None and not message.parts):
        return aborted(circumstances)
    return _unexpected('lacks "finish"', reply)


def _stopped_early(finish: str, text: str, message: Message, reply: Reply, seen: Observations) -> Failure:
    match finish:
        case "length":
            return failure(FailureKind.OUTPUT_TRUNCATED, "The answer was cut at the model's output limit")
        case "content-filter":
            return failure(FailureKind.CONTENT_FILTERED, "The provider's content filter stopped the answer")
        case "tool-calls":
            return _after_tool_call(text, message, seen)
        case _:
            return odd_finish(finish, reply.text)


def _after_tool_call(text: str, message: Message, seen: Observations) -> Failure:
    """Only a refusal ends a run in the middle of a tool call; which tool it was says what was refused."""
    broken = next((part for part in reversed(message.parts) if part.state and part.state.status == "error"), None)
    if seen.rejected is not None:
        return refused_by_person(seen.rejected)
    if broken is None or broken.state is None:
        told = "; it said: " + quoted(text) if text else ""
        return failure(FailureKind.NO_OUTPUT, f"The agent stopped after a tool call, without an answer{told}")
    words = quoted(broken.state.error or "no reason given")
    causes = (FailureCause(source="opencode", message=words),)
    if broken.tool == "question":
        return failure(FailureKind.QUESTION_DISMISSED, f"The agent's question was dismissed: {words}", causes=causes)
    if broken.tool == "task":
        return failure(FailureKind.SUBAGENT_FAILED, f"The sub-agent failed: {words}", causes=causes)
    return failure(FailureKind.PERMISSION_DENIED, f"The permission to use {broken.tool} was refused", causes=causes)


def _sub_agent_failure(seen: Observations, circumstances: Circumstances) -> Failure | None:
    """The last thing that the agent did was to ask a sub-agent, which itself broke down: there is no work to hand on.

    A task that OpenCode refused (unknown type) or that failed earlier on is the agent's own matter: it was told.
    """
    last = seen.last_tool
    if last is None or last.call.tool != "task" or last.child is None:
        return None
    error = _end_of_child(seen, last.child, broken=last.call.status == "error")
    if error is None:
        return None
    child = replace(circumstances, seen=replace(seen, session_id=last.child, tried_again=0))
    return _of_sub_agent(last, reported(error, child))


def _end_of_child(seen: Observations, child: str, *, broken: bool) -> ReportedError | None:
    """The error that it ended in. Up to 1.18.18 the task of such a child is "completed", with nothing in it; and an
    error that is followed by a further message, as an overflow by a compaction, was not the end.
    """
    newest = seen.newest.get(child)
    if newest is not None and newest.error is not None:
        return newest.error
    errors = seen.errors_of(child)
    return errors[-1] if broken and errors else None


def _of_sub_agent(task: ToolSeen, cause: Failure) -> Failure:
    name = task.call.input.get("subagent_type") if isinstance(task.call.input, dict) else None
    who = f'Sub-agent "{name}"' if isinstance(name, str) else "A sub-agent"
    return failure(
        FailureKind.SUBAGENT_FAILED,
        f"{who} failed: {cause.message}",
        hint=cause.hint,
        detail=cause.detail,
        causes=(FailureCause(source="agent", message=task.call.error or cause.message), *cause.causes),
        status_code=cause.status_code,
        retry=cause.retry,
        retry_after=cause.retry_after,
    )


def _unexpected(what: str, reply: Reply) -> Failure:
    message = f"OpenCode's answer {what} (status {reply.status})"
    return failure(FailureKind.UNEXPECTED_SHAPE, message, detail=reply.text, status_code=reply.status)
