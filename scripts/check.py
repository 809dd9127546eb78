"""All checks and tests, which ./test runs after the set-up: `python -m scripts.check [PYTEST ARGUMENTS]`.

Without arguments every part runs, even when an earlier one failed; with arguments only pytest does. Pytest comes last
and in this process, so that its closing line is the last and yet names the other parts that failed. It shares the tests
among as many processes as there are cores, by file: those of one file share what is expensive to set up.
`-n 0` among the arguments keeps all in one process, for a debugger.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts import client, node, opencode

ROOT = client.ROOT
BIN = ROOT / ".venv" / "bin"
AT_ONCE = 2
# In the order of tests/conftest.py: xdist's own, files with the most tests first, leaves the longest to the end.
SHARED = ("-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder")


@dataclass(frozen=True, kw_only=True)
class Part:
    name: str
    command: Sequence[str]
    folder: Path = ROOT
    environment: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    part: Part
    passed: bool
    seconds: float
    output: str


class FailedParts:
    """Pytest plugin that repeats, beside pytest's own summary, which of the other parts failed."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._names:
            terminalreporter.write_line(f"FAILED besides the tests (see above): {', '.join(self._names)}", red=True)


def main(arguments: Sequence[str]) -> int:
    failed = [] if arguments else [outcome.part.name for outcome in _run_all(_parts()) if not outcome.passed]
    os.environ.update(_services())
    # A shell's background job ignores SIGINT, and so would each program that a test means to interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    result = int(pytest.main([*SHARED, *arguments], plugins=[FailedParts(failed)]))
    return result or bool(failed)


def _parts() -> list[Part]:
    """The slowest first: they run two at a time."""
    plain = dict(os.environ)
    parts = [Part(name="types (mypy)", command=[str(BIN / "mypy")], environment=plain)]
    if client.wanted():
        npm = ["npm", "run", "check"]
        parts.append(Part(name="client", command=npm, folder=client.SOURCES, environment=node.environment()))
    if (ROOT / "web" / "cli.py").exists():
        parts.append(Part(name="schema", command=[str(BIN / "stepwire"), "schema", "--check"], environment=plain))
    return [
        *parts,
        Part(name="imports (import-linter)", command=[str(BIN / "lint-imports"), "--no-logo"], environment=plain),
        Part(name="lint (ruff)", command=[str(BIN / "ruff"), "check"], environment=plain),
        Part(name="format (ruff)", command=[str(BIN / "ruff"), "format", "--check"], environment=plain),
    ]


def _run_all(parts: Sequence[Part]) -> list[Outcome]:
    outcomes = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for future in as_completed([pool.submit(_run, part) for part in parts]):
            outcome = future.result()
            print(f"{'ok' if outcome.passed else 'FAILED':8}{outcome.part.name:28}{outcome.seconds:6.1f} s", flush=True)
            if not outcome.passed:
                print(outcome.output, flush=True)
            outcomes.append(outcome)
    return outcomes


def _run(part: Part) -> Outcome:
    start = time.monotonic()
    process = subprocess.run(
        part.command,
        cwd=part.folder,
        env=part.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Outcome(
        part=part, passed=process.returncode == 0, seconds=time.monotonic() - start, output=process.stdout.rstrip()
    )


def _services() -> dict[str, str]:
    """Where the tests find what they need but cannot bring along; without it they are skipped, and say so."""
    services = {
        "STEPWIRE_TEST_OPENCODE": os.environ.get("STEPWIRE_TEST_OPENCODE") or opencode.install(),
        "STEPWIRE_CHROMIUM": os.environ.get("STEPWIRE_CHROMIUM") or _chromium(),
    }
    return {name: path for name, path in services.items() if path}


def _chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
