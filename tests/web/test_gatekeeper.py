"""Only who holds a valid token gets in, and stays in no longer than it is valid, whichever process revokes it."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from adapters.database import DatabaseUnusable, open_tokens
from runner.model import Actor, Channel
from runner.ports import TokenStore
from runner.principals import Approvals, Role, Token, TokenRequest, digest_of, owner
from runner.tokens import NewToken
from schema.scalars import encode_cursor
from tests.support.agents import PromptedAgents
from tests.support.application import Running, application
from tests.support.fakes import FakeClock
from tests.support.memory import MemoryJournal
from tests.support.memory_tokens import MemoryTokens
from tests.support.patience import eventually
from web.gatekeeper import Gatekeeper

pytestmark = pytest.mark.asyncio

OWN = "the-token-of-the-server"
OWNER = owner("owner", Approvals.ANY)
SECRET = "stw_a-secret"


def a_token(clock: FakeClock, **more: Any) -> Token:
    made: dict[str, Any] = {"name": "ci", "role": Role.OPERATOR, "digest": digest_of(SECRET), **more}
    return Token(created_by=Actor(name="owner"), created_at=clock.now(), **made)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def tokens() -> MemoryTokens:
    return MemoryTokens(MemoryJournal())


@pytest.fixture
def gatekeeper(tokens: MemoryTokens, clock: FakeClock) -> Gatekeeper:
    return Gatekeeper(token=OWN, owner=OWNER, tokens=tokens, clock=clock)


@pytest.mark.parametrize(
    ("authorization", "name"),
    [
        (f"Bearer {OWN}", "owner"),
        (f"bearer {OWN}", "owner"),
        (f"Bearer  {OWN} ", "owner"),
        (f"Bearer {SECRET}", "ci"),
        (f"Bearer {digest_of(SECRET)}", None),
        (f"Bearer {OWN}x", None),
        (f"Bearer {SECRET[:-1]}", None),
        ("Bearer ", None),
        (f"Basic {OWN}", None),
        (OWN, None),
        ("Bearer rïght", None),
        ("", None),
        (None, None),
    ],
)
async def test_only_tokens_admit(
    gatekeeper: Gatekeeper, tokens: MemoryTokens, clock: FakeClock, authorization: str | None, name: str | None
) -> None:
    await tokens.add(a_token(clock))

    principal = await gatekeeper.admit(authorization)

    assert (principal.name if principal else None) == name


async def test_without_a_token_everybody_is_the_owner(tokens: MemoryTokens, clock: FakeClock) -> None:
    open_to_all = Gatekeeper(token=None, owner=OWNER, tokens=tokens, clock=clock)

    assert await open_to_all.admit(None) == OWNER


@pytest.mark.parametrize(
    ("said", "channel"),
    [("page", Channel.PAGE), (" CLI ", Channel.CLI), ("api", Channel.API), ("mars", Channel.API), (None, Channel.API)],
)
async def test_the_channel_is_what_the_client_says(gatekeeper: Gatekeeper, said: str | None, channel: Channel) -> None:
    principal = await gatekeeper.admit(f"Bearer {OWN}", said)

    assert principal is not None
    assert principal.actor.channel is channel


async def test_an_expired_token_admits_no_more(gatekeeper: Gatekeeper, tokens: MemoryTokens, clock: FakeClock) -> None:
    await tokens.add(a_token(clock, expires_at=clock.now() + timedelta(seconds=60)))
    before = await gatekeeper.admit(f"Bearer {SECRET}")
    clock.advance(60)

    assert before is not None
    assert await gatekeeper.admit(f"Bearer {SECRET}") is None


async def test_whoever_waits_is_told_when_their_token_is_gone_and_only_they(
    gatekeeper: Gatekeeper, tokens: MemoryTokens, clock: FakeClock
) -> None:
    await tokens.add(a_token(clock))
    await tokens.add(a_token(clock, name="other", digest="another"))
    named, own = await gatekeeper.admit(f"Bearer {SECRET}"), await gatekeeper.admit(f"Bearer {OWN}")
    assert named is not None
    assert own is not None
    waiting, staying = asyncio.create_task(gatekeeper.gone(named)), asyncio.create_task(gatekeeper.gone(own))
    await asyncio.sleep(0)

    await tokens.revoke("other", OWNER.actor, clock.now())
    await gatekeeper.look()
    await asyncio.sleep(0)
    stayed = not waiting.done()
    await tokens.revoke("ci", OWNER.actor, clock.now())
    await gatekeeper.look()
    async with asyncio.timeout(10):
        await waiting

    assert stayed
    assert not staying.done()
    staying.cancel()


async def test_whoever_waits_is_told_when_their_token_expires(
    gatekeeper: Gatekeeper, tokens: MemoryTokens, clock: FakeClock
) -> None:
    await tokens.add(a_token(clock, expires_at=clock.now() + timedelta(seconds=60)))
    named = await gatekeeper.admit(f"Bearer {SECRET}")
    assert named is not None
    waiting = asyncio.create_task(gatekeeper.gone(named))

    clock.advance(59)
    await gatekeeper.look()
    await asyncio.sleep(0)
    stayed = not waiting.done()
    clock.advance(1)
    await gatekeeper.look()
    async with asyncio.timeout(10):
        await waiting

    assert stayed


class Broken(MemoryTokens):
    """A database that is not there for a while."""

    broken = False

    async def all(self) -> Any:
        if self.broken:
            raise DatabaseUnusable("gone")
        return await super().all()


async def test_while_the_database_cannot_be_read_those_count_who_counted_before(clock: FakeClock) -> None:
    store = Broken(MemoryJournal())
    gatekeeper = Gatekeeper(token=OWN, owner=OWNER, tokens=store, clock=clock)
    await store.add(a_token(clock))
    assert await gatekeeper.admit(f"Bearer {SECRET}")

    store.broken = True

    assert await gatekeeper.admit(f"Bearer {SECRET}")
    assert await gatekeeper.admit("Bearer unknown") is None
    assert await gatekeeper.admit(f"Bearer {OWN}")


@pytest_asyncio.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with application(tmp_path, PromptedAgents(), auth="token", token=OWN) as served:
        yield served


async def made(running: Running, name: str, role: Role = Role.OPERATOR) -> str:
    outcome = await running.parts.tokens.create(TokenRequest(name=name, role=role), OWNER)
    assert isinstance(outcome, NewToken)
    return outcome.secret


def store_of(running: Running) -> TokenStore:
    return running.parts.database.tokens


EVENTS = "subscription { events { __typename } }"


async def initialised(socket: ClientConnection, secret: str) -> None:
    payload = {"authorization": f"Bearer {secret}", "stepwire-channel": "page"}
    await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
    assert json.loads(await socket.recv())["type"] == "connection_ack"


async def test_sockets_and_streams_end_with_their_token_though_another_process_revoked_it(
    running: Running, tmp_path: Path
) -> None:
    secret = await made(running, "ci")
    address = running.url.replace("http", "ws", 1) + "/graphql"
    protocol = Subprotocol("graphql-transport-ws")
    streaming = {"accept": "text/event-stream", "authorization": f"Bearer {secret}"}
    async with (
        asyncio.timeout(30),
        connect(address, subprotocols=[protocol]) as idle,
        connect(address, subprotocols=[protocol]) as busy,
        connect(address, subprotocols=[protocol]) as owners,
        httpx.AsyncClient(trust_env=False) as client,
        client.stream("POST", f"{running.url}/graphql", json={"query": EVENTS}, headers=streaming) as stream,
    ):
        await initialised(idle, secret)
        await initialised(busy, secret)
        await initialised(owners, OWN)
        await busy.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": EVENTS}}))

        # As `stepwire token revoke` does it, beside the server.
        async with open_tokens(f"sqlite+aiosqlite:///{tmp_path}/stepwire.db") as beside:
            assert await beside.revoke("ci", Actor(name="owner"), FakeClock().now())
        told = (await stream.aread()).decode()
        codes = [await closed(socket) for socket in (idle, busy)]

        await owners.send('{"type":"ping"}')
        assert json.loads(await owners.recv())["type"] == "pong"

    assert codes == [(4403, "Forbidden: the token was revoked or has expired")] * 2
    assert "the token was revoked" in told
    assert told.endswith("event: complete\ndata:\n\n")
    assert (await asked(running, secret)).status_code == 401


async def closed(socket: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as ended:
        await _all_of(socket)
    assert ended.value.rcvd is not None
    return ended.value.rcvd.code, ended.value.rcvd.reason


async def _all_of(socket: ClientConnection) -> None:
    while True:
        await socket.recv()


async def asked(running: Running, secret: str | None, query: str = "{ viewer { name } }") -> httpx.Response:
    headers = {"authorization": f"Bearer {secret}"} if secret else {}
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.post(f"{running.url}/graphql", json={"query": query}, headers=headers)


async def test_a_token_made_beside_the_server_is_good_at_once(running: Running, tmp_path: Path) -> None:
    async with open_tokens(f"sqlite+aiosqlite:///{tmp_path}/stepwire.db") as beside:
        await beside.add(a_token(FakeClock()))

    assert (await asked(running, SECRET)).json() == {"data": {"viewer": {"name": "ci"}}}
    assert [token.name for token in await store_of(running).all()] == ["ci"]


def _files(folder: Path) -> list[Path]:
    return list(folder.glob("stepwire.db*"))


async def test_a_secret_is_nowhere_in_the_database(running: Running, tmp_path: Path) -> None:
    secret = await made(running, "ci")

    stored = b"".join(file.read_bytes() for file in _files(tmp_path))

    assert digest_of(secret).encode() in stored
    assert secret.encode() not in stored


@pytest.mark.parametrize("secret", [None, "wrong"])
async def test_nothing_is_suggested_to_whoever_has_no_token(running: Running, secret: str | None) -> None:
    answer = await asked(running, secret, "{ pipelinez { nodes { id } } }")

    assert answer.status_code == 401
    assert "Did you mean" not in answer.text


async def test_to_whoever_has_a_token_it_is_suggested(running: Running) -> None:
    answer = await asked(running, OWN, "{ pipelinez { nodes { id } } }")

    assert "Did you mean 'pipeline' or 'pipelines'" in answer.text


async def test_subscribers_with_other_rights_share_nothing(running: Running) -> None:
    viewer, operator, another = [
        await made(running, name, role)
        for name, role in [("v", Role.VIEWER), ("o", Role.OPERATOR), ("p", Role.OPERATOR)]
    ]
    address = running.url.replace("http", "ws", 1) + "/graphql"
    protocol = Subprotocol("graphql-transport-ws")
    async with (
        asyncio.timeout(30),
        connect(address, subprotocols=[protocol]) as one,
        connect(address, subprotocols=[protocol]) as two,
        connect(address, subprotocols=[protocol]) as three,
    ):
        sockets = {one: viewer, two: operator, three: another}
        after = encode_cursor(await running.parts.database.journal.newest())
        query = f'subscription {{ events(after: "{after}") {{ __typename }} }}'
        for socket, secret in sockets.items():
            await initialised(socket, secret)
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))
        await eventually(lambda: running.figures.subscribers >= len(sockets))
        await made(running, "one more")
        for socket in sockets:
            assert "TokenChanged" in str(await socket.recv())

    assert running.figures.executions == 2
