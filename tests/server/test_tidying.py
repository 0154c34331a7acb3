"""The server clears away what nobody can have again; what it cannot reach is no trouble."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from nnviz.core.identity import UNDO, Actor
from nnviz.history import people, repository
from nnviz.model_store import store, trash
from nnviz.server import tidying
from tests.experimenting import wait_until
from tests.recording import RUN

ME = Actor("me")


def test_a_server_soon_removes_what_was_deleted_long_ago(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.delenv("NNVIZ_DATABASE_URL", raising=False)
    network = store.copy(store.find("mlp_study"), "Mine", by=ME)
    run = repository.record_run(replace(RUN, owner="me"))
    store.delete(network, by=ME, now=1000.0)
    repository.delete_run(run.id, by=ME, now=1000.0)
    assert len(trash.entries(now=1001.0)) == len(repository.deleted(ME, now=1001.0)) == 1

    monkeypatch.setattr(tidying, "_FIRST", 0.0)
    with tidying.tidying():
        wait_until(lambda: not repository.deleted(ME, now=1001.0))
    assert trash.entries(now=1000.0 + UNDO - 1) == ()
    wait_until(lambda: "nnviz-tidy" not in {thread.name for thread in threading.enumerate()})
    repository.close()


def test_a_database_that_is_away_is_no_trouble(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NNVIZ_DATABASE_URL", "mysql://away/x")
    tidying.tidy()
    assert "could not be cleared away yet" in caplog.text


def test_a_teachers_network_is_kept_also_while_the_database_cannot_say_who_that_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.setenv("NNVIZ_TEACHER_KEY", "a long key for the teacher")
    monkeypatch.delenv("NNVIZ_DATABASE_URL", raising=False)
    people.become_teacher(Actor("teacher"), "a long key for the teacher", address="10.0.0.9")
    kept = {who: store.copy(store.find("mlp_study"), who, by=Actor(who)) for who in ("teacher", "pupil")}
    monkeypatch.setattr("nnviz.model_store.store.time.time", lambda: time.time_ns() / 1e9 + 200 * 86_400)
    with monkeypatch.context() as patch:
        patch.setenv("NNVIZ_DATABASE_URL", "mysql://away/x")
        tidying.tidy()
    assert all(entry.path.exists() for entry in kept.values())
    tidying.tidy()
    assert [who for who, entry in kept.items() if entry.path.exists()] == ["teacher"]
    repository.close()


def test_half_files_are_swept_from_every_folder_and_those_being_written_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.delenv("NNVIZ_DATABASE_URL", raising=False)
    old: list[Path] = []
    new: list[Path] = []
    for folder in ("jobs", "runs-waiting", "maps", "."):
        (tmp_path / folder).mkdir(exist_ok=True)
        for name, found in ((".a.json.1.part", old), (".b.json.1.part", new)):
            found.append(tmp_path / folder / name)
            found[-1].touch()
        os.utime(old[-1], (1000, 1000))
    tidying.tidy()
    assert not any(path.exists() for path in old)
    assert all(path.exists() for path in new)
    repository.close()
