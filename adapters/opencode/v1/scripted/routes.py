"""What the scripted OpenCode answers to each method and path."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import parse_qs

from pydantic import JsonValue

from adapters.opencode.v1.scripted.sessions import Answer, Ask, Properties, Session, new_id
from adapters.opencode.v1.scripted.transport import Scope

if TYPE_CHECKING:
    from adapters.opencode.v1.scripted.server import ScriptedOpenCode

PROVIDER = "scripted"


class Request:
    """What a handler needs of a request; `parts` are the variable pieces of its path."""

    def __init__(self, scope: Scope, body: bytes, parts: tuple[str, ...]) -> None:
        query = parse_qs(scope["query_string"].decode())
        self.directory = query.get("directory", [str(Path.cwd())])[0]
        self.parts = parts
        self._body = body

    @property
    def json(self) -> Properties:
        value = json.loads(self._body or b"{}")
        return value if isinstance(value, dict) else {}


Handler: TypeAlias = "Callable[[ScriptedOpenCode, Request], Awaitable[Answer]]"


def handler_of(method: str, path: str) -> tuple[Handler, tuple[str, ...]] | None:
    for known, pattern, handler in _ROUTES:
        if known == method and (found := re.fullmatch(pattern, path)):
            return handler, found.groups()
    return None


async def _health(server: "ScriptedOpenCode", request: Request) -> Answer:
    return _json({"healthy": True, "version": "scripted"})


async def _agents(server: "ScriptedOpenCode", request: Request) -> Answer:
    return _json([{"name": name, "description": said, "mode": "primary"} for name, said in server.agents.items()])


async def _providers(server: "ScriptedOpenCode", request: Request) -> Answer:
    models: Properties = {name: {"id": name, "name": name} for name in server.scripts}
    return _json({"providers": [{"id": PROVIDER, "models": models}], "default": {PROVIDER: "text"}})


async def _create(server: "ScriptedOpenCode", request: Request) -> Answer:
    return _json(server.new_session(str(request.json.get("title", "")), request.directory).shown())


async def _session(server: "ScriptedOpenCode", request: Request) -> Answer:
    session = server.sessions.get(request.parts[0])
    return _json(session.shown()) if session else _no_session(request)


async def _delete(server: "ScriptedOpenCode", request: Request) -> Answer:
    session = server.sessions.pop(request.parts[0], None)
    if session is None:
        return _no_session(request)
    shown: Properties = {"sessionID": session.id, "info": session.shown()}
    server.publish("session.deleted", shown, session.directory)
    return _json(True)


async def _children(server: "ScriptedOpenCode", request: Request) -> Answer:
    if request.parts[0] not in server.sessions:
        return _no_session(request)
    children = [child for child in server.sessions.values() if child.parent_id == request.parts[0]]
    return _json([child.shown() for child in children])


async def _messages(server: "ScriptedOpenCode", request: Request) -> Answer:
    session = server.sessions.get(request.parts[0])
    return _json(list(session.messages)) if session else _no_session(request)


async def _prompt(server: "ScriptedOpenCode", request: Request) -> Answer:
    session, body = server.sessions.get(request.parts[0]), request.json
    if session is None:
        return _no_session(request)
    agent, model = str(body.get("agent") or "build"), _model_in(body)
    if agent not in server.agents:
        return _unknown(server, session, f'Agent not found: "{agent}". Available agents: {", ".join(server.agents)}')
    if model is not None and model.partition("/")[2] not in server.scripts:
        return _unknown(server, session, f"Model not found: {model}.")
    server.prompts.append(body)
    return await asyncio.shield(server.start(session, agent, model, _text_in(body)))


def _unknown(server: "ScriptedOpenCode", session: Session, words: str) -> Answer:
    error: Properties = {"name": "UnknownError", "data": {"message": words}}
    server.publish("session.error", {"sessionID": session.id, "error": error}, session.directory)
    hidden = "Unexpected server error. Check server logs for details."
    return _json({"name": "UnknownError", "data": {"message": hidden, "ref": new_id("err")}}, 500)


async def _abort(server: "ScriptedOpenCode", request: Request) -> Answer:
    if session := server.sessions.get(request.parts[0]):
        await server.abort(session)
    return _json(True)


async def _statuses(server: "ScriptedOpenCode", request: Request) -> Answer:
    here = [session for session in server.sessions.values() if session.directory == request.directory]
    return _json({session.id: session.status for session in here if session.status["type"] != "idle"})


async def _files(server: "ScriptedOpenCode", request: Request) -> Answer:
    return _json([])


async def _permissions(server: "ScriptedOpenCode", request: Request) -> Answer:
    return _json([ask.request for ask in _asks(server, request) if "permission" in ask.request])


async def _questions(server: "ScriptedOpenCode", request: Request) -> Answer:
    return _json([ask.request for ask in _asks(server, request) if "questions" in ask.request])


async def _reply_permission(server: "ScriptedOpenCode", request: Request) -> Answer:
    body = request.json
    return _decide(server, request, "permission.replied", body, {"reply": body.get("reply")})


async def _reply_question(server: "ScriptedOpenCode", request: Request) -> Answer:
    body = request.json
    return _decide(server, request, "question.replied", body, {"answers": body.get("answers")})


async def _reject_question(server: "ScriptedOpenCode", request: Request) -> Answer:
    return _decide(server, request, "question.rejected", None, {})


def _decide(
    server: "ScriptedOpenCode", request: Request, event: str, decision: Properties | None, told: Properties
) -> Answer:
    kind = "Permission" if event.startswith("permission") else "Question"
    ask = server.asks.pop(request.parts[0], None)
    if ask is None:
        words = f"{kind} request not found: {request.parts[0]}"
        return _json({"_tag": f"{kind}NotFoundError", "requestID": request.parts[0], "message": words}, 404)
    session = server.sessions.get(str(ask.request["sessionID"]))
    directory = session.directory if session else ""
    server.publish(event, {"sessionID": ask.request["sessionID"], "requestID": ask.id, **told}, directory)
    if not ask.decided.done():
        ask.decided.set_result(decision)
    return _json(True)


def _asks(server: "ScriptedOpenCode", request: Request) -> list[Ask]:
    return [
        ask
        for ask in server.asks.values()
        if (session := server.sessions.get(str(ask.request["sessionID"]))) and session.directory == request.directory
    ]


def _model_in(body: Properties) -> str | None:
    model = body.get("model")
    return f"{model.get('providerID')}/{model.get('modelID')}" if isinstance(model, dict) else None


def _text_in(body: Properties) -> str:
    parts = body.get("parts")
    texts = [str(part.get("text", "")) for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    return "\n".join(texts)


def _json(value: JsonValue, status: int = 200) -> Answer:
    return Answer(status=status, body=json.dumps(value).encode())


def _no_session(request: Request) -> Answer:
    return _json({"name": "NotFoundError", "data": {"message": f"Session not found: {request.parts[0]}"}}, 404)


_ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/global/health", _health),
    ("GET", "/agent", _agents),
    ("GET", "/config/providers", _providers),
    ("GET", "/file", _files),
    ("POST", "/session", _create),
    ("GET", "/session/status", _statuses),
    ("GET", "/session/([^/]+)", _session),
    ("DELETE", "/session/([^/]+)", _delete),
    ("GET", "/session/([^/]+)/children", _children),
    ("GET", "/session/([^/]+)/message", _messages),
    ("POST", "/session/([^/]+)/message", _prompt),
    ("POST", "/session/([^/]+)/abort", _abort),
    ("GET", "/permission", _permissions),
    ("POST", "/permission/([^/]+)/reply", _reply_permission),
    ("GET", "/question", _questions),
    ("POST", "/question/([^/]+)/reply", _reply_question),
    ("POST", "/question/([^/]+)/reject", _reject_question),
)
