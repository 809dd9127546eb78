"""Server-sent events: told apart by their bytes, and read as JSON only when somebody asks for it.

Lines are told apart by the bytes: texts may hold what Python takes for the end of a line and the protocol does not.
"""

from collections.abc import AsyncGenerator

import httpx
import orjson
from pydantic import JsonValue

from adapters.opencode.connection import LARGEST_BODY
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, failure

# A comment: a sign of life that says nothing else.
HEARTBEAT = b""


async def frames_of(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """The data of each event, and `HEARTBEAT` for each comment. What breaks off is no event.

    Raises:
        AgentError: one is larger than any of OpenCode's own.
    """
    rest, data = b"", list[bytes]()
    async for chunk in response.aiter_bytes():
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > LARGEST_BODY:
            raise AgentError(failure(FailureKind.INVALID_BODY, "OpenCode sent an event that is too large"))
        for line in lines:
            if line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" ").removesuffix(b"\r"))
            elif line.startswith(b":"):
                yield HEARTBEAT
            elif data and line in (b"", b"\r"):
                yield b"\n".join(data)
                data.clear()


def object_in(frame: bytes) -> dict[str, JsonValue]:
    """The JSON object that a frame is; bytes that are no text are marked, as in all that OpenCode says.

    Raises:
        ValueError: it is none.
    """
    try:
        value = orjson.loads(frame)
    except orjson.JSONDecodeError:
        value = orjson.loads(frame.decode(errors="replace"))
    return an_object(value)


def an_object(value: JsonValue) -> dict[str, JsonValue]:
    """The same value. Raises ValueError where it is no object."""
    if not isinstance(value, dict):
        raise ValueError("no JSON object")
    return value
