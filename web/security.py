"""From where one may talk to stepwire: hosts and origins on a list, against foreign pages. Who may: `web.gatekeeper`.

The pages themselves hold nothing secret: they get the token from the address that the server printed, and send it on.
"""

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

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
    # What says nothing of it is an answer, and of this moment; pages and their files say it themselves.
    "cache-control": "no-store",
}

# Programs send none; a person who types the address is of no site.
_OWN_SITES = frozenset({"same-origin", "none"})


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
        # A websocket has no answer to put them on, and keeps what it is given as long as it lasts.
        sending = send if scope["type"] == "websocket" else _with_headers(send, _PAGE_HEADERS)
        if problem := self._problem(Headers(scope=scope)):
            await _refuse(problem, scope, receive, sending)
            return
        await self._app(scope, receive, sending)

    def _problem(self, headers: Headers) -> str | None:
        host = headers.get("host", "")
        # Of two Host headers a proxy may have judged the other one.
        one = len(headers.getlist("host")) == 1
        if not one or (_name_of(host) not in self._allowed and "*" not in self._allowed):
            return f"Host {host!r} is not allowed; name it with --allowed-host."
        # Compared with Host, which is on the list by now, and not with a list of origins, one more to be kept. Without
        # the scheme: where a proxy ends TLS before us, it is not ours to know.
        origin = headers.get("origin")
        if origin is not None and _place_of(origin) != host.lower():
            return f"Origin {origin!r} is not allowed here."
        return None


class SiteCheck:
    """Refuses what a page of another site, or of another port or name of ours, makes a browser send.

    Such a request may carry no Origin: an image, a script, a fetch without CORS. Then the browser's own word for where
    it comes from is all there is. For whatever tells or changes something; pages may be linked to from anywhere.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sites = {site.strip().lower() for site in Headers(scope=scope).getlist("sec-fetch-site")}
        if sites <= _OWN_SITES:
            await self._app(scope, receive, send)
            return
        await _refuse("Another site's page may not ask this; open the address itself.", scope, receive, send)


def _place_of(origin: str) -> str | None:
    """Its host and port in lower case; None where it is no address at all."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


async def _refuse(problem: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await WebSocketClose(code=4403, reason=problem)(scope, receive, send)
    else:
        await PlainTextResponse(f"{problem}\n", status_code=403)(scope, receive, send)


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
