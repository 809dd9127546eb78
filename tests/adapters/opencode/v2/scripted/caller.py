"""A client of the scripted OpenCode 2 that keeps every frame that it was sent."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from adapters.opencode.v1.scripted import AsgiTransport
from adapters.opencode.v2.scripted import ScriptedOpenCode2, scripted_opencode2

Frame = dict[str, Any]


class Caller:
    """`bus` holds the frames of the event stream since it was opened."""

    def __init__(self, server: ScriptedOpenCode2, http: httpx.AsyncClient) -> None:
        self.server = server
        self.http = http
        self.bus: list[Frame] = []
        self.news = asyncio.Condition()

    async def open(self, script: str | None = "quick", **more: Any) -> str:
        """A session whose prompts play that script: its id."""
        told: Frame = {"title": "Fix login", "agent": "build", "location": {"directory": "/"}, **more}
        if script is not None:
            told["model"] = {"id": script, "providerID": "scripted"}
        return str((await self.ask("POST", "/api/session", told))["data"]["id"])

    async def prompt(self, session: str, text: str = "Fix it", **more: Any) -> Frame:
        receipt: Frame = (await self.ask("POST", f"/api/session/{session}/prompt", {"text": text, **more}))["data"]
        return receipt

    async def run(self, script: str | None, **more: Any) -> str:
        """A session that has played the script."""
        session = await self.open(script, **more)
        await self.prompt(session)
        await self.idle(session)
        return session

    async def idle(self, session: str) -> None:
        async with asyncio.timeout(60):
            await self.ask("POST", f"/api/experimental/session/{session}/wait")

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        response = await self.send(method, path, body)
        assert response.is_success, (method, path, response.status_code, response.text)
        return response.json() if response.content else None

    async def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return await self.http.request(method, path, **({} if body is None else {"json": body}))

    async def log(self, session: str, after: int = 0) -> list[Frame]:
        """What is in the session's log, without following it."""
        response = await self.send("GET", f"/api/experimental/session/{session}/log?after={after}")
        return frames_in(response.text)

    async def told(self, session: str) -> list[str]:
        """The types of what is in the session's log, without their common beginning."""
        return [frame["type"].removeprefix("session.") for frame in (await self.log(session))[:-1]]

    async def end(self, session: str) -> tuple[str, Any]:
        """How the last run ended, with its error or reason."""
        last = [frame for frame in await self.log(session) if frame["type"].startswith("session.execution.")][-1]
        return last["type"].rpartition(".")[2], last["data"].get("error", last["data"].get("reason"))

    async def messages(self, session: str) -> list[Frame]:
        """Oldest first."""
        data: list[Frame] = (await self.ask("GET", f"/api/session/{session}/message?order=asc&limit=1000"))["data"]
        return data

    async def heard(self, kind: str, session: str | None = None) -> Frame:
        """Waits for a frame of that type on the bus, in that session if one is given: the first."""

        def found() -> Iterator[Frame]:
            for frame in self.bus:
                if frame["type"] == kind and session in (None, frame["data"].get("sessionID")):
                    yield frame

        async with asyncio.timeout(60), self.news:
            await self.news.wait_for(lambda: next(found(), None) is not None)
        return next(found())

    @asynccontextmanager
    async def following(self, path: str) -> AsyncIterator[AsyncIterator[Frame]]:
        """The frames of a stream, one after the other."""
        async with self.http.stream("GET", path) as response:
            assert response.headers["content-type"] == "text/event-stream"
            yield _frames(response)

    async def listen(self, ready: asyncio.Event) -> None:
        async with self.following("/api/event") as frames:
            async for frame in frames:
                ready.set()
                async with self.news:
                    self.bus.append(frame)
                    self.news.notify_all()


@asynccontextmanager
async def calling(server: ScriptedOpenCode2) -> AsyncIterator[Caller]:
    """A caller that listens to the bus."""
    auth = None if server.password is None else ("opencode", server.password)
    async with httpx.AsyncClient(transport=AsgiTransport(server), base_url="http://scripted", auth=auth) as http:
        caller, ready = Caller(server, http), asyncio.Event()
        listening = asyncio.create_task(caller.listen(ready))
        await ready.wait()
        try:
            yield caller
        finally:
            listening.cancel()
            await asyncio.wait((listening,))


@asynccontextmanager
async def scripted_caller(**more: Any) -> AsyncIterator[Caller]:
    async with scripted_opencode2(**{"pace": 0, **more}) as server, calling(server) as caller:
        yield caller


def frames_in(text: str) -> list[Frame]:
    return [json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data: ")]


async def _frames(response: httpx.Response) -> AsyncIterator[Frame]:
    async for line in response.aiter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))
