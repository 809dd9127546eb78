"""Name and password go with every request; where none was given, the server's own file is looked at."""

import json
from pathlib import Path

import httpx
import pytest

from adapters.opencode.credentials import Credentials, found_password

pytestmark = pytest.mark.asyncio

URL = "http://127.0.0.1:4096"


def written(folder: Path, url: str, password: str, name: str = "service.json") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps({"id": "1", "version": "2.1.2", "url": url, "pid": 7, "password": password}))
    return folder


class Server:
    """Wants one password, and notes which were shown."""

    def __init__(self, password: str) -> None:
        self.password = password
        self.shown: list[str | None] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        shown = request.headers.get("authorization")
        self.shown.append(shown)
        wanted = httpx.BasicAuth("opencode", self.password)._auth_header
        return httpx.Response(200 if shown == wanted else 401)


async def asked(server: Server, credentials: Credentials, times: int = 1) -> list[int]:
    async with httpx.AsyncClient(base_url=URL, transport=httpx.MockTransport(server), auth=credentials) as http:
        return [(await http.get("/api/info")).status_code for _ in range(times)]


async def test_a_given_password_is_shown_at_once() -> None:
    server = Server("secret")

    assert await asked(server, Credentials("opencode", "secret")) == [200]
    assert len(server.shown) == 1


async def test_without_a_password_the_server_s_own_file_is_looked_at_once(tmp_path: Path) -> None:
    server = Server("secret")

    statuses = await asked(server, Credentials("opencode", None, written(tmp_path, URL, "secret")), times=2)

    assert statuses == [200, 200]
    assert len(server.shown) == 3
    assert server.shown[0] is None


async def test_a_password_that_has_changed_with_a_restart_is_found_again(tmp_path: Path) -> None:
    server = Server("new")

    assert await asked(server, Credentials("opencode", "old", written(tmp_path, URL, "new"))) == [200]


@pytest.mark.parametrize("state", [None, "empty", "other", "broken"])
async def test_where_none_is_found_the_refusal_stands(tmp_path: Path, state: str | None) -> None:
    folder = tmp_path / "state"
    if state == "other":
        written(folder, "http://127.0.0.1:5000", "secret")
    if state == "broken":
        written(folder, URL, "secret").joinpath("service.json").write_text("{")

    assert await asked(Server("secret"), Credentials("opencode", None, folder if state else None)) == [401]


@pytest.mark.parametrize("there", ["http://localhost:4096", "http://0.0.0.0:4096/", "http://[::1]:4096"])
async def test_names_of_this_machine_are_one(tmp_path: Path, there: str) -> None:
    assert found_password(written(tmp_path, there, "secret", "service-2.json"), httpx.URL(URL)) == "secret"
