"""What became of an attempt in OpenCode 2: a pure function of what is known of it, and why we stopped it, if we did.

    stopped by us ─▶ never begun ─▶ deleted ─▶ no end ─▶ failed ─▶ interrupted ─▶ finish ─▶ text ─▶ Success

That an execution succeeded says only that OpenCode is done: whether there is an answer is judged by the last step.
"""

from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from adapters.opencode.observations import Moment, ToolSeen
from adapters.opencode.provider_failures import causes_of, odd_finish
from adapters.opencode.v2.problems import problem_failure
from adapters.opencode.v2.run import End, Outcome, Run, Step
from adapters.opencode.v2.wire import Problem
from adapters.opencode.words import ordinal, quoted, refused_by_person, session_deleted
from runner.failure_kinds import FailureKind
from runner.failures import Failure, FailureCause, failure

# OpenCode's own words in the errors of tools; the only ones that are looked for, and each from its beginning.
_STEP_LIMIT = "Tools are disabled after the maximum agent steps"
_DECLINED = "The user declined this tool call"


@dataclass(frozen=True, kw_only=True)
class Success:
    text: str


Verdict: TypeAlias = Success | Failure


def verdict(
    run: Run,
    now: Moment,
    *,
    stopped: Failure | None = None,
    trouble: Failure | None = None,
    same_server: bool | None = None,
) -> Verdict:
    """What became of it.

    `stopped` is why we interrupted it, `trouble` why it could not be begun or followed. `same_server` says whether the
    server that it began on is still there: it tells a refusal of somebody else's from a stop of OpenCode.
    """
    if stopped is not None:
        return _with_what_followed(stopped, trouble)
    if trouble is not None and run.end is None:
        return _waited(trouble, run)
    if run.seen.deleted:
        return session_deleted()
    if run.end is None:
        return lost(run)
    match run.end.outcome:
        case Outcome.FAILED:
            return problem_failure(run.end.problem or Problem(), run, now)
        case Outcome.INTERRUPTED:
            return _interrupted(run, run.end, same_server)
        case Outcome.SUCCEEDED:
            return _judged(run, now)
        case _:
            assert_never(run.end.outcome)


def lost(run: Run) -> Failure:
    """It was begun, has no end, and nobody works on it."""
    message = "OpenCode stopped working on the step without an end: it was restarted or has crashed"
    return _waited(failure(FailureKind.ENGINE_LOST, message), run)


def _with_what_followed(stopped: Failure, trouble: Failure | None) -> Failure:
    if trouble is None:
        return stopped
    return replace(stopped, causes=(*stopped.causes, FailureCause(source="opencode", message=trouble.message)))


def _waited(reason: Failure, run: Run) -> Failure:
    """What OpenCode was waiting for when it was lost."""
    retry = run.seen.retry
    return replace(reason, causes=(*reason.causes, *causes_of(retry.message))) if retry else reason


def _interrupted(run: Run, end: End, same_server: bool | None) -> Failure:
    """A refusal, a dismissal and a stop of the server are told in the same word."""
    if end.reason == "shutdown":
        return _shut_down(run, same_server)
    retry = run.seen.retry
    last = f" (last: {quoted(retry.message)}, {ordinal(retry.attempt + 1)} try)" if retry else ""
    by = "" if end.reason == "user" else f" ({quoted(end.reason or 'no reason given')})"
    causes = causes_of(retry.message) if retry else ()
    return failure(FailureKind.ENGINE_ABORTED, f"The session was stopped in OpenCode{by}{last}", causes=causes)


def _shut_down(run: Run, same_server: bool | None) -> Failure:
    rejected = run.seen.rejected
    if rejected is not None and rejected.session_id == run.session_id:
        return refused_by_person(rejected)
    tool = run.seen.last_tool
    declined = tool is not None and (tool.call.error or "").startswith(_DECLINED)
    if tool is not None and tool.call.status == "error" and (declined or same_server):
        return _refused_elsewhere(tool)
    ended = "OpenCode ended the run by itself" if same_server else "OpenCode was stopped while the step was running"
    return _waited(failure(FailureKind.ENGINE_LOST, ended), run)


