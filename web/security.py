"""Who may talk to stepwire: hosts and origins on a list, against foreign pages, and a token for everything but pages.

The pages themselves hold nothing secret: they get the token from the address that the server printed, and send it on.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from runner.model import Actor

# Inline styles, fonts from data: and workers from blob: are what GraphiQL's editor needs. Nothing needs inline scripts,
# so one that slipped through in foreign text is not run.
_PAGE_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}


@dataclass(frozen=True, kw_only=True)
class Gatekeeper:
    """Knows the token, if one is demanded, and whose it is."""

    token: str | None
    actor: Actor

    def admits(self, authorization: str | None) -> bool:
        """Whether `authorization` ("Bearer …") is good enough; anything is where no token is demanded."""
        if self.token is None:
            return True
        scheme, _, given = (authorization or "").partition(" ")
        # As bytes: of texts, compare_digest takes ASCII alone and raises for the rest.
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self.token.encode())


class HostCheck:
    """Refuses requests whose Host is not on the list, and those that a page of another origin makes a browser send.

    Without it, a page that rebinds its name to 127.0.0.1 could read everything. A request without an Origin comes from
    no page. Every answer carries the headers that keep our own pages to themselves.
    """

    def __init__(self, app: ASGIApp, *, allowed_hosts: Iterable[str]) -> None:
        self._app = app
        self._allowed = frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        if problem := self._problem(Headers(scope=scope)):
            if scope["type"] == "websocket":
                await WebSocketClose(code=4403, reason=problem)(scope, receive, send)
            else:
                await PlainTextResponse(f"{problem}\n", status_code=403)(scope, receive, send)
            return
        await self._app(scope, receive, _with_headers(send, _PAGE_HEADERS))

    def _problem(self, headers: Headers) -> str | None:
        host = headers.get("host", "")
        # Of two Host headers a proxy may have judged the other one.
        one = len(headers.getlist("host")) == 1
        if not one or (_name_of(host) not in self._allowed and "*" not in self._allowed):
            return f"Host {host!r} is not allowed; name it with --allowed-host."
        # Compared with Host, which is on the list by now, and not with a list of origins, one more to be kept. Without
        # the scheme: where a proxy ends TLS before us, it is not ours to know.
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return f"Origin {origin!r} is not allowed here."
        return None


def _name_of(host: str) -> str:
    """The host without its port, in lower case; an IPv6 address keeps its brackets."""
    name = host.lower()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.partition(":")[0]


def _with_headers(send: Send, extra: Mapping[str, str]) -> Send:
    added = [(name.encode(), value.encode()) for name, value in extra.items()]

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message.get("headers", [])}
            message["headers"] = [
                *message.get("headers", []),
                *((name, value) for name, value in added if name not in present),
            ]
        await send(message)

    return sending
