"""Let usage be unknown, and keep from where an attempt is followed on.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_USAGE = {"input_tokens": sa.Integer(), "output_tokens": sa.Integer(), "cost": sa.Float()}


def upgrade() -> None:
    with op.batch_alter_table("attempts") as attempts:
        for name, kind in _USAGE.items():
            attempts.alter_column(name, existing_type=kind, nullable=True)
        attempts.add_column(sa.Column("resume", sa.Text(), nullable=True))


def downgrade() -> None:
    for name in _USAGE:
        op.execute(sa.text(f"UPDATE attempts SET {name} = 0 WHERE {name} IS NULL"))
    with op.batch_alter_table("attempts") as attempts:
        attempts.drop_column("resume")
        for name, kind in _USAGE.items():
            attempts.alter_column(name, existing_type=kind, nullable=False)
