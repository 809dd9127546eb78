"""GraphQL over HTTP: one operation by POST, subscriptions as Server-Sent Events, and what both share with sockets.

Sources: the GraphQL over HTTP specification (media types, status codes); graphql-sse's PROTOCOL.md (distinct
connections).
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from functools import lru_cache
from typing import Any, cast

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
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from web.delivery import Delivered, Live, Mask, Refused, result_as_json
from web.security import Gatekeeper

_GRAPHQL_JSON = "application/graphql-response+json"
_DOCUMENT_LIMIT = 100_000
_KEPT_DOCUMENTS = 256


class Operations:
    """Runs operations of one schema, whatever they arrive over; documents are parsed and validated once."""

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        live: Live,
        mask: Mask,
        rules: tuple[type[ASTValidationRule], ...],
        context: Callable[[], Any],
    ) -> None:
        self._schema = schema
        self._live = live
        self._mask = mask
        self._rules = (*rules, *specified_rules)
        self._context = context
        self._checked = lru_cache(maxsize=_KEPT_DOCUMENTS)(self._check)

    async def stream(
        self, query: str, variables: dict[str, Any] | None, operation_name: str | None
    ) -> AsyncIterator[Delivered]:
        """The operation's results: one of a query or mutation, any number of a subscription. Raises Refused."""
        document = self._document(query)
        operation = get_operation_ast(document, operation_name)
        if operation is None:
            raise Refused([GraphQLError("Name the operation to run with operationName: the document has several.")])
        if operation.operation is OperationType.SUBSCRIPTION:
            results = self._live.subscribe(document, query, variables, operation_name, self._context(), "")
            async with aclosing(cast(Any, results)):
                async for delivered in results:
                    yield delivered
            return
        result = await self.execute(document, variables, operation_name)
        yield Delivered(text=json.dumps(result_as_json(result, self._mask), ensure_ascii=False))

    async def execute(
        self, document: DocumentNode, variables: dict[str, Any] | None, operation_name: str | None
    ) -> ExecutionResult:
        result = execute(
            self._schema,
            document,
            context_value=self._context(),
            variable_values=variables,
            operation_name=operation_name,
        )
        return await result if isinstance(result, Awaitable) else result

    def operation_type(self, query: str, operation_name: str | None) -> OperationType | None:
        """None where the document has several operations and none is named. Raises Refused."""
        operation = get_operation_ast(self._document(query), operation_name)
        return operation.operation if operation else None

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


class Endpoint:
    """`/graphql` for HTTP."""

    def __init__(self, operations: Operations, gatekeeper: Gatekeeper) -> None:
        self._operations = operations
        self._gatekeeper = gatekeeper

    async def __call__(self, request: Request) -> Response:
        if not self._gatekeeper.admits(request.headers.get("authorization")):
            return _problem(401, "The token is missing or wrong.", {"www-authenticate": "Bearer"})
        events = "text/event-stream" in request.headers.get("accept", "")
        if request.method == "GET" and not events:
            return _problem(405, "Use POST, a websocket, or GET with Accept: text/event-stream.", {"allow": "POST"})
        asked = await _asked(request)
        if isinstance(asked, Response):
            return asked
        query, variables, name = asked
        if events:
            return await self._events(request, query, variables, name)
        return await self._answer(request, query, variables, name)

    async def _answer(
        self, request: Request, query: str, variables: dict[str, Any] | None, name: str | None
    ) -> Response:
        modern = _GRAPHQL_JSON in request.headers.get("accept", "")
        try:
            if self._operations.operation_type(query, name) is OperationType.SUBSCRIPTION:
                raise Refused([GraphQLError("Subscriptions need a websocket or Accept: text/event-stream.")])
            stream = self._operations.stream(query, variables, name)
            async with aclosing(cast(Any, stream)):
                delivered = await anext(stream)
        except Refused as refused:
            return _errors(refused, modern)
        text = delivered.text
        status = 400 if modern and text.startswith('{"data": null') else 200
        return Response(text, status_code=status, media_type=_GRAPHQL_JSON if modern else "application/json")

    async def _events(
        self, request: Request, query: str, variables: dict[str, Any] | None, name: str | None
    ) -> Response:
        last = request.headers.get("last-event-id")
        if last and "after" in query:
            variables = {**(variables or {}), "after": last}
        try:
            self._operations.operation_type(query, name)
        except Refused as refused:
            return _errors(refused, modern=False)
        return StreamingResponse(
            self._frames(query, variables, name),
            media_type="text/event-stream",
            headers={"cache-control": "no-cache, no-transform", "x-accel-buffering": "no"},
        )

    async def _frames(self, query: str, variables: dict[str, Any] | None, name: str | None) -> AsyncIterator[str]:
        yield ":\n\n"
        try:
            stream = self._operations.stream(query, variables, name)
            async with aclosing(cast(Any, stream)):
                async for delivered in stream:
                    place = f"id: {delivered.cursor}\n" if delivered.cursor else ""
                    yield f"event: next\n{place}data: {delivered.text}\n\n"
        except Refused as refused:
            errors = json.dumps({"errors": [error.formatted for error in refused.errors]})
            yield f"event: next\ndata: {errors}\n\n"
        yield "event: complete\ndata:\n\n"


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


async def _asked(request: Request) -> tuple[str, dict[str, Any] | None, str | None] | Response:
    if request.method == "GET":
        body: Any = dict(request.query_params)
        try:
            body["variables"] = parsed(body["variables"]) if body.get("variables") else None
        except ValueError as error:
            return _problem(400, f"The query parameter variables is not JSON: {error}.")
    else:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return _problem(415, "Send application/json.")
        try:
            body = parsed(await request.body())
        except ValueError as error:
            return _problem(400, f"The body is not JSON: {error}.")
    if not isinstance(body, dict):
        return _problem(400, "The body must be one JSON object: {query, variables, operationName}.")
    query, variables, name = body.get("query"), body.get("variables"), body.get("operationName")
    if not isinstance(query, str) or not query.strip():
        return _problem(400, "query must be a string with a GraphQL document.")
    if not isinstance(variables, dict | None):
        return _problem(400, "variables must be an object.")
    if not isinstance(name, str | None):
        return _problem(400, "operationName must be a string.")
    return query, variables, name


def _errors(refused: Refused, modern: bool) -> Response:
    body = {"errors": [error.formatted for error in refused.errors]}
    return JSONResponse(body, status_code=400 if modern else 200, media_type=_GRAPHQL_JSON if modern else None)


def _problem(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"errors": [{"message": message}]}, status_code=status, headers=headers)
