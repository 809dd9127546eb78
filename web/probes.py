"""Looks at what may be slow to answer, shared by all who ask at the same time and kept for a moment."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from runner.engine_health import EngineHealth

T = TypeVar("T")

_KEPT_GOOD = 1.0
_KEPT_BAD = 0.25
_LOOK_EVERY = 1.0


class Shared(Generic[T]):
    """One look at a time, however many ask: a frozen neighbour must not take a connection for each of them.

    What is good is kept for a second, the rest shorter: whoever has just mended it wants to see that.
    """

    def __init__(self, look: Callable[[], Awaitable[T]], *, is_good: Callable[[T], bool]) -> None:
        self._look = look
        self._is_good = is_good
        self._looking: asyncio.Task[T] | None = None
        self._until = 0.0

    async def __call__(self) -> T:
        """As it is now, or was a moment ago."""
        known, now = self._looking, asyncio.get_running_loop().time()
        if known is None or (known.done() and now >= self._until):
            self._looking = known = asyncio.create_task(self._looked())
        # Whoever began it may leave; the others still wait for it.
        return await asyncio.shield(known)

    async def _looked(self) -> T:
        self._until = 0.0
        found = await self._look()
        kept = _KEPT_GOOD if self._is_good(found) else _KEPT_BAD
        self._until = asyncio.get_running_loop().time() + kept
        return found


class _Looked(Protocol):
    async def health(self) -> EngineHealth: ...


class EngineProbe:
    """How OpenCode is, asked once for all, and since when.

    Nobody tells that an engine has stopped, so whoever follows has it looked at again and again; without followers it
    is left in peace. Its event stream would tell sooner, but there is one only after the first attempt, and none of an
    engine that has not come up yet.
    """

    def __init__(self, engine: _Looked, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now
        self._known: EngineHealth | None = None
        self._health = Shared(self._look, is_good=lambda health: health.reachable)

    async def health(self) -> EngineHealth:
        return await self._health()

    async def follow(self) -> AsyncGenerator[EngineHealth]:
        """First how it is now, then every change; never ends by itself."""
        told = None
        while True:
            health = await self.health()
            if health != told:
                told = health
                yield health
            await asyncio.sleep(_LOOK_EVERY)

    async def _look(self) -> EngineHealth:
        found, before = await self._engine.health(), self._known
        lasts = before is not None and before.reachable == found.reachable
        self._known = replace(found, since=before.since if before and lasts else self._now())
        return self._known
