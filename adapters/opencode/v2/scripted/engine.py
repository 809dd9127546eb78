"""What the scripted OpenCode 2 is asked about: its stage, and what only this process knows."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from adapters.opencode.v1.scripted.server import AGENTS
from adapters.opencode.v2.scripted.log import Log, Properties
from adapters.opencode.v2.scripted.player import play
from adapters.opencode.v2.scripted.scripts import SCRIPTS, Action
from adapters.opencode.v2.scripted.sessions import Session
from adapters.opencode.v2.scripted.stage import Stage

VERSION = "2.1.2"


class Engine:
    """It keeps what it admitted in `prompts`.

    Which script plays: that of the model's name, else that of the agent's, else `text`. A name that was played in the
    same title before takes the script `NAME-again`, where there is one. With a log file, what happened is there again
    after the end of the process. `cold_seconds`: how long a directory has no agents after it was first asked about.
    """

    def __init__(
        self,
        *,
        agents: Mapping[str, str] = AGENTS,
        pace: float = 1.0,
        password: str | None = None,
        log_file: Path | None = None,
        version: str = VERSION,
    ) -> None:
        self.stage = Stage(scripts=SCRIPTS, agents=agents, log=Log(log_file), pace=pace, perform=play)
        self.prompts: list[Properties] = []
        self.version = version
        self.password = password
        self.cold_seconds = pace
        self.is_up = True
        self._warm_at: dict[str, float] = {}

    def play(self, name: str, *actions: Action) -> None:
        """From now on the script of that name is this one."""
        self.stage.play(name, *actions)

    def is_warm(self, directory: str) -> bool:
        now = asyncio.get_running_loop().time()
        return now >= self._warm_at.setdefault(directory, now + self.cold_seconds)

    async def until_idle(self, session: Session) -> None:
        while session.run is not None and not session.run.done():
            await asyncio.wait({session.run})
