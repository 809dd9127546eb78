"""An answer that grows beyond what anybody needs is broken off, whatever its document was estimated at."""

from typing import Any, cast

import pytest
from graphql import execute, parse

from resolvers import build_schema, metered
from resolvers.bad_request import BadRequest
from resolvers.metered import Metered
from tests.resolvers.world import World

pytestmark = pytest.mark.asyncio


async def test_too_many_values_are_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    for _ in range(5):
        await world.started()
    schema = build_schema()._schema
    document = parse("{ pipelines { nodes { id title status } } }")

    whole = await cast(Any, execute(schema, document, context_value=world.context(), executor_class=Metered))
    monkeypatch.setattr(metered, "MOST_VALUES", 10)
    broken = await cast(Any, execute(schema, document, context_value=world.context(), executor_class=Metered))

    assert whole.errors is None
    assert isinstance(broken.errors[0].original_error, BadRequest)
    assert "more than 10 values" in broken.errors[0].message
