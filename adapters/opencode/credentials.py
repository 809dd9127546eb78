"""The name and password that OpenCode wants: those that were given, else what a local server has left in its own file.

OpenCode 2 always has a password. One that runs as the user's service writes it beside its address into a file of its
state folder, which the user alone can read. It may be another one after every start, so it is looked up when it is
asked for, and kept in memory only.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path

import httpx
from pydantic import ValidationError

from adapters.opencode.reported import Shape


class _Service(Shape):
    url: str
    password: str


class Credentials(httpx.Auth):
    """Basic authentication; without a password none is sent until one was asked for and found in `state`.

    `found` is told of each that was found.
    """

    def __init__(self, username: str, password: str | None, state: Path | None = None) -> None:
        self.username = username
        self.password = password
        self.state = state
        self.found: Callable[[str], None] | None = None

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        raise RuntimeError("OpenCode is only asked by coroutines")

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        response = yield self._signed(request)
        if response.status_code != 401 or self.state is None:
            return
        found = await asyncio.to_thread(found_password, self.state, request.url)
        if found is not None and found != self.password:
            self.password = found
            if self.found is not None:
                self.found(found)
            yield self._signed(request)

    def _signed(self, request: httpx.Request) -> httpx.Request:
        if self.password is not None:
            # The library's own way to write the header; it has no public function for it.
            flow = httpx.BasicAuth(self.username, self.password).auth_flow(request)
            next(flow)
        return request


def found_password(state: Path, url: httpx.URL) -> str | None:
    """The password of the server at that address, as it stands in one of OpenCode's files; None: in none."""
    for file in sorted(state.glob("service*.json")):
        try:
            service = _Service.model_validate_json(file.read_bytes())
            there = httpx.URL(service.url)
        except (OSError, ValidationError, httpx.InvalidURL):
            continue
        if (_here(there.host), there.port) == (_here(url.host), url.port):
            return service.password
    return None


def _here(host: str) -> str:
    """Names of this machine are one; only such a server can have written the file."""
    return "127.0.0.1" if host in ("localhost", "::1", "0.0.0.0") else host
