"""Git's diffs, read: which files, how many lines, and the text of each."""

import os
from collections.abc import Iterator

from runner.file_changes import FileChange, FileStatus

_LONGEST = 256 * 1024
_STATUS = {"A": FileStatus.ADDED, "D": FileStatus.DELETED, "R": FileStatus.RENAMED, "C": FileStatus.ADDED}
_HEADER = b"diff --git "


def listed(told: bytes) -> list[FileChange]:
    """What `diff-tree -z --raw --numstat` says: first a status for each file, then the numbers, in the same order."""
    words = iter(told.split(b"\0"))
    statuses: list[FileStatus] = []
    files: list[FileChange] = []
    for word in words:
        if word.startswith(b":"):
            letter = chr(word.rsplit(b" ", 1)[-1][0])
            statuses.append(_STATUS.get(letter, FileStatus.MODIFIED))
            for _ in range(2 if letter in "RC" else 1):
                next(words)
        elif word.count(b"\t") >= 2:
            added, removed, path = word.split(b"\t", 2)
            names = [path] if path else [next(words), next(words)]
            files.append(_file(statuses[len(files)], added, removed, names))
    return files


def _file(status: FileStatus, added: bytes, removed: bytes, names: list[bytes]) -> FileChange:
    binary = added == b"-"
    return FileChange(
        path=os.fsdecode(names[-1]),
        previous_path=os.fsdecode(names[0]) if len(names) > 1 else None,
        status=status,
        binary=binary,
        added=0 if binary else int(added),
        removed=0 if binary else int(removed),
    )


def patches_of(patch: bytes) -> list[str]:
    """The diff of each file, in the order in which git gives them: `body_of` of it.

    A file that has become another kind of thing is told twice, as it went and as it came; it is one here.
    """
    starts = list(_starts(patch))
    ends = [*starts[1:], None]
    bodies: list[str] = []
    header = b""
    for start, end in zip(starts, ends, strict=True):
        before, header = header, patch[start:].partition(b"\n")[0]
        body = body_of(patch[start:end].decode(errors="replace"))
        bodies += [f"{bodies.pop()}\n{body}" if header == before else body]
    return bodies


def body_of(patch: str) -> str:
    """From the first hunk on; before it what a file's mode became, if that is all."""
    text = patch[:_LONGEST]
    lines = text.split("\n")
    hunk = next((place for place, line in enumerate(lines) if line.startswith("@@")), None)
    kept = lines[hunk:] if hunk is not None else [line for line in lines if line.startswith(("old mode", "new mode"))]
    return "\n".join(kept).rstrip("\n")


def _starts(patch: bytes) -> Iterator[int]:
    """Lines of a diff begin with a sign of their own, so the header begins none."""
    place = 0 if patch.startswith(_HEADER) else patch.find(b"\n" + _HEADER) + 1
    while patch.startswith(_HEADER, place):
        yield place
        found = patch.find(b"\n" + _HEADER, place)
        if found < 0:
            return
        place = found + 1
