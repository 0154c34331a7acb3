"""What somebody writes beside a run: a note, tags and a star."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Runs from before have none."""
    op.add_column("runs", sa.Column("note", sa.String(1000), nullable=False, server_default=""))
    op.add_column("runs", sa.Column("tags", sa.String(200), nullable=False, server_default=""))
    op.add_column("runs", sa.Column("starred", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Forget them."""
    for name in ("starred", "tags", "note"):
        op.drop_column("runs", name)
