"""Set-up of .venv, which ./run and ./test do first: `python -m scripts.set_up run` (or `dev`).

Standard library only: it runs before anything is installed. What it found and did is kept in .venv; as long as
nothing has changed since, it returns at once.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from scripts import client

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STATE = VENV / "stepwire-set-up.json"

State = dict[str, str]


class SetUpError(Exception):
    """One line for whoever called ./run or ./test."""


def main() -> int:
    kind = sys.argv[1]
    try:
        if not _is_set_up(kind):
            with only_one_process():
                # Another one may have done it while this one waited.
                if not _is_set_up(kind):
                    _set_up(kind)
    except (SetUpError, OSError) as error:
        print(f"stepwire: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _is_set_up(kind: str) -> bool:
    return _changed(_state(), _wanted(kind)) == set() and (not client.wanted() or client.PAGE.exists())


def _state() -> State:
    """What the last set-up left; nothing if it did not come to its end."""
    return dict(json.loads(STATE.read_text())) if STATE.exists() and PYTHON.exists() else {}


def _wanted(kind: str) -> State:
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    build = [ROOT / "pyproject.toml", ROOT / "hatch_build.py"]
    return {
        "kind": kind,
        "place": str(ROOT),
        "packages": client.digest(locks),
        "project": client.digest(build) + (client.fingerprint() if client.wanted() else ""),
    }


def _changed(state: State, wanted: State) -> set[str]:
    changed = {key for key in wanted if state.get(key) != wanted[key]}
    # What is needed for developing includes what is needed for running.
    return changed - {"kind"} if state.get("kind") == "dev" else changed


@contextmanager
def only_one_process() -> Iterator[None]:
    """Held by one process at a time; the system lets go of it even when that one is killed."""
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("waiting for another set-up to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _set_up(kind: str) -> None:
    state, wanted = _state(), _wanted(kind)
    if state.get("kind") == "dev":
        wanted["kind"] = "dev"
    changed = _changed(state, wanted)
    STATE.unlink(missing_ok=True)
    _redirect_cache()
    # An environment that was moved has the old place in all its scripts.
    if not PYTHON.exists() or state.get("place", str(ROOT)) != str(ROOT):
        _make_environment()
    uv = _uv()
    if changed & {"kind", "place", "packages"}:
        _install_packages(uv, wanted["kind"])
    # Should the client not build, then the packages are there all the same.
    STATE.write_text(json.dumps({**wanted, "project": ""}))
    _install_project(uv)
    STATE.write_text(json.dumps(wanted))


def _redirect_cache() -> None:
    """Where the home folder cannot be written, uv keeps its cache here."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path(os.environ.get("HOME", "/nonexistent"), ".cache"))
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:
        usable = False
    else:
        usable = os.access(cache, os.W_OK)
    if not usable:
        os.environ.setdefault("UV_CACHE_DIR", str(TOOLS / "cache" / "uv"))


def _make_environment() -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    # This may be running on the environment's own Python, which has just gone: take the one below it.
    python = str(getattr(sys, "_base_executable", sys.executable))
    uv = shutil.which("uv")
    if uv is not None:
        _run("make .venv", [uv, "venv", "--quiet", "--no-project", "--python", python, str(VENV)])
    else:
        _run("make .venv (on Debian: apt install python3-venv)", [python, "-m", "venv", str(VENV)])


def _uv() -> str:
    """uv from PATH, else from .venv, where it is put if need be."""
    for found in (shutil.which("uv"), VENV / "bin" / "uv"):
        if found is not None and os.access(found, os.X_OK):
            return str(found)
    _say("installing uv into .venv")
    python = str(PYTHON)
    if not (VENV / "bin" / "pip").exists():
        _run("install pip", [python, "-m", "ensurepip", "--default-pip"])
    arguments = ["--quiet", "--disable-pip-version-check", "--require-hashes", "-r", "requirements/uv.txt"]
    _run("install uv", [python, "-m", "pip", "install", *arguments])
    return str(VENV / "bin" / "uv")


def _install_packages(uv: str, kind: str) -> None:
    _say("installing packages into .venv")
    locks = [f"requirements/{kind}.txt"]
    if Path(uv).parent == VENV / "bin":
        # What is not listed is removed, and uv must stay.
        locks.append("requirements/uv.txt")
    arguments = ["--quiet", "--require-hashes", "--python", str(PYTHON)]
    _run("install the packages", [uv, "pip", "sync", *arguments, *locks])


def _install_project(uv: str) -> None:
    _say("building the client" if client.wanted() and not client.is_built() else "installing stepwire into .venv")
    arguments = ["--quiet", "--no-deps", "--python", str(PYTHON), "--build-constraints", "requirements/build.txt"]
    # uv looks at pyproject.toml alone to see whether anything changed; the client matters as well.
    _run("install stepwire", [uv, "pip", "install", *arguments, "--reinstall-package", "stepwire", "--editable", "."])


def _run(what: str, command: Sequence[str]) -> None:
    """Run a command; what it prints goes to stderr, for stdout belongs to stepwire itself."""
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    if subprocess.run(command, cwd=ROOT, env=environment, stdout=sys.stderr, check=False).returncode != 0:
        message = f"could not {what}; the reason is above"
        raise SetUpError(message)


def _say(line: str) -> None:
    print(f"stepwire: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
