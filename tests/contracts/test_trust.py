"""What is trusted is kept once, with who trusted it, and each change of it is an event."""

import pytest

from runner.events import TrustChanged
from runner.trust import TrustedDirectory
from tests.contracts.stores import Store
from tests.support.builders import ANA, NOW, after

pytestmark = pytest.mark.asyncio

APP = TrustedDirectory(path="/srv/app", by=ANA, at=NOW)


async def test_what_is_trusted_is_listed_by_path(store: Store) -> None:
    await store.trust.add(APP, "trusted")
    await store.trust.add(TrustedDirectory(path="/srv/aaa", by=ANA, at=NOW), "trusted")

    assert [each.path for each in await store.trust.trusted()] == ["/srv/aaa", "/srv/app"]
    assert (await store.trust.trusted())[1] == APP


async def test_each_change_is_one_event(store: Store) -> None:
    await store.trust.add(APP, "trusted")
    again = await store.trust.add(TrustedDirectory(path="/srv/app", by=ANA, at=after(60)), "trusted")
    await store.trust.remove(TrustedDirectory(path="/srv/app", by=ANA, at=after(90)), "gone")
    await store.trust.remove(APP, "gone")

    assert again == APP
    assert await store.trust.trusted() == []
    assert [recorded.event for recorded in store.told.recorded] == [
        TrustChanged(at=NOW, actor=ANA, directory="/srv/app", change="trusted"),
        TrustChanged(at=after(90), actor=ANA, directory="/srv/app", change="gone"),
    ]
