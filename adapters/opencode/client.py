"""What the clients of both generations have in common: whom they speak to, and how long they wait."""

from copy import copy
from typing import Self

from adapters.opencode.connection import Connection
from adapters.opencode.identity import is_up


class AnyClient:
    """A client over a connection; what it calls is for each generation to say."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def url(self) -> str:
        return self._connection.url

    @property
    def is_local(self) -> bool:
        """Whether OpenCode sees the same files as we do."""
        return self._connection.is_local

    def with_limit(self, seconds: float) -> Self:
        """The same, with another limit on each call."""
        return self._over(self._connection.with_limit(seconds))

    def hurried(self) -> Self:
        """The same, for the last that is asked: one silence is waited for, however much that is."""
        return self._over(self._connection.hurried())

    async def is_up(self) -> bool:
        """Whether OpenCode itself answers, whatever becomes of a directory."""
        return await is_up(self._connection.http)

    def _over(self, connection: Connection) -> Self:
        other = copy(self)
        other._connection = connection
        return other
