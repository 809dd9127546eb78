"""The durable log: the events of every session, numbered from 0, in memory and, where a file is given, on disk."""

import json
from pathlib import Path
from typing import TypeAlias

from pydantic import JsonValue

Json: TypeAlias = JsonValue
Properties: TypeAlias = dict[str, JsonValue]


class Log:
    """What was appended before a kill is there after it: each event is one line, written before anybody is told."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._events: dict[str, list[Properties]] = {}
        for event in _stored(path):
            self._keep(event)

    @property
    def sessions(self) -> tuple[tuple[Properties, ...], ...]:
        """The events of each session, in the order in which the sessions began."""
        return tuple(tuple(events) for events in self._events.values())

    def next_seq(self, session_id: str) -> int:
        return len(self._events.get(session_id, ()))

    def after(self, session_id: str, seq: int) -> tuple[Properties, ...]:
        return tuple(self._events.get(session_id, ())[max(seq + 1, 0) :])

    def append(self, event: Properties) -> None:
        if self._path is not None:
            with self._path.open("a") as file:
                file.write(json.dumps(event) + "\n")
        self._keep(event)

    def _keep(self, event: Properties) -> None:
        durable = event["durable"]
        assert isinstance(durable, dict)
        self._events.setdefault(str(durable["aggregateID"]), []).append(event)


def _stored(path: Path | None) -> list[Properties]:
    if path is None or not path.exists():
        return []
    # A kill may leave the beginning of a line behind; it was told to nobody.
    whole, _, _ = path.read_text().rpartition("\n")
    return [json.loads(line) for line in whole.splitlines()]
