"""What a list of pipelines costs with the projection, beside graphql-core field by field: processor time of each.

`python -m benchmarks.projection`. The pipelines are in memory, so neither a database nor JSON is in it; runs are taken
in turns. *new document*: compiled as well, nothing remembered. *one new*: the log has moved by one pipeline, as between
two looks at a page. *nothing new*: all is remembered.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from graphql import DocumentNode, ExecutionResult, execute, parse

from benchmarks.comparison import Figures, tell
from resolvers.metered import Metered
from runner.model import Pipeline, StepPlan
from tests.resolvers.field_by_field import FieldByField
from tests.resolvers.world import SCHEMA, World

RUNS = 15
PIPELINES = 50
DOCUMENTS = Path(__file__).parents[1] / "web/client/src/documents"
SHORT = """query MorePipelines { pipelines(first: 50) { nodes {
  id title template directory branch status errorMessage createdAt startedAt finishedAt
  steps { id position agent status errorMessage } } } }"""


async def ended(world: World, steps: int) -> Pipeline:
    pipeline = await world.running(*[StepPlan(agent="builder", engine_agent="build")] * steps)
    while not pipeline.status.ended:
        pipeline = await world.succeed(pipeline)
    return pipeline


async def milliseconds(world: World, document: DocumentNode, kind: type[Metered]) -> float:
    """Of processor time."""
    began = time.process_time()
    result = execute(
        SCHEMA._schema,
        document,
        context_value=world.context(),
        variable_values={"filter": {}},
        operation_name="MorePipelines",
        executor_class=kind,
    )
    result = await result if isinstance(result, Awaitable) else result
    took = time.process_time() - began
    assert isinstance(result, ExecutionResult)
    assert result.errors is None
    return took * 1e3


async def compared(steps: int, text: str, label: str) -> None:
    world, known = World(), parse(text)
    for _ in range(PIPELINES):
        await ended(world, steps)

    async def field_by_field() -> float:
        return await milliseconds(world, known, FieldByField)

    async def new_document() -> float:
        return await milliseconds(world, parse(text), Metered)

    async def one_new() -> float:
        await ended(world, steps)
        return await milliseconds(world, known, Metered)

    async def nothing_new() -> float:
        return await milliseconds(world, known, Metered)

    ways: list[Callable[[], Any]] = [field_by_field, new_document, one_new, nothing_new]
    took: dict[str, list[float]] = {way.__name__.replace("_", " "): [] for way in ways}
    await nothing_new()
    for _ in range(RUNS):
        for way, figures in zip(ways, took.values(), strict=True):
            figures.append(await way())
    by_field, *others = (Figures(name, values) for name, values in took.items())
    for one in others:
        tell(f"{label}, {PIPELINES} × {steps}", "ms CPU", one, by_field)


async def main() -> None:
    page = "\n".join(path.read_text() for path in sorted(DOCUMENTS.glob("*.graphql")))
    for steps in (5, 20):
        await compared(steps, SHORT, "fields of pipelines and steps")
        await compared(steps, page, "the page's list")


if __name__ == "__main__":
    asyncio.run(main())
