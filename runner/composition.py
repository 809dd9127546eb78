"""From what a person typed to a pipeline that can run, or to what is wrong with it, where, and what to do."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from runner.directories import Listing, Unusable, WorkingDirectories
from runner.failures import AgentError, Json
from runner.model import (
    Actor,
    Definitions,
    Pipeline,
    Step,
    StepKind,
    StepPlan,
    is_model,
    new_pipeline_id,
    step_id_of,
)
from runner.ports import Agents, BranchError, Branches, Catalog, Clock, IssueError, Issues, Known
from runner.redaction import Redactor

_PREFLIGHT_SECONDS = 2.0
_PROMPT_LIMIT = 1_000_000
_LONGEST_SECONDS = 30 * 86_400
_BRANCH = re.compile(r"(?!-)[^\s\x00-\x1f\x7f~^:?*\[\\]+")


@dataclass(frozen=True, kw_only=True)
class InvalidInput:
    """What is wrong with the input; `field` is the path to it, e.g. ("steps", "2", "model"), places counted from 0."""

    message: str
    field: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class StepRequest:
    kind: StepKind = StepKind.AGENT
    agent: str | None = None
    description: str | None = None
    model: str | None = None
    timeout_seconds: int | None = None
    max_attempts: int | None = None
    remind_after_seconds: int | None = None
    expires_after_seconds: int | None = None
    handoff_schema: Json = None


@dataclass(frozen=True, kw_only=True)
class StartRequest:
    """Either a template or steps; `github_issue` is owner/name#number."""

    prompt: str
    title: str | None = None
    template: str | None = None
    steps: tuple[StepRequest, ...] | None = None
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
        directory_roots: Sequence[str] = ("/",),
    ) -> None:
        self._catalog = catalog
        self._agents = agents
        self._issues = issues
        self._branches = branches
        self._clock = clock
        self._redactor = redactor
        self._directories = WorkingDirectories(directory_roots)

    async def compose(self, request: StartRequest, actor: Actor) -> Pipeline | InvalidInput:
        """The pipeline asked for, not yet stored, or the first thing that is wrong."""
        try:
            prompt = await self._prompt(request.prompt)
            title = self._redactor(request.title or "").strip() or _title_of(prompt)
            plans, place = self._plans(request)
            directory = await asyncio.to_thread(self._directory, request.directory)
            branch = await self._branch(request.branch, directory)
            await self._preflight(plans, place, directory)
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
                Step(id=step_id_of(pipeline_id, position), position=position, plan=plan)
                for position, plan in enumerate(plans)
            ),
            started_by=actor,
            created_at=at,
            template=request.template,
            directory=directory,
            branch=branch,
        )

    async def prepare(self, pipeline: Pipeline) -> str | None:
        """Makes the directory ready for a pipeline that is stored already; what kept it from that, if anything did."""
        if self._branches is None or pipeline.branch is None or pipeline.directory is None:
            return None
        try:
            await self._branches.check_out(pipeline.directory, pipeline.branch)
        except BranchError as error:
            return str(error)
        return None

    async def listing(self, directory: str | None) -> Listing | InvalidInput:
        """What a person may choose a working directory from."""
        try:
            return await asyncio.to_thread(self._directories.listing, directory)
        except Unusable as unusable:
            return InvalidInput(message=str(unusable), field=("path",))

    async def issue(self, reference: str) -> str | InvalidInput:
        """The text of a GitHub issue as it would go before the prompt."""
        try:
            return await self._issue(reference)
        except _Invalid as invalid:
            return replace(invalid.problem, field=("reference",))

    def problem_of_retry(self, model: str | None, timeout_seconds: int | None) -> InvalidInput | None:
        """What is wrong with the changes that a person wants for a further attempt."""
        try:
            _checked_model(model, "model")
            _checked_number(timeout_seconds, 1, _LONGEST_SECONDS, "timeoutSeconds")
        except _Invalid as invalid:
            return invalid.problem
        return None

    async def _prompt(self, prompt: str) -> str:
        if len(prompt) > _PROMPT_LIMIT:
            raise _Invalid(f"The prompt has {len(prompt):,} characters; {_PROMPT_LIMIT:,} are the most.", "prompt")
        text = (await self._redactor.beside(prompt)).strip()
        if not text:
            raise _Invalid("The prompt is empty: say what is to be done.", "prompt")
        return text

    def _plans(self, request: StartRequest) -> tuple[list[StepPlan], tuple[str, ...]]:
        """The plans, and the path to them in the input."""
        if request.template is not None and request.steps is not None:
            raise _Invalid("Give either a template or steps, not both.", "template")
        definitions = self._catalog.definitions()
        if request.steps is not None:
            if not request.steps:
                raise _Invalid("A pipeline needs at least one step.", "steps")
            return [_planned(step, str(place)) for place, step in enumerate(request.steps)], ("steps",)
        if request.template is None:
            raise _Invalid("Give a template or steps.", "template")
        template = definitions.templates.get(request.template)
        if template is None:
            known = ", ".join(sorted(definitions.templates)) or "none"
            raise _Invalid(f'There is no template "{request.template}"; there are: {known}.', "template")
        if not template.steps:
            raise _Invalid(f'The template "{request.template}" has no steps.', "template")
        return list(template.steps), ("template", "steps")

    def _directory(self, directory: str | None) -> str | None:
        if directory is None or not directory.strip():
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

    async def _preflight(self, plans: list[StepPlan], place: tuple[str, ...], directory: str | None) -> None:
        """Completes the plans from the catalog; where OpenCode answers soon, it must know every agent and model."""
        definitions = self._catalog.definitions()
        known = await self._known(directory)
        for number, asked in enumerate(plans):
            plan = replace(asked, description=self._redactor.optional(asked.description))
            if asked.kind is StepKind.AGENT:
                plan = _with_agent(plan, definitions)
                path = (*place, str(number))
                _checked_model(plan.model, *path, "model")
                if known:
                    _check_known(plan, known, directory, path)
            plans[number] = plan

    async def _known(self, directory: str | None) -> Known | None:
        try:
            async with asyncio.timeout(_PREFLIGHT_SECONDS):
                return await self._agents.known(directory)
        except (AgentError, TimeoutError):
            return None

    async def _issue(self, reference: str) -> str:
        try:
            return await self._redactor.beside(await self._issues.text(reference))
        except IssueError as error:
            raise _Invalid(str(error), "githubIssue") from error


