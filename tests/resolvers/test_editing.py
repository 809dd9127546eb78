"""Definitions are changed by the command for it, and the answer says as data what is wrong with them, or why not."""

import pytest

from runner.outcomes import NotAllowed
from tests.resolvers.world import World

pytestmark = pytest.mark.asyncio


@pytest.fixture
def world() -> World:
    return World()


SAVED = """
mutation {
  agent: saveAgent(name: "old", input: {name: " new ", engineAgent: "build"}) {
    __typename ... on Agent { name description problems }
  }
  template: saveTemplate(input: {name: "t", steps: [{agent: "builder"}, {kind: APPROVAL}, {agent: "reviewr"}]}) {
    __typename ... on Template { steps { kind agent } problems }
  }
  gone: deleteAgent(name: "old") { __typename ... on Deleted { name } }
  missing: deleteTemplate(name: "t") { __typename ... on Deleted { name } }
}
"""
REFUSED = """
mutation {
  agent: saveAgent(input: {name: "new", engineAgent: "build"}) { __typename ... on UserError { message } }
  gone: deleteAgent(name: "old") { __typename ... on UserError { message } }
  template: saveTemplate(input: {name: "t", steps: [{agent: "a"}]}) { __typename ... on UserError { message } }
  missing: deleteTemplate(name: "t") { __typename ... on UserError { message } }
}
"""
INVALID = """
mutation {
  agent: saveAgent(input: {name: "new", engineAgent: "build", model: "large"}) {
    __typename ... on InvalidInput { field message }
  }
  template: saveTemplate(input: {name: "t", steps: [{agent: "a"}, {kind: APPROVAL, agent: "a"}]}) {
    __typename ... on InvalidInput { field message }
  }
}
"""


async def test_what_is_saved_comes_back_with_what_keeps_it_from_working(world: World) -> None:
    shown = await world.ask(SAVED)

    assert shown == {
        "agent": {"__typename": "Agent", "name": "new", "description": "", "problems": []},
        "template": {
            "__typename": "Template",
            "steps": [
                {"kind": "AGENT", "agent": "builder"},
                {"kind": "APPROVAL", "agent": None},
                {"kind": "AGENT", "agent": "reviewr"},
            ],
            "problems": ['Step 3: Agent "reviewr" does not exist; there are: build, plan.'],
        },
        "gone": {"__typename": "Deleted", "name": "old"},
        "missing": {"__typename": "Deleted", "name": "t"},
    }


async def test_a_refusal_is_an_answer(world: World) -> None:
    world.editor.refusal = NotAllowed(message="Edit the file itself.")

    shown = await world.ask(REFUSED)

    answer = {"__typename": "NotAllowed", "message": "Edit the file itself."}
    assert shown == dict.fromkeys(("agent", "gone", "template", "missing"), answer)


async def test_what_is_wrong_is_said_with_its_field(world: World) -> None:
    shown = await world.ask(INVALID)

    assert shown == {
        "agent": {
            "__typename": "InvalidInput",
            "field": ["model"],
            "message": '"large" is not a model; write provider/model, e.g. anthropic/claude-sonnet-4-5.',
        },
        "template": {
            "__typename": "InvalidInput",
            "field": ["steps", "1", "agent"],
            "message": "An approval has no agent: a person decides it.",
        },
    }
    assert world.editor.given == [], "nothing of it has come as far as the files"
