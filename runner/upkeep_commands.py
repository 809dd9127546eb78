"""What a person may do for the whole place, beside pipelines and definitions."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from runner.command_family import CommandFamily
from runner.engine_health import EngineHealth
from runner.events import EngineStarted
from runner.groups import FailureGroup, FailureGroupStatus
from runner.journal import Pruned
from runner.model import Actor
from runner.outcomes import InvalidInput, NotFound, StorageUnavailable
from runner.trust import TrustedDirectory
from runner.unavailable import or_unavailable

GroupOutcome: TypeAlias = FailureGroup | NotFound | StorageUnavailable
PruneOutcome: TypeAlias = Pruned | InvalidInput | StorageUnavailable
TrustOutcome: TypeAlias = TrustedDirectory | InvalidInput | StorageUnavailable


class UpkeepCommands(CommandFamily):
    """Groups of failures settled, OpenCode started, old pipelines removed, folders trusted."""

    @or_unavailable
    async def set_group_status(
        self, group_id: str, status: FailureGroupStatus, actor: Actor, note: str | None = None
    ) -> GroupOutcome:
        """Says something of all its failures so far; those that come after are not covered by it."""
        at, said = self._clock.now(), self._said(note)
        group = await self._journal.set_group_status(group_id, status, actor, at, said)
        return group or NotFound(message="There is no such group of failures.", id=group_id)

    async def start_engine(self, actor: Actor) -> EngineHealth:
        """Starts OpenCode where that is possible and needed, and says how it is then."""
        health = await self._agents.start()
        started = EngineStarted(
            at=self._clock.now(),
            actor=actor,
            reachable=health.reachable,
            url=health.url,
            version=health.version,
            message=health.message,
        )
        await self._journal.record(started)
        return health

    @or_unavailable
    async def prune(self, older_than: datetime, actor: Actor, *, dry_run: bool = False) -> PruneOutcome:
        """Removes pipelines that ended before that moment, with all that belongs to them; or says what would go."""
        at = self._clock.now()
        if older_than > at:
            return InvalidInput(message="That is in the future: give a time that has passed.", field=("olderThan",))
        if dry_run:
            return await self._journal.prunable(older_than)
        return await self._journal.prune(older_than, at, actor)

    @or_unavailable
    async def trust_directory(self, path: str, actor: Actor) -> TrustOutcome:
        """Lets OpenCode be asked about it; one that is trusted already stays as it is."""
        if not path.strip():
            return InvalidInput(message="Name the directory that is to be trusted.", field=("path",))
        listing = await self._composer.listing(path)
        if isinstance(listing, InvalidInput):
            return listing
        return await self._trust.give(listing.path, actor)

    async def trusted_directories(self) -> Sequence[TrustedDirectory]:
        return await self._trust.listed()

    @or_unavailable
    async def revoke_trust(self, path: str, actor: Actor) -> str | NotFound:
        """Its path; what works there goes on, and the next look is asked about again."""
        gone = await self._trust.revoke(path, actor)
        return path if gone else NotFound(message=f"{path} is not among the directories that are trusted.", id=path)
