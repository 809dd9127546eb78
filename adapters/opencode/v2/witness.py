"""The witness of one attempt: holds what log, bus and lists have told of it, and says when something has changed."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

from adapters.opencode.observations import Ask, Now, Observations, with_ask, without_ask
from adapters.opencode.refusals import Refusals
from adapters.opencode.v2 import wire
from adapters.opencode.v2.asks import form_ask, permission_ask
from adapters.opencode.v2.client import Client
from adapters.opencode.v2.fold import announced, logged, used
from adapters.opencode.v2.run import Run, with_child
from adapters.opencode.v2.session_log import entries
from adapters.opencode.v2.shower import Shower
from runner.failures import Failure


class Witness:
    """`changed` is set by whatever may matter, `blind` once the bus had a gap.

    `followed` says whether the log is being followed and known up to now; `severed` why it cannot be any more.
    """

    def __init__(self, run: Run, shower: Shower, now: Now, refusals: Refusals) -> None:
        self.run = run
        self.changed = asyncio.Event()
        self.blind = False
        self.followed = False
        self.severed: Failure | None = None
        self._shower = shower
        self._now = now
        self._refusals = refusals

    @property
    def seen(self) -> Observations:
        return self.run.seen

    def take(self, event: wire.Frame) -> None:
        """An event of the bus."""
        self._become(announced(self.run, event, self._now()), event)

    def take_logged(self, event: wire.Frame) -> None:
        """An event of a session's log."""
        self._become(logged(self.run, event, self._now()), event)

    def caught_up(self) -> None:
        """The log is known up to now."""
        self.followed = True
        self.changed.set()

    def cut_off(self, severed: Failure | None = None) -> None:
        """The log is not followed any more; `severed`: nor will it be."""
        self.followed, self.severed = False, severed
        self.changed.set()

    def removed(self) -> None:
        """The session is not there any more."""
        self.run = replace(self.run, seen=replace(self.seen, deleted=True))
        self.cut_off()

    async def catch_up(self, client: Client) -> None:
        """Reads anew what a gap in the bus may have hidden: sub-agents, what became of them, and who asks.

        Raises:
            AgentError: OpenCode could not be asked.
        """
        self.blind = True
        await self._find_children(client)
        for session_id in sorted(self.seen.sessions - {self.run.session_id}):
            await self.read_log(client, session_id)
        await self._read_asks(client)
        self.changed.set()

    def is_told(self) -> bool:
        """Whether what the attempt has used is known from its log: of sub-agents the bus does not tell all."""
        return self.followed and self.run.is_over and len(self.seen.sessions) == 1

    async def read_totals(self, client: Client) -> None:
        """Reads what the attempt has used, its sub-agents and the summaries of its context included.

        Raises:
            AgentError: OpenCode could not be asked.
        """
        for session_id in sorted(self.seen.sessions):
            session = await client.session(session_id)
            if session_id in self.seen.usages:
                usages = {**self.seen.usages, session_id: used(session.cost, session.tokens)}
                self.run = replace(self.run, seen=replace(self.seen, usages=usages))

    async def _find_children(self, client: Client) -> None:
        unread = set(self.seen.sessions)
        while unread:
            for child in await client.children(unread.pop()):
                if child not in self.seen.sessions:
                    self.run = with_child(self.run, child)
                    unread.add(child)

    async def read_log(self, client: Client, session_id: str) -> None:
        """What was added to that session's log since. Raises AgentError as `catch_up` does."""
        after = self.run.seqs.get(session_id, 0)
        async with client.log(session_id, after) as frames, aclosing(entries(frames)) as events:
            async for event in events:
                if event.type == "log.synced":
                    return
                self.take_logged(event)

    async def _read_asks(self, client: Client) -> None:
        now, found = self._now(), list[Ask]()
        for session_id in sorted(self.seen.sessions):
            found += [permission_ask(asked, now) for asked in await client.permissions(session_id)]
            found += [form_ask(asked, now) for asked in await client.forms(session_id)]
        seen, still = self.seen, {ask.id for ask in found}
        for ask in seen.asks:
            if ask.id not in still:
                seen = without_ask(seen, ask.id, now, rejected=self._refusals.knows(ask.id))
        for ask in found:
            seen = with_ask(seen, ask, now)
        self.run = replace(self.run, seen=seen)

    def _become(self, run: Run, event: wire.Frame) -> None:
        if run is self.run:
            return
        before, self.run = self.run, run
        self._shower.show(before, run, event)
        self.changed.set()
