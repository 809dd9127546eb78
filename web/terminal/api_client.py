"""A running stepwire, spoken to over GraphQL: asked by POST, followed over a websocket that resumes by its cursor."""

import asyncio
import json
import random
import ssl
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from runner.plaintext import one_line
from web.settings import is_loopback
from web.terminal.api_documents import Item
from web.terminal.troubles import CannotDo
from web.token import CHANNEL, GONE

_SECONDS = 30.0
_FORBIDDEN = 4403
_OUR_FAULT = range(4400, 4410)
_TOKEN = "The token is missing or wrong: give the one in the address that stepwire serve printed, with --token."


class Lost(Exception):
    """The line broke; following again from the last cursor misses nothing."""


class ApiClient:
    """Raises CannotDo for what trying again does not mend."""

    def __init__(self, url: str, token: str | None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise CannotDo(f'"{one_line(url)}" is no address of a server; write e.g. --url http://127.0.0.1:8400.')
        self.url = url.rstrip("/")
        self._credentials = {"authorization": f"Bearer {token}"} if token else {}
        self._headers = {CHANNEL: "cli", **self._credentials}
        # A proxy that the environment names for the world is none for this machine.
        self._direct = is_loopback(parts.hostname)
        self._encrypted = parts.scheme == "https"
        self._reached = False

    async def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> Item:
        """The data of a query or mutation.

        Raises:
            Lost: no answer came; CannotDo: it was refused.
        """
        body = {"query": document, "variables": dict(variables or {})}
        try:
            async with httpx.AsyncClient(verify=self._tls, trust_env=not self._direct, timeout=_SECONDS) as http:
                answer = await http.post(f"{self.url}/graphql", json=body, headers=self._headers)
        except httpx.TransportError as error:
            raise Lost(one_line(str(error)) or type(error).__name__) from error
        return self._data(answer)

    async def told(self, document: str, variables: Mapping[str, Any] | None = None) -> Item:
        """As `ask`, for whom an answer that does not come is the end: raises CannotDo alone."""
        try:
            return await self.ask(document, variables)
        except Lost as error:
            raise CannotDo(self.unreachable(error)) from error

    async def told_once(self, document: str, variables: Mapping[str, Any]) -> Item:
        """As `told`, for what its idempotency key keeps from being done twice: asked again where no answer came."""
        try:
            return await self.ask(document, variables)
        except Lost:
            return await self.told(document, variables)

    def page(self, pipeline: Item) -> str:
        """Where the pipeline is looked at."""
        return f"{self.url}/pipelines/{pipeline['id']}"

    async def follow(
        self, document: str, variables: Mapping[str, Any], *, lost: Callable[[Lost | None], None]
    ) -> AsyncGenerator[Item]:
        """The items of a subscription with the variable `after`, each once and in order, over any number of sockets.

        `lost` is told when the line breaks, and with None when it is back. The first connection must succeed.
        """
        wanted, tries = dict(variables), 0
        while True:
            try:
                async with aclosing(self.subscribe(document, wanted)) as items:
                    async for item in items:
                        if tries:
                            lost(None)
                        tries = 0
                        wanted["after"] = item.get("cursor", wanted.get("after"))
                        yield item
            except Lost as error:
                if not self._reached:
                    raise CannotDo(self.unreachable(error)) from error
                if tries == 0:
                    lost(error)
            tries += 1
            await asyncio.sleep(min(0.25 * 2 ** min(tries, 6), 2.0) * (0.5 + random.random()))

    async def subscribe(self, document: str, variables: Mapping[str, Any]) -> AsyncGenerator[Item]:
        """The items over one socket, until the server completes it.

        Raises:
            Lost: the line broke.
        """
        try:
            async with connect(
                self.url.replace("http", "ws", 1) + "/graphql",
                subprotocols=[Subprotocol("graphql-transport-ws")],
                additional_headers=self._headers,
                max_size=None,
                proxy=None if self._direct else True,
            ) as socket:
                await _begin(socket, document, variables, self._credentials)
                self._reached = True
                while (item := await _next_item(socket)) is not None:
                    yield item
        except InvalidStatus as error:
            if error.response.status_code >= 500:
                raise Lost(f"status {error.response.status_code}") from error
            body = (error.response.body or b"").decode(errors="replace")
            raise CannotDo(f"{self.url} refused: {one_line(body, 300) or error}") from error
        except ConnectionClosed as error:
            code, reason = (error.rcvd.code, error.rcvd.reason) if error.rcvd else (1006, "")
            if code in _OUR_FAULT:
                wrong_token = code == _FORBIDDEN and reason != GONE
                raise CannotDo(_TOKEN if wrong_token else f"{self.url} refused: {one_line(reason)}") from error
            raise Lost(one_line(reason) or f"closed with {code}") from error
        except (OSError, TimeoutError, WebSocketException) as error:
            raise Lost(one_line(str(error)) or type(error).__name__) from error

    def unreachable(self, error: Lost) -> str:
        return f"No stepwire answers at {self.url} ({error}): start it with stepwire serve, or give its --url."

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """For all requests: reading what certificates are trusted takes longer than asking; without TLS, none is."""
        if not self._encrypted:
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return httpx.create_ssl_context(trust_env=not self._direct)

    def _data(self, answer: httpx.Response) -> Item:
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise CannotDo(_TOKEN)
        try:
            body = answer.json()
            errors = "; ".join(one_line(str(error["message"])) for error in body.get("errors") or [])
            data = body.get("data")
        except (ValueError, AttributeError, KeyError, TypeError) as error:
            said = one_line(answer.text, 200)
            message = f"{self.url} is no stepwire, or not as it should be (status {answer.status_code}): {said}"
            raise CannotDo(message) from error
        if errors or not isinstance(data, dict):
            raise CannotDo(f"stepwire refused the request: {errors or 'no data came'}")
        return data


async def _begin(
    socket: ClientConnection, document: str, variables: Mapping[str, Any], credentials: Mapping[str, str]
) -> None:
    await socket.send(json.dumps({"type": "connection_init", "payload": dict(credentials)}))
    payload = {"query": document, "variables": dict(variables)}
    while json.loads(await socket.recv()).get("type") != "connection_ack":
        pass
    await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))


async def _next_item(socket: ClientConnection) -> Item | None:
    """The next value of the subscription's one field; None when it is complete."""
    while True:
        message = json.loads(await socket.recv())
        match message.get("type"):
            case "next":
                payload = message["payload"]
                if payload.get("errors"):
                    raise CannotDo(f"stepwire refused: {_said(payload['errors'])}")
                (item,) = payload["data"].values()
                return dict(item)
            case "error":
                raise CannotDo(f"stepwire refused: {_said(message['payload'])}")
            case "complete":
                return None
            case "ping":
                await socket.send('{"type":"pong"}')


def _said(errors: list[Item]) -> str:
    return "; ".join(one_line(str(error.get("message"))) for error in errors)
