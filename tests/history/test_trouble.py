"""A history that is taken away, full, locked, frozen or of another time: a sentence, and no run is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
import sqlalchemy as sa

from nnviz.core.identity import PROGRAM, Actor
from nnviz.core.results import Run
from nnviz.history import database, outbox, people, repository, row_mapping
from tests.experimenting import plan
from tests.postgres import Postgres, postgres_programs
from tests.recording import CARD, RUN, answers

CAN_DELETE = pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted there")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An SQLite history; its file."""
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.delenv("NNVIZ_DATABASE_URL", raising=False)
    yield tmp_path / "runs.sqlite"
    repository.close()


def ids() -> set[str]:
    return {run.id for run in repository.search_runs()}


# A file that is taken away


@CAN_DELETE
@pytest.mark.parametrize("with_it", [False, True], ids=["alone", "with what is beside it"])
def test_a_file_deleted_while_it_is_used_comes_back_with_every_run(file: Path, with_it: bool) -> None:
    begun = repository.begin_experiment(repository.new_experiment(plan(), owner="ada"))
    kept = [repository.record_run(RUN), repository.record_run(replace(RUN, experiment=begun.id))]
    for path in file.parent.glob("runs.sqlite*" if with_it else "runs.sqlite"):
        path.unlink()
    assert ids() == {run.id for run in kept}
    found = repository.find_run(kept[0].id)
    assert found.card == CARD
    assert found.answers is not None
    assert repository.find_experiment(begun.id).done == 1
    assert "2 runs were put back" in repository.told()
    kept.append(repository.record_run(RUN))
    repository.close()  # as after a restart
    assert ids() == {run.id for run in kept}
    assert repository.told() == ""


@CAN_DELETE
def test_a_file_replaced_by_another_has_the_runs_of_both(file: Path) -> None:
    old = repository.record_run(RUN)
    repository.close()
    copy = file.with_name("copy")
    shutil.copy(file, copy)
    repository.rename_run(old.id, "new name", by=PROGRAM)
    new = repository.record_run(RUN)
    for path in file.parent.glob("runs.sqlite-*"):
        path.unlink()
    copy.replace(file)
    assert ids() == {old.id, new.id}
    assert repository.find_run(old.id).name == "first", "what the copy says of a run counts"
    assert "1 run was put back" in repository.told()


@CAN_DELETE
def test_an_emptied_file_is_made_again_and_what_is_lost_is_said(file: Path) -> None:
    repository.record_run(RUN)
    with database.reading() as connection:
        connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))
    waits = repository.enqueue_run(RUN)
    os.truncate(file, 0)
    assert repository.drain_outbox() == 1
    assert waits.id in ids()
    assert repository.told()


