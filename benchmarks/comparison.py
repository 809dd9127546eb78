"""What the benchmarks share: where their peers are installed, and the one way to print figures beside a peer's.

All that is installed lies below `benchmarks/.peers`, which git ignores, a folder for each peer; whatever is there
already is used again. Take the folder away to have the peer installed anew.
"""

import subprocess
import venv
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

PROGRAMS = Path(__file__).parent / "peers"
INSTALLED = Path(__file__).parent / ".peers"


class Figures(NamedTuple):
    """What was measured of one of the two, a number for each round."""

    who: str
    values: Sequence[float]

    def __str__(self) -> str:
        values = self.values
        return f"{self.who} {min(values):.2f} – {median(values):.2f} – {max(values):.2f}"


def tell(title: str, unit: str, ours: Figures, peer: Figures, goal: str | None = None) -> None:
    """Minimum – median – maximum of both, and the ratio of the medians: below 1, ours is less."""
    ratio = median(ours.values) / median(peer.values)
    aim = f" (goal {goal})" if goal else ""
    print(f"{title}, {unit}: {ours} · {peer} · ratio {ratio:.2f}{aim}", flush=True)


def python_of(peer: str, *packages: str) -> str:
    """The Python of an environment that has these packages from PyPI."""
    python = INSTALLED / peer / "bin" / "python"
    if not python.exists():
        venv.create(python.parent.parent, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    return str(python)


def modules_of(peer: str, *packages: str) -> str:
    """A folder that has these packages from npm, for `createRequire`. Raises FileNotFoundError without npm."""
    folder = INSTALLED / peer
    if not (folder / "node_modules").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        folder.joinpath("package.json").write_text('{"private": true}')
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", *packages], cwd=folder, check=True)
    return str(folder)


def program(name: str) -> str:
    return str(PROGRAMS / name)
