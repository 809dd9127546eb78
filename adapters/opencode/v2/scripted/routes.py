"""What the scripted OpenCode 2 answers to each method and path."""

import re
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

from adapters.opencode.v1.scripted.scripts import Raw
from adapters.opencode.v2.scripted import ask_routes as answers
from adapters.opencode.v2.scripted.engine import Engine
from adapters.opencode.v2.scripted.identifiers import new_id
from adapters.opencode.v2.scripted.log import Json, Properties
from adapters.opencode.v2.scripted.pages import page_of
from adapters.opencode.v2.scripted.places import existing, session_of
from adapters.opencode.v2.scripted.requests import (
    Answer,
    ErrorAnswer,
    Request,
    found,
    found_at,
    in_json,
    object_in,
    refused,
    text_in,
)
from adapters.opencode.v2.scripted.scripts import LoseReceipt
from adapters.opencode.v2.scripted.sessions import Session
from adapters.opencode.v2.scripted.stage import PROVIDER

Handler: TypeAlias = Callable[[Engine, Request], Awaitable[Answer]]
_HIDDEN = ("compaction", "title", "summary")
_SUB_AGENTS = ("general", "explore")


def handler_of(method: str, path: str) -> tuple[Handler, tuple[str, ...]] | None:
    for verb, pattern, handler in _ROUTES:
        if verb == method and (found := re.fullmatch(pattern, path)):
            return handler, found.groups()
    return None


async def _info(engine: Engine, request: Request) -> Answer:
    info: Properties = {"version": engine.version, "pid": engine.stage.pid, "urls": [], "capabilities": {}}
    return in_json({**info, "paths": {"tmp": tempfile.gettempdir()}})


async def _agents(engine: Engine, request: Request) -> Answer:
    directory = existing(request.directory)
    if not engine.is_warm(directory):
        return found_at(directory, [])
    names = {**engine.stage.agents, **dict.fromkeys(_HIDDEN, "")}
    return found_at(directory, [_agent(name, said) for name, said in names.items()])


def _agent(name: str, said: str) -> Properties:
    request: Properties = {"settings": {}, "headers": {}, "body": {}}
    mode = "all" if name in _SUB_AGENTS else "primary"
    shown: Properties = {"id": name, "name": name, "mode": mode, "hidden": name in _HIDDEN, "request": request}
    return {**shown, "permissions": [], **({"description": said} if said else {})}


async def _models(engine: Engine, request: Request) -> Answer:
    directory = existing(request.directory)
    names = engine.stage.scripts if engine.is_warm(directory) and engine.stage.models_known else ()
    return found_at(directory, [_model(name) for name in names])


async def _default_model(engine: Engine, request: Request) -> Answer:
    directory = existing(request.directory)
    return found_at(directory, _model("text") if engine.stage.models_known else None)


def _model(name: str) -> Properties:
    cost: Json = [{"input": 1, "output": 2, "cache": {"read": 0, "write": 0}}]
    return {
        "id": name,
        "modelID": name,
        "providerID": PROVIDER,
        "name": name,
        "package": "aisdk:@ai-sdk/openai-compatible",
        "settings": {"baseURL": "http://127.0.0.1:9/v1", "apiKey": "sk-scripted"},
        "capabilities": {"tools": True, "input": [], "output": []},
        "variants": [],
        "time": {"released": 0},
        "cost": cost,
        "status": "active",
        "enabled": True,
        "limit": {"context": 128_000, "output": 8192},
    }


async def _providers(engine: Engine, request: Request) -> Answer:
    directory = existing(request.directory)
    shown: Properties = {"id": PROVIDER, "name": "Scripted provider", "activation": "auto"}
    settings: Properties = {"baseURL": "http://127.0.0.1:9/v1", "apiKey": "sk-scripted"}
    return found_at(directory, [{**shown, "package": "aisdk:@ai-sdk/openai-compatible", "settings": settings}])


