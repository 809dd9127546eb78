"""The tables: state in columns that plain SQL can ask, and the event log beside it.

Every time is UTC with its offset, ISO 8601 text with milliseconds (2026-01-31T12:00:00.000+00:00), in columns and in
payloads alike, so that it sorts and compares as text. Status, kind and other closed words are upper-case strings, as in
the API; they are checked in Python, because `alembic check` sees no changed CHECK. JSON is stored as text.

What every step writes has no index that only a list would use: each is one more page to be synced by its commit.

pipelines ─┬─ steps ─┬─ attempts ── failures ──▶ failure_groups
           │         ├─ handoffs                  └─ failure_group_places
           │         └─ approvals
           ├─ searches
           ├─ events            positions come from `log`, never from a rowid
           └─ idempotency_keys

tokens        who may act; no row refers to one, for what somebody did outlives their token
"""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, MetaData, Table, Text, UniqueConstraint, column

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _of_pipeline() -> Column[str]:
    return Column("pipeline_id", Text, ForeignKey("pipelines.id", ondelete="CASCADE"), nullable=False)


def _of_step() -> ForeignKey:
    return ForeignKey("steps.id", ondelete="CASCADE")


pipelines = Table(
    "pipelines",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("template", Text),
    Column("prompt", Text, nullable=False),
    Column("directory", Text),
    Column("branch", Text),
    Column("status", Text, nullable=False),
    Column("error_message", Text),
    Column("end_message", Text),
    Column("failure_kind", Text),
    Column("started_by", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("started_at", Text),
    Column("finished_at", Text),
    Column("seq", Integer, nullable=False),
    Index(None, "created_at", "id"),
    Index(None, "status", "finished_at"),
    # The newest of some statuses are the newest of each; it moves when the status does, a few times in all.
    Index("ix_pipelines_status_created_at_id", "status", "created_at", "id"),
)

# What a search looks through, folded (see `runner.search`). Apart from the pipelines: every event writes a row there.
# `place` is its row in `search_index`, an FTS5 table of its own making, where the text counts once `indexed` is 1.
searches = Table(
    "searches",
    metadata,
    Column("pipeline_id", Text, ForeignKey("pipelines.id", ondelete="CASCADE"), primary_key=True),
    Column("text", Text, nullable=False),
    Column("place", Integer),
    Column("indexed", Integer, nullable=False, server_default="0"),
    Index(None, "place", unique=True),
    Index("ix_searches_pipeline_id", "pipeline_id", sqlite_where=column("indexed") == 0),
)

steps = Table(
    "steps",
    metadata,
    Column("id", Text, primary_key=True),
    _of_pipeline(),
    Column("position", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("agent", Text),
    Column("status", Text, nullable=False),
    Column("error_message", Text),
    Column("plan", Text, nullable=False),
    Column("attempts_before", Integer, nullable=False),
    Column("instruction", Text),
    Column("ended_by_id", Text),
    Column("approval_id", Text),
    Column("attention", Text, nullable=False),
    Column("started_at", Text),
    Column("finished_at", Text),
    UniqueConstraint("pipeline_id", "position"),
)

failures = Table(
    "failures",
    metadata,
    Column("id", Text, primary_key=True),
    _of_pipeline(),
    Column("step_id", Text, _of_step(), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Column("detail", Text),
    Column("status_code", Integer),
    Column("retry", Text, nullable=False),
    Column("retry_after", Text),
    Column("decision", Text, nullable=False),
    Column("attempts_left", Integer, nullable=False),
    Column("next_attempt_at", Text),
    Column("causes", Text, nullable=False),
    Column("evidence", Text),
    Column("group_id", Text, ForeignKey("failure_groups.id"), nullable=False),
    Column("agent", Text),
    Column("template", Text),
    Column("step_position", Integer, nullable=False),
    Column("occurred_at", Text, nullable=False),
    Column("position", Integer, nullable=False, unique=True),
    Column("epoch", Text, nullable=False),
    Index(None, "pipeline_id"),
    Index(None, "step_id"),
    Index(None, "group_id", "position"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("step_id", Text, _of_step(), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("status", Text, nullable=False),
    Column("engine_agent", Text),
    Column("model", Text),
    Column("session_id", Text),
    Column("prompt", Text),
    Column("failure_id", Text, ForeignKey("failures.id")),
    # NULL: nobody has told.
    Column("input_tokens", Integer),
    Column("output_tokens", Integer),
    Column("cost", Float),
    Column("started_at", Text, nullable=False),
    Column("finished_at", Text),
    # Seconds of it in which nothing was done, and since when a person is asked now.
    Column("waited_seconds", Float, nullable=False, server_default="0"),
    Column("waiting_since", Text),
    # JSON of the engine's adapter: from where the session would be followed on. Moves without an event.
    Column("resume", Text),
    Index(None, "failure_id", sqlite_where=column("failure_id").is_not(None)),
)

handoffs = Table(
    "handoffs",
    metadata,
    Column("step_id", Text, _of_step(), primary_key=True),
    Column("markdown", Text, nullable=False),
    Column("data", Text),
    Column("supplied_by", Text),
    Column("created_at", Text, nullable=False),
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", Text, primary_key=True),
    _of_pipeline(),
    Column("step_id", Text, _of_step(), nullable=False),
    Column("status", Text, nullable=False),
    Column("description", Text),
    Column("comment", Text),
    Column("decided_by", Text),
    Column("requested_at", Text, nullable=False),
    Column("decided_at", Text),
    Column("expires_at", Text),
    Column("remind_at", Text),
    Index(None, "pipeline_id"),
    Index(None, "step_id"),
    Index(None, "status", "requested_at"),
)

failure_groups = Table(
    "failure_groups",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("first_seen_at", Text, nullable=False),
    Column("last_seen_at", Text, nullable=False),
    Column("last_success_at", Text),
    Column("status", Text, nullable=False),
    # JSON: who acknowledged it, when, with which note, and how many failures there were.
    Column("acknowledgement", Text),
    # The last position in the log that an acknowledgement or a resolution covers.
    Column("settled_through", Integer, nullable=False, server_default="0"),
    # With which normaliser of messages its id was made.
    Column("fingerprint_version", Integer, nullable=False),
    Index(None, "last_seen_at", "id"),
)

# Where failures of a group have happened: a later success there is told to the group.
failure_group_places = Table(
    "failure_group_places",
    metadata,
    Column("template", Text, primary_key=True),
    Column("step_position", Integer, primary_key=True),
    Column("group_id", Text, ForeignKey("failure_groups.id", ondelete="CASCADE"), primary_key=True),
)

events = Table(
    "events",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("epoch", Text, nullable=False),
    Column("pipeline_id", Text, ForeignKey("pipelines.id", ondelete="CASCADE")),
    Column("seq", Integer),
    Column("type", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("actor", Text),
    # By which way the actor acted: PAGE, CLI or API; NULL for nobody, and in rows that are older than this column.
    Column("channel", Text),
    Column("payload", Text, nullable=False),
    UniqueConstraint("pipeline_id", "seq"),
    Index(None, "type", "position"),
    Index(None, "at"),
)

# One row. `genesis` is the epoch of position 0; `pruned_through` the last position that may be missing.
log = Table(
    "log",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, nullable=False),
    Column("genesis", Text, nullable=False),
    Column("pruned_through", Integer, nullable=False),
    Column("pruned_epoch", Text, nullable=False),
    # When stepwire was last known to be at work.
    Column("alive_at", Text),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("key", Text, primary_key=True),
    _of_pipeline(),
    Column("used_at", Text, nullable=False),
    # Digest of the command and its input; NULL in rows that are older than this column.
    Column("request", Text),
    Index(None, "pipeline_id"),
)

# `digest` is SHA-256 of the secret, in hexadecimal.
tokens = Table(
    "tokens",
    metadata,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("digest", Text, nullable=False, unique=True),
    Column("created_by", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text),
)

# Which folders OpenCode may be asked about: it runs what a folder brings along as soon as it opens it.
trusted_directories = Table(
    "trusted_directories",
    metadata,
    Column("path", Text, primary_key=True),
    Column("trusted_by", Text, nullable=False),
    Column("trusted_at", Text, nullable=False),
)

# One row while a server has the database open, or after one that was killed. `process` tells a process from a later
# one of the same number; NULL where the system does not.
owner = Table(
    "owner",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("process", Text),
    Column("since", Text, nullable=False),
)
