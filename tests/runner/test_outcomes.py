"""What an attempt ends with is stored as the person watching needs it: redacted, structured, and judged."""

from dataclasses import replace

import pytest

from runner.agents import Observer, Work
from runner.failure_kinds import FailureKind
from runner.failures import Evidence, FailureCause
from runner.model import PipelineStatus
from runner.redaction import Redactor
from tests.runner.bench import Bench
from tests.support.builders import a_permission, a_plan, a_question, after
from tests.support.fakes import Held, answers, fails, tells

pytestmark = pytest.mark.asyncio

SECRET = "hunter2hunter2"
SECTIONS = "## What was done\nA\n## Decisions made\nB\n## Open questions\nC\n## Next agent context\nD"


def discreet() -> Bench:
    """A bench that has a secret to keep."""
    return Bench(redactor=Redactor([SECRET]))


async def test_the_structured_part_of_an_answer_is_stored_beside_it() -> None:
    bench = Bench()
    bench.agents.script("agent0", answers(SECTIONS))

    async with bench.running():
        pipeline = await bench.ends(await bench.start())

    handoff = pipeline.steps[0].handoff
    assert handoff is not None
    assert handoff.data == {
        "whatWasDone": "A",
        "decisionsMade": "B",
        "openQuestions": "C",
        "nextAgentContext": "D",
    }


async def test_an_answer_that_does_not_fit_its_schema_fails_with_what_was_true_then() -> None:
    bench = discreet()
    evidence = Evidence(session_id="ses_1", last_text=f"It is {SECRET}")
    fitting = answers('```json\n{"verdict": "pass"}\n```')
    bench.agents.script("agent0", answers(f'{{"text": "{SECRET}"}}', evidence=evidence), fitting)
    plan = a_plan("agent0", handoff_schema={"required": ["verdict"]})

    async with bench.running():
        pipeline_id = await bench.start([plan])
        await bench.clock.sleeper(after(7))
        bench.clock.advance(7)
        pipeline = await bench.ends(pipeline_id)

    first = pipeline.steps[0].attempts[0]
    assert first.failure is not None
    assert first.failure.failure.message == 'The handoff lacks "verdict"'
    assert first.failure.failure.detail == '{"text": "[redacted:configured]"}'
    assert first.failure.failure.evidence == Evidence(session_id="ses_1", last_text="It is [redacted:configured]")
    assert pipeline.steps[0].handoff is not None
    assert pipeline.steps[0].handoff.data == {"verdict": "pass"}
    assert pipeline.usage.input_tokens == 200


async def test_a_handoff_that_is_demanded_and_lacking_is_asked_for_once_more() -> None:
    bench = Bench()
    bench.agents.script("agent0", answers("## What was done\nA"), answers(SECTIONS))

    async with bench.running():
        pipeline_id = await bench.start([a_plan("agent0", handoff_required=True)])
        await bench.clock.sleeper(after(7))
        bench.clock.advance(7)
        pipeline = await bench.ends(pipeline_id)

    first, second = pipeline.steps[0].attempts
    assert first.failure is not None
    assert first.failure.failure.kind is FailureKind.HANDOFF_INVALID
    assert first.failure.failure.message == 'The handoff lacks "decisionsMade"'
    assert 'could not be used: The handoff lacks "decisionsMade"' in (second.prompt or "")
    assert pipeline.status is PipelineStatus.SUCCEEDED


async def test_a_handoff_that_stays_lacking_fails_the_step_after_one_more_attempt() -> None:
    bench = Bench()
    bench.agents.script("agent0", answers("Nothing of the kind."))

    async with bench.running():
        pipeline_id = await bench.start([a_plan("agent0", handoff_required=True, max_attempts=5)])
        await bench.clock.sleeper(after(7))
        bench.clock.advance(7)
        pipeline = await bench.ends(pipeline_id)

    assert len(pipeline.steps[0].attempts) == 2
    assert pipeline.error_message == 'The handoff lacks "whatWasDone"'
    assert pipeline.failure is not None
    assert pipeline.failure.failure.detail == "Nothing of the kind."
    assert pipeline.usage.input_tokens == 200


async def test_a_large_answer_is_redacted_like_a_small_one() -> None:
    bench = discreet()
    bench.agents.script("agent0", answers(f"{'x ' * 60_000}{SECRET}"))

    async with bench.running():
        pipeline = await bench.ends(await bench.start())

    handoff = pipeline.steps[0].handoff
    assert handoff is not None
    assert handoff.markdown.endswith("x [redacted:configured]")


async def test_no_word_of_a_failure_holds_a_secret() -> None:
    bench = discreet()
    causes = (FailureCause(source="provider", message=f"key {SECRET}"),)
    bench.agents.script("agent0", fails(FailureKind.PROVIDER_AUTH, f"{SECRET} was refused", causes=causes))

    async with bench.running():
        pipeline = await bench.ends(await bench.start())

    assert pipeline.error_message == "[redacted:configured] was refused"
    assert SECRET not in repr(bench.stored._stored.log)


async def test_no_question_or_permission_holds_a_secret() -> None:
    bench, held = discreet(), Held()

    async def ask(work: Work, observer: Observer) -> None:
        step = (await bench.pipeline(pipeline_id)).steps[0]
        question, permission = a_question(step), a_permission(step)
        assert question.question is not None
        assert permission.permission is not None
        leaking = replace(question.question, text=SECRET, options=(SECRET,))
        await observer.attention_raised(replace(question, message=SECRET, question=leaking))
        patterns = replace(permission.permission, patterns=(f"echo {SECRET}",))
        await observer.attention_raised(replace(permission, permission=patterns))

    bench.agents.script("agent0", tells(ask, held))
    async with bench.running():
        pipeline_id = await bench.start()
        await held.begun.wait()
        asked = (await bench.pipeline(pipeline_id)).attention
        held.released.set()
        await bench.ends(pipeline_id)

    assert len(asked) == 2
    assert SECRET not in repr(asked)
