"""The named tokens over a dict, told of in the log of a journal that is as short-lived."""

from collections.abc import Sequence
from datetime import datetime

from runner.events import TokenChanged
from runner.journal import Journal
from runner.model import Actor
from runner.principals import Token


class MemoryTokens:
    """Implements `runner.ports.TokenStore`."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._tokens: dict[str, Token] = {}

    async def all(self) -> Sequence[Token]:
        return sorted(self._tokens.values(), key=lambda token: token.name)

    async def add(self, token: Token) -> bool:
        if token.name in self._tokens:
            return False
        self._tokens[token.name] = token
        await self._tell(token, "added", token.created_by, token.created_at)
        return True

    async def revoke(self, name: str, actor: Actor, at: datetime) -> bool:
        token = self._tokens.pop(name, None)
        if token is not None:
            await self._tell(token, "revoked", actor, at)
        return token is not None

    async def _tell(self, token: Token, change: str, actor: Actor, at: datetime) -> None:
        event = TokenChanged(at=at, actor=actor, token=token.name, role=token.role, change=change)
        await self._journal.record(event)


async def unheard() -> None:
    """Nobody keeps in mind which tokens there are."""
