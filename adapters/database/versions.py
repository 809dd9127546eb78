"""Pipelines in memory, each at its newest known version: what a list shows is not put together anew each time.

`seq` names a version of a pipeline, and one version has one content. Whoever reads takes `id, seq` by SQL in its own
transaction, and from here a value at exactly that version: so it gets what its transaction sees, whoever wrote it,
however late this hears of a commit, and whatever was dropped meanwhile. What is not here is loaded, in the same
transaction. It is filled by every commit and every such load, bounded by about how many bytes it holds, and what was
not asked for the longest goes first. Any thread may use it. Only `resume` of attempts may be older than its row, as it
moves without a version: who goes on with an attempt loads it from the rows, with `load_pipelines`.

A list of whole rows with a time of expiry was the other way: it would have been stale for that time, or short.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Row

from adapters.database.state import load_pipelines
from runner.events import Recorded
from runner.model import Pipeline, PipelineId

_BYTES = 64_000_000
# As many as one statement may name.
_AT_ONCE = 30_000
# About what Python takes for a text or a tuple without its content, an object with its fields, and anything else.
_TEXT, _OBJECT, _ELSE = 50, 100, 32


class Versions:
    """At most about so many bytes of them. `committed` is the journal's hook."""

    def __init__(self, most_bytes: int = _BYTES) -> None:
        self.most_bytes = most_bytes
        self._held: OrderedDict[PipelineId, _Held] = OrderedDict()
        self._bytes = 0
        self._changing = Lock()
        self.taken = 0
        self.loaded = 0

    def __len__(self) -> int:
        return len(self._held)

    @property
    def bytes(self) -> int:
        """About what is held; a text that several share is counted for each of them."""
        return self._bytes

    def committed(self, recorded: Sequence[Recorded]) -> None:
        self._keep({one.pipeline.id: one.pipeline for one in recorded if one.pipeline}.values())

    def read(self, connection: Connection, rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[PipelineId, Pipeline]:
        """The pipelines of rows with `id` and `seq`, which were read in the transaction that the connection is in."""
        found = self._at(rows)
        missing = [row.id for row in rows if row.id not in found]
        for start in range(0, len(missing), _AT_ONCE):
            loaded = load_pipelines(connection, missing[start : start + _AT_ONCE])
            self._keep(loaded)
            found |= {pipeline.id: pipeline for pipeline in loaded}
        self.taken += len(rows) - len(missing)
        self.loaded += len(missing)
        return found

    def _at(self, rows: Iterable[Row[*tuple[Any, ...]]]) -> dict[PipelineId, Pipeline]:
        found = {}
        with self._changing:
            for row in rows:
                held = self._held.get(row.id)
                if held is not None and held.pipeline.seq == row.seq:
                    self._held.move_to_end(row.id)
                    found[held.pipeline.id] = held.pipeline
        return found

    def _keep(self, pipelines: Iterable[Pipeline]) -> None:
        for pipeline in pipelines:
            with self._changing:
                self._put(pipeline)

    def _put(self, pipeline: Pipeline) -> None:
        earlier = self._held.get(pipeline.id)
        if earlier is not None and earlier.pipeline.seq >= pipeline.seq:
            return  # loaded in a transaction that began before the newest commit
        held = _weighed(pipeline, earlier)
        self._held[pipeline.id] = held
        self._held.move_to_end(pipeline.id)
        self._bytes += held.bytes - (earlier.bytes if earlier else 0)
        while self._bytes > self.most_bytes:
            _, oldest = self._held.popitem(last=False)
            self._bytes -= oldest.bytes


@dataclass(frozen=True, kw_only=True)
class _Held:
    pipeline: Pipeline
    of_steps: Sequence[int]
    bytes: int


def _weighed(pipeline: Pipeline, earlier: _Held | None) -> _Held:
    """A commit moves one step or two: the others weigh what they weighed."""
    before = zip(earlier.pipeline.steps, earlier.of_steps, strict=True) if earlier else ()
    pairs = zip_longest(pipeline.steps, before)
    of_steps = [known[1] if known and known[0] is step else _weight([step]) for step, known in pairs]
    own = {name: value for name, value in vars(pipeline).items() if name != "steps"}
    return _Held(pipeline=pipeline, of_steps=of_steps, bytes=_weight(list(own.values())) + sum(of_steps))


def _weight(values: list[Any]) -> int:
    """About what they take, in bytes; a loop, because it runs at every commit and calls cost more than it does."""
    total = 0
    while values:
        value = values.pop()
        if isinstance(value, str):
            total += _TEXT + len(value)
        elif isinstance(value, tuple | list):
            total += _TEXT
            values.extend(value)
        elif isinstance(value, dict):
            total += _OBJECT
            values.extend(value)
            values.extend(value.values())
        elif hasattr(value, "__dataclass_fields__"):
            total += _OBJECT
            values.extend(vars(value).values())
        else:
            total += _ELSE
    return total
