"""No sequence of commands and outcomes, however odd, breaks what holds of every pipeline at every moment."""

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from runner.approvals import decide_approval, expire_approval, remind_of_approval
from runner.attention import AttentionKind
from runner.changes import Change, IllegalTransition
from runner.events import (
    AttentionCleared,
    AttentionRaised,
    PipelineFinished,
    StepFailed,
    StepRetrying,
    StepSkipped,
    StepStarted,
    StepSucceeded,
)
from runner.failure_kinds import FailureKind
from runner.failures import NO_USAGE
from runner.model import ApprovalStatus, Pipeline, PipelineStatus, Step, StepKind, StepPlan, StepStatus
from runner.repairs import retry_step, skip_step, supply_handoff
from runner.transitions import (
    begin_step,
    cancel,
    clear_attention,
    fail_step,
    give_up,
    open_session,
    raise_attention,
    succeed_step,
)
from tests.support.builders import (
    ANA,
    BEN,
    POLICY,
    USAGE,
    Story,
    a_failure,
    a_handoff,
    a_permission,
    a_plan,
    after,
    an_approval_plan,
    an_attention,
)

PERSONAL = {"retry", "skip", "supply"}
UNSUCCESSFUL = (StepStatus.FAILED, StepStatus.CANCELLED)


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something that somebody tries, where the pipeline stands or elsewhere; `late` by how many attempts."""

    name: str
    position: int | None
    late: int = 0
    kind: FailureKind = FailureKind.AGENT_ERROR
    seconds: int = 0

    def on(self, pipeline: Pipeline) -> Change:
        position = pipeline.steps.index(pipeline.current) if pipeline.current else 0
        step = pipeline.steps[position if self.position is None else self.position % len(pipeline.steps)]
        return ACTS[self.name](self, pipeline, step, len(step.attempts) - self.late)


_Do = Callable[[Act, Pipeline, Step, int], Change]

ACTS: dict[str, _Do] = {
    "begin": lambda act, known, step, number: begin_step(known, after(act.seconds)),
    "session": lambda act, known, step, number: open_session(
        known, step.id, number, f"ses_{number}", None, after(act.seconds)
    ),
    "succeed": lambda act, known, step, number: succeed_step(
        known, step.id, number, a_handoff(), USAGE, after(act.seconds)
    ),
    "fail": lambda act, known, step, number: fail_step(
        known, step.id, number, a_failure(act.kind), POLICY, after(act.seconds), USAGE
    ),
    "give up": lambda act, known, step, number: give_up(known, a_failure(FailureKind.INTERNAL), after(act.seconds)),
    "attention": lambda act, known, step, number: raise_attention(known, step.id, number, an_attention(step)),
    "permission": lambda act, known, step, number: raise_attention(known, step.id, number, a_permission(step)),
    "clear": lambda act, known, step, number: clear_attention(
        known, step.id, step.attention[0].id if step.attention else "att_0", after(act.seconds)
    ),
    "cancel": lambda act, known, step, number: cancel(known, ANA, "enough", after(act.seconds)),
    "retry": lambda act, known, step, number: retry_step(known, step.id, ANA, after(act.seconds), instruction="again"),
    "skip": lambda act, known, step, number: skip_step(known, step.id, ANA, "not needed", after(act.seconds)),
    "supply": lambda act, known, step, number: supply_handoff(known, step.id, BEN, "by hand", after(act.seconds)),
    "approve": lambda act, known, step, number: decide_approval(known, step.id, ANA, True, "yes", after(act.seconds)),
    "reject": lambda act, known, step, number: decide_approval(known, step.id, BEN, False, None, after(act.seconds)),
    "expire": lambda act, known, step, number: expire_approval(known, step.id, after(act.seconds)),
    "remind": lambda act, known, step, number: remind_of_approval(known, step.id, after(act.seconds)),
}

acts = st.builds(
    Act,
    # What moves a pipeline on comes more often, or few would get far.
    name=st.sampled_from([*ACTS, *["begin", "succeed", "fail", "approve", "retry"] * 3]),
    position=st.sampled_from([None, None, None, None, None, 0, 1, 2, 3]),
    late=st.sampled_from([0, 0, 0, 0, 1]),
    kind=st.sampled_from(FailureKind),
    seconds=st.integers(0, 120),
)
plans = st.lists(
    st.sampled_from([a_plan(), a_plan(), an_approval_plan(expires_after_seconds=60, remind_after_seconds=30)]),
    min_size=1,
    max_size=4,
)


@dataclass
class Watcher:
    """Looks at a pipeline after every act, and at what it has been before."""

    story: Story
    ends: dict[tuple[str, int], object] = field(default_factory=dict)

    def look(self, before: Pipeline, act: Act) -> None:
        pipeline = self.story.pipeline
        if before.status.ended and before != pipeline:
            assert act.name in PERSONAL
        assert (pipeline.error_message is not None) == (
            pipeline.status in (PipelineStatus.FAILED, PipelineStatus.CANCELLED)
        )
        assert sum(not attempt.status.ended for step in pipeline.steps for attempt in step.attempts) <= 1
        assert pipeline.status.value == _expected_status(pipeline)
        for step in pipeline.steps:
            self._look_at(step)
        self._look_at_the_log()

    def _look_at(self, step: Step) -> None:
        assert (step.error_message is not None) == (step.status in UNSUCCESSFUL)
        assert [attempt.number for attempt in step.attempts] == list(range(1, len(step.attempts) + 1))
        asked = any(attention.kind.asks_a_person for attention in step.attention)
        assert (step.status is StepStatus.WAITING) == asked
        pending = step.approval is not None and step.approval.status is ApprovalStatus.PENDING
        assert not pending or step.status is StepStatus.WAITING
        assert not step.attention or (step.attempt is not None and not step.attempt.status.ended)
        for attempt in step.attempts:
            assert (attempt.finished_at is not None) == attempt.status.ended
            assert (attempt.failure is not None) == (attempt.status in UNSUCCESSFUL)
            if attempt.status.ended:
                assert self.ends.setdefault((step.id, attempt.number), attempt) == attempt
        assert _grammatical([event for event in self.story.events if getattr(event, "step_id", None) == step.id])

    def _look_at_the_log(self) -> None:
        pipeline, events = self.story.pipeline, self.story.events
        shown: dict[str, AttentionKind] = {}
        for event in events:
            if isinstance(event, AttentionRaised):
                shown[event.attention.id] = event.attention.kind
            elif isinstance(event, AttentionCleared):
                del shown[event.attention_id]
        assert shown == {attention.id: attention.kind for _, attention in pipeline.attention}
        failures = [event.failure.id for event in events if isinstance(event, StepFailed | StepRetrying)]
        assert len(failures) == len(set(failures))
        told = [event.usage for event in events if isinstance(event, StepFailed | StepRetrying | StepSucceeded)]
        assert sum(told, NO_USAGE) == pipeline.usage
        assert isinstance(events[-1], PipelineFinished) == pipeline.status.ended


def _expected_status(pipeline: Pipeline) -> str:
    """A pipeline stands where its first unfinished step stands; an ended one says so itself."""
    if pipeline.current is None:
        return "SUCCEEDED"
    if pipeline.status.ended:
        failed = pipeline.current.status is StepStatus.FAILED
        return "FAILED" if failed else "CANCELLED"
    return pipeline.current.status.value


_NEXT: dict[tuple[str, type], str] = {
    ("new", StepStarted): "open",
    ("open", StepRetrying): "between",
    ("open", StepSucceeded): "over",
    ("open", StepFailed): "failed",
    ("between", StepStarted): "open",
    ("between", StepFailed): "failed",
    ("between", StepSucceeded): "over",
    ("between", StepSkipped): "over",
    ("failed", StepStarted): "open",
    ("failed", StepSucceeded): "over",
    ("failed", StepSkipped): "over",
}


def _grammatical(events: list[object]) -> bool:
    """StepStarted comes first, and then an end: each in its place."""
    state = "new"
    for event in events:
        if isinstance(event, StepStarted | StepSucceeded | StepFailed | StepRetrying | StepSkipped):
            state = _NEXT.get((state, type(event)), "wrong")
    return state != "wrong"


@settings(max_examples=250, deadline=None)
@given(plans=plans, sequence=st.lists(acts, min_size=5, max_size=40))
def test_whatever_is_tried_the_invariants_hold(plans: list[StepPlan], sequence: list[Act]) -> None:
    story = Story(plans)
    watcher = Watcher(story)

    for act in sequence:
        before = story.pipeline
        try:
            story.do(act.on)
        except IllegalTransition:
            assert story.pipeline == before
        watcher.look(before, act)


@settings(max_examples=100, deadline=None)
@given(plans=plans, sequence=st.lists(acts, max_size=15))
def test_every_pipeline_can_still_be_brought_to_an_end(plans: list[StepPlan], sequence: list[Act]) -> None:
    story = Story(plans)
    for act in sequence:
        try:
            story.do(act.on)
        except IllegalTransition:
            continue

    for _ in range(3 * len(plans)):
        if story.pipeline.status is PipelineStatus.SUCCEEDED:
            break
        _help_on(story)

    assert story.pipeline.status is PipelineStatus.SUCCEEDED


def _help_on(story: Story) -> None:
    """One thing that a person or an agent can do where it stands."""
    step = story.step
    if story.pipeline.status.ended:
        story.do(retry_step, step.id, ANA, after(200))
    if step.attempt is None or step.attempt.status.ended:
        story.begin(after(200))
    if story.step.plan.kind is StepKind.APPROVAL:
        story.do(decide_approval, step.id, ANA, True, None, after(200))
    else:
        story.succeed(at=after(200))
