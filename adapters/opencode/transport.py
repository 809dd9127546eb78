"""How requests to OpenCode travel: by aiohttp below httpx, in half the time that httpx's own transport takes.

    httpx.AsyncClient ─▶ Transport ─▶ aiohttp
                             └─ TRANSLATED: what aiohttp raises ─▶ what httpx would have, in its words

What `httpx-aiohttp` makes of exceptions itself is passed over: it takes a server that hangs up for one that did not
take the connection in time, and lets out what it does not know. Nor does it bound the sending of a body, or let a
client have more than a hundred connections.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

# The first that fits counts, so what is derived stands before what it is derived from.
TRANSLATED: Mapping[type[aiohttp.ClientError], type[httpx.TransportError]] = {
    aiohttp.ConnectionTimeoutError: httpx.ConnectTimeout,
    aiohttp.ServerTimeoutError: httpx.ReadTimeout,
    aiohttp.ClientConnectorError: httpx.ConnectError,
    aiohttp.ClientConnectionResetError: httpx.WriteError,
    aiohttp.ClientOSError: httpx.ReadError,
    aiohttp.ServerDisconnectedError: httpx.RemoteProtocolError,
    aiohttp.ClientPayloadError: httpx.RemoteProtocolError,
    aiohttp.ClientResponseError: httpx.RemoteProtocolError,
    aiohttp.InvalidURL: httpx.UnsupportedProtocol,
    aiohttp.NonHttpUrlClientError: httpx.UnsupportedProtocol,
    aiohttp.ClientError: httpx.NetworkError,
}

_SYSTEM_SAID = re.compile(r"\w+Error\((\d+), '([^']*)'\)$")
# What a socket takes at once; a larger body waits for its reader.
_AT_ONCE = 64 * 1024
# As much as httpx's own transport lets a head have.
_LONGEST_HEAD = 100 * 1024


class Transport(AiohttpTransport):
    """One for a client. No proxies, no cookies of its own, as many connections as needed."""

    def __init__(self, verify: ssl.SSLContext, *, keepalive_seconds: float) -> None:
        super().__init__(verify=verify, trust_env=False, client=self._session)
        self._keepalive_seconds = keepalive_seconds

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        with _translated(request):
            response = await self._sent(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _Body(response.stream, request)
        return response

    async def _sent(self, request: httpx.Request) -> httpx.Response:
        within = request.extensions.get("timeout", {}).get("write")
        if within is None or len(request.content) <= _AT_ONCE:
            return await super().handle_async_request(request)
        try:
            async with asyncio.timeout(None) as limit:
                sending = _Sending(request.content, limit, within)
                sent = httpx.Request(
                    request.method, request.url, headers=request.headers, stream=sending, extensions=request.extensions
                )
                return await super().handle_async_request(sent)
        except TimeoutError as error:
            raise httpx.WriteTimeout("", request=request) from error

    def _session(self) -> aiohttp.ClientSession:
        """Made in the loop in which it is used, by whoever asks first."""
        connector = aiohttp.TCPConnector(
            ssl=self.ssl_context, limit=0, keepalive_timeout=self._keepalive_seconds, use_dns_cache=False
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            max_line_size=_LONGEST_HEAD,
            max_field_size=_LONGEST_HEAD,
        )


class _Sending(httpx.AsyncByteStream):
    """A body in pieces: the limit is set anew with each that is taken, and lifted when all are."""

    def __init__(self, content: bytes, limit: asyncio.Timeout, within: float) -> None:
        self._content = content
        self._limit = limit
        self._within = within

    async def __aiter__(self) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        for start in range(0, len(self._content), _AT_ONCE):
            self._limit.reschedule(loop.time() + self._within)
            yield self._content[start : start + _AT_ONCE]
        self._limit.reschedule(None)


class _Body(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, request: httpx.Request) -> None:
        self._stream = stream
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _translated(self._request):
            async for chunk in self._stream:
                yield chunk

    async def aclose(self) -> None:
        with _translated(self._request):
            await self._stream.aclose()


@contextmanager
def _translated(request: httpx.Request) -> Iterator[None]:
    try:
        yield
    except (httpx.TransportError, aiohttp.ClientError) as error:
        found = error if isinstance(error, aiohttp.ClientError) else error.__cause__
        if not isinstance(found, aiohttp.ClientError):
            raise
        found = _cut_off(found) or found
        kind = next(TRANSLATED[kind] for kind in TRANSLATED if isinstance(found, kind))
        # aiohttp's own of TLS are of its classes, without what they say.
        raise kind(_words_of(found), request=request) from getattr(found, "os_error", found)


def _cut_off(error: aiohttp.ClientError) -> aiohttp.ClientError | None:
    """What the operating system said when it cut a body off: aiohttp keeps that in its own words alone."""
    found = _SYSTEM_SAID.search(str(error)) if isinstance(error, aiohttp.ClientPayloadError) else None
    return aiohttp.ClientOSError(int(found[1]), found[2]) if found else None


def _words_of(error: aiohttp.ClientError) -> str:
    """Those of the operating system, or of httpx for the same: aiohttp's own name objects of Python."""
    match error:
        case aiohttp.ServerTimeoutError():
            return ""
        case aiohttp.ClientConnectorError():
            return str(error.os_error)
        case aiohttp.ServerDisconnectedError():
            return "Server disconnected without sending a response."
        case aiohttp.ClientPayloadError():
            return "peer closed connection without sending complete message body"
        case aiohttp.ClientResponseError():
            return error.message.partition("\n")[0].rstrip(": ")
        case _:
            return str(error)
