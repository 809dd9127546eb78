"""Whatever happens to a pipeline: what was decided, what its events fold to, and what is loaded are the same."""

import asyncio
import inspect
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import get_type_hints

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner import approvals, repairs, transitions
from runner.attention import Attention, AttentionKind, PermissionRequest, Question
from runner.changes import Change, IllegalTransition
from runner.events import Recorded
from runner.failure_kinds import FailureKind
from runner.failures import Evidence, ToolCall, Usage, failure
from runner.file_changes import FileChanges
from runner.fold import fold
from runner.model import Handoff, Pipeline, Step
from runner.retry import RetryPolicy
from tests.contracts.pipelines import AGENT, ANA, APPROVAL, NOON, REFUSED, a_pipeline, started
from tests.contracts.stores import Opening, Store, all_events

Act = Callable[[Pipeline, Step, datetime], Change]

_EVIDENCE = Evidence(
    session_id="ses_1",
    last_text="…",
    last_tool=ToolCall(tool="bash", status="error", input={"argv": ["rm", 1, None, {"deep": [1.5]}]}),
    side_effects=("edited login.py",),
)


def _number(step: Step) -> int:
    return step.attempt.number if step.attempt else 0


def _fail(kind: FailureKind) -> Act:
    def act(pipeline: Pipeline, step: Step, at: datetime) -> Change:
        reason = failure(kind, f"{kind.value} in attempt {_number(step)}", evidence=_EVIDENCE, detail="…")
        return transitions.fail_step(pipeline, step.id, _number(step), reason, RetryPolicy(), at, Usage(cost=0.25))

    return act


def _succeed(pipeline: Pipeline, step: Step, at: datetime) -> Change:
    handoff = Handoff(markdown="Done", created_at=at, data={"done": [True, 1, 2.5, "…"]})
    return transitions.succeed_step(pipeline, step.id, _number(step), handoff, Usage(input_tokens=3), at)


def _ask(kind: AttentionKind) -> Act:
    def act(pipeline: Pipeline, step: Step, at: datetime) -> Change:
        attention = Attention(
            id=f"att_{kind.value}",
            kind=kind,
            message="Waits",
            since=at,
            permission=PermissionRequest(id="per_1", permission="bash", patterns=("rm *",)),
            question=Question(id="que_1", text="Which?", options=("a", "b")),
        )
        return transitions.raise_attention(pipeline, step.id, _number(step), attention)

    return act


def _find_changes(pipeline: Pipeline, step: Step, at: datetime) -> Change:
    return transitions.find_changes(pipeline, step.id, _number(step), FileChanges(count=2, added=3, removed=1), at)


def _open_session(pipeline: Pipeline, step: Step, at: datetime) -> Change:
    return transitions.open_session(pipeline, step.id, _number(step), f"ses_{_number(step)}", "acme/large", at)


def _retry(pipeline: Pipeline, step: Step, at: datetime) -> Change:
    return repairs.retry_step(pipeline, step.id, ANA, at, model="acme/small", instruction="Slowly", timeout_seconds=9)


def _decide(approved: bool, comment: str | None) -> Act:
    def act(pipeline: Pipeline, step: Step, at: datetime) -> Change:
        return approvals.decide_approval(pipeline, step.id, ANA, approved, comment, at)

    return act


def _clear(pipeline: Pipeline, step: Step, at: datetime) -> Change:
    known = step.attention[0].id if step.attention else "att_0"
    return transitions.clear_attention(pipeline, step.id, known, at, actor=ANA, answer="yes")


ACTS: Sequence[tuple[Callable[..., Change], Act]] = [
    (transitions.begin_step, lambda pipeline, _, at: transitions.begin_step(pipeline, at)),
    (transitions.open_session, _open_session),
    (transitions.find_changes, _find_changes),
    (transitions.succeed_step, _succeed),
    (transitions.fail_step, _fail(FailureKind.STEP_TIMEOUT)),
    (transitions.fail_step, _fail(FailureKind.PROVIDER_AUTH)),
    (transitions.give_up, lambda pipeline, _, at: transitions.give_up(pipeline, REFUSED, at)),
    (transitions.cancel, lambda pipeline, _, at: transitions.cancel(pipeline, ANA, "wrong branch", at)),
    (repairs.retry_step, _retry),
    (repairs.skip_step, lambda pipeline, step, at: repairs.skip_step(pipeline, step.id, ANA, "unneeded", at)),
    (
        repairs.supply_handoff,
        lambda pipeline, step, at: repairs.supply_handoff(pipeline, step.id, ANA, "By hand", at),
    ),
    (approvals.decide_approval, _decide(True, "Well")),
    (approvals.decide_approval, _decide(False, None)),
    (approvals.expire_approval, lambda pipeline, step, at: approvals.expire_approval(pipeline, step.id, at)),
    (approvals.remind_of_approval, lambda pipeline, step, at: approvals.remind_of_approval(pipeline, step.id, at)),
    (transitions.raise_attention, _ask(AttentionKind.QUESTION)),
    (transitions.raise_attention, _ask(AttentionKind.STALLED)),
    (transitions.clear_attention, _clear),
]


def test_every_transition_is_tried() -> None:
    public = {
        function
        for module in (transitions, approvals, repairs)
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
        if get_type_hints(function)["return"] is Change
    }

    assert {function for function, _ in ACTS} == public - {transitions.start}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(choices=st.lists(st.integers(0, len(ACTS) - 1), min_size=1, max_size=25))
def test_state_is_the_fold_of_events_and_what_is_loaded(opening: Opening, choices: list[int]) -> None:
    async def check() -> None:
        async with opening() as store:
            await _check(store, choices)

    asyncio.run(check())


async def _check(store: Store, choices: list[int]) -> None:
    beginning = await store.journal.newest()
    recorded = list(await store.journal.commit(started(a_pipeline(AGENT, APPROVAL, AGENT))))
    for number, choice in enumerate(choices):
        allowed = _allowed(_newest(recorded), NOON + timedelta(seconds=number))
        if allowed:
            change = allowed[choice % len(allowed)]
            committed = await store.journal.commit(change)
            assert _newest(committed) == change.pipeline
            recorded += committed

    pipeline = _newest(recorded)
    assert await all_events(store.journal, beginning) == recorded
    assert fold(after.event for after in recorded if after.pipeline) == pipeline  # type: ignore[misc]  # of a pipeline
    assert await store.journal.load(pipeline.id) == pipeline


def _newest(recorded: Sequence[Recorded]) -> Pipeline:
    return next(after.pipeline for after in reversed(recorded) if after.pipeline)


def _allowed(pipeline: Pipeline, at: datetime) -> list[Change]:
    allowed = []
    for _, act in ACTS:
        with suppress(IllegalTransition):
            allowed.append(act(pipeline, pipeline.current or pipeline.steps[-1], at))
    return allowed
