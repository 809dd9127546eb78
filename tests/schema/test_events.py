"""Every event of the register is in the API: a type, a name to filter by, a place in the feeds, and what it means."""

from typing import get_args

import pytest
from graphql import GraphQLEnumType, GraphQLInterfaceType, GraphQLNamedType, GraphQLObjectType, GraphQLUnionType

from resolvers import build_schema
from runner import events
from runner.events import REGISTER
from schema.enums import EventType
from schema.event_interface import TYPES
from schema.events import types_of

SCHEMA = build_schema()._schema


def members(union: str) -> set[str]:
    named = SCHEMA.type_map[union]
    assert isinstance(named, GraphQLUnionType)
    return {member.name for member in named.types}


def implementing(interface: str) -> set[str]:
    named = SCHEMA.type_map[interface]
    assert isinstance(named, GraphQLInterfaceType)
    return {each.name for each in SCHEMA.get_implementations(named).objects}


def names(union: object) -> set[str]:
    return {event.__name__ for event in get_args(union)}


def test_a_type_is_called_as_its_event() -> None:
    assert {event.__name__: shown.__name__ for event, shown in TYPES.items()} == {
        event.__name__: facts.api for event, facts in REGISTER.items()
    }


def test_every_event_has_a_name_of_its_own_in_the_words_of_the_log() -> None:
    assert [name.value for name in EventType] == [facts.stored for facts in REGISTER.values()]
    assert [name.name for name in EventType] == [facts.stored.upper() for facts in REGISTER.values()]


@pytest.mark.parametrize(
    ("interface", "union"),
    [("Event", events.Event), ("PipelineEvent", events.PipelineEvent), ("StepEvent", events.StepEvent)],
    ids=["all", "of a pipeline", "of a step"],
)
def test_an_event_is_shown_with_what_it_belongs_to(interface: str, union: object) -> None:
    assert implementing(interface) == names(union)


def test_the_feed_of_events_may_hold_every_event_and_the_signs_between_them() -> None:
    assert members("EventFeedItem") == names(events.Event) | {"Heartbeat", "Resync"}


def test_the_feed_of_failures_may_hold_what_is_trouble() -> None:
    assert members("FailureFeedItem") == names(events.Trouble) | {"Heartbeat", "Resync"}


def test_an_event_that_no_type_shows_is_missed_by_name() -> None:
    class StepPainted(events.StepSkipped):
        """Made up."""

    with pytest.raises(LookupError, match=r"schema/events\.py has no type that shows StepPainted"):
        types_of([*REGISTER, StepPainted])


def test_an_event_says_what_it_means() -> None:
    enum = SCHEMA.type_map["EventType"]
    assert isinstance(enum, GraphQLEnumType)

    for facts in REGISTER.values():
        assert facts.meaning.endswith(".")
        assert enum.values[facts.stored.upper()].description == facts.meaning
        assert SCHEMA.type_map[facts.api].description == facts.meaning


@pytest.mark.parametrize("name", sorted({facts.api for facts in REGISTER.values()} | {"EventEdge", "EventConnection"}))
def test_every_field_of_an_event_has_its_sentence(name: str) -> None:
    named: GraphQLNamedType = SCHEMA.type_map[name]
    assert isinstance(named, GraphQLObjectType)

    assert [field for field, facts in named.fields.items() if not (facts.description or "").endswith(".")] == []


def test_members_of_a_feed_agree_on_what_a_name_means() -> None:
    types = SCHEMA.type_map["EventFeedItem"].types  # type: ignore[attr-defined]
    seen: dict[str, set[str]] = {}
    for member in types:
        for name, field in member.fields.items():
            seen.setdefault(name, set()).add(str(field.type))

    assert {name: kinds for name, kinds in seen.items() if len(kinds) > 1} == {}
