"""OpenCode's HTTP API, one method per call that a runner needs; whatever goes wrong comes out as AgentError."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import quote

import httpx
import httpx_sse
from pydantic import JsonValue, TypeAdapter

from adapters.opencode.errors import Call, translated
from adapters.opencode.tls import context_for, speaks_tls
from adapters.opencode.v1 import wire
from adapters.opencode.v1.reply import Reply, shaped
from runner.failures import AgentError, Failure, FailureKind, failure

Shaped = TypeVar("Shaped")

QUICK_SECONDS = 30.0
LARGEST_BODY = 64 * 1024 * 1024
_QUICK = httpx.Timeout(QUICK_SECONDS, connect=5.0)
OUR_HOSTS = ("127.0.0.1", "localhost", "::1", "scripted")
# A run answers when it is over, and how long people are asked in between nobody knows: the attempt's own limits end it
# by an abort, never by hanging up, which would leave it running.
_UNTIL_THE_END = httpx.Timeout(connect=5.0, write=60.0, pool=5.0, read=None)
# Silence is judged by the watch, which knows heartbeats.
_STREAM = httpx.Timeout(connect=5.0, write=5.0, pool=5.0, read=60.0)


def new_http_client(
    url: str,
    *,
    username: str = "opencode",
    password: str | None = None,
    ca: Path | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> httpx.AsyncClient:
    """An httpx client for one OpenCode server: no proxies, no .netrc, no redirects, as many connections as needed.

    Raises:
        OSError: `ca` cannot be read, or holds no certificate.
    """
    return httpx.AsyncClient(
        base_url=url,
        auth=httpx.BasicAuth(username, password) if password is not None else None,
        timeout=_QUICK,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
        transport=transport,
        verify=context_for(url, ca),
        trust_env=False,
    )


class Client:
    """Speaks to one OpenCode server. `directory` is the project a call is about; None: where OpenCode was started."""

    def __init__(self, http: httpx.AsyncClient, *, quick_seconds: float = QUICK_SECONDS) -> None:
        self._http = http
        self._quick_seconds = quick_seconds
        self.url = str(http.base_url).rstrip("/")

    @property
    def is_local(self) -> bool:
        """Whether OpenCode sees the same files as we do."""
        return self._http.base_url.host in OUR_HOSTS

    async def health(self) -> wire.Health:
        return await self._get("/global/health", None, wire.Health)

    async def agents(self, directory: str | None) -> Sequence[wire.AgentEntry]:
        return await self._get("/agent", directory, wire.AGENTS)

    async def providers(self, directory: str | None) -> wire.Providers:
        return await self._get("/config/providers", directory, wire.Providers)

    async def can_list(self, directory: str) -> bool:
        """Whether the directory can be read where OpenCode runs."""
        reply = await self._quick("GET", "/file", directory, query={"path": "."})
        return reply.status < 500

    async def create_session(self, title: str, directory: str | None) -> wire.Session:
        return shaped(await self._quick("POST", "/session", directory, {"title": title}), wire.Session)

    async def prompt(self, session_id: str, body: JsonValue, directory: str | None) -> Reply:
        """Sends the prompt and waits until the run is over, however long that takes. The reply is not judged."""
        path = f"/session/{_part(session_id)}/message"
        with translated(Call(url=self.url, running=True)):
            return await self._read("POST", path, directory, body, patience=_UNTIL_THE_END)

    async def abort(self, session_id: str) -> None:
        shaped(await self._quick("POST", f"/session/{_part(session_id)}/abort", None), wire.TRUE)

    async def session(self, session_id: str) -> wire.Session:
        return await self._get(f"/session/{_part(session_id)}", None, wire.Session)

    async def children(self, session_id: str) -> Sequence[wire.Session]:
        return await self._get(f"/session/{_part(session_id)}/children", None, wire.SESSIONS)

    async def messages(self, session_id: str) -> Sequence[wire.Message]:
        return await self._get(f"/session/{_part(session_id)}/message", None, wire.MESSAGES)

    async def statuses(self, directory: str | None) -> Mapping[str, wire.Status]:
        """Of the sessions at work; the others are not listed."""
        return await self._get("/session/status", directory, wire.STATUSES)

    async def permissions(self, directory: str | None) -> Sequence[wire.Permission]:
        return await self._get("/permission", directory, wire.PERMISSIONS)

    async def questions(self, directory: str | None) -> Sequence[wire.Question]:
        return await self._get("/question", directory, wire.QUESTIONS)

    async def reply_permission(
        self, request_id: str, directory: str | None, reply: Literal["once", "always", "reject"], message: str | None
    ) -> None:
        body: dict[str, JsonValue] = {"reply": reply, **({"message": message} if message else {})}
        shaped(await self._quick("POST", f"/permission/{_part(request_id)}/reply", directory, body), wire.TRUE)

    async def reply_question(self, request_id: str, directory: str | None, answers: Sequence[Sequence[str]]) -> None:
        body: JsonValue = {"answers": [list(labels) for labels in answers]}
        shaped(await self._quick("POST", f"/question/{_part(request_id)}/reply", directory, body), wire.TRUE)

    async def reject_question(self, request_id: str, directory: str | None) -> None:
        shaped(await self._quick("POST", f"/question/{_part(request_id)}/reject", directory), wire.TRUE)

    @asynccontextmanager
    async def events(self) -> AsyncIterator[AsyncIterator[str]]:
        """The server's event stream, of every directory: the text of each frame, uninterpreted."""
        with translated(Call(url=self.url)):
            async with httpx_sse.aconnect_sse(self._http, "GET", "/global/event", timeout=_STREAM) as source:
                if not 200 <= source.response.status_code < 300:
                    shaped(await _read_body(source.response, self.url), wire.ANYTHING)
                async with aclosing(_texts(source)) as texts:
                    yield texts

    async def _get(self, path: str, directory: str | None, shape: type[Shaped] | TypeAdapter[Shaped]) -> Shaped:
        return shaped(await self._quick("GET", path, directory), shape)

    async def _quick(
        self,
        method: str,
        path: str,
        directory: str | None,
        body: JsonValue = None,
        query: Mapping[str, str] | None = None,
    ) -> Reply:
        # httpx limits the silence between two bytes; a body that drips for ever needs a limit on the whole.
        try:
            async with asyncio.timeout(self._quick_seconds):
                with translated(Call(url=self.url, limit_seconds=self._quick_seconds)):
                    return await self._read(method, path, directory, body, patience=_QUICK, query=query)
        except TimeoutError as error:
            message = f"OpenCode at {self.url} did not answer within {self._quick_seconds:g}s"
            raise AgentError(failure(FailureKind.ENGINE_UNREACHABLE, message)) from error
        except AgentError as error:
            if await self._is_asked_without_tls(error):
                raise AgentError(_without_tls(self.url)) from error
            raise

    async def _is_asked_without_tls(self, error: AgentError) -> bool:
        """Whether a port that hangs up on plain HTTP does so because it wants TLS."""
        hung_up = isinstance(error.__cause__, httpx.RemoteProtocolError | httpx.ReadError)
        return hung_up and self._http.base_url.scheme == "http" and await speaks_tls(self._http.base_url)

    async def _read(
        self,
        method: str,
        path: str,
        directory: str | None,
        body: JsonValue,
        *,
        patience: httpx.Timeout,
        query: Mapping[str, str] | None = None,
    ) -> Reply:
        params = {**(query or {}), **({"directory": directory} if directory else {})}
        content: dict[str, Any] = {} if body is None else {"json": body}
        async with self._http.stream(method, path, params=params, timeout=patience, **content) as response:
            return await _read_body(response, self.url)


def _without_tls(url: str) -> Failure:
    message = f"OpenCode at {url} speaks TLS, and was asked without: is it https?"
    hint = "Write https:// for http:// in OpenCode's address (--opencode-url)."
    return failure(FailureKind.ENGINE_UNREACHABLE, message, hint=hint)


async def _texts(source: httpx_sse.EventSource) -> AsyncGenerator[str, None]:
    async with aclosing(source.aiter_sse()) as frames:
        async for frame in frames:
            yield frame.data


async def _read_body(response: httpx.Response, url: str) -> Reply:
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


def _part(value: str) -> str:
    return quote(value, safe="")
