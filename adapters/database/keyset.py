"""Keyset pages: a list goes on after the last row that was shown, wherever that is by now."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, func, select, tuple_, union_all

from adapters.database import log
from runner.reads import BadPageKey, Page

T = TypeVar("T")

_SEPARATOR = "|"


def page(
    connection: Connection,
    wanted: Sequence[Select[Any]],
    key: Sequence[ColumnElement[Any]],
    first: int,
    after: str | None,
    values: Callable[[Sequence[Row[Any]]], Sequence[T]],
    *,
    counted: bool,
) -> Page[T]:
    """Of all `wanted` rows the `first` ones below the key `after`, highest key first; `values` makes the items.

    Wanted are the rows of all these, of which no two have one in common: each is gone through only as far as its rows
    can be on the page. `counted`: whether to count all of them, which reads them all, however few are shown.
    """
    below = [] if after is None else [tuple_(*key) < tuple_(*_read_key(after, key))]
    names = [column.name for column in key]
    parts = [part.where(*below).order_by(*_downwards(part, names)).limit(first + 1) for part in wanted]
    stretch = parts[0] if len(parts) == 1 else _merged(parts, names, first + 1)
    found = connection.execute(stretch).all()
    rows = found[:first]
    return Page(
        items=values(rows),
        keys=[_SEPARATOR.join(str(row._mapping[name]) for name in names) for row in rows],
        has_next=len(found) > first,
        has_previous=after is not None,
        total=sum(_count(connection, part) for part in wanted) if counted else None,
        cursor=log.newest(connection),
    )


def _merged(parts: Sequence[Select[Any]], names: Sequence[str], count: int) -> Select[Any]:
    whole = union_all(*(select(part.subquery()) for part in parts)).subquery()
    return select(whole).order_by(*(whole.c[name].desc() for name in names)).limit(count)


def _downwards(part: Select[Any], names: Sequence[str]) -> list[ColumnElement[Any]]:
    return [part.selected_columns[name].desc() for name in names]


def first_pages(
    connection: Connection,
    wanted: Select[Any],
    of: Column[str],
    key: Column[Any],
    first: int,
    values: Callable[[Sequence[Row[Any]]], Sequence[T]],
    *,
    counted: bool,
) -> dict[str, Page[T]]:
    """The `first` rows of each value of the column `of` that has any, highest key first; see `page`."""
    # From the index of both columns; numbering the rows was rejected, as it goes through all of each value's.
    one, later = wanted.with_only_columns(of).distinct().subquery(), of.table.alias()
    lowest = (
        select(later.c[key.name])
        .where(later.c[of.name] == one.c[of.name])
        .order_by(later.c[key.name].desc())
        .limit(1)
        .offset(first)
        .scalar_subquery()
    )
    newest = wanted.join(one, one.c[of.name] == of).where(key >= func.coalesce(lowest, 0))
    rows = connection.execute(newest.order_by(key.desc())).all()
    totals = _counts(connection, wanted, of) if counted else {}
    cursor = log.newest(connection)
    found: dict[str, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row._mapping[of.name], []).append(row)
    return {
        name: Page(
            items=values(those[:first]),
            keys=[str(row._mapping[key.name]) for row in those[:first]],
            has_next=len(those) > first,
            has_previous=False,
            total=totals.get(name),
            cursor=cursor,
        )
        for name, those in found.items()
    }


def _count(connection: Connection, wanted: Select[Any]) -> int:
    total: int = connection.execute(wanted.with_only_columns(func.count(), maintain_column_froms=True)).scalar_one()
    return total


def _counts(connection: Connection, wanted: Select[Any], of: Column[str]) -> dict[str, int]:
    rows = connection.execute(wanted.with_only_columns(of, func.count()).group_by(of))
    return {row[0]: row[1] for row in rows}


def _read_key(text: str, key: Sequence[ColumnElement[Any]]) -> list[Any]:
    parts = text.split(_SEPARATOR)
    if len(parts) != len(key):
        raise BadPageKey(text)
    try:
        return [column.type.python_type(part) for column, part in zip(key, parts, strict=True)]
    except ValueError as error:
        raise BadPageKey(text) from error
