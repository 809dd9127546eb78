"""The connection to one OpenCode server: requests with a limit on each, and whatever goes wrong as AgentError."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import JsonValue

from adapters.opencode.errors import Call, translated
from adapters.opencode.reply import Reply
from adapters.opencode.tls import context_for, speaks_tls
from adapters.opencode.transport import Transport
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, failure

QUICK_SECONDS = 30.0
HURRIED_SECONDS = 1.5
_SENT_SECONDS = 0.1
LARGEST_BODY = 64 * 1024 * 1024
_CONNECT_SECONDS = 5.0
_KEEPALIVE_SECONDS = 5.0
OUR_HOSTS = ("127.0.0.1", "localhost", "::1", "scripted")


def new_http_client(
    url: str,
    *,
    auth: httpx.Auth | None = None,
    ca: Path | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> httpx.AsyncClient:
    """An httpx client for one OpenCode server: no proxies, no .netrc, no redirects, as many connections as needed.

    Raises:
        OSError: `ca` cannot be read, or holds no certificate.
    """
    context = context_for(url, ca)
    return httpx.AsyncClient(
        base_url=url,
        auth=auth,
        timeout=httpx.Timeout(QUICK_SECONDS, connect=_CONNECT_SECONDS),
        transport=transport or Transport(context, keepalive_seconds=_KEEPALIVE_SECONDS),
        verify=context,
        trust_env=False,
    )


class Connection:
    """Speaks HTTP to one server; what its answers mean is for others to say."""

    def __init__(self, http: httpx.AsyncClient, *, quick_seconds: float = QUICK_SECONDS) -> None:
        self.http = http
        self.url = str(http.base_url).rstrip("/")
        self._quick_seconds = quick_seconds

    @property
    def is_local(self) -> bool:
        """Whether OpenCode sees the same files as we do."""
        return self.http.base_url.host in OUR_HOSTS

    def with_limit(self, seconds: float) -> "Connection":
        """To the same server, with another limit on each call."""
        return Connection(self.http, quick_seconds=seconds)

    def hurried(self) -> "Connection":
        """To the same server, for the last that is asked of it."""
        return _HurriedConnection(self.http, quick_seconds=HURRIED_SECONDS)

    async def quick(
        self, method: str, path: str, *, body: JsonValue = None, query: Mapping[str, str] | None = None
    ) -> Reply:
        """A call that OpenCode answers at once. Raises AgentError when no answer comes."""
        # httpx limits the silence between two bytes; a body that drips for ever needs a limit on the whole.
        patience = httpx.Timeout(self._quick_seconds, connect=_CONNECT_SECONDS)
        try:
            async with asyncio.timeout(self._quick_seconds):
                with translated(Call(url=self.url, limit_seconds=self._quick_seconds)):
                    return await self.read(method, path, body=body, query=query, patience=patience)
        except TimeoutError as error:
            message = f"OpenCode at {self.url} did not answer within {self._quick_seconds:g}s"
            raise AgentError(failure(FailureKind.ENGINE_UNREACHABLE, message)) from error
        except AgentError as error:
            raise await with_tls_in_mind(error, self.http) from error.__cause__

    async def read(
        self,
        method: str,
        path: str,
        *,
        patience: httpx.Timeout,
        body: JsonValue = None,
        query: Mapping[str, str] | None = None,
    ) -> Reply:
        """A call, with exceptions as httpx raises them."""
        content: dict[str, Any] = {} if body is None else {"json": body}
        params = dict(query) if query else None
        async with self.http.stream(method, path, params=params, timeout=patience, **content) as response:
            return await read_body(response, self.url)


class _HurriedConnection(Connection):
    """Waits for one silence only, however much is asked. After it a call is sent, and hardly waited for: a server that
    is frozen finds it when it wakes.
    """

    _silence: AgentError | None = None

    async def quick(
        self, method: str, path: str, *, body: JsonValue = None, query: Mapping[str, str] | None = None
    ) -> Reply:
        try:
            return await super().quick(method, path, body=body, query=query)
        except AgentError as error:
            if not is_silence(error):
                raise
            self._quick_seconds = _SENT_SECONDS
            self._silence = self._silence or error
            raise self._silence from error.__cause__


def is_silence(error: AgentError) -> bool:
    """Whether nothing was answered in time, by a server that is there."""
    silent = isinstance(error.__cause__, TimeoutError | httpx.TimeoutException)
    return silent and not isinstance(error.__cause__, httpx.ConnectTimeout)


async def to_each(names: Iterable[str], call: Callable[[str], Awaitable[object]]) -> None:
    """Calls it for every name, also where one stays unanswered: a frozen server finds what was sent when it wakes.

    Raises:
        AgentError: what a call raised; for a silence, after the last one.
    """
    silence: AgentError | None = None
    for name in names:
        try:
            await call(name)
        except AgentError as error:
            if not is_silence(error):
                raise
            silence = error
    if silence is not None:
        raise silence


def quoted_part(value: str) -> str:
    """The value as one part of a path: a slash in an id begins no further one."""
    return quote(value, safe="")


async def with_tls_in_mind(error: AgentError, http: httpx.AsyncClient) -> AgentError:
    """The same error; or, of a port that hangs up on plain HTTP because it wants TLS, one that says so."""
    hung_up = isinstance(error.__cause__, httpx.RemoteProtocolError | httpx.ReadError)
    if not hung_up or http.base_url.scheme != "http" or not await speaks_tls(http.base_url):
        return error
    url = str(http.base_url).rstrip("/")
    message = f"OpenCode at {url} speaks TLS, and was asked without: is it https?"
    hint = "Write https:// for http:// in OpenCode's address (--opencode-url)."
    return AgentError(failure(FailureKind.ENGINE_UNREACHABLE, message, hint=hint))


async def read_body(response: httpx.Response, url: str) -> Reply:
    """Raises AgentError for a body that is larger than any of OpenCode's own."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > LARGEST_BODY:
            message = f"OpenCode at {url} returned more than {LARGEST_BODY // 1024 // 1024} MiB"
            raise AgentError(failure(FailureKind.INVALID_BODY, message, status_code=response.status_code))
    return Reply(
        status=response.status_code,
        body=bytes(body),
        content_type=response.headers.get("content-type", ""),
        location=response.headers.get("location"),
    )
