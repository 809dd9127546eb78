"""Agents and templates: what they are, what OpenCode knows of them, and the one judgement of what is wrong with them.

Whoever starts, tries again, lists, saves or looks before an attempt asks here, so that all say it in the same words.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from runner.model import StepKind, StepPlan
from runner.outcomes import InvalidInput

_MODEL = re.compile(r"[^/\s]+/\S+")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LONGEST_NAME = 200
_MONTH = 30 * 86_400


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The least and the most that a number may be."""

    least: int
    most: int

    def __contains__(self, number: float) -> bool:
        return self.least <= number <= self.most

    def __str__(self) -> str:
        return f"{self.least} to {self.most:,}"


TIMEOUT_SECONDS = Bounds(least=1, most=_MONTH)
MAX_ATTEMPTS = Bounds(least=1, most=20)
WAIT_SECONDS = Bounds(least=1, most=12 * _MONTH)
MOST_STEPS = 100


@dataclass(frozen=True, kw_only=True)
class Agent:
    """Who does the work: `engine_agent` is its name in OpenCode; `available` is None where OpenCode was not asked.

    `defined` tells those of agents.yaml from OpenCode's own; `problems` says what keeps it from working.
    """

    name: str
    engine_agent: str
    description: str = ""
    model: str | None = None
    instructions: str = ""
    available: bool | None = None
    defined: bool = True
    problems: tuple[str, ...] = ()

    def tidied(self) -> "Agent":
        """Without the blanks around what a person typed."""
        model = (self.model or "").strip() or None
        return replace(self, name=self.name.strip(), engine_agent=self.engine_agent.strip(), model=model)


@dataclass(frozen=True, kw_only=True)
class Template:
    """A named list of steps from which pipelines are started; `problems` says what keeps it from working."""

    name: str
    description: str = ""
    steps: tuple[StepPlan, ...] = ()
    problems: tuple[str, ...] = ()

    def tidied(self) -> "Template":
        """Without the blanks around what a person typed."""
        steps = tuple(map(asked_for, self.steps))
        return replace(self, name=self.name.strip(), description=self.description.strip(), steps=steps)


@dataclass(frozen=True, kw_only=True)
class DefinitionProblem:
    """What is wrong in a YAML file; lines and columns count from 1."""

    file: str
    message: str
    since: datetime
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, kw_only=True)
class Definitions:
    """What agents and templates there are now, by name."""

    agents: Mapping[str, Agent] = field(default_factory=dict)
    templates: Mapping[str, Template] = field(default_factory=dict)
    problems: tuple[DefinitionProblem, ...] = ()

    def completed(self, plan: StepPlan) -> StepPlan:
        """The plan with what agents.yaml says of its agent; a name that it lacks is OpenCode's own."""
        if plan.kind is not StepKind.AGENT:
            return plan
        agent = self.agents.get(plan.agent or "")
        if agent is None:
            return replace(plan, engine_agent=plan.agent)
        return replace(
            plan, engine_agent=agent.engine_agent, instructions=agent.instructions, model=plan.model or agent.model
        )


@dataclass(frozen=True, kw_only=True)
class Known:
    """What OpenCode has in a directory: its agents (name → description) and its models (provider/model).

    Not `ready`: it has only begun to look, and what it lacks may still come.
    """

    agents: Mapping[str, str]
    models: frozenset[str]
    directory: str | None = None
    ready: bool = True

    def problem_with_agent(self, engine_agent: str, name: str | None = None) -> str | None:
        """What is wrong with a name in OpenCode; `name` is what it is called in agents.yaml.

        Where there are no models, that an agent is missing has the same cause: its file could not be read.
        """
        if engine_agent in self.agents:
            return None
        if not self.models:
            return no_models(self.directory)
        called = f'"{engine_agent}"' if name in (None, engine_agent) else f'"{name}" ("{engine_agent}")'
        return no_such_agent(called, self.agents, self.directory)

    def problem_with_model(self, model: str) -> str | None:
        if model in self.models:
            return None
        return no_such_model(model) if self.models else no_models(self.directory)


def no_such_agent(called: str, there_are: Iterable[str], directory: str | None) -> str:
    where = f" in {directory}" if directory else ""
    return f"Agent {called} does not exist{where}; there are: {', '.join(sorted(there_are)) or 'none'}."


def no_models(directory: str | None) -> str:
    where = f" in {directory}" if directory else ""
    return f"OpenCode has no models{where}: is opencode.json valid?"


def no_such_model(model: str) -> str:
    return f'Model "{model}" is not configured in OpenCode.'


def asked_for(plan: StepPlan) -> StepPlan:
    """A step as a person asks for it: who does it is found out later; a schema makes the handoff compulsory."""
    return replace(
        plan,
        agent=(plan.agent or "").strip() or None,
        engine_agent=None,
        instructions="",
        handoff_required=plan.handoff_schema is not None,
    )


def problems_of_steps(
    steps: Sequence[StepPlan], place: Sequence[str] = ("steps",), known: Known | None = None
) -> Iterator[InvalidInput]:
    """What is wrong with the steps at that place in the input; by their form alone where nothing is known."""
    if not steps:
        yield _problem("It has no steps: give it at least one.", *place)
    if len(steps) > MOST_STEPS:
        yield _problem(f"It has {len(steps):,} steps; {MOST_STEPS} are the most.", *place)
    for number, plan in enumerate(steps):
        path = (*place, str(number))
        yield from _problems_of_form(plan, path)
        if known and plan.kind is StepKind.AGENT:
            yield from _unknown(known, plan.agent, plan.engine_agent, *path, "agent")
        yield from problems_of_model(plan.model, *path, "model", known=known)


