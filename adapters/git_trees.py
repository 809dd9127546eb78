"""What the files of a working tree were, kept by git outside of its repository, and what has become of them.

    index of the repository ─ copied ─▶ index of our own ─ what differs is added ─▶ a tree, in objects of our own

Nothing of the repository is written: not its index, no object, no reference. Files that it ignores are none of ours,
and submodules are told by their commit alone: each has a configuration of its own. No program runs, filters included,
whoever names them: a file is compared as it lies there.

What is large is not copied: it is known by its size and its time, and no lines are told of it.
"""

import asyncio
import json
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from adapters.diffs import listed, patches_of
from adapters.git_process import GitError, GitProcess
from runner.file_changes import MOST_BYTES, MOST_FILES, ChangeSource, FileChange, FileChanges, FileStatus, of_files
from runner.ports import TreeError

_SECONDS = 15.0
_LARGE = 4 * 1024 * 1024
_TOO_MANY = 50_000
# Of attempts that nobody has ended: a stepwire that was killed leaves them.
_KEPT_SECONDS = 14 * 24 * 3600.0
_SETTINGS = (
    *("core.untrackedCache=false", "core.looseCompression=1", "core.bigFileThreshold=8m", "core.quotePath=false"),
    *("core.safecrlf=false", "core.autocrlf=false", "core.eol=lf"),
)
_COMPARE = ("diff-tree", "-r", "--find-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=dirty")


@dataclass(frozen=True, kw_only=True)
class _Place:
    """A repository's working tree, with what of git's own the snapshots are made from."""

    top: str
    index: str
    objects: str


@dataclass(frozen=True, kw_only=True)
class _Copy:
    """A snapshot being made: in `folder` an index and objects of our own. `off` switches filters off."""

    place: _Place
    folder: Path
    off: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Baseline:
    """What the files were: `tree` by git's name, `large` those that it does not hold, by size and time."""

    top: str
    tree: str
    large: Mapping[str, tuple[int, int]]


