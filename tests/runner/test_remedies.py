"""The first way on from a failure is the one that can help, and hint, command and button name the same."""

import pytest

from adapters.opencode.identity import FROZEN
from adapters.opencode.preparation import IN_THE_FOLDER
from runner.approvals import decide_approval
from runner.failure_kinds import KINDS, FailureKind, Retry
from runner.failures import Failure, failure
from runner.model import StepPlan
from runner.remedies import REMEDIES, Remedy, command, remedies
from tests.support.builders import ANA, NOW, Story, an_approval_plan

K, R = FailureKind, Remedy
FIRST = {
    K.ENGINE_UNREACHABLE: R.TRY_AGAIN,
    K.ENGINE_LOST: R.TRY_AGAIN,
    K.ENGINE_ABORTED: R.TRY_AGAIN,
    K.ENGINE_UNAUTHORIZED: R.TRY_AGAIN,
    K.ENGINE_ERROR: R.TRY_AGAIN,
    K.EMPTY_BODY: R.TRY_AGAIN,
    K.INVALID_BODY: R.TRY_AGAIN,
    K.UNEXPECTED_SHAPE: R.TRY_AGAIN,
    K.UNKNOWN_AGENT: R.TODAYS_DEFINITION,
    K.UNKNOWN_MODEL: R.OTHER_MODEL,
    K.CONFIG_INVALID: R.TRY_AGAIN,
    K.DIRECTORY_MISSING: R.TRY_AGAIN,
    K.PROVIDER_AUTH: R.TRY_AGAIN,
    K.PROVIDER_RATE_LIMITED: R.TRY_AGAIN,
    K.PROVIDER_QUOTA: R.OTHER_MODEL,
    K.PROVIDER_UNAVAILABLE: R.TRY_AGAIN,
    K.PROVIDER_REJECTED: R.OTHER_MODEL,
    K.PROVIDER_BAD_STREAM: R.TRY_AGAIN,
    K.CONTEXT_OVERFLOW: R.OTHER_PROMPT,
    K.OUTPUT_TRUNCATED: R.FURTHER_INSTRUCTION,
    K.CONTENT_FILTERED: R.OTHER_PROMPT,
    K.NO_OUTPUT: R.TRY_AGAIN,
    K.HANDOFF_INVALID: R.FURTHER_INSTRUCTION,
    K.AGENT_ERROR: R.TRY_AGAIN,
    K.SUBAGENT_FAILED: R.TRY_AGAIN,
    K.PERMISSION_DENIED: R.FURTHER_INSTRUCTION,
    K.PERMISSION_EXPIRED: R.TRY_AGAIN,
    K.QUESTION_DISMISSED: R.FURTHER_INSTRUCTION,
    K.QUESTION_EXPIRED: R.OTHER_PROMPT,
    K.STEP_TIMEOUT: R.LONGER_LIMIT,
    K.STALLED: R.TRY_AGAIN,
    K.RUNAWAY: R.FURTHER_INSTRUCTION,
    K.APPROVAL_REJECTED: R.TRY_AGAIN,
    K.APPROVAL_EXPIRED: R.TRY_AGAIN,
    K.CANCELLED: R.TRY_AGAIN,
    K.INTERRUPTED: R.TRY_AGAIN,
    K.INTERNAL: R.TRY_AGAIN,
}
# What the hint of a kind must name, for whoever is to find the button.
NAMED = {
    R.OTHER_MODEL: " model",
    R.OTHER_PROMPT: " prompt",
    R.FURTHER_INSTRUCTION: " instruction",
    R.LONGER_LIMIT: "longer limit",
    R.TODAYS_DEFINITION: "today's definition",
}


@pytest.mark.parametrize("kind", K, ids=lambda kind: kind.value)
def test_the_first_way_on_can_help(kind: FailureKind) -> None:
    assert remedies(failure(kind, "It failed"))[0] is FIRST[kind]


@pytest.mark.parametrize("kind", K, ids=lambda kind: kind.value)
def test_the_hint_names_the_first_way_on_and_no_other_that_is_not_offered(kind: FailureKind) -> None:
    hint, offered = KINDS[kind].hint, REMEDIES[kind]

    assert NAMED.get(offered[0], "") in hint
    assert "definition" not in hint or R.TODAYS_DEFINITION in offered
    assert "comment" not in hint or kind is K.APPROVAL_REJECTED
    assert ("by hand" in hint) == (R.SUPPLY_HANDOFF in offered)


def test_a_schema_that_is_none_is_mended_in_the_definition() -> None:
    reason = failure(K.HANDOFF_INVALID, "The template's handoff schema is not valid", retry=Retry.NO)

    assert remedies(reason) == (R.TODAYS_DEFINITION, R.SUPPLY_HANDOFF)
    assert command(remedies(reason), "stp_1_0") == "stepwire retry stp_1_0 --today"


@pytest.mark.parametrize("hint", [IN_THE_FOLDER, FROZEN], ids=["a folder that hangs", "a frozen OpenCode"])
def test_a_time_out_with_a_cause_of_its_own_is_tried_again_once_that_is_mended(hint: str) -> None:
    reason = failure(K.STEP_TIMEOUT, "Step timed out after 5s; OpenCode did not answer", hint=hint)

    assert remedies(reason)[0] is R.TRY_AGAIN
    assert command(remedies(reason), "stp_1_0") == "stepwire retry stp_1_0"


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (K.PROVIDER_AUTH, ""),
        (K.UNKNOWN_MODEL, " --model PROVIDER/MODEL"),
        (K.CONTENT_FILTERED, " --prompt TEXT"),
        (K.PERMISSION_DENIED, " --instruction TEXT"),
        (K.STEP_TIMEOUT, " --timeout SECONDS"),
        (K.UNKNOWN_AGENT, " --today"),
    ],
    ids=lambda part: getattr(part, "value", None),
)
def test_the_command_does_what_the_button_does(kind: FailureKind, options: str) -> None:
    assert command(remedies(failure(kind, "It failed")), "stp_1_0") == f"stepwire retry stp_1_0{options}"


@pytest.mark.parametrize("known", [(), (R.SUPPLY_HANDOFF,)], ids=["none", "only one for the page"])
def test_where_the_terminal_can_do_none_of_them_it_tries_again(known: tuple[Remedy, ...]) -> None:
    assert command(known, "stp_1_0") == "stepwire retry stp_1_0"


def rejected(comment: str | None) -> Failure:
    story = Story([an_approval_plan(), StepPlan(agent="coder", engine_agent="coder")]).begin()
    change = decide_approval(story.pipeline, story.step.id, ANA, False, comment, NOW)
    record = change.pipeline.failure
    assert record is not None
    return record.failure


def test_a_rejection_without_a_comment_does_not_refer_to_one() -> None:
    assert rejected(None).hint == "Ask Ana what is missing, then try again to ask anew."
    assert rejected("not before Friday").hint == KINDS[K.APPROVAL_REJECTED].hint
