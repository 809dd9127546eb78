"""Arguments of lists, checked: how many at a time, and which stretch of the log."""

from collections.abc import Sequence
from datetime import datetime

from resolvers.bad_request import BadRequest
from runner.model import Cursor as Place
from runner.model import PipelineId, StepId
from runner.reads import EventQuery
from schema.enums import EventType
from schema.scalars import Cursor, decode_cursor

PAGE = 20
LARGEST_PAGE = 100
STRETCH = 50
LARGEST_STRETCH = 1000


def page_size(first: int | None) -> int:
    """How many of a list are asked for; raises BadRequest when it is too many or none."""
    return PAGE if first is None else _between("first", first, LARGEST_PAGE)


def stretch(
    first: int | None,
    after: Cursor | None,
    last: int | None,
    before: Cursor | None,
    *,
    pipeline_id: PipelineId | None = None,
    step_id: StepId | None = None,
    types: Sequence[EventType] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> EventQuery:
    """The stretch of the log asked for, the first 50 when nothing says how many.

    Raises:
        BadRequest: `first` and `last` together, too many, or none.
        CursorMalformed: see `decode_cursor`.
    """
    if first is not None and last is not None:
        raise BadRequest("Give `first` or `last`, not both: from which end shall the log be read?")
    if first is None and last is None:
        first = STRETCH
    return EventQuery(
        first=None if first is None else _between("first", first, LARGEST_STRETCH),
        after=_place(after),
        last=None if last is None else _between("last", last, LARGEST_STRETCH),
        before=_place(before),
        pipeline_id=pipeline_id,
        step_id=step_id,
        types=None if types is None else [name.value for name in types],
        since=since,
        until=until,
    )


def _place(cursor: Cursor | None) -> Place | None:
    return None if cursor is None else decode_cursor(cursor)


def _between(name: str, value: int, most: int) -> int:
    if not 1 <= value <= most:
        raise BadRequest(f"`{name}` is {value}; it must be from 1 to {most:,}. Ask for the rest page by page.")
    return value
