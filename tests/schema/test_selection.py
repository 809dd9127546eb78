"""What is selected inside a field is known without walking any fragment twice."""

from typing import Any, cast

import strawberry
from graphql import FieldNode, FragmentDefinitionNode, OperationDefinitionNode, parse

from schema.selection import selected


class Asked:
    """What of `strawberry.Info` is looked at, for the only field of a document."""

    def __init__(self, document: str, **variables: Any) -> None:
        definitions = parse(document).definitions
        operation = next(each for each in definitions if isinstance(each, OperationDefinitionNode))
        self.field_nodes = [each for each in operation.selection_set.selections if isinstance(each, FieldNode)]
        self.fragments = {each.name.value: each for each in definitions if isinstance(each, FragmentDefinitionNode)}
        self.variable_values = variables
        self._raw_info = self


def names(document: str, **variables: Any) -> set[str]:
    return set(selected(cast(strawberry.Info[Any, Any], Asked(document, **variables))))


def test_fields_count_by_their_names_and_not_by_their_aliases() -> None:
    assert names("{ list { a b: c } }") == {"a", "c"}


def test_what_is_selected_deeper_does_not_count() -> None:
    assert names("{ list { nodes { a } } }") == {"nodes"}


def test_what_directives_leave_out_does_not_count() -> None:
    document = "query ($v: Boolean!) { list { a @skip(if: $v) b @include(if: $v) ... @include(if: false) { c } } }"

    assert names(document, v=True) == {"b"}
    assert names(document, v=False) == {"a"}


def test_fragments_that_double_at_each_step_are_walked_once_each() -> None:
    doubled = " ".join(f"fragment F{n} on List {{ ...F{n + 1} ...F{n + 1} }}" for n in range(200))

    assert names("{ list { ...F0 } } " + doubled + " fragment F200 on List { a }") == {"a"}
