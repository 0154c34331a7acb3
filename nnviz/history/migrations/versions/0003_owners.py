"""Deleting that can be undone, and who somebody is besides a browser."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_TABLES = ("runs", "experiments")


def upgrade() -> None:
    """Add when and as what something was deleted; names, teachers, codes; browsers that stand for another."""
    for table in _TABLES:
        op.add_column(table, sa.Column("deleted", sa.Float, nullable=True))
        op.add_column(table, sa.Column("deleted_as", sa.String(16), nullable=False, server_default=""))
        op.create_index(f"ix_{table}_deleted", table, ["deleted"])
    op.create_table(
        "people",
        sa.Column("owner", sa.String(80), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False, server_default=""),
        sa.Column("plain_name", sa.String(80), nullable=True, unique=True),
        sa.Column("teacher", sa.Integer, nullable=False, server_default="0"),
        sa.Column("code", sa.String(64), nullable=True, unique=True),
    )
    op.create_table(
        "browsers",
        sa.Column("browser", sa.String(80), primary_key=True),
        sa.Column("owner", sa.String(80), nullable=False),
    )
    op.create_index("ix_browsers_owner", "browsers", ["owner"])


def downgrade() -> None:
    """Forget all of that; what was deleted is gone for good then."""
    op.execute("DELETE FROM run_details WHERE id IN (SELECT id FROM runs WHERE deleted IS NOT NULL)")
    op.drop_table("browsers")
    op.drop_table("people")
    for table in _TABLES:
        op.execute(f"DELETE FROM {table} WHERE deleted IS NOT NULL")
        op.drop_index(f"ix_{table}_deleted", table)
        op.drop_column(table, "deleted_as")
        op.drop_column(table, "deleted")
