"""An experiment in the background is found by its id, stopped, taken up, and loses no row."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnviz import jobs
from nnviz.core.results import Run
from nnviz.data.mnist import embedded
from nnviz.data.splits import DataSpec
from nnviz.experiments import executor, trial
from nnviz.experiments.plan import Plan, PlanRefused, Trial
from nnviz.history import repository
from nnviz.jobs import experiments
from nnviz.jobs.cluster import ClusterMissing
from nnviz.jobs.experiments import Lab
from tests.experimenting import SMALL, Outside, here, plan, wait_until
from tests.recording import RUN

SWEEP: Plan = plan(settings=SMALL | {"max_iter": 2}, grid=({"alpha": (0.0, 0.1, 0.2, 0.4)},), seeds=(1, 2))


class Gate:
    """Trials are made here, one after the other, each when `open` says how many may have been made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open = 0
        self.made: list[int] = []
        monkeypatch.setattr(executor, "run", self.run)

    def run(
        self,
        trials: tuple[Trial, ...],
        connect: Callable[[], Any],
        on_run: Callable[[Run], None],
        stop: Callable[[], bool],
    ) -> None:
        connect()
        for each in trials:
            wait_until(lambda: stop() or len(self.made) < self.open)
            if stop():
                return
            self.made.append(each.number)
            on_run(trial.execute(embedded(), each))


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(monkeypatch)


