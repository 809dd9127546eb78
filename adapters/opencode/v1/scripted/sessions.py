"""What a scripted OpenCode keeps: sessions with their messages, asks that wait for a person, and how runs end."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import TypeAlias

from pydantic import JsonValue

Properties: TypeAlias = dict[str, JsonValue]
Publish: TypeAlias = Callable[[str, Properties, str], None]
_ids = count(1)


def new_id(prefix: str) -> str:
    return f"{prefix}_{next(_ids):012x}"


def milliseconds() -> int:
    return round(time.time() * 1000)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How the request for a run is answered; None for a connection that closes."""

    status: int = 200
    body: bytes | None = None
    content_type: str = "application/json"
    message: Properties | None = None


@dataclass
class Ask:
    """Waits for a person; `decided` carries the reply, the answers, or None for a question that was dismissed."""

    id: str
    request: Properties
    decided: "asyncio.Future[Properties | None]"


@dataclass
class Session:
    id: str
    title: str
    directory: str
    parent_id: str | None = None
    cost: float = 0.0
    tokens: Properties = field(default_factory=lambda: {"input": 0, "output": 0, "reasoning": 0})
    messages: list[Properties] = field(default_factory=list)
    status: Properties = field(default_factory=lambda: {"type": "idle"})
    diffs: list[JsonValue] = field(default_factory=list)
    runs: int = 0
    run: "asyncio.Task[Answer] | None" = None

    def shown(self) -> Properties:
        shown: Properties = {
            "id": self.id,
            "title": self.title,
            "directory": self.directory,
            "version": "scripted",
            "cost": self.cost,
            "tokens": self.tokens,
            "time": {"created": 0, "updated": milliseconds()},
        }
        return shown if self.parent_id is None else {**shown, "parentID": self.parent_id}


@dataclass(kw_only=True)
class Stage:
    """What a run needs of its server."""

    publish: Publish
    asks: dict[str, Ask]
    new_session: Callable[[str, str, str | None], Session]
    pace: float
