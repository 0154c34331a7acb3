"""Runs and experiments that are deleted: by whom they may be, who is told, and how that is undone."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
import sqlalchemy as sa

from nnviz.core.identity import UNDO, Actor, NotYours
from nnviz.core.results import Run
from nnviz.history import database, repository
from nnviz.history.repository import Experiment, RecordNotFound
from tests.experimenting import plan
from tests.recording import RUN

ADA, BOB, TEACHER = Actor("ada"), Actor("bob"), Actor("t", is_teacher=True)
SWEEP = plan(grid=({"alpha": (0.0, 0.5)},))


@pytest.fixture
def run(history: str) -> Run:
    return repository.record_run(replace(RUN, owner="ada"))


@pytest.fixture
def experiment(history: str) -> Experiment:
    begun = repository.begin_experiment(repository.new_experiment(SWEEP, owner="ada"))
    for number in range(2):
        repository.record_run(replace(RUN, owner="ada", experiment=begun.id, number=number))
    repository.end_experiment(begun.id, "done")
    return repository.find_experiment(begun.id)


def rows() -> int:
    """Of all tables together, hidden or not."""
    with database.reading() as connection:
        counts = (
            connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in (database.runs, database.details, database.experiments)
        )
        return sum(counts)


def test_only_the_owner_and_the_teacher_name_and_delete(run: Run, experiment: Experiment) -> None:
    nobodys = repository.record_run(replace(RUN, owner=""))
    for who, its in ((BOB, run.id), (BOB, nobodys.id), (ADA, nobodys.id), (Actor(""), nobodys.id)):
        with pytest.raises(NotYours, match="Only its owner or the teacher may name this run"):
            repository.rename_run(its, "x", by=who)
        with pytest.raises(NotYours):
            repository.delete_run(its, by=who)
    with pytest.raises(NotYours):
        repository.delete_experiment(experiment.id, by=BOB)
    assert repository.count_runs() == 4
    assert repository.rename_run(run.id, "mine", by=ADA).name == "mine"
    assert repository.rename_run(run.id, "seen", by=TEACHER).name == "seen"
    repository.delete_run(nobodys.id, by=TEACHER)
    repository.delete_experiment(experiment.id, by=Actor("new browser", frozenset({"ada"})))
    assert [each.id for each in repository.search_runs()] == [run.id]


def test_a_deleted_run_is_nowhere_and_comes_back_as_it_was(run: Run) -> None:
    before = repository.find_run(run.id)
    repository.delete_run(run.id, by=ADA, now=1000.0)
    assert repository.search_runs() == ()
    assert repository.count_runs() == 0
    assert repository.distinct_values("page") == ()
    with pytest.raises(RecordNotFound, match=r"This run was deleted by its owner\."):
        repository.find_run(run.id)
    with pytest.raises(RecordNotFound):
        repository.rename_run(run.id, "x", by=ADA)
    (gone,) = repository.deleted(ADA, now=1000.0 + UNDO - 1)
    assert (gone.id, gone.what, gone.title) == (run.id, "run", "first")
    repository.restore(run.id, by=ADA, now=1000.0 + UNDO - 1)
    after = repository.find_run(run.id)
    assert after.card == before.card
    assert after.answers is not None
    assert repository.deleted(ADA, now=1001.0) == ()


def test_an_experiment_goes_and_comes_back_with_its_runs_but_not_those_deleted_before(
    experiment: Experiment,
) -> None:
    first, second = repository.runs_of_experiment(experiment.id)
    repository.delete_run(first.id, by=ADA, now=900.0)
    assert repository.find_experiment(experiment.id).done == 1
    repository.delete_experiment(experiment.id, by=TEACHER, now=1000.0)
    assert repository.list_experiments() == ()
    assert repository.find_answered_experiment(SWEEP) is None
    assert repository.search_runs() == ()
    with pytest.raises(RecordNotFound, match=r"This experiment was deleted by the teacher\."):
        repository.find_experiment(experiment.id)
    assert [gone.what for gone in repository.deleted(ADA, now=1001.0)] == ["experiment"]
    with pytest.raises(RecordNotFound, match="bring that back first"):
        repository.restore(second.id, by=ADA, now=1001.0)
    repository.restore(experiment.id, by=ADA, now=1001.0)
    assert [each.id for each in repository.runs_of_experiment(experiment.id)] == [second.id]
    repository.restore(first.id, by=ADA, now=1001.0)
    assert repository.find_experiment(experiment.id).done == 2


def test_after_ten_minutes_it_is_gone_for_good(run: Run, experiment: Experiment) -> None:
    repository.delete_run(run.id, by=ADA, now=1000.0)
    repository.delete_experiment(experiment.id, by=ADA, now=1000.0)
    late = 1000.0 + UNDO
    assert repository.deleted(ADA, now=late) == ()
    for its in (run.id, experiment.id):
        with pytest.raises(RecordNotFound, match="10 minutes"):
            repository.restore(its, by=ADA, now=late)
    repository.tidy(now=late - 1)
    assert rows() == 3 + 3 + 1
    repository.tidy(now=late)
    assert rows() == 0
    with pytest.raises(RecordNotFound, match="no such run"):
        repository.find_run(run.id)


def test_only_who_may_have_it_again_sees_it_among_the_deleted(run: Run) -> None:
    repository.delete_run(run.id, by=ADA)
    assert repository.deleted(BOB) == ()
    with pytest.raises(NotYours):
        repository.restore(run.id, by=BOB)
    assert [gone.id for gone in repository.deleted(TEACHER)] == [run.id]
    repository.restore(run.id, by=TEACHER)
    repository.restore(run.id, by=TEACHER)
    with pytest.raises(RecordNotFound):
        repository.restore("f" * 16, by=TEACHER)


def test_a_deleted_row_of_an_experiment_makes_way_for_the_one_that_is_made_again(
    experiment: Experiment,
) -> None:
    first, _ = repository.runs_of_experiment(experiment.id)
    repository.delete_run(first.id, by=ADA)
    again = repository.record_run(replace(RUN, owner="ada", experiment=experiment.id, number=0))
    assert again.id != first.id
    assert again.id in {run.id for run in repository.runs_of_experiment(experiment.id)}


def test_a_running_experiment_that_is_deleted_is_told_to_stop(history: str) -> None:
    begun = repository.begin_experiment(repository.new_experiment(SWEEP, owner="ada"))
    assert repository.record_heartbeat(begun.id)
    repository.delete_experiment(begun.id, by=ADA)
    assert not repository.record_heartbeat(begun.id)


def test_one_process_deletes_and_another_undoes_it(run: Run) -> None:
    script = (
        "import sys\n"
        "from nnviz.core.identity import Actor\n"
        "from nnviz.history import repository\n"
        "repository.delete_run(sys.argv[1], by=Actor('ada'))\n"
    )
    subprocess.run([sys.executable, "-c", script, run.id], check=True)
    assert repository.count_runs() == 0
    repository.restore(run.id, by=ADA)
    assert repository.count_runs() == 1
