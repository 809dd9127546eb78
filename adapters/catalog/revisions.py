"""What becomes of the files when an agent or a template is saved, renamed or deleted; decided without touching them.

Every new text is read back before it counts: what was asked for is in it, and everything else is what it was.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from adapters.catalog.edits import Document, Fields
from adapters.catalog.files import DefinitionFile
from adapters.catalog.parser import AGENT_KEYS, AGENT_STEP_KEYS, APPROVAL_KEYS, TEMPLATE_KEYS
from adapters.catalog.places import NotEditable
from adapters.catalog.steps import arranged, differing, fields_of, present, written
from adapters.json_schema import schema_problem
from runner.definitions import Agent, Template
from runner.failures import Json
from runner.model import StepPlan
from runner.outcomes import InvalidInput, NotAllowed, NotFound
from runner.versions import EditConflict, revision

T = TypeVar("T", Agent, Template)

_STEP_ORDER = (*AGENT_STEP_KEYS, *APPROVAL_KEYS[2:])


@dataclass(frozen=True, kw_only=True)
class Files:
    agents: DefinitionFile[Agent]
    templates: DefinitionFile[Template]


@dataclass(frozen=True, kw_only=True)
class Texts:
    """What the files shall say; None: it stays as it is."""

    agents: str | None = None
    templates: str | None = None


class Unchanged(Exception):
    """It is not done, for the reason in `outcome`."""

    def __init__(self, outcome: InvalidInput | NotAllowed | NotFound | EditConflict) -> None:
        super().__init__(outcome.message)
        self.outcome = outcome


def agent_saved(files: Files, name: str | None, agent: Agent, based_on: str | None = None) -> Texts:
    """Changes the agent called `name`, or adds one; another name is carried into the templates.

    Raises:
        Unchanged: with InvalidInput or NotAllowed; with EditConflict where it is not at the revision `based_on`.
    """
    fields = _agent_fields(agent)
    _check_unchanged(files.agents, name, based_on, agent, lambda stored: _agent_fields(stored) == fields)
    _check_name(files.agents, name, agent.name)
    with _editable(files.agents.path):
        document = _document(files.agents, "agents")
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


def agent_deleted(files: Files, name: str, based_on: str | None = None) -> Texts:
    """Raises Unchanged as `agent_saved` does, with NotFound, or with NotAllowed while templates use it."""
    _check_known(files.agents, name)
    _check_unchanged(files.agents, name, based_on)
    _check_whole(files.templates)
    if users := [template.name for template in _users(files, name)]:
        raise _not_allowed(f'Agent "{name}" is used by {", ".join(users)}: give those steps to another agent first.')
    return Texts(agents=_deleted(files.agents, "agents", name))


def template_saved(files: Files, name: str | None, template: Template, based_on: str | None = None) -> Texts:
    """As `agent_saved`; steps that stay keep their comments and what only the file knows of them."""
    head, steps = _template_fields(template), [*map(fields_of, template.steps)]

    def is_right(found: Template) -> bool:
        return _template_fields(found) == head and [*map(fields_of, found.steps)] == steps

    _check_unchanged(files.templates, name, based_on, template, is_right)
    _check_name(files.templates, name, template.name)
    _check_schemas(template.steps)
    with _editable(files.templates.path):
        document = _document(files.templates, "pipelines")
        if name is None:
            document.add(present({**head, "steps": [present(written(step)) for step in steps]}))
        else:
            old = files.templates.values[name]
            document.change(document.entry(name), differing(_template_fields(old), head), TEMPLATE_KEYS)
            _arrange(document, name, [*map(fields_of, old.steps)], steps)
        text = _read_back(files.templates, document, name, template.name, is_right)
    return Texts(templates=text)


def template_deleted(files: Files, name: str, based_on: str | None = None) -> Texts:
    """Raises Unchanged as `agent_deleted` does. Pipelines that were started from it keep what they began with."""
    _check_known(files.templates, name)
    _check_unchanged(files.templates, name, based_on)
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
            _arrange(document, template.name, [*map(fields_of, template.steps)], [*map(fields_of, plans)])
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


def _template_fields(template: Template) -> dict[str, Json]:
    return {"name": template.name, "description": template.description.strip() or None}


def _users(files: Files, name: str) -> list[Template]:
    templates = files.templates.values.values()
    return [template for template in templates if any(plan.agent == name for plan in template.steps)]


def _check_unchanged(
    file: DefinitionFile[T],
    name: str | None,
    based_on: str | None,
    yours: T | None = None,
    is_yours: Callable[[T], bool] = lambda _: False,
) -> None:
    """What is stored may be what was wanted, too: then the same was saved twice, and nobody is to choose."""
    _check_whole(file)
    if name is None or based_on is None:
        return
    stored = file.values.get(name)
    if stored is None:
        message = f'The {file.word} "{name}" was deleted or renamed meanwhile.'
    elif revision(stored) == based_on or is_yours(stored):
        return
    else:
        message = f'Somebody has changed the {file.word} "{name}" meanwhile: look at both, and choose.'
    raise Unchanged(EditConflict(message=message, stored=stored, yours=yours))


def _check_name(file: DefinitionFile[T], old: str | None, new: str) -> None:
    _check_whole(file)
    if old is not None and old not in file.values:
        raise _not_allowed(f'There is no {file.word} "{old}" any more.')
    if new != old and new in file.values:
        raise _invalid(f'Another {file.word} is called "{new}" already.', "name")


def _check_known(file: DefinitionFile[T], name: str) -> None:
    _check_whole(file)
    if name not in file.values:
        raise Unchanged(NotFound(message=f'There is no {file.word} "{name}".', id=name))


def _check_whole(file: DefinitionFile[T]) -> None:
    if file.broken:
        problem = file.problems[0]
        place = f", line {problem.line}" if problem.line else ""
        raise _not_allowed(f"{problem.file}{place} must be mended first: {problem.message}")


def _check_schemas(steps: Sequence[StepPlan]) -> None:
    for place, step in enumerate(steps):
        if said := schema_problem(step.handoff_schema):
            raise _invalid(f"This is no JSON Schema: {said}.", "steps", str(place), "handoffSchema")


def _invalid(message: str, *field: str) -> Unchanged:
    return Unchanged(InvalidInput(message=message, field=field))


def _not_allowed(message: str) -> Unchanged:
    return Unchanged(NotAllowed(message=message))
