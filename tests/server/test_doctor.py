"""`nnviz doctor` says what is wrong, each thing in a sentence, and its exit code tells a script."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from nnviz import cli
from nnviz.core import quotas
from nnviz.data import mnist
from nnviz.history import database, repository
from nnviz.jobs import cluster
from nnviz.server import doctor


@pytest.fixture(autouse=True)
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path / "home"))
    for name in ("NNVIZ_DATABASE_URL", "NNVIZ_DASK_SCHEDULER"):
        monkeypatch.delenv(name, raising=False)
    yield
    repository.close()


def said() -> tuple[int, dict[str, str]]:
    """The exit code, and what is wrong by part."""
    out = io.StringIO()
    code = doctor.main(out)
    lines = [line for line in out.getvalue().splitlines() if line.startswith(" WRONG")]
    return code, {line.split()[1].rstrip(":"): line for line in lines}


def test_nothing_is_wrong_with_a_fresh_home(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "WRONG" not in out
    assert out.count("  right  ") + out.count(" right  ") >= 6
    assert out.endswith("Nothing is wrong.\n")


def test_a_home_that_cannot_be_made_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path / "file" / "home"))
    code, wrong = said()
    assert code == 1
    assert "NNVIZ_HOME" in wrong["home"]


def test_a_full_disk_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "free", lambda: 7e6)
    code, wrong = said()
    assert code == 1
    assert "7 MB" in wrong["home"]


def test_storage_that_takes_nothing_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("nnviz.core.safe_files.tempfile.mkstemp", full)
    code, wrong = said()
    assert code == 1
    assert os.strerror(28) in wrong["storage"]


def test_storage_that_nothing_here_can_reach_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNVIZ_STORAGE", "nowhere://me:secret@bucket")
    code, wrong = said()
    assert code == 1
    assert "nowhere://bucket" in wrong["storage"]
    assert "secret" not in wrong["storage"]


@pytest.mark.parametrize(
    ("address", "words"),
    [("mysql://here/db", "has to begin with"), ("postgresql://nobody@127.0.0.1:1/none", "database")],
)
def test_a_database_that_cannot_be_used_is_wrong(
    address: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNVIZ_DATABASE_URL", address)
    code, wrong = said()
    assert code == 1
    assert words in wrong["database"]


def test_a_database_of_a_newer_app_is_wrong() -> None:
    repository.check()
    with database.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    repository.close()
    assert said()[0] == 1


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense", "tcp://127.0.0.1:port"])
def test_a_scheduler_that_does_not_answer_is_wrong(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNVIZ_DASK_SCHEDULER", address)
    code, wrong = said()
    assert code == 1
    assert list(wrong) == ["scheduler"]
    assert address in wrong["scheduler"]


@pytest.mark.parametrize(
    ("told", "words"),
    [({}, "No worker is connected"), ({"tcp://a": "", "tcp://b": "It has version 0.0.1."}, "version 0.0.1")],
)
def test_missing_workers_and_those_of_another_version_are_wrong(
    told: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNVIZ_DASK_SCHEDULER", "tcp://here:8786")
    monkeypatch.setattr(cluster, "silent_scheduler", lambda: "")
    monkeypatch.setattr(cluster, "faults_of_workers", lambda: told)
    code, wrong = said()
    assert code == 1
    assert list(wrong) == ["workers"]
    assert words in wrong["workers"]


def test_damaged_digits_are_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mnist.npz").write_bytes(b"none")
    monkeypatch.setenv("NNVIZ_DATA", str(tmp_path))
    code, wrong = said()
    assert code == 1
    assert "full MNIST" in wrong["data"]


def test_missing_digits_of_the_app_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise FileNotFoundError

    monkeypatch.setattr(mnist, "embedded", gone)
    assert "FileNotFoundError" in said()[1]["data"]


def test_missing_networks_of_the_app_are_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnviz.core.paths.shipped", lambda: tmp_path)
    code, wrong = said()
    assert code == 1
    assert "models" in wrong
