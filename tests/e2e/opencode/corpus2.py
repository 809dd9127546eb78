"""The rows of OpenCode 2's failure tables that an agent, a provider, a person or the server can bring about.

Each plays the script of its name on a scripted OpenCode 2; `SCRIPTS` has those that are not there by themselves. What
stepwire finds out before anything runs (names, directories, passwords) is no row here.
"""

from collections.abc import Mapping, Sequence

from adapters.opencode.v1.scripted import scripts as shared
from adapters.opencode.v2.scripted import scripts as s
from runner.failure_kinds import FailureKind, Retry
from tests.e2e.opencode.corpus import Case

K = FailureKind
DONE = "all done."
ANSWER = "Here is the answer"

# The pauses of the scripts are shortened to a fiftieth: the silence of 293 s is one of 6 s.
PACE = 0.02

PROVIDER: Sequence[Case] = (
    Case(name="http-401", kind=K.PROVIDER_AUTH, words="Incorrect API key provided", status=401, retry=Retry.NO),
    Case(name="http-403", kind=K.PROVIDER_REJECTED, words="does not have access", status=403, retry=Retry.NO),
    Case(name="http-404", kind=K.PROVIDER_REJECTED, words="The model does not exist", status=404, retry=Retry.NO),
    Case(name="http-400", kind=K.PROVIDER_REJECTED, words="rejected the request", status=400, retry=Retry.NO),
    Case(name="http-402", kind=K.PROVIDER_QUOTA, words="stub status 402", status=402, retry=Retry.NO),
    Case(name="out-of-quota", kind=K.PROVIDER_QUOTA, words="exceeded your current quota", status=429, retry=Retry.NO),
    Case(name="http-429", kind=K.PROVIDER_RATE_LIMITED, words="gave up after 5 tries", status=429, retry=Retry.LATER),
    Case(name="http-500", kind=K.PROVIDER_UNAVAILABLE, words="(status 500)", status=500, retry=Retry.YES),
    Case(name="http-502", kind=K.PROVIDER_UNAVAILABLE, words="Bad gateway", status=502, retry=Retry.YES),
    Case(name="http-503", kind=K.PROVIDER_UNAVAILABLE, words="overloaded", status=503, retry=Retry.YES),
    Case(name="provider-gone", kind=K.PROVIDER_UNAVAILABLE, words="cannot be reached in 5 tries", retry=Retry.YES),
    Case(name="retry-after", kind=K.PROVIDER_RATE_LIMITED, words="Rate limit", status=429, retry=Retry.LATER),
    Case(
        name="retry-after-long",
        kind=K.PROVIDER_RATE_LIMITED,
        words="lets no request through until",
        retry=Retry.LATER,
        limits={"timeout_seconds": 4.0},
    ),
    Case(name="recovers", words=ANSWER),
    Case(name="dropped", kind=K.PROVIDER_BAD_STREAM, words="could not be read", retry=Retry.ONCE),
    Case(name="reset", kind=K.PROVIDER_BAD_STREAM, words="could not be read", retry=Retry.ONCE),
    Case(name="no-finish", kind=K.PROVIDER_BAD_STREAM, words="could not be read", retry=Retry.ONCE),
    Case(name="web-page-stream", kind=K.PROVIDER_BAD_STREAM, words="could not be read", retry=Retry.ONCE),
    Case(name="bad-frame", kind=K.PROVIDER_BAD_STREAM, words="stream event", retry=Retry.ONCE),
    Case(name="silence", kind=K.PROVIDER_BAD_STREAM, words="could not be read", retry=Retry.ONCE),
    Case(name="content-filter", kind=K.CONTENT_FILTERED, words="content filter", retry=Retry.NO),
    Case(name="cut-off", kind=K.OUTPUT_TRUNCATED, words="output limit", retry=Retry.NO),
    Case(name="empty", kind=K.NO_OUTPUT, words="without an answer", retry=Retry.ONCE),
    Case(name="reasoning-only", kind=K.NO_OUTPUT, words="it only thought", retry=Retry.ONCE),
    Case(name="no-usage", words=ANSWER),
    Case(name="overflow", kind=K.CONTEXT_OVERFLOW, words="larger than the model's context", status=400, retry=Retry.NO),
    Case(name="overflow-once", words=ANSWER),
    Case(name="big-usage", words=ANSWER),
    Case(name="no-route", kind=K.CONFIG_INVALID, words="cannot use the model", retry=Retry.NO),
    Case(name="strange-error", kind=K.PROVIDER_REJECTED, words="provider.unheard-of", retry=Retry.NO),
)
TOOLS: Sequence[Case] = (
    Case(name="missing-file", words=DONE),
    Case(name="unknown-tool", words=DONE),
    Case(name="sub-agent-unknown", words=DONE),
    Case(name="bad-arguments", kind=K.PROVIDER_BAD_STREAM, words="arguments that cannot be read", retry=Retry.ONCE),
    Case(name="shell-exit-3", words=DONE),
    Case(name="denied", words=DONE),
    Case(
        name="asks-outside",
        kind=K.PERMISSION_EXPIRED,
        words='external directory "/etc/*"',
        retry=Retry.YES,
    ),
    Case(name="asks-outside-and-may", person="once", words=DONE),
    Case(name="asks-env", person="always", words=DONE),
    Case(name="asks-outside-and-is-advised", person="advise", words=DONE),
    Case(
        name="asks-outside-and-may-not",
        person="reject",
        kind=K.PERMISSION_DENIED,
        words='external directory "/etc/*"',
        retry=Retry.NO,
    ),
    Case(name="asks-form", kind=K.QUESTION_EXPIRED, words="Which colour?", retry=Retry.YES),
    Case(name="asks-form-and-is-answered", person="fill", words=DONE),
    Case(
        name="asks-form-and-is-dismissed",
        person="dismiss",
        kind=K.QUESTION_DISMISSED,
        words="Which colour?",
        retry=Retry.NO,
    ),
    Case(name="sub-agent", words="## What was done"),
    Case(
        name="sub-agent-fails",
        kind=K.SUBAGENT_FAILED,
        words='Sub-agent "explore" failed: The provider rejected the API key (status 401)',
        status=401,
        retry=Retry.NO,
    ),
    Case(name="sub-agent-asks", kind=K.PERMISSION_EXPIRED, words='"echo child"', retry=Retry.YES),
    Case(name="sub-agent-asks-and-may", person="once", words=DONE),
    Case(name="sub-agent-asks-and-may-not", person="reject", words=DONE),
    Case(name="sub-agent-background", words="The helper has reported back."),
    Case(name="step-limit", kind=K.RUNAWAY, words="used up the steps", retry=Retry.NO),
    Case(name="loops", kind=K.RUNAWAY, words=" turns without an end", retry=Retry.NO),
)
CONTROL: Sequence[Case] = (
    Case(name="shut-down", kind=K.ENGINE_LOST, words="OpenCode ended the run by itself", retry=Retry.YES),
    Case(name="stopped-elsewhere", kind=K.ENGINE_ABORTED, words="was stopped in OpenCode", retry=Retry.NO),
    Case(name="superseded", kind=K.ENGINE_ABORTED, words="(superseded)", retry=Retry.NO),
    Case(name="inactive", kind=K.ENGINE_ABORTED, words="(inactivity)", retry=Retry.NO),
    Case(name="given-up", kind=K.ENGINE_LOST, words="gave the run up", retry=Retry.YES),
    Case(name="dies", kind=K.ENGINE_LOST, words="without an end", retry=Retry.YES),
    Case(name="stalls", kind=K.STALLED, words="No sign of life from the agent for ", retry=Retry.YES),
    Case(
        name="trickles",
        kind=K.STEP_TIMEOUT,
        words="Step timed out after 3s",
        retry=Retry.YES,
        limits={"timeout_seconds": 3.0},
    ),
    Case(
        name="long-command",
        kind=K.STEP_TIMEOUT,
        words="Step timed out after 3s",
        retry=Retry.YES,
        limits={"timeout_seconds": 3.0},
    ),
    Case(name="big-answer", words="xxxxxxxx"),
    Case(name="loses-receipt", words=ANSWER),
    Case(name="model-replaced", words=ANSWER),
    Case(name="breaks", kind=K.ENGINE_ERROR, words="500", status=500, retry=Retry.YES),
)
CASES = (*PROVIDER, *TOOLS, *CONTROL)
_OUTSIDE, _FORM, _CHILD = (s.SCRIPTS[name] for name in ("asks-outside", "asks-form", "sub-agent-asks"))
SCRIPTS: Mapping[str, s.Script] = {
    "asks-outside-and-may": _OUTSIDE,
    "asks-outside-and-is-advised": _OUTSIDE,
    "asks-outside-and-may-not": _OUTSIDE,
    "asks-form-and-is-answered": _FORM,
    "asks-form-and-is-dismissed": _FORM,
    "sub-agent-asks-and-may": _CHILD,
    "sub-agent-asks-and-may-not": _CHILD,
    "trickles": (shared.Say(text="One word after the other", pause=100),),
    "long-command": (shared.Use(tool="shell", input={"command": "sleep 1000"}, pause=1000),),
}
