"""What the real OpenCode keeps of the files that an agent changed is what is told of the attempt."""

import asyncio
import subprocess
from pathlib import Path

import pytest

from adapters.opencode import open_agents
from runner.file_changes import ChangeSource, FileChange, FileStatus
from tests.adapters.opencode.v1.engines import a_work
from tests.adapters.opencode.v1.listening import Listener
from tests.support.opencode_server import opencode_config, opencode_server
from tests.support.provider import provider
from tests.support.provider_replies import text, tool

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.asyncio]


def git(directory: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Tester", "-c", "user.email=tester@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=directory, check=True, capture_output=True)


async def test_the_files_of_a_session_are_told_as_opencode_keeps_them(tmp_path: Path) -> None:
    async with provider() as llm:
        config = {**opencode_config(llm.url, models=("writes",), permission={"*": "allow"}), "snapshot": True}
        async with opencode_server(tmp_path, llm.url, config=config) as server, open_agents(server.url) as agents:
            project, listener = server.project, Listener()
            git(project, "init", "--quiet")
            (project / "dirty").write_text("before\n")
            git(project, "commit", "--quiet", "--allow-empty", "--message", "Begin")
            llm.script("writes", tool("write", {"filePath": str(project / "new"), "content": "a\nb\n"}), text("Done."))
            work = a_work(model="stub/writes", directory=str(project), timeout_seconds=300.0, stall_seconds=300.0)
            await agents.run(work, listener)
            assert listener.session_id is not None
            # OpenCode sums up beside the run's end, and tells nobody when it is through.
            found = None
            for _ in range(100):
                if (found := await agents.changes(listener.session_id, str(project))) is not None:
                    break
                await asyncio.sleep(0.1)

    assert found is not None
    assert found.source is ChangeSource.ENGINE
    assert found.files == (FileChange(path="new", status=FileStatus.ADDED, added=2, diff="@@ -0,0 +1,2 @@\n+a\n+b"),)
