"""Add the owner, and the directories that are trusted.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "owner",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("process", sa.Text(), nullable=True),
        sa.Column("since", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owner")),
    )
    op.create_table(
        "trusted_directories",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("trusted_by", sa.Text(), nullable=False),
        sa.Column("trusted_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_trusted_directories")),
    )
    # Whoever started a pipeline in a directory has had its code run.
    op.execute(
        sa.text(
            "INSERT INTO trusted_directories (path, trusted_by, trusted_at) "
            "SELECT directory, started_by, min(created_at) FROM pipelines "
            "WHERE directory IS NOT NULL GROUP BY directory"
        )
    )


def downgrade() -> None:
    op.drop_table("trusted_directories")
    op.drop_table("owner")
