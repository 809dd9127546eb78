"""What the scripted OpenCode 2 answers about permissions and forms."""

from adapters.opencode.v2.scripted.asks import Ask, problem_with
from adapters.opencode.v2.scripted.engine import Engine
from adapters.opencode.v2.scripted.log import Json, Properties
from adapters.opencode.v2.scripted.places import existing, session_of
from adapters.opencode.v2.scripted.requests import Answer, Request, found, found_at, refused, text_in


async def permissions(engine: Engine, request: Request) -> Answer:
    return found_at(request.directory, _pending_at(engine, request, forms=False))


async def forms(engine: Engine, request: Request) -> Answer:
    return found_at(request.directory, _pending_at(engine, request, forms=True))


def _pending_at(engine: Engine, request: Request, *, forms: bool) -> list[Json]:
    directory = existing(request.directory)
    here = {session.id for session in engine.stage.sessions.values() if session.directory == directory}
    return [ask.shown for ask in engine.stage.asks.pending(forms=forms) if ask.session_id in here]


async def session_permissions(engine: Engine, request: Request) -> Answer:
    return found(_pending_in(engine, request, forms=False))


async def session_forms(engine: Engine, request: Request) -> Answer:
    return found(_pending_in(engine, request, forms=True))


def _pending_in(engine: Engine, request: Request, *, forms: bool) -> list[Json]:
    session = session_of(engine, request)
    return [ask.shown for ask in engine.stage.asks.pending(forms=forms) if ask.session_id == session.id]


async def permission(engine: Engine, request: Request) -> Answer:
    return found(_asked(engine, request, forms=False).shown)


async def form(engine: Engine, request: Request) -> Answer:
    ask = _asked(engine, request, forms=True)
    return found({**ask.shown, "state": ask.state})


async def reply_to_permission(engine: Engine, request: Request) -> Answer:
    ask, payload = _asked(engine, request, forms=False), request.payload
    decision = text_in(payload, "decision")
    engine.stage.asks.remove(ask)
    if decision == "always":
        engine.stage.asks.save(ask)
    told: Properties = {"sessionID": ask.session_id, "requestID": ask.id, "reply": decision}
    engine.stage.tell(engine.stage.sessions[ask.session_id], "permission.replied", told)
    ask.decided.set_result(payload)
    return Answer()


async def reply_to_form(engine: Engine, request: Request) -> Answer:
    ask, payload = _asked(engine, request, forms=True), request.payload
    _refuse_settled(ask)
    fields = ask.shown["fields"]
    if problem := problem_with(payload.get("answer"), fields if isinstance(fields, list) else ()):
        raise refused(400, "FormInvalidAnswerError", problem, id=ask.id)
    told: Properties = {"id": ask.id, "sessionID": ask.session_id, "answer": payload["answer"]}
    engine.stage.tell(engine.stage.sessions[ask.session_id], "form.replied", told)
    ask.decided.set_result(payload)
    return Answer()


async def dismiss_form(engine: Engine, request: Request) -> Answer:
    ask = _asked(engine, request, forms=True)
    _refuse_settled(ask)
    told: Properties = {"id": ask.id, "sessionID": ask.session_id}
    engine.stage.tell(engine.stage.sessions[ask.session_id], "form.cancelled", told)
    ask.decided.set_result(None)
    return Answer()


def _refuse_settled(ask: Ask) -> None:
    if ask.is_settled:
        raise refused(409, "FormAlreadySettledError", f"Form already settled: {ask.id}", id=ask.id)


def _asked(engine: Engine, request: Request, *, forms: bool) -> Ask:
    """Raises ErrorAnswer where there is no such ask in the session."""
    session, ask_id = session_of(engine, request), request.parts[1]
    ask = engine.stage.asks.find(ask_id)
    if ask is not None and ask.is_form is forms and ask.session_id == session.id:
        return ask
    if forms:
        raise refused(404, "FormNotFoundError", f"Form not found: {ask_id}", id=ask_id)
    raise refused(404, "PermissionNotFoundError", f"Permission request not found: {ask_id}", requestID=ask_id)
