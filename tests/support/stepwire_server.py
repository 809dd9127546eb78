"""stepwire itself as a process of its own, and a client that speaks to it over HTTP and graphql-transport-ws.

async with stepwire_server(tmp_path, opencode_url=server.url) as stepwire:
    answer = await stepwire.query("{ engine { reachable } }")
    async with stepwire.subscription("subscription { events { __typename } }") as events:
        first = await anext(events)
"""

import asyncio
import json
import os
import signal
import sqlite3
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.support.commands import STEPWIRE

TOKEN = "token-of-the-tests"
# It may have an OpenCode to start first.
_READY_SECONDS = 90
# PYTHONPATH: the same code as the tests import, wherever that lies.
_INHERITED = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}


class GraphQLFailed(AssertionError):
    """The server answered with errors where data was expected."""


@dataclass
class Subscriber:
    """One subscription on a socket of its own; its cursor is kept so that it can be resumed."""

    socket: ClientConnection
    seen: list[dict[str, Any]] = field(default_factory=list)

    def __aiter__(self) -> "Subscriber":
        return self

    async def __anext__(self) -> dict[str, Any]:
        """The next item of the root field. Raises GraphQLFailed for errors, StopAsyncIteration at the end."""
        while True:
            message = json.loads(await self.socket.recv())
            match message["type"]:
                case "ping":
                    await self.socket.send('{"type":"pong"}')
                case "next":
                    if message["payload"].get("errors"):
                        raise GraphQLFailed(message["payload"]["errors"])
                    (item,) = message["payload"]["data"].values()
                    self.seen.append(item)
                    return dict(item)
                case "error":
                    raise GraphQLFailed(message["payload"])
                case "complete":
                    raise StopAsyncIteration

    async def until(self, typename: str, *, within: float = 60) -> dict[str, Any]:
        """Reads on until an item of that type comes."""
        async with asyncio.timeout(within):
            async for item in self:
                if item["__typename"] == typename:
                    return item
        raise GraphQLFailed(f"the subscription ended without {typename}")


@dataclass
class StepwireServer:
    """One `stepwire serve`; it can be killed and started again with its data."""

    root: Path
    options: Sequence[str]
    environment: Mapping[str, str]
    url: str = ""
    process: Process | None = None
    output: list[str] = field(default_factory=list)
    _reading: "asyncio.Task[None] | None" = None

    @property
    def port(self) -> int:
        """Any that is free; after a restart the same again, so that pages find it."""
        return urlsplit(self.url).port or 0

    @property
    def database(self) -> Path:
        return self.root / "stepwire.db"

    @property
    def definitions(self) -> Path:
        return self.root / "definitions"

    @property
    def page(self) -> str:
        return f"{self.url}/#token={TOKEN}"

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *STEPWIRE,
            *("serve", "--port", str(self.port), "--token", TOKEN, "--config", str(self.definitions)),
            *("--database-url", f"sqlite+aiosqlite:///{self.database}"),
            *self.options,
            cwd=self.root,
            env={**_INHERITED, "HOME": str(self.root), "LANG": "C.UTF-8", **self.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        await self._until_listening(self.process)

    async def stop(self) -> None:
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """As a crash does."""
        await self._end(signal.SIGKILL)

    async def post(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The whole answer, errors included."""
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            answer = await client.post(
                f"{self.url}/graphql",
                json={"query": query, "variables": dict(variables or {})},
                headers={"authorization": f"Bearer {TOKEN}"},
            )
        return dict(answer.json())

    async def query(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data; raises GraphQLFailed when there are errors."""
        answer = await self.post(query, variables)
        if answer.get("errors"):
            raise GraphQLFailed(answer["errors"])
        return dict(answer["data"])

    @asynccontextmanager
    async def subscription(self, query: str, **variables: Any) -> AsyncIterator[Subscriber]:
        address = self.url.replace("http", "ws", 1) + "/graphql"
        # Whoever reads late is no reason to hang up: a test may be busy with other things for a while.
        patience: dict[str, Any] = {"max_size": None, "max_queue": None, "ping_interval": None}
        async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")], **patience) as socket:
            await socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {TOKEN}"}}))
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            payload = {"query": query, "variables": variables}
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            yield Subscriber(socket)

    def rows(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """What plain SQL finds in the database file."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return connection.execute(statement, parameters).fetchall()

    async def _until_listening(self, process: Process) -> None:
        assert process.stdout is not None
        async with asyncio.timeout(_READY_SECONDS):
            while line := (await process.stdout.readline()).decode():
                self.output.append(line)
                if line.startswith("stepwire listening on "):
                    self.url = line.split()[-1]
                    break
            else:
                await process.wait()
                raise AssertionError(f"stepwire ended with {process.returncode}:\n{''.join(self.output)}")
        self._reading = asyncio.create_task(self._read_on(process))

    async def _read_on(self, process: Process) -> None:
        assert process.stdout is not None
        while line := (await process.stdout.readline()).decode(errors="replace"):
            self.output.append(line)

    async def _end(self, how: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.kill(process.pid, how)
        try:
            async with asyncio.timeout(60):
                await process.wait()
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        if self._reading:
            await self._reading


@asynccontextmanager
async def stepwire_server(
    root: Path,
    *,
    opencode_url: str,
    options: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    agents: str = "agents: []\n",
    pipelines: str = "pipelines: []\n",
) -> AsyncIterator[StepwireServer]:
    """A listening stepwire below `root`, with these definitions; ended when left."""
    server = StepwireServer(
        root=root, options=("--opencode-url", opencode_url, *options), environment=environment or {}
    )
    server.definitions.mkdir(parents=True, exist_ok=True)
    (server.definitions / "agents.yaml").write_text(agents)
    (server.definitions / "pipelines.yaml").write_text(pipelines)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()
