"""Both kinds of database, each empty and new for every test that asks for `history`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nnviz.history import repository


@pytest.fixture(params=["sqlite", "postgresql"])
def history(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty database of each kind; its address."""
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    if request.param == "sqlite":
        monkeypatch.delenv("NNVIZ_DATABASE_URL", raising=False)
        yield f"sqlite:///{tmp_path}/runs.sqlite"
        repository.close()
        return
    mine = request.getfixturevalue("new_postgres")
    monkeypatch.setenv("NNVIZ_DATABASE_URL", mine)
    yield mine
    repository.close()