async def _location(engine: Engine, request: Request) -> Answer:
    return in_json(
        {"directory": existing(request.directory), "project": {"id": "global", "directory": "/", "canonical": "/"}}
    )


async def _create(engine: Engine, request: Request) -> Answer:
    payload = request.payload
    location, model = object_in(payload, "location", "Location.Ref", "directory"), _model_in(payload)
    session_id = str(payload.get("id") or new_id("ses"))
    if session := engine.stage.sessions.get(session_id):
        return found(session.shown())
    directory = str((location or {}).get("directory") or Path.cwd())
    if not directory.startswith("/"):
        raise ErrorAnswer(Answer(status=500))
    begun: Properties = {"sessionID": session_id, "projectID": "global", "location": {"directory": directory}}
    begun |= {"slug": "scripted-session", "version": engine.version}
    kept = ("title", "agent", "parentID", "metadata", "permissions")
    begun |= {name: payload[name] for name in kept if payload.get(name) is not None}
    return found(engine.stage.create(begun if model is None else {**begun, "model": model}).shown())


def _model_in(payload: Properties) -> Properties | None:
    return object_in(payload, "model", "Model.Ref", "id", "providerID")


async def _sessions(engine: Engine, request: Request) -> Answer:
    sessions = [session for session in engine.stage.sessions.values() if _is_asked(session, request)]
    return in_json(page_of([session.shown() for session in sessions], request))


def _is_asked(session: Session, request: Request) -> bool:
    parent, directory = request.asked("parentID"), request.asked("directory")
    if directory is not None and session.directory != directory:
        return False
    return parent is None or session.parent_id == (None if parent == "null" else parent)


async def _session(engine: Engine, request: Request) -> Answer:
    return found(session_of(engine, request).shown())


async def _diff(engine: Engine, request: Request) -> Answer:
    return found(session_of(engine, request).diffs)


async def _delete(engine: Engine, request: Request) -> Answer:
    await engine.stage.delete(session_of(engine, request))
    return Answer()


async def _update(engine: Engine, request: Request) -> Answer:
    session, payload = session_of(engine, request), request.payload
    events = {"title": "renamed", "permissions": "permissions", "metadata": "metadata.updated"}
    for name, event in events.items():
        if payload.get(name) is not None:
            engine.stage.record(session, f"session.{event}", {name: payload[name]})
    return Answer()


async def _messages(engine: Engine, request: Request) -> Answer:
    return in_json(page_of(session_of(engine, request).messages.all, request))


async def _switch_agent(engine: Engine, request: Request) -> Answer:
    session, agent = session_of(engine, request), text_in(request.payload, "agent")
    engine.stage.record(session, "session.agent.selected", {"agent": agent})
    return Answer()


async def _switch_model(engine: Engine, request: Request) -> Answer:
    session, model = session_of(engine, request), _model_in(request.payload)
    engine.stage.record(session, "session.model.selected", {"model": model})
    return Answer()


async def _prompt(engine: Engine, request: Request) -> Answer:
    session, payload = session_of(engine, request), request.payload
    text, input_id = text_in(payload, "text"), str(payload.get("id") or new_id("msg"))
    existing(session.directory)
    if (receipt := _receipt(engine, session, input_id, text)) is not None:
        # As seen: the run that this begins finds nothing to do and says so.
        engine.stage.start(session)
        return found(receipt)
    script = engine.stage.script_for(session, session.agent or "")[1]
    if script and isinstance(raw := script[0], Raw):
        return Answer(status=raw.status, body=raw.body, content_type=raw.content_type or None)
    told: Properties = {name: payload[name] for name in ("files", "agents", "metadata") if payload.get(name)}
    item: Properties = {"type": "user", "payload": {"text": text, **told}}
    engine.prompts.append({**payload, "id": input_id, "sessionID": session.id})
    receipt = engine.stage.enqueue(session, input_id, {**item, "delivery": str(payload.get("delivery") or "steer")})
    if payload.get("resume") is not False:
        engine.stage.start(session)
    if script and isinstance(script[0], LoseReceipt):
        raise ConnectionResetError
    return found(receipt)


