"""What the README says to type works as it stands, one command after the other."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.commands import STEPWIRE

README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.mark.slow
def test_the_commands_of_the_readme_do_what_it_says(tmp_path: Path) -> None:
    first, *others = re.findall(r"^\$ \./run (.+)$", README.read_text(), re.MULTILINE)
    mentioned = re.findall(r"`\./run (\w+)`", README.read_text())
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path), "TMPDIR": str(tmp_path)}

    def done(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [*STEPWIRE, *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    serving = [*STEPWIRE, *first.split(), "--port", "0"]
    with subprocess.Popen(serving, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().split()[-1]
        beside = [done(*command.split(), "--url", url) for command in others]
        alone = [done(word) for word in mentioned]
        server.terminate()

    assert (first, others, mentioned) == ("demo", ["ps"], ["init"])
    assert [(said.returncode, said.stderr) for said in (*beside, *alone)] == [(0, "")] * 2
