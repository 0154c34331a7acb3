"""Experiments and runs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables of runs and experiments."""
    op.create_table(
        "experiments",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("created", sa.String(40), nullable=False, index=True),
        sa.Column("owner", sa.String(80), nullable=False, index=True),
        sa.Column("study", sa.String(80), nullable=False),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("key", sa.String(16), nullable=False, index=True),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("message", sa.String(600), nullable=False),
        sa.Column("heard", sa.Float, nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("created", sa.String(40), nullable=False, index=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("page", sa.String(40), nullable=False),
        sa.Column("owner", sa.String(80), nullable=False, index=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("library", sa.String(16), nullable=False),
        sa.Column("experiment", sa.String(16), nullable=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("fold", sa.Integer, nullable=False),
        sa.Column("failure", sa.String(600), nullable=False),
        sa.Column("ending", sa.String(16), nullable=False),
        sa.Column("test_accuracy", sa.Float, nullable=True),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("card", sa.Text, nullable=False),
        sa.Column("history", sa.Text, nullable=False),
        sa.Column("answers", sa.LargeBinary, nullable=True),
        sa.UniqueConstraint("experiment", "number", name="runs_once"),
    )


def downgrade() -> None:
    """Remove all tables."""
    op.drop_table("runs")
    op.drop_table("experiments")
