"""Execution as this server does it: counted, and without graphql-core's round where an object can be shown at once.

What a document costs is estimated before (see `resolvers.complexity`), with lists as long as they are as a rule. Here
is counted what truly comes: lists within lists of the largest pipelines multiply, and the estimate must not forbid the
ordinary for their sake. An answer that grows beyond all that was expected of it is broken off.

Objects are shown by the document's projection (see `resolvers.projection`), or else field by field by graphql-core.
"""

from collections.abc import Awaitable
from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSchema
from graphql.execution import Executor

from resolvers.bad_request import BadRequest
from resolvers.left_over import Counted, Run
from resolvers.projection import Projection, Switches, projection

MOST_VALUES = 200_000


class Metered(Counted):
    """Counts the fields of every object before they are resolved; shows objects by the document's projection."""

    _projection: Projection
    _switches: Switches

    @classmethod
    def build(
        cls, schema: GraphQLSchema, document: DocumentNode, *others: Any, **named: Any
    ) -> list[GraphQLError] | Executor[Any]:
        executor = super().build(schema, document, *others, **named)
        if isinstance(executor, Metered):
            executor.most = MOST_VALUES
            executor._projection = projection(document)
            executor._switches = executor._projection.switches(executor)
        return executor

    def execute_fields(self, parent_type: Any, source_value: Any, path: Any, grouped: Any, position: Any) -> Any:
        self.values += len(grouped)
        if self.values > self.most:
            raise BadRequest(f"The answer has more than {self.most:,} values. Ask for smaller pages or fewer fields.")
        return super().execute_fields(parent_type, source_value, path, grouped, position)

    def complete_object_value(
        self, return_type: Any, details: Any, info: Any, path: Any, result: Any, position: Any
    ) -> Any:
        selection = self._projection.selection(self, self._switches, return_type, details)
        run = Run(self)
        try:
            answer = selection.show(result, run, path) if selection else None
        except Exception:  # noqa: BLE001 — graphql-core comes to the same, and says it
            answer = None
        if answer is None:
            return super().complete_object_value(return_type, details, info, path, result, position)
        waiting = run.begin()
        return answer if waiting is None else _complete(answer, waiting)


async def _complete(answer: dict[str, Any], waiting: Awaitable[None]) -> dict[str, Any]:
    await waiting
    return answer
