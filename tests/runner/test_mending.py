"""What a person asks for is done once, however often it is sent, or answered with why not."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runner.commands import RetryRequest
from runner.definitions import Agent, Template
from runner.events import PipelineResumed
from runner.groups import FailureGroupStatus
from runner.idempotency import IdempotencyKey
from runner.model import PipelineId, PipelineStatus, StepId, StepKind, StepPlan, StepStatus
from runner.outcomes import InvalidInput, NotAllowed, NotFound
from runner.transitions import begin_step, fail_step, start
from tests.runner.desk import SECRET, Desk, done
from tests.support.builders import ANA, NOW, POLICY, a_failure, a_key, a_pipeline, a_plan
from tests.support.fakes import FakeBranches

pytestmark = pytest.mark.asyncio


async def test_a_cancel_is_stored_before_anything_is_stopped() -> None:
    desk = Desk()
    pipeline = await desk.begun()

    outcome = done(await desk.commands.cancel_pipeline(pipeline.id, ANA, f"because of {SECRET}"))

    assert outcome.status is PipelineStatus.CANCELLED
    assert outcome.error_message == "Cancelled by Ana: because of [redacted:configured]"
    assert desk.dispatcher.interrupted == [pipeline.id]


async def test_a_pipeline_that_was_cancelled_before_its_turn_can_be_tried_again() -> None:
    desk = Desk()
    failed = await desk.failed()
    await desk.commands.retry_step(RetryRequest(step_id=failed.steps[0].id), ANA)

    cancelled = done(await desk.commands.cancel_pipeline(failed.id, ANA, "not today"))
    again = done(await desk.commands.retry_step(RetryRequest(step_id=failed.steps[0].id), ANA))

    assert cancelled.error_message == "Cancelled by Ana: not today"
    assert cancelled.steps[0].attempts[-1].failure == failed.failure
    assert (again.status, again.error_message) == (PipelineStatus.PENDING, None)


async def test_a_cancel_that_is_too_late_stops_nothing() -> None:
    desk = Desk()
    pipeline = await desk.failed()

    outcome = await desk.commands.cancel_pipeline(pipeline.id, ANA, "  ")

    assert outcome == NotAllowed(message="The pipeline has already ended: failed.")
    assert desk.dispatcher.interrupted == []


async def test_blanks_are_no_reason() -> None:
    desk = Desk()
    pipeline = await desk.has()

    outcome = done(await desk.commands.cancel_pipeline(pipeline.id, ANA, "  "))

    assert outcome.error_message == "Cancelled by Ana"


async def test_what_is_not_there_is_not_found() -> None:
    desk = Desk()
    await desk.failed()
    nowhere, no_step = PipelineId("pip_0"), StepId("stp_0_0")
    beyond = StepId(f"{a_pipeline().steps[0].id[:-1]}9")

    outcomes = [
        await desk.commands.cancel_pipeline(nowhere, ANA, None),
        await desk.commands.retry_step(RetryRequest(step_id=no_step), ANA),
        await desk.commands.retry_step(RetryRequest(step_id=beyond), ANA),
        await desk.commands.skip_step(beyond, ANA, "why"),
        await desk.commands.supply_handoff(no_step, ANA, "text"),
        await desk.commands.decide_approval("app_0_0_1", ANA, approved=True, comment=None),
        await desk.commands.decide_approval("nonsense", ANA, approved=True, comment=None),
        await desk.commands.answer_permission("att_0_0_1_per", ANA, allow=True),
        await desk.commands.answer_question(f"att_{beyond[4:]}_1_q", ANA, ["yes"]),
        await desk.commands.set_group_status("grp_0", FailureGroupStatus.RESOLVED, ANA),
    ]

    assert [type(outcome) for outcome in outcomes] == [NotFound] * len(outcomes)
    assert (await desk.now()).status is PipelineStatus.FAILED


async def test_a_retry_takes_its_changes_along_and_launches() -> None:
    desk = Desk()
    step = (await desk.failed()).steps[0]
    request = RetryRequest(
        step_id=step.id, model="acme/large", instruction=f" not {SECRET} ", timeout_seconds=90, idempotency_key="r1"
    )

    outcome = done(await desk.commands.retry_step(request, ANA))

    assert outcome.status is PipelineStatus.PENDING
    assert outcome.steps[0].plan.model == "acme/large"
    assert outcome.steps[0].plan.timeout_seconds == 90
    assert outcome.steps[0].instruction == "not [redacted:configured]"
    assert desk.dispatcher.launched == [outcome.id]


async def test_a_retry_with_another_prompt_asks_that_from_now_on() -> None:
    desk = Desk()
    failed = await desk.failed()
    request = RetryRequest(step_id=failed.steps[0].id, prompt=f" Tidy the shelf with {SECRET} ", model="acme/large")

    outcome = done(await desk.commands.retry_step(request, ANA))
    begun = begin_step(outcome, NOW).pipeline
    [resumed] = [event for event in desk.hooks.events() if isinstance(event, PipelineResumed)]

    prompt = "Tidy the shelf with [redacted:configured]"
    assert begun.steps[0].attempts[-1].prompt is not None
    assert begun.steps[0].attempts[-1].prompt.startswith(prompt)
    assert (outcome.steps[0].plan.prompt, outcome.steps[1].plan.prompt) == (prompt, None)
    assert outcome.prompt == failed.prompt
    assert (resumed.prompt, resumed.reason) == (
        prompt,
        "Ana tries step 1 again, with the model acme/large, another prompt",
    )


async def test_an_empty_prompt_is_refused() -> None:
    desk = Desk()
    failed = await desk.failed()

    outcome = await desk.commands.retry_step(RetryRequest(step_id=failed.steps[0].id, prompt=" "), ANA)

    assert isinstance(outcome, InvalidInput)
    assert outcome.field == ("prompt",)
    assert await desk.now() == failed


async def test_a_retry_takes_the_definition_of_today_and_keeps_its_prompt() -> None:
    desk = Desk()
    failed = await desk.failed()
    await desk.commands.retry_step(RetryRequest(step_id=failed.steps[0].id, prompt="Tidy the shelf"), ANA)
    await desk.commands.cancel_pipeline(failed.id, ANA, None)
    coder = Agent(name="agent0", engine_agent="build", model="acme/new", instructions="Be brief.")
    desk.catalog.define([coder])

    outcome = done(await desk.commands.retry_step(RetryRequest(step_id=failed.steps[0].id, today=True), ANA))

    plan = outcome.steps[0].plan
    assert (plan.engine_agent, plan.model, plan.instructions) == ("build", "acme/new", "Be brief.")
    assert plan.prompt == "Tidy the shelf"


async def test_a_retry_takes_the_step_that_the_template_has_today() -> None:
    desk = Desk()
    pipeline = await desk.commit(start(a_pipeline([a_plan("typo"), a_plan("other")], template="quick_fix"), ANA))
    begun = await desk.commit(begin_step(pipeline, NOW))
    step = begun.steps[0]
    await desk.commit(fail_step(begun, step.id, 1, a_failure(), POLICY, NOW))
    mended = Template(name="quick_fix", steps=(StepPlan(agent="coder", model="acme/x"), StepPlan(agent="other")))
    desk.catalog.define([], [mended])

    outcome = done(await desk.commands.retry_step(RetryRequest(step_id=step.id, today=True), ANA))
    [resumed] = [event for event in desk.hooks.events() if isinstance(event, PipelineResumed)]

    assert (outcome.steps[0].plan.agent, outcome.steps[0].plan.model) == ("coder", "acme/x")
    assert resumed.reason == "Ana tries step 1 again, with today's definition"


@pytest.mark.parametrize(
    ("templates", "said"),
    [
        ([], 'There is no template "quick_fix"; there are: none.'),
        ([Template(name="quick_fix", steps=(StepPlan(agent="coder"),))], "has other steps today"),
        (
            [Template(name="quick_fix", steps=(StepPlan(kind=StepKind.APPROVAL), StepPlan(agent="coder")))],
            "has other steps today",
        ),
        ([Template(name="quick_fix", steps=(StepPlan(agent="coder", model="x"), StepPlan(agent="y")))], "not a model"),
        (
            [Template(name="quick_fix", steps=(StepPlan(agent="coder", handoff_schema={"required": 1}), a_plan()))],
            "no JSON Schema",
        ),
    ],
    ids=["gone", "shorter", "another kind", "wrong", "a bad schema"],
)
async def test_a_definition_that_no_longer_fits_is_refused(templates: list[Template], said: str) -> None:
    desk = Desk()
    pipeline = await desk.commit(start(a_pipeline([a_plan("typo"), a_plan("other")], template="quick_fix"), ANA))
    begun = await desk.commit(begin_step(pipeline, NOW))
    failed = await desk.commit(fail_step(begun, begun.steps[0].id, 1, a_failure(), POLICY, NOW))
    desk.catalog.define([], templates)

    outcome = await desk.commands.retry_step(RetryRequest(step_id=begun.steps[0].id, today=True), ANA)

    assert isinstance(outcome, InvalidInput)
    assert outcome.field == ("today",)
    assert said in outcome.message
    assert await desk.now() == failed


async def test_a_retry_goes_on_on_the_branch_of_its_pipeline(tmp_path: Path) -> None:
    branches = FakeBranches()
    desk = Desk(branches)
    failed = await desk.failed_on_a_branch(tmp_path)

    done(await desk.commands.retry_step(RetryRequest(step_id=failed.steps[0].id), ANA))
    branches.on = "paint"
    refused = await desk.commands.retry_step(RetryRequest(step_id=failed.steps[0].id), ANA)

    assert branches.checked_out == [(str(tmp_path), "tidy")]
    assert isinstance(refused, NotAllowed)
    assert "only a step without success" in refused.message


async def test_a_retry_does_not_switch_a_branch_under_others(tmp_path: Path) -> None:
    branches = FakeBranches()
    desk = Desk(branches)
    failed = await desk.failed_on_a_branch(tmp_path)
    other = a_pipeline(pipeline_id=PipelineId("pip_1"), directory=str(tmp_path), title="Paint it")
    await desk.commit(start(other, ANA))

    refused = await desk.commands.retry_step(RetryRequest(step_id=failed.steps[0].id), ANA, force=True)

    assert isinstance(refused, NotAllowed)
    assert refused.message.startswith(f'“Paint it” is at work in {tmp_path}, on the branch "main"')
    assert await desk.journal.load(failed.id) == failed


async def test_a_step_that_is_none_has_no_definition_of_today() -> None:
    desk = Desk()
    await desk.failed()

    outcome = await desk.commands.retry_step(RetryRequest(step_id=StepId("stp_0_0"), today=True), ANA)

    assert isinstance(outcome, NotFound)


async def test_a_retry_under_the_same_key_changes_nothing_more() -> None:
    desk = Desk()
    request = RetryRequest(step_id=(await desk.failed()).steps[0].id, idempotency_key="r1")

    first = done(await desk.commands.retry_step(request, ANA))
    second = done(await desk.commands.retry_step(request, ANA))

    assert first == second
    assert [type(event).__name__ for event in desk.hooks.events()[-1:]] == ["PipelineResumed"]


async def test_the_key_of_a_start_is_none_for_a_retry() -> None:
    desk = Desk()
    failed = await desk.failed()
    await desk.journal.commit(start(a_pipeline(pipeline_id=PipelineId("pip_1")), ANA), idempotency_key=a_key("r1"))

    refused = await desk.commands.retry_step(RetryRequest(step_id=failed.steps[0].id, idempotency_key="r1"), ANA)

    assert isinstance(refused, InvalidInput)
    assert refused.field == ("idempotencyKey",)
    assert desk.dispatcher.launched == []


@pytest.mark.parametrize("changed", [{"model": "acme/large"}, {"instruction": "Slowly"}, {"timeout_seconds": 9}])
async def test_the_key_of_another_retry_is_refused(changed: dict[str, Any]) -> None:
    desk = Desk()
    request = RetryRequest(step_id=(await desk.failed()).steps[0].id, idempotency_key="r1")
    first = done(await desk.commands.retry_step(request, ANA))

    refused = await desk.commands.retry_step(replace(request, **changed), ANA)

    assert isinstance(refused, InvalidInput)
    assert refused.field == ("idempotencyKey",)
    assert await desk.now() == first


async def test_a_retry_with_a_malformed_model_is_refused() -> None:
    desk = Desk()
    step = (await desk.failed()).steps[0]

    outcome = await desk.commands.retry_step(RetryRequest(step_id=step.id, model="large"), ANA)

    assert isinstance(outcome, InvalidInput)
    assert outcome.field == ("model",)
    assert (await desk.now()).status is PipelineStatus.FAILED


async def test_a_key_that_somebody_used_in_between_returns_their_pipeline() -> None:
    desk = Desk()
    failed = await desk.failed()
    journal = desk.journal
    unused = journal.done

    async def used_too_late(idempotency_key: IdempotencyKey) -> PipelineId | None:
        found = await unused(idempotency_key)
        journal._keys[idempotency_key.key] = (failed.id, idempotency_key.request)
        return found

    journal.done = used_too_late  # type: ignore[method-assign]
    outcome = await desk.commands.retry_step(RetryRequest(step_id=failed.steps[0].id, idempotency_key="r1"), ANA)

    assert done(outcome) == failed


async def test_a_skip_says_why_and_launches() -> None:
    desk = Desk()
    step = (await desk.failed()).steps[0]

    blank = await desk.commands.skip_step(step.id, ANA, " ")
    outcome = done(await desk.commands.skip_step(step.id, ANA, "not needed"))

    assert isinstance(blank, InvalidInput)
    assert blank.field == ("reason",)
    assert outcome.steps[0].status is StepStatus.SKIPPED
    assert desk.dispatcher.launched == [outcome.id]


async def test_a_handoff_by_hand_is_redacted_and_launches() -> None:
    desk = Desk()
    step = (await desk.failed()).steps[0]

    blank = await desk.commands.supply_handoff(step.id, ANA, "\n")
    outcome = done(await desk.commands.supply_handoff(step.id, ANA, f"Log in with {SECRET}"))

    assert isinstance(blank, InvalidInput)
    assert blank.field == ("markdown",)
    assert outcome.steps[0].handoff is not None
    assert outcome.steps[0].handoff.markdown == "Log in with [redacted:configured]"
    assert desk.dispatcher.launched == [outcome.id]


async def test_a_handoff_by_hand_has_to_fit_the_schema_too() -> None:
    desk = Desk()
    pipeline = await desk.begun(a_plan(handoff_schema={"required": ["verdict"]}))
    step = pipeline.steps[0]
    await desk.commit(fail_step(pipeline, step.id, 1, a_failure(), POLICY, NOW))

    refused = await desk.commands.supply_handoff(step.id, ANA, '{"text": "pass"}')
    broken = await desk.commands.supply_handoff(step.id, ANA, '{"verdict": pass}')
    outcome = done(await desk.commands.supply_handoff(step.id, ANA, 'So be it: {"verdict": "pass"}'))

    assert refused == InvalidInput(message='The handoff lacks "verdict".', field=("markdown",))
    assert isinstance(broken, InvalidInput)
    assert broken.message == "The handoff breaks as JSON at line 1, column 13 of the text: Expecting value."
    assert outcome.steps[0].handoff is not None
    assert outcome.steps[0].handoff.data == {"verdict": "pass"}


async def test_a_handoff_by_hand_is_for_a_step_that_there_is() -> None:
    outcome = await Desk().commands.supply_handoff(StepId("stp_none_0"), ANA, "Done.")

    assert isinstance(outcome, NotFound)
