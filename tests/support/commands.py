"""`stepwire` as one types it: a server of its own as a process, and commands that talk to it.

with Server(tmp_path / "root", TEMPLATES).serving() as server:
    done = server.command("run", "fine", "Mend it")
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STEPWIRE = (sys.executable, "-c", "from web.cli import main; main()")


class Server:
    """`stepwire serve` with scripted agents, and commands that talk to it."""

    def __init__(self, root: Path, templates: str) -> None:
        (root / "definitions").mkdir(parents=True)
        (root / "definitions" / "pipelines.yaml").write_text(templates)
        self.root = root
        self.environment = {**os.environ, "XDG_DATA_HOME": str(root), "COLUMNS": "300", "NO_COLOR": "1"}
        self.url = ""

    @contextmanager
    def serving(self, port: str = "0", terminal: int | None = None) -> Iterator["Server"]:
        """Before a person whoever calls reads the address in `terminal`, which is closed here."""
        options = ("--port", port, "--config", "definitions", "--opencode-url", "scripted")
        serving = subprocess.Popen(
            [*STEPWIRE, "serve", *options],
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE if terminal is None else terminal,
            stderr=subprocess.DEVNULL if terminal is None else terminal,
            text=True,
        )
        if terminal is not None:
            os.close(terminal)
        with serving:
            if serving.stdout is not None:
                self.url = serving.stdout.readline().split()[-1]
            try:
                yield self
            finally:
                serving.terminate()

    def place(self, *, first: bool = False) -> str:
        """The cursor of the newest event, or of the first."""
        events = json.loads(self.command("events", "--format", "json").stdout)
        return str(events[0 if first else -1]["cursor"])

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*STEPWIRE, *arguments, "--url", self.url],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=60,
            check=False,
        )

    def started(self, *arguments: str, stdin: int = subprocess.DEVNULL) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*STEPWIRE, *arguments, "--url", self.url],
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=stdin,
            text=True,
        )
