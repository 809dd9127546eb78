"""OpenCode 2's HTTP API, one method per call that a runner needs; whatever goes wrong comes out as AgentError.

Where the stable server and those before it differ in a path, the stable one is asked first and the other after its
404: paths that do not exist have no body, so that they are told from what is not found.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import httpx
from pydantic import JsonValue

from adapters.opencode.client import AnyClient
from adapters.opencode.connection import quoted_part, read_body
from adapters.opencode.errors import Call, translated
from adapters.opencode.reply import Reply, decoded, envelope_of, refused, shaped
from adapters.opencode.sse import frames_of
from adapters.opencode.v2 import wire
from runner.failures import AgentError

Shaped = TypeVar("Shaped")

_INFO, _AGENTS, _MODELS, _DEFAULT_MODEL = "/api/info", "/api/agent", "/api/model", "/api/model/default"

# Silence is judged by those who read: the bus has heartbeats, the log has none.
_STREAM = httpx.Timeout(connect=5.0, write=5.0, pool=5.0, read=None)


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What a session is opened with, under an id of our own."""

    session_id: str
    title: str
    agent: str
    model: str | None
    directory: str | None


class Client(AnyClient):
    """Speaks to one OpenCode 2. `directory` is the project a call is about; None: where OpenCode was started."""

    async def info(self) -> wire.Info:
        asked = await self._answers.ask(_INFO, None, lambda: self._either("GET", _INFO, "/api/health"))
        return asked.once(_info_in)

    def recalled_info(self) -> wire.Info | None:
        """What it has said of itself lately; None where it was not asked."""
        return self._recalled(_INFO, None, _info_in)

    async def agents(self, directory: str | None) -> Sequence[wire.AgentEntry]:
        """None yet, for some seconds, where nobody has worked before."""
        return (await self._asked(_AGENTS, directory, _in(directory))).once(_agents_in)

    def recalled_agents(self, directory: str | None) -> Sequence[wire.AgentEntry]:
        return self._recalled(_AGENTS, directory, _agents_in) or ()

    async def models(self, directory: str | None) -> frozenset[str]:
        return (await self._asked(_MODELS, directory, _in(directory))).once(_models_in)

    def recalled_models(self, directory: str | None) -> frozenset[str]:
        return self._recalled(_MODELS, directory, _models_in) or frozenset()

    async def default_model(self, directory: str | None) -> str | None:
        return (await self._asked(_DEFAULT_MODEL, directory, _in(directory))).once(_model_in)

    def recalled_default_model(self, directory: str | None) -> str | None:
        return self._recalled(_DEFAULT_MODEL, directory, _model_in)

    async def open_session(self, opening: Opening) -> None:
        """Opens it, or finds that it is open already."""
        body: dict[str, JsonValue] = {"id": opening.session_id, "title": opening.title, "agent": opening.agent}
        if opening.model is not None:
            provider, _, model = opening.model.partition("/")
            body["model"] = {"id": model, "providerID": provider}
        if opening.directory is not None:
            body["location"] = {"directory": opening.directory}
        shaped(await self._connection.quick("POST", "/api/session", body=body), wire.OfSession)

    async def instruct(self, session_id: str, key: str, text: str) -> bool:
        """Puts a text of ours to the system prompt, replacing what stood under that key; False: there is no way to."""
        path = f"/session/{quoted_part(session_id)}/instructions/entries/{quoted_part(key)}"
        reply = await self._either("PUT", f"/api/experimental{path}", f"/api{path}", body={"value": text})
        if _is_no_path(reply):
            return False
        _done(reply)
        return True

    async def prompt(self, session_id: str, input_id: str, text: str) -> None:
        """Puts the prompt into the session; the same one a second time changes nothing."""
        body: JsonValue = {"id": input_id, "text": text}
        path = f"/api/session/{quoted_part(session_id)}/prompt"
        shaped(await self._connection.quick("POST", path, body=body), wire.OfAdmitted)

    async def interrupt(self, session_id: str) -> bool | None:
        """Stops whatever runs in the session; whether something did, None: that is not told."""
        reply = await self._connection.quick("POST", f"/api/session/{quoted_part(session_id)}/interrupt")
        if reply.status == 204:
            return None
        return shaped(reply, wire.Interrupted).interrupted

    async def session(self, session_id: str) -> wire.Session:
        return (await self._get(f"/api/session/{quoted_part(session_id)}", wire.OfSession)).data

    async def children(self, session_id: str) -> Sequence[str]:
        """The sessions of its sub-agents, of those that they asked in turn not."""
        found = await self._get("/api/session", wire.OfSessions, query={"parentID": session_id})
        return [child.id for child in found.data if child.parent_id == session_id]

    async def active(self) -> Collection[str]:
        """The sessions that this server is at work on."""
        return (await self._get("/api/session/active", wire.OfActive)).data.keys()

    async def permissions(self, session_id: str) -> Sequence[wire.Permission]:
        return (await self._get(f"/api/session/{quoted_part(session_id)}/permission", wire.OfPermissions)).data

    async def forms(self, session_id: str) -> Sequence[wire.Form]:
        return (await self._get(f"/api/session/{quoted_part(session_id)}/form", wire.OfForms)).data

    async def all_permissions(self, directory: str | None) -> Sequence[wire.Permission]:
        return (await self._get("/api/permission/request", wire.OfPermissions, directory)).data

    async def all_forms(self, directory: str | None) -> Sequence[wire.Form]:
        reply = await self._either("GET", "/api/form", "/api/form/request", query=_in(directory))
        return shaped(reply, wire.OfForms).data

    async def reply_permission(self, session_id: str, request_id: str, option: str, message: str | None) -> None:
        """The servers disagree on the name of the reply; both take what they do not know for nothing."""
        body: dict[str, JsonValue] = {"reply": option, "decision": option, **({"message": message} if message else {})}
        path = f"/api/session/{quoted_part(session_id)}/permission/{quoted_part(request_id)}/reply"
        _done(await self._connection.quick("POST", path, body=body))

    async def reply_form(self, session_id: str, form_id: str, values: Mapping[str, JsonValue]) -> str | None:
        """What is wrong with the values, in OpenCode's words; None: it has taken them."""
        path = f"/api/session/{quoted_part(session_id)}/form/{quoted_part(form_id)}/reply"
        reply = await self._connection.quick("POST", path, body={"answer": dict(values)})
        envelope = envelope_of(reply) if reply.status == 400 else None
        if envelope is not None and envelope.tag == "FormInvalidAnswerError":
            return envelope.message or "OpenCode does not take this answer"
        _done(reply)
        return None

    async def dismiss_form(self, session_id: str, form_id: str, message: str | None = None) -> None:
        path = f"/api/session/{quoted_part(session_id)}/form/{quoted_part(form_id)}"
        body: JsonValue = {"message": message} if message else None
        reply = await self._connection.quick("DELETE", path, body=body)
        if _is_no_path(reply):
            reply = await self._connection.quick("POST", f"{path}/cancel")
        _done(reply)

    @asynccontextmanager
    async def log(self, session_id: str, after: int) -> AsyncIterator[AsyncIterator[bytes]]:
        """The session's log after that place, `log.synced`, then what is added to it: each frame as it came."""
        path = f"/api/experimental/session/{quoted_part(session_id)}/log"
        async with self._stream(path, {"after": str(after), "follow": "true"}) as frames:
            yield frames

    @asynccontextmanager
    async def events(self) -> AsyncIterator[AsyncIterator[bytes]]:
        """The events of every session from now on: each frame as it came; an empty one is a heartbeat."""
        async with self._stream("/api/event", {}) as frames:
            yield frames

    @asynccontextmanager
    async def _stream(self, path: str, query: Mapping[str, str]) -> AsyncIterator[AsyncIterator[bytes]]:
        http = self._connection.http
        with translated(Call(url=self.url)):
            async with http.stream("GET", path, params=dict(query), timeout=_STREAM) as response:
                # A web page would be read as a stream that says nothing: that of a proxy, or of OpenCode 1.
                if response.status_code != 200 or _is_page(response):
                    decoded(await read_body(response, self.url))
                async with aclosing(frames_of(response)) as frames:
                    yield frames

    async def _get(
        self,
        path: str,
        shape: type[Shaped],
        directory: str | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Shaped:
        return shaped(await self._connection.quick("GET", path, query={**(query or {}), **_in(directory)}), shape)

    async def _either(
        self,
        method: str,
        stable: str,
        earlier: str,
        *,
        body: JsonValue = None,
        query: Mapping[str, str] | None = None,
    ) -> Reply:
        reply = await self._connection.quick(method, stable, body=body, query=query)
        if not _is_no_path(reply):
            return reply
        return await self._connection.quick(method, earlier, body=body, query=query)


def _info_in(reply: Reply) -> wire.Info:
    return shaped(reply, wire.Info)


def _agents_in(reply: Reply) -> Sequence[wire.AgentEntry]:
    return shaped(reply, wire.OfAgents).data


def _models_in(reply: Reply) -> frozenset[str]:
    return frozenset(model.name for model in shaped(reply, wire.OfModels).data if model.enabled)


def _model_in(reply: Reply) -> str | None:
    found = shaped(reply, wire.OfModel).data
    return found.name if found else None


def _is_page(response: httpx.Response) -> bool:
    return str(response.headers.get("content-type", "")).startswith("text/html")


def _done(reply: Reply) -> None:
    """Raises AgentError unless it was done; what else the answer says is of no account."""
    if not 200 <= reply.status < 300:
        raise AgentError(refused(reply))


def _is_no_path(reply: Reply) -> bool:
    return reply.status in (404, 405) and not reply.body.strip()


def _in(directory: str | None) -> Mapping[str, str]:
    return {"location[directory]": directory} if directory else {}