@pytest.fixture(autouse=True)
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A history of its own for every test, and beats that come at once."""
    monkeypatch.setenv("NNVIZ_DATABASE_URL", f"sqlite:///{tmp_path}/runs.sqlite")
    monkeypatch.setattr(experiments, "_BEAT", 0.05)
    monkeypatch.setattr(experiments, "_RETRY", 0.05)
    yield tmp_path
    repository.close()


@pytest.fixture
def room() -> Iterator[Lab]:
    room = Lab(lambda: None)
    yield room
    room.close()


def ended(room: Lab, experiment: str) -> experiments.Standing:
    wait_until(lambda: not room.look(experiment).live)
    return room.look(experiment)


def test_rows_are_told_as_they_arrive_and_kept(room: Lab, gate: Gate) -> None:
    experiment = room.start(SWEEP, owner="ada", study="mine")
    assert room.look(experiment).runs == ()
    gate.open = 3
    wait_until(lambda: len(room.look(experiment).runs) == 3)
    standing = room.look(experiment)
    assert standing.live
    assert (standing.experiment.done, standing.experiment.total) == (3, 8)
    wait_until(lambda: len(repository.runs_of_experiment(experiment)) == 3)
    gate.open = 8
    standing = ended(room, experiment)
    assert standing.experiment.state == "done"
    assert standing.experiment.study == "mine"
    assert [run.number for run in standing.runs] == list(range(8))
    assert [run.card.metrics for run in standing.runs] == [run.card.metrics for run in here(SWEEP)]
    assert all(run.owner == "ada" for run in standing.runs)
    again = Lab(lambda: None).look(experiment)  # as after a restart
    assert again.experiment.state == "done"
    assert [run.id for run in again.runs] == [run.id for run in standing.runs]


def test_a_row_is_opened_with_its_curves_and_answers(room: Lab, gate: Gate) -> None:
    gate.open = 99
    standing = ended(room, room.start(SWEEP, owner="ada"))
    run = room.find(standing.runs[5].id)
    assert run.number == 5
    assert len(run.card.history.epochs) == 2
    assert run.answers is not None
    assert float(np.mean(run.answers.right)) == run.card.metrics["test_accuracy"]


def test_the_time_left_is_told_by_the_work_that_is_left() -> None:
    uneven = plan(grid=({"max_iter": (1, 2, 3)},))
    live = experiments._Live(repository.new_experiment(uneven), uneven.trials(), {}, began=100.0)
    assert live.left(now=110.0) is None
    live.runs[0] = RUN
    live.new.add(0)
    assert live.left(now=110.0) == pytest.approx(50), "one part of six took ten seconds"


def test_an_experiment_is_stopped_and_taken_up_where_it_was(room: Lab, gate: Gate) -> None:
    gate.open = 3
    experiment = room.start(SWEEP, owner="ada")
    wait_until(lambda: len(room.look(experiment).runs) == 3)
    room.stop(experiment)
    standing = ended(room, experiment)
    assert standing.experiment.state == "stopped"
    assert [run.number for run in standing.runs] == [0, 1, 2]
    gate.open = 99
    room.resume(experiment)
    standing = ended(room, experiment)
    assert standing.experiment.state == "done"
    assert [run.number for run in standing.runs] == list(range(8))
    assert gate.made == list(range(8)), "no trial was made twice"
    room.resume(experiment)
    assert not room.look(experiment).live, "a complete one is left alone"


def test_another_process_finds_an_experiment_and_stops_it(room: Lab, gate: Gate) -> None:
    gate.open = 2
    experiment = room.start(SWEEP, owner="ada")
    other = Lab(lambda: None)
    wait_until(lambda: len(other.look(experiment).runs) == 2)
    assert other.look(experiment).live
    other.stop(experiment)
    standing = ended(room, experiment)
    assert standing.experiment.state == "stopped"
    assert len(standing.runs) == 2


def test_an_experiment_whose_process_is_gone_is_taken_up_by_another(room: Lab, gate: Gate) -> None:
    begun = repository.begin_experiment(repository.new_experiment(SWEEP, owner="ada"))
    for run in here(SWEEP)[:5]:
        repository.record_run(replace(run, experiment=begun.id))
    repository.end_experiment(begun.id, "interrupted")
    gate.open = 99
    room.resume(begun.id)
    standing = ended(room, begun.id)
    assert gate.made == [5, 6, 7]
    assert [run.card.metrics for run in standing.runs] == [run.card.metrics for run in here(SWEEP)]


def test_what_could_not_be_trained_is_tried_again(room: Lab, gate: Gate) -> None:
    begun = repository.begin_experiment(repository.new_experiment(SWEEP, owner="ada"))
    for each in SWEEP.trials(begun.id)[:3]:
        failed = each.number == 1
        repository.record_run(
            trial.failed(each, "Its worker died.") if failed else trial.execute(embedded(), each)
        )
    repository.end_experiment(begun.id, "done")
    gate.open = 99
    room.resume(begun.id)
    standing = ended(room, begun.id)
    assert sorted(gate.made) == [1, 3, 4, 5, 6, 7]
    assert not any(run.failure for run in standing.runs)
    assert len(standing.runs) == 8


def test_what_was_asked_before_is_shown_at_once(
    room: Lab, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(experiments, "_lab", room)
    assert experiments.before(SWEEP) is None
    gate.open = 3
    experiment = experiments.start(SWEEP, owner="ada")
    wait_until(lambda: len(experiments.look(experiment).runs) == 3)
    wait_until(lambda: len(repository.runs_of_experiment(experiment)) == 3)
    known = experiments.before(replace(SWEEP, title="the same by another name"))
    assert known is not None
    assert known.experiment.id == experiment
    assert [run.number for run in known.runs] == [0, 1, 2]
    assert known.live
    assert experiments.before(replace(SWEEP, seeds=(3,))) is None


def test_what_is_running_is_found_by_its_question_and_runs_once(room: Lab, gate: Gate) -> None:
    assert room.running(SWEEP) == ""
    experiment = room.start(SWEEP, owner="ada")
    assert room.running(replace(SWEEP, title="the same by another name")) == experiment
    assert room.running(replace(SWEEP, seeds=(3,))) == ""
    with pytest.raises(PlanRefused, match="running already"):
        room._enter(room._live[experiment])  # as when two take it up in one moment
    gate.open = 99
    ended(room, experiment)
    assert room.running(SWEEP) == ""


def test_an_owner_has_a_study_and_its_twin_at_a_time_and_no_more(room: Lab, gate: Gate) -> None:
    room.start(SWEEP, owner="ada")
    room.start(SWEEP, owner="ada")
    with pytest.raises(PlanRefused, match="still running"):
        room.start(SWEEP, owner="ada")
    room.start(SWEEP, owner="bob")


def test_a_plan_that_cannot_be_made_is_refused_and_not_written_down(room: Lab) -> None:
    with pytest.raises(PlanRefused):
        room.start(plan(grid=({"alpha": (-1.0,)},)), owner="ada")
    assert repository.list_experiments() == ()


def test_the_time_an_experiment_takes_is_told_by_its_work_and_its_workers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(experiments.jobs, "threads", lambda: 2)
    one = experiments.estimate(plan(settings=SMALL | {"max_iter": 100}), 2700) - experiments.STARTING
    four = plan(settings=SMALL | {"max_iter": 100}, seeds=(1, 2, 3, 4))
    assert experiments.estimate(four, 2700) - experiments.STARTING == pytest.approx(2 * one), "two at a time"
    assert experiments.estimate(four, 54_000) - experiments.STARTING == pytest.approx(40 * one), (
        "twenty times the digits"
    )
    wide = plan(settings=SMALL | {"max_iter": 100, "hidden_layer_sizes": (500,)})
    assert experiments.estimate(wide, 2700) - experiments.STARTING > 4 * one


def test_without_workers_an_experiment_says_why_it_failed(gate: Gate) -> None:
    def nobody() -> Any:
        raise ClusterMissing("No Dask scheduler answers.")

    room = Lab(nobody)
    standing = ended(room, room.start(SWEEP, owner="ada"))
    assert standing.experiment.state == "failed"
    assert standing.experiment.message == "No Dask scheduler answers."
    assert repository.find_experiment(standing.experiment.id).message == "No Dask scheduler answers."


def test_an_experiment_goes_on_without_a_history(
    room: Lab, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNVIZ_DATABASE_URL", "nonsense")
    gate.open = 99
    standing = ended(room, room.start(SWEEP, owner="ada"))
    assert standing.experiment.state == "done"
    assert len(standing.runs) == 8
    assert "could not be written down" in standing.experiment.message
    assert room.find(standing.runs[3].id).answers is not None


def test_rows_wait_while_the_history_is_missing(
    room: Lab, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = repository.record_run
    missing = True

    def sometimes(run: Run) -> Run:
        if missing:
            raise repository.DatabaseUnavailable("The disk is full.")
        return record(run)

    monkeypatch.setattr(repository, "record_run", sometimes)
    gate.open = 4
    experiment = room.start(SWEEP, owner="ada")
    wait_until(lambda: len(room.look(experiment).runs) == 4)
    assert repository.runs_of_experiment(experiment) == ()
    missing = False
    gate.open = 8
    standing = ended(room, experiment)
    assert standing.experiment.state == "done"
    assert standing.experiment.message == ""
    assert [run.number for run in repository.runs_of_experiment(experiment)] == list(range(8))


def test_on_somebody_else_s_cluster_every_row_is_kept_once_though_a_worker_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = Outside(tmp_path)
    monkeypatch.setenv("NNVIZ_DASK_SCHEDULER", outside.address)
    asked = replace(SWEEP, spec=DataSpec("study"), settings=SMALL | {"max_iter": 3})
    try:
        experiment = experiments.start(asked, owner="ada")
        wait_until(lambda: len(repository.runs_of_experiment(experiment)) >= 2)
        outside.workers[0].send_signal(signal.SIGKILL)
        outside.workers[0].wait()
        wait_until(lambda: not experiments.look(experiment).live)
        kept = repository.runs_of_experiment(experiment)
    finally:
        experiments.close()
        jobs.close()
        outside.close()
    assert experiments.look(experiment).experiment.state == "done"
    assert [run.number for run in kept] == list(range(8)), "each once"
    assert [run.card.metrics for run in kept] == [run.card.metrics for run in here(asked)]
