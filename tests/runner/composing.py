"""A composer over a small catalog, and requests that it would accept as they are."""

from runner.composition import Composer, StartRequest
from runner.definitions import Agent, Known, Template
from runner.model import Pipeline, StepPlan
from runner.outcomes import InvalidInput
from runner.redaction import Redactor
from runner.trust import Trust
from tests.support.builders import ANA, an_approval_plan
from tests.support.fakes import FakeBranches, FakeCatalog, FakeClock, FakeIssues, FakeSchemas, ScriptedAgents

KNOWN = Known(agents={"build": "Builds", "plan": "Plans"}, models=frozenset({"acme/large"}))
CODER = Agent(name="coder", engine_agent="build", model="acme/large", instructions="Be brief.")
GHOST = Agent(name="ghost", engine_agent="gone")
TEMPLATES = [
    Template(name="quick_fix", steps=(StepPlan(agent="coder"), an_approval_plan(), StepPlan(agent="plan"))),
    Template(name="empty"),
    Template(name="haunted", steps=(StepPlan(agent="coder"), StepPlan(agent="ghost"))),
    Template(name="crooked", steps=(StepPlan(agent="coder", model="large"),)),
]


def a_composer(
    agents: ScriptedAgents | None = None,
    *,
    branches: FakeBranches | None = None,
    roots: tuple[str, ...] = ("/",),
    secrets: tuple[str, ...] = (),
    issue: str = "# Crash at start",
    trust: Trust | None = None,
) -> Composer:
    return Composer(
        catalog=FakeCatalog([CODER, GHOST], TEMPLATES),
        agents=agents or ScriptedAgents(KNOWN),
        issues=FakeIssues(**{"acme/app#7": issue}),
        branches=branches,
        clock=FakeClock(),
        redactor=Redactor(secrets),
        schemas=FakeSchemas(),
        directory_roots=roots,
        trust=trust,
    )


def a_request(**says: object) -> StartRequest:
    values: dict[str, object] = {"prompt": "Tidy up", "steps": (StepPlan(agent="coder"),)}
    return StartRequest(**{**values, **says})  # type: ignore[arg-type]


async def composed(request: StartRequest, composer: Composer | None = None) -> Pipeline:
    pipeline = await (composer or a_composer()).compose(request, ANA)
    assert isinstance(pipeline, Pipeline), pipeline
    return pipeline


async def refused(request: StartRequest, composer: Composer | None = None) -> InvalidInput:
    problem = await (composer or a_composer()).compose(request, ANA)
    assert isinstance(problem, InvalidInput), problem
    return problem
