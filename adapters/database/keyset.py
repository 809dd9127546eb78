"""Keyset pages: a list goes on after the last row that was shown, wherever that is by now."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, func, select, tuple_

from adapters.database import log
from runner.reads import BadPageKey, Page

T = TypeVar("T")

_SEPARATOR = "|"


def page(
    connection: Connection,
    wanted: Select[Any],
    key: Sequence[ColumnElement[Any]],
    first: int,
    after: str | None,
    values: Callable[[Sequence[Row[Any]]], Sequence[T]],
) -> Page[T]:
    """Of all `wanted` rows the `first` ones below the key `after`, highest key first; `values` makes the items."""
    total = connection.execute(select(func.count()).select_from(wanted.subquery())).scalar_one()
    stretch = wanted.order_by(*(column.desc() for column in key)).limit(first + 1)
    if after is not None:
        stretch = stretch.where(tuple_(*key) < tuple_(*_read_key(after, key)))
    found = connection.execute(stretch).all()
    rows = found[:first]
    return Page(
        items=values(rows),
        keys=[_SEPARATOR.join(str(row._mapping[column]) for column in key) for row in rows],
        has_next=len(found) > first,
        has_previous=after is not None,
        total=total,
        cursor=log.newest(connection),
    )


def first_pages(
    connection: Connection,
    wanted: Select[Any],
    of: Column[str],
    key: Column[Any],
    first: int,
    values: Callable[[Sequence[Row[Any]]], Sequence[T]],
) -> dict[str, Page[T]]:
    """The `first` rows of each value of the column `of`, highest key first, in two statements for all of them."""
    place = func.row_number().over(partition_by=of, order_by=key.desc()).label("place")
    numbered = wanted.add_columns(place).subquery()
    rows = connection.execute(
        select(numbered).where(numbered.c.place <= first).order_by(numbered.c[key.name].desc())
    ).all()
    totals = wanted.with_only_columns(of, func.count()).group_by(of)
    cursor = log.newest(connection)
    pages = {}
    for name, total in connection.execute(totals):
        found = [row for row in rows if row._mapping[of.name] == name]
        pages[name] = Page(
            items=values(found),
            keys=[str(row._mapping[key.name]) for row in found],
            has_next=total > len(found),
            has_previous=False,
            total=total,
            cursor=cursor,
        )
    return pages


def _read_key(text: str, key: Sequence[ColumnElement[Any]]) -> list[Any]:
    parts = text.split(_SEPARATOR)
    if len(parts) != len(key):
        raise BadPageKey(text)
    try:
        return [column.type.python_type(part) for column, part in zip(key, parts, strict=True)]
    except ValueError as error:
        raise BadPageKey(text) from error
