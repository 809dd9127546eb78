"""Execution as it would be without projections: the same counting, and graphql-core completes every object."""

from typing import Any

from graphql.execution import Executor

from resolvers.metered import Metered


class FieldByField(Metered):
    def complete_object_value(
        self, return_type: Any, details: Any, info: Any, path: Any, result: Any, position: Any
    ) -> Any:
        return Executor.complete_object_value(self, return_type, details, info, path, result, position)