class GitTrees:
    """Implements `runner.ports.Trees`. `root` is where snapshots are kept, made when it is needed."""

    def __init__(self, environment: Mapping[str, str], root: Path, *, seconds: float = _SECONDS) -> None:
        self._process = GitProcess(environment, seconds=seconds)
        self._root = root
        self._at_work: dict[str, tuple[str, str]] = {}
        self._others: dict[str, set[str]] = {}

    async def remember(self, key: str, directory: str, title: str) -> None:
        copy = await self._copy(key, directory)
        self._enter(key, copy.place.top, title)
        before = await asyncio.to_thread(_baseline_in, copy.folder)
        if before is not None and before.top == copy.place.top:
            return
        await asyncio.to_thread(_make, copy.folder, copy.place.index)
        tree, large = await self._snapshot(copy)
        baseline = {"top": copy.place.top, "tree": tree, "large": large}
        await asyncio.to_thread((copy.folder / "baseline.json").write_text, json.dumps(baseline))

    async def changes(self, key: str, directory: str) -> FileChanges:
        copy = await self._copy(key, directory)
        before = await asyncio.to_thread(_baseline_in, copy.folder)
        if before is None or before.top != copy.place.top:
            raise TreeError(f"What the files of {directory} were before the attempt is not known.")
        tree, large = await self._snapshot(copy)
        files = await self._between(copy, before.tree, tree)
        by_path = {file.path: file for file in files}
        by_path |= {file.path: file for file in await self._of_large(copy, before, tree, large)}
        return of_files(ChangeSource.GIT, by_path.values(), sorted(self._others.get(key, ())))

    async def forget(self, key: str) -> None:
        self._at_work.pop(key, None)
        self._others.pop(key, None)
        for root in (self._root, _elsewhere()):
            await asyncio.to_thread(shutil.rmtree, root / _name(key), ignore_errors=True)
            await asyncio.to_thread(_remove_old, root)

    def _enter(self, key: str, top: str, title: str) -> None:
        """Whoever is at work in the same files is told of the other, and both of it for good."""
        mine = self._others.setdefault(key, set())
        for other, (their_top, their_title) in self._at_work.items():
            if other != key and their_top == top:
                mine.add(their_title)
                self._others.setdefault(other, set()).add(title)
        self._at_work[key] = (top, title)

    def _folder(self, key: str, top: str) -> Path:
        """Never inside of the repository, which would tell it as a change."""
        root = _elsewhere() if self._root.is_relative_to(top) else self._root
        if root.is_relative_to(top):
            raise TreeError(f"There is no place for stepwire's own files outside of the repository {top}.")
        return root / _name(key)

    async def _place(self, directory: str) -> _Place:
        if not await asyncio.to_thread(_has_git, Path(directory)):
            raise TreeError(f"{directory} is in no git repository, so nobody can tell what was changed there.")
        asked = ("--is-inside-work-tree", "--path-format=absolute", "--show-toplevel", "--git-path", "index")
        says = f"git cannot tell where the repository of {directory} is."
        said = await self._git(directory, "rev-parse", *asked, "--git-path", "objects", says=says)
        inside, top, index, objects = [os.fsdecode(line) for line in said.rstrip(b"\n").split(b"\n")][:4]
        if inside != "true":
            raise TreeError(f"{directory} is in no working tree of a git repository.")
        return _Place(top=top, index=index, objects=objects)

    async def _copy(self, key: str, directory: str) -> _Copy:
        place = await self._place(directory)
        folder = self._folder(key, place.top)
        says = f"git cannot tell the configuration of {place.top}."
        named = await self._git(place.top, "config", "--list", "--null", "--name-only", says=says)
        return _Copy(place=place, folder=folder, off=_without_filters(map(os.fsdecode, named.split(b"\0"))))

    async def _snapshot(self, copy: _Copy) -> tuple[str, dict[str, tuple[int, int]]]:
        """The tree of what the files are now, and those that are too large for it."""
        top = copy.place.top
        says = f"git cannot tell the files of {top}."
        changed = ("diff-files", "-z", "--name-only", "--ignore-submodules=dirty")
        new = ("ls-files", "-z", "--others", "--exclude-standard")
        names = [
            name
            for asked in (changed, new)
            for name in (await self._ours(copy, *asked, says=says)).split(b"\0")
            if name and not name.endswith(b"/")
        ]
        if len(names) > _TOO_MANY:
            raise TreeError(f"More than {_TOO_MANY:,} files of {top} are not committed: they are not compared.")
        small, large = await asyncio.to_thread(_by_size, Path(top), names)
        if small:
            add = ("update-index", "--add", "--remove", "--replace", "-z", "--stdin")
            await self._ours(copy, *add, says=says, sent=b"\0".join(small) + b"\0")
        tree = await self._ours(copy, "write-tree", "--missing-ok", says=says)
        return tree.decode().strip(), large

    async def _between(self, copy: _Copy, before: str, after: str) -> list[FileChange]:
        if before == after:
            return []
        says = f"git cannot compare the files of {copy.place.top}."
        told = await self._ours(copy, *_COMPARE, "-z", "--raw", "--numstat", before, after, says=says)
        files = listed(told)
        if not (worth := list(_worth_showing(files))):
            return files
        paths = [f":(top,literal){path}" for file in worth for path in (file.previous_path, file.path) if path]
        patch = await self._ours(copy, *_COMPARE, "-p", "--no-color", before, after, "--", *paths, says=says)
        shown = patches_of(patch)
        # Should git have told others than those that were asked for, none is better than that of another file.
        diffs = dict(zip((file.path for file in worth), shown, strict=True)) if len(shown) == len(worth) else {}
        return [replace(file, diff=diffs.get(file.path, "")) for file in files]

    async def _of_large(
        self, copy: _Copy, before: _Baseline, tree: str, large: Mapping[str, tuple[int, int]]
    ) -> list[FileChange]:
        """Files that are or were too large: trees hold them as they were when they were small, if they were."""
        paths = [path for path in before.large.keys() | large.keys() if before.large.get(path) != large.get(path)]
        if not paths:
            return []
        was = before.large.keys() | await self._held(copy, before.tree, paths)
        is_now = large.keys() | await self._held(copy, tree, paths)
        return [
            FileChange(path=path, status=_became(path in was, path in is_now), binary=True, truncated=True)
            for path in paths
        ]

    async def _held(self, copy: _Copy, tree: str, paths: Sequence[str]) -> set[str]:
        says = f"git cannot tell the files of {copy.place.top}."
        held = await self._ours(copy, "ls-tree", "-r", "-z", "--name-only", tree, "--", *paths, says=says)
        return {os.fsdecode(path) for path in held.split(b"\0")}

    async def _ours(self, copy: _Copy, *arguments: str, says: str, sent: bytes | None = None) -> bytes:
        """With our own index and objects; the repository's own are read."""
        told = {
            "GIT_INDEX_FILE": str(copy.folder / "index"),
            "GIT_OBJECT_DIRECTORY": str(copy.folder / "objects"),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(copy.place.objects),
            "GIT_OPTIONAL_LOCKS": "0",
        }
        return await self._git(copy.place.top, *copy.off, *arguments, says=says, environment=told, sent=sent)

    async def _git(
        self,
        directory: str,
        *arguments: str,
        says: str,
        environment: Mapping[str, str] | None = None,
        sent: bytes | None = None,
    ) -> bytes:
        settings = [part for setting in _SETTINGS for part in ("-c", setting)]
        try:
            return await self._process.run(
                directory, *settings, *arguments, says=says, environment=environment, sent=sent
            )
        except GitError as error:
            raise TreeError(str(error)) from error


