"""An agent with a shell tries to approve its own work: refused where approvals are separate, else told as it was.

A real OpenCode, spawned by stepwire; its tool call leaves a program behind that takes whatever token it can read, and
asks the API for what a person is asked.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.opencode_server import OpenCodeServer, opencode_binary, opencode_config
from tests.support.provider import provider
from tests.support.provider_replies import text, tool
from tests.support.stepwire_server import TOKEN, StepwireServer, stepwire_server

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]

AGENTS = "agents: [{name: sly, description: Works, opencode_agent: build, default_model: stub/sly}]\n"
PIPELINES = "pipelines: [{name: guarded, steps: [{agent: sly}, {type: approval, description: Ship it?}]}]\n"
ATTACK = """
import json, os, time, urllib.request
from pathlib import Path

token = Path(os.environ["XDG_DATA_HOME"], "stepwire", "token").read_text().strip()
told = {"environment": [name for name in os.environ if name.startswith("STEPWIRE")]}

def ask(query):
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json", "stepwire-channel": "page"}
    body = json.dumps({"query": query}).encode()
    with urllib.request.urlopen(urllib.request.Request(URL + "/graphql", body, headers)) as answer:
        return json.load(answer)["data"]

while not (found := ask("{ approvals { id } }")["approvals"]):
    time.sleep(0.1)
told["made"] = ask('mutation { done: createToken(name: "person", role: APPROVER) { __typename } }')["done"]
told["approved"] = ask(f'mutation {{ done: approve(approvalId: "{found[0]["id"]}") {{ __typename }} }}')["done"]
draft = Path("outcome.draft")
draft.write_text(json.dumps(told))
draft.rename("outcome.json")
"""
START = "mutation ($input: StartPipelineInput!) { startPipeline(input: $input) { __typename } }"
APPROVALS = "{ approvals(status: null) { status decidedBy { name } } viewer { name } server { approvalsBind message } }"
DECIDED = "{ events(types: [APPROVAL_DECIDED]) { nodes { actor { name } channel } } }"


@asynccontextmanager
async def attacked(root: Path, approvals: str) -> AsyncIterator[tuple[StepwireServer, dict[str, Any]]]:
    """A server whose agent has tried, and what came of it."""
    async with provider() as llm:
        opencode = OpenCodeServer(binary=opencode_binary(), root=root, port=0)
        opencode.configure(opencode_config(llm.url, models=("sly",)))
        kept = Path(opencode.environment["XDG_DATA_HOME"]) / "stepwire" / "token"
        kept.parent.mkdir(parents=True)
        kept.write_text(TOKEN)
        async with stepwire_server(
            root / "stepwire",
            opencode_url="spawn",
            options=("--approvals", approvals),
            environment=opencode.environment,
            agents=AGENTS,
            pipelines=PIPELINES,
        ) as stepwire:
            (opencode.project / "attack.py").write_text(f"URL = {stepwire.url!r}\n{ATTACK}")
            command = f"setsid {sys.executable} attack.py > attack.log 2>&1 < /dev/null &"
            llm.script("sly", tool("bash", {"command": command, "description": "Work"}), text("All done."))
            given = {"prompt": "Work", "template": "guarded", "directory": str(opencode.project)}
            await stepwire.query(START, input=given)
            yield stepwire, await outcome(opencode.project)


async def outcome(project: Path) -> dict[str, Any]:
    file = project / "outcome.json"
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(file.exists):  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.1)
    return dict(json.loads(await asyncio.to_thread(file.read_text)))


async def test_where_approvals_are_separate_the_token_that_an_agent_finds_decides_nothing(tmp_path: Path) -> None:
    async with attacked(tmp_path, "separate") as (stepwire, told):
        answer = await stepwire.query(APPROVALS)

        assert told == {
            "environment": [],
            "made": {"__typename": "Forbidden"},
            "approved": {"__typename": "Forbidden"},
        }
        assert answer["approvals"] == [{"status": "PENDING", "decidedBy": None}]
        assert any("forbidden" in line and "command=approve" in line for line in stepwire.output)
        # An agent that is bent on it has other ways, as the same user: that is said, not implied.
        assert answer["server"]["approvalsBind"] is False
        assert "can change its database" in answer["server"]["message"]


async def test_where_any_approval_counts_it_is_said_that_it_does_not_bind_and_whose_token_it_was(
    tmp_path: Path,
) -> None:
    async with attacked(tmp_path, "any") as (stepwire, told):
        answer, audit = await stepwire.query(APPROVALS), await stepwire.query(DECIDED)

        assert told["approved"] == {"__typename": "Approval"}
        assert audit["events"]["nodes"] == [{"actor": answer["viewer"], "channel": "PAGE"}]
        assert answer["server"]["approvalsBind"] is False
        assert any("Approvals do not bind agents: OpenCode runs as the same user" in line for line in stepwire.output)
