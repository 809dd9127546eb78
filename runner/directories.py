"""Where pipelines may work: directories below the roots, after links are resolved. Everything here blocks."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

_MOST = 500


class Unusable(Exception):
    """The directory will not do; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    name: str
    path: str
    is_repository: bool


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What a person may go on to from a directory: up to `parent` (None: a root), down to `entries`."""

    path: str
    parent: str | None
    entries: tuple[Entry, ...]
    is_repository: bool = False
    is_trusted: bool = True


class WorkingDirectories:
    """Knows the roots; with none given, the whole file system is one."""

    def __init__(self, roots: Sequence[str] = ("/",)) -> None:
        self._roots = tuple(Path(root).resolve() for root in roots)

    @property
    def demanded(self) -> str | None:
        """Why a pipeline has to name its directory; None: it need not, any will do."""
        if Path("/") in self._roots:
            return None
        return f"Name the directory to work in; pipelines may work below {', '.join(map(str, self._roots))}."

    def checked(self, directory: str) -> str:
        """The real path of a directory that exists, can be read and lies below a root.

        Raises:
            Unusable: one of these is not so.
        """
        try:
            path = Path(directory.strip()).expanduser()
            resolved = path.resolve(strict=path.is_absolute())
        except (OSError, RuntimeError, ValueError) as error:
            raise Unusable(f"Directory {directory} does not exist.") from error
        if not path.is_absolute():
            raise Unusable(f'"{directory}" is not an absolute path.')
        if not resolved.is_dir():
            raise Unusable(f"{directory} is a file, not a directory.")
        if not self._is_below_a_root(resolved):
            raise Unusable(f"{self._outside(resolved)}.")
        if not os.access(resolved, os.R_OK | os.X_OK):
            raise Unusable(f"stepwire may not read {resolved}.")
        return str(resolved)

    def changed(self, directory: str) -> str | None:
        """Why the real path of a directory is not what it was, without a full stop; None: it is, or is not there."""
        path = Path(directory)
        try:
            resolved = path.resolve(strict=True)
        except FileNotFoundError:
            return None
        except (OSError, RuntimeError, ValueError):
            return f"Directory {directory} cannot be followed to where it leads any more"
        if resolved != path:
            return f"Directory {directory} leads to {resolved} now: it is not the folder that was meant"
        return None if self._is_below_a_root(resolved) else self._outside(resolved)

    def listing(self, directory: str | None) -> Listing:
        """The directories in that one, by name, hidden ones left out, at most 500; None: the home, or the first root.

        Raises:
            Unusable: see `checked`.
        """
        path = Path(self.checked(directory)) if directory else self._beginning()
        parent = path.parent if path.parent != path and self._is_below_a_root(path.parent) else None
        return Listing(
            path=str(path),
            parent=str(parent) if parent else None,
            entries=tuple(self._entries(path)),
            is_repository=_is_repository(path),
        )

    def _beginning(self) -> Path:
        try:
            return Path(self.checked("~"))
        except Unusable:
            return self._roots[0]

    def _entries(self, path: Path) -> list[Entry]:
        try:
            with os.scandir(path) as found:
                names = sorted(entry.name for entry in found if not entry.name.startswith(".") and _is_directory(entry))
        except OSError as error:
            raise Unusable(f"{path} cannot be listed: {error.strerror}.") from error
        inside = [path / name for name in names[:_MOST]]
        return [Entry(name=each.name, path=str(each), is_repository=_is_repository(each)) for each in inside]

    def _outside(self, path: Path) -> str:
        return f"{path} is outside of where pipelines may work: {', '.join(map(str, self._roots))}"

    def _is_below_a_root(self, path: Path) -> bool:
        return any(path.is_relative_to(root) for root in self._roots)


def overlap(one: str, other: str) -> bool:
    """Whether they are the same, or one lies inside the other; part by part: /srv/app and /srv/app2 do not overlap."""
    first, second = PurePath(os.path.realpath(one)), PurePath(os.path.realpath(other))
    return first.is_relative_to(second) or second.is_relative_to(first)


def _is_directory(entry: "os.DirEntry[str]") -> bool:
    """Anybody may have put a link there that leads back to itself, or to where stepwire may not look."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_repository(path: Path) -> bool:
    try:
        return (path / ".git").exists()
    except OSError:
        return False
