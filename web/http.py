"""GraphQL over HTTP: one operation by POST, subscriptions as Server-Sent Events, which end with the token.

GET changes nothing: any page can make a browser send one, from an image or a link. It is for `EventSource`.

An answer that lasts as long as the log stands where it does has an ETag. Who sends it back by If-None-Match is told 304
where it would get the same again, by POST too: HTTP keeps 304 for GET, but a query by POST is as safe as one, and 412,
its word for other methods, says that something failed. To mutations this does not apply. Nothing of it lets anybody
else keep answers: `cache-control` stays no-store.

Sources: the GraphQL over HTTP specification (media types, status codes); graphql-sse's PROTOCOL.md (distinct
connections); the HTML standard's server-sent events (`id:`, `Last-Event-ID`).
"""

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from graphql import GraphQLError, OperationType
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from runner.principals import Principal
from web.answers import Answer
from web.compression import WORTH_BYTES, takes_gzip
from web.gatekeeper import Gatekeeper
from web.json_text import written
from web.operations import Asked, Operations, asked_in, parsed
from web.results import Delivered, Refused
from web.sinks import HungUp, Running, SendingSink, Sink, Stalled, StreamSink, line_of
from web.token import CHANNEL, GONE

_GRAPHQL_JSON = "application/graphql-response+json"
_CODES = {401: "UNAUTHENTICATED"}
_COMPLETE = b"event: complete\ndata:\n\n"
_LAST_SECONDS = 2.0


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
        headers = request.headers
        principal = await self._gatekeeper.admit(headers.get("authorization"), headers.get(CHANNEL))
        if principal is None:
            return _problem(401, "The token is missing or wrong.", {"www-authenticate": "Bearer"})
        events = "text/event-stream" in headers.get("accept", "")
        if request.method == "GET" and not events:
            return _problem(405, "Use POST, a websocket, or GET with Accept: text/event-stream.", {"allow": "POST"})
        try:
            asked = await _asked(request)
        except _NoRequest as error:
            return _problem(error.status, str(error))
        except Refused as refused:
            return _errors(refused, _is_modern(request))
        return self._events(request, asked, principal) if events else await self._answer(request, asked, principal)

    async def _answer(self, request: Request, asked: Asked, principal: Principal) -> Response:
        modern = _is_modern(request)
        try:
            kind = self._operations.operation_type(asked)
            if kind is OperationType.SUBSCRIPTION:
                message = "Subscriptions need a websocket or Accept: text/event-stream."
                raise Refused([GraphQLError(message, extensions={"code": "BAD_REQUEST"})])
            answer = await self._operations.answer(asked, principal)
        except Refused as refused:
            return _errors(refused, modern)
        if answer.tag and answer.tag.removeprefix("W/") in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=_headers(answer))
        status = 400 if modern and answer.delivered.failed else 200
        body, headers = await _packed(request, answer, kind)
        media_type = _GRAPHQL_JSON if modern else "application/json"
        return Response(body, status_code=status, headers=headers, media_type=media_type)

    def _events(self, request: Request, asked: Asked, principal: Principal) -> Response:
        try:
            kind = self._operations.operation_type(asked)
        except Refused as refused:
            return _errors(refused, modern=False)
        if request.method == "GET" and kind is OperationType.MUTATION:
            return _problem(405, "Use POST for a mutation: GET changes nothing.", {"allow": "POST"})
        return _Events(self._operations.opened(asked, principal), self._gatekeeper.gone(principal))


def _headers(answer: Answer) -> dict[str, str]:
    return {"vary": "accept-encoding", **({"etag": answer.tag} if answer.tag else {})}


async def _packed(request: Request, answer: Answer, kind: OperationType) -> tuple[bytes, dict[str, str]]:
    """The body as this client takes it, and what has to be said of it."""
    worth_it = kind is OperationType.QUERY and len(answer.body) >= WORTH_BYTES
    if worth_it and takes_gzip(request.headers.get("accept-encoding", "")):
        return await answer.zipped(), {**_headers(answer), "content-encoding": "gzip"}
    return answer.body, _headers(answer)


class _Events(Response):
    """What the operation that is `opened` tells, until that ends or nobody reads; and if `gone` returns, that it is."""

    def __init__(self, opened: Awaitable[Running], gone: Awaitable[None]) -> None:
        headers = {"cache-control": "no-store, no-transform", "x-accel-buffering": "no"}
        super().__init__(media_type="text/event-stream", headers=headers)
        del self.headers["content-length"]
        self._opened = opened
        self._gone = gone

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": b":\n\n", "more_body": True})
        last = await self._followed(scope, receive, send)
        # Whoever does not read is not waited for: uvicorn hangs up on a response that is not complete.
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_SECONDS if last else 0):
                await send({"type": "http.response.body", "body": last, "more_body": False})

    async def _followed(self, scope: Scope, receive: Receive, send: Send) -> bytes:
        """What is to be said at the end; nothing where nobody reads."""
        last = b""
        try:
            async with asyncio.TaskGroup() as tasks:
                watching = [tasks.create_task(self._until_gone()), tasks.create_task(_until_hung_up(receive))]
                await (await self._opened).run(_sink(scope, send, tasks))
                for task in watching:
                    task.cancel()
            last = _COMPLETE
        except* Refused as refused:
            last = _refused(refused.exceptions) + _COMPLETE
        except* (Stalled, HungUp):
            pass
        return last

    async def _until_gone(self) -> None:
        await self._gone
        raise Refused([GraphQLError(f"{GONE}.")])


def _sink(scope: Scope, send: Send, tasks: asyncio.TaskGroup) -> Sink:
    if (line := line_of(scope)) is not None:
        return StreamSink(line)

    async def sent(result: Delivered) -> None:
        await send({"type": "http.response.body", "body": result.as_event, "more_body": True})

    return SendingSink(sent, tasks)


async def _until_hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    raise HungUp


def _refused(refusals: Sequence[Exception]) -> bytes:
    errors = [error.formatted for refused in refusals if isinstance(refused, Refused) for error in refused.errors]
    return Delivered(body=written({"errors": errors})).as_event


async def _asked(request: Request) -> Asked:
    """Raises _NoRequest, and Refused where it holds too much."""
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


def _is_modern(request: Request) -> bool:
    return _GRAPHQL_JSON in request.headers.get("accept", "")


def _errors(refused: Refused, modern: bool) -> Response:
    body = {"errors": [error.formatted for error in refused.errors]}
    return JSONResponse(body, status_code=400 if modern else 200, media_type=_GRAPHQL_JSON if modern else None)


def _problem(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    error = {"message": message, "extensions": {"code": _CODES.get(status, "BAD_REQUEST")}}
    return JSONResponse({"errors": [error]}, status_code=status, headers=headers)
