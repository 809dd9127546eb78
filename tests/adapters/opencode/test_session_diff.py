"""What OpenCode keeps of its sessions' changes is told; where it keeps none, nothing is."""

import httpx
import pytest
from pydantic import JsonValue

from adapters.opencode.connection import Connection, new_http_client
from adapters.opencode.session_diff import of_message
from adapters.opencode.v1.client import Client
from adapters.opencode.v2.client import Client as Client2
from runner.failures import AgentError
from runner.file_changes import ChangeSource, FileChange, FileStatus, of_files
from tests.adapters.opencode.v1.engines import a_work, scripted_engine
from tests.adapters.opencode.v1.listening import Listener
from tests.adapters.opencode.v2.engines import scripted_engine2

pytestmark = pytest.mark.asyncio

PATCH = "Index: a.txt\n====\n--- a.txt\t\n+++ a.txt\t\n@@ -1,2 +1,3 @@\n one\n two\n+three\n"
DIFFS: list[JsonValue] = [
    {"file": "a.txt", "patch": PATCH, "additions": 1, "deletions": 0, "status": "modified"},
    {"file": "b.bin", "patch": "", "additions": 0, "deletions": 0, "status": "added"},
    {"path": "gone", "patch": "@@ -1 +0,0 @@\n-x\n", "additions": 0.0, "deletions": 1.0, "status": "deleted"},
    {"additions": 2, "deletions": 0, "status": "of another version"},
]
FOUND = of_files(
    ChangeSource.ENGINE,
    [
        FileChange(path="", status=FileStatus.MODIFIED, added=2),
        FileChange(path="a.txt", status=FileStatus.MODIFIED, added=1, diff="@@ -1,2 +1,3 @@\n one\n two\n+three"),
        FileChange(path="b.bin", status=FileStatus.ADDED, binary=True),
        FileChange(path="gone", status=FileStatus.DELETED, removed=1, diff="@@ -1 +0,0 @@\n-x"),
    ],
)


async def test_opencode_1_tells_of_a_session_or_of_none() -> None:
    async with scripted_engine() as engine:
        listener = Listener()
        await engine.agents.run(a_work(), listener)
        assert listener.session_id is not None
        nothing = await engine.agents.changes(listener.session_id, "/")
        engine.server.sessions[listener.session_id].diffs = list(DIFFS)

        assert nothing is None
        assert await engine.agents.changes(listener.session_id, "/") == FOUND


async def test_opencode_2_tells_of_a_session_or_of_none() -> None:
    async with scripted_engine2() as engine:
        listener = Listener()
        await engine.agents.run(a_work(), listener)
        assert listener.session_id is not None
        nothing = await engine.agents.changes(listener.session_id, "/")
        engine.server.stage.sessions[listener.session_id].diffs = list(DIFFS)

        assert nothing is None
        assert await engine.agents.changes(listener.session_id, "/") == FOUND


@pytest.mark.parametrize("summary", [None, True, {}, {"diffs": []}, {"diffs": [{"additions": "many"}]}, "text"])
async def test_a_summary_without_diffs_tells_nothing(summary: JsonValue) -> None:
    assert of_message(summary) is None


async def test_a_summary_of_a_message_is_read_as_the_session_would_be() -> None:
    assert of_message({"title": "x", "diffs": DIFFS}) == FOUND


async def test_a_session_that_is_not_known_is_an_error_and_a_path_that_is_not_there_is_none() -> None:
    def answers(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404)

    async with new_http_client("http://engine", transport=httpx.MockTransport(answers)) as http:
        assert list(await Client2(Connection(http)).diff("ses_1")) == []
        with pytest.raises(AgentError):
            await Client(http).diff("ses_1")
