"""What a person may be told instead of what was asked for: expected, so values; whatever is raised is a bug."""

from dataclasses import dataclass

from runner.model import Pipeline


@dataclass(frozen=True, kw_only=True)
class InvalidInput:
    """What is wrong, and where: `field` is the path to it, e.g. ("steps", "2", "model"), places counted from 0."""

    message: str
    field: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class NotFound:
    message: str
    id: str


@dataclass(frozen=True, kw_only=True)
class NotAllowed:
    """The state does not allow it (any more)."""

    message: str


@dataclass(frozen=True, kw_only=True)
class Forbidden:
    """Whoever asks may not, whatever the state: see `runner.principals`."""

    message: str


@dataclass(frozen=True, kw_only=True)
class DirectoryBusy:
    """Active pipelines work in, inside or around the directory."""

    message: str
    conflicts: tuple[Pipeline, ...]
