"""Operations as they arrive over any transport, and their running: what HTTP and sockets share."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractContextManager, aclosing, nullcontext
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    execute,
    get_operation_ast,
)
from graphql.validation import ASTValidationRule

from resolvers import Context, as_error, is_sayable, number, unfit_variables, whole_number
from resolvers.given import NoNumber
from resolvers.metered import Metered
from runner.principals import Principal
from web.delivery import Delivered, Live, Mask, Refused, delivered
from web.documents import Documents


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One operation as a client sent it.

    `after` is the cursor of the last event that it has, when it comes back: a `Last-Event-ID`, or the extension of that
    name. It counts more than what the document says, and needs no variable in it.
    """

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    after: str | None = None


def asked_in(body: Any) -> Asked:
    """The operation that a parsed body or payload asks for.

    Raises:
        ValueError: it is none; the text says what a request must be.
    """
    if not isinstance(body, dict):
        raise ValueError("one JSON object is needed: {query, variables, operationName, extensions}")
    query, variables, name = body.get("query"), body.get("variables"), body.get("operationName")
    if not isinstance(query, str) or isinstance(query, NoNumber):
        raise ValueError("query must be a string with a GraphQL document")
    if not isinstance(variables, dict | None):
        raise ValueError("variables must be an object")
    if not isinstance(name, str | None):
        raise ValueError("operationName must be a string")
    if not is_sayable(query) or not is_sayable(name or ""):
        raise ValueError("query and operationName must not hold NUL or half a surrogate pair")
    return Asked(query=query, variables=variables, operation_name=name, after=_after_in(body.get("extensions")))


def parsed(text: str | bytes) -> Any:
    """The JSON value. What no JSON is (NaN) and numbers beyond all measure are kept as they were written: whoever knows
    which field they are for says so there (see `resolvers.given`).

    Raises:
        ValueError: it is none, or is nested too deeply.
    """
    try:
        return _DECODER.decode(text.decode("utf-8-sig") if isinstance(text, bytes) else text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


_DECODER = json.JSONDecoder(parse_int=whole_number, parse_float=number, parse_constant=NoNumber)


# Kind and name of an operation → what goes on around its execution: a trace.
OperationSpan = Callable[[str, str | None], AbstractContextManager[object]]


class Operations:
    """Runs operations of one schema; documents are parsed and validated once. `context` makes that of one operation.

    `span` is around the execution of each query and mutation.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        live: Live,
        mask: Mask,
        rules: tuple[type[ASTValidationRule], ...],
        context: Callable[[Principal, str | None], Context],
    ) -> None:
        self._schema = schema
        self._live = live
        self._mask = mask
        self._context = context
        self.span: OperationSpan = lambda kind, name: nullcontext()
        self._documents = Documents(schema, rules=rules, mask=mask)

    async def stream(self, asked: Asked, principal: Principal) -> AsyncGenerator[Delivered]:
        """The operation's results: one of a query or mutation, any number of a subscription. Raises Refused."""
        document, context = self._documents(asked.query), self._context(principal, asked.after)
        if (problem := unfit_variables(asked.variables or {})) is not None:
            raise Refused([self._mask(as_error(problem))])
        kind = self.operation_type(asked)
        if kind is not OperationType.SUBSCRIPTION:
            with self.span(kind.value, asked.operation_name):
                executed = await self._executed(document, asked, context)
            yield delivered(executed, self._mask)
            return
        results = self._live.subscribe(document, asked.query, asked.variables, asked.operation_name, context)
        async with aclosing(results):
            async for result in results:
                yield result

    def operation_type(self, asked: Asked) -> OperationType:
        """Raises Refused where the document is none, or has several operations and none is named."""
        operation = get_operation_ast(self._documents(asked.query), asked.operation_name)
        if operation is None:
            message = "Name the operation to run with operationName: the document has several."
            raise Refused([GraphQLError(message, extensions={"code": "OPERATION_RESOLUTION_FAILURE"})])
        return operation.operation

    async def _executed(self, document: DocumentNode, asked: Asked, context: Context) -> ExecutionResult:
        result = execute(
            self._schema,
            document,
            context_value=context,
            variable_values=asked.variables,
            operation_name=asked.operation_name,
            executor_class=Metered,
        )
        return await result if isinstance(result, Awaitable) else result


def _after_in(extensions: Any) -> str | None:
    """What other tools put into `extensions` is theirs, and passed over."""
    if not isinstance(extensions, dict | None):
        raise ValueError("extensions must be an object")
    last = (extensions or {}).get("lastEventId")
    if not isinstance(last, str | None) or isinstance(last, NoNumber) or not is_sayable(last or ""):
        raise ValueError("extensions.lastEventId must be a string: the cursor of the last event")
    return last or None
