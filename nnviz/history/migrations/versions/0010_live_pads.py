"""Pads that pupils offer to show to their class, as long as they do."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the table."""
    goes_with_it = sa.ForeignKey("classes.id", ondelete="CASCADE")
    op.create_table(
        "class_pads",
        sa.Column("class_id", sa.String(16), goes_with_it, primary_key=True),
        sa.Column("member", sa.String(16), primary_key=True),
        sa.Column("seen", sa.Float, nullable=False),
        sa.Column("shown", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("pixels", sa.LargeBinary, nullable=False),
        sa.Column("strokes", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Remove it, and what is in it."""
    op.drop_table("class_pads")
