"""An OpenCode of our own is ready before it is used and gone afterwards; one that cannot start says why."""

import asyncio
import os
import stat
import sys
from pathlib import Path

import pytest

from adapters.opencode.process import spawned
from runner.failures import AgentError, FailureKind

pytestmark = pytest.mark.asyncio


def a_program(folder: Path, body: str) -> str:
    path, script = folder / "opencode", folder / "opencode.py"
    script.write_text(f"import os, sys, time\n{body}\n")
    # Not as the script's own interpreter: the kernel takes none whose path has a space.
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


READY = 'print("Warning: no password"); print("opencode server listening on http://127.0.0.1:4321", flush=True)'


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    "manners", ["", "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"], ids=["polite", "stubborn"]
)
async def test_it_lives_as_long_as_the_context(tmp_path: Path, manners: str) -> None:
    pid_file = tmp_path / "pid"
    program = a_program(
        tmp_path, f'{manners}\nopen({str(pid_file)!r}, "w").write(str(os.getpid()))\n{READY}\ntime.sleep(60)'
    )

    async with spawned(program, end_within=0.3) as url:
        assert url == "http://127.0.0.1:4321"
        pid = int(pid_file.read_text())
        assert is_alive(pid)

    assert not is_alive(pid)


async def test_much_output_does_not_stop_it(tmp_path: Path) -> None:
    fifo = tmp_path / "said"
    os.mkfifo(fifo)
    flood = f'print("x" * 1_000_000, flush=True)\nopen({str(fifo)!r}, "w").write("all")\ntime.sleep(60)'

    async with spawned(a_program(tmp_path, f"{READY}\n{flood}")), asyncio.timeout(10):
        assert await asyncio.to_thread(fifo.read_text) == "all"


@pytest.mark.parametrize(
    ("body", "why"),
    [('print("Error: port in use"); sys.exit(1)', "it ended at once"), ("time.sleep(60)", "not ready after 0.3s")],
    ids=["ends", "hangs"],
)
async def test_one_that_does_not_get_ready_says_why(tmp_path: Path, body: str, why: str) -> None:
    with pytest.raises(AgentError) as caught:
        async with spawned(a_program(tmp_path, body), ready_within=0.3):
            pass

    assert caught.value.failure.kind is FailureKind.ENGINE_UNREACHABLE
    assert caught.value.failure.message == f"OpenCode could not be started ({why})"


async def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(AgentError) as caught:
        async with spawned("/no/such/opencode"):
            pass

    assert caught.value.failure.message == "OpenCode could not be started (no such file or directory)"
    assert "--opencode-url" in caught.value.failure.hint
