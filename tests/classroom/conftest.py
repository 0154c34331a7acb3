"""A database of its own for every test here: SQLite, and PostgreSQL as well for those marked BOTH."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nnviz.core.tries import Tries
from nnviz.history import repository


@pytest.fixture
def history(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """An empty database of the kind that is asked for."""
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.delenv("NNVIZ_DATABASE_URL", raising=False)
    if getattr(request, "param", "sqlite") == "postgresql":
        monkeypatch.setenv("NNVIZ_DATABASE_URL", request.getfixturevalue("new_postgres"))
    yield
    repository.close()


@pytest.fixture(autouse=True)
def classes_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnviz.classroom.lifetime._opened", Tries(1_000, 1.0))
