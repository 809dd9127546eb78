"""A server that says something when it is told to, in a process of its own: stepwire, or what it is measured against.

`python -m benchmarks.speaker stepwire|raw|bare FOLDER SIZE`. Prints its port, then answers lines of JSON as
`benchmarks.crowd` does: {"do": "say", "count": n, "gap": seconds} and {"do": "memory"}.

    stepwire   everything that `stepwire serve` runs; says a note in the log, or fails a pipeline ("fail")
    raw        Starlette, and `send_text` for each socket
    bare       the same after a commit of SQLite's own, made in a thread
"""

import asyncio
import resource
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from sqlalchemy import Engine, event
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from benchmarks.crowd import told
from runner.agents import Answer, Observer, Work
from runner.composition import StartRequest
from runner.events import DefinitionChanged
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, failure
from runner.model import Actor, StepPlan, in_milliseconds
from runner.redaction import Redactor
from tests.support.agents import PromptedAgents
from web.app import Application
from web.connections import Connections
from web.logs import configure_logs
from web.settings import Settings
from web.uvicorn_server import Server, configured, keep_what_is_loaded

ACTOR = Actor(name="benchmark")
ROOM = 20_000
Say = Callable[[int], Awaitable[int]]


class FailingAgents(PromptedAgents):
    """Fails every attempt at once, and remembers when."""

    def __init__(self) -> None:
        self.raised: asyncio.Queue[int] = asyncio.Queue()

    async def run(self, work: Work, observer: Observer) -> Answer:
        self.raised.put_nowait(time.monotonic_ns())
        raise AgentError(failure(FailureKind.PROVIDER_AUTH, f"The provider rejected the API key ({work.title})"))


class Stepwire:
    """The product, over a database in the folder."""

    def __init__(self, folder: Path, text: str) -> None:
        self.agents = FailingAgents()
        self.text = text
        settings = Settings(
            database_url=f"sqlite+aiosqlite:///{folder}/stepwire.db", auth="off", config=folder / "none"
        )
        self.application = Application(settings, self._opened)
        self.app = self.application.asgi
        self.transactions = 0
        event.listen(Engine, "begin", self._count)

    @asynccontextmanager
    async def _opened(self, _: Settings) -> AsyncIterator[FailingAgents]:
        yield self.agents

    def _count(self, *_: object) -> None:
        self.transactions += 1

    async def note(self, _: int) -> int:
        happened = DefinitionChanged(at=in_milliseconds(datetime.now(UTC)), definition="agent a", change=self.text)
        await self.application.parts.database.journal.record(happened)
        return time.monotonic_ns()

    async def fail(self, number: int) -> int:
        parts = self.application.parts
        request = StartRequest(title=f"{number}", prompt="fail", steps=(StepPlan(agent="build"),))
        await parts.commands.start_pipeline(request, ACTOR)
        return await self.agents.raised.get()


class Raw:
    """One endpoint, and everybody who is connected to it."""

    def __init__(self, folder: Path, text: str, durable: bool) -> None:
        self._text = text
        self._sockets: set[WebSocket] = set()
        self._database = sqlite3.connect(folder / "bare.db", isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, text TEXT)")
        self._durable = durable
        self.app = Starlette(routes=[WebSocketRoute("/graphql", self._endpoint)])

    async def _endpoint(self, websocket: WebSocket) -> None:
        await websocket.accept("graphql-transport-ws")
        self._sockets.add(websocket)
        try:
            while True:
                await websocket.receive_text()
        except WebSocketDisconnect:
            self._sockets.discard(websocket)

    async def note(self, _: int) -> int:
        at = time.monotonic_ns()
        if self._durable:
            await asyncio.to_thread(self._commit)
        for socket in list(self._sockets):
            await socket.send_text(self._text)
        return at

    def _commit(self) -> None:
        self._database.execute("BEGIN IMMEDIATE")
        self._database.execute("INSERT INTO bare (text) VALUES (?)", (self._text,))
        self._database.execute("COMMIT")


async def main(kind: str, folder: Path, size: int) -> None:
    text = "x" * size
    speaker = Stepwire(folder, text) if kind == "stepwire" else Raw(folder, text, durable=kind == "bare")
    listening: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    config: uvicorn.Config = configured(speaker.app, "127.0.0.1", 0, Connections(ROOM, ROOM))
    if isinstance(speaker, Raw):
        config = uvicorn.Config(
            speaker.app,
            host="127.0.0.1",
            port=0,
            loop="uvloop",
            ws="websockets-sansio",
            log_config=None,
            ws_per_message_deflate=False,
        )
    server = Server(config, announce=listening.set_result, before_stop=_nothing)
    serving = asyncio.create_task(server.serve())
    print((await listening).rpartition(":")[2], flush=True)
    keep_what_is_loaded()

    async def answers(asked: dict[str, Any]) -> dict[str, Any]:
        if asked["do"] == "memory":
            return {"bytes": _resident(), "transactions": getattr(speaker, "transactions", 0)}
        said: Say = getattr(speaker, asked.get("what", "note"))
        return await _said(said, asked["count"], asked["gap"])

    await told(answers)
    server.should_exit = True
    await serving


async def _said(say: Say, count: int, gap: float) -> dict[str, Any]:
    """When each was said, and how much processor time that and its way out took."""
    await asyncio.sleep(gap)
    before, said = time.process_time(), []
    for number in range(count):
        said.append(await say(number))
        await asyncio.sleep(gap)
    return {"said": said, "cpu": time.process_time() - before}


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


async def _nothing() -> None:
    return None


if __name__ == "__main__":
    configure_logs(Redactor(), file=Path(sys.argv[2]) / "stepwire.log")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
