"""What attempts have changed, as rows beside them: written when it is found out, read when somebody asks."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, exists, insert, select, tuple_

from adapters.database import tables
from adapters.database.rows import Rows, as_json
from runner.file_changes import FileChanges
from runner.reads import AttemptKey

_TABLE = tables.attempt_changes
_ROWS = Rows(FileChanges, files=as_json, shared_with=as_json)


def note(connection: Connection, step_id: str, attempt: int, found: FileChanges) -> None:
    """In place of what was noted before; of an attempt that is not there nothing is."""
    known = tables.attempts.c
    if not connection.scalar(select(exists().where(known.step_id == step_id, known.number == attempt))):
        return
    connection.execute(delete(_TABLE).where(_TABLE.c.step_id == step_id, _TABLE.c.attempt == attempt))
    connection.execute(insert(_TABLE).values(_ROWS.row(found, step_id=step_id, attempt=attempt)))


def of_attempts(connection: Connection, keys: Collection[AttemptKey]) -> Mapping[AttemptKey, FileChanges]:
    rows = select(_TABLE).where(tuple_(_TABLE.c.step_id, _TABLE.c.attempt).in_(keys))
    found = connection.execute(rows).mappings().all()
    return {(row["step_id"], row["attempt"]): _ROWS.value(row) for row in found}
