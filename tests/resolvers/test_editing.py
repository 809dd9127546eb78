"""Definitions are changed by the command for it, and the answer says as data what is wrong with them, or why not."""

from dataclasses import replace

import pytest

from runner.definitions import Agent, Template
from runner.model import StepPlan
from runner.outcomes import NotAllowed
from runner.versions import EditConflict, revision
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


CONFLICT = """
mutation($seen: String) {
  agent: saveAgent(name: "builder", input: {name: "builder", engineAgent: "plan"}, revision: $seen) { ...Both }
  template: saveTemplate(name: "t", input: {name: "t", steps: [{agent: "builder"}]}, revision: $seen) { ...Both }
  gone: deleteAgent(name: "builder", revision: $seen) { ...Both }
  missing: deleteTemplate(name: "t", revision: $seen) { ...Both }
}
fragment Both on EditConflict {
  __typename message
  stored { ...Version }
  yours { ...Version }
}
fragment Version on Definition {
  ... on Agent { name engineAgent problems revision }
  ... on Template { title: name mark: revision faults: problems }
}
"""


async def test_a_conflict_is_an_answer_with_both_versions(world: World) -> None:
    stored, yours = Agent(name="builder", engine_agent="gone"), Template(name="t", steps=(StepPlan(agent="reviewr"),))
    world.editor.refusal = EditConflict(message="Choose.", stored=stored, yours=yours)

    shown = await world.ask(CONFLICT, seen="0123456789abcdef")

    # Once for the two versions of each of the four.
    assert world.agents.looks == 4
    answer = {
        "__typename": "EditConflict",
        "message": "Choose.",
        "stored": {
            "name": "builder",
            "engineAgent": "gone",
            "problems": ['Agent "builder" ("gone") does not exist; there are: build, plan.'],
            "revision": revision(stored),
        },
        "yours": {
            "title": "t",
            "mark": revision(yours),
            "faults": ['Step 1: Agent "reviewr" does not exist; there are: build, plan.'],
        },
    }
    assert shown == dict.fromkeys(("agent", "template", "gone", "missing"), answer)
    assert world.editor.based_on == ["0123456789abcdef"] * 4


async def test_a_deleted_definition_is_a_conflict_with_nothing(world: World) -> None:
    world.editor.refusal = EditConflict(message="Gone.", stored=None)

    shown = await world.ask(CONFLICT, seen="0123456789abcdef")

    assert shown["agent"] == {"__typename": "EditConflict", "message": "Gone.", "stored": None, "yours": None}


async def test_what_is_listed_has_its_mark_and_opencodes_own_has_none(world: World) -> None:
    shown = await world.ask("{ agents { name revision } templates { name revision } }")

    marks = {each["name"]: each["revision"] for each in (*shown["agents"], *shown["templates"])}
    assert marks["builder"] == revision(world.catalog.now.agents["builder"])
    assert marks["quick_fix"] == revision(world.catalog.now.templates["quick_fix"])
    assert (marks["build"], marks["plan"]) == (None, None)


async def test_what_a_save_finds_wrong_is_what_the_next_list_shows(world: World) -> None:
    """With the real files behind it: the fake takes everything as it is."""
    steps = '{agent: "builder", model: "acme/none"}, {agent: "reviewr"}'
    saved = await world.ask(
        f'mutation {{ saveTemplate(input: {{name: "t", steps: [{steps}]}}) {{ ... on Template {{ problems }} }} }}'
    )
    template = world.editor.given[-1][1]
    assert isinstance(template, Template)
    world.catalog.now = replace(world.catalog.now, templates={"t": template})

    listed = await world.ask("{ templates { problems } }")

    assert saved["saveTemplate"]["problems"] == listed["templates"][0]["problems"]
    assert len(listed["templates"][0]["problems"]) == 2