def problem_of_definition(*, steps: Sequence[StepRequest] = (), model: str | None = None) -> InvalidInput | None:
    """What is wrong with the steps of a template, or with an agent's model, before either is kept."""
    try:
        for place, step in enumerate(steps):
            _planned(step, str(place))
        _checked_model(model, "model")
    except _Invalid as invalid:
        return invalid.problem
    return None


def _planned(request: StepRequest, place: str) -> StepPlan:
    path = ("steps", place)
    agent = (request.agent or "").strip() or None
    if request.kind is StepKind.AGENT and agent is None:
        raise _Invalid("Name the agent of this step.", *path, "agent")
    if request.kind is StepKind.APPROVAL and agent is not None:
        raise _Invalid("An approval has no agent: a person decides it.", *path, "agent")
    _checked_model(request.model, *path, "model")
    _checked_number(request.timeout_seconds, 1, _LONGEST_SECONDS, *path, "timeoutSeconds")
    _checked_number(request.max_attempts, 1, 20, *path, "maxAttempts")
    _checked_number(request.remind_after_seconds, 1, _LONGEST_SECONDS * 12, *path, "remindAfterSeconds")
    _checked_number(request.expires_after_seconds, 1, _LONGEST_SECONDS * 12, *path, "expiresAfterSeconds")
    if request.handoff_schema is not None and not isinstance(request.handoff_schema, dict):
        raise _Invalid("A handoff schema is a JSON Schema: an object.", *path, "handoffSchema")
    return StepPlan(
        kind=request.kind,
        agent=agent,
        description=request.description,
        model=request.model,
        timeout_seconds=request.timeout_seconds,
        max_attempts=request.max_attempts,
        remind_after_seconds=request.remind_after_seconds,
        expires_after_seconds=request.expires_after_seconds,
        handoff_schema=request.handoff_schema,
        handoff_required=request.handoff_schema is not None,
    )


def _checked_model(model: str | None, *path: str) -> None:
    if model is not None and not is_model(model):
        raise _Invalid(f'"{model}" is not a model; write provider/model, e.g. anthropic/claude-sonnet-4-5.', *path)


def _checked_number(value: int | None, least: int, most: int, *path: str) -> None:
    if value is not None and not least <= value <= most:
        raise _Invalid(f"{value} is not between {least} and {most:,}.", *path)


def _with_agent(plan: StepPlan, definitions: Definitions) -> StepPlan:
    """The plan with what agents.yaml says of its agent; a name that it lacks is OpenCode's own."""
    agent = definitions.agents.get(plan.agent or "")
    if agent is None:
        return replace(plan, engine_agent=plan.agent)
    return replace(
        plan, engine_agent=agent.engine_agent, instructions=agent.instructions, model=plan.model or agent.model
    )


def _check_known(plan: StepPlan, known: Known, directory: str | None, path: tuple[str, ...]) -> None:
    where = f" in {directory}" if directory else ""
    if plan.engine_agent not in known.agents:
        there_are = ", ".join(sorted(known.agents)) or "none"
        name = f'"{plan.agent}"' if plan.agent == plan.engine_agent else f'"{plan.agent}" ("{plan.engine_agent}")'
        raise _Invalid(f"Agent {name} does not exist{where}; there are: {there_are}.", *path, "agent")
    if plan.model is not None and plan.model not in known.models:
        raise _Invalid(f'Model "{plan.model}" is not configured in OpenCode.', *path, "model")


def _title_of(prompt: str) -> str:
    line = prompt.splitlines()[0].strip()
    line = line.lstrip("# ") or line
    return line if len(line) <= 80 else f"{line[:79].rstrip()}…"
