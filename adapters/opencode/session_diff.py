"""What OpenCode says was changed in a session: the same shape from both generations."""

from collections.abc import Sequence

from pydantic import AliasChoices, Field, JsonValue, TypeAdapter, ValidationError

from adapters.diffs import body_of
from adapters.opencode.reported import Shape
from runner.file_changes import ChangeSource, FileChange, FileChanges, FileStatus, of_files

_STATUS = {"added": FileStatus.ADDED, "deleted": FileStatus.DELETED}


class FileDiff(Shape):
    """`patch` is unified, and empty for a binary file."""

    path: str = Field(default="", validation_alias=AliasChoices("file", "path"))
    patch: str = ""
    additions: int = 0
    deletions: int = 0
    status: str = "modified"


class OfFileDiffs(Shape):
    data: list[FileDiff]


class _Summary(Shape):
    diffs: list[FileDiff] = Field(default_factory=list)


FILE_DIFFS = TypeAdapter(list[FileDiff])


def of_session(told: Sequence[FileDiff]) -> FileChanges | None:
    """None where OpenCode tells of none: it may keep no snapshots."""
    return of_files(ChangeSource.ENGINE, map(_file, told)) if told else None


def of_message(summary: JsonValue) -> FileChanges | None:
    """What OpenCode 1 has summed up of its answer to a message; None where it has not."""
    try:
        return of_session(_Summary.model_validate(summary).diffs)
    except ValidationError:
        return None


def _file(told: FileDiff) -> FileChange:
    is_text = bool(told.patch or told.additions or told.deletions)
    return FileChange(
        path=told.path,
        status=_STATUS.get(told.status, FileStatus.MODIFIED),
        added=told.additions,
        removed=told.deletions,
        binary=not is_text,
        diff=body_of(told.patch),
    )
