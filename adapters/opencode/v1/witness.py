"""The witness of one attempt: takes the server's events while the attempt runs and holds what they tell."""

import asyncio

from adapters.opencode.observations import Now, Observations, with_ask, without_ask
from adapters.opencode.v1 import wire
from adapters.opencode.v1.client import Client
from adapters.opencode.v1.frames import (
    observe,
    observe_message,
    permission_ask,
    question_ask,
    totals,
    usage_of,
    with_status,
)
from adapters.opencode.v1.shower import Shower
from runner.copies import replace


class Witness:
    """`changed` is set by every event that may matter, `rested` when OpenCode stops working on the session; `blind` is
    True once the stream had a gap, `caught_up` once what it may have hidden was read.
    """

    def __init__(self, seen: Observations, shower: Shower, now: Now) -> None:
        self.seen = seen
        self.changed = asyncio.Event()
        self.rested = asyncio.Event()
        self.blind = False
        self.caught_up = False
        self._shower = shower
        self._now = now

    def take(self, event: wire.Event) -> None:
        before = self.seen
        after = observe(before, event, self._now())
        if after is before:
            return
        self.seen = after
        self._shower.show(before, after, event)
        if after.idle:
            self.rested.set()
        self.changed.set()

    async def catch_up(self, client: Client) -> None:
        """Reads anew what a gap in the stream may have hidden: sub-agents, status, asks, messages.

        Raises:
            AgentError: OpenCode could not be asked.
        """
        self.blind = True
        before = self.seen
        for child in await client.children(before.session_id):
            self.seen = replace(self.seen, sessions=self.seen.sessions | {child.id})
        await self._catch_up_status(client)
        for session_id in sorted(self.seen.sessions):
            for message in await client.messages(session_id):
                self.seen = observe_message(self.seen, message, self._now())
        # Last: the time to answer begins when it can be told that somebody asks.
        await self._catch_up_asks(client)
        if self.seen != before:
            self.seen = replace(self.seen, last_sign=self._now())
        self._shower.show(before, self.seen)
        self.caught_up = True
        self.changed.set()

    def add_up(self, last: wire.Info) -> bool:
        """Takes what the attempt has used from what was told of its messages; whether that is all. `last` is how the
        answer itself ends.
        """
        found = None if self.blind else totals(self.seen, last)
        if found is not None:
            self.seen = replace(self.seen, usages=found)
        return found is not None

    async def read_totals(self, client: Client) -> None:
        """Reads what the attempt has used, its sub-agents included.

        Raises:
            AgentError: OpenCode could not be asked.
        """
        for session_id in sorted(self.seen.sessions):
            session = await client.session(session_id)
            used = usage_of(session.tokens, session.cost)
            if session.tokens is None:
                messages = await client.messages(session_id)
                used = sum((usage_of(told.info.tokens, told.info.cost) for told in messages), used)
            self.seen = replace(self.seen, usages={**self.seen.usages, session_id: used})

    async def _catch_up_status(self, client: Client) -> None:
        statuses = await client.statuses(self.seen.directory)
        for session_id in sorted(self.seen.sessions):
            if session_id in statuses:
                self.seen = with_status(self.seen, session_id, statuses[session_id], self._now())

    async def _catch_up_asks(self, client: Client) -> None:
        now = self._now()
        permissions = [permission_ask(asked, now) for asked in await client.permissions(self.seen.directory)]
        questions = [question_ask(asked, now) for asked in await client.questions(self.seen.directory)]
        open_now = {ask.id: ask for ask in (*permissions, *questions) if ask.session_id in self.seen.sessions}
        for ask in self.seen.asks:
            if ask.id not in open_now:
                self.seen = without_ask(self.seen, ask.id, now)
        for ask in open_now.values():
            self.seen = with_ask(self.seen, ask, now)
