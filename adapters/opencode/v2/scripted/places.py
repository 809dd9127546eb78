"""What a request is about, a session or a directory, or why it cannot be."""

from pathlib import Path

from adapters.opencode.v2.scripted.engine import Engine
from adapters.opencode.v2.scripted.requests import Request, refused
from adapters.opencode.v2.scripted.sessions import Session


def session_of(engine: Engine, request: Request) -> Session:
    """Raises ErrorAnswer where the id is none, or no session's."""
    session_id = request.parts[0]
    if not session_id.startswith("ses"):
        raise refused(400, "InvalidRequestError", "Invalid session ID", field="sessionID")
    if session := engine.stage.sessions.get(session_id):
        return session
    raise refused(404, "SessionNotFoundError", f"Session not found: {session_id}", sessionID=session_id)


def existing(directory: str) -> str:
    """Raises ErrorAnswer where there is no such directory."""
    if Path(directory).is_dir():
        return directory
    message = f"Location not found: {directory}"
    raise refused(404, "LocationNotFoundError", message, location={"directory": directory})
