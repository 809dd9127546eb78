"""How the engine is: whether it answers, and how far stepwire can work with it."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique


@unique
class EngineSupport(Enum):
    """How far stepwire can work with the engine that answers."""

    TESTED = "TESTED"
    EXPECTED = "EXPECTED"
    REDUCED = "REDUCED"
    TOO_OLD = "TOO_OLD"
    PREVIEW = "PREVIEW"
    FOREIGN = "FOREIGN"

    @property
    def usable(self) -> bool:
        return self in (EngineSupport.TESTED, EngineSupport.EXPECTED, EngineSupport.REDUCED)


@dataclass(frozen=True, kw_only=True)
class EngineHealth:
    """`message` says what is off and what to do about it, also of an engine that works; None: nothing is.

    `support` is None where nothing tells, as when nobody answers; `managed`: stepwire has started it. `since` is when
    it was first seen to be reachable, or not to be, by whoever goes on looking; None: nobody does.
    """

    reachable: bool
    url: str
    product: str | None = None
    generation: int | None = None
    version: str | None = None
    support: EngineSupport | None = None
    message: str | None = None
    managed: bool = False
    since: datetime | None = None
