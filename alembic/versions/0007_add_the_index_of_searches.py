"""Add the index of searches, and of pipelines by their status.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Empty: filled bit by bit while stepwire runs, so that a large database is not closed meanwhile.
    op.execute(sa.text("CREATE VIRTUAL TABLE search_index USING fts5(text, tokenize='trigram case_sensitive 1')"))
    with op.batch_alter_table("searches") as table:
        table.add_column(sa.Column("place", sa.Integer(), nullable=True))
        table.add_column(sa.Column("indexed", sa.Integer(), server_default="0", nullable=False))
    op.create_index(op.f("ix_searches_place"), "searches", ["place"], unique=True)
    op.create_index(op.f("ix_searches_pipeline_id"), "searches", ["pipeline_id"], sqlite_where=sa.text("indexed = 0"))
    op.create_index(op.f("ix_pipelines_status_created_at_id"), "pipelines", ["status", "created_at", "id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_pipelines_status_created_at_id"), table_name="pipelines")
    op.drop_index(op.f("ix_searches_pipeline_id"), table_name="searches")
    op.drop_index(op.f("ix_searches_place"), table_name="searches")
    with op.batch_alter_table("searches") as table:
        table.drop_column("indexed")
        table.drop_column("place")
    op.execute(sa.text("DROP TABLE search_index"))
