"""An OpenCode of our own is ready before it is used and gone afterwards; one that cannot start says why."""

import asyncio
import os
import stat
import sys
from pathlib import Path

import pytest

from adapters.opencode.process import Program, program_of, spawned
from runner.failures import AgentError, FailureKind

pytestmark = pytest.mark.asyncio


def a_program(folder: Path, body: str, version: str = "1.18.34") -> Program:
    path, script = folder / "opencode", folder / "opencode.py"
    asked = f'if sys.argv[1:] == ["--version"]:\n    print("{version}")\n    sys.exit()'
    script.write_text(f"import os, sys, time\n{asked}\n{body}\n")
    # Not as the script's own interpreter: the kernel takes none whose path has a space.
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return program_of({"PATH": os.defpath}, path=str(path))


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

    async with spawned(a_program(tmp_path, f"{READY}\n{flood}")), asyncio.timeout(60):
        assert await asyncio.to_thread(fifo.read_text) == "all"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (
            'print("server password hunter2"); print("Error: port in use"); sys.exit(1)',
            "(it ended at once): Error: port in use",
        ),
        ("time.sleep(60)", "(not ready after 0.3s)"),
    ],
    ids=["ends", "hangs"],
)
async def test_one_that_does_not_get_ready_says_why(tmp_path: Path, body: str, why: str) -> None:
    with pytest.raises(AgentError) as caught:
        async with spawned(a_program(tmp_path, body), ready_within=0.3):
            pass

    assert caught.value.failure.kind is FailureKind.ENGINE_UNREACHABLE
    assert caught.value.failure.message == f"OpenCode could not be started {why}"
    assert "hunter2" not in (caught.value.failure.detail or "")


async def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(AgentError) as caught:
        async with spawned(program_of({}, path="/no/such/opencode")):
            pass

    assert caught.value.failure.message == "OpenCode could not be started (no such file or directory)"
    assert "--opencode-url" in caught.value.failure.hint


@pytest.mark.parametrize(
    ("version", "options", "variable"),
    [
        ("1.18.34", "serve --hostname 127.0.0.1 --port 0", "OPENCODE_SERVER_PASSWORD"),
        ("2.1.2", "serve --stdio --hostname 127.0.0.1 --port 0", "OPENCODE_PASSWORD"),
        ("opencode v2.0.0-rc.1", "serve --stdio --hostname 127.0.0.1 --port 0", "OPENCODE_PASSWORD"),
        ("what?", "serve --hostname 127.0.0.1 --port 0", "OPENCODE_SERVER_PASSWORD"),
    ],
)
async def test_each_generation_is_started_in_its_own_way(
    tmp_path: Path, version: str, options: str, variable: str
) -> None:
    said = tmp_path / "said"
    note = f'open({str(said)!r}, "w").write(" ".join(sys.argv[1:]) + "\\n" + os.environ[{variable!r}])'
    program = a_program(tmp_path, f"{note}\n{READY}\ntime.sleep(60)", version)

    async with spawned(program):
        assert said.read_text() == f"{options}\n{program.password}"


async def test_the_second_generation_says_its_address_in_json_and_goes_with_its_input(tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    body = (
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        'print(\'{"url": "http://127.0.0.1:4321"}\', flush=True)\n'
        f'sys.stdin.read()\nopen({str(ended)!r}, "w").close()'
    )

    async with spawned(a_program(tmp_path, body, "2.1.2"), end_within=5) as url:
        assert url == "http://127.0.0.1:4321"

    assert ended.exists()


async def test_a_password_that_is_set_is_kept_and_another_one_is_drawn_otherwise() -> None:
    assert program_of({"OPENCODE_PASSWORD": "theirs"}).password == "theirs"
    assert program_of({"OPENCODE_SERVER_PASSWORD": "theirs"}, "ours").password == "ours"
    assert program_of({}).password != program_of({}).password
