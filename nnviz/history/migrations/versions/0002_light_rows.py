"""Light rows for lists: what is heavy goes into a table of its own, what is searched gets columns.

SQLite reads a row from its beginning: behind curves and answers of 25 kB, a title took it a second to find
among 20,000 runs, and now takes it a few hundredths.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_AT_ONCE = 500


def upgrade() -> None:
    """Move curves and answers into a table of their own."""
    op.create_table(
        "run_details",
        sa.Column("id", sa.String(16), sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("history", sa.Text, nullable=False),
        sa.Column("answers", sa.LargeBinary, nullable=True),
    )
    op.execute("INSERT INTO run_details (id, history, answers) SELECT id, history, answers FROM runs")
    op.drop_column("runs", "history")
    op.drop_column("runs", "answers")
    op.add_column("runs", sa.Column("title", sa.String(80), nullable=False, server_default=""))
    op.add_column("runs", sa.Column("data", sa.String(80), nullable=False, server_default=""))
    op.add_column("runs", sa.Column("test_error", sa.Float, nullable=True))
    _fill(op.get_bind())


def downgrade() -> None:
    """Move curves and answers back into the table of runs."""
    for name in ("test_error", "data", "title"):
        op.drop_column("runs", name)
    op.add_column("runs", sa.Column("history", sa.Text, nullable=False, server_default="{}"))
    op.add_column("runs", sa.Column("answers", sa.LargeBinary, nullable=True))
    for name in ("history", "answers"):
        op.execute(
            f"UPDATE runs SET {name} = (SELECT {name} FROM run_details WHERE run_details.id = runs.id) "
            "WHERE id IN (SELECT id FROM run_details)"
        )
    op.drop_table("run_details")


def _fill(connection: sa.Connection) -> None:
    """Takes the new columns' values from the cards that are there."""
    names = ("id", "title", "data", "test_error", "card")
    runs = sa.table("runs", *map(sa.column, names))
    change = sa.update(runs).where(runs.c.id == sa.bindparam("run"))
    change = change.values({name: sa.bindparam(f"new_{name}") for name in names[1:4]})
    last = ""
    while True:
        some = sa.select(runs.c.id, runs.c.card).where(runs.c.id > last).order_by(runs.c.id).limit(_AT_ONCE)
        found = connection.execute(some).all()
        if not found:
            return
        last = found[-1].id
        connection.execute(change, [_told(run_id, card) for run_id, card in found])


def _told(run_id: str, card: str) -> dict[str, object]:
    try:
        fields = json.loads(card)
        error = fields.get("metrics", {}).get("test_error")
        told = {name: str(fields.get(name) or "")[:80] for name in ("title", "data")}
    except (ValueError, AttributeError):
        told, error = {"title": "", "data": ""}, None
    return {
        "run": run_id,
        "new_title": told["title"],
        "new_data": told["data"],
        "new_test_error": error if isinstance(error, float) else None,
    }
