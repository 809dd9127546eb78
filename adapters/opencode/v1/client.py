"""OpenCode's HTTP API, one method per call that a runner needs; whatever goes wrong comes out as AgentError."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Literal, TypeVar

import httpx
from pydantic import JsonValue, TypeAdapter

from adapters.opencode.answers import Answers
from adapters.opencode.client import AnyClient
from adapters.opencode.connection import QUICK_SECONDS, Connection, quoted_part, read_body
from adapters.opencode.errors import Call, translated
from adapters.opencode.reply import Reply, shaped
from adapters.opencode.session_diff import FILE_DIFFS, FileDiff
from adapters.opencode.sse import frames_of
from adapters.opencode.v1 import wire

Shaped = TypeVar("Shaped")

_AGENTS, _PROVIDERS, _FILES = "/agent", "/config/providers", "/file"

# A run answers when it is over, and how long people are asked in between nobody knows: the attempt's own limits end it
# by an abort, never by hanging up, which would leave it running.
_UNTIL_THE_END = httpx.Timeout(connect=5.0, write=60.0, pool=5.0, read=None)
_EVENTS = "text/event-stream"
_AS_EVENTS = {"accept": _EVENTS, "cache-control": "no-store"}
# Silence is judged by the watch, which knows heartbeats.
_STREAM = httpx.Timeout(connect=5.0, write=5.0, pool=5.0, read=60.0)


class Client(AnyClient):
    """Speaks to one OpenCode server. `directory` is the project a call is about; None: where OpenCode was started."""

    def __init__(
        self, http: httpx.AsyncClient, *, quick_seconds: float = QUICK_SECONDS, answers: Answers | None = None
    ) -> None:
        super().__init__(Connection(http, quick_seconds=quick_seconds), answers)

    async def agents(self, directory: str | None) -> Sequence[wire.AgentEntry]:
        return (await self._asked(_AGENTS, directory, _in(directory))).once(_agents_in)

    def recalled_agents(self, directory: str | None) -> Sequence[wire.AgentEntry]:
        """Those that it has named lately; empty where it was not asked."""
        return self._recalled(_AGENTS, directory, _agents_in) or ()

    async def models(self, directory: str | None) -> frozenset[str]:
        return (await self._asked(_PROVIDERS, directory, _in(directory))).once(_models_in)

    def recalled_models(self, directory: str | None) -> frozenset[str]:
        return self._recalled(_PROVIDERS, directory, _models_in) or frozenset()

    async def can_list(self, directory: str) -> bool:
        """Whether the directory can be read where OpenCode runs."""
        reply = (await self._asked(_FILES, directory, _in(directory, {"path": "."}))).reply
        return reply.status < 500

    def could_list(self, directory: str) -> bool:
        """Whether it has been read lately."""
        return self._recalled(_FILES, directory, lambda reply: reply.status) is not None

    async def create_session(self, title: str, directory: str | None) -> wire.Session:
        return shaped(await self._quick("POST", "/session", directory, {"title": title}), wire.Session)

    async def prompt(self, session_id: str, body: JsonValue, directory: str | None) -> Reply:
        """Sends the prompt and waits until the run is over, however long that takes. The reply is not judged."""
        path = f"/session/{quoted_part(session_id)}/message"
        with translated(Call(url=self.url, running=True)):
            return await self._connection.read("POST", path, body=body, query=_in(directory), patience=_UNTIL_THE_END)

    async def abort(self, session_id: str) -> None:
        shaped(await self._quick("POST", f"/session/{quoted_part(session_id)}/abort", None), wire.TRUE)

    async def session(self, session_id: str) -> wire.Session:
        return await self._get(f"/session/{quoted_part(session_id)}", None, wire.Session)

    async def children(self, session_id: str) -> Sequence[wire.Session]:
        return await self._get(f"/session/{quoted_part(session_id)}/children", None, wire.SESSIONS)

    async def messages(self, session_id: str) -> Sequence[wire.Message]:
        return await self._get(f"/session/{quoted_part(session_id)}/message", None, wire.MESSAGES)

    async def diff(self, session_id: str) -> Sequence[FileDiff]:
        """What was changed in the session; 1.18 tells it of its messages alone, and here nothing."""
        return await self._get(f"/session/{quoted_part(session_id)}/diff", None, FILE_DIFFS)

    async def statuses(self, directory: str | None) -> Mapping[str, wire.Status]:
        """Of the sessions at work; the others are not listed."""
        return await self._get("/session/status", directory, wire.STATUSES)

    async def dispose(self, directory: str | None) -> None:
        """Closes the directory, with all that runs there; the next call about it opens it anew."""
        shaped(await self._quick("POST", "/instance/dispose", directory), wire.TRUE)

    async def mcp(self, directory: str | None) -> None:
        """Returns once OpenCode is through with the directory's MCP servers, whatever became of them."""
        await self._quick("GET", "/mcp", directory)

    async def permissions(self, directory: str | None) -> Sequence[wire.Permission]:
        return await self._get("/permission", directory, wire.PERMISSIONS)

    async def questions(self, directory: str | None) -> Sequence[wire.Question]:
        return await self._get("/question", directory, wire.QUESTIONS)

    async def reply_permission(
        self, request_id: str, directory: str | None, reply: Literal["once", "always", "reject"], message: str | None
    ) -> None:
        body: dict[str, JsonValue] = {"reply": reply, **({"message": message} if message else {})}
        shaped(await self._quick("POST", f"/permission/{quoted_part(request_id)}/reply", directory, body), wire.TRUE)

    async def reply_question(self, request_id: str, directory: str | None, answers: Sequence[Sequence[str]]) -> None:
        body: JsonValue = {"answers": [list(labels) for labels in answers]}
        shaped(await self._quick("POST", f"/question/{quoted_part(request_id)}/reply", directory, body), wire.TRUE)

    async def reject_question(self, request_id: str, directory: str | None) -> None:
        shaped(await self._quick("POST", f"/question/{quoted_part(request_id)}/reject", directory), wire.TRUE)

    @asynccontextmanager
    async def events(self) -> AsyncIterator[AsyncIterator[bytes]]:
        """The server's event stream, of every directory: each frame as it came."""
        http = self._connection.http
        with translated(Call(url=self.url)):
            async with http.stream("GET", "/global/event", headers=_AS_EVENTS, timeout=_STREAM) as response:
                if not 200 <= response.status_code < 300:
                    shaped(await read_body(response, self.url), wire.ANYTHING)
                if not response.headers.get("content-type", "").startswith(_EVENTS):
                    raise httpx.RemoteProtocolError("no stream of events")
                async with aclosing(frames_of(response)) as frames:
                    yield frames

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
        return await self._connection.quick(method, path, body=body, query=_in(directory, query))


def _agents_in(reply: Reply) -> Sequence[wire.AgentEntry]:
    return shaped(reply, wire.AGENTS)


def _models_in(reply: Reply) -> frozenset[str]:
    found = shaped(reply, wire.Providers).providers
    return frozenset(f"{provider.id}/{model}" for provider in found for model in provider.models)


def _in(directory: str | None, query: Mapping[str, str] | None = None) -> Mapping[str, str]:
    return {**(query or {}), **({"directory": directory} if directory else {})}
