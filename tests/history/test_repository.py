"""The history keeps every run, whole and once, whoever writes it, whenever a process dies."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from nnviz.core import paths
from nnviz.core.identity import PROGRAM, Actor
from nnviz.core.records import Epoch, History
from nnviz.experiments.plan import Plan
from nnviz.history import database, outbox, repository, row_mapping
from tests.experimenting import plan
from tests.recording import CARD, RUN, answers


def test_a_run_comes_back_as_it_was(history: str) -> None:
    kept = repository.record_run(RUN)
    assert len(kept.id) == 16
    repository.close()  # as after a restart
    found = repository.find_run(kept.id)
    assert found.card == CARD
    assert found.answers is not None
    assert RUN.answers is not None
    np.testing.assert_array_equal(found.answers.index, RUN.answers.index)
    np.testing.assert_array_equal(found.answers.labels, RUN.answers.labels)
    assert found.answers.spec == RUN.answers.spec == CARD.spec
    np.testing.assert_array_equal(found.answers.probabilities, RUN.answers.probabilities)
    assert (found.name, found.page, found.owner, found.library) == ("first", "mlp", "ada", "nnviz")


def test_runs_are_listed_newest_first_and_without_what_is_heavy(history: str) -> None:
    for day in (3, 1, 2):
        card = replace(CARD, created=f"2026-01-0{day}T00:00:00.000+00:00", title=f"day {day}")
        repository.record_run(replace(RUN, name="", card=card, owner="ada" if day == 1 else "bob"))
    listed = repository.search_runs()
    assert [run.title for run in listed] == ["day 3", "day 2", "day 1"]
    assert all(run.answers is None and run.card.history.epochs == () for run in listed)
    assert listed[0].card.metrics == CARD.metrics
    assert [run.title for run in repository.search_runs(repository.Query(owners=("bob",)), limit=1)] == [
        "day 3"
    ]
    assert [run.title for run in repository.search_runs(repository.Query(owners=("ada",)))] == ["day 1"]
    assert repository.search_runs(repository.Query(page="cnn")) == ()


def test_the_runs_of_a_network_are_called_as_it_is_called_but_for_those_with_a_name_of_their_own(
    history: str,
) -> None:
    card = replace(CARD, name="mlp-0a1b2c3d", title="MLP")
    kept = repository.record_run(replace(RUN, name="", card=card))
    own = repository.record_run(replace(RUN, name="mine", card=card))
    other = repository.record_run(replace(RUN, name="", card=replace(card, name="mlp-0a1b2c3d-2")))
    theirs = repository.record_run(replace(RUN, name="", owner="bob", card=card))
    ada = Actor("ada")
    repository.rename_network("mlp-0a1b2c3d", "Deep", before="MLP", by=ada)
    repository.rename_network("mlp-0a1b2c3d", "Deeper", before="Deep", by=ada)
    found = [repository.find_run(run.id).title for run in (kept, own, other, theirs)]
    assert found == ["Deeper", "mine", "MLP", "MLP"]
    assert [run.id for run in repository.search_runs(repository.Query(text="deeper"))] == [kept.id]


def test_a_run_is_renamed_and_deleted(history: str) -> None:
    kept = repository.record_run(RUN)
    named = repository.rename_run(kept.id, "  die Beste\x00 von allen ☺ ", by=PROGRAM)
    assert named.name == "die Beste von allen ☺"
    assert repository.rename_run(kept.id, "", by=PROGRAM).title == "MLP"
    repository.delete_run(kept.id, by=PROGRAM)
    repository.delete_run(kept.id, by=PROGRAM)
    with pytest.raises(repository.RecordNotFound, match="was deleted by"):
        repository.find_run(kept.id)
    with pytest.raises(repository.RecordNotFound):
        repository.rename_run(kept.id, "gone", by=PROGRAM)


def test_nothing_typed_as_a_name_is_ever_run_as_a_command(history: str) -> None:
    nasty = "'; DROP TABLE runs; --"
    kept = repository.record_run(replace(RUN, name=nasty, owner=nasty))
    assert repository.find_run(kept.id).name == nasty
    assert [run.id for run in repository.search_runs(repository.Query(owners=(nasty,)))] == [kept.id]
    with pytest.raises(repository.RecordNotFound):
        repository.find_run(nasty)


def test_a_diverged_run_is_kept_with_numbers_that_no_json_has_words_for(history: str) -> None:
    lost = History((Epoch(1, loss=float("inf"), accuracy=0.1),), "diverged", "It diverged in epoch 2.")
    kept = repository.record_run(replace(RUN, card=replace(CARD, history=lost, note=lost.note)))
    found = repository.find_run(kept.id)
    assert found.diverged
    assert found.card.history.note == "It diverged in epoch 2."
    assert np.isnan(found.card.history.epochs[0].loss)
    (listed,) = repository.search_runs()
    assert listed.diverged
    assert listed.card.note == "It diverged in epoch 2."


def test_answers_can_be_added_later(history: str) -> None:
    kept = repository.record_run(replace(RUN, answers=None))
    assert repository.find_run(kept.id).answers is None
    repository.add_answers(kept.id, answers(7))
    found = repository.find_run(kept.id).answers
    assert found is not None
    np.testing.assert_array_equal(found.labels, answers(7).labels)


# Lists


def made(title: str, **changed: Any) -> str:
    """A run with a card of its own; its id."""
    fields = {name: changed.pop(name) for name in list(changed) if name != "name" and hasattr(CARD, name)}
    return repository.record_run(
        replace(RUN, answers=None, card=replace(CARD, title=title, **fields), **changed)
    ).id


@pytest.fixture
def six(history: str) -> None:
    """Runs of two pages and owners, one of them part of an experiment, one without an accuracy."""
    for number, (title, accuracy, seconds) in enumerate(
        (("plain", 0.5, 3.0), ("wide", 0.9, 1.0), ("deep", 0.7, 2.0), ("wide 100%", 0.8, 9.0))
    ):
        made(
            title,
            name="",
            created=f"2026-01-0{number + 1}",
            metrics={"test_accuracy": accuracy},
            seconds=seconds,
            owner="ada" if number % 2 else "bob",
        )
    made("codes", name="", created="2026-01-05", kind="autoencoder", page="autoencoder", data="MNIST 70,000",
         metrics={"test_error": 0.01}, seconds=4.0)  # fmt: skip
    made("trial", name="mine", created="2026-01-06", page="experiments", experiment="e" * 16, seconds=5.0)


ASKED: list[tuple[repository.Query, list[str]]] = [
    (repository.Query(), ["trial", "codes", "wide 100%", "deep", "wide", "plain"]),
    (repository.Query(alone=True), ["codes", "wide 100%", "deep", "wide", "plain"]),
    (repository.Query(page="mlp", owners=("bob",)), ["deep", "plain"]),
    (repository.Query(kind="autoencoder"), ["codes"]),
    (repository.Query(data="MNIST 70,000"), ["codes"]),
    (repository.Query(text="WIDE"), ["wide 100%", "wide"]),
    (repository.Query(text="100%"), ["wide 100%"]),
    (repository.Query(text="embedded wid"), ["wide 100%", "wide"]),
    (repository.Query(text="app's digits wid"), ["wide 100%", "wide"]),
    (repository.Query(text="mine"), ["trial"]),
    (repository.Query(text="_"), []),
]


def test_runs_are_found_by_what_is_asked_for(six: None) -> None:
    for query, titles in ASKED:
        assert [run.card.title for run in repository.search_runs(query)] == titles, query
        assert repository.count_runs(query) == len(titles)


def test_runs_are_put_in_order(six: None) -> None:
    first = {order: repository.search_runs(order=order)[0].card.title for order in repository.ORDERS}
    assert first == {
        "newest": "trial",
        "oldest": "plain",
        "best": "wide",
        "worst": "plain",
        "fastest": "wide",
        "slowest": "wide 100%",
    }
    for order in ("best", "worst"):
        assert repository.search_runs(order=order)[-1].card.title == "codes", (
            "what has no accuracy comes last either way"
        )


def test_pages_of_the_list_have_every_run_once(six: None) -> None:
    turned = [run.id for start in (0, 4, 8) for run in repository.search_runs(limit=4, offset=start)]
    assert turned == [run.id for run in repository.search_runs()]
    assert repository.distinct_values("data") == ("MNIST 70,000", "embedded 5,000")
    assert repository.distinct_values("page", repository.Query(owners=("bob",))) == ("mlp",)


# Runs that wait for the database


def test_a_run_that_waits_is_taken_in_whole_and_once(history: str) -> None:
    kept = repository.enqueue_run(RUN)
    with pytest.raises(repository.RecordNotFound):
        repository.find_run(kept.id)
    assert repository.drain_outbox() == 1
    assert repository.drain_outbox() == 0
    found = repository.find_run(kept.id)
    assert (found.card, found.name, found.owner) == (CARD, "first", "ada")
    assert found.answers is not None
    np.testing.assert_array_equal(found.answers.probabilities, answers().probabilities)
    repository.enqueue_run(
        kept
    )  # as after a process that was killed when the database had it, and the disk still
    assert repository.drain_outbox() == 1
    assert repository.count_runs() == 1


def test_a_run_waits_as_long_as_there_is_no_database(history: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = repository.enqueue_run(RUN)
    with monkeypatch.context() as patch:
        patch.setenv("NNVIZ_DATABASE_URL", "mysql://away/x")
        with pytest.raises(repository.DatabaseUnavailable):
            repository.drain_outbox()
    assert len(outbox.waiting_files()) == 1
    assert repository.drain_outbox() == 1
    assert repository.find_run(kept.id).card == CARD


def aside(path: Path) -> Path:
    """Where a file of the outbox goes that stops nothing any more."""
    return path.parent / "aside" / path.name


def test_a_damaged_file_is_put_aside_and_the_others_are_taken_in(history: str) -> None:
    kept, broken = repository.enqueue_run(RUN), repository.enqueue_run(RUN)
    path = next(path for path in outbox.waiting_files() if path.stem == broken.id)
    path.write_bytes(path.read_bytes()[:1000])
    assert repository.drain_outbox() == 1
    assert [run.id for run in repository.search_runs()] == [kept.id]
    assert outbox.waiting_files() == []
    assert aside(path).is_file()


def test_a_file_that_cannot_be_read_just_now_is_left_for_later(history: str) -> None:
    repository.enqueue_run(RUN)
    (path,) = outbox.waiting_files()
    path.rename(path.with_suffix(".aside"))
    path.mkdir()  # stands for a file that another program has locked
    assert repository.drain_outbox() == 0
    path.rmdir()
    path.with_suffix(".aside").rename(path)
    assert repository.drain_outbox() == 1


FIRST_FORM = Path(__file__).with_name("waiting_run_without_version.json")  # as the app wrote it at first


def put_waiting(run_id: str = "0123456789abcdef", *, lacking: tuple[str, ...] = (), **changed: Any) -> Path:
    """A file of the first form in the outbox, with fields changed or left out."""
    row = {**json.loads(FIRST_FORM.read_bytes()), "id": run_id, **changed}
    path = paths.home() / "runs-waiting" / f"{run_id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({name: value for name, value in row.items() if name not in lacking}))
    return path


def test_a_file_from_before_forms_had_a_version_is_taken_in(history: str) -> None:
    put_waiting()
    assert repository.drain_outbox() == 1
    found = repository.find_run("0123456789abcdef")
    assert (found.card, found.name, found.owner, found.failure) == (CARD, "first", "ada", "")
    assert found.answers is not None
    np.testing.assert_array_equal(found.answers.probabilities, answers(3).probabilities)


def test_a_file_without_columns_that_came_later_is_taken_in_and_can_be_searched(history: str) -> None:
    # What an app before migration 0002 would have written, and before runs had folds and owners.
    put_waiting(lacking=("title", "data", "test_error", "test_accuracy", "fold", "owner", "seconds"))
    assert repository.drain_outbox() == 1
    (found,) = repository.search_runs(repository.Query(text="mlp", data="embedded 5,000"), order="best")
    assert (found.fold, found.owner, found.card.seconds) == (0, "", 0.3)
    with database.reading() as connection:
        assert connection.execute(sa.select(database.runs.c.test_accuracy)).scalar() == 0.71


def test_a_column_that_an_upgrade_adds_is_filled_from_the_run_that_waits(
    history: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_waiting()  # has no such column
    kept = repository.enqueue_run(RUN)
    really = row_mapping.run_to_row
    monkeypatch.setattr(
        row_mapping, "run_to_row", lambda run: {**really(run), "parameters": run.card.parameters}
    )
    table = database.runs.to_metadata(sa.MetaData())
    table.append_column(sa.Column("parameters", sa.Integer, nullable=False, server_default="0"))
    with database.writing() as connection:
        connection.execute(sa.text("ALTER TABLE runs ADD COLUMN parameters INTEGER NOT NULL DEFAULT 0"))
    monkeypatch.setattr(database, "runs", table)
    assert repository.drain_outbox() == 2
    with database.reading() as connection:
        rows = connection.execute(sa.select(table.c.id, table.c.parameters)).all()
    assert {(row[0], row[1]) for row in rows} == {(kept.id, 85_614), ("0123456789abcdef", 85_614)}


def card_with(**changed: Any) -> str:
    return json.dumps(json.loads(json.loads(FIRST_FORM.read_bytes())["card"]) | changed)


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "no card": ({"lacking": ("card",)}, "card"),
    "a card that is none": ({"card": "{"}, "is not JSON"),
    "a card of no kind": ({"card": card_with(kind="oracle")}, "which kind of network"),
    "a number that is a text": ({"number": "3"}, "`int`, got `str` - at `$.number`"),
    "a number beyond the database's": ({"number": 2**31}, "at `$.number`"),
    "an owner that is a list": ({"owner": ["ada"]}, "at `$.owner`"),
    "a library longer than its column": ({"library": "x" * 17}, "length <= 16"),
    "an ending nobody knows": ({"ending": "exploded"}, "at `$.ending`"),
    "answers that are no base64": ({"answers": "%%%"}, "base64"),
    "a curve that is a number": ({"history": "7"}, "its curve"),
    "a version that is none": ({"version": "new"}, "not the run that its name says"),
    "version zero": ({"version": 0}, "not the run that its name says"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_file_is_put_aside_with_a_sentence_and_the_good_ones_are_taken_in(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.delenv("NNVIZ_DATABASE_URL", raising=False)
    changed, why = BROKEN[what]
    broken = put_waiting("b" * 16, **changed)
    content = broken.read_bytes()
    good = put_waiting()
    assert repository.drain_outbox() == 1
    assert [run.id for run in repository.search_runs()] == [good.stem]
    assert aside(broken).read_bytes() == content
    assert outbox.waiting_files() == []
    (said,) = [record.getMessage() for record in caplog.records]
    assert broken.name in said
    assert why in said
    assert "\n" not in said
    repository.close()


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"id": '])
def test_a_file_that_is_no_json_object_is_put_aside(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    broken = put_waiting("b" * 16)
    broken.write_bytes(content)
    assert outbox.read_run(broken) is None
    assert aside(broken).read_bytes() == content


def test_a_run_that_the_database_refuses_does_not_hold_up_the_others(
    history: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refused, good = put_waiting("b" * 16, name="no owner"), put_waiting()
    really = row_mapping.run_to_row
    monkeypatch.setattr(
        row_mapping,
        "run_to_row",
        lambda run: really(run) | ({"owner": None} if run.name == "no owner" else {}),
    )
    assert repository.drain_outbox() == 1
    assert [run.id for run in repository.search_runs()] == [good.stem]
    assert aside(refused).is_file()
    assert "is not taken by the database (IntegrityError)" in caplog.text


def test_a_file_of_a_newer_form_waits_for_an_app_that_knows_it(
    history: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    newer, good = put_waiting("b" * 16, version=2), put_waiting()
    assert repository.drain_outbox() == 1
    assert [run.id for run in repository.search_runs()] == [good.stem]
    assert "newer version of this app (form 2)" in caplog.text
    renamed = newer.with_name(f"{newer.stem}.form2.json")
    assert renamed.is_file()
    assert outbox.files_of_newer_forms() == [renamed.name]
    assert outbox.waiting_files() == []
    monkeypatch.setattr(outbox, "FORM", 2)  # as after an update
    assert outbox.waiting_files() == [renamed]
    assert repository.drain_outbox() == 1
    assert repository.find_run(newer.stem).card == CARD
    assert not renamed.exists()


def test_a_training_begun_by_a_newer_app_is_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    outbox.write_begun_run(replace(RUN, id="a" * 16))
    newer = put_waiting("b" * 16, version=2)
    begun = newer.rename(newer.with_suffix(".begun"))
    assert [run.id for run in outbox.begun_runs()] == ["a" * 16]
    assert begun.is_file()


# Experiments

SWEEP: Plan = plan(grid=({"alpha": (0.0, 0.5)},), seeds=(1, 2))


def test_an_experiment_comes_back_with_its_rows(history: str) -> None:
    begun = repository.begin_experiment(repository.new_experiment(SWEEP, owner="ada", study="lambda-2"))
    for number in (2, 0):
        repository.record_run(replace(RUN, experiment=begun.id, number=number))
    repository.record_run(RUN)
    repository.close()
    found = repository.find_experiment(begun.id)
    assert found.plan == SWEEP
    assert (found.total, found.done, found.state, found.complete) == (4, 2, "running", False)
    assert [run.number for run in repository.runs_of_experiment(begun.id)] == [0, 2]
    assert len(repository.search_runs(repository.Query(alone=True))) == 1
    repository.end_experiment(begun.id, "stopped", "Stopped by Ada.")
    assert repository.find_experiment(begun.id).state == "stopped"
    assert repository.find_experiment(begun.id).message == "Stopped by Ada."
    assert [each.id for each in repository.list_experiments(owners=("ada",))] == [begun.id]
    assert repository.list_experiments(owners=("bob",)) == ()


def test_a_row_of_an_experiment_is_kept_once_and_the_first_stays(history: str) -> None:
    begun = repository.begin_experiment(repository.new_experiment(SWEEP))
    first = repository.record_run(replace(RUN, experiment=begun.id, number=1, name="first"))
    second = repository.record_run(replace(RUN, experiment=begun.id, number=1, name="second"))
    assert second.id == first.id
    assert [run.name for run in repository.runs_of_experiment(begun.id)] == ["first"]
    assert repository.find_experiment(begun.id).done == 1


def test_the_same_question_asked_before_is_found_by_its_plan(history: str) -> None:
    assert repository.find_answered_experiment(SWEEP) is None
    repository.begin_experiment(repository.new_experiment(SWEEP))
    assert repository.find_answered_experiment(SWEEP) is None, "one without rows answers nothing"
    half, whole = (
        repository.begin_experiment(repository.new_experiment(SWEEP)),
        repository.begin_experiment(repository.new_experiment(replace(SWEEP, title="by another name"))),
    )
    for number in range(4):
        if number < 2:
            repository.record_run(replace(RUN, experiment=half.id, number=number))
        repository.record_run(replace(RUN, experiment=whole.id, number=number))
    other = repository.begin_experiment(repository.new_experiment(replace(SWEEP, seeds=(3,))))
    repository.record_run(replace(RUN, experiment=other.id))
    found = repository.find_answered_experiment(SWEEP)
    assert found is not None
    assert found.id == whole.id


def test_an_experiment_that_gives_no_sign_of_life_is_told_as_interrupted(
    history: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = repository.begin_experiment(repository.new_experiment(SWEEP))
    with monkeypatch.context() as patch:  # this machine's clock has no say, however wrong it is
        patch.setattr(time, "time", lambda: 0.0)
        assert repository.find_experiment(begun.id).state == "running"
    table = database.experiments
    with database.writing() as connection:
        late = table.c.heard - repository.HEARTBEAT_TIMEOUT - 1
        connection.execute(sa.update(table).where(table.c.id == begun.id).values(heard=late))
    found = repository.find_experiment(begun.id)
    assert found.state == "interrupted"
    assert "rows so far are kept" in found.message
    assert repository.record_heartbeat(begun.id), "it was alive after all"
    assert repository.find_experiment(begun.id).state == "running"


def test_a_sign_of_life_tells_whether_an_experiment_is_still_wanted(history: str) -> None:
    begun = repository.begin_experiment(repository.new_experiment(SWEEP))
    assert repository.record_heartbeat(begun.id)
    repository.end_experiment(begun.id, "stopped")
    assert not repository.record_heartbeat(begun.id)
    assert repository.find_experiment(begun.id).state == "stopped"
    repository.end_experiment(begun.id, "running")
    assert repository.record_heartbeat(begun.id)
    assert not repository.record_heartbeat("0" * 16)


def test_an_unknown_experiment_is_told_in_a_sentence(history: str) -> None:
    with pytest.raises(repository.RecordNotFound, match="no such experiment"):
        repository.find_experiment("0" * 16)


# Several processes, and processes that die

WRITER = """
import sys
from dataclasses import replace
from nnviz.history import repository
from tests.recording import RUN

