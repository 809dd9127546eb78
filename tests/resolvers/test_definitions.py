"""Agents and templates are shown as the files define them, with what the engine knows of them in that directory."""

import pytest

from runner.definitions import Definitions, Known, Template
from runner.engine_health import EngineSupport
from runner.model import StepPlan
from tests.resolvers.world import APPROVAL, World

pytestmark = pytest.mark.asyncio


@pytest.fixture
def world() -> World:
    return World()


async def test_agents_are_those_of_the_files_and_the_engines_own(world: World) -> None:
    shown = await world.ask("{ agents { name engineAgent available } }")

    assert shown["agents"] == [
        {"name": "builder", "engineAgent": "build", "available": True},
        {"name": "build", "engineAgent": "build", "available": True},
        {"name": "plan", "engineAgent": "plan", "available": True},
    ]


async def test_without_an_engine_nobody_knows_whether_an_agent_is_there(world: World) -> None:
    world.agents.known_now = None

    shown = await world.ask("{ agents { name available } templates { name problems } engine { reachable } }")

    assert shown == {
        "agents": [{"name": "builder", "available": None}],
        "templates": [{"name": "quick_fix", "problems": []}],
        "engine": {"reachable": False},
    }


async def test_the_engine_says_what_it_is_and_how_far_it_can_be_worked_with(world: World) -> None:
    world.agents.support, world.agents.message = EngineSupport.REDUCED, "It works with less."

    shown = await world.ask("{ engine { reachable product generation version url support message } }")

    assert shown["engine"] == {
        "reachable": True,
        "product": "OpenCode",
        "generation": 1,
        "version": "1.0",
        "url": "http://127.0.0.1:4096",
        "support": "REDUCED",
        "message": "It works with less.",
    }


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", ["acme/large", "acme/small", "other/LARGE-2"]),
        ("large", ["acme/large", "other/LARGE-2"]),
        ("Large other", ["other/LARGE-2"]),
        ("acme/", ["acme/large", "acme/small"]),
        ("  ", ["acme/large", "acme/small", "other/LARGE-2"]),
        ("%", []),
    ],
)
async def test_models_are_found_by_the_words_in_their_names(world: World, search: str, found: list[str]) -> None:
    models = frozenset({"other/LARGE-2", "acme/small", "acme/large"})
    world.agents.known_now = Known(agents={}, models=models)

    shown = await world.ask("query ($search: String) { models(search: $search) { name provider } }", search=search)

    assert [model["name"] for model in shown["models"]] == found
    assert all(model["name"].startswith(f"{model['provider']}/") for model in shown["models"])


async def test_without_an_engine_no_models_are_known_which_is_not_that_there_are_none(world: World) -> None:
    world.agents.known_now = None
    unknown = await world.ask("{ models { name } }")
    world.agents.known_now = Known(agents={}, models=frozenset())
    none = await world.ask("{ models { name } }")

    assert (unknown, none) == ({"models": None}, {"models": []})


async def test_a_template_says_what_the_engine_lacks(world: World) -> None:
    steps = (StepPlan(agent="builder", model="acme/y"), StepPlan(agent="reviewr"), APPROVAL)
    world.catalog.now = Definitions(
        agents=world.catalog.now.agents, templates={"big": Template(name="big", steps=steps)}
    )

    shown = await world.ask("{ templates { problems steps { kind agent model } } }")

    assert shown["templates"][0]["problems"] == [
        'Step 1: Model "acme/y" is not configured in OpenCode.',
        'Step 2: Agent "reviewr" does not exist; there are: build, plan.',
    ]
    assert shown["templates"][0]["steps"][2] == {"kind": "APPROVAL", "agent": None, "model": None}
