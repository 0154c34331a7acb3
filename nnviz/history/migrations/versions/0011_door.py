"""Whether a class takes any number of pupils from one address."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Classes from before do not."""
    op.add_column("classes", sa.Column("door_open", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("classes", "door_open")
