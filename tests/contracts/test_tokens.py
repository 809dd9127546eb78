"""Named tokens are kept and revoked once, each with its event, in whatever keeps them."""

from dataclasses import replace

import pytest

from runner.events import TokenChanged
from runner.model import Actor, Channel
from runner.principals import Role, Token
from tests.contracts.stores import Store, all_events
from tests.support.builders import NOW, after

pytestmark = pytest.mark.asyncio

ANA = Actor(name="ana", channel=Channel.PAGE)
CI = Token(name="ci", role=Role.OPERATOR, digest="1", created_by=ANA, created_at=NOW, expires_at=after(60))
BOARD = Token(name="board", role=Role.VIEWER, digest="2", created_by=ANA, created_at=NOW)


async def test_what_is_kept_is_found_by_name(store: Store) -> None:
    assert await store.tokens.add(CI)
    assert await store.tokens.add(BOARD)

    assert list(await store.tokens.all()) == [BOARD, CI]


async def test_of_two_of_one_name_the_first_stays(store: Store) -> None:
    await store.tokens.add(CI)

    assert not await store.tokens.add(replace(CI, digest="3", role=Role.ADMIN))
    assert list(await store.tokens.all()) == [CI]


async def test_what_is_revoked_is_gone_and_only_once(store: Store) -> None:
    await store.tokens.add(CI)
    await store.tokens.add(BOARD)

    assert await store.tokens.revoke("ci", ANA, after(1))
    assert not await store.tokens.revoke("ci", ANA, after(2))
    assert list(await store.tokens.all()) == [BOARD]


async def test_each_change_stands_in_the_log_with_who_and_by_which_way(store: Store) -> None:
    begin = await store.journal.newest()
    await store.tokens.add(CI)
    await store.tokens.add(CI)
    await store.tokens.revoke("ci", replace(ANA, channel=Channel.CLI), after(1))

    events = [recorded.event for recorded in await all_events(store.journal, begin)]

    assert events == [
        TokenChanged(at=NOW, actor=ANA, token="ci", role=Role.OPERATOR, change="added"),
        TokenChanged(at=after(1), actor=ANA, token="ci", role=Role.OPERATOR, change="revoked"),
    ]
    assert [event.actor and event.actor.channel for event in events] == [Channel.PAGE, Channel.CLI]
    assert [recorded.event for recorded in store.told.recorded] == events
