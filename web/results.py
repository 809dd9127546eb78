"""What subscribers, and whoever else asks, are answered: one result as JSON text, or that there is none."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graphql import ExecutionResult, GraphQLError

from schema.scalars import Cursor
from web.json_text import written

_SHOWN_ERRORS = 100

Mask = Callable[[GraphQLError], GraphQLError]


class Refused(Exception):
    """The operation cannot begin, or not go on; `errors` are masked and ready to be shown."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """One result as JSON text, and the place in the log of what it shows, where it shows a place.

    `failed` where there is no data, only errors.
    """

    body: bytes
    cursor: Cursor | None = None
    failed: bool = False

    @cached_property
    def as_payload(self) -> bytes:
        """The end of a message of graphql-transport-ws, after its `"payload":`; made once for all who are sent it."""
        return self.body + b"}"

    @cached_property
    def as_event(self) -> bytes:
        """The whole of a server-sent event, whose id is the place."""
        place = f"id: {self.cursor}\n".encode() if self.cursor else b""
        return b"event: next\n%bdata: %b\n\n" % (place, self.body)

    @cached_property
    def as_chunk(self) -> bytes:
        """That event as HTTP/1.1 sends it: one chunk."""
        return b"%x\r\n%b\r\n" % (len(self.as_event), self.as_event)


def delivered(result: ExecutionResult, mask: Mask, cursor: Cursor | None = None) -> Delivered:
    """The result as the GraphQL specification writes it, errors masked."""
    shown: dict[str, Any] = {"data": result.data}
    if result.errors:
        shown["errors"] = [mask(error).formatted for error in result.errors[:_SHOWN_ERRORS]]
    return Delivered(body=written(shown), cursor=cursor, failed=result.data is None)
