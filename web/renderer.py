"""One subscription's selection, executed on whatever there is to tell: an event, a sign of life, what an agent does."""

import asyncio
from collections.abc import Awaitable
from copy import copy
from dataclasses import replace
from typing import Any, TypeAlias

from graphql import ExecutionResult, GraphQLError
from graphql.execution import Executor, execute_subscription_event

from resolvers import Context
from runner.journal import StorageError
from schema.event_interface import Event
from schema.feeds import Heartbeat, Resync
from schema.scalars import Cursor
from web.delivery_figures import DeliveryFigures
from web.results import Delivered, Mask, Refused, delivered

_RETRY_SECONDS = 1.0

Rendering: TypeAlias = "Delivered | asyncio.Task[Delivered]"
Executed: TypeAlias = "ExecutionResult | Awaitable[ExecutionResult]"


class Renderer:
    """Renders; keeps nothing. `context` is that of whoever asked first, of which only the rights may be looked at."""

    def __init__(self, executor: Executor[Any], context: Context, mask: Mask, figures: DeliveryFigures) -> None:
        self.context = replace(context, resumed=None)
        self._executor = executor
        self._mask = mask
        self._figures = figures

    def render(self, item: Any) -> Rendering:
        """At once where nothing has to be awaited. Never raises: what is broken is a result that says so."""
        place = item.cursor if isinstance(item, Event | Heartbeat | Resync) else None
        try:
            executed = self._executed(item)
            if isinstance(executed, ExecutionResult) and not _lacks_parts(executed):
                return delivered(executed, self._mask, place)
        except Exception as error:  # noqa: BLE001  the mask logs it
            return delivered(_broken(error), self._mask, place)
        return asyncio.ensure_future(self._awaited(item, executed, place))

    async def rendered(self, item: Any) -> Delivered:
        rendering = self.render(item)
        return rendering if isinstance(rendering, Delivered) else await rendering

    def refusal(self, error: Exception) -> Refused:
        """That it cannot go on, for whoever follows."""
        return Refused([self._mask(GraphQLError(str(error), original_error=error))])

    async def _awaited(self, item: Any, executed: Executed, place: Cursor | None) -> Delivered:
        """An event that was delivered without its parts would be a hole: it is held back until they can be read."""
        try:
            while _lacks_parts(result := await executed if isinstance(executed, Awaitable) else executed):
                await asyncio.sleep(_RETRY_SECONDS)
                executed = self._executed(item)
            return delivered(result, self._mask, place)
        except Exception as error:  # noqa: BLE001  the mask logs it
            return delivered(_broken(error), self._mask, place)

    def _executed(self, item: Any) -> Executed:
        self._figures.executions += 1
        once = copy(self._executor).build_per_event_executor(item)
        once.context_value = copy(self.context).renew()
        return execute_subscription_event(once)


def _lacks_parts(result: ExecutionResult) -> bool:
    return any(isinstance(error.original_error, StorageError) for error in result.errors or ())


def _broken(error: Exception) -> ExecutionResult:
    return ExecutionResult(None, errors=[GraphQLError(str(error), original_error=error)])
