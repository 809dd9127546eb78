"""From the trees of agents.yaml and pipelines.yaml to agents and templates: what is taken, and what is wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from ruamel.yaml.nodes import Node

from adapters.catalog.documents import Fields, Malformed, Problem, TreeReader, compose
from adapters.json_schema import schema_problem
from runner.definitions import MAX_ATTEMPTS, TIMEOUT_SECONDS, WAIT_SECONDS, Agent, Template, problems_of_model
from runner.failures import Json
from runner.model import StepKind, StepPlan

AGENTS = "agents.yaml"
TEMPLATES = "pipelines.yaml"

AGENT_KEYS = ("name", "description", "opencode_agent", "default_model", "system_prompt_additions")
TEMPLATE_KEYS = ("name", "description", "steps")
AGENT_STEP_KEYS = (
    "type", "agent", "description", "model", "timeout_seconds", "max_attempts", "handoff", "handoff_schema",
)  # fmt: skip
APPROVAL_KEYS = ("type", "description", "remind_after_hours", "expires_after_hours")

# Where a schema is given, the handoff is demanded unless said otherwise.
_DEMANDED = {True: ("required",), False: ("required", None)}

T = TypeVar("T", Agent, Template)


@dataclass(frozen=True, kw_only=True)
class Parsed(Generic[T]):
    """What a file says; with a fatal problem among them, nothing of it may be taken."""

    values: Mapping[str, T]
    problems: tuple[Problem, ...]

    @property
    def usable(self) -> bool:
        return not any(problem.fatal for problem in self.problems)


def parse_agents(text: str) -> Parsed[Agent]:
    return _parse(text, "agents", "agent", _agent)


def parse_templates(text: str) -> Parsed[Template]:
    return _parse(text, "pipelines", "template", _template)


def _parse(text: str, key: str, word: str, read: Callable[[Fields, str], T]) -> Parsed[T]:
    reader = TreeReader()
    values: dict[str, T] = {}
    try:
        if root := compose(text):
            reader.refuse_tags(root)
        for node in _entries(root, key, reader):
            if (fields := _named(reader, node, word)) and (name := fields.required("name")):
                if name in values:
                    reader.wrong(node, f'There are two of the name "{name}".')
                values[name] = read(fields, name)
    except Malformed as error:
        reader.problems.append(error.problem)
    except RecursionError:
        reader.problems.append(Problem(message="An alias refers to what contains it."))
    return Parsed(values=values, problems=tuple(reader.problems))


def _entries(root: Node | None, key: str, reader: TreeReader) -> list[Node]:
    members = None if root is None else reader.members(root, "the file")
    if root is None or members is None:
        return []
    Fields(reader=reader, node=root, members=members, what="the file").only((key,))
    return reader.items(members[key].value, f'"{key}"') if key in members else []


def _named(reader: TreeReader, node: Node, word: str) -> Fields | None:
    members = reader.members(node, f"each {word}")
    if members is None:
        return None
    name = Fields(reader=TreeReader(), node=node, members=members, what=word).name("name")
    return Fields(reader=reader, node=node, members=members, what=f'{word} "{name}"' if name else f"this {word}")


def _agent(fields: Fields, name: str) -> Agent:
    fields.only(AGENT_KEYS)
    return Agent(
        name=name,
        engine_agent=fields.name("opencode_agent") or name,
        description=fields.text("description") or "",
        model=_model(fields, "default_model"),
        instructions=fields.text("system_prompt_additions") or "",
    )


def _template(fields: Fields, name: str) -> Template:
    fields.only(TEMPLATE_KEYS)
    steps = []
    member = fields.members.get("steps")
    for number, node in enumerate(fields.reader.items(member.value, "steps") if member else [], start=1):
        what = f'step {number} of "{name}"'
        members = fields.reader.members(node, what)
        if members is not None:
            steps.append(_step(Fields(reader=fields.reader, node=node, members=members, what=what)))
    return Template(name=name, description=fields.text("description") or "", steps=tuple(steps))


def _step(fields: Fields) -> StepPlan:
    if fields.word("type", ("agent", "approval")) == "approval":
        return _approval(fields)
    fields.only(AGENT_STEP_KEYS)
    schema = _handoff_schema(fields)
    return StepPlan(
        agent=fields.required("agent"),
        description=fields.text("description"),
        model=_model(fields, "model"),
        timeout_seconds=fields.number("timeout_seconds", TIMEOUT_SECONDS),
        max_attempts=fields.number("max_attempts", MAX_ATTEMPTS),
        handoff_required=fields.word("handoff", ("optional", "required")) in _DEMANDED[schema is None],
        handoff_schema=schema,
    )


def _approval(fields: Fields) -> StepPlan:
    fields.only(APPROVAL_KEYS)
    return StepPlan(
        kind=StepKind.APPROVAL,
        description=fields.text("description"),
        remind_after_seconds=fields.hours("remind_after_hours", WAIT_SECONDS),
        expires_after_seconds=fields.hours("expires_after_hours", WAIT_SECONDS),
    )


def _model(fields: Fields, key: str) -> str | None:
    """The model as written; its form is no reason to refuse the file, whose other definitions may work."""
    model = fields.name(key)
    for problem in problems_of_model(model):
        fields.reader.wrong(fields.members[key].value, f"{key} of {fields.what}: {problem.message}", fatal=False)
    return model


def _handoff_schema(fields: Fields) -> Json:
    schema = fields.json("handoff_schema")
    if schema is None:
        return None
    if problem := schema_problem(schema):
        place = fields.members["handoff_schema"].value
        fields.reader.wrong(place, f"handoff_schema of {fields.what} is no JSON Schema: {problem}.")
    return schema
