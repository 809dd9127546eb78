"""The situations that a provider, an agent or a person can bring about on the real OpenCode, and what each must become.

Each row names what the provider does, what a person does, our limits, and the outcome: kind, words, status, retry.
A kind of None is success. Rows that take OpenCode's own 70 seconds of retries are slow and run side by side.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runner.failure_kinds import FailureKind, Retry
from tests.support import provider_replies as llm
from tests.support.provider_wire import Reply

READ_OUTSIDE = llm.tool("read", {"filePath": "/etc/hostname"})
ASK = llm.tool(
    "question",
    {"questions": [{"question": "Which db?", "header": "DB", "options": [{"label": "pg", "description": "p"}]}]},
)
DONE = llm.text("All done.")
PAUSED: Mapping[str, Any] = {"timeout_seconds": 15.0, "ask_seconds": 0.5}


def a_task(agent: str) -> Reply:
    return llm.tool("task", {"description": "sub", "prompt": "do it", "subagent_type": agent})


@dataclass(frozen=True, kw_only=True)
class Case:
    """`script` is one reply per turn, or one per request; without one the name is a behaviour of the provider's.

    `person` is what somebody does when asked: once, reject, advise, answer, dismiss, or nothing.
    """

    name: str
    kind: FailureKind | None = None
    words: str = "All done."
    status: int | None = None
    retry: Retry | None = None
    script: tuple[Reply, ...] = ()
    per_request: bool = False
    person: str | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)
    slow: bool = False


K = FailureKind
CASES = (
    Case(name="text"),
    # 4.2: the provider refuses
    Case(name="http-401", kind=K.PROVIDER_AUTH, words="Incorrect API key provided: dummy", status=401, retry=Retry.NO),
    Case(name="http-403", kind=K.PROVIDER_AUTH, words="refused access (status 403)", status=403, retry=Retry.NO),
    Case(name="http-404", kind=K.PROVIDER_REJECTED, words="The model does not exist", status=404, retry=Retry.NO),
    Case(name="http-400", kind=K.PROVIDER_REJECTED, words="rejected the request", status=400, retry=Retry.NO),
    Case(name="http-402", kind=K.PROVIDER_QUOTA, words="Insufficient balance", status=402, retry=Retry.NO),
    Case(
        name="http-429-soon", kind=K.PROVIDER_RATE_LIMITED, words="gave up after 6 tries", status=429, retry=Retry.LATER
    ),
    Case(name="quota-soon", kind=K.PROVIDER_QUOTA, words="exceeded your current quota", status=429, retry=Retry.NO),
    Case(name="http-500-soon", kind=K.PROVIDER_UNAVAILABLE, words="(status 500)", status=500, retry=Retry.YES),
    Case(name="http-503-soon", kind=K.PROVIDER_UNAVAILABLE, words="overloaded", status=503, retry=Retry.YES),
    Case(name="http-502-html-soon", kind=K.PROVIDER_UNAVAILABLE, words="Bad Gateway", status=502, retry=Retry.YES),
    Case(
        name="back-again",
        script=(llm.refusal(500, headers=llm.SOON), llm.refusal(500, headers=llm.SOON), DONE),
        per_request=True,
    ),
    Case(
        name="http-429-later",
        kind=K.PROVIDER_RATE_LIMITED,
        words="lets no request through until",
        retry=Retry.LATER,
        limits={"timeout_seconds": 20.0},
    ),
    # 4.2: the provider answers, but not well
    Case(name="empty", kind=K.NO_OUTPUT, words="without an answer", retry=Retry.ONCE),
    Case(name="length", kind=K.OUTPUT_TRUNCATED, words="output limit", retry=Retry.NO),
    Case(name="filtered", kind=K.CONTENT_FILTERED, words="content filter", retry=Retry.NO),
    Case(name="overflow", kind=K.CONTEXT_OVERFLOW, words=llm.OVERFLOW, retry=Retry.NO),
    Case(
        name="overflow-once",
        script=(llm.context_overflow(), llm.text("Summary: much was said."), DONE),
        per_request=True,
    ),
    Case(name="no-finish", kind=K.PROVIDER_BAD_STREAM, words="answers in a row", retry=Retry.ONCE),
    Case(name="html", kind=K.PROVIDER_BAD_STREAM, words="without any text", retry=Retry.ONCE),
    Case(name="loop", kind=K.RUNAWAY, words=" turns without an end", retry=Retry.NO, limits={"max_turns": 8}),
    Case(name="always-full", kind=K.RUNAWAY, words="compacted", retry=Retry.NO, limits={"max_turns": 100}),
    Case(name="big", words="0123456789abcdef"),
    Case(
        name="stalled",
        kind=K.STALLED,
        words="No sign of life from the agent for ",
        retry=Retry.YES,
        limits={"stall_seconds": 1.0},
    ),
    Case(
        name="silent",
        kind=K.STALLED,
        words="No sign of life from the agent for ",
        retry=Retry.YES,
        limits={"stall_seconds": 1.0},
    ),
    Case(
        name="trickle",
        kind=K.STEP_TIMEOUT,
        words="Step timed out after 3s",
        retry=Retry.YES,
        limits={"timeout_seconds": 3.0},
    ),
    Case(
        name="slow-command",
        script=(llm.tool("bash", {"command": "sleep 30", "description": "Sleeps"}), DONE),
        kind=K.STEP_TIMEOUT,
        words="Step timed out after 3s",
        retry=Retry.YES,
        limits={"timeout_seconds": 3.0},
    ),
    # 4.3: tools
    Case(name="tool-fails", script=(llm.tool("read", {"filePath": "missing.txt"}), DONE)),
    Case(name="exit-3", script=(llm.tool("bash", {"command": "exit 3", "description": "Fails"}), DONE)),
    Case(name="unknown-tool", script=(llm.tool("teleport", {"to": "Mars"}), DONE)),
    Case(name="bad-arguments", script=(llm.tool("read", '{"filePath": '), DONE)),
    # 4.3: people
    Case(
        name="permission-expires",
        script=(READ_OUTSIDE, DONE),
        kind=K.PERMISSION_EXPIRED,
        words='for external directory "/etc/hostname" within ',
        retry=Retry.YES,
        limits=PAUSED,
    ),
    Case(name="permission-given", script=(READ_OUTSIDE, DONE), person="once"),
    Case(
        name="permission-refused",
        script=(READ_OUTSIDE, DONE),
        person="reject",
        kind=K.PERMISSION_DENIED,
        words='external directory "/etc/hostname"',
        retry=Retry.NO,
    ),
    Case(name="permission-refused-with-advice", script=(READ_OUTSIDE, DONE), person="advise"),
    Case(
        name="question-expires",
        script=(ASK, DONE),
        kind=K.QUESTION_EXPIRED,
        words="Which db?",
        retry=Retry.YES,
        limits=PAUSED,
    ),
    Case(name="question-answered", script=(ASK, DONE), person="answer"),
    Case(
        name="question-dismissed",
        script=(ASK, DONE),
        person="dismiss",
        kind=K.QUESTION_DISMISSED,
        words="Which db?",
        retry=Retry.NO,
    ),
    # 4.3: sub-agents
    Case(name="sub-agent", script=(a_task("kid-text"), DONE)),
    Case(
        name="sub-agent-refused",
        script=(a_task("kid-401"), DONE),
        kind=K.SUBAGENT_FAILED,
        words='Sub-agent "kid-401" failed: The provider rejected the API key (status 401)',
        status=401,
        retry=Retry.NO,
    ),
    Case(
        name="sub-agent-asks",
        script=(a_task("kid-asks"), DONE),
        kind=K.PERMISSION_EXPIRED,
        words='external directory "/etc/hostname"',
        retry=Retry.YES,
        limits=PAUSED,
    ),
    Case(name="sub-agent-asks-and-may", script=(a_task("kid-asks"), DONE), person="once"),
    Case(name="sub-agent-unknown", script=(a_task("nobody"), DONE)),
    # OpenCode's own tries, in their full length
    Case(
        name="http-429",
        kind=K.PROVIDER_RATE_LIMITED,
        words="gave up after 6 tries",
        status=429,
        retry=Retry.LATER,
        slow=True,
    ),
    Case(name="quota", kind=K.PROVIDER_QUOTA, words="exceeded your", status=429, retry=Retry.NO, slow=True),
    Case(name="http-503", kind=K.PROVIDER_UNAVAILABLE, words="overloaded", status=503, retry=Retry.YES, slow=True),
    Case(name="closed", kind=K.PROVIDER_UNAVAILABLE, words="cannot be reached at http", retry=Retry.YES, slow=True),
    Case(name="dropped", kind=K.PROVIDER_UNAVAILABLE, words="connection to the provider", retry=Retry.YES, slow=True),
    Case(name="garbage", kind=K.PROVIDER_BAD_STREAM, words="could not be read", retry=Retry.ONCE, slow=True),
    Case(
        name="error-frame",
        kind=K.PROVIDER_UNAVAILABLE,
        words="Upstream exploded",
        status=500,
        retry=Retry.YES,
        slow=True,
    ),
)
AGENTS: Mapping[str, Any] = {
    "kid-text": {"mode": "subagent", "description": "Works", "model": "stub/text"},
    "kid-401": {"mode": "subagent", "description": "Is refused", "model": "stub/http-401"},
    "kid-asks": {"mode": "subagent", "description": "Asks", "model": "stub/kid-asks"},
}
SCRIPTED = (*(case.name for case in CASES if case.script), "kid-asks")
