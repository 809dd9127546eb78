"""The named tokens in their table: changed with their event in one transaction, whichever process does it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from adapters.database import changes, tables
from adapters.database.readers import Reader
from adapters.database.values import text_of, time_of
from adapters.database.writer import Committed, Writer
from runner.events import TokenChanged
from runner.model import Actor
from runner.principals import Role, Token

_TOKENS = tables.tokens


class DatabaseTokens:
    """Implements `runner.ports.TokenStore`; events of it are written in `epoch`."""

    def __init__(self, writer: Writer, reader: Reader, epoch: str) -> None:
        self._writer = writer
        self._reader = reader
        self._epoch = epoch

    async def all(self) -> Sequence[Token]:
        return await self._reader.run(_all)

    async def add(self, token: Token) -> bool:
        def add(connection: Connection) -> Committed[bool]:
            row = {
                "name": token.name,
                "role": token.role.value,
                "digest": token.digest,
                "created_by": token.created_by.name,
                "created_at": text_of(token.created_at),
                "expires_at": token.expires_at and text_of(token.expires_at),
            }
            if not connection.execute(insert(_TOKENS).values(row).on_conflict_do_nothing()).rowcount:
                return Committed(outcome=False, events=())
            return self._told(connection, token.name, token.role, "added", token.created_by, token.created_at)

        return await self._writer.store(add)

    async def revoke(self, name: str, actor: Actor, at: datetime) -> bool:
        def revoke(connection: Connection) -> Committed[bool]:
            gone = delete(_TOKENS).where(_TOKENS.c.name == name).returning(_TOKENS.c.role)
            role = connection.execute(gone).scalar_one_or_none()
            if role is None:
                return Committed(outcome=False, events=())
            return self._told(connection, name, Role(role), "revoked", actor, at)

        return await self._writer.store(revoke)

    def _told(
        self, connection: Connection, token: str, role: Role, change: str, actor: Actor, at: datetime
    ) -> Committed[bool]:
        event = TokenChanged(at=at, actor=actor, token=token, role=role, change=change)
        return Committed(outcome=True, events=changes.record(connection, [event], self._epoch))


def _all(connection: Connection) -> Sequence[Token]:
    return [
        Token(
            name=row.name,
            role=Role(row.role),
            digest=row.digest,
            created_by=Actor(name=row.created_by),
            created_at=time_of(row.created_at),
            expires_at=None if row.expires_at is None else time_of(row.expires_at),
        )
        for row in connection.execute(select(_TOKENS).order_by(_TOKENS.c.name))
    ]
