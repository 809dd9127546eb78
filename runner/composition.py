"""From what a person typed to a pipeline that can run, or to what is wrong with it, where, and what to do."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from runner import lengths
from runner.agents import Agents
from runner.checkout import Checkout, is_branch_name
from runner.definitions import (
    Agent,
    Definitions,
    Known,
    Template,
    agent_as,
    agents_as,
    asked_for,
    problems_of_steps,
    template_as,
    templates_as,
)
from runner.directories import Listing, Unusable, WorkingDirectories
from runner.failures import AgentError
from runner.handoff import Schemas
from runner.ids import new_pipeline_id, step_id_of
from runner.lengths import too_long
from runner.model import Actor, Pipeline, Step, StepPlan
from runner.model_choice import ModelChoice, problems_of_choices, with_models
from runner.outcomes import InvalidInput
from runner.ports import BranchError, Branches, Catalog, Clock, Issue, IssueError, Issues
from runner.prompt import quoted_issue
from runner.redaction import Redactor
from runner.trust import Trust, untrusted
from runner.versions import Definition

D = TypeVar("D", Agent, Template, Definition)

_PREFLIGHT_SECONDS = 2.0
_LOOK_EVERY = timedelta(seconds=0.25)


@dataclass(frozen=True, kw_only=True)
class StartRequest:
    """Either a template or steps; `github_issue` is owner/name#number.

    `create_branch`: a branch that is not there is meant to be made.
    """

    prompt: str
    title: str | None = None
    template: str | None = None
    steps: tuple[StepPlan, ...] | None = None
    models: tuple[ModelChoice, ...] = ()
    directory: str | None = None
    branch: str | None = None
    create_branch: bool = False
    github_issue: str | None = None
    idempotency_key: str | None = None


class _Invalid(Exception):
    def __init__(self, message: str, *field: str) -> None:
        super().__init__(message)
        self.problem = InvalidInput(message=message, field=field)


class Composer:
    """Checks everything that can be known before anything runs. With `branches`, branches are checked out, too."""

    def __init__(
        self,
        *,
        catalog: Catalog,
        agents: Agents,
        issues: Issues,
        branches: Branches | None = None,
        clock: Clock,
        redactor: Redactor,
        schemas: Schemas,
        directory_roots: Sequence[str] = ("/",),
        trust: Trust | None = None,
    ) -> None:
        self._catalog = catalog
        self._agents = agents
        self._issues = issues
        self.checkout = Checkout(branches)
        self._clock = clock
        self._redactor = redactor
        self._schemas = schemas
        self._directories = WorkingDirectories(directory_roots)
        self._trust = trust

    async def compose(self, request: StartRequest, actor: Actor) -> Pipeline | InvalidInput:
        """The pipeline asked for, not yet stored, or the first thing that is wrong."""
        try:
            _check(_too_long(request))
            prompt = await self._prompt(request.prompt)
            title = self._redactor(request.title or "").strip() or _title_of(prompt)
            plans, place = self._plans(request)
            await self._check_schemas(plans, place)
            directory = await asyncio.to_thread(self._directory, request.directory)
            branch = await self._branch(request.branch, directory)
            if self._trust is not None and directory is not None:
                await self._trust.give_by_start(directory, actor)
            # Where OpenCode answers soon, it must know every agent and model.
            known = await self._known(directory)
            _check(problems_of_choices(request.models, plans, known))
            _check(problems_of_steps(plans, place, known))
            if request.github_issue:
                issue = await self._issue(request.github_issue)
                prompt = f"{quoted_issue(issue.reference, issue.markdown)}\n\n{prompt}"
        except _Invalid as invalid:
            return invalid.problem
        at = self._clock.now()
        pipeline_id = new_pipeline_id(at)
        return Pipeline(
            id=pipeline_id,
            title=title,
            prompt=prompt,
            steps=tuple(
                Step(id=step_id_of(pipeline_id, position), position=position, plan=self._redacted(plan))
                for position, plan in enumerate(plans)
            ),
            started_by=actor,
            created_at=at,
            template=request.template,
            directory=directory,
            branch=branch,
        )

    async def prompt(self, text: str) -> str | InvalidInput:
        """A prompt as it may be stored, or what is wrong with it."""
        try:
            return await self._prompt(text)
        except _Invalid as invalid:
            return invalid.problem

    async def plan_of_today(self, pipeline: Pipeline, step: Step) -> StepPlan | InvalidInput:
        """The step as its template and agents.yaml define it now; a model that the agent has there is taken, too."""
        definitions = self._catalog.definitions()
        try:
            plan = definitions.completed(_step_of_today(pipeline, step, definitions))
            await self._check_schemas([plan], ("today",))
            # By its form alone: OpenCode may learn of a new agent only when the step is tried (see `Agents.reload`).
            _check(problems_of_steps([plan], ("today",)))
        except _Invalid as invalid:
            return replace(invalid.problem, field=("today",))
        return self._redacted(replace(plan, model=plan.model or step.plan.model))

    async def listing(self, directory: str | None) -> Listing | InvalidInput:
        """What a person may choose a working directory from."""
        try:
            listing = await asyncio.to_thread(self._directories.listing, directory)
        except Unusable as unusable:
            return InvalidInput(message=str(unusable), field=("path",))
        return replace(listing, is_trusted=self._trust is None or await self._trust.covers(listing.path))

    async def issue(self, reference: str) -> Issue | InvalidInput:
        """A GitHub issue as it would go before the prompt."""
        try:
            return await self._issue(reference)
        except _Invalid as invalid:
            return replace(invalid.problem, field=("reference",))

    async def agents(self, directory: str | None) -> list[Agent]:
        """Who may be given a step in that directory, each with what keeps it from working, as far as OpenCode tells."""
        known, problems = await self._looked(directory)
        found = agents_as(self._catalog.definitions(), known)
        return [replace(agent, problems=(*problems, *agent.problems)) for agent in found]

    async def templates(self, directory: str | None) -> list[Template]:
        """What may be started in that directory, each with what keeps it from working, as far as OpenCode tells."""
        known, problems = await self._looked(directory)
        found = templates_as(self._catalog.definitions(), known)
        return [replace(template, problems=(*problems, *template.problems)) for template in found]

    async def models(self, directory: str | None, search: str = "") -> list[str] | None:
        """By name, those with each word of the search in theirs; None: OpenCode was not asked, or cannot tell."""
        known, _ = await self._looked(directory)
        if known is None:
            return None
        words = search.casefold().split()
        return sorted(model for model in known.models if all(word in model.casefold() for word in words))

    async def judged(self, definition: D) -> D:
        """That definition as `agents` or `templates` would show it."""
        return self._as(definition, await self._known(None))

    async def judged_both(
        self, one: Definition | None, other: Definition | None
    ) -> tuple[Definition | None, Definition | None]:
        """The same of two, where they are any; OpenCode is asked once."""
        known = await self._known(None)
        return self._as(one, known) if one else None, self._as(other, known) if other else None

    def _as(self, definition: D, known: Known | None) -> D:
        if isinstance(definition, Agent):
            return agent_as(definition, known)
        return template_as(definition, self._catalog.definitions(), known)

    async def _prompt(self, prompt: str) -> str:
        if len(prompt) > lengths.PROMPT:
            raise _Invalid(f"The prompt has {len(prompt):,} characters; {lengths.PROMPT:,} are the most.", "prompt")
        text = (await self._redactor.beside(prompt)).strip()
        if not text:
            raise _Invalid("The prompt is empty: say what is to be done.", "prompt")
        return text

    def _plans(self, request: StartRequest) -> tuple[list[StepPlan], tuple[str, ...]]:
        """The plans, completed from the catalog, and the path to them in the input."""
        if request.template is not None and request.steps is not None:
            raise _Invalid("Give either a template or steps, not both.", "template")
        definitions = self._catalog.definitions()
        place: tuple[str, ...] = ("steps",)
        if request.steps is not None:
            steps = tuple(map(asked_for, request.steps))
        elif request.template is not None:
            steps = _steps_of(request.template, definitions)
            place = ("template", "steps") if steps else ("template",)
        else:
            raise _Invalid("Give a template or steps.", "template")
        plans = [definitions.completed(plan) for plan in steps]
        _check(problems_of_choices(request.models, plans))
        plans = with_models(plans, request.models)
        _check(problems_of_steps(plans, place))
        return plans, place

    async def _check_schemas(self, plans: Sequence[StepPlan], place: tuple[str, ...]) -> None:
        for number, plan in enumerate(plans):
            if plan.handoff_schema is not None and (said := await self._schemas.problem(plan.handoff_schema)):
                raise _Invalid(f"This is no JSON Schema: {said}.", *place, str(number), "handoffSchema")

    def _directory(self, directory: str | None) -> str | None:
        if directory is None or not directory.strip():
            # Without one OpenCode works wherever it was started, which no root holds in.
            if demanded := self._directories.demanded:
                raise _Invalid(demanded, "directory")
            return None
        try:
            return self._directories.checked(directory)
        except Unusable as unusable:
            raise _Invalid(str(unusable), "directory") from unusable

    async def _branch(self, branch: str | None, directory: str | None) -> str | None:
        name = (branch or "").strip()
        if not name:
            return None
        if not is_branch_name(name):
            raise _Invalid(f'"{name[:80]}" is no name for a branch.', "branch")
        try:
            await self.checkout.check(directory, name)
        except BranchError as error:
            raise _Invalid(str(error), "branch" if directory else "directory") from error
        return name

    def _redacted(self, plan: StepPlan) -> StepPlan:
        return replace(plan, description=self._redactor.optional(plan.description))

    async def _looked(self, directory: str | None) -> tuple[Known | None, tuple[str, ...]]:
        """What OpenCode knows there, or why it was not asked: the directory may not be used, or nobody trusts it."""
        if directory is None or not directory.strip():
            return await self._known(None), ()
        try:
            real = await asyncio.to_thread(self._directories.checked, directory)
        except Unusable as unusable:
            return None, (str(unusable),)
        if self._trust is not None and not await self._trust.covers(real):
            return None, (untrusted(real),)
        return await self._known(real), ()

    async def _known(self, directory: str | None) -> Known | None:
        """None when OpenCode cannot be asked, or has not looked into it for longer than a person would wait."""
        try:
            async with asyncio.timeout(_PREFLIGHT_SECONDS):
                return await known_when_ready(self._agents, self._clock, directory)
        except (AgentError, TimeoutError):
            return None

    async def _issue(self, reference: str) -> Issue:
        try:
            _check(too_long(reference, lengths.NAME, "githubIssue"))
            issue = await self._issues.issue(reference)
        except IssueError as error:
            raise _Invalid(str(error), "githubIssue") from error
        return replace(
            issue,
            title=self._redactor(issue.title),
            labels=tuple(map(self._redactor, issue.labels)),
            markdown=await self._redactor.beside(issue.markdown),
        )


async def known_when_ready(agents: Agents, clock: Clock, directory: str | None) -> Known:
    """What may be asked for there, once the engine has looked into the directory: a new one takes it some seconds.

    Waits as long as it takes: whoever asks sets the limit. Raises AgentError as `Agents.known` does.
    """
    known = await agents.known(directory)
    while not known.ready:
        await clock.sleep_until(clock.now() + _LOOK_EVERY)
        known = await agents.known(directory)
    return known


def _steps_of(name: str, definitions: Definitions) -> tuple[StepPlan, ...]:
    template = definitions.templates.get(name)
    if template is None:
        there_are = ", ".join(sorted(definitions.templates)) or "none"
        raise _Invalid(f'There is no template "{name}"; there are: {there_are}.', "template")
    return template.steps


def _step_of_today(pipeline: Pipeline, step: Step, definitions: Definitions) -> StepPlan:
    if pipeline.template is None:
        return replace(step.plan, model=None)
    plans = _steps_of(pipeline.template, definitions)
    if len(plans) != len(pipeline.steps) or plans[step.position].kind is not step.plan.kind:
        raise _Invalid(f'Template "{pipeline.template}" has other steps today: start a new pipeline from it.', "today")
    return plans[step.position]


def _too_long(request: StartRequest) -> Iterator[InvalidInput]:
    """Looked at first, since other problems quote what is wrong."""
    yield from too_long(request.title, lengths.NAME, "title")
    yield from too_long(request.template, lengths.NAME, "template")
    yield from too_long(request.directory, lengths.PATH, "directory")


def _check(problems: Iterable[InvalidInput]) -> None:
    for problem in problems:
        raise _Invalid(problem.message, *problem.field)


def _title_of(prompt: str) -> str:
    line = prompt.splitlines()[0].strip()
    line = line.lstrip("# ") or line
    return line if len(line) <= 80 else f"{line[:79].rstrip()}…"
