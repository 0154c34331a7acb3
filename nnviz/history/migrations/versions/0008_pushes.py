"""What a teacher has sent to the screens of a class last."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the table."""
    goes_with_it = sa.ForeignKey("classes.id", ondelete="CASCADE")
    op.create_table(
        "class_pushes",
        sa.Column("class_id", sa.String(16), goes_with_it, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Remove it, and what is in it."""
    op.drop_table("class_pushes")
