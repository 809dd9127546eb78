"""Wakes whoever reads the files of a folder, whatever happens to the folder: saves, deletion, re-creation, links."""

import asyncio
import os
import stat
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from watchfiles import Change, awatch

# Notifications are for speed; where none arrive (network drives, used-up limits), this finds changes too.
_POLL_SECONDS = 2.0


async def wakes(files: Sequence[Path]) -> AsyncGenerator[None]:
    """Yields whenever one of the files may have changed, and every few seconds; never ends by itself.

    It yields at once when it has begun to watch: what changed until then is there to be read.
    """
    while True:
        places, woken = await asyncio.to_thread(_places, files), asyncio.Event()
        watching = asyncio.create_task(_watch(places, woken))
        # The watch is set up in the task's first step.
        await asyncio.sleep(0)
        try:
            yield
            while not watching.done() and await asyncio.to_thread(_places, files) == places:
                await _wait(woken)
                woken.clear()
                yield
        finally:
            watching.cancel()
            await asyncio.wait([watching])
        if not watching.cancelled() and (error := watching.exception()):
            # A place vanished just then: look again. Otherwise the system has no watches left: patience.
            await asyncio.sleep(0.01 if isinstance(error, FileNotFoundError) else _POLL_SECONDS)


async def _watch(places: Collection[Path], woken: asyncio.Event) -> None:
    """Ends when a folder came or went: a new one may look the same (numbers are used again), but nobody watches it."""
    async for changes in awatch(*places, recursive=False, watch_filter=None):
        woken.set()
        if any(kind is not Change.modified and Path(path) in places for kind, path in changes):
            return


async def _wait(woken: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(_POLL_SECONDS):
            await woken.wait()


def _places(files: Sequence[Path]) -> Mapping[Path, tuple[int, int]]:
    """The folders to watch, by what they are: of each file its own and the one above, or what exists of that.

    A file alone cannot be watched: the first save by renaming ends that. Nor can a folder alone: it may be replaced.
    """
    found: dict[Path, tuple[int, int]] = {}
    for file in (*files, *(Path(os.path.realpath(file)) for file in files)):
        for folder in (file.parent, file.parent.parent):
            place, which = _existing(folder.absolute())
            found[place] = which
    return found


def _existing(folder: Path) -> tuple[Path, tuple[int, int]]:
    """The folder, or the next one above that is there; asked once, since it may go at any moment."""
    while True:
        try:
            status = folder.stat()
        except OSError:
            status = None
        if folder == folder.parent or (status and stat.S_ISDIR(status.st_mode)):
            return folder, (status.st_dev, status.st_ino) if status else (0, 0)
        folder = folder.parent
