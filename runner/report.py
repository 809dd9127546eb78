"""A failure in full, as Markdown to paste into an issue or a chat: all that is known, and nothing in it breaks out."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from runner.failures import Evidence, Failure, ToolCall
from runner.groups import FailureGroup
from runner.model import FailureRecord, Pipeline, RetryDecision, RetryOutcome, Step
from runner.plaintext import one_line, safe
from runner.remedies import command, remedies


def report(record: FailureRecord, pipeline: Pipeline, group: FailureGroup) -> str:
    """The Markdown, of texts that were redacted before they were stored.

    Raises:
        LookupError: the pipeline has no such step.
    """
    step = pipeline.step(record.step_id)
    if step is None:
        raise LookupError(f"pipeline {pipeline.id} has no step {record.step_id}")
    reason = record.failure
    facts = {**_what(reason, step), **_where(pipeline, step, record), **_how_often(record, group)}
    lines = [f"- {name}: {one_line(fact)}" for name, fact in facts.items() if fact]
    parts = [f"## {one_line(reason.message)}", "", *lines, *_said(reason), *_evidence(reason.evidence)]
    return "\n".join(parts) + "\n"


def _what(reason: Failure, step: Step) -> Mapping[str, str | None]:
    status = f", status {reason.status_code}" if reason.status_code is not None else ""
    return {
        "what now": reason.hint,
        "with": f"`{command(remedies(reason), step.id)}`",
        "kind": f"{reason.kind.value} (origin {reason.origin.value}{status})",
    }


def _where(pipeline: Pipeline, step: Step, record: FailureRecord) -> Mapping[str, str | None]:
    plan = step.plan
    known_as = f" ({plan.engine_agent} in OpenCode)" if plan.engine_agent not in (None, plan.agent) else ""
    return {
        "pipeline": f"{pipeline.title} ({pipeline.id}), template {pipeline.template or 'none'}",
        "directory": pipeline.directory,
        "branch": pipeline.branch,
        "step": f"{step.position + 1}, agent {plan.agent or 'none'}{known_as}, attempt {record.attempt}",
    }


def _how_often(record: FailureRecord, group: FailureGroup) -> Mapping[str, str | None]:
    times = "once" if group.count == 1 else f"{group.count} times"
    return {
        "retry": _decision(record.decision),
        "at": _instant(record.occurred_at),
        "seen": f"{times} since {_instant(group.first_seen_at)} (group {group.id}, {group.status.value.lower()})",
        "last success there": _instant(group.last_success_at) if group.last_success_at else None,
        "id": record.id,
    }


def _decision(decision: RetryDecision) -> str:
    if decision.outcome is not RetryOutcome.RETRYING:
        return str(decision.outcome.value).lower().replace("_", " ")
    when = f" at {_instant(decision.next_attempt_at)}" if decision.next_attempt_at else ""
    return f"retrying{when}, {decision.attempts_left} left"


def _said(reason: Failure) -> list[str]:
    causes = [f"- {one_line(cause.source)}: {one_line(cause.message)}" for cause in reason.causes]
    return [*_section("Causes", causes), *_section("Detail", _fenced(reason.detail))]


def _evidence(evidence: Evidence | None) -> list[str]:
    if evidence is None:
        return []
    session = [f"- {one_line(fact)}" for fact in (evidence.session_id, evidence.model) if fact]
    todos = [f"- {one_line(todo.status)}: {one_line(todo.content)}" for todo in evidence.todos]
    retries = [f"- {retry.attempt}: {one_line(retry.message)}" for retry in evidence.engine_retries]
    return [
        *_section("Session", session),
        *_section("Last tool call", _call(evidence.last_tool) if evidence.last_tool else []),
        *_section("Last words", _fenced(evidence.last_text)),
        *_section("To do", todos),
        *_section("OpenCode's own retries", retries),
        *_section("What the step had changed", [f"- {one_line(effect)}" for effect in evidence.side_effects]),
    ]


def _call(call: ToolCall) -> list[str]:
    asked = None if call.input is None else json.dumps(call.input, ensure_ascii=False, indent=1)
    said = call.error or call.output
    return [f"{one_line(call.tool)} ({one_line(call.status)})", *_fenced(asked), *_fenced(said)]


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return ["", f"### {title}", "", *lines] if lines else []


def _fenced(text: str | None) -> list[str]:
    """The text in a fence that nothing in it can close."""
    if not text:
        return []
    shown = safe(text)
    fence = "`" * (1 + max([2, *(len(run) for run in re.findall("`+", shown))]))
    return [fence, shown, fence]


def _instant(at: datetime) -> str:
    """As the API writes it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
