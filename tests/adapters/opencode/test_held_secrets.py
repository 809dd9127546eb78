"""What OpenCode holds as secret is known by value, whatever it looks like, and nothing else is taken for one."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from pydantic import JsonValue

from adapters.opencode import agents_over, open_agents
from adapters.opencode.held_secrets import HeldSecrets, secrets_in, secrets_in_files, secrets_of_environment
from runner.redacted import RedactedAgents
from runner.redaction import Redactor

LETTERS = "correcthorsebatterystaple"

HELD: Mapping[str, tuple[JsonValue, str]] = {
    "a provider's key": ({"provider": {"stub": {"options": {"apiKey": "q7w8e9r0"}}}}, "q7w8e9r0"),
    "a key of letters": ({"provider": {"stub": {"options": {"apiKey": LETTERS}}}}, LETTERS),
    "a key in a list": ({"providers": [{"id": "stub", "key": "zyxwvuts1234"}]}, "zyxwvuts1234"),
    "a key of a later generation": ({"data": [{"settings": {"apiKey": "plain7words"}}]}, "plain7words"),
    "a bearer header": ({"mcp": {"docs": {"headers": {"Authorization": "Bearer hush9hush"}}}}, "hush9hush"),
    "another header": ({"mcp": {"docs": {"headers": {"X-Workspace": "w0rkspace-3f9a77c1"}}}}, "w0rkspace-3f9a77c1"),
    "a header of one model": ({"models": {"a": {"headers": {"api-key": "m0del-key"}}}}, "m0del-key"),
    "an MCP server's environment": ({"mcp": {"git": {"environment": {"GIT_PAT": "pat4letters"}}}}, "pat4letters"),
    "an MCP server's command": ({"mcp": {"db": {"command": ["srv", "--token", "cmd1line2"]}}}, "cmd1line2"),
    "an address's query": ({"mcp": {"x": {"url": "https://h.example/sse?api_key=qu3ryqu3ry"}}}, "qu3ryqu3ry"),
    "an address's password": ({"url": "postgres://app:pass%40word1@db/app"}, "pass@word1"),
    "an OAuth client": ({"mcp": {"x": {"oauth": {"clientSecret": "cl1ent-s3cret"}}}}, "cl1ent-s3cret"),
    "a long number": ({"token": "123456789012"}, "123456789012"),
}

INNOCENT: Mapping[str, JsonValue] = {
    "a short word": {"apiKey": "none"},
    "a word": {"apiKey": "anything"},
    "a placeholder": {"apiKey": "not-needed-here"},
    "a variable's name": {"env": ["ANTHROPIC_API_KEY", "CLOUDFLARE_R2_ACCOUNT_ID"]},
    "a reference": {"apiKey": "{env:SOME_KEY_1234}"},
    "an address": {"baseURL": "https://api.example.com/v1", "endpoint_key": "https://k3y.example/v1"},
    "a path": {"environment": {"ROOT": "/srv/app/2026/checkout1"}, "keyfile_key": "/etc/ssl/k3y.pem"},
    "a header that says what is spoken": {
        "headers": {"anthropic-version": "2023-06-01", "anthropic-beta": "tools-20250219"}
    },
    "a content type": {"headers": {"content-type": "application/json", "user-agent": "opencode/1.18.33 linux"}},
    "a model's name": {"model": "anthropic/claude-sonnet-4-5", "small_model": "openai/gpt-4o-2024-08-06"},
    "a sentence": {"token": "write 3 tests and be done"},
    "a switch": {"setCacheKey": True, "timeout": 300_000},
    "a short number": {"key": "20260131"},
    "a shortcut": {"keybinds": {"leader_key": "ctrl+x"}},
}


@pytest.mark.parametrize("case", HELD)
def test_a_secret_is_found_wherever_it_is_configured(case: str) -> None:
    value, secret = HELD[case]

    assert set(secrets_in(value)) == {secret}


@pytest.mark.parametrize("case", INNOCENT)
def test_what_is_none_is_not_taken_for_one(case: str) -> None:
    assert set(secrets_in(INNOCENT[case])) == set()


def test_what_people_signed_in_with_is_read_from_files(tmp_path: Path) -> None:
    signed_in = {
        "stub": {"type": "api", "key": "ap1-key-of-stub"},
        "other": {"type": "oauth", "access": "acc3ss-token", "refresh": LETTERS, "expires": 1_790_000_000_000},
        "https://well.example": {"type": "wellknown", "key": "WELL_KEY", "token": "w3ll-known-token"},
    }
    (tmp_path / "auth.json").write_text(json.dumps(signed_in))
    (tmp_path / "mcp-auth.json").write_text(json.dumps({"docs": {"tokens": {"accessToken": "mcp-t0ken-of-docs"}}}))
    (tmp_path / "broken-auth.json").write_text("{")
    (tmp_path / "auth-of-nobody.json").symlink_to(tmp_path / "nowhere")

    assert secrets_in_files(tmp_path) == {
        "ap1-key-of-stub",
        "acc3ss-token",
        LETTERS,
        "w3ll-known-token",
        "mcp-t0ken-of-docs",
    }


def test_variables_that_are_called_like_a_secret_are_known() -> None:
    environment = {
        "STUB_API_KEY": "st0b-key-by-env",
        "DB_PASSWORD": LETTERS,
        "DATABASE_URL": "postgres://app:pg-passw0rd@db/app",
        "HOME": "/home/ana",
        "PWD": "/home/ana/app1",
        "SSH_AUTH_SOCK": "/tmp/ssh-XXXX1234/agent.1",
        "PATH": "/usr/bin:/bin",
        "TERM": "xterm-256color",
    }

    assert secrets_of_environment(environment) == {"st0b-key-by-env", LETTERS, "pg-passw0rd"}


class Server:
    """An OpenCode of either generation whose configuration holds a key, which it quotes in what it says."""

    def __init__(self, generation: int, key: str) -> None:
        self.generation = generation
        self.key = key
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(str(request.url))
        match path:
            case "/api/info" if self.generation == 2:
                return httpx.Response(200, json={"version": "2.1.2", "pid": 7})
            case "/global/health" if self.generation == 1:
                return httpx.Response(200, json={"healthy": True, "version": "1.18.34"})
            case "/config":
                return httpx.Response(200, json={"provider": {"stub": {"options": {"apiKey": self.key}}}})
            case "/api/provider":
                return httpx.Response(200, json={"data": [{"id": "stub", "settings": {"apiKey": self.key}}]})
            case "/agent":
                return httpx.Response(
                    200, json=[{"name": "build", "description": f"has {self.key}", "mode": "primary"}]
                )
            case "/config/providers":
                return httpx.Response(200, json={"providers": []})
            case "/api/agent":
                said = {"id": "build", "description": f"has {self.key}", "mode": "primary", "hidden": False}
                return httpx.Response(200, json={"data": [said]})
            case "/session/status":
                return httpx.Response(200, json={})
            case "/instance/dispose":
                return httpx.Response(200, json=True)
            case "/api/model":
                return httpx.Response(200, json={"data": []})
        return httpx.Response(404)


@asynccontextmanager
async def redacted(server: Server) -> AsyncIterator[RedactedAgents]:
    http = httpx.AsyncClient(transport=httpx.MockTransport(server), base_url="http://opencode.example")
    async with agents_over(http) as agents:
        yield RedactedAgents(agents, Redactor())


@pytest.mark.asyncio
@pytest.mark.parametrize("generation", [1, 2])
async def test_a_key_that_looks_like_nothing_is_out_of_what_the_engine_says(generation: int) -> None:
    async with redacted(Server(generation, LETTERS)) as agents:
        known = await agents.known("/srv/app")

    assert known.agents == {"build": "has [redacted:configured]"}


@pytest.mark.asyncio
@pytest.mark.parametrize("generation", [1, 2])
async def test_a_key_that_was_changed_is_known_after_a_reload(generation: int) -> None:
    server = Server(generation, LETTERS)
    async with redacted(server) as agents:
        await agents.known("/srv/app")
        server.key = "another" + LETTERS
        await agents.reload("/srv/app")
        known = await agents.known("/srv/app")

    assert known.agents == {"build": "has [redacted:configured]"}


@pytest.mark.asyncio
async def test_only_the_folder_that_is_asked_about_is_opened() -> None:
    server = Server(1, LETTERS)
    async with redacted(server) as agents:
        await agents.known("/srv/app")

    assert {url.partition("?")[2] for url in server.asked} <= {"", "directory=%2Fsrv%2Fapp"}


@pytest.mark.asyncio
async def test_an_engine_that_never_answers_holds_nobody_up() -> None:
    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with httpx.AsyncClient(transport=httpx.MockTransport(never), base_url="http://opencode.example") as http:
        await HeldSecrets(http, within=0.05).look(1, None)


@pytest.mark.asyncio
async def test_the_environment_and_a_made_up_password_are_known_from_the_start() -> None:
    redactor = Redactor()
    async with open_agents(
        "http://127.0.0.1:1", password="p4ssword-of-it", environment={"STUB_API_KEY": LETTERS}
    ) as agents:
        RedactedAgents(agents, redactor)

    assert redactor(f"{LETTERS} p4ssword-of-it") == "[redacted:configured] [redacted:configured]"
