"""A new stored column of a run: a field in `core/results.py`, a column in `history/database.py`, a migration.

Done here to a copy of the package, over a history that was written before.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from nnviz.core.results import Run
from nnviz.history import database, repository
from tests.recording import RUN

ROOT = Path(__file__).resolve().parents[2]
FIELD = '    device: Title = ""\n'
COLUMN = '    Column("device", String(80), nullable=False, server_default=""),\n'
MIGRATION = '''"""The machine that trained."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"


def upgrade() -> None:
    op.add_column("runs", sa.Column("device", sa.String(80), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("runs", "device")
'''
SCRIPT = """
from dataclasses import replace
import sys
from nnviz.history import repository
(old,) = repository.search_runs()
assert old.device == "", old.device
new = repository.record_run(replace(old, id="", device="  a GPU\\n" + "x" * 99))
found = repository.find_run(new.id)
waits = repository.enqueue_run(replace(old, id="", device="a laptop"))
assert repository.drain_outbox() == 1
print(old.title, "|", found.device, "|", repository.find_run(waits.id).device)
"""


def insert(path: Path, before: str, line: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, line + before), encoding="utf-8")


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """A run that the app has kept as it is now."""
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NNVIZ_DATABASE_URL", raising=False)
    yield repository.record_run(replace(RUN, name="from before"))
    repository.close()


def test_runs_have_the_column_and_those_from_before_its_default(tmp_path: Path, history: Run) -> None:
    package = tmp_path / "changed" / "nnviz"
    shutil.copytree(ROOT / "nnviz", package, ignore=shutil.ignore_patterns("__pycache__", "_app"))
    head = ScriptDirectory(str(database.MIGRATIONS)).get_current_head()
    insert(package / "core" / "results.py", "    answers: Answers | None = None\n", FIELD)
    insert(package / "history" / "database.py", '    UniqueConstraint("experiment", "number"', COLUMN)
    migration = package / "history" / "migrations" / "versions" / "9999_device.py"
    migration.write_text(MIGRATION.format(revision="9999", before=head), encoding="utf-8")
    repository.close()
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(package.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    title, device, waited = done.stdout.strip().split(" | ")
    assert title == history.title == "from before"
    assert device == "a GPU " + "x" * 74, "a text is cleaned and cut to the length of its type"
    assert waited == "a laptop"
