"""Operations as they arrive over any transport, and their running: what HTTP and sockets share."""

import json
import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    execute,
    get_operation_ast,
)
from graphql.validation import ASTValidationRule

from resolvers import BAD_USER_INPUT, Context, as_error, is_sayable, number, unfit_variables, whole_number
from resolvers.given import NoNumber
from resolvers.metered import Metered
from resolvers.of_the_log import TimeTold, is_of_the_log
from runner.principals import Principal
from web.answers import Answer, Answers, key_of
from web.delivery import Live
from web.documents import Documents
from web.results import Delivered, Mask, Refused, delivered
from web.sinks import Running, Sink, handed

MOST_VALUES = 100_000
# No two parts can match the same signs, and a text that never ends goes on to the end: each sign is read once.
_TEXT_OR_SIGN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?+|[,\[{]', re.DOTALL)
_DECODER = json.JSONDecoder(parse_int=whole_number, parse_float=number, parse_constant=NoNumber)

# Kind and name of an operation → what goes on around its execution: a trace.
OperationSpan = Callable[[str, str | None], AbstractContextManager[object]]


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
        Refused: it holds more values than would be read soon.
    """
    written = text.decode("utf-8-sig") if isinstance(text, bytes) else text
    _check_count(written)
    try:
        return _DECODER.decode(written)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _check_count(written: str) -> None:
    """Raises Refused. A long text may have as many commas as it likes: only those outside of quotes are counted."""
    if sum(map(written.count, ",[{")) <= MOST_VALUES:
        return
    if any(count > MOST_VALUES for count, _ in enumerate(_TEXT_OR_SIGN.finditer(written))):
        message = f"The request holds more than {MOST_VALUES:,} values and texts. Send fewer, in several requests."
        raise Refused([GraphQLError(message, extensions={"code": BAD_USER_INPUT})])


class Answered:
    """A query or mutation that has been run."""

    def __init__(self, result: Delivered) -> None:
        self._result = result

    async def run(self, sink: Sink) -> None:
        await handed(sink, self._result)


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
        answers: Answers,
    ) -> None:
        self._schema = schema
        self._live = live
        self._mask = mask
        self._context = context
        self._answers = answers
        self.span: OperationSpan = lambda kind, name: nullcontext()
        self._documents = Documents(schema, rules=rules, mask=mask)

    async def opened(self, asked: Asked, principal: Principal) -> Running:
        """The operation, ready to hand over its results: one of a query or mutation, any number of a subscription.

        Raises Refused.
        """
        if self.operation_type(asked) is not OperationType.SUBSCRIPTION:
            return Answered((await self.answer(asked, principal)).delivered)
        document, context = self._prepared(asked, principal)
        return await self._live.opened(document, asked.query, asked.variables, asked.operation_name, context)

    async def answer(self, asked: Asked, principal: Principal) -> Answer:
        """The one answer of a query or mutation, made now unless it is kept. Raises Refused."""
        document, context = self._prepared(asked, principal)
        operation = _operation_in(document, asked.operation_name)
        executed = partial(self._executed, document, operation.operation, asked, context)
        if not is_of_the_log(self._schema, document, operation):
            return Answer(delivered=delivered(await executed(), self._mask))
        key = key_of(asked.query, asked.operation_name, asked.variables, principal.rights)
        return await self._answers.answer(key, partial(self._of_the_log, executed, context))

    async def _of_the_log(self, executed: Callable[[], Awaitable[ExecutionResult]], context: Context) -> Answer:
        context.now = clock = TimeTold(context.now)
        result = await executed()
        lasts = not clock.was_asked and not result.errors
        return Answer(delivered=delivered(result, self._mask), of_the_log=lasts)

    def _prepared(self, asked: Asked, principal: Principal) -> tuple[DocumentNode, Context]:
        document, context = self._documents(asked.query), self._context(principal, asked.after)
        if (problem := unfit_variables(asked.variables or {})) is not None:
            raise Refused([self._mask(as_error(problem))])
        return document, context

    def operation_type(self, asked: Asked) -> OperationType:
        """Raises Refused where the document is none, or has several operations and none is named."""
        return _operation_in(self._documents(asked.query), asked.operation_name).operation

    async def _executed(
        self, document: DocumentNode, kind: OperationType, asked: Asked, context: Context
    ) -> ExecutionResult:
        with self.span(kind.value, asked.operation_name):
            result = execute(
                self._schema,
                document,
                context_value=context,
                variable_values=asked.variables,
                operation_name=asked.operation_name,
                executor_class=Metered,
            )
            return await result if isinstance(result, Awaitable) else result


def _operation_in(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """Raises Refused."""
    operation = get_operation_ast(document, name)
    if operation is None:
        message = "Name the operation to run with operationName: the document has several."
        raise Refused([GraphQLError(message, extensions={"code": "OPERATION_RESOLUTION_FAILURE"})])
    return operation


def _after_in(extensions: Any) -> str | None:
    """What other tools put into `extensions` is theirs, and passed over."""
    if not isinstance(extensions, dict | None):
        raise ValueError("extensions must be an object")
    last = (extensions or {}).get("lastEventId")
    if not isinstance(last, str | None) or isinstance(last, NoNumber) or not is_sayable(last or ""):
        raise ValueError("extensions.lastEventId must be a string: the cursor of the last event")
    return last or None
