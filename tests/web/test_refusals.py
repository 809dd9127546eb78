"""Whatever is not done is told as one sentence, with the option that would have it done."""

import pytest
from graphql import GraphQLUnionType

from resolvers import build_schema
from web.terminal.api_documents import Item
from web.terminal.refusals import refused

SCHEMA = build_schema()._schema
DONE = {"Pipeline", "Approval"}


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ({"__typename": "Forbidden", "message": "This needs\nthe role operator."}, "This needs the role operator."),
        ({"__typename": "StorageUnavailable", "message": "The disk is full."}, "The disk is full."),
        ({"__typename": "NotAllowed", "message": "It has ended."}, "It has ended."),
        ({"__typename": "InvalidInput", "message": "No.", "field": ["models", "0", "model"]}, "No. (models.0.model)"),
        ({"__typename": "DirectoryBusy", "message": "Busy."}, "Busy. With --force it goes on all the same."),
        ({"__typename": "UnknownBranch", "message": "None is made."}, "None is made. With --create-branch it is."),
        ({"__typename": "Snowing"}, "Snowing"),
    ],
    ids=lambda part: part["__typename"] if isinstance(part, dict) else "",
)
def test_a_refusal_is_a_sentence(outcome: Item, said: str) -> None:
    assert refused(outcome) == said


@pytest.mark.parametrize("name", ["PipelineResult", "StartPipelineResult", "ApprovalResult"])
def test_whatever_the_api_may_answer_has_a_sentence(name: str) -> None:
    union = SCHEMA.get_type(name)
    assert isinstance(union, GraphQLUnionType)

    silent = [kind.name for kind in union.types if "UserError" not in {known.name for known in kind.interfaces}]

    assert set(silent) <= DONE