@CAN_DELETE
def test_a_run_written_into_a_file_as_it_is_deleted_goes_on_waiting(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.count_runs()
    waits = repository.enqueue_run(RUN)
    really = row_mapping.run_to_row

    def delete_and_go_on(run: Run) -> dict[str, Any]:
        file.unlink()
        return really(run)

    with monkeypatch.context() as patch:
        patch.setattr(row_mapping, "run_to_row", delete_and_go_on)
        with pytest.raises(repository.DatabaseUnavailable, match="taken away"):
            repository.drain_outbox()
    assert [path.stem for path in outbox.waiting_files()] == [waits.id]
    assert repository.drain_outbox() == 1
    assert ids() == {waits.id}


KEEPER = """
import sys
import time
from nnviz.history import repository
from tests.recording import RUN
for _ in range(int(sys.argv[1])):
    run = repository.enqueue_run(RUN)
    try:
        repository.drain_outbox()
    except repository.DatabaseUnavailable:
        pass
    print(run.id, flush=True)
print("done", flush=True)
sys.stdin.read()
while True:  # whoever ends before it looks again cannot put anything back
    try:
        repository.count_runs()
        break
    except repository.DatabaseUnavailable:
        time.sleep(0.5)
"""


def keepers_and_a_thief(file: Path, processes: int, runs: int, pause: float) -> None:
    """Processes that keep runs in a file that is deleted again and again: none may be missing at the end."""
    repository.count_runs()
    both = [
        subprocess.Popen(
            [sys.executable, "-c", KEEPER, str(runs)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(processes)
    ]
    ended = threading.Event()

    def steal() -> None:
        while not ended.wait(pause):
            file.unlink(missing_ok=True)

    thief = threading.Thread(target=steal)
    thief.start()
    said: set[str] = set()
    for process in both:
        assert process.stdout is not None
        while (line := process.stdout.readline().strip()) and line != "done":
            said.add(line)
    ended.set()
    thief.join()
    for process in both:
        process.communicate(timeout=500)
    assert [process.returncode for process in both] == [0] * processes
    repository.drain_outbox()
    assert len(said) == processes * runs
    assert said == {run.id for run in repository.search_runs(limit=10_000)}


@CAN_DELETE
def test_a_process_whose_file_is_deleted_again_and_again_loses_no_run(file: Path) -> None:
    keepers_and_a_thief(file, 1, 20, 0.3)


# Files that wait


@pytest.mark.parametrize(
    "content",
    [b"[" * 90_000, b'{"id": "' + b"b" * 16 + b'", "card": {"a": ' + b"[" * 50_000, b"\x00" * 100],
)
def test_files_that_cannot_be_read_are_put_aside_one_by_one_and_named(history: str, content: bytes) -> None:
    good = [repository.enqueue_run(RUN).id for _ in range(2)]
    folder = outbox.waiting_files()[0].parent
    (folder / f"{'b' * 16}.json").write_bytes(content)
    if sys.platform != "win32":
        os.mkfifo(folder / f"{'c' * 16}.json")  # whoever reads it waits for ever
    assert repository.drain_outbox() == 2
    assert ids() == set(good)
    assert outbox.files_aside() == [f"{'b' * 16}.json"]
    assert (folder / "aside" / f"{'b' * 16}.json").read_bytes() == content


def test_what_cannot_be_moved_aside_stops_nothing(history: str) -> None:
    good = repository.enqueue_run(RUN)
    folder = outbox.waiting_files()[0].parent
    (folder / f"{'b' * 16}.json").write_bytes(b"nonsense")
    (folder / "aside").write_bytes(b"a file where the folder would be")
    assert repository.drain_outbox() == 1
    assert repository.drain_outbox() == 0
    assert ids() == {good.id}


# Nothing can be written

WRITES: dict[str, Callable[[str, str], object]] = {
    "a run": lambda run, trial: repository.record_run(RUN),
    "a name": lambda run, trial: repository.rename_run(run, "x" * 80, by=PROGRAM),
    "answers": lambda run, trial: repository.add_answers(run, answers(9)),
    "an experiment": lambda run, trial: repository.begin_experiment(repository.new_experiment(plan())),
    "a sign of life": lambda run, trial: repository.record_heartbeat(trial),
    "an end": lambda run, trial: repository.end_experiment(trial, "stopped"),
    "a deletion": lambda run, trial: repository.delete_run(run, by=PROGRAM),
    "an experiment's deletion": lambda run, trial: repository.delete_experiment(trial, by=PROGRAM),
    "a removal": lambda run, trial: repository.remove_run(run),
    "runs that wait": lambda run, trial: repository.drain_outbox(),
    "what a network is called": lambda run, trial: repository.rename_network(
        CARD.name, "y", before=RUN.name, by=PROGRAM
    ),
    "a nickname": lambda run, trial: people.choose_name(Actor("ada"), "Ada"),
}


def limit(engine: sa.Engine, command: str) -> None:
    """Every connection does this before it is used from now on."""

    @sa.event.listens_for(engine, "checkout")
    def checkout(connection: Any, _: Any, __: Any) -> None:
        connection.execute(command)


@pytest.mark.parametrize("what", WRITES)
def test_a_history_that_can_only_be_read_says_so_at_every_kind_of_write(file: Path, what: str) -> None:
    begun = repository.begin_experiment(repository.new_experiment(plan()))
    run = repository.record_run(replace(RUN, name="mine"))
    waits = repository.enqueue_run(RUN)
    limit(database._opened().engine, "PRAGMA query_only = ON")
    with pytest.raises(repository.DatabaseUnavailable, match="cannot be changed"):
        WRITES[what](run.id, begun.id)
    assert ids() == {run.id}, "it can still be read"
    repository.close()
    assert repository.drain_outbox() == 1
    assert ids() == {run.id, waits.id}


def test_a_full_disk_is_said_and_the_runs_go_on_waiting(file: Path) -> None:
    repository.record_run(RUN)
    waits = [repository.enqueue_run(RUN).id for _ in range(20)]
    limit(database._opened().engine, "PRAGMA max_page_count = 1")  # it is as large as it may be
    with pytest.raises(repository.DatabaseUnavailable, match="its disk is full"):
        repository.drain_outbox()
    with pytest.raises(repository.DatabaseUnavailable, match="its disk is full"):
        [repository.record_run(RUN) for _ in range(20)]
    assert len(outbox.waiting_files()) == 20
    repository.close()
    assert repository.drain_outbox() == 20
    assert set(waits) <= ids()


def test_a_history_of_a_newer_app_is_left_alone(history: str) -> None:
    repository.record_run(RUN)
    with database.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    repository.close()
    waits = repository.enqueue_run(RUN)
    for ask in (repository.search_runs, repository.drain_outbox, lambda: repository.record_run(RUN)):
        with pytest.raises(repository.DatabaseUnavailable, match="newer version of this app"):
            ask()
    assert [path.stem for path in outbox.waiting_files()] == [waits.id]


# A server that keeps others waiting


def test_a_lock_that_nobody_lets_go_is_told_in_a_few_seconds_and_no_run_is_lost(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.setenv("NNVIZ_DATABASE_URL", postgres)
    repository.record_run(RUN)
    waits = repository.enqueue_run(RUN)
    other = sa.create_engine(
        sa.make_url(postgres).set(drivername="postgresql+psycopg"), poolclass=sa.NullPool
    )
    with other.connect() as connection:
        connection.execute(sa.text("LOCK TABLE runs IN ACCESS EXCLUSIVE MODE"))
        for ask in (repository.drain_outbox, repository.search_runs, repository.count_runs):
            with pytest.raises(repository.DatabaseUnavailable, match="does not answer"):
                ask()
        connection.rollback()
    assert len(outbox.waiting_files()) == 1
    monkeypatch.setattr(database, "_RETRY_AFTER", 0.0)  # as a while later
    assert repository.drain_outbox() == 1
    assert repository.find_run(waits.id).card == CARD
    with database.writing() as connection:
        for table in reversed(database.metadata.sorted_tables):
            connection.execute(sa.delete(table))
    repository.close()


def test_a_frozen_server_is_told_and_asked_again_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL's server programs are not on this machine")
    server = Postgres(programs)
    try:
        monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
        monkeypatch.setenv("NNVIZ_DATABASE_URL", server.url)
        kept = repository.record_run(RUN)
        waits = repository.enqueue_run(RUN)
        whole = psutil.Process(server.server.pid)
        frozen = [whole, *whole.children(recursive=True)]
        for process in frozen:
            process.suspend()
        try:
            for _ in range(2):
                with pytest.raises(repository.DatabaseUnavailable, match="does not answer"):
                    repository.count_runs()
            assert len(outbox.waiting_files()) == 1
        finally:
            for process in frozen:
                process.resume()
        monkeypatch.setattr(database, "_RETRY_AFTER", 0.0)
        assert repository.drain_outbox() == 1
        assert ids() == {kept.id, waits.id}
    finally:
        repository.close()
        server.close()


def test_the_limits_of_a_connection_are_the_servers_too(postgres: str, monkeypatch: Any) -> None:
    monkeypatch.setenv("NNVIZ_DATABASE_URL", postgres)
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    with database.reading() as connection:
        told = {name: connection.execute(sa.text(f"SHOW {name}")).scalar_one() for name in names}
    assert told == {
        "statement_timeout": "6s",
        "lock_timeout": "3s",
        "idle_in_transaction_session_timeout": "30s",
    }
    repository.close()
