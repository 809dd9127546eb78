"""The connection to one OpenCode server: requests with a limit on each, and whatever goes wrong as AgentError."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import JsonValue

from adapters.opencode.errors import Call, translated
from adapters.opencode.reply import Reply
from adapters.opencode.tls import context_for, speaks_tls
from runner.failures import AgentError, FailureKind, failure

QUICK_SECONDS = 30.0
LARGEST_BODY = 64 * 1024 * 1024
_QUICK = httpx.Timeout(QUICK_SECONDS, connect=5.0)
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
    return httpx.AsyncClient(
        base_url=url,
        auth=auth,
        timeout=_QUICK,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
        transport=transport,
        verify=context_for(url, ca),
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

    async def quick(
        self, method: str, path: str, *, body: JsonValue = None, query: Mapping[str, str] | None = None
    ) -> Reply:
        """A call that OpenCode answers at once. Raises AgentError when no answer comes."""
        # httpx limits the silence between two bytes; a body that drips for ever needs a limit on the whole.
        try:
            async with asyncio.timeout(self._quick_seconds):
                with translated(Call(url=self.url, limit_seconds=self._quick_seconds)):
                    return await self.read(method, path, body=body, query=query, patience=_QUICK)
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
