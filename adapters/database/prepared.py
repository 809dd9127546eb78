"""The statements of every commit, compiled once: SQLAlchemy's own way to one takes longer than SQLite takes for it."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

from sqlalchemy import Connection, CursorResult
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import Select

Values: TypeAlias = Mapping[str, Any]


class Prepared:
    """A statement whose values all have plain types: nothing is converted on the way in or out.

    `columns` are those that an insert or an update sets from its values, every time the same; a value for none of them
    is passed over, a missing one is a KeyError.
    """

    def __init__(self, statement: UpdateBase | Select[Any], columns: Iterable[str] = ()) -> None:
        self._statement = statement
        self._columns = tuple(columns)

    def one(self, connection: Connection, values: Values) -> CursorResult[Any]:
        """With the rows that it finds."""
        return connection.exec_driver_sql(self._compiled.sql, self._compiled.parameters(values))

    def run(self, connection: Connection, values: Values) -> sqlite3.Cursor:
        """Past SQLAlchemy, whose bookkeeping takes longer than most statements; only on a connection that writes."""
        return driver_of(connection).execute(self._compiled.sql, self._compiled.parameters(values))

    def many(self, connection: Connection, rows: Sequence[Values]) -> None:
        """As `run`, once for every row, maybe for none."""
        if rows:
            compiled = self._compiled
            driver_of(connection).executemany(compiled.sql, [compiled.parameters(values) for values in rows])

    @cached_property
    def _compiled(self) -> "_Compiled":
        return _Compiled(self._statement, self._columns)


class _Compiled:
    def __init__(self, statement: UpdateBase | Select[Any], columns: Sequence[str]) -> None:
        compiled = statement.compile(dialect=sqlite.dialect(), column_keys=columns)
        self.sql = str(compiled)
        self._names: Sequence[str] = compiled.positiontup or ()
        self._constants = {
            name: bind.value for name, bind in compiled.binds.items() if name not in columns and bind.value is not None
        }

    def parameters(self, values: Values) -> tuple[Any, ...]:
        constants = self._constants
        return tuple([constants[name] if name in constants else values[name] for name in self._names])


def driver_of(connection: Connection) -> sqlite3.Connection:
    """SQLite's own connection under one that writes."""
    driver: Any = connection.connection.driver_connection
    found: sqlite3.Connection = driver
    return found