def _refused_elsewhere(tool: ToolSeen) -> Failure:
    if tool.call.tool == "question":
        return failure(FailureKind.QUESTION_DISMISSED, "The agent's question was dismissed in OpenCode")
    message = f"The permission to use {tool.call.tool} was refused in OpenCode"
    return failure(FailureKind.PERMISSION_DENIED, message)


def _judged(run: Run, now: Moment) -> Verdict:
    step = run.step
    if step is None:
        if run.compacted:
            message = "The agent finished with a summary of its context, without an answer"
            return failure(FailureKind.NO_OUTPUT, message)
        return failure(FailureKind.NO_OUTPUT, "OpenCode finished without asking the model")
    if step.problem is not None:
        return problem_failure(step.problem, run, now)
    if step.finish != "stop":
        return _stopped_early(step, run)
    if (failed := _sub_agent_failure(run, now)) is not None:
        return failed
    if step.text:
        return Success(text=step.text)
    without = "without an answer" + (": it only thought" if step.thought else "")
    return failure(FailureKind.NO_OUTPUT, f"The agent finished {without}")


def _stopped_early(step: Step, run: Run) -> Failure:
    match step.finish:
        case "length":
            return failure(FailureKind.OUTPUT_TRUNCATED, "The answer was cut at the model's output limit")
        case "content-filter":
            return failure(FailureKind.CONTENT_FILTERED, "The provider's content filter stopped the answer")
        case "tool-calls":
            return _after_tool_call(step, run)
        case None:
            return failure(FailureKind.UNEXPECTED_SHAPE, "OpenCode finished in the middle of an answer")
        case finish:
            return odd_finish(finish, step.text or None)


def _after_tool_call(step: Step, run: Run) -> Failure:
    last = run.seen.last_tool
    error = (last.call.error or "") if last else ""
    if error.startswith(_STEP_LIMIT):
        hint = "Raise the agent's `steps` in OpenCode, or split the step into smaller ones."
        message = "The agent used up the steps that OpenCode allows it"
        return failure(FailureKind.RUNAWAY, message, hint=hint, causes=causes_of(error, source="opencode"))
    told = f"; it said: {quoted(step.text)}" if step.text else ""
    causes = causes_of(error, source="opencode")
    message = f"The agent stopped after a tool call, without an answer{told}"
    return failure(FailureKind.NO_OUTPUT, message, causes=causes)


def _sub_agent_failure(run: Run, now: Moment) -> Failure | None:
    """The last thing that the agent did was to ask a sub-agent, which itself broke down: there is no work to hand on.

    A call that OpenCode refused (unknown type), one that a person's refusal ended, or that failed earlier on is the
    agent's own matter: it was told.
    """
    last = run.seen.last_tool
    if last is None or last.call.status != "error" or (child := _child_of(last, run)) is None:
        return None
    end = run.sub_ends.get(child)
    if end is None or end.outcome is not Outcome.FAILED:
        return None
    its = replace(run, seen=replace(run.seen, session_id=child, tried_again=0), overflow=None)
    return _of_sub_agent(last, problem_failure(end.problem or Problem(), its, now))


def _child_of(call: ToolSeen, run: Run) -> str | None:
    """The session that the call has started; only the bus tells it, so else the one that failed in the same words."""
    if call.child is not None or not call.call.error:
        return call.child
    failed = ((session_id, end.problem.message) for session_id, end in run.sub_ends.items() if end.problem)
    return next((session_id for session_id, words in failed if words and call.call.error.endswith(words)), None)


def _of_sub_agent(call: ToolSeen, cause: Failure) -> Failure:
    name = call.call.input.get("agent") if isinstance(call.call.input, dict) else None
    who = f'Sub-agent "{name}"' if isinstance(name, str) else "A sub-agent"
    return failure(
        FailureKind.SUBAGENT_FAILED,
        f"{who} failed: {cause.message}",
        hint=cause.hint,
        detail=cause.detail,
        causes=(FailureCause(source="agent", message=call.call.error or cause.message), *cause.causes),
        status_code=cause.status_code,
        retry=cause.retry,
        retry_after=cause.retry_after,
    )
