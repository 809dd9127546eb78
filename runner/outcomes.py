"""What a person may be told instead of what was asked for: expected, so values; whatever is raised is a bug."""

from dataclasses import dataclass
from datetime import datetime

from runner.model import Actor, Pipeline


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
class Decision:
    """What a person has decided before somebody else could: `what` in a word or two, e.g. "approved"."""

    by: Actor
    at: datetime
    what: str
    note: str | None = None

    @property
    def sentence(self) -> str:
        return f"{self.what} by {self.by.name}."


@dataclass(frozen=True, kw_only=True)
class NotAllowed:
    """The state does not allow it (any more); `decision` is what somebody else was faster with, where that is why."""

    message: str
    decision: Decision | None = None


@dataclass(frozen=True, kw_only=True)
class UnknownBranch:
    """There is no such branch, and nobody has said that it is to be created; `near` may have been meant."""

    message: str
    branch: str
    near: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Forbidden:
    """Whoever asks may not, whatever the state: see `runner.principals`."""

    message: str


@dataclass(frozen=True, kw_only=True)
class DirectoryBusy:
    """Active pipelines work in, inside or around the directory."""

    message: str
    conflicts: tuple[Pipeline, ...]


@dataclass(frozen=True, kw_only=True)
class StorageUnavailable:
    """Nothing can be stored, or looked up, now; the message has the database's own words."""

    message: str
