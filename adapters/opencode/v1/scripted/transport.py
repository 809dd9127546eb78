"""An httpx transport that calls an ASGI application in this process and, unlike httpx's own, lets bodies stream."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, TypeAlias

import httpx

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Scope]]
Send: TypeAlias = Callable[[Scope], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class AsgiTransport(httpx.AsyncBaseTransport):
    """One task of the application per request. When it raises, the connection looks broken, as over a socket."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        exchange = _Exchange(await request.aread())
        task = asyncio.create_task(self._answer(request, exchange))
        try:
            status, headers = await exchange.start
        except BaseException:
            await _ended(task)
            raise
        return httpx.Response(status, headers=headers, stream=_Body(exchange.chunks, task))

    async def _answer(self, request: httpx.Request, exchange: "_Exchange") -> None:
        try:
            await self._application(_scope_of(request), exchange.receive, exchange.send)
        except ConnectionError:
            exchange.broken()


class _Exchange:
    def __init__(self, body: bytes) -> None:
        self.start: asyncio.Future[tuple[int, list[tuple[bytes, bytes]]]] = asyncio.get_running_loop().create_future()
        self.chunks: asyncio.Queue[bytes | httpx.TransportError | None] = asyncio.Queue()
        self._body: bytes | None = body

    async def receive(self) -> Scope:
        if self._body is None:
            # The client's hanging up ends the task instead.
            await asyncio.Event().wait()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Scope) -> None:
        if message["type"] == "http.response.start":
            # Whoever asked may have gone in the meantime.
            if not self.start.done():
                self.start.set_result((message["status"], list(message["headers"])))
            return
        await self.chunks.put(message.get("body", b""))
        if not message.get("more_body", False):
            await self.chunks.put(None)

    def broken(self) -> None:
        if not self.start.done():
            self.start.set_exception(httpx.RemoteProtocolError("Server disconnected without sending a response."))
        self.chunks.put_nowait(httpx.ReadError("connection reset by peer"))


class _Body(httpx.AsyncByteStream):
    def __init__(
        self, chunks: "asyncio.Queue[bytes | httpx.TransportError | None]", task: "asyncio.Task[None]"
    ) -> None:
        self._chunks = chunks
        self._task = task

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (chunk := await self._chunks.get()) is not None:
            if isinstance(chunk, httpx.TransportError):
                raise chunk
            yield chunk

    async def aclose(self) -> None:
        await _ended(self._task)


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _scope_of(request: httpx.Request) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path,
        "query_string": request.url.query,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
    }
