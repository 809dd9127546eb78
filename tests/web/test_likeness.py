"""Who sees the same of an event is alike, whichever events they want; who may see another thing never is."""

from typing import Any

import pytest

from web.likeness import likeness

DOCUMENT = "subscription A($after: Cursor, $of: ID) { events(after: $after, pipelineId: $of) { __typename } }"
LITERAL = 'subscription { events(after: "%s", pipelineId: "%s") { __typename ... on Event { cursor } } }'
NESTED = (
    "subscription ($after: Cursor) { failures(after: $after) { ...Bad } } fragment Bad on StepFailed "
    "{ pipeline { events(after: $after) { nodes { cursor } } } }"
)
BY_FRAGMENT = "subscription ($at: Cursor) { ...All } fragment All on Subscription { events(after: $at) { __typename } }"

SPREAD_TWICE = (
    "subscription ($after: Cursor) { ...All ...All } fragment All on Subscription { failures(after: $after) "
    "{ ... on StepFailed { pipeline { events(after: $after) { nodes { cursor } } } } } }"
)


def of(source: str, variables: dict[str, Any] | None = None, name: str | None = None, rights: str = "all") -> Any:
    return likeness(source, name, variables, rights)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param((DOCUMENT, {"after": "a"}), (DOCUMENT, {"after": "b", "of": "pip_1"}), id="variables"),
        pytest.param((DOCUMENT, None), (DOCUMENT, {}), id="none"),
        pytest.param((LITERAL % ("a", "b"), None), (LITERAL % ("cc", "dd"), None), id="literals"),
        pytest.param((BY_FRAGMENT, {"at": "a"}), (BY_FRAGMENT, {"at": "b"}), id="by a fragment"),
    ],
)
def test_place_and_filter_do_not_count(one: Any, other: Any) -> None:
    assert of(*one) == of(*other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param((NESTED, {"after": "a"}), (NESTED, {"after": "b"}), id="shown as well"),
        pytest.param((SPREAD_TWICE, {"after": "a"}), (SPREAD_TWICE, {"after": "b"}), id="shown as well, spread twice"),
        pytest.param((DOCUMENT, {"more": 1}), (DOCUMENT, {"more": 2}), id="another variable"),
        pytest.param((DOCUMENT,), (DOCUMENT.replace("__typename", "t: __typename"),), id="another selection"),
        pytest.param((DOCUMENT, None, None, "all"), (DOCUMENT, None, None, "some"), id="rights"),
    ],
)
def test_whatever_is_seen_does(one: Any, other: Any) -> None:
    assert of(*one) != of(*other)


def test_of_two_operations_each_is_its_own() -> None:
    both = "subscription A { events { __typename } } subscription B { events { t: __typename } }"

    assert of(both, None, "A") != of(both, None, "B")


def test_fragments_that_double_at_each_step_are_walked_once_each() -> None:
    doubled = " ".join(f"fragment F{n} on Subscription {{ ...F{n + 1} ...F{n + 1} }}" for n in range(58))
    source = f"subscription ($at: Cursor) {{ ...F0 }} {doubled} fragment F58 on Subscription {{ EVENTS }}"
    source = source.replace("EVENTS", "events(after: $at) { __typename }")

    assert of(source, {"at": "a"}) == of(source, {"at": "b"})
