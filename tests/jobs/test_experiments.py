"""An experiment in the background is found by its id, stopped, taken up, and loses no row."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnviz import jobs
from nnviz.core.identity import PROGRAM, Actor, NotYours
from nnviz.core.results import Run
from nnviz.data.mnist import embedded
from nnviz.data.splits import DataSpec
from nnviz.experiments import executor, search, trial, trial_runs
from nnviz.experiments.plan import Plan, Trial
from nnviz.history import repository
from nnviz.jobs import background, estimates, experiments, scheduling
from nnviz.jobs.cluster import ClusterMissing
from nnviz.jobs.experiments import ExperimentJob
from nnviz.jobs.scheduling import Scheduler
from tests.experimenting import SMALL, Outside, here, plan, wait_until
from tests.jobs.faking import a_real_one, in_charge
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
        *,
        owner: str,
        lanes: executor.Lanes,
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


@pytest.fixture(autouse=True)
def scheduler() -> Iterator[Scheduler]:
    with in_charge() as scheduler:
        yield scheduler


def ended(experiment: str) -> jobs.ExperimentStatus:
    wait_until(lambda: not jobs.experiment_status(experiment).live)
    return jobs.experiment_status(experiment)


def test_rows_are_told_as_they_arrive_and_kept(gate: Gate) -> None:
    experiment = jobs.start_experiment(SWEEP, owner="ada", study="mine")
    assert jobs.experiment_status(experiment).runs == ()
    gate.open = 3
    wait_until(lambda: len(jobs.experiment_status(experiment).runs) == 3)
    status = jobs.experiment_status(experiment)
    assert status.live
    assert (status.experiment.done, status.experiment.total) == (3, 8)
    wait_until(lambda: len(repository.runs_of_experiment(experiment)) == 3)
    gate.open = 8
    status = ended(experiment)
    assert status.experiment.state == "done"
    assert status.experiment.study == "mine"
    assert [run.number for run in status.runs] == list(range(8))
    assert [run.card.metrics for run in status.runs] == [run.card.metrics for run in here(SWEEP)]
    assert all(run.owner == "ada" for run in status.runs)
    with in_charge():  # as after a restart
        again = jobs.experiment_status(experiment)
    assert again.experiment.state == "done"
    assert [run.id for run in again.runs] == [run.id for run in status.runs]


def test_a_row_is_opened_with_its_curves_and_answers(gate: Gate) -> None:
    gate.open = 99
    status = ended(jobs.start_experiment(SWEEP, owner="ada"))
    run = jobs.find_run(status.runs[5].id)
    assert run.number == 5
    assert len(run.card.history.epochs) == 2
    assert run.answers is not None
    assert float(np.mean(run.answers.right)) == run.card.metrics["test_accuracy"]


def test_the_time_left_is_told_by_the_work_that_is_left() -> None:
    uneven = plan(grid=({"max_iter": (1, 2, 3)},))
    live = experiments._experiment_job(repository.new_experiment(uneven), {})
    live.began = 100.0
    assert live.left(now=110.0) is None
    live.runs[0] = RUN
    live.new.add(0)
    assert live.left(now=110.0) == pytest.approx(50), "one part of six took ten seconds"


def test_an_experiment_is_stopped_and_taken_up_where_it_was(gate: Gate) -> None:
    gate.open = 3
    experiment = jobs.start_experiment(SWEEP, owner="ada")
    wait_until(lambda: len(jobs.experiment_status(experiment).runs) == 3)
    jobs.stop_experiment(experiment, by=PROGRAM)
    status = ended(experiment)
    assert status.experiment.state == "stopped"
    assert [run.number for run in status.runs] == [0, 1, 2]
    gate.open = 99
    jobs.resume_experiment(experiment, by=PROGRAM)
    status = ended(experiment)
    assert status.experiment.state == "done"
    assert [run.number for run in status.runs] == list(range(8))
    assert gate.made == list(range(8)), "no trial was made twice"
    jobs.resume_experiment(experiment, by=PROGRAM)
    assert not jobs.experiment_status(experiment).live, "a complete one is left alone"


def test_only_its_owner_and_the_teacher_stop_an_experiment_and_go_on_with_it(gate: Gate) -> None:
    gate.open = 1
    experiment = jobs.start_experiment(SWEEP, owner="ada")
    wait_until(lambda: len(jobs.experiment_status(experiment).runs) == 1)
    with pytest.raises(NotYours, match="Only its owner or the teacher may stop"):
        jobs.stop_experiment(experiment, by=Actor("bob"))
    with in_charge(), pytest.raises(NotYours):  # from another process
        jobs.stop_experiment(experiment, by=Actor("bob"))
    assert jobs.experiment_status(experiment).live
    jobs.stop_experiment(experiment, by=Actor("t", is_teacher=True))
    assert ended(experiment).experiment.state == "stopped"
    with pytest.raises(NotYours, match="go on with this experiment"):
        jobs.resume_experiment(experiment, by=Actor("bob"))
    gate.open = 99
    jobs.resume_experiment(experiment, by=Actor("new browser", frozenset({"ada"})))
    assert ended(experiment).experiment.state == "done"


def test_another_process_finds_an_experiment_and_stops_it(gate: Gate) -> None:
    gate.open = 2
    experiment = jobs.start_experiment(SWEEP, owner="ada")
    with in_charge():
        wait_until(lambda: len(jobs.experiment_status(experiment).runs) == 2)
        assert jobs.experiment_status(experiment).live
        jobs.stop_experiment(experiment, by=PROGRAM)
    status = ended(experiment)
    assert status.experiment.state == "stopped"
    assert len(status.runs) == 2


def test_an_experiment_whose_process_is_gone_is_taken_up_by_another(gate: Gate) -> None:
    begun = repository.begin_experiment(repository.new_experiment(SWEEP, owner="ada"))
    for run in here(SWEEP)[:5]:
        repository.record_run(replace(run, experiment=begun.id))
    repository.end_experiment(begun.id, "interrupted")
    gate.open = 99
    jobs.resume_experiment(begun.id, by=PROGRAM)
    status = ended(begun.id)
    assert gate.made == [5, 6, 7]
    assert [run.card.metrics for run in status.runs] == [run.card.metrics for run in here(SWEEP)]


def test_a_race_that_was_stopped_midway_ends_as_one_that_was_not(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = search.drawn({"alpha": "0.001 to 5"}, 9, 1)
    asked = plan(settings=SMALL | {"max_iter": 9}, grid=grid, budget=9, halving=3)
    most = [13]  # trainings until somebody presses stop: all of the first step, and the second

    def race_here(
        trials: list[Trial], connect: object, on_run: Callable[[Run], None], stop: object, **more: Any
    ) -> None:
        race: search.Race = more["race"]
        waiting = everyone = race.begin(trials)
        while waiting and most[0]:
            first, *waiting = waiting
            most[0] -= 1
            rows, on = race.ended(trial.execute(embedded(), first), everyone)
            for row in rows[: 2 if most[0] == 1 else None]:
                on_run(row)
            waiting += on

    monkeypatch.setattr(executor, "run", race_here)
    whole = ended(jobs.start_experiment(asked, owner="ada"))
    assert whole.experiment.complete
    most[0] = 10
    broken = jobs.start_experiment(asked, owner="ada")
    assert not ended(broken).experiment.complete
    most[0] = 13
    jobs.resume_experiment(broken, by=Actor("ada"))
    again = ended(broken)
    assert [(run.number, run.card.metrics, run.card.note) for run in again.runs] == [
        (run.number, run.card.metrics, run.card.note) for run in whole.runs
    ]


def test_what_could_not_be_trained_is_tried_again(gate: Gate) -> None:
    begun = repository.begin_experiment(repository.new_experiment(SWEEP, owner="ada"))
    for each in SWEEP.trials(begun.id)[:3]:
        failed = each.number == 1
        repository.record_run(
            trial_runs.failed(each, "Its worker died.") if failed else trial.execute(embedded(), each)
        )
    repository.end_experiment(begun.id, "done")
    gate.open = 99
    jobs.resume_experiment(begun.id, by=PROGRAM)
    status = ended(begun.id)
    assert sorted(gate.made) == [1, 3, 4, 5, 6, 7]
    assert not any(run.failure for run in status.runs)
    assert len(status.runs) == 8


def test_what_was_asked_before_is_shown_at_once(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    assert jobs.latest_experiment(SWEEP) is None
    gate.open = 3
    experiment = jobs.start_experiment(SWEEP, owner="ada")
    wait_until(lambda: len(jobs.experiment_status(experiment).runs) == 3)
    wait_until(lambda: len(repository.runs_of_experiment(experiment)) == 3)
    known = jobs.latest_experiment(replace(SWEEP, title="the same by another name"))
    assert known is not None
    assert known.experiment.id == experiment
    assert [run.number for run in known.runs] == [0, 1, 2]
    assert known.live
    assert jobs.latest_experiment(replace(SWEEP, seeds=(3,))) is None


def test_what_is_running_is_found_by_its_question_and_runs_once(scheduler: Scheduler, gate: Gate) -> None:
    assert jobs.running_experiment(SWEEP) == ""
    experiment = jobs.start_experiment(SWEEP, owner="ada")
    assert jobs.running_experiment(replace(SWEEP, title="the same by another name")) == experiment
    assert jobs.running_experiment(replace(SWEEP, seeds=(3,))) == ""
    with pytest.raises(jobs.JobError, match="running already"):
        scheduler.enter(scheduler.known(ExperimentJob)[0])  # as when two take it up in one moment
    gate.open = 99
    ended(experiment)
    assert jobs.running_experiment(SWEEP) == ""


def test_an_owner_has_a_study_and_its_twin_at_a_time_and_no_more(gate: Gate) -> None:
    jobs.start_experiment(SWEEP, owner="ada")
    jobs.start_experiment(SWEEP, owner="ada")
    with pytest.raises(jobs.JobError, match="2 of your experiments are waiting or running"):
        jobs.start_experiment(SWEEP, owner="ada")
    jobs.start_experiment(SWEEP, owner="bob")


def test_an_experiment_that_is_being_written_down_is_not_taken_for_a_stopped_one(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats: list[str] = []
    begin, beat = repository.begin_experiment, repository.record_heartbeat

    def slowly(experiment: repository.Experiment) -> repository.Experiment:
        heard = len(beats)
        wait_until(lambda: len(beats) > heard + 3)  # of the first one
        return begin(experiment)

    def record(experiment_id: str) -> bool:
        beats.append(experiment_id)
        return beat(experiment_id)

    monkeypatch.setattr(scheduling, "_BEAT", 0.01)
    monkeypatch.setattr(scheduling, "_WRITE_EVERY", 0.0)
    monkeypatch.setattr(repository, "record_heartbeat", record)
    first = jobs.start_experiment(SWEEP, owner="ada")
    monkeypatch.setattr(repository, "begin_experiment", slowly)
    second = jobs.start_experiment(SWEEP, owner="ada")
    gate.open = 99
    assert [ended(each).experiment.state for each in (first, second)] == ["done", "done"]


def test_a_plan_that_cannot_be_made_is_refused_and_not_written_down() -> None:
    with pytest.raises(jobs.JobError):
        jobs.start_experiment(plan(grid=({"alpha": (-1.0,)},)), owner="ada")
    assert repository.list_experiments() == ()


def test_the_time_an_experiment_takes_is_told_by_its_work_and_its_workers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background, "threads", lambda: 2)
    monkeypatch.setattr(estimates, "slowdown", lambda workers: 1.0)
    one = jobs.estimate_seconds(plan(settings=SMALL | {"max_iter": 100}), 2700) - experiments.STARTING
    four = plan(settings=SMALL | {"max_iter": 100}, seeds=(1, 2, 3, 4))
    assert jobs.estimate_seconds(four, 2700) - experiments.STARTING == pytest.approx(2 * one), "two at a time"
    assert jobs.estimate_seconds(four, 54_000) - experiments.STARTING == pytest.approx(40 * one), (
        "twenty times the digits"
    )
    wide = plan(settings=SMALL | {"max_iter": 100, "hidden_layer_sizes": (500,)})
    assert jobs.estimate_seconds(wide, 2700) - experiments.STARTING > 4 * one


def test_the_time_an_experiment_takes_is_told_by_what_the_last_trainings_took(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(estimates, "_paces", deque(maxlen=12))
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0), raising=False)
    monkeypatch.setattr(background, "threads", lambda: 2)
    idle = jobs.estimate_seconds(SWEEP, 2700) - experiments.STARTING
    monkeypatch.setattr(os, "getloadavg", lambda: (20.0, 0.0, 0.0))
    assert jobs.estimate_seconds(SWEEP, 2700) - experiments.STARTING > 2 * idle, "others are at work"
    for took in (30.0, 40.0, 1000.0):
        estimates.ended(10.0, took)
    assert jobs.estimate_seconds(SWEEP, 2700) - experiments.STARTING == pytest.approx(4 * idle)


def test_without_workers_an_experiment_says_why_it_failed(gate: Gate) -> None:
    def nobody() -> Any:
        raise ClusterMissing("No Dask scheduler answers.")

    with in_charge(nobody):
        status = ended(jobs.start_experiment(SWEEP, owner="ada"))
    assert status.experiment.state == "failed"
    assert status.experiment.message == "No Dask scheduler answers."
    assert repository.find_experiment(status.experiment.id).message == "No Dask scheduler answers."


def test_an_experiment_goes_on_without_a_history(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNVIZ_DATABASE_URL", "nonsense")
    gate.open = 99
    status = ended(jobs.start_experiment(SWEEP, owner="ada"))
    assert status.experiment.state == "done"
    assert len(status.runs) == 8
    assert "could not be written down" in status.experiment.message
    assert jobs.find_run(status.runs[3].id).answers is not None


def test_rows_wait_while_the_history_is_missing(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    record = repository.record_run
    missing = True

    def sometimes(run: Run) -> Run:
        if missing:
            raise repository.DatabaseUnavailable("The disk is full.")
        return record(run)

    monkeypatch.setattr(repository, "record_run", sometimes)
    gate.open = 4
    experiment = jobs.start_experiment(SWEEP, owner="ada")
    wait_until(lambda: len(jobs.experiment_status(experiment).runs) == 4)
    assert repository.runs_of_experiment(experiment) == ()
    missing = False
    gate.open = 8
    status = ended(experiment)
    assert status.experiment.state == "done"
    assert status.experiment.message == ""
    assert [run.number for run in repository.runs_of_experiment(experiment)] == list(range(8))


def test_on_somebody_else_s_cluster_every_row_is_kept_once_though_a_worker_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = Outside(tmp_path)
    monkeypatch.setenv("NNVIZ_DASK_SCHEDULER", outside.address)
    asked = replace(SWEEP, spec=DataSpec("study"), settings=SMALL | {"max_iter": 3})
    with a_real_one():
        experiment = jobs.start_experiment(asked, owner="ada")
        wait_until(lambda: len(repository.runs_of_experiment(experiment)) >= 2)
        outside.workers[0].send_signal(signal.SIGKILL)
        outside.workers[0].wait()
        wait_until(lambda: not jobs.experiment_status(experiment).live)
        kept = repository.runs_of_experiment(experiment)
    outside.close()
    assert jobs.experiment_status(experiment).experiment.state == "done"
    assert [run.number for run in kept] == list(range(8)), "each once"
    assert [run.card.metrics for run in kept] == [run.card.metrics for run in here(asked)]
