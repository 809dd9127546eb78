"""Alembic's entry: runs on the connection that `adapters.database.migrations` hands over, or on `-x url=sqlite:///…`."""

from alembic import context
from sqlalchemy import Connection

from adapters.database.engines import file_of, sqlite_engine
from adapters.database.tables import metadata


def _is_ours(name: str | None, kind: str, _: object) -> bool:
    """Not the tables that FTS5 makes for its index, which SQLAlchemy has no words for."""
    return not (kind == "table" and name is not None and name.startswith("search_index"))


def migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, include_name=_is_ours)
    with context.begin_transaction():
        context.run_migrations()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    migrate(handed_over)
else:
    url = context.get_x_argument(as_dictionary=True).get("url", "sqlite:///stepwire.db")
    engine = sqlite_engine(file_of(url), "BEGIN IMMEDIATE")
    with engine.begin() as opened:
        migrate(opened)
    engine.dispose()