def problems_of_template(template: Template) -> Iterator[InvalidInput]:
    """What is wrong with a template that a person wants, by its form alone."""
    if not is_name(template.name):
        yield _problem(_name_wanted("template"), "name")
    yield from problems_of_steps(template.steps)


def problems_of_agent(agent: Agent, known: Known | None = None) -> Iterator[InvalidInput]:
    """What is wrong with an agent; by its form alone where nothing is known."""
    if not is_name(agent.name):
        yield _problem(_name_wanted("agent"), "name")
    if not is_name(agent.engine_agent):
        yield _problem("Say which agent of OpenCode it is.", "engineAgent")
    elif known:
        yield from _unknown(known, agent.name, agent.engine_agent, "engineAgent")
    yield from problems_of_model(agent.model, "model", known=known)


def problems_of_retry(model: str | None, timeout_seconds: int | None) -> Iterator[InvalidInput]:
    """What is wrong with the changes that a person wants for a further attempt."""
    yield from problems_of_model(model, "model")
    yield from _out_of_bounds(timeout_seconds, TIMEOUT_SECONDS, "timeoutSeconds")


def problems_of_model(model: str | None, *path: str, known: Known | None = None) -> Iterator[InvalidInput]:
    if model is None:
        return
    if not _MODEL.fullmatch(model):
        yield _problem(f'"{model}" is not a model; write provider/model, e.g. anthropic/claude-sonnet-4-5.', *path)
    elif known and (said := known.problem_with_model(model)):
        yield _problem(said, *path)


def agents_as(definitions: Definitions, known: Known | None) -> list[Agent]:
    """Those of the files by name, then OpenCode's own; the latter need no entry in a file."""
    ours = [agent_as(definitions.agents[name], known) for name in sorted(definitions.agents)]
    theirs = known.agents if known else {}
    return ours + [
        Agent(name=name, engine_agent=name, description=theirs[name], available=True, defined=False)
        for name in sorted(theirs)
        if name not in definitions.agents
    ]


def agent_as(agent: Agent, known: Known | None) -> Agent:
    """The agent with what would keep it from working, as far as that is known."""
    available = agent.engine_agent in known.agents if known else None
    problems = (problem.message for problem in problems_of_agent(agent, known))
    return replace(agent, available=available, problems=tuple(problems))


def templates_as(definitions: Definitions, known: Known | None) -> list[Template]:
    """By name, each with its problems."""
    return [template_as(definitions.templates[name], definitions, known) for name in sorted(definitions.templates)]


def template_as(template: Template, definitions: Definitions, known: Known | None) -> Template:
    """The template with what would keep it from working, as far as that is known."""
    found = problems_of_steps([definitions.completed(plan) for plan in template.steps], known=known)
    return replace(template, problems=tuple(map(_with_step, found)))


def is_name(text: str) -> bool:
    """Whether it is one line, not too long, without what a screen cannot show."""
    return bool(text.strip()) and len(text) <= _LONGEST_NAME and not _UNPRINTABLE.search(text)


def _problems_of_form(plan: StepPlan, path: tuple[str, ...]) -> Iterator[InvalidInput]:
    if plan.kind is StepKind.AGENT and plan.agent is None:
        yield _problem("Name the agent of this step.", *path, "agent")
    if plan.kind is StepKind.APPROVAL and plan.agent is not None:
        yield _problem("An approval has no agent: a person decides it.", *path, "agent")
    yield from _out_of_bounds(plan.timeout_seconds, TIMEOUT_SECONDS, *path, "timeoutSeconds")
    yield from _out_of_bounds(plan.max_attempts, MAX_ATTEMPTS, *path, "maxAttempts")
    yield from _out_of_bounds(plan.remind_after_seconds, WAIT_SECONDS, *path, "remindAfterSeconds")
    yield from _out_of_bounds(plan.expires_after_seconds, WAIT_SECONDS, *path, "expiresAfterSeconds")
    if plan.handoff_schema is not None and not isinstance(plan.handoff_schema, dict):
        yield _problem("A handoff schema is a JSON Schema: an object.", *path, "handoffSchema")


def _out_of_bounds(number: int | None, bounds: Bounds, *path: str) -> Iterator[InvalidInput]:
    if number is not None and number not in bounds:
        yield _problem(f"{number} is not between {bounds.least} and {bounds.most:,}.", *path)


def _unknown(known: Known, name: str | None, engine_agent: str | None, *path: str) -> Iterator[InvalidInput]:
    if engine_agent is not None and (said := known.problem_with_agent(engine_agent, name)):
        yield _problem(said, *path)


def _problem(message: str, *path: str) -> InvalidInput:
    return InvalidInput(message=message, field=path)


def _name_wanted(word: str) -> str:
    return f"Name the {word}, on one line of at most {_LONGEST_NAME} characters."


def _with_step(problem: InvalidInput) -> str:
    """The words of a problem for whoever sees no field beside it."""
    _, *place = problem.field
    return f"Step {int(place[0]) + 1}: {problem.message}" if place else problem.message
