"""What the scripted OpenCode answers to each method and path."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol, TypeAlias
from urllib.parse import parse_qs

from pydantic import JsonValue

from adapters.opencode.v1.scripted.scripts import Script
from adapters.opencode.v1.scripted.sessions import Answer, Ask, Properties, Session, new_id
from adapters.opencode.v1.scripted.transport import Scope

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


class Engine(Protocol):
    """What the handlers look at and set going: sessions, asks, scripts, and whoever plays them."""

    agents: dict[str, str]
    scripts: dict[str, Script]
    prompts: list[Properties]
    sessions: dict[str, Session]
    asks: dict[str, Ask]

    def publish(self, event: str, properties: Properties, directory: str) -> None: ...

    def new_session(self, title: str, directory: str) -> Session: ...

    def start(self, session: Session, agent: str, model: str | None, prompt: str) -> "asyncio.Task[Answer]": ...

    async def abort(self, session: Session) -> None: ...


Handler: TypeAlias = Callable[[Request], Awaitable[Answer]]


class Routes:
    """One method for each endpoint."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._routes: tuple[tuple[str, str, Handler], ...] = (
            ("GET", "/global/health", self._health),
            ("GET", "/agent", self._agents),
            ("GET", "/config/providers", self._providers),
            ("GET", "/file", self._files),
            ("POST", "/session", self._create),
            ("GET", "/session/status", self._statuses),
            ("GET", "/session/([^/]+)", self._session),
            ("DELETE", "/session/([^/]+)", self._delete),
            ("GET", "/session/([^/]+)/children", self._children),
            ("GET", "/session/([^/]+)/diff", self._diff),
            ("GET", "/session/([^/]+)/message", self._messages),
            ("POST", "/session/([^/]+)/message", self._prompt),
            ("POST", "/session/([^/]+)/abort", self._abort),
            ("POST", "/instance/dispose", self._dispose),
            ("GET", "/permission", self._permissions),
            ("POST", "/permission/([^/]+)/reply", self._reply_permission),
            ("GET", "/question", self._questions),
            ("POST", "/question/([^/]+)/reply", self._reply_question),
            ("POST", "/question/([^/]+)/reject", self._reject_question),
        )

    def handler_of(self, method: str, path: str) -> tuple[Handler, tuple[str, ...]] | None:
        for verb, pattern, handler in self._routes:
            if verb == method and (found := re.fullmatch(pattern, path)):
                return handler, found.groups()
        return None

    async def _health(self, request: Request) -> Answer:
        return _json({"healthy": True, "version": "scripted"})

    async def _agents(self, request: Request) -> Answer:
        agents = self._engine.agents.items()
        return _json([{"name": name, "description": said, "mode": "primary"} for name, said in agents])

    async def _providers(self, request: Request) -> Answer:
        models: Properties = {name: {"id": name, "name": name} for name in self._engine.scripts}
        return _json({"providers": [{"id": PROVIDER, "models": models}], "default": {PROVIDER: "text"}})

    async def _create(self, request: Request) -> Answer:
        return _json(self._engine.new_session(str(request.json.get("title", "")), request.directory).shown())

    async def _session(self, request: Request) -> Answer:
        session = self._engine.sessions.get(request.parts[0])
        return _json(session.shown()) if session else _no_session(request)

    async def _delete(self, request: Request) -> Answer:
        session = self._engine.sessions.pop(request.parts[0], None)
        if session is None:
            return _no_session(request)
        shown: Properties = {"sessionID": session.id, "info": session.shown()}
        self._engine.publish("session.deleted", shown, session.directory)
        return _json(True)

    async def _children(self, request: Request) -> Answer:
        if request.parts[0] not in self._engine.sessions:
            return _no_session(request)
        children = [child for child in self._engine.sessions.values() if child.parent_id == request.parts[0]]
        return _json([child.shown() for child in children])

    async def _diff(self, request: Request) -> Answer:
        session = self._engine.sessions.get(request.parts[0])
        return _json(session.diffs) if session else _no_session(request)

    async def _messages(self, request: Request) -> Answer:
        session = self._engine.sessions.get(request.parts[0])
        return _json(list(session.messages)) if session else _no_session(request)

    async def _prompt(self, request: Request) -> Answer:
        session, body = self._engine.sessions.get(request.parts[0]), request.json
        if session is None:
            return _no_session(request)
        agent, model = str(body.get("agent") or "build"), _model_in(body)
        if agent not in self._engine.agents:
            agents = ", ".join(self._engine.agents)
            return self._unknown(session, f'Agent not found: "{agent}". Available agents: {agents}')
        if model is not None and model.partition("/")[2] not in self._engine.scripts:
            return self._unknown(session, f"Model not found: {model}.")
        self._engine.prompts.append(body)
        return await asyncio.shield(self._engine.start(session, agent, model, _text_in(body)))

    def _unknown(self, session: Session, words: str) -> Answer:
        error: Properties = {"name": "UnknownError", "data": {"message": words}}
        self._engine.publish("session.error", {"sessionID": session.id, "error": error}, session.directory)
        hidden = "Unexpected server error. Check server logs for details."
        return _json({"name": "UnknownError", "data": {"message": hidden, "ref": new_id("err")}}, 500)

    async def _abort(self, request: Request) -> Answer:
        if session := self._engine.sessions.get(request.parts[0]):
            await self._engine.abort(session)
        return _json(True)

    async def _statuses(self, request: Request) -> Answer:
        here = [session for session in self._engine.sessions.values() if session.directory == request.directory]
        return _json({session.id: session.status for session in here if session.status["type"] != "idle"})

    async def _files(self, request: Request) -> Answer:
        return _json([])

    async def _dispose(self, request: Request) -> Answer:
        for session in [known for known in self._engine.sessions.values() if known.directory == request.directory]:
            await self._engine.abort(session)
        self._engine.publish("server.instance.disposed", {"directory": request.directory}, request.directory)
        return _json(True)

    async def _permissions(self, request: Request) -> Answer:
        return _json([ask.request for ask in self._asks(request) if "permission" in ask.request])

    async def _questions(self, request: Request) -> Answer:
        return _json([ask.request for ask in self._asks(request) if "questions" in ask.request])

    async def _reply_permission(self, request: Request) -> Answer:
        body = request.json
        return self._decide(request, "permission.replied", body, {"reply": body.get("reply")})

    async def _reply_question(self, request: Request) -> Answer:
        body = request.json
        return self._decide(request, "question.replied", body, {"answers": body.get("answers")})

    async def _reject_question(self, request: Request) -> Answer:
        return self._decide(request, "question.rejected", None, {})

    def _decide(self, request: Request, event: str, decision: Properties | None, told: Properties) -> Answer:
        kind = "Permission" if event.startswith("permission") else "Question"
        ask = self._engine.asks.pop(request.parts[0], None)
        if ask is None:
            words = f"{kind} request not found: {request.parts[0]}"
            return _json({"_tag": f"{kind}NotFoundError", "requestID": request.parts[0], "message": words}, 404)
        session = self._engine.sessions.get(str(ask.request["sessionID"]))
        directory = session.directory if session else ""
        self._engine.publish(event, {"sessionID": ask.request["sessionID"], "requestID": ask.id, **told}, directory)
        if not ask.decided.done():
            ask.decided.set_result(decision)
        return _json(True)

    def _asks(self, request: Request) -> list[Ask]:
        return [
            ask
            for ask in self._engine.asks.values()
            if (session := self._engine.sessions.get(str(ask.request["sessionID"])))
            and session.directory == request.directory
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