def _has_git(directory: Path) -> bool:
    """Without asking git, which takes longer than all the rest of a small attempt."""
    return any((folder / ".git").exists() for folder in (directory, *directory.parents))


def _make(folder: Path, index: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "objects").mkdir(mode=0o700, parents=True)
    folder.chmod(0o700)
    # A repository in which nothing was ever added has none.
    with suppress(FileNotFoundError):
        shutil.copyfile(index, folder / "index")


def _baseline_in(folder: Path) -> _Baseline | None:
    try:
        kept = json.loads((folder / "baseline.json").read_text())
        large = {path: (int(size), int(at)) for path, (size, at) in kept["large"].items()}
        return _Baseline(top=kept["top"], tree=kept["tree"], large=large)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _without_filters(names: Iterable[str]) -> tuple[str, ...]:
    """Settings that take the place of each filter that is named anywhere."""
    drivers = {name.removeprefix("filter.").rpartition(".")[0] for name in names if name.startswith("filter.")}
    # The command line cuts at the first sign of equality: such a driver stays, and git is not asked further.
    if any("=" in driver for driver in drivers):
        raise TreeError("git is told of a filter that cannot be switched off: its name has a = in it.")
    settings = (
        f"filter.{driver}.{off}"
        for driver in sorted(drivers)
        for off in ("clean=", "smudge=", "process=", "required=false")
    )
    return tuple(part for setting in settings for part in ("-c", setting))


def _by_size(top: Path, names: Sequence[bytes]) -> tuple[list[bytes], dict[str, tuple[int, int]]]:
    """Those that git may read, and the large ones by size and time. What cannot be read is passed over."""
    small: list[bytes] = []
    large: dict[str, tuple[int, int]] = {}
    for name in names:
        path = top / os.fsdecode(name)
        try:
            found = path.lstat()
        except OSError:
            small.append(name)  # gone, which is told as well
            continue
        if stat.S_ISREG(found.st_mode) and found.st_size > _LARGE:
            large[os.fsdecode(name)] = (found.st_size, found.st_mtime_ns)
        elif not stat.S_ISREG(found.st_mode) or os.access(path, os.R_OK):
            small.append(name)
    return small, large


def _became(was_there: bool, is_there: bool) -> FileStatus:
    if was_there and is_there:
        return FileStatus.MODIFIED
    return FileStatus.ADDED if is_there else FileStatus.DELETED


def _worth_showing(files: Sequence[FileChange]) -> Iterator[FileChange]:
    """As many as can be shown: each changed line takes at least two signs."""
    size = 0
    for file in files[:MOST_FILES]:
        if size > MOST_BYTES:
            return
        if not file.binary:
            size += 2 * (file.added + file.removed)
            yield file


def _quoted(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _name(key: str) -> str:
    return sha256(key.encode()).hexdigest()[:24]


def _elsewhere() -> Path:
    return Path(tempfile.gettempdir()) / f"stepwire-trees-{os.getuid()}"


def _remove_old(root: Path) -> None:
    now = time.time()
    with suppress(OSError):
        for folder in root.iterdir():
            if now - folder.stat().st_mtime > _KEPT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
