"""What a problem means that OpenCode 2 reports: by its type, then by the provider's status and code, never by wording.

Before 2.1 status and body are told in the message alone, behind a beginning that OpenCode writes itself; that is the
only place where they are looked for. A type that we do not know is shown with its words.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from adapters.opencode.observations import Moment
from adapters.opencode.provider_errors import Circumstances, failure_of
from adapters.opencode.provider_failures import causes_of, worded
from adapters.opencode.provider_refusal import kind_of, refusal_of
from adapters.opencode.reported import ErrorFacts, ReportedError
from adapters.opencode.said import json_in, message_in, names_in
from adapters.opencode.v2.run import Run
from adapters.opencode.v2.wire import Problem
from adapters.opencode.words import quoted
from runner.failure_kinds import FailureKind
from runner.failures import Failure, failure

_REFUSED = re.compile(
    r"(?:RequestExecutor\.execute: )?Provider request failed with HTTP (?P<status>\d{3})(?:: (?P<body>.*))?", re.DOTALL
)
_NO_AGENT = re.compile(r'Agent not found: "?(?P<name>.+?)"?')
_NO_MODEL = re.compile(r"Model unavailable: (?P<name>\S+)")
_TOO_LONG = frozenset(("context_length_exceeded", "request_too_large"))
_NO_ACCESS = frozenset(("model_not_found", "model_not_available", "unsupported_model"))
_MALFORMED = "Try again; if it stays, what serves this model writes calls that cannot be read: use another model."

_Judge: TypeAlias = Callable[[Problem, ErrorFacts, Run, Moment], Failure]


def problem_failure(problem: Problem, run: Run, now: Moment) -> Failure:
    """The failure that the problem is, with the words of whoever said it as the last cause."""
    judge = _JUDGES.get(problem.type, _other)
    return judge(problem, facts_of(problem), run, now)


def facts_of(problem: Problem) -> ErrorFacts:
    """What the provider answered, as far as it was passed on; `message` is what it said in its own words."""
    found = _REFUSED.fullmatch(problem.message)
    status = problem.status if problem.status is not None else int(found["status"]) if found else None
    body = problem.response.body if problem.response else (found["body"] or "") if found else ""
    inner = json_in(body)
    said = message_in(inner) if isinstance(inner, dict) else body
    wait = problem.retry_after_ms
    return ErrorFacts(
        message=said or problem.message,
        status_code=status,
        body=body,
        headers={} if wait is None else {"retry-after-ms": f"{wait:g}"},
    )


def words_of(problem: Problem) -> str:
    return facts_of(problem).message or problem.type


def _by_status(facts: ErrorFacts, run: Run, now: Moment, otherwise: Failure) -> Failure:
    if facts.status_code is None:
        return otherwise
    return failure_of(ReportedError(name="APIError", data=facts), Circumstances(seen=run.seen, now=now))


def _unauthorized(problem: Problem, facts: ErrorFacts, run: Run, now: Moment) -> Failure:
    if facts.status_code == 403 and _NO_ACCESS.intersection(names_in(json_in(facts.body))):
        return worded(FailureKind.PROVIDER_REJECTED, "The provider refused the model (status 403)", facts)
    otherwise = worded(FailureKind.PROVIDER_AUTH, "The provider rejected the API key", facts)
    return _by_status(facts, run, now, otherwise)


def _rate_limited(problem: Problem, facts: ErrorFacts, run: Run, now: Moment) -> Failure:
    limited = facts.model_copy(update={"status_code": 429})
    return failure_of(ReportedError(name="APIError", data=limited), Circumstances(seen=run.seen, now=now))


def _used_up(problem: Problem, facts: ErrorFacts, run: Run, now: Moment) -> Failure:
    return worded(FailureKind.PROVIDER_QUOTA, "The provider's quota is used up", facts)


def _broken(problem: Problem, facts: ErrorFacts, run: Run, now: Moment) -> Failure:
    otherwise = worded(FailureKind.PROVIDER_UNAVAILABLE, "The provider is not available", facts)
    return _by_status(facts, run, now, otherwise)


def _not_connected(problem: Problem, facts: ErrorFacts, run: Run, now: Moment) -> Failure:
    """OpenCode tells no address, so that the provider is named as its configuration does."""
    named = f" {run.seen.model.partition('/')[0]}" if run.seen.model else ""
    tries = f" in {run.seen.tried_again + 1} tries" if run.seen.tried_again else ""
    return worded(FailureKind.PROVIDER_UNAVAILABLE, f"The provider{named} cannot be reached{tries}", facts)


def _unreadable(problem: Problem, facts: ErrorFacts, run: Run, now: Moment) -> Failure:
    last = run.seen.last_tool
    if last is not None and last.call.status == "error" and last.call.error == problem.message:
        what = f"The model called {last.call.tool} with arguments that cannot be read"
        malformed = worded(FailureKind.PROVIDER_BAD_STREAM, what, facts, source="opencode")
        return replace(malformed, hint=_MALFORMED)
    return worded(FailureKind.PROVIDER_BAD_STREAM, "The provider's answer could not be read", facts, source="opencode")


def _rejected(problem: Problem, facts: ErrorFacts, run: Run, now: Moment) -> Failure:
    if run.overflow is not None or _TOO_LONG.intersection(names_in(json_in(facts.body))):
        return worded(FailureKind.CONTEXT_OVERFLOW, "The prompt is larger than the model's context", facts)
    otherwise = worded(FailureKind.PROVIDER_REJECTED, "The provider rejected the request", facts)
    return _by_status(facts, run, now, otherwise)


def _filtered(problem: Problem, facts: ErrorFacts, run: Run, now: Moment) -> Failure:
    return worded(FailureKind.CONTENT_FILTERED, "The provider's content filter stopped the answer", facts)


def _no_route(problem: Problem, facts: ErrorFacts, run: Run, now: Moment) -> Failure:
    found = _NO_MODEL.fullmatch(problem.message)
    if found is None:
        return worded(FailureKind.CONFIG_INVALID, "OpenCode cannot use the model", facts, source="opencode")
    message = f'Model "{found["name"]}" is not available in OpenCode'
    return failure(FailureKind.UNKNOWN_MODEL, message, causes=causes_of(problem.message, source="opencode"))


def _denied(problem: Problem, facts: ErrorFacts, run: Run, now: Moment) -> Failure:
    return worded(FailureKind.PERMISSION_DENIED, "A rule in OpenCode forbids it", facts, source="opencode")


def _unknown(problem: Problem, facts: ErrorFacts, run: Run, now: Moment) -> Failure:
    found = _NO_AGENT.fullmatch(problem.message)
    if found is None:
        return worded(FailureKind.ENGINE_ERROR, "OpenCode failed", facts, source="opencode")
    message = f'Agent "{found["name"]}" does not exist in OpenCode'
    return failure(FailureKind.UNKNOWN_AGENT, message, causes=causes_of(problem.message, source="opencode"))


def _aborted(problem: Problem, facts: ErrorFacts, run: Run, now: Moment) -> Failure:
    return worded(FailureKind.ENGINE_LOST, "OpenCode gave the run up", facts, source="opencode")


def _by_provider(problem: Problem, facts: ErrorFacts, run: Run, now: Moment) -> Failure:
    if facts.body and kind_of(refusal_of(facts)) is FailureKind.PROVIDER_QUOTA:
        return _used_up(problem, facts, run, now)
    what = f"The provider rejected the request ({problem.type})"
    return _by_status(facts, run, now, worded(FailureKind.PROVIDER_REJECTED, what, facts))


def _other(problem: Problem, facts: ErrorFacts, run: Run, now: Moment) -> Failure:
    if problem.type.startswith("provider."):
        return _by_provider(problem, facts, run, now)
    return worded(FailureKind.ENGINE_ERROR, f"OpenCode failed ({quoted(problem.type)})", facts, source="opencode")


_JUDGES: Mapping[str, _Judge] = {
    "provider.auth": _unauthorized,
    "provider.rate-limit": _rate_limited,
    "provider.quota": _used_up,
    "provider.internal": _broken,
    "provider.transport": _not_connected,
    "provider.invalid-output": _unreadable,
    "provider.invalid-request": _rejected,
    "provider.content-filter": _filtered,
    "provider.no-route": _no_route,
    "provider.unknown": _by_provider,
    "permission.rejected": _denied,
    "unknown": _unknown,
    "aborted": _aborted,
}
