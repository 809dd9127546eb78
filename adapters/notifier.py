"""Wakes followers of the event log. Carries no news: whoever is woken reads the log."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Notifier:
    """For the followers of one process, all on one event loop."""

    def __init__(self) -> None:
        self._listening: set[asyncio.Event] = set()
        self.count = 0

    def __len__(self) -> int:
        """How many listen now."""
        return len(self._listening)

    @contextmanager
    def listen(self) -> Iterator[asyncio.Event]:
        """An event that is set by every later `notify`; whoever listens clears it, before reading."""
        woken = asyncio.Event()
        self._listening.add(woken)
        try:
            yield woken
        finally:
            self._listening.discard(woken)

    def notify(self) -> None:
        """The log has grown; `count` says how often it has."""
        self.count += 1
        for woken in self._listening:
            woken.set()