experiment, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for number in range(first, last):
    repository.record_run(replace(RUN, experiment=experiment, number=number))
    print(number, flush=True)
"""


def writer(experiment: str, first: int, last: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, experiment, str(first), str(last)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_processes_that_begin_at_once_share_one_database(history: str) -> None:
    # The database is not there yet: both make it. They write twenty rows in common, and ten of their own.
    processes = [writer("e", 0, 30), writer("e", -10, 20)]
    said = [process.communicate(timeout=120)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert [len(numbers) for numbers in said] == [30, 30]
    assert [run.number for run in repository.runs_of_experiment("e")] == list(range(-10, 30))


KEEPER = """
from nnviz.history import repository
from tests.recording import RUN

while True:
    print(repository.enqueue_run(RUN).id, flush=True)
    print(repository.drain_outbox(), flush=True)
"""


def keeper() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", KEEPER],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_what_was_kept_survives_two_processes_killed_at_any_moment(history: str) -> None:
    said: list[str] = []
    for lines in (1, 7):
        both = [keeper(), keeper()]  # of one home and one database
        told = [process.stdout.readline() for process in both if process.stdout for _ in range(lines)]
        for process in both:
            process.kill()
            assert process.stdout is not None
            told += process.stdout.readlines()
            process.wait()
            process.stdout.close()
        said += [line.strip() for line in told if len(line) == 17]
    assert len(said) >= 10
    assert len(set(said)) == len(said)
    repository.drain_outbox()
    kept = {run.id for run in repository.search_runs()}
    assert set(said) <= kept
    assert len(kept) <= len(said) + 4, "and at most the ones that were being told"
    for run_id in kept:
        assert repository.find_run(run_id).answers is not None, "whole"


def test_many_threads_write_and_read_at_once(history: str) -> None:
    def work(number: int) -> int:
        repository.record_run(replace(RUN, experiment="t", number=number))
        return len(repository.runs_of_experiment("t"))

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(work, range(40)))
    assert max(seen) == 40
    assert [run.number for run in repository.runs_of_experiment("t")] == list(range(40))


@pytest.mark.parametrize("after", [1, 5])
def test_what_was_recorded_survives_a_process_killed_in_the_middle_of_writing(
    history: str, after: int
) -> None:
    process = writer("k", 0, 100_000)
    assert process.stdout is not None
    said = [int(process.stdout.readline()) for _ in range(after)]
    process.kill()
    said += [int(line) for line in process.stdout.read().split()]
    process.wait()
    process.stdout.close()
    kept = [run.number for run in repository.runs_of_experiment("k")]
    assert kept[: len(said)] == said, "what was told as recorded is there"
    assert len(kept) <= len(said) + 1, "and at most the one that was being told"
    whole = repository.find_run(repository.runs_of_experiment("k")[-1].id)
    assert whole.card.history == CARD.history
    assert whole.answers is not None
    repository.record_run(replace(RUN, experiment="k", number=200_000))
    if history.startswith("sqlite"):
        with sqlite3.connect(sa.make_url(history).database or "") as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        file.close()


# The tables and their steps


def steps(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def test_the_steps_add_up_to_the_tables(history: str) -> None:
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, database.metadata) == []


def test_runs_of_the_first_version_are_still_there_and_can_be_searched(history: str) -> None:
    kept = [repository.record_run(RUN).id for _ in range(3)]
    coded = replace(CARD, kind="autoencoder", title="codes", metrics={"test_error": 0.01})
    kept.append(repository.record_run(replace(RUN, card=coded)).id)
    with database.writing() as connection:
        command.downgrade(steps(connection), "0001")
        connection.execute(sa.text("UPDATE runs SET card = '?' WHERE id = :id"), {"id": kept[0]})
    with database.reading() as connection:
        assert "title" not in {column["name"] for column in sa.inspect(connection).get_columns("runs")}
    repository.close()  # the next question brings it up to date
    assert {run.id for run in repository.search_runs(repository.Query(text="mlp"))} == set(kept[1:3])
    (found,) = repository.search_runs(repository.Query(text="codes"), order="best")
    assert repository.find_run(found.id).card == coded, "curves and all"
    old = repository.find_run(kept[1]).answers
    assert old is not None
    np.testing.assert_array_equal(old.probabilities, answers().probabilities)
    assert repository.distinct_values("data") == ("embedded 5,000",)
    with database.reading() as connection:
        errors = connection.execute(sa.select(database.runs.c.test_error)).scalars().all()
    assert sorted(errors, key=str) == [0.01, None, None, None]


def test_the_steps_can_be_taken_back_and_made_again(history: str) -> None:
    repository.record_run(RUN)
    with database.writing() as connection:
        command.downgrade(steps(connection), "base")
    with database.reading() as connection:
        assert sa.inspect(connection).get_table_names() == ["alembic_version"]
    repository.close()
    kept = repository.record_run(RUN)
    assert repository.find_run(kept.id).card == CARD


def test_a_history_from_a_newer_app_is_left_alone(history: str) -> None:
    kept = repository.record_run(RUN)
    with database.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    repository.close()
    with pytest.raises(repository.DatabaseUnavailable, match="newer version"):
        repository.find_run(kept.id)


# What can go wrong with the database itself


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mysql://somewhere/x", "has to begin with postgresql:// or sqlite:///"),
        ("not an address", "not the address of a database"),
        ("postgresql://me:secret@127.0.0.1:1/x", "cannot be used"),
    ],
)
def test_a_database_that_cannot_be_had_is_told_in_a_sentence_without_its_password(
    url: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNVIZ_DATABASE_URL", url)
    with pytest.raises(repository.DatabaseUnavailable, match=expected) as told:
        repository.search_runs()
    assert "secret" not in str(told.value)
    assert "\n" not in str(told.value)


def test_a_class_does_not_wait_in_turn_for_a_database_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[sa.URL] = []
    really = database._open

    def opened(address: sa.URL, before: Any) -> Any:
        asked.append(address)
        return really(address, before)

    monkeypatch.setenv("NNVIZ_DATABASE_URL", "postgresql://me:secret@127.0.0.1:1/x")
    monkeypatch.setattr(database, "_open", opened)
    monkeypatch.setattr(database, "_SLOW_FAILURE", -1.0)  # every failure counts as one after a long wait
    for _ in range(3):
        with pytest.raises(repository.DatabaseUnavailable):
            repository.search_runs()
    assert len(asked) == 1
    monkeypatch.setattr(database, "_RETRY_AFTER", 0.0)  # as a while later
    with pytest.raises(repository.DatabaseUnavailable, match="cannot be used"):
        repository.search_runs()
    assert len(asked) == 2
    repository.close()


def test_a_damaged_file_is_told_in_a_sentence_and_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.delenv("NNVIZ_DATABASE_URL", raising=False)
    noise = np.random.default_rng(0).bytes(10_000)
    (tmp_path / "runs.sqlite").write_bytes(noise)
    with pytest.raises(repository.DatabaseUnavailable, match="is damaged"):
        repository.search_runs()
    assert (tmp_path / "runs.sqlite").read_bytes() == noise


def test_a_row_that_makes_no_sense_is_left_out(history: str) -> None:
    good, bad = repository.record_run(RUN), repository.record_run(RUN)
    begun = repository.begin_experiment(repository.new_experiment(SWEEP))
    with database.writing() as connection:
        connection.execute(
            sa.update(database.runs).where(database.runs.c.id == bad.id).values(card="{nonsense")
        )
        connection.execute(sa.update(database.experiments).values(plan="[]"))
    assert [run.id for run in repository.search_runs()] == [good.id]
    assert repository.list_experiments() == ()
    with pytest.raises(repository.RecordNotFound):
        repository.find_experiment(begun.id)


def test_damaged_answers_are_none(history: str) -> None:
    kept = repository.record_run(RUN)
    with database.writing() as connection:
        connection.execute(sa.update(database.details).values(answers=b"PK not really"))
    assert repository.find_run(kept.id).answers is None
    assert repository.find_run(kept.id).card == CARD


def test_tables_that_are_up_to_date_are_opened_without_alembic(
    history: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.record_run(RUN)
    assert database.newest_revision() == database._steps()[1].get_current_head()
    repository.close()
    monkeypatch.setattr(database, "_steps", lambda: pytest.fail("Alembic was asked"))
    assert repository.count_runs() == 1
