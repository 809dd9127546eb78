"""What an attempt has changed in its folder, as it is shown."""

from typing import Self

import strawberry

from runner import file_changes as domain
from schema.enums import ChangeSource, FileStatus


@strawberry.type(description="One file that was changed.")
class FileChange:
    path: str = strawberry.field(description="Relative to its repository. Untrusted, but redacted.")
    previous_path: str | None = strawberry.field(description="What it was called before; null unless it was renamed.")
    status: FileStatus = strawberry.field(description="What became of the file.")
    added: int = strawberry.field(description="Lines that were added; 0 for a binary file.")
    removed: int = strawberry.field(description="Lines that were removed; 0 for a binary file.")
    binary: bool = strawberry.field(description="Whether no lines are counted: it holds no text, or is very large.")
    diff: str = strawberry.field(
        description=(
            "Unified, from the first @@ on, redacted and untrusted, at most 200 lines; a change of mode alone as git "
            "says it. Empty where nothing can be shown."
        )
    )
    truncated: bool = strawberry.field(description="Whether more was changed than the diff shows.")

    @classmethod
    def of(cls, file: domain.FileChange) -> Self:
        return cls(
            path=file.path,
            previous_path=file.previous_path,
            status=file.status,
            added=file.added,
            removed=file.removed,
            binary=file.binary,
            diff=file.diff,
            truncated=file.truncated,
        )


@strawberry.type(
    description=(
        "What an attempt has changed in the files of its directory since it began: up to its end, or up to when it "
        "last began to wait for a person. What was changed before it, and what git ignores, is not told."
    )
)
class Changes:
    value: strawberry.Private[domain.FileChanges]
    source: ChangeSource | None = strawberry.field(
        description="Who told it; null where nothing can be told, and unknown says why."
    )
    unknown: str | None = strawberry.field(
        description="Why nothing can be told, or not yet, as a sentence; null where it can."
    )
    file_count: int = strawberry.field(description="How many files were changed, those that are left out included.")
    added: int = strawberry.field(description="Lines that were added in all of them.")
    removed: int = strawberry.field(description="Lines that were removed in all of them.")
    truncated: bool = strawberry.field(
        description="Whether files or lines are left out: at most 300 files, 200 lines of each, 64 kB in all."
    )
    shared_with: list[str] = strawberry.field(
        description=(
            "Titles of the pipelines that were at work in the same files meanwhile: whose change is whose cannot be "
            "told. Mostly empty."
        )
    )

    @classmethod
    def of(cls, value: domain.FileChanges) -> Self:
        return cls(
            value=value,
            source=value.source,
            unknown=value.unknown,
            file_count=value.count,
            added=value.added,
            removed=value.removed,
            truncated=value.truncated,
            shared_with=list(value.shared_with),
        )

    @strawberry.field(description="By path, at most 300.")
    def files(self) -> list[FileChange]:
        return [FileChange.of(file) for file in self.value.files]
