"""Definitions are changed by whoever edits the files, or the answer says as data why not."""

import pytest

from resolvers import Context
from resolvers.context import NoEditor, TemplateRequest
from runner import model
from runner.commands import NotFound
from runner.composition import InvalidInput
from runner.model import Actor, StepPlan
from tests.resolvers.world import APPROVAL, PERSON, SCHEMA, World

pytestmark = pytest.mark.asyncio


@pytest.fixture
def world() -> World:
    return World()


DEFINITIONS = """
mutation {
  saved: saveAgent(name: "old", input: {name: "new", engineAgent: "build"}) {
    __typename ... on Agent { name description } ... on UserError { message }
  }
  gone: deleteAgent(name: "old") { __typename ... on Deleted { name } ... on UserError { message } }
  template: saveTemplate(input: {name: "t", steps: [{agent: "builder"}, {kind: APPROVAL}]}) {
    __typename ... on Template { steps { kind agent } } ... on InvalidInput { field } ... on UserError { message }
  }
  missing: deleteTemplate(name: "t") { __typename ... on UserError { message } }
}
"""


async def test_definitions_are_left_alone_where_nobody_edits_them(world: World) -> None:
    shown = await world.ask(DEFINITIONS)

    assert {answer["__typename"] for answer in shown.values()} == {"NotAllowed"}


class OneEditor(NoEditor):
    """Takes agents, finds templates wanting."""

    async def save_agent(self, name: str | None, agent: model.Agent, actor: Actor) -> model.Agent:  # type: ignore[override]
        return agent

    async def delete_agent(self, name: str, actor: Actor) -> str:  # type: ignore[override]
        return name

    async def save_template(  # type: ignore[override]
        self, name: str | None, template: TemplateRequest, actor: Actor
    ) -> model.Template | InvalidInput:
        if name is None and template.steps[0].agent == "builder":
            return model.Template(name=template.name, steps=(StepPlan(agent="builder"), APPROVAL))
        return InvalidInput(message="Odd.", field=("name",))

    async def delete_template(self, name: str, actor: Actor) -> NotFound:  # type: ignore[override]
        return NotFound(message="There is none.", id=name)


async def test_definitions_are_edited_by_the_editor(world: World) -> None:
    context = Context(
        actor=PERSON,
        reads=world.reads,
        journal=world.journal,
        commands=world.commands,
        catalog=world.catalog,
        agents=world.agents,
        activities=world.activities,
        editor=OneEditor(),
    )

    result = await SCHEMA.execute(DEFINITIONS, context_value=context)

    assert result.data == {
        "saved": {"__typename": "Agent", "name": "new", "description": ""},
        "gone": {"__typename": "Deleted", "name": "old"},
        "template": {
            "__typename": "Template",
            "steps": [{"kind": "AGENT", "agent": "builder"}, {"kind": "APPROVAL", "agent": None}],
        },
        "missing": {"__typename": "NotFound", "message": "There is none."},
    }
