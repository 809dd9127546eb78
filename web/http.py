"""GraphQL over HTTP: one operation by POST, subscriptions as Server-Sent Events.

Sources: the GraphQL over HTTP specification (media types, status codes); graphql-sse's PROTOCOL.md (distinct
connections); the HTML standard's server-sent events (`id:`, `Last-Event-ID`).
"""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from graphql import GraphQLError, OperationType
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from web.delivery import Refused
from web.operations import Asked, Operations, asked_in, parsed
from web.security import Gatekeeper

_GRAPHQL_JSON = "application/graphql-response+json"
_CODES = {401: "UNAUTHENTICATED"}


class _NoRequest(Exception):
    """What arrived is no request; with the status that says so and what a request must be."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


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
        try:
            asked = await _asked(request)
        except _NoRequest as error:
            return _problem(error.status, str(error))
        return self._events(asked) if events else await self._answer(request, asked)

    async def _answer(self, request: Request, asked: Asked) -> Response:
        modern = _GRAPHQL_JSON in request.headers.get("accept", "")
        try:
            if self._operations.operation_type(asked) is OperationType.SUBSCRIPTION:
                message = "Subscriptions need a websocket or Accept: text/event-stream."
                raise Refused([GraphQLError(message, extensions={"code": "BAD_REQUEST"})])
            async with aclosing(self._operations.stream(asked)) as results:
                result = await anext(results)
        except Refused as refused:
            return _errors(refused, modern)
        status = 400 if modern and result.failed else 200
        return Response(result.text, status_code=status, media_type=_GRAPHQL_JSON if modern else "application/json")

    def _events(self, asked: Asked) -> Response:
        try:
            self._operations.operation_type(asked)
        except Refused as refused:
            return _errors(refused, modern=False)
        return StreamingResponse(
            self._frames(asked),
            media_type="text/event-stream",
            headers={"cache-control": "no-store, no-transform", "x-accel-buffering": "no"},
        )

    async def _frames(self, asked: Asked) -> AsyncGenerator[str]:
        yield ":\n\n"
        try:
            async with aclosing(self._operations.stream(asked)) as results:
                async for result in results:
                    place = f"id: {result.cursor}\n" if result.cursor else ""
                    yield f"event: next\n{place}data: {result.text}\n\n"
        except Refused as refused:
            errors = json.dumps({"errors": [error.formatted for error in refused.errors]})
            yield f"event: next\ndata: {errors}\n\n"
        yield "event: complete\ndata:\n\n"


async def _asked(request: Request) -> Asked:
    """Raises _NoRequest."""
    body = _query_of(request) if request.method == "GET" else await _body_of(request)
    try:
        asked = asked_in(body)
    except ValueError as error:
        raise _NoRequest(400, f"The request cannot be read: {error}.") from error
    if not asked.query.strip():
        raise _NoRequest(400, "The request cannot be read: query must be a string with a GraphQL document.")
    return replace(asked, after=request.headers.get("last-event-id") or asked.after)


def _query_of(request: Request) -> Any:
    body: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        try:
            body[name] = parsed(body[name]) if body.get(name) else None
        except ValueError as error:
            raise _NoRequest(400, f"The query parameter {name} is not JSON: {error}.") from error
    return body


async def _body_of(request: Request) -> Any:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise _NoRequest(415, "Send application/json.")
    try:
        return parsed(await request.body())
    except ValueError as error:
        raise _NoRequest(400, f"The body is not JSON: {error}.") from error


def _errors(refused: Refused, modern: bool) -> Response:
    body = {"errors": [error.formatted for error in refused.errors]}
    return JSONResponse(body, status_code=400 if modern else 200, media_type=_GRAPHQL_JSON if modern else None)


def _problem(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    error = {"message": message, "extensions": {"code": _CODES.get(status, "BAD_REQUEST")}}
    return JSONResponse({"errors": [error]}, status_code=status, headers=headers)
