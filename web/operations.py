"""Operations as they arrive over any transport, and their running: what HTTP and sockets share."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    execute,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)
from graphql.validation import ASTValidationRule

from resolvers import Context
from runner.principals import Principal
from web.delivery import Delivered, Live, Mask, Refused, delivered

_DOCUMENT_LIMIT = 100_000
_KEPT_DOCUMENTS = 256


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
    if not isinstance(query, str):
        raise ValueError("query must be a string with a GraphQL document")
    if not isinstance(variables, dict | None):
        raise ValueError("variables must be an object")
    if not isinstance(name, str | None):
        raise ValueError("operationName must be a string")
    return Asked(query=query, variables=variables, operation_name=name, after=_after_in(body.get("extensions")))


def parsed(text: str | bytes) -> Any:
    """The JSON value, all of whose texts can be stored and sent.

    Raises:
        ValueError: it is none, is nested too deeply, or holds half a surrogate pair, which no UTF-8 can say.
    """
    try:
        value = json.loads(text)
        if b"\\ud" in (text if isinstance(text, bytes) else text.encode()).lower():
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except UnicodeEncodeError:
        raise ValueError("a text holds half a surrogate pair") from None
    return value


class Operations:
    """Runs operations of one schema; documents are parsed and validated once. `context` makes that of one operation."""

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
        self._rules = (*rules, *specified_rules)
        self._context = context
        self._checked = lru_cache(maxsize=_KEPT_DOCUMENTS)(self._check)

    async def stream(self, asked: Asked, principal: Principal) -> AsyncGenerator[Delivered]:
        """The operation's results: one of a query or mutation, any number of a subscription. Raises Refused."""
        document, context = self._document(asked.query), self._context(principal, asked.after)
        if self.operation_type(asked) is not OperationType.SUBSCRIPTION:
            yield delivered(await self._executed(document, asked, context), self._mask)
            return
        results = self._live.subscribe(document, asked.query, asked.variables, asked.operation_name, context)
        async with aclosing(results):
            async for result in results:
                yield result

    def operation_type(self, asked: Asked) -> OperationType:
        """Raises Refused where the document is none, or has several operations and none is named."""
        operation = get_operation_ast(self._document(asked.query), asked.operation_name)
        if operation is None:
            raise Refused([GraphQLError("Name the operation to run with operationName: the document has several.")])
        return operation.operation

    async def _executed(self, document: DocumentNode, asked: Asked, context: Context) -> ExecutionResult:
        result = execute(
            self._schema,
            document,
            context_value=context,
            variable_values=asked.variables,
            operation_name=asked.operation_name,
        )
        return await result if isinstance(result, Awaitable) else result

    def _document(self, query: str) -> DocumentNode:
        if len(query) > _DOCUMENT_LIMIT:
            raise Refused(
                [GraphQLError(f"The document has {len(query):,} characters; {_DOCUMENT_LIMIT:,} are the most.")]
            )
        document, errors = self._checked(query)
        if document is None or errors:
            raise Refused([self._mask(error) for error in errors])
        return document

    def _check(self, query: str) -> tuple[DocumentNode | None, tuple[GraphQLError, ...]]:
        try:
            document = parse(query, max_tokens=20_000)
        except GraphQLError as error:
            return None, (error,)
        except RecursionError:
            return None, (GraphQLError("The document is nested too deeply."),)
        try:
            return document, tuple(validate(self._schema, document, self._rules, max_errors=20))
        except RecursionError:
            return None, (GraphQLError("The document is nested too deeply."),)


def _after_in(extensions: Any) -> str | None:
    """What other tools put into `extensions` is theirs, and passed over."""
    last = extensions.get("lastEventId") if isinstance(extensions, dict) else None
    if not isinstance(last, str | None):
        raise ValueError("extensions.lastEventId must be a string: the cursor of the last event")
    return last or None
