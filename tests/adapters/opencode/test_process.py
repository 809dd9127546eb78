"""An OpenCode of our own is ready before it is used and gone afterwards; one that cannot start says why."""

import asyncio
import os
import signal
import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.opencode.credentials import Credentials
from adapters.opencode.process import Program, Starter, program_of, spawned
from runner.failure_kinds import FailureKind
from runner.failures import AgentError
from tests.support.patience import eventually

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

    async with spawned(program, end_within=0.3) as child:
        assert child.url == "http://127.0.0.1:4321"
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
            "(it ended at once, with status 1): Error: port in use",
        ),
        (
            'sys.stderr.write("Error: Unexpected token\\n    at parse (config.js:1:2)\\n"); sys.exit(3)',
            "(it ended at once, with status 3): Error: Unexpected token",
        ),
        (
            r'print("\x1b[91m\x1b[1mError: \x1b[0mConfig file at /a is not valid JSON(C):\n--- Input ---\n{ key: s3cr3t'
            r'\n--- Errors ---\nInvalidSymbol at line 1, column 3\n--- End ---"); sys.exit(1)',
            "(it ended at once, with status 1): Error: Config file at /a is not valid JSON(C): "
            "InvalidSymbol at line 1, column 3",
        ),
        (
            r'print("\x1b[91m\x1b[1mError: \x1b[0mConfiguration is invalid at /a\n\u21b3 Expected string, got 5"); '
            "sys.exit(1)",
            "(it ended at once, with status 1): Error: Configuration is invalid at /a ↳ Expected string, got 5",
        ),
        (
            r'print("ENOENT: no such file or directory, mkdir \'/a\'\n  errno: -2,\n\nBun v1.3"); sys.exit(1)',
            "(it ended at once, with status 1): ENOENT: no such file or directory, mkdir '/a'",
        ),
        ('print("starting", flush=True); os.kill(os.getpid(), 9)', "(it ended at once, ended by SIGKILL): starting"),
        ("sys.exit(0)", "(it ended at once, with status 0)"),
        ("time.sleep(60)", "(not ready after 5s)"),
    ],
    ids=["ends", "stack trace", "broken file", "wrong configuration", "no home", "killed", "says nothing", "hangs"],
)
async def test_one_that_does_not_get_ready_says_why(tmp_path: Path, body: str, why: str) -> None:
    with pytest.raises(AgentError) as caught:
        async with spawned(a_program(tmp_path, body), ready_within=5):
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


async def test_a_program_that_may_not_be_run_is_named(tmp_path: Path) -> None:
    program = replace(a_program(tmp_path, READY), path=str(tmp_path))

    with pytest.raises(AgentError) as caught:
        async with spawned(program):
            pass

    assert caught.value.failure.message == "OpenCode could not be started (permission denied)"


async def never() -> bool:
    return False


async def always() -> bool:
    return True


async def test_one_that_has_died_is_started_again_and_ends_with_its_starter(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    body = f'open({str(pids)!r}, "a").write(f"{{os.getpid()}}\\n")\n{READY}\ntime.sleep(60)'
    starter = Starter(a_program(tmp_path, body), Credentials("", None), 0)

    await starter.start(never)
    await starter.start(always)
    first = int(pids.read_text())
    os.kill(first, signal.SIGKILL)
    await eventually(lambda: not starter.is_running)
    await starter.start(never)
    second = int(pids.read_text().split()[1])
    await starter.restart()
    third = int(pids.read_text().split()[2])

    assert is_alive(third)
    assert not is_alive(second)
    await starter.end()
    assert not is_alive(third)


async def test_one_that_is_frozen_ends_in_good_order(tmp_path: Path) -> None:
    said = tmp_path / "said"
    handler = f'lambda *_: (open({str(said)!r}, "w").write("ended"), sys.exit())'
    body = f"import signal; signal.signal(signal.SIGTERM, {handler})\n{READY}\ntime.sleep(60)"

    async with spawned(a_program(tmp_path, f'open({str(said)!r}, "w").write(str(os.getpid()))\n{body}'), end_within=30):
        os.kill(int(said.read_text()), signal.SIGSTOP)

    assert said.read_text() == "ended"


async def test_one_that_is_frozen_makes_room_for_the_next(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    body = f'open({str(pids)!r}, "a").write(f"{{os.getpid()}}\\n")\n{READY}\ntime.sleep(60)'
    starter = Starter(a_program(tmp_path, body), Credentials("", None), 0, end_within=0.3)

    await starter.start(never)
    first = int(pids.read_text())
    os.kill(first, signal.SIGSTOP)
    await starter.start(never)

    assert starter.is_running
    assert not is_alive(first)
    await starter.end()


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

    async with spawned(a_program(tmp_path, body, "2.1.2"), end_within=5) as child:
        assert child.url == "http://127.0.0.1:4321"

    assert ended.exists()


async def test_a_password_that_is_set_is_kept_and_another_one_is_drawn_otherwise() -> None:
    assert program_of({"OPENCODE_PASSWORD": "theirs"}).password == "theirs"
    assert program_of({"OPENCODE_SERVER_PASSWORD": "theirs"}, "ours").password == "ours"
    assert program_of({}).password != program_of({}).password
