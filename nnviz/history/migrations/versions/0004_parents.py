"""The network that a run went on from, and which of its epochs."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Runs from before began from nothing."""
    op.add_column("runs", sa.Column("parent", sa.String(80), nullable=False, server_default=""))


def downgrade() -> None:
    """Forget where they began."""
    op.drop_column("runs", "parent")
