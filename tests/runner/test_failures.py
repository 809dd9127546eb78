"""The taxonomy is whole, and failures of one cause are one group whatever ids, times and places they name."""

import time
from dataclasses import FrozenInstanceError, fields

import pytest

from runner.failure_kinds import KINDS, FailureKind, FailureOrigin, Retry
from runner.failures import NO_USAGE, AgentError, Failure, Usage, failure, fingerprint, normalised

RETRIED = {
    Retry.YES: "ENGINE_UNREACHABLE ENGINE_LOST PROVIDER_UNAVAILABLE PERMISSION_EXPIRED QUESTION_EXPIRED STEP_TIMEOUT "
    "STALLED INTERRUPTED",
    Retry.LATER: "PROVIDER_RATE_LIMITED",
    Retry.ONCE: "ENGINE_ERROR EMPTY_BODY INVALID_BODY PROVIDER_BAD_STREAM NO_OUTPUT HANDOFF_INVALID",
}
ORIGINS = {
    FailureOrigin.ENGINE: "ENGINE_UNREACHABLE ENGINE_LOST ENGINE_ABORTED ENGINE_UNAUTHORIZED ENGINE_ERROR EMPTY_BODY "
    "INVALID_BODY UNEXPECTED_SHAPE STALLED",
    FailureOrigin.PROVIDER: "PROVIDER_AUTH PROVIDER_RATE_LIMITED PROVIDER_QUOTA PROVIDER_UNAVAILABLE PROVIDER_REJECTED "
    "PROVIDER_BAD_STREAM CONTEXT_OVERFLOW CONTENT_FILTERED",
    FailureOrigin.AGENT: "OUTPUT_TRUNCATED NO_OUTPUT HANDOFF_INVALID AGENT_ERROR SUBAGENT_FAILED RUNAWAY",
    FailureOrigin.PERSON: "PERMISSION_DENIED PERMISSION_EXPIRED QUESTION_DISMISSED QUESTION_EXPIRED APPROVAL_REJECTED "
    "APPROVAL_EXPIRED CANCELLED",
    FailureOrigin.PIPELINE: "UNKNOWN_AGENT UNKNOWN_MODEL CONFIG_INVALID DIRECTORY_MISSING STEP_TIMEOUT INTERRUPTED "
    "INTERNAL",
}


@pytest.mark.parametrize("kind", FailureKind)
def test_every_kind_says_who_what_now_and_whether_to_try_again(kind: FailureKind) -> None:
    facts = KINDS[kind]

    assert kind.value in ORIGINS[facts.origin].split()
    assert [retry for retry, kinds in RETRIED.items() if kind.value in kinds.split()] == (
        [] if facts.retry is Retry.NO else [facts.retry]
    )
    assert facts.hint.endswith(".")
    assert "\n" not in facts.hint


def test_what_a_kind_fixes_is_filled_in_and_a_case_may_know_better() -> None:
    plain = failure(FailureKind.NO_OUTPUT, "Nothing came")
    special = failure(FailureKind.NO_OUTPUT, "Nothing came", hint="Ask louder.", retry=Retry.NO)

    assert (plain.origin, plain.hint, plain.retryable) == (FailureOrigin.AGENT, KINDS[plain.kind].hint, True)
    assert (special.hint, special.retryable) == ("Ask louder.", False)


@pytest.mark.parametrize(("status", "retry"), [(500, Retry.ONCE), (404, Retry.NO), (None, Retry.NO)])
def test_an_error_of_the_engine_is_worth_a_retry_only_when_it_broke(status: int | None, retry: Retry) -> None:
    assert failure(FailureKind.ENGINE_ERROR, "It broke", status_code=status).retry is retry
    assert failure(FailureKind.ENGINE_ERROR, "It broke", status_code=status, retry=Retry.YES).retry is Retry.YES


def test_a_failure_is_a_value_that_cannot_be_changed() -> None:
    one = failure(FailureKind.INTERNAL, "It broke")

    assert one == failure(FailureKind.INTERNAL, "It broke")
    for field in fields(Failure):
        with pytest.raises(FrozenInstanceError):
            setattr(one, field.name, None)


