"""A class: its pupils, and the digits that they give."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the tables of classes."""
    op.create_table(
        "classes",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("code", sa.String(6), nullable=False, unique=True),
        sa.Column("owner", sa.String(80), nullable=False, index=True),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("ends", sa.Float, nullable=False, index=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("collecting", sa.Integer, nullable=False),
        sa.Column("frozen", sa.Integer, nullable=True),
        sa.Column("names_shown", sa.Integer, nullable=False),
    )
    op.create_table(
        "class_members",
        _of_class(),
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("nickname", sa.String(80), nullable=False),
        sa.Column("plain_name", sa.String(80), nullable=False),
        sa.Column("joined", sa.Float, nullable=False),
        sa.Column("asked", sa.Integer, nullable=False),
        sa.Column("out", sa.Integer, nullable=False),
        sa.UniqueConstraint("class_id", "owner", name="class_members_once"),
        sa.UniqueConstraint("class_id", "plain_name", name="class_members_names"),
    )
    op.create_table(
        "class_digits",
        _of_class(),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("member", sa.String(16), nullable=False),
        sa.Column("once", sa.String(32), nullable=False),
        sa.Column("label", sa.Integer, nullable=False),
        sa.Column("given", sa.Float, nullable=False),
        sa.Column("changed", sa.Integer, nullable=False),
        sa.Column("out", sa.String(16), nullable=False),
        sa.Column("pixels", sa.LargeBinary, nullable=False),
        sa.Column("strokes", sa.Text, nullable=False),
        sa.UniqueConstraint("class_id", "member", "once", name="class_digits_once"),
    )
    op.create_index("class_digits_changed", "class_digits", ["class_id", "changed"])
    op.create_index("class_digits_counted", "class_digits", ["class_id", "out", "label", "member"])


def _of_class() -> sa.Column[str]:
    goes_with_it = sa.ForeignKey("classes.id", ondelete="CASCADE")
    return sa.Column("class_id", sa.String(16), goes_with_it, primary_key=True)


def downgrade() -> None:
    """Remove them, and what is in them."""
    for name in ("class_digits", "class_members", "classes"):
        op.drop_table(name)
