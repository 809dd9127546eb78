"""What the real OpenCode holds as secret is known by value before anything is asked of its agents."""

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.opencode import open_agents
from runner.redacted import RedactedAgents
from runner.redaction import Redactor
from tests.support.opencode_server import opencode_config, opencode_server

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.asyncio]

KEY, TENANT, HEADER, SIGNED_IN = (
    "correcthorsebatterystaple",
    "tenant-7f3a99c1d2e4",
    "wordsonlyheader",
    "signedinwith4ever",
)


async def test_keys_headers_and_what_people_signed_in_with_are_known(tmp_path: Path) -> None:
    config: dict[str, Any] = json.loads(json.dumps(opencode_config("http://127.0.0.1:9")))
    (provider,) = config["provider"].values()
    provider["options"] |= {"apiKey": KEY, "headers": {"X-Tenant": TENANT}}
    remote = {"type": "remote", "url": "http://127.0.0.1:9/mcp", "enabled": False}
    config["mcp"] = {"docs": {**remote, "headers": {"Authorization": f"Bearer {HEADER}"}}}
    files = tmp_path / "home" / "data" / "opencode"
    files.mkdir(parents=True)
    (files / "auth.json").write_text(json.dumps({"stub": {"type": "api", "key": SIGNED_IN}}))
    redactor = Redactor()

    async with (
        opencode_server(tmp_path, "http://127.0.0.1:9", config=config) as server,
        open_agents(server.url, files=files) as agents,
    ):
        known = await RedactedAgents(agents, redactor).known(str(server.project))

    assert "build" in known.agents
    assert redactor(f"{KEY} {TENANT} {HEADER} {SIGNED_IN}").split() == ["[redacted:configured]"] * 4
    innocent = "the agent build asks stub/text over http://127.0.0.1:9 with @ai-sdk/openai-compatible"
    assert redactor(innocent) == innocent
