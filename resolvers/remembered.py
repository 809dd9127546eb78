"""What was shown of versions, remembered for those who ask the same document again, and bounded by bytes.

Each document has a memory of its own, which dies with it; all share one budget. What is remembered can be wrong only if
a version is (see `schema.common.Versioned`): there is nothing that would have to be told of a change.
"""

import sys
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from weakref import WeakSet

S = TypeVar("S")
F = TypeVar("F")

BUDGET = 32_000_000
_ENTRY = 300


@dataclass(frozen=True, kw_only=True)
class Shown(Generic[F]):
    """An object as it was shown, how many values that counts for, and those of its fields that are shown anew.

    Nobody changes `answer`: it is part of many.
    """

    answer: dict[str, Any]
    values: int
    anew: tuple[F, ...] = ()


class Budget:
    """How many bytes all memories together may take. When it is spent each forgets the half that was used least."""

    def __init__(self, limit: int = BUDGET) -> None:
        self._limit = limit
        self._memories = WeakSet[Memory[Any, Any]]()
        self._spent = 0

    @property
    def size(self) -> int:
        """In bytes, as they are estimated."""
        return sum(memory.size for memory in self._memories)

    def join(self, memory: "Memory[Any, Any]") -> None:
        self._memories.add(memory)

    def spend(self, size: int) -> None:
        self._spent += size
        while self._spent > self._limit:
            # Counted anew first: what a document took is free again when it has died, and nobody says so.
            self._spent = self.size
            if self._spent > self._limit:
                for memory in self._memories:
                    memory.forget_half()


class Memory(Generic[S, F]):
    """Of one document: its compiled `selections` by their keys, and what they showed. `size` is of both, in bytes."""

    def __init__(self, budget: Budget) -> None:
        self.selections: dict[Hashable, S] = {}
        self.size = 0
        self._shown: OrderedDict[Hashable, tuple[Shown[F], int]] = OrderedDict()
        self.compiled = 0
        self._budget = budget
        budget.join(self)

    def learn(self, key: Hashable, selection: S, size: int) -> None:
        self.selections[key] = selection
        self.compiled += size
        self._grow(size)

    def shown(self, key: Hashable) -> Shown[F] | None:
        found = self._shown.get(key)
        if found is None:
            return None
        self._shown.move_to_end(key)
        return found[0]

    def keep(self, key: Hashable, shown: Shown[F]) -> None:
        """Of a key that is not there."""
        size = _ENTRY + weight(shown.answer)
        self._shown[key] = (shown, size)
        self._grow(size)

    def forget_half(self) -> None:
        """Of what was shown; all that was compiled, which is soon there again where it is needed."""
        self.selections.clear()
        self.size -= self.compiled
        self.compiled = 0
        for _ in range((len(self._shown) + 1) // 2):
            _, (_, size) = self._shown.popitem(last=False)
            self.size -= size

    def _grow(self, size: int) -> None:
        self.size += size
        self._budget.spend(size)


def weight(value: Any) -> int:
    """About how many bytes a part of an answer takes; its keys belong to the document."""
    match value:
        case dict():
            return sys.getsizeof(value) + sum(map(weight, value.values()))
        case list():
            return sys.getsizeof(value) + sum(map(weight, value))
        case None | bool():
            return 0
        case _:
            return sys.getsizeof(value)
