"""Builder of the browser client: web/client → web/static, only when its sources changed."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from scripts import node

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "web" / "client"
PAGE = ROOT / "web" / "static" / "index.html"
# Beside what they describe, so that they go when it goes.
INSTALLED = SOURCES / "node_modules" / ".stepwire-installed"
BUILT = SOURCES / "node_modules" / ".stepwire-built"


def wanted() -> bool:
    return exists() and os.environ.get("STEPWIRE_SKIP_CLIENT") != "1"


def exists() -> bool:
    return (SOURCES / "package.json").exists()


def is_built() -> bool:
    return PAGE.exists() and _read(BUILT) == fingerprint()


def build() -> None:
    install()
    sources = fingerprint()
    node.npm(["run", "build"], SOURCES)
    BUILT.write_text(sources)


def install() -> None:
    """What the client depends on is in node_modules, as locked."""
    lock = digest([SOURCES / "package-lock.json"])
    if _read(INSTALLED) != lock:
        node.npm(["ci", "--loglevel=error"], SOURCES)
        INSTALLED.parent.mkdir(exist_ok=True)
        INSTALLED.write_text(lock)


def fingerprint() -> str:
    """Changes when the client would be built differently."""
    return digest(_sources())


def _sources() -> Iterator[Path]:
    for folder, folders, names in os.walk(SOURCES):
        folders[:] = sorted(set(folders) - {"node_modules", "coverage"})
        yield from (Path(folder, name) for name in sorted(names))


def digest(files: Iterable[Path]) -> str:
    """Digest of names and contents."""
    total = hashlib.sha256()
    for file in files:
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        total.update(f"{file.relative_to(ROOT)} {content}\n".encode())
    return total.hexdigest()


def _read(file: Path) -> str | None:
    return file.read_text() if file.exists() else None
