"""Installer of the OpenCode server that the tests run against, into .tools/opencode."""

import shutil
import subprocess
import sys

from scripts import client, node
from scripts.set_up import TOOLS, only_one_process

LOCKED = client.ROOT / "tests" / "e2e" / "opencode"
INSTALLED = TOOLS / "opencode"
PROGRAM = INSTALLED / "node_modules" / "opencode-linux-x64" / "bin" / "opencode"
FILES = ("package.json", "package-lock.json", ".npmrc")


def install() -> str | None:
    """Path of the program in its locked version; nothing, and a line on stderr, where it cannot be had."""
    with only_one_process():
        if not _is_installed():
            print("stepwire: installing OpenCode into .tools", file=sys.stderr, flush=True)
            _install()
    if not PROGRAM.exists():
        print("stepwire: no OpenCode for this machine: set STEPWIRE_TEST_OPENCODE to one", file=sys.stderr)
        return None
    return str(PROGRAM)


def _is_installed() -> bool:
    # npm writes the hidden one last.
    done = (INSTALLED / "node_modules" / ".package-lock.json").exists()
    return done and all(_same(name) for name in FILES)


def _same(name: str) -> bool:
    copy = INSTALLED / name
    return copy.exists() and copy.read_bytes() == (LOCKED / name).read_bytes()


def _install() -> None:
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(LOCKED / name, INSTALLED / name)
    try:
        node.npm(["ci", "--ignore-scripts"], INSTALLED)
    except subprocess.CalledProcessError as error:
        print(f"stepwire: OpenCode could not be installed: npm ended with {error.returncode}", file=sys.stderr)
