"""The statements of every commit, compiled once: SQLAlchemy's own way to one takes longer than SQLite takes for it."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection, CursorResult, Dialect
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import Select

Values: TypeAlias = Mapping[str, Any]


class Prepared:
    """A statement whose values all have plain types: nothing is converted on the way in or out.

    It sets the columns that are named by the values of its first use, as all later ones must.
    """

    def __init__(self, statement: UpdateBase | Select[Any]) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def one(self, connection: Connection, values: Values) -> CursorResult[Any]:
        compiled = self._for(connection.dialect, values)
        return connection.exec_driver_sql(compiled.sql, compiled.parameters(values))

    def many(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Once for every row, maybe for none."""
        if rows:
            compiled = self._for(connection.dialect, rows[0])
            connection.exec_driver_sql(compiled.sql, [compiled.parameters(values) for values in rows])

    def _for(self, dialect: Dialect, values: Values) -> "_Compiled":
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = _Compiled(self._statement, list(values), dialect)
        return self._compiled[dialect.name]


class _Compiled:
    def __init__(self, statement: UpdateBase | Select[Any], columns: Sequence[str], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        self.sql = str(compiled)
        self._names: Sequence[str] = compiled.positiontup or ()
        self._constants = {
            name: bind.value for name, bind in compiled.binds.items() if name not in columns and bind.value is not None
        }

    def parameters(self, values: Values) -> tuple[Any, ...]:
        constants = self._constants
        return tuple([constants[name] if name in constants else values[name] for name in self._names])
