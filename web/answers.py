"""Answers that are kept as long as the log has not moved: who asks the same again is sent the same bytes.

    asked ─▶ where the log stands ─▶ kept there? ─▶ sent
                                  ─▶ being made? ─▶ waited for, and shared
                                  ─▶ made, and kept unless the log has moved meanwhile

An answer may be kept if it depends on nothing but the log and what it is kept under: the document, the operation's
name, the variables and the rights. So every field at its root must be declared to be of the log (`resolvers.of_the_log`
says which are), nobody may have asked for the time while it was made, and it must have no errors. It is kept under the
place that the log had before anything was read, and only if that is still its place when all has been read: what was
read is then what stood at that place. The place is asked for anew at every question, of the database and not of this
process, so what another process stores counts as well. When it has moved, all that was kept is dropped: there is no
telling which of them would still be true, and the next to ask make them anew, once for all who ask meanwhile.

What was rejected: to keep them for some time (stale, or of no use), and to know from each event which answers it
changes (a second truth about every field, wrong in silence).
"""

import asyncio
import pickle
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

from web.compression import LONG_BYTES, zipped
from web.results import Delivered

_BYTES = 32_000_000
# About what a key and the objects around an answer take.
_ENTRY = 500


@dataclass(kw_only=True, eq=False)
class Answer:
    """The whole answer to an operation. `of_the_log`: it stays the same as long as the log does."""

    delivered: Delivered
    of_the_log: bool = False
    _zipped: bytes | None = None

    @property
    def body(self) -> bytes:
        return self.delivered.body

    @cached_property
    def tag(self) -> str | None:
        """What it can be recognised by; None where nobody would see it again.

        Of its bytes, because its place in the log would be the same after an upgrade; and weak, because it is the same
        for both forms of it, with compression and without.
        """
        return f'W/"{blake2b(self.body, digest_size=16).hexdigest()}"' if self.of_the_log else None

    async def zipped(self) -> bytes:
        """The body as gzip, made once; a long one beside the event loop."""
        if self._zipped is None:
            is_long = len(self.body) >= LONG_BYTES
            self._zipped = await asyncio.to_thread(zipped, self.body) if is_long else zipped(self.body)
        return self._zipped


class Answers:
    """At most about so many bytes of them; `standing` tells where the log stands, or None where it cannot."""

    def __init__(self, standing: Callable[[], Hashable | None], most_bytes: int = _BYTES) -> None:
        self._standing = standing
        self._most_bytes = most_bytes
        self._place: Hashable | None = None
        self._kept: OrderedDict[Hashable, Answer] = OrderedDict()
        self._being_made: dict[Hashable, asyncio.Future[Answer | None]] = {}
        self.bytes = 0
        self.taken = 0

    def __len__(self) -> int:
        return len(self._kept)

    async def answer(self, key: Hashable, make: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer kept or being made under that key, else a new one. Raises what `make` raises."""
        place = self._standing()
        if place is None:
            return await make()
        if place != self._place:
            self._begin(place)
        if (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            self.taken += 1
            return kept
        if (others := self._being_made.get(key)) is not None:
            # Shielded: whoever leaves must not end it for the rest.
            if (shared := await asyncio.shield(others)) is not None:
                self.taken += 1
                return shared
            return await make()
        return await self._made(key, place, make)

    def _begin(self, place: Hashable) -> None:
        self._place = place
        self._kept.clear()
        # What is being made may have been read before the log moved: it is for those who asked by then.
        self._being_made = {}
        self.bytes = 0

    async def _made(self, key: Hashable, place: Hashable, make: Callable[[], Awaitable[Answer]]) -> Answer:
        """One that others may wait for; they are told None where it is none for them."""
        being_made = self._being_made
        waiting = being_made[key] = asyncio.get_running_loop().create_future()
        for_others: Answer | None = None
        try:
            answer = await make()
            for_others = answer if answer.of_the_log else None
        finally:
            del being_made[key]
            waiting.set_result(for_others)
        if answer.of_the_log and self._place == place == self._standing():
            self._keep(key, answer)
        return answer

    def _keep(self, key: Hashable, answer: Answer) -> None:
        self._kept[key] = answer
        self.bytes += _size(answer)
        while self.bytes > self._most_bytes:
            _, oldest = self._kept.popitem(last=False)
            self.bytes -= _size(oldest)


def key_of(query: str, operation_name: str | None, variables: object, rights: Hashable) -> Hashable:
    """Equal only for questions with the same answer. Pickled, because JSON has one form for values of several types
    (see `resolvers.given.NoNumber`); that equal variables may differ in it costs an answer made twice.
    """
    return query, operation_name, pickle.dumps(variables) if variables else None, rights


def _size(answer: Answer) -> int:
    # Twice: with and without compression.
    return _ENTRY + 2 * len(answer.body)