def _receipt(engine: Engine, session: Session, input_id: str, text: str) -> Properties | None:
    """That of the same prompt sent before. Raises ErrorAnswer where the id is another's."""
    for other in engine.stage.sessions.values():
        if (receipt := other.inputs.get(input_id)) is None:
            continue
        payload = receipt["payload"]
        if other is session and isinstance(payload, dict) and payload["text"] == text:
            return receipt
        raise refused(409, "ConflictError", f"Input already exists: {input_id}", resource=input_id)
    return None


async def _wait(engine: Engine, request: Request) -> Answer:
    await engine.until_idle(session_of(engine, request))
    return Answer()


async def _interrupt(engine: Engine, request: Request) -> Answer:
    return in_json({"interrupted": await engine.stage.interrupt(session_of(engine, request), "user")})


async def _active(engine: Engine, request: Request) -> Answer:
    return found({session.id: {"type": "running"} for session in engine.stage.sessions.values() if session.active})


async def _put_instructions(engine: Engine, request: Request) -> Answer:
    session = session_of(engine, request)
    session.instructions[request.parts[1]] = request.payload.get("value")
    session.told_instructions = False
    return Answer()


async def _remove_instructions(engine: Engine, request: Request) -> Answer:
    session_of(engine, request).instructions.pop(request.parts[1], None)
    return Answer()


async def _instructions(engine: Engine, request: Request) -> Answer:
    entries = session_of(engine, request).instructions.items()
    return found([{"key": key, "value": value} for key, value in entries])


async def _inbox(engine: Engine, request: Request) -> Answer:
    session = session_of(engine, request)
    return found([session.inputs[input_id] for input_id in session.waiting])


_SESSION = "/api/session/([^/]+)"
_EXPERIMENTAL = "/api/experimental/session/([^/]+)"
_ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/api/info", _info),
    ("GET", "/api/agent", _agents),
    ("GET", "/api/model", _models),
    ("GET", "/api/model/default", _default_model),
    ("GET", "/api/provider", _providers),
    ("GET", "/api/location", _location),
    ("GET", "/api/session", _sessions),
    ("POST", "/api/session", _create),
    ("GET", "/api/session/active", _active),
    ("GET", _SESSION, _session),
    ("PATCH", _SESSION, _update),
    ("DELETE", _SESSION, _delete),
    ("GET", f"{_SESSION}/diff", _diff),
    ("GET", f"{_SESSION}/message", _messages),
    ("POST", f"{_SESSION}/agent", _switch_agent),
    ("POST", f"{_SESSION}/model", _switch_model),
    ("POST", f"{_SESSION}/prompt", _prompt),
    ("POST", f"{_SESSION}/interrupt", _interrupt),
    ("GET", f"{_SESSION}/inbox", _inbox),
    ("GET", f"{_SESSION}/permission", answers.session_permissions),
    ("GET", f"{_SESSION}/permission/([^/]+)", answers.permission),
    ("POST", f"{_SESSION}/permission/([^/]+)/reply", answers.reply_to_permission),
    ("GET", f"{_SESSION}/form", answers.session_forms),
    ("GET", f"{_SESSION}/form/([^/]+)", answers.form),
    ("POST", f"{_SESSION}/form/([^/]+)/reply", answers.reply_to_form),
    ("DELETE", f"{_SESSION}/form/([^/]+)", answers.dismiss_form),
    ("POST", f"{_EXPERIMENTAL}/wait", _wait),
    ("GET", f"{_EXPERIMENTAL}/instructions/entries", _instructions),
    ("PUT", f"{_EXPERIMENTAL}/instructions/entries/([^/]+)", _put_instructions),
    ("DELETE", f"{_EXPERIMENTAL}/instructions/entries/([^/]+)", _remove_instructions),
    ("GET", "/api/permission/request", answers.permissions),
    ("GET", "/api/form", answers.forms),
)
