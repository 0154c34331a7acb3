"""Questions that are answered before there is a result, and the guesses."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the tables of questions and guesses."""
    op.create_table(
        "predictions",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("owner", sa.String(80), nullable=False, index=True),
        sa.Column(
            "room", sa.String(16), sa.ForeignKey("classes.id", ondelete="CASCADE"), nullable=True, index=True
        ),
        sa.Column("about", sa.String(80), nullable=False, index=True),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("opened", sa.Float, nullable=True),
    )
    op.create_table(
        "guesses",
        sa.Column(
            "prediction", sa.String(16), sa.ForeignKey("predictions.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("person", sa.String(80), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Remove them, and what is in them."""
    op.drop_table("guesses")
    op.drop_table("predictions")
