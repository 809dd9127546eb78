"""What becomes of the files when an agent or a template is saved, renamed or deleted; decided without touching them.

Every new text is read back before it counts: what was asked for is in it, and everything else is what it was.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar

from adapters.catalog.definitions import AGENT_KEYS, AGENT_STEP_KEYS, APPROVAL_KEYS, TEMPLATE_KEYS, schema_problem
from adapters.catalog.documents import is_name
from adapters.catalog.edits import Document, Fields
from adapters.catalog.files import DefinitionFile
from adapters.catalog.places import NotEditable
from adapters.catalog.steps import arranged, differing, present, step_of_plan, step_of_request, written
from runner.commands import NotAllowed, NotFound
from runner.composition import InvalidInput, StepRequest, problem_of_definition
from runner.failures import Json
from runner.model import Agent, Template

T = TypeVar("T", Agent, Template)

_STEP_ORDER = (*AGENT_STEP_KEYS, *APPROVAL_KEYS[2:])


class TemplateDraft(Protocol):
    """A template as a person wants it."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def steps(self) -> Sequence[StepRequest]: ...


@dataclass(frozen=True, kw_only=True)
class Files:
    agents: DefinitionFile[Agent]
    templates: DefinitionFile[Template]


@dataclass(frozen=True, kw_only=True)
class Texts:
    """What the files shall say; None: it stays as it is."""

    agents: str | None = None
    templates: str | None = None


class Refused(Exception):
    """It is not done, for the reason in `outcome`."""

    def __init__(self, outcome: InvalidInput | NotAllowed | NotFound) -> None:
        super().__init__(outcome.message)
        self.outcome = outcome


def agent_saved(files: Files, name: str | None, agent: Agent) -> Texts:
    """Changes the agent called `name`, or adds one; another name is carried into the templates.

    Raises:
        Refused: with InvalidInput or NotAllowed.
    """
    _check_name(files.agents, name, agent.name)
    if not is_name(agent.engine_agent):
        raise _invalid("Say which agent of OpenCode it is.", "engineAgent")
    if problem := problem_of_definition(model=agent.model):
        raise Refused(problem)
    with _editable(files.agents.path):
        document = _document(files.agents, "agents")
        fields = _agent_fields(agent)
        if name is None:
            document.add(present(fields))
        else:
            changes = differing(_agent_fields(files.agents.values[name]), fields)
            if name != agent.name:
                # Where the file leaves it out, it is the name: a new name must not change it.
                changes["opencode_agent"] = agent.engine_agent
            document.change(document.entry(name), changes, AGENT_KEYS)
        text = _read_back(files.agents, document, name, agent.name, lambda found: _agent_fields(found) == fields)
    return Texts(agents=text, templates=_with_agent_renamed(files, name, agent.name) if name else None)


def agent_deleted(files: Files, name: str) -> Texts:
    """Raises Refused with NotFound, or with NotAllowed while templates use it."""
    _check_known(files.agents, name)
    _check_whole(files.templates)
    if users := [template.name for template in _users(files, name)]:
        raise _not_allowed(f'Agent "{name}" is used by {", ".join(users)}: give those steps to another agent first.')
    return Texts(agents=_deleted(files.agents, "agents", name))


def template_saved(files: Files, name: str | None, draft: TemplateDraft) -> Texts:
    """As `agent_saved`; steps that stay keep their comments and what only the file knows of them."""
    _check_name(files.templates, name, draft.name)
    _check_steps(draft.steps)
    steps = [step_of_request(step) for step in draft.steps]
    fields: dict[str, Json] = {"name": draft.name, "description": draft.description.strip() or None}
    with _editable(files.templates.path):
        document = _document(files.templates, "pipelines")
        if name is None:
            document.add(present({**fields, "steps": [present(written(step)) for step in steps]}))
        else:
            old = files.templates.values[name]
            known = {"name": name, "description": old.description or None}
            document.change(document.entry(name), differing(known, fields), TEMPLATE_KEYS)
            _arrange(document, name, [step_of_plan(plan) for plan in old.steps], steps)
        text = _read_back(
            files.templates,
            document,
            name,
            draft.name,
            lambda found: (
                (found.description or None) == fields["description"] and [*map(step_of_plan, found.steps)] == steps
            ),
        )
    return Texts(templates=text)


def template_deleted(files: Files, name: str) -> Texts:
    """Raises Refused with NotFound or NotAllowed. Pipelines that were started from it keep what they began with."""
    _check_known(files.templates, name)
    return Texts(templates=_deleted(files.templates, "pipelines", name))


