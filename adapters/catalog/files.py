"""What one definition file says now: its last good values, what is wrong with it, and what a new reading changes."""

import errno
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

from adapters.catalog.documents import Problem
from adapters.catalog.parser import Parsed
from runner.definitions import Agent, DefinitionProblem, Template

_MOST_BYTES = 1_000_000
# Descriptors used up: of us, and not of the file.
_NOT_ITS_FAULT = (errno.EMFILE, errno.ENFILE)

T = TypeVar("T", Agent, Template)

DefinitionChange: TypeAlias = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class DefinitionFile(Generic[T]):
    """`content` is what was last read: text, None where there is no file, a problem where it cannot be read."""

    path: Path
    word: str
    parse: Callable[[str], Parsed[T]]
    content: str | Problem | None = None
    values: Mapping[str, T] = field(default_factory=dict)
    problems: tuple[DefinitionProblem, ...] = ()
    broken: bool = False

    def after(self, content: str | Problem | None, at: datetime) -> "DefinitionFile[T]":
        """As it is with that content; when it cannot be taken, the values stay what they were."""
        if content == self.content:
            return self
        parsed = self._parsed(content)
        return replace(
            self,
            content=content,
            values=parsed.values if parsed.usable else self.values,
            problems=tuple(self._shown(problem, at) for problem in parsed.problems),
            broken=not parsed.usable,
        )

    def changes(self, now: "DefinitionFile[T]") -> Iterator[DefinitionChange]:
        """What became of it, e.g. ("template quick_fix", "reloaded")."""
        if now.broken:
            if now.problems != self.problems:
                yield self.path.name, "broken"
            return
        changed = [name for name in now.values if now.values[name] != self.values.get(name)]
        deleted = [name for name in self.values if name not in now.values]
        yield from ((f"{self.word} {name}", "reloaded") for name in changed)
        yield from ((f"{self.word} {name}", "deleted") for name in deleted)
        if (self.broken or now.problems != self.problems) and not changed and not deleted:
            yield self.path.name, "reloaded"

    def _parsed(self, content: str | Problem | None) -> Parsed[T]:
        match content:
            case None:
                return Parsed(values={}, problems=())
            case Problem():
                return Parsed(values={}, problems=(content,))
            case _:
                return self.parse(content)

    def _shown(self, problem: Problem, at: datetime) -> DefinitionProblem:
        """What was wrong before, in the same words, is wrong since then, wherever it has moved to."""
        since = next((earlier.since for earlier in self.problems if earlier.message == problem.message), at)
        return DefinitionProblem(
            file=str(self.path),
            message=problem.message,
            since=since,
            line=problem.line,
            column=problem.column,
            fatal=problem.fatal,
        )


def read(path: Path) -> str | Problem | None:
    """The file's text; None where there is none; what is wrong where it cannot be had.

    Raises:
        OSError: nothing can be opened at all now; it says nothing of the file.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in _NOT_ITS_FAULT:
            raise
        return Problem(message=f"The file cannot be read: {error.strerror}.")
    if len(content) > _MOST_BYTES:
        return Problem(message=f"The file is larger than {_MOST_BYTES:,} bytes.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Problem(message="The file is not UTF-8 text.", line=content.count(b"\n", 0, error.start) + 1)


def write(path: Path, text: str) -> None:
    """The whole text or, after a crash, the old one; a link stays a link, and permissions stay."""
    path.parent.mkdir(parents=True, exist_ok=True)
    target = path.resolve()
    mode = target.stat().st_mode if target.exists() else 0o644
    descriptor, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        Path(draft).chmod(mode & 0o777)
        Path(draft).replace(target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
