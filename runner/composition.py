"""From what a person typed to a pipeline that can run, or to what is wrong with it, where, and what to do."""

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

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
from runner.model import Actor, Pipeline, Step, StepPlan, new_pipeline_id, step_id_of
from runner.outcomes import InvalidInput
from runner.ports import Agents, BranchError, Branches, Catalog, Clock, IssueError, Issues, Schemas
from runner.redaction import Redactor
from runner.trust import Trust, untrusted

_PREFLIGHT_SECONDS = 2.0
_LOOK_EVERY = timedelta(seconds=0.25)
_PROMPT_LIMIT = 1_000_000
_BRANCH = re.compile(r"(?!-)[^\s\x00-\x1f\x7f~^:?*\[\\]+")


@dataclass(frozen=True, kw_only=True)
class StartRequest:
    """Either a template or steps; `github_issue` is owner/name#number."""

    prompt: str
    title: str | None = None
    template: str | None = None
    steps: tuple[StepPlan, ...] | None = None
    directory: str | None = None
    branch: str | None = None
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
        self._branches = branches
        self._clock = clock
        self._redactor = redactor
        self._schemas = schemas
        self._directories = WorkingDirectories(directory_roots)
        self._trust = trust

    async def compose(self, request: StartRequest, actor: Actor) -> Pipeline | InvalidInput:
        """The pipeline asked for, not yet stored, or the first thing that is wrong."""
        try:
            prompt = await self._prompt(request.prompt)
            title = self._redactor(request.title or "").strip() or _title_of(prompt)
            plans, place = self._plans(request)
            await self._check_schemas(plans, place)
            directory = await asyncio.to_thread(self._directory, request.directory)
            branch = await self._branch(request.branch, directory)
            if self._trust is not None and directory is not None:
                await self._trust.give_by_start(directory, actor)
            # Where OpenCode answers soon, it must know every agent and model.
            _check(problems_of_steps(plans, place, await self._known(directory)))
            if request.github_issue:
                prompt = f"{await self._issue(request.github_issue)}\n\n{prompt}"
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

    def switches(self, pipeline: Pipeline) -> bool:
        """Whether a branch is checked out for it."""
        return self._branches is not None and pipeline.branch is not None and pipeline.directory is not None

    async def prepare(self, pipeline: Pipeline, others: Sequence[Pipeline] = ()) -> str | None:
        """Has its branch checked out, but not under `others` in its directory; what was in the way, if anything."""
        if self._branches is None or pipeline.branch is None or pipeline.directory is None:
            return None
        try:
            current = await self._branches.current(pipeline.directory)
            if others and current != pipeline.branch:
                return _under_others(pipeline.directory, current, pipeline.branch, others[0])
            await self._branches.check_out(pipeline.directory, pipeline.branch)
        except BranchError as error:
            return str(error)
        return None

    async def listing(self, directory: str | None) -> Listing | InvalidInput:
        """What a person may choose a working directory from."""
        try:
            listing = await asyncio.to_thread(self._directories.listing, directory)
        except Unusable as unusable:
            return InvalidInput(message=str(unusable), field=("path",))
        return replace(listing, is_trusted=self._trust is None or await self._trust.covers(listing.path))

    async def issue(self, reference: str) -> str | InvalidInput:
        """The text of a GitHub issue as it would go before the prompt."""
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

    async def judged_agent(self, agent: Agent) -> Agent:
        """That agent as `agents` would show it."""
        return agent_as(agent, await self._known(None))

    async def judged_template(self, template: Template) -> Template:
        """That template as `templates` would show it."""
        known = await self._known(None)
        return template_as(template, self._catalog.definitions(), known)

    async def _prompt(self, prompt: str) -> str:
        if len(prompt) > _PROMPT_LIMIT:
            raise _Invalid(f"The prompt has {len(prompt):,} characters; {_PROMPT_LIMIT:,} are the most.", "prompt")
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
        if not _BRANCH.fullmatch(name) or len(name) > 250:
            raise _Invalid(f'"{name[:80]}" is no name for a branch.', "branch")
        if self._branches is None:
            return name
        if directory is None:
            raise _Invalid("A branch is checked out in a directory: name it.", "directory")
        try:
            await self._branches.check(directory, name)
        except BranchError as error:
            raise _Invalid(str(error), "branch") from error
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

    async def _issue(self, reference: str) -> str:
        try:
            return await self._redactor.beside(await self._issues.text(reference))
        except IssueError as error:
            raise _Invalid(str(error), "githubIssue") from error


async def known_when_ready(agents: Agents, clock: Clock, directory: str | None) -> Known:
    """What may be asked for there, once the engine has looked into the directory: a new one takes it some seconds.

    Waits as long as it takes: whoever asks sets the limit. Raises AgentError as `Agents.known` does.
    """
    known = await agents.known(directory)
    while not known.ready:
        await clock.sleep_until(clock.now() + _LOOK_EVERY)
        known = await agents.known(directory)
    return known


def _under_others(directory: str, current: str, branch: str, other: Pipeline) -> str:
    there = f'on the branch "{current}"' if current else "on no branch"
    return (
        f'“{other.title}” is at work in {directory}, {there}: it cannot be switched to "{branch}" meanwhile. '
        "Wait until it has ended, or choose another directory."
    )


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


def _check(problems: Iterable[InvalidInput]) -> None:
    for problem in problems:
        raise _Invalid(problem.message, *problem.field)


def _title_of(prompt: str) -> str:
    line = prompt.splitlines()[0].strip()
    line = line.lstrip("# ") or line
    return line if len(line) <= 80 else f"{line[:79].rstrip()}…"
