"""What the contract is tested on, and how its followers are read."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from typing import TypeAlias

from runner.events import Recorded
from runner.journal import Journal, Quiet
from runner.model import Cursor
from runner.ports import TokenStore
from runner.reads import Reads
from runner.trust import TrustStore


@dataclass(frozen=True, kw_only=True)
class Store:
    """A journal, the reads over the same state, the tokens and trust told of in it, and what its hooks were told."""

    journal: Journal
    reads: Reads
    tokens: TokenStore
    trust: TrustStore
    told: "Told"


class Told:
    """A hook that keeps all of it."""

    def __init__(self) -> None:
        self.recorded: list[Recorded] = []

    def committed(self, recorded: Sequence[Recorded]) -> None:
        self.recorded += recorded


Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[Store]]


def following(journal: Journal, after: Cursor | None = None) -> aclosing[AsyncGenerator[Recorded | Quiet]]:
    """A follower that is closed at the end of the block."""
    return aclosing(journal.follow(after))


async def taken(follower: AsyncIterator[Recorded | Quiet], count: int) -> list[Recorded]:
    """The next events; a test that would wait for ever fails instead."""
    recorded: list[Recorded] = []
    async with asyncio.timeout(60):
        while len(recorded) < count:
            item = await anext(follower)
            if isinstance(item, Recorded):
                recorded.append(item)
    return recorded


async def all_events(journal: Journal, after: Cursor) -> list[Recorded]:
    """Everything after the cursor that is stored by now."""
    newest = await journal.newest()
    if newest == after:
        return []
    recorded: list[Recorded] = []
    async with following(journal, after) as follower:
        while not recorded or recorded[-1].cursor != newest:
            recorded += await taken(follower, 1)
    return recorded
