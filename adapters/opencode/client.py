"""What the clients of both generations have in common: whom they speak to, and how long they wait."""

from collections.abc import Callable, Mapping
from copy import copy
from typing import Self, TypeVar

from adapters.opencode.answers import Answer, Answers
from adapters.opencode.connection import Connection
from adapters.opencode.identity import is_up
from adapters.opencode.reply import Reply

T = TypeVar("T")


class AnyClient:
    """A client over a connection; what it calls is for each generation to say."""

    def __init__(self, connection: Connection, answers: Answers | None = None) -> None:
        self._connection = connection
        self._answers = answers or Answers()

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

    def forget(self) -> None:
        """What was answered before counts no more."""
        self._answers.forget()

    async def _asked(self, path: str, directory: str | None, query: Mapping[str, str]) -> Answer:
        """Asks about a folder; the answer may be recalled for some seconds."""
        return await self._answers.ask(path, directory, lambda: self._connection.quick("GET", path, query=query))

    def _recalled(self, path: str, directory: str | None, read: Callable[[Reply], T]) -> T | None:
        return self._answers.recall(path, directory, read)

    def _over(self, connection: Connection) -> Self:
        other = copy(self)
        other._connection = connection
        return other
