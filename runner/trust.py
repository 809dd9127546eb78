"""Which folders OpenCode may be asked about: it runs what a folder brings along as soon as it looks into it.

Trust covers a folder and all that lies in it. A person gives it by an answer, or by starting a pipeline there; both are
events. Where no directory is named OpenCode looks only where its owner started it: that is nobody's to allow here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Protocol

from runner.model import Actor
from runner.ports import Clock

ANSWERED, STARTED = "trusted", "trusted, as a pipeline was started there"
REVOKED = "not trusted any more"


@dataclass(frozen=True, kw_only=True)
class TrustedDirectory:
    """A folder that OpenCode may be asked about, with all that lies in it; `path` has its links resolved."""

    path: str
    by: Actor
    at: datetime


class TrustStore(Protocol):
    """Keeps what is trusted, each change with its TrustChanged event in one transaction."""

    async def trusted(self) -> Sequence[TrustedDirectory]:
        """By path."""

    async def add(self, directory: TrustedDirectory, change: str) -> TrustedDirectory:
        """What is kept: the earlier one, without an event, where there was one."""

    async def remove(self, directory: TrustedDirectory, change: str) -> None:
        """`directory` says by whom and when; of one that is not kept nothing is told."""


class Trust:
    """Knows what is trusted; with `everything`, nobody is asked, and nothing is kept."""

    def __init__(self, store: TrustStore, clock: Clock, *, everything: bool = False) -> None:
        self._store = store
        self._clock = clock
        self._everything = everything

    async def covers(self, directory: str) -> bool:
        """Whether that real path, or one around it, is trusted."""
        return self._everything or any(
            PurePath(directory).is_relative_to(each.path) for each in await self._store.trusted()
        )

    async def listed(self) -> Sequence[TrustedDirectory]:
        return await self._store.trusted()

    async def give(self, directory: str, actor: Actor, change: str = ANSWERED) -> TrustedDirectory:
        return await self._store.add(TrustedDirectory(path=directory, by=actor, at=self._clock.now()), change)

    async def give_by_start(self, directory: str, actor: Actor) -> None:
        """Whoever starts a pipeline somewhere has the folder's code run: that is an answer, and recorded as one."""
        if not await self.covers(directory):
            await self.give(directory, actor, STARTED)

    async def revoke(self, path: str, actor: Actor) -> bool:
        """Whether there was something to be revoked: exactly that path, as it is listed."""
        if all(each.path != path for each in await self._store.trusted()):
            return False
        await self._store.remove(TrustedDirectory(path=path, by=actor, at=self._clock.now()), REVOKED)
        return True


def untrusted(directory: str) -> str:
    return f"{directory} is not trusted yet: trust it, and OpenCode looks into it, which runs what it brings along."
