"""What an attempt has changed in its folder: files, with the lines that were added and removed.

Whoever finds it out tells all of it that is worth reading; `bounded` is what is kept and shown.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import Enum, unique

MOST_FILES = 300
MOST_LINES = 200
MOST_BYTES = 64 * 1024
_LONGEST_LINE = 2000


@unique
class FileStatus(Enum):
    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"
    RENAMED = "RENAMED"


@unique
class ChangeSource(Enum):
    """Who told what was changed."""

    ENGINE = "ENGINE"
    GIT = "GIT"


@dataclass(frozen=True, kw_only=True)
class FileChange:
    """One file. `path` is relative to the repository; `previous_path` is there where it was renamed.

    `diff` is unified, without the lines that name the file; empty where nothing can be shown of it. Of a binary file
    no lines are counted. `truncated`: more of it was changed than the diff shows.
    """

    path: str
    status: FileStatus
    added: int = 0
    removed: int = 0
    binary: bool = False
    previous_path: str | None = None
    diff: str = ""
    truncated: bool = False


@dataclass(frozen=True, kw_only=True)
class FileChanges:
    """All files of one attempt. `count`, `added` and `removed` are of all of them, `files` may be fewer.

    `unknown` says, as a sentence, why nothing can be told; then there are no files. `shared_with` names the pipelines
    that were at work in the same files meanwhile: whose change is whose cannot be told.
    """

    source: ChangeSource | None = None
    files: tuple[FileChange, ...] = ()
    count: int = 0
    added: int = 0
    removed: int = 0
    truncated: bool = False
    shared_with: tuple[str, ...] = ()
    unknown: str | None = None


def of_files(source: ChangeSource, files: Iterable[FileChange], shared_with: Sequence[str] = ()) -> FileChanges:
    """All of them, in their order by path."""
    told = tuple(sorted(files, key=lambda file: file.path))
    return FileChanges(
        source=source,
        files=told,
        count=len(told),
        added=sum(file.added for file in told),
        removed=sum(file.removed for file in told),
        truncated=any(file.truncated for file in told),
        shared_with=tuple(shared_with),
    )


def unknown_changes(why: str) -> FileChanges:
    return FileChanges(unknown=why)


def bounded(changes: FileChanges, shown: Callable[[str], str] = str) -> FileChanges:
    """What is kept: 300 files, 200 lines of each, 64 kB of diffs in all; what goes beyond is counted all the same.

    Each text goes through `shown` as a whole, before it is cut: half a secret would not be known as one.
    """
    left, files = MOST_BYTES, []
    for file in changes.files[:MOST_FILES]:
        # Nothing is looked through that is not shown in the end.
        diff = _shown(file.diff, shown) if left else ""
        kept = _cut(diff, left)
        left -= len(kept.encode())
        files.append(
            replace(
                file,
                path=shown(file.path),
                previous_path=None if file.previous_path is None else shown(file.previous_path),
                diff=kept,
                truncated=file.truncated or kept != diff or bool(file.diff and not diff),
            )
        )
    truncated = changes.truncated or len(files) < changes.count or any(file.truncated for file in files)
    unknown = None if changes.unknown is None else shown(changes.unknown)
    return replace(changes, files=tuple(files), truncated=truncated, unknown=unknown)


def total(count: int, added: int, removed: int) -> str:
    """In words: 3 files changed, +40 −2; no files were changed."""
    if not count:
        return "no files changed"
    files = "1 file" if count == 1 else f"{count:,} files"
    return f"{files} changed, +{added:,} −{removed:,}"


def _shown(diff: str, shown: Callable[[str], str]) -> str:
    """Lines that were removed are looked at as if they had been added: a minus before it hides where a key begins."""
    lines = diff.split("\n")
    unsigned = [f"+{line[1:]}" if line.startswith("-") else line for line in lines]
    left = shown("\n".join(unsigned)).split("\n")
    if left == unsigned:
        return diff
    parts = SequenceMatcher(None, unsigned, left, autojunk=False).get_opcodes()
    told = [
        line
        for what, start, end, place, until in parts
        for line in (lines[start:end] if what == "equal" else _signed(lines[start:end], left[place:until]))
    ]
    return "\n".join(told)


def _signed(before: Sequence[str], lines: Sequence[str]) -> list[str]:
    """What became of some lines, each with the sign of the one in its place, as far as there are."""
    return [
        f"-{line[1:]}" if place < len(before) and before[place].startswith("-") else line
        for place, line in enumerate(lines)
    ]


def _cut(diff: str, most_bytes: int) -> str:
    kept: list[str] = []
    for line in diff.split("\n")[:MOST_LINES]:
        short = line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…"
        most_bytes -= len(short.encode()) + 1
        if most_bytes < 0:
            break
        kept.append(short)
    return "\n".join(kept)
