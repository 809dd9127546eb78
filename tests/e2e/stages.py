"""An OpenCode of either generation to test the whole with: what happens in it has the same names in both.

The first generation is the real one, with a scripted provider behind it; the second is scripted, in a process of its
own. Both can be killed and started again with what they have kept.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.support import provider_replies as llm
from tests.support.opencode2_server import OpenCode2Server, opencode2_server
from tests.support.opencode_server import OpenCodeServer, opencode_config, opencode_server
from tests.support.provider import Provider, provider
from tests.support.provider_wire import Json, Reply

QUESTIONS: Json = [
    {
        "question": "Which colour?",
        "header": "Colour",
        "options": [{"label": "Red", "description": "As fire"}, {"label": "Blue", "description": "As the sky"}],
    },
    {
        "question": "Which sizes?",
        "header": "Sizes",
        "options": [{"label": "S", "description": ""}, {"label": "L", "description": ""}],
        "multiple": True,
    },
]
DONE = llm.text("All done.")


def a_helper(agent: str) -> Reply:
    return llm.tool("task", {"description": "sub", "prompt": "do it", "subagent_type": agent})


@dataclass(frozen=True, kw_only=True)
class Situation:
    """`first` are the replies of the provider of OpenCode 1, one per turn; `second` a script of the scripted one."""

    first: Sequence[Reply]
    second: str


SITUATIONS: Mapping[str, Situation] = {
    "works": Situation(first=(DONE,), second="quick"),
    "is-refused": Situation(first=(llm.refusal(401, "Incorrect API key provided"),), second="bad-key"),
    "asks": Situation(first=(llm.tool("read", {"filePath": "/etc/hostname"}), DONE), second="asks-outside"),
    "asks-form": Situation(first=(llm.tool("question", {"questions": QUESTIONS}), DONE), second="asks-form"),
    "has-helper": Situation(first=(a_helper("helper"), DONE), second="sub-agent"),
    "has-refused-helper": Situation(first=(a_helper("refused"), DONE), second="sub-agent-fails"),
    "takes-a-while": Situation(first=(llm.trickle("Slowly but surely: All done.", interval=0.8),), second="slow"),
    "hangs": Situation(first=(llm.stalled,), second="stalls"),
}


AGENTS: Mapping[str, Json] = {
    "helper": {"mode": "subagent", "description": "Helps", "model": "stub/text"},
    "refused": {"mode": "subagent", "description": "Would help", "model": "stub/http-401"},
}


class Stage(Protocol):
    """`answer` is in what an agent answers that works, `filled` in what is told where its form was filled in with Blue
    and S; `options` is what stepwire has to be told besides the URL.
    """

    @property
    def url(self) -> str: ...

    @property
    def project(self) -> Path: ...

    @property
    def answer(self) -> str: ...

    @property
    def filled(self) -> str: ...

    @property
    def options(self) -> Sequence[str]: ...

    def model(self, situation: str) -> str: ...

    def mend(self, situation: str) -> None:
        """From the next attempt on it works."""

    async def at_work(self, situation: str) -> None:
        """Returns once an agent has begun with it."""

    def told(self, situation: str) -> str:
        """What went into the newest conversation of that situation and came out of it, as JSON."""

    async def until_idle(self) -> None: ...

    async def kill(self) -> None: ...

    async def start(self) -> None: ...


@dataclass(frozen=True, kw_only=True)
class First:
    llm: Provider
    server: OpenCodeServer
    answer: str = "All done."
    filled: str = r"\"Which colour?\"=\"Blue\", \"Which sizes?\"=\"S\""
    options: Sequence[str] = ()

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def project(self) -> Path:
        return self.server.project

    def model(self, situation: str) -> str:
        return f"stub/{situation}"

    def mend(self, situation: str) -> None:
        self.llm.script(situation, DONE)

    async def at_work(self, situation: str) -> None:
        await self.llm.wait_for(situation)

    def told(self, situation: str) -> str:
        return json.dumps(self.llm.received_for(situation)[-1].body)

    async def until_idle(self) -> None:
        await self.server.until_idle()

    async def kill(self) -> None:
        await self.server.kill()

    async def start(self) -> None:
        await self.server.start()


@dataclass(frozen=True, kw_only=True)
class Second:
    server: OpenCode2Server
    answer: str = "What was done"
    filled: str = '"q0": "Blue", "q1": ["S"]'

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def project(self) -> Path:
        return self.server.root

    @property
    def options(self) -> Sequence[str]:
        return ("--opencode-password", self.server.password)

    def model(self, situation: str) -> str:
        return f"scripted/{SITUATIONS[situation].second}"

    def mend(self, situation: str) -> None:
        """Nothing to do: what was played before in a step is played otherwise at the next attempt."""

    async def at_work(self, situation: str) -> None:
        async with asyncio.timeout(60):
            while "session.step.started" not in self.told(situation):  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.05)

    def told(self, situation: str) -> str:
        events, name = self.server.events, SITUATIONS[situation].second
        begun = [event["data"] for event in events if event["type"] == "session.created"]
        fitting = [data["sessionID"] for data in begun if (data.get("model") or {}).get("id") == name]
        return json.dumps([event for event in events if event["data"]["sessionID"] in fitting[-1:]])

    async def until_idle(self) -> None:
        async with asyncio.timeout(60), self.server.client() as client:
            while (await client.get("/api/session/active")).json()["data"]:  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        await self.server.kill()

    async def start(self) -> None:
        await self.server.start()


@asynccontextmanager
async def opencode1(root: Path) -> AsyncIterator[Stage]:
    async with provider() as running:
        for name, situation in SITUATIONS.items():
            running.script(name, *situation.first)
        config = opencode_config(running.url, models=tuple(SITUATIONS), permission={}, agents=AGENTS)
        async with opencode_server(root, running.url, config=config) as server:
            yield First(llm=running, server=server)


@asynccontextmanager
async def opencode2(root: Path) -> AsyncIterator[Stage]:
    async with opencode2_server(root, pace=0.25) as server:
        yield Second(server=server)


STAGES = {"OpenCode 1": opencode1, "OpenCode 2": opencode2}
