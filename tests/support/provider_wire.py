"""A request that the scripted provider received, and the connection that it answers on."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias

PHRASES = {status.value: status.phrase for status in HTTPStatus}
Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


@dataclass(frozen=True, kw_only=True)
class Received:
    """One request as it came in: what an agent was really sent."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Json]

    @property
    def model(self) -> str:
        return str(self.body.get("model"))

    @property
    def folder(self) -> str:
        """The first part of the path: where a provider of its own is configured to be."""
        return self.path.split("/")[1]

    @property
    def messages(self) -> list[dict[str, Json]]:
        messages = self.body.get("messages")
        return [m for m in messages if isinstance(m, dict)] if isinstance(messages, list) else []

    @property
    def prompt(self) -> str:
        """The newest message of the user."""
        return next((_content(m) for m in reversed(self.messages) if m.get("role") == "user"), "")

    @property
    def system(self) -> str:
        return "\n".join(_content(m) for m in self.messages if m.get("role") == "system")

    @property
    def tools(self) -> list[str]:
        tools = self.body.get("tools")
        functions = [t.get("function") for t in tools if isinstance(t, dict)] if isinstance(tools, list) else []
        return [str(f.get("name")) for f in functions if isinstance(f, dict)]

    @property
    def turn(self) -> int:
        """How often the assistant has spoken since the user last did."""
        roles = [m.get("role") for m in self.messages]
        last_user = max((i for i, role in enumerate(roles) if role == "user"), default=-1)
        return roles[last_user + 1 :].count("assistant")


def _content(message: Mapping[str, Json]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")


class Wire:
    """The answering side of one connection; after a complete answer it may be asked again."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.is_complete = False

    async def respond(self, status: int, body: str, headers: Mapping[str, str] | None = None) -> None:
        fields = {"content-type": "application/json", **(headers or {}), "content-length": str(len(body.encode()))}
        self._head(status, fields)
        self._writer.write(body.encode())
        await self._writer.drain()
        self.is_complete = True

    async def begin_stream(self) -> None:
        self._head(200, {"content-type": "text/event-stream", "transfer-encoding": "chunked"})
        await self._writer.drain()

    async def send(self, frame: str) -> None:
        """One SSE frame, whatever is in it."""
        await self.send_lines(f"data: {frame}")

    async def send_lines(self, lines: str) -> None:
        """One SSE frame that names its own fields, or is a comment."""
        data = f"{lines}\n\n".encode()
        self._writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await self._writer.drain()

    async def end_stream(self) -> None:
        self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()
        self.is_complete = True

    def reset(self) -> None:
        """Breaks the connection with an RST, as a crashed peer does."""
        handle = self._writer.get_extra_info("socket")
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def until_hung_up(self) -> None:
        while await self._reader.read(65536):
            pass

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        lines = [
            f"HTTP/1.1 {status} {PHRASES.get(status, '')}",
            "connection: close",
            *(f"{k}: {v}" for k, v in headers.items()),
        ]
        self._writer.write("\r\n".join([*lines, "", ""]).encode())


Reply: TypeAlias = Callable[[Wire, Received], Awaitable[None]]
