"""Execution that is broken off when an answer grows beyond all that was expected of it.

What a document costs is estimated before (see `resolvers.complexity`), with lists as long as they are as a rule. Here
is counted what truly comes: lists within lists of the largest pipelines multiply, and the estimate must not forbid the
ordinary for their sake.
"""

from typing import Any

from graphql.execution import Executor

from resolvers.bad_request import BadRequest

MOST_VALUES = 200_000


class Metered(Executor[Any]):
    """Counts the fields of every object before they are resolved."""

    values = 0

    def execute_fields(self, parent_type: Any, source_value: Any, path: Any, grouped: Any, position: Any) -> Any:
        self.values += len(grouped)
        if self.values > MOST_VALUES:
            raise BadRequest(f"The answer has more than {MOST_VALUES:,} values. Ask for smaller pages or fewer fields.")
        return super().execute_fields(parent_type, source_value, path, grouped, position)
