"""Keep what an acknowledgement covers and how long was waited, and fold what is searched.

Revision ID: 0004
Revises: 0003
"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ACKNOWLEDGED = """
UPDATE failure_groups SET acknowledgement = (
    SELECT json_object('by', json_object('name', events.actor), 'at', events.at, 'count', failure_groups.count)
    FROM events
    WHERE events.type = 'failure_group_changed' AND events.actor IS NOT NULL
        AND json_extract(events.payload, '$.group.id') = failure_groups.id
    ORDER BY events.position DESC LIMIT 1
) WHERE status = 'ACKNOWLEDGED'
"""
_SETTLED = "UPDATE failure_groups SET settled_through = (SELECT position FROM log) WHERE status != 'OPEN'"
_APPROVALS = """
UPDATE attempts SET waited_seconds = max(0, round((julianday(finished_at) - julianday(started_at)) * 86400, 3))
WHERE finished_at IS NOT NULL AND step_id IN (SELECT id FROM steps WHERE kind = 'APPROVAL')
"""
_ASKED = """
UPDATE attempts SET waiting_since = (
    SELECT min(json_extract(asked.value, '$.since')) FROM steps, json_each(steps.attention) AS asked
    WHERE steps.id = attempts.step_id
        AND json_extract(asked.value, '$.kind') IN ('PERMISSION', 'QUESTION', 'APPROVAL')
) WHERE finished_at IS NULL
"""
_SEARCHED = """
SELECT id, title, prompt, template, directory, branch, error_message,
    (SELECT group_concat(agent, char(10)) FROM steps WHERE pipeline_id = pipelines.id) AS agents,
    (SELECT group_concat(message, char(10)) FROM failures WHERE pipeline_id = pipelines.id) AS messages
FROM pipelines
"""


def upgrade() -> None:
    op.add_column("failure_groups", sa.Column("acknowledgement", sa.Text(), nullable=True))
    op.add_column("failure_groups", sa.Column("settled_through", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("attempts", sa.Column("waited_seconds", sa.Float(), nullable=False, server_default="0"))
    op.add_column("attempts", sa.Column("waiting_since", sa.Text(), nullable=True))
    op.add_column("log", sa.Column("alive_at", sa.Text(), nullable=True))
    for statement in (_ACKNOWLEDGED, _SETTLED, _APPROVALS, _ASKED):
        op.execute(sa.text(statement))
    _add_searches()


def downgrade() -> None:
    op.drop_table("searches")
    op.drop_column("log", "alive_at")
    op.drop_column("attempts", "waiting_since")
    op.drop_column("attempts", "waited_seconds")
    op.drop_column("failure_groups", "settled_through")
    op.drop_column("failure_groups", "acknowledgement")


def _add_searches() -> None:
    searches = op.create_table(
        "searches",
        sa.Column("pipeline_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pipeline_id"],
            ["pipelines.id"],
            name=op.f("fk_searches_pipeline_id_pipelines"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pipeline_id", name=op.f("pk_searches")),
    )
    connection = op.get_bind()
    for rows in connection.execute(sa.text(_SEARCHED)).partitions(1000):
        found = [{"pipeline_id": row.id, "text": _folded("\n".join(text for text in row[1:] if text))} for row in rows]
        connection.execute(searches.insert(), found)


def _folded(text: str) -> str:
    """As `runner.search` folded when this revision was made."""
    whole = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())
    return whole.translate(str.maketrans("άέήίόύώΐΰı", "αεηιουωϊϋi")).replace("i\u0307", "i")