def test_an_agents_error_carries_the_failure_and_what_it_cost() -> None:
    reason = failure(FailureKind.NO_OUTPUT, "Nothing came")

    assert (AgentError(reason).failure, AgentError(reason).usage) == (reason, NO_USAGE)
    assert str(AgentError(reason, usage=Usage(cost=1.0))) == "Nothing came"


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [(None, None, None), (3, None, 3), (None, 3, 3), (0, None, None), (None, 0, None), (0, 0, 0), (1, 2, 3)],
)
def test_what_is_not_told_is_not_counted_as_nothing(one: int | None, other: int | None, both: int | None) -> None:
    assert (Usage(input_tokens=one) + Usage(input_tokens=other)).input_tokens == both


def test_a_cost_is_without_the_noise_of_binary_fractions() -> None:
    assert Usage(cost=0.1 + 0.2).cost == 0.3
    assert (Usage(cost=0.00013) + Usage(cost=0.00013) + Usage(cost=0.00013)).cost == 0.00039
    assert Usage(cost=1.5e-9).cost == 1.5e-9


ALIKE = {
    "ids of sessions": ("Session ses_4f2a9c was aborted", "Session ses_00ff17Xy was aborted"),
    "references": ("OpenCode answered 500 (ref err_22afb870)", "OpenCode answered 500 (ref err_9c)"),
    "UUIDs": ("id 123e4567-e89b-12d3-a456-426614174000 gone", "id 00000000-0000-0000-0000-00000000000A gone"),
    "hashes": ("at 3f786850e3 in", "at 9f1a91b0c44298fc in"),
    "addresses in memory": ("at 0x7f00", "at 0xdeadbeef"),
    "times": ("until 2026-11-23T21:37:00.123Z.", "until 2027-01-01 00:00+02:00."),
    "times of day": ("until 21:37:05 UTC", "until 9:05 UTC"),
    "paths": ('no "/srv/app/a.py" here', 'no "/home/ana/b.py" here'),
    "relative paths": ("open ./a/b.txt failed", "open ../c.txt failed"),
    "numbers": ("timed out after 600s", "timed out after 1.5s"),
    "blanks": ("too  many\n blanks", "too many blanks"),
}


@pytest.mark.parametrize("what", ALIKE)
def test_what_differs_from_one_occurrence_to_the_next_does_not_count(what: str) -> None:
    one, other = ALIKE[what]

    assert normalised(one) == normalised(other)
    assert fingerprint(FailureKind.AGENT_ERROR, "coder", one) == fingerprint(FailureKind.AGENT_ERROR, "coder", other)


DIFFERENT = {
    "words": ("The key was refused", "The quota is used up"),
    "names of models": ('Model "acme/large" is not configured', 'Model "acme/small" is not configured'),
    "names of agents": ('Agent "reviewr" does not exist', 'Agent "codr" does not exist'),
    "hosts": ("not reachable at http://opencode", "not reachable at http://localhost"),
    "words like hex": ("the facade added", "the decade added"),
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_what_tells_causes_apart_counts(what: str) -> None:
    one, other = DIFFERENT[what]

    assert normalised(one) != normalised(other)


def test_kind_and_agent_are_part_of_the_cause() -> None:
    prints = {
        fingerprint(FailureKind.AGENT_ERROR, "coder", "It broke"),
        fingerprint(FailureKind.AGENT_ERROR, "tester", "It broke"),
        fingerprint(FailureKind.AGENT_ERROR, None, "It broke"),
        fingerprint(FailureKind.INTERNAL, "coder", "It broke"),
    }

    assert len(prints) == 4
    assert all(len(name) == 16 and int(name, 16) >= 0 for name in prints)


def test_a_fingerprint_is_the_same_tomorrow() -> None:
    assert fingerprint(FailureKind.STEP_TIMEOUT, "coder", "Step timed out after 600s") == "d20fa058c30c61ed"


@pytest.mark.parametrize("text", ["a" * 8, "0", "a-", "ses_", "12:34", "./", "/", "deadbeef", "2026-01-01 ", "~/a "])
def test_no_message_takes_long(text: str) -> None:
    begun = time.process_time()
    normalised(text * (100_000 // len(text)) + "!")

    assert time.process_time() - begun < 2.0
