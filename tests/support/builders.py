"""Values of the domain for tests: whatever a test does not say is filled in, the same each time."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Concatenate, ParamSpec

from runner.attention import Attention, AttentionKind, PermissionRequest, Question
from runner.changes import Change
from runner.events import PipelineEvent
from runner.failure_kinds import FailureKind
from runner.failures import NO_USAGE, Failure, FailureCause, Usage, failure
from runner.fold import fold
from runner.idempotency import IdempotencyKey
from runner.ids import part_id, step_id_of
from runner.model import Actor, Handoff, Pipeline, PipelineId, Step, StepId, StepKind, StepPlan
from runner.retry import RetryPolicy
from runner.transitions import begin_step, fail_step, start, succeed_step

P = ParamSpec("P")

NOW = datetime(2026, 11, 23, 21, 37, tzinfo=UTC)
ANA = Actor(name="Ana")
BEN = Actor(name="Ben")
USAGE = Usage(input_tokens=100, output_tokens=20, cost=0.25)
# Not a multiple of the five seconds between two sweeps, so that tests can tell the two waits apart.
POLICY = RetryPolicy(max_attempts=2, delay_seconds=7, jitter=lambda: 0.5)
PIPELINE_ID = PipelineId("pip_0123456789abcdef012345")


def after(seconds: float) -> datetime:
    """So long after NOW."""
    return NOW + timedelta(seconds=seconds)


def a_key(key: str, request: str = "start") -> IdempotencyKey:
    """Under which that request is done once."""
    return IdempotencyKey(key=key, request=request)


def a_plan(agent: str = "coder", **says: object) -> StepPlan:
    """A step for an agent, known to OpenCode by the same name."""
    return StepPlan(**{"agent": agent, "engine_agent": agent, **says})  # type: ignore[arg-type]


def an_approval_plan(**says: object) -> StepPlan:
    return StepPlan(**{"kind": StepKind.APPROVAL, "description": "Ship it?", **says})  # type: ignore[arg-type]


def a_pipeline(
    steps: int | Sequence[StepPlan] = 2, *, pipeline_id: PipelineId = PIPELINE_ID, **says: object
) -> Pipeline:
    """One that was asked for and has not entered any log; `steps` may be their number."""
    plans = [a_plan(f"agent{place}") for place in range(steps)] if isinstance(steps, int) else steps
    values: dict[str, object] = {
        "title": "Tidy up",
        "prompt": "Tidy up the code",
        "started_by": ANA,
        "created_at": NOW,
        "steps": tuple(
            Step(id=step_id_of(pipeline_id, position), position=position, plan=plan)
            for position, plan in enumerate(plans)
        ),
    }
    return Pipeline(id=pipeline_id, **{**values, **says})  # type: ignore[arg-type]


def a_failure(kind: FailureKind = FailureKind.AGENT_ERROR, message: str | None = None, **says: object) -> Failure:
    return failure(kind, message or f"It failed: {kind.value.lower()}", **says)  # type: ignore[arg-type]


def a_detailed_failure(text: str) -> Failure:
    """One that says the text wherever a failure has room for it."""
    return a_failure(FailureKind.AGENT_ERROR, text, detail=text, causes=(FailureCause(source="agent", message=text),))


def a_handoff(markdown: str = "All done.", **says: object) -> Handoff:
    return Handoff(**{"markdown": markdown, "created_at": NOW, **says})  # type: ignore[arg-type]


def a_permission(step: Step, name: str = "per_1", **says: object) -> Attention:
    """The agent of the step's newest attempt asks to run something."""
    values: dict[str, object] = {
        "id": part_id("att", step.id, len(step.attempts), name),
        "kind": AttentionKind.PERMISSION,
        "message": 'The agent wants permission for bash "rm -rf build"',
        "since": NOW,
        "permission": PermissionRequest(id=name, permission="bash", patterns=("rm -rf build",)),
    }
    return Attention(**{**values, **says})  # type: ignore[arg-type]


def a_question(step: Step, name: str = "que_1", **says: object) -> Attention:
    question = Question(id=name, text="Which database?", options=("SQLite", "PostgreSQL"))
    values: dict[str, object] = {
        "id": part_id("att", step.id, len(step.attempts), name),
        "kind": AttentionKind.QUESTION,
        "message": "The agent asks: Which database?",
        "since": NOW,
        "question": question,
    }
    return Attention(**{**values, **says})  # type: ignore[arg-type]


def an_attention(step: Step, kind: AttentionKind = AttentionKind.RETRYING, **says: object) -> Attention:
    values: dict[str, object] = {
        "id": part_id("att", step.id, len(step.attempts), kind.value.lower()),
        "kind": kind,
        "message": "OpenCode asks the provider again",
        "since": NOW,
    }
    return Attention(**{**values, **says})  # type: ignore[arg-type]


class Story:
    """A pipeline that was started, and what happened to it since; each act checks that state is the fold of events."""

    def __init__(self, steps: int | Sequence[StepPlan] = 2, **says: object) -> None:
        begun = start(a_pipeline(steps, **says), ANA)  # type: ignore[arg-type]
        self.pipeline = begun.pipeline
        self.events: list[PipelineEvent] = list(begun.events)

    def do(
        self,
        transition: Callable[Concatenate[Pipeline, P], Change],
        *arguments: P.args,
        **named: P.kwargs,
    ) -> "Story":
        """The transition happens. Raises what it raises; then nothing has happened."""
        change = transition(self.pipeline, *arguments, **named)
        assert change.before == self.pipeline
        self.pipeline = change.pipeline
        self.events += change.events
        assert fold(self.events) == self.pipeline
        assert self.pipeline.seq == len(self.events)
        return self

    def begin(self, at: datetime = NOW) -> "Story":
        return self.do(begin_step, at)

    def succeed(self, markdown: str = "All done.", usage: Usage = USAGE, at: datetime = NOW) -> "Story":
        """The open attempt of the current step succeeds."""
        return self.do(succeed_step, self.step.id, self.number, a_handoff(markdown), usage, at)

    def fail(
        self,
        kind: FailureKind = FailureKind.AGENT_ERROR,
        at: datetime = NOW,
        usage: Usage = NO_USAGE,
        policy: RetryPolicy = POLICY,
    ) -> "Story":
        """The open attempt of the current step fails."""
        return self.do(fail_step, self.step.id, self.number, a_failure(kind), policy, at, usage)

    @property
    def step(self) -> Step:
        """The current one, or the last when all are over."""
        return self.pipeline.current or self.pipeline.steps[-1]

    @property
    def number(self) -> int:
        return len(self.step.attempts)

    @property
    def names(self) -> list[str]:
        """What has happened, in words: the events' names."""
        return [type(event).__name__ for event in self.events]

    def at(self, position: int) -> Step:
        return self.pipeline.steps[position]

    def id_of(self, position: int) -> StepId:
        return self.pipeline.steps[position].id
