"""Whoever adds an event is told of each place that it lacks, by name, and CONTRIBUTING lists these places.

Nothing is added for it: these tests read which files name each event.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import get_args

import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    InlineFragmentNode,
    build_schema,
    parse,
)

from runner.events import (
    REGISTER,
    ApprovalDecided,
    ApprovalRequested,
    Event,
    EventFacts,
    PipelineEvent,
    PipelineResumed,
    StepFailed,
    StepSkipped,
)

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = "schema/schema.graphql"
CLIENT = "web/client/src/generated/graphql.ts"
# Where a file is written by a command, the checklist names the command.
WRITTEN_BY = {
    SCHEMA: "stepwire schema --write",
    CLIENT: "npm run generate",
}
# Where transitions of families with a module of their own make it happen.
ELSEWHERE: Mapping[str, Collection[type[Event]]] = {
    "runner/approvals.py": (ApprovalRequested, ApprovalDecided),
    "runner/repairs.py": (PipelineResumed, StepSkipped),
    "runner/changes.py": (PipelineResumed, StepFailed),
}
# Where every event has a place, and of which events that is said.
EVENT_PLACES: Mapping[str, Collection[type[Event]]] = {
    "runner/events.py": get_args(Event),
    "runner/transitions.py": set(get_args(PipelineEvent)).difference(*ELSEWHERE.values()),
    **ELSEWHERE,
    "runner/fold.py": get_args(PipelineEvent),
    "runner/sentences.py": get_args(Event),
    "schema/events.py": get_args(Event),
    "docs/reference/api.md": get_args(Event),
    "web/client/src/audit.ts": get_args(Event),
    SCHEMA: get_args(Event),
    CLIENT: get_args(Event),
}
SOURCES = ("*.py", "*.ts", "*.tsx", "*.graphql", "*.md")
NOT_OURS = {"node_modules", "tests", "static", "dist"}


def text_of(place: str) -> str:
    return (ROOT / place).read_text(encoding="utf-8")


def names(text: str, *spellings: str) -> bool:
    return any(re.search(rf"(?<!\w){spelling}(?!\w)", text) for spelling in spellings)


def spellings(facts: EventFacts) -> tuple[str, str, str]:
    return facts.api, facts.stored, facts.stored.upper()


def lacking(facts: EventFacts, places: Collection[str]) -> list[str]:
    """The places in which no such event is named."""
    return [place for place in places if not names(text_of(place), *spellings(facts))]


def sources() -> Iterator[str]:
    for pattern in SOURCES:
        for file in ROOT.rglob(pattern):
            place = file.relative_to(ROOT)
            if not (NOT_OURS & set(place.parts) or any(part.startswith(".") for part in place.parts)):
                yield place.as_posix()


def checklist(title: str) -> str:
    return text_of("CONTRIBUTING.md").split(f"### {title}\n")[1].split("\n#")[0]


@pytest.mark.parametrize("event", get_args(Event), ids=lambda event: event.__name__)
def test_an_event_is_in_all_its_places(event: type[Event]) -> None:
    assert lacking(REGISTER[event], [place for place, told in EVENT_PLACES.items() if event in told]) == []


def test_an_event_that_is_in_the_register_alone_is_missed_in_every_place_by_name() -> None:
    painted = EventFacts(stored="step_painted", api="StepPainted", meaning="Made up.")

    assert lacking(painted, EVENT_PLACES) == list(EVENT_PLACES)


def test_no_other_file_lists_the_events() -> None:
    """A list of all of them that is not here would be one more place to forget."""
    everywhere = [REGISTER[event] for event in get_args(PipelineEvent)]
    listing = {place for place in sources() if all(names(text_of(place), *spellings(each)) for each in everywhere)}

    assert listing <= set(EVENT_PLACES)


@pytest.mark.parametrize("place", EVENT_PLACES)
def test_a_place_is_in_the_checklist(place: str) -> None:
    assert WRITTEN_BY.get(place, f"`{place}`") in checklist("An event")


def test_nothing_that_an_event_says_is_left_out_of_the_export() -> None:
    schema = build_schema(text_of(SCHEMA))
    asked = _asked_of_events()
    left_out = []
    for facts in REGISTER.values():
        named = schema.type_map.get(facts.api)
        assert isinstance(named, GraphQLObjectType), f"{facts.api} is not in {SCHEMA}"
        shared = {field for interface in named.interfaces for field in _fields(interface)}
        own = set(_fields(named)) - shared
        left_out += [f"web/trail.graphql: {facts.api}.{field}" for field in own - asked.get(facts.api, set())]

    assert left_out == []


def _fields(named: GraphQLObjectType | GraphQLInterfaceType) -> list[str]:
    return list(named.fields)


def _asked_of_events() -> dict[str, set[str]]:
    """Own fields by type, as the fragment of page and terminal asks for them."""
    [trail] = [
        node
        for node in parse(text_of("web/trail.graphql")).definitions
        if isinstance(node, FragmentDefinitionNode) and node.name.value == "Trail"
    ]
    return {
        part.type_condition.name.value: {
            field.name.value for field in part.selection_set.selections if isinstance(field, FieldNode)
        }
        for part in trail.selection_set.selections
        if isinstance(part, InlineFragmentNode) and part.type_condition
    }
