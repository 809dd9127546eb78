"""Every event that is shown has a GraphQL type, a name to filter by and a place in the feed."""

from typing import get_args

from graphql import GraphQLUnionType

from resolvers import build_schema
from runner import events
from schema.enums import EventType
from schema.event import NAMES, TYPES, PipelineEvent

INTERNAL = {events.SessionOpened}
ALL = {each for union in (events.PipelineEvent, events.LogEvent) for each in get_args(union)}
SCHEMA = build_schema()._schema


def members(union: str) -> set[str]:
    named = SCHEMA.type_map[union]
    assert isinstance(named, GraphQLUnionType)
    return {member.name for member in named.types}


def test_every_event_but_the_internal_has_a_type() -> None:
    assert set(TYPES) == ALL - INTERNAL


def test_a_type_is_called_as_its_event() -> None:
    assert [(event, shown) for event, shown in TYPES.items() if event.__name__ != shown.__name__] == []


def test_every_event_has_a_name_of_its_own_in_the_words_of_the_log() -> None:
    names = {name.value.replace("_", ""): event for event, name in NAMES.items()}

    assert set(NAMES.values()) == set(EventType)
    assert names == {event.__name__.lower(): event for event in TYPES}


def test_an_event_of_a_pipeline_is_shown_with_its_pipeline() -> None:
    with_pipeline = {event for event, shown in TYPES.items() if issubclass(shown, PipelineEvent)}

    assert with_pipeline == set(get_args(events.PipelineEvent)) - INTERNAL


def test_the_feed_of_events_may_hold_every_event_and_the_signs_between_them() -> None:
    assert members("EventFeedItem") == {shown.__name__ for shown in TYPES.values()} | {"Heartbeat", "Resync"}


def test_members_of_a_feed_agree_on_what_a_name_means() -> None:
    types = SCHEMA.type_map["EventFeedItem"].types  # type: ignore[attr-defined]
    seen: dict[str, set[str]] = {}
    for member in types:
        for name, field in member.fields.items():
            seen.setdefault(name, set()).add(str(field.type))

    assert {name: kinds for name, kinds in seen.items() if len(kinds) > 1} == {}
