"""`stepwire run` says in the server's words why nothing was started, also for a reason that is newer than itself."""

from collections.abc import Mapping
from typing import Any

import pytest

from web.terminal.api_client import ApiClient
from web.terminal.api_documents import Item
from web.terminal.run_command import Asked, follow_new_pipeline
from web.terminal.troubles import CannotDo


class Refusing(ApiClient):
    """A server that does not start it."""

    def __init__(self, answer: Item) -> None:
        super().__init__("http://127.0.0.1:8400", None)
        self._answer = answer

    async def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> Item:
        return {"startPipeline": self._answer}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"__typename": "Forbidden", "message": "This needs the role operator."}, "This needs the role operator."),
        ({"__typename": "Snowing", "message": "It snows:\nwait."}, "It snows: wait."),
        ({"__typename": "Snowing"}, "Snowing"),
        ({"__typename": "InvalidInput", "message": "It is empty.", "field": ["prompt"]}, "It is empty. (prompt)"),
    ],
)
async def test_a_refusal_is_told_in_its_words(answer: Item, said: str) -> None:
    with pytest.raises(CannotDo) as told:
        await follow_new_pipeline(Refusing(answer), Asked(template="t", prompt="p"))

    assert str(told.value) == f"Not started: {said}"
