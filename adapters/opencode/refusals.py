"""Who refused what: OpenCode only says that it was refused."""

from collections import OrderedDict
from dataclasses import replace

from adapters.opencode.observations import Observations
from runner.model import Actor

_KEPT = 1000


class Refusals:
    """The newest refusals that went through us, by the request's id."""

    def __init__(self) -> None:
        self._by: OrderedDict[str, Actor | None] = OrderedDict()

    def note(self, request_id: str, actor: Actor | None) -> None:
        self._by[request_id] = actor
        if len(self._by) > _KEPT:
            self._by.popitem(last=False)

    def knows(self, request_id: str) -> bool:
        """Whether it was refused through us."""
        return request_id in self._by

    def named(self, seen: Observations) -> Observations:
        """The same, with the name of whoever refused, where it was one of us."""
        actor = self._by.get(seen.rejected.id) if seen.rejected else None
        if actor is None or seen.rejected is None:
            return seen
        return replace(seen, rejected=replace(seen.rejected, refused_by=actor.name))