def _with_agent_renamed(files: Files, name: str, new: str) -> str | None:
    """The templates' text with the agent's new name; None when nobody uses it."""
    users = _users(files, name)
    if name == new or not users:
        return None
    _check_whole(files.templates)
    expected = dict(files.templates.values)
    with _editable(files.templates.path):
        document = _document(files.templates, "pipelines")
        for template in users:
            plans = tuple(replace(plan, agent=new) if plan.agent == name else plan for plan in template.steps)
            _arrange(document, template.name, [*map(step_of_plan, template.steps)], [*map(step_of_plan, plans)])
            expected[template.name] = replace(template, steps=plans)
        text = document.result()
        if files.templates.parse(text).values != expected:
            raise NotEditable
    return text


def _arrange(document: Document, name: str, old: Sequence[Fields], new: Sequence[Fields]) -> None:
    entry = document.entry(name)
    pair = document.list_of(entry, "steps")
    if pair is None:
        steps: list[Json] = [present(written(step)) for step in new]
        document.change(entry, {"steps": steps}, TEMPLATE_KEYS)
    else:
        document.arrange(pair, arranged(old, new), _STEP_ORDER)


def _deleted(file: DefinitionFile[T], key: str, name: str) -> str:
    with _editable(file.path):
        document = _document(file, key)
        document.remove(name)
        return _read_back(file, document, name, None, lambda _: True)


def _document(file: DefinitionFile[T], key: str) -> Document:
    return Document(file.content if isinstance(file.content, str) else "", key)


def _read_back(
    file: DefinitionFile[T], document: Document, old: str | None, new: str | None, is_right: Callable[[T], bool]
) -> str:
    """The new text, if it says what it should and nothing else has changed."""
    text = document.result()
    parsed = file.parse(text)
    names = [new if name == old else name for name in file.values] + ([new] if old is None else [])
    others = [name for name in file.values if name != old]
    if not parsed.usable or list(parsed.values) != [name for name in names if name is not None]:
        raise NotEditable
    if any(parsed.values[name] != file.values[name] for name in others):
        raise NotEditable
    if new is not None and not is_right(parsed.values[new]):
        raise NotEditable
    return text


@contextmanager
def _editable(path: Path) -> Iterator[None]:
    try:
        yield
    except NotEditable as error:
        message = f"{path} is written in a way that cannot be changed from here without loss: edit the file itself."
        raise _not_allowed(message) from error


def _agent_fields(agent: Agent) -> dict[str, Json]:
    return {
        "name": agent.name,
        "description": agent.description.strip() or None,
        "opencode_agent": agent.engine_agent,
        "default_model": agent.model,
        "system_prompt_additions": agent.instructions.strip() or None,
    }


def _users(files: Files, name: str) -> list[Template]:
    templates = files.templates.values.values()
    return [template for template in templates if any(plan.agent == name for plan in template.steps)]


def _check_name(file: DefinitionFile[T], old: str | None, new: str) -> None:
    _check_whole(file)
    if old is not None and old not in file.values:
        raise _not_allowed(f'There is no {file.word} "{old}" any more.')
    if not is_name(new) or new != new.strip():
        raise _invalid(f"Name the {file.word}, on one line of at most 200 characters.", "name")
    if new != old and new in file.values:
        raise _invalid(f'There is a {file.word} "{new}" already.', "name")


def _check_known(file: DefinitionFile[T], name: str) -> None:
    _check_whole(file)
    if name not in file.values:
        raise Refused(NotFound(message=f'There is no {file.word} "{name}".', id=name))


def _check_whole(file: DefinitionFile[T]) -> None:
    if file.broken:
        problem = file.problems[0]
        place = f", line {problem.line}" if problem.line else ""
        raise _not_allowed(f"{problem.file}{place} must be mended first: {problem.message}")


def _check_steps(steps: Sequence[StepRequest]) -> None:
    if not steps:
        raise _invalid("A template needs at least one step.", "steps")
    if problem := problem_of_definition(steps=steps):
        raise Refused(problem)
    for place, step in enumerate(steps):
        if said := schema_problem(step.handoff_schema):
            raise _invalid(f"This is no JSON Schema: {said}.", "steps", str(place), "handoffSchema")


def _invalid(message: str, *field: str) -> Refused:
    return Refused(InvalidInput(message=message, field=field))


def _not_allowed(message: str) -> Refused:
    return Refused(NotAllowed(message=message))
