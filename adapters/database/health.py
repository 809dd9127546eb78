"""Whether the database can be written now: what the last write found, or one that is made to find out."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from adapters.database.troubles import DatabaseUnusable

log = logging.getLogger("stepwire.database")

_FRESH_SECONDS = 0.2
_PATIENCE_SECONDS = 2.0


class Health:
    """Shared by all who ask: for many at once one write is made, and none right after the last.

    What was stored a moment ago is no answer: the disk may have become full by it. Begin and end of a trouble are
    logged, once each and without a traceback.
    """

    def __init__(self, probe: Callable[[], Awaitable[None]], clock: Callable[[], float] = time.monotonic) -> None:
        self._probe = probe
        self._clock = clock
        self._trouble: str | None = None
        self._asked_at = clock() - _FRESH_SECONDS
        self._probing: asyncio.Task[None] | None = None

    def note(self, trouble: str | None) -> None:
        """What a write has just found; None: it was stored."""
        if trouble and trouble != self._trouble:
            log.error("storage_unavailable", extra={"why": trouble})
        elif self._trouble and not trouble:
            log.warning("storage_available")
        self._trouble = trouble

    async def trouble(self) -> str | None:
        """Why nothing can be stored now; None where it can. Answers within some two seconds, whatever the disk does."""
        if self._probing is None or self._probing.done():
            if self._clock() - self._asked_at < _FRESH_SECONDS:
                return self._trouble
            self._probing = asyncio.create_task(self._ask())
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await asyncio.shield(self._probing)
        except TimeoutError:
            waiting = f"A write has been waiting for {_PATIENCE_SECONDS:g} s: the database is locked, or its disk slow"
            return self._trouble or waiting
        return self._trouble

    async def _ask(self) -> None:
        try:
            await self._probe()
        except DatabaseUnusable as error:
            self.note(str(error))
        else:
            self.note(None)
        finally:
            self._asked_at = self._clock()
