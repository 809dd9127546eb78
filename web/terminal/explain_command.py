"""`stepwire explain`: all that is known of a failure, as Markdown without secrets, to paste into an issue."""

import json
import re
from collections.abc import Sequence
from typing import Any

from web.terminal.client import Client, Lost
from web.terminal.documents import Item
from web.terminal.safe import one_line, safe
from web.terminal.troubles import CannotDo

_EXPLAIN = """
query Explain($id: ID!) {
  node(id: $id) {
    __typename
    ... on Failure {
      id kind origin message hint detail statusCode attempt occurredAt
      causes { source message }
      retryDecision { outcome nextAttemptAt attemptsLeft }
      pipeline { id title template directory branch }
      step { id position agent engineAgent }
      group { id count firstSeenAt lastSuccessAt }
      evidence {
        sessionId model lastText
        lastTool { tool status input error output }
        todos { content status }
        engineRetries { attempt message nextAt }
        sideEffects
      }
    }
  }
}
"""


async def explain(client: Client, failure_id: str) -> str:
    """The Markdown. Texts were redacted before they were stored; here they are kept from breaking out of their place.

    Raises:
        CannotDo: there is no such failure, or the server cannot be asked.
    """
    try:
        failure = (await client.ask(_EXPLAIN, {"id": failure_id}))["node"]
    except Lost as error:
        raise CannotDo(client.unreachable(error)) from error
    if failure is None or failure["__typename"] != "Failure":
        raise CannotDo(f'There is no failure "{one_line(failure_id)}"; stepwire watch --failures --json shows ids.')
    return "\n".join([*_head(failure), *_body(failure), *_evidence(failure["evidence"])]) + "\n"


def _head(failure: Item) -> list[str]:
    pipeline, step, group, decision = (failure[key] for key in ("pipeline", "step", "group", "retryDecision"))
    status = f", status {failure['statusCode']}" if failure["statusCode"] is not None else ""
    facts = {
        "what now": failure["hint"],
        "kind": f"{failure['kind']} (origin {failure['origin']}{status})",
        "pipeline": f"{pipeline['title']} ({pipeline['id']}), template {pipeline['template'] or 'none'}",
        "directory": pipeline["directory"],
        "branch": pipeline["branch"],
        "step": f"{step['position'] + 1}, agent {step['agent'] or 'none'}, attempt {failure['attempt']}",
        "retry": decision["outcome"].lower().replace("_", " "),
        "at": failure["occurredAt"],
        "seen": f"{group['count']} times since {group['firstSeenAt']}",
        "last success there": group["lastSuccessAt"],
        "id": failure["id"],
    }
    lines = [f"- {name}: {one_line(str(fact))}" for name, fact in facts.items() if fact]
    return [f"## {one_line(failure['message'])}", "", *lines]


def _body(failure: Item) -> list[str]:
    causes = [f"- {one_line(cause['source'])}: {one_line(cause['message'])}" for cause in failure["causes"]]
    return [*_section("Causes", causes), *_section("Detail", _fenced(failure["detail"]))]


def _evidence(evidence: Item | None) -> list[str]:
    if evidence is None:
        return []
    tool = evidence["lastTool"]
    session = [f"- {one_line(evidence[key])}" for key in ("sessionId", "model") if evidence[key]]
    retries = [f"- {retry['attempt']}: {one_line(retry['message'])}" for retry in evidence["engineRetries"]]
    todos = [f"- {one_line(todo['status'])}: {one_line(todo['content'])}" for todo in evidence["todos"]]
    return [
        *_section("Session", session),
        *_section("Last tool call", _tool(tool) if tool else []),
        *_section("Last words", _fenced(evidence["lastText"])),
        *_section("To do", todos),
        *_section("OpenCode's own retries", retries),
        *_section("What the step had changed", [f"- {one_line(effect)}" for effect in evidence["sideEffects"]]),
    ]


def _tool(tool: dict[str, Any]) -> list[str]:
    asked = json.dumps(tool["input"], ensure_ascii=False, indent=1) if tool["input"] is not None else None
    said = tool["error"] or tool["output"]
    return [f"{one_line(tool['tool'])} ({one_line(tool['status'])})", *_fenced(asked), *_fenced(said)]


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return ["", f"### {title}", "", *lines] if lines else []


def _fenced(text: str | None) -> list[str]:
    """The text in a fence that nothing in it can close."""
    if not text:
        return []
    shown = safe(text)
    fence = "`" * (1 + max([2, *(len(run) for run in re.findall("`+", shown))]))
    return [fence, shown, fence]
