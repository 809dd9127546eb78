"""What is trusted, in a dict, gone with the process."""

from collections.abc import Sequence

from runner.events import TrustChanged
from runner.journal import Journal
from runner.trust import TrustedDirectory


class MemoryTrust:
    """Implements `runner.trust.TrustStore`; as strict as the database about every promise."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._kept: dict[str, TrustedDirectory] = {}

    async def trusted(self) -> Sequence[TrustedDirectory]:
        return [self._kept[path] for path in sorted(self._kept)]

    async def add(self, directory: TrustedDirectory, change: str) -> TrustedDirectory:
        if directory.path not in self._kept:
            self._kept[directory.path] = directory
            await self._record(directory, change)
        return self._kept[directory.path]

    async def remove(self, directory: TrustedDirectory, change: str) -> None:
        if self._kept.pop(directory.path, None):
            await self._record(directory, change)

    async def _record(self, directory: TrustedDirectory, change: str) -> None:
        event = TrustChanged(at=directory.at, actor=directory.by, directory=directory.path, change=change)
        await self._journal.record(event)
