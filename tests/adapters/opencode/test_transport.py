"""Whatever goes wrong on the way to OpenCode is told as by httpx's own transport: the same kind, the same words."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import httpx
import pytest

from adapters.opencode.connection import new_http_client
from adapters.opencode.errors import Call, failure_of
from adapters.opencode.tls import context_for
from adapters.opencode.transport import TRANSLATED, Transport
from runner.failures import Failure
from tests.adapters.opencode.v1.engines import http, on_a_socket
from tests.support.tls_server import healthy_server

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]
PATIENCE = httpx.Timeout(5.0, connect=2.0)
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


def says(raw: bytes) -> Behaviour:
    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(raw)

    return behave


def says_and_resets(raw: bytes) -> Behaviour:
    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        writer.transport.abort()

    return behave


async def says_nothing(_: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def stops_in_the_middle(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"content-length: 100\r\n\r\n{")
    await writer.drain()
    await asyncio.Event().wait()


FAULTS = {
    "hangs up": says(b""),
    "resets": says_and_resets(b""),
    "hangs up in the head": says(HEAD[:30]),
    "less than announced": says(HEAD + b"content-length: 100\r\n\r\n{}"),
    "resets in the body": says_and_resets(HEAD + b"content-length: 100\r\n\r\n{}"),
    "a chunk that breaks off": says(HEAD + b"transfer-encoding: chunked\r\n\r\n64\r\n{"),
    "chunks without an end": says(HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n"),
    "says nothing": says_nothing,
    "stops in the middle": stops_in_the_middle,
    "not the compression announced": says(http(b"{}").replace(b"connection: close", b"content-encoding: gzip")),
}
# httpx itself says how much of a body has come, which is of no use to people.
COUNTED = re.compile(r" \((?:received \d+ bytes, expected \d+|incomplete chunked read)\)")
# What both understand, and word differently: here the kind alone is the same.
WORDED_DIFFERENTLY = {
    "no HTTP": says(b"I am no HTTP server\r\n\r\n"),
    "a chunk without its size": says(HEAD + b"transfer-encoding: chunked\r\n\r\nno size\r\n{}"),
    "a length that is none": says(HEAD + b"content-length: many\r\n\r\n{}"),
}


def through(transport: httpx.AsyncBaseTransport, url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, transport=transport, timeout=PATIENCE, trust_env=False)


def transports(url: str) -> tuple[httpx.AsyncBaseTransport, httpx.AsyncBaseTransport]:
    context = context_for(url)
    return httpx.AsyncHTTPTransport(verify=context), Transport(context, keepalive_seconds=5)


async def told(client: httpx.AsyncClient, *, read: float = 5.0, running: bool = True) -> Failure:
    """How the request fails, as a step that runs in it would be told."""
    async with client:
        try:
            await client.post("/", json={}, timeout=httpx.Timeout(5.0, connect=2.0, read=read))
        except httpx.HTTPError as error:
            return failure_of(error, Call(url="http://there", running=running))
    pytest.fail("nothing went wrong")


@asynccontextmanager
async def misbehaving(behave: Behaviour) -> AsyncIterator[str]:
    async def answer(_: str, writer: asyncio.StreamWriter) -> None:
        await behave(writer)

    async with on_a_socket(answer) as url:
        yield url


@pytest.mark.parametrize("fault", [*FAULTS, *WORDED_DIFFERENTLY])
@pytest.mark.parametrize("running", [True, False], ids=["in a step", "before it"])
@pytest.mark.asyncio
async def test_a_fault_is_told_as_by_httpx_itself(fault: str, running: bool) -> None:
    behave = {**FAULTS, **WORDED_DIFFERENTLY}[fault]
    async with misbehaving(behave) as url:
        before, now = [
            await told(through(each, url), read=0.2 if behave in (says_nothing, stops_in_the_middle) else 5.0)
            for each in transports(url)
        ]

    assert now.kind is before.kind
    assert now.message == COUNTED.sub("", before.message) or fault in WORDED_DIFFERENTLY
    assert "<" not in now.message + now.causes[0].message


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9", "http://[::1]:9", "http://localhost:9", "http://no.such.host.invalid"]
)
@pytest.mark.asyncio
async def test_nobody_there_is_told_as_by_httpx_itself(url: str) -> None:
    before, now = [await told(through(each, url)) for each in transports(url)]

    assert (now.kind, now.message) == (before.kind, before.message)
    assert "object at" not in now.causes[0].message


@pytest.mark.parametrize("named", ["own", "other"])
@pytest.mark.asyncio
async def test_a_certificate_is_refused_as_by_httpx_itself(named: str) -> None:
    async with healthy_server(named) as port:
        url = f"https://127.0.0.1:{port}"
        before, now = [await told(through(each, url)) for each in transports(url)]

    assert (now.kind, now.message, now.hint) == (before.kind, before.message, before.hint)


@pytest.mark.asyncio
async def test_a_body_that_nobody_takes_is_given_up() -> None:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reader._transport.pause_reading()  # type: ignore[attr-defined]  # there is no other way not to read
        await stopped.wait()
        writer.transport.abort()

    stopped = asyncio.Event()
    server = await asyncio.start_server(behave, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    patience = httpx.Timeout(connect=2.0, pool=2.0, read=None, write=0.2)
    async with server, through(transports(url)[1], url) as client:
        with pytest.raises(httpx.WriteTimeout):
            await client.post("/", content=b"x" * 64 * 1024 * 1024, timeout=patience)
        stopped.set()


@pytest.mark.asyncio
async def test_a_large_body_arrives_as_it_is_and_may_be_answered_late() -> None:
    took: list[bytes] = []

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        took.append(await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])))
        # Later than the limit on each piece: that is for the sending alone.
        await asyncio.sleep(0.4)
        writer.write(http(b"{}"))
        writer.close()

    sent = json.dumps("ü" * 1_000_000).encode()
    server = await asyncio.start_server(behave, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, through(transports(url)[1], url) as client:
        patience = httpx.Timeout(connect=2.0, pool=2.0, read=None, write=0.3)
        answer = await client.post("/", content=sent, timeout=patience)

    assert (took, answer.json()) == ([sent], {})


@pytest.mark.asyncio
async def test_as_many_requests_as_there_are_steps_are_under_way_at_once() -> None:
    many, here, all_here = 150, 0, asyncio.Event()

    async def behave(_: asyncio.StreamWriter) -> None:
        nonlocal here
        here += 1
        if here == many:
            all_here.set()
        await all_here.wait()
        _.write(http(b"{}"))

    async with misbehaving(behave) as url, new_http_client(url) as client, asyncio.timeout(60):
        answers = await asyncio.gather(*(client.post("/", json={}) for _ in range(many)))

    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.parametrize(
    "name", ["/a%20b", "/100%", "/a+b", "/a#b", "/a&b=c", "/a b", '/it\'s "q"', "/ünï日本", "/a%2Fb"]
)
@pytest.mark.asyncio
async def test_a_folder_is_asked_for_as_by_httpx_itself(name: str) -> None:
    lines: list[str] = []

    async def answer(line: str, writer: asyncio.StreamWriter) -> None:
        lines.append(str(httpx.URL(line.split(" ")[1]).params["directory"]))
        writer.write(http(b"{}"))

    async with on_a_socket(answer) as url:
        for each in transports(url):
            async with through(each, url) as client:
                await client.get("/session/ses%2F1", params={"directory": name})

    assert lines == [name, name]


@pytest.mark.asyncio
async def test_no_proxy_of_the_environment_and_no_netrc_is_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    heads: list[str] = []

    async def answer(line: str, writer: asyncio.StreamWriter) -> None:
        heads.append(line)
        writer.write(http(b"{}"))

    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    async with on_a_socket(answer) as url, new_http_client(url) as client:
        await client.get("/there")

    assert heads == ["GET /there HTTP/1.1"]


@pytest.mark.asyncio
async def test_a_connection_is_used_again() -> None:
    connections = 0

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(http(b"{}").replace(b"connection: close\r\n", b""))

    server = await asyncio.start_server(behave, "127.0.0.1", 0)
    async with server, new_http_client(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as client:
        for _ in range(3):
            await client.get("/")

    assert connections == 1


def test_every_exception_of_aiohttp_has_its_counterpart() -> None:
    exceptions = [each for each in vars(aiohttp).values() if isinstance(each, type)]
    of_clients = [each for each in exceptions if issubclass(each, aiohttp.ClientError)]

    assert of_clients
    assert [each for each in of_clients if not any(issubclass(each, kind) for kind in TRANSLATED)] == []
    kinds = list(TRANSLATED)
    assert not [(a, b) for at, a in enumerate(kinds) for b in kinds[:at] if issubclass(a, b)]
