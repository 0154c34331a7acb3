"""One pupil asks for more than the machine has; another's training of a second is done all the same."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from nnviz import jobs
from nnviz.core.identity import PROGRAM
from nnviz.data.splits import DataSpec
from nnviz.experiments.plan import Plan
from nnviz.history import repository
from nnviz.jobs import EmbeddingSpec, background
from nnviz.jobs.records import Job
from tests.experimenting import wait_until
from tests.jobs.faking import a_real_one

SPEC = DataSpec(n=600, n_test=100)
SECOND: dict[str, Any] = {"hidden_layer_sizes": (100, 64), "max_iter": 60, "random_state": 3}
ENDLESS: dict[str, Any] = {"hidden_layer_sizes": (8,), "max_iter": 10_000, "batch_size": 2, "tol": 0.0}
FAR: dict[str, Any] = {"address": "10.0.0.66", "confirmed": True}
LONG = Plan("greedy", SPEC, ENDLESS, ({"alpha": (0.0, 1e-5, 2e-5, 3e-5)},), (1,))


@pytest.fixture(autouse=True)
def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A home of its own, and two workers."""
    monkeypatch.delenv("NNVIZ_DASK_SCHEDULER", raising=False)
    monkeypatch.setenv("NNVIZ_WORKERS", "2")
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    repository.close()
    with a_real_one():
        yield
    repository.close()


def ended(job_id: str) -> Job:
    wait_until(lambda: not jobs.find_job(job_id).live)
    return jobs.find_job(job_id)


def learning(job_id: str) -> None:
    wait_until(lambda: jobs.find_job(job_id).history.epochs)


def greedy_experiment() -> str:
    return jobs.start_experiment(LONG, owner="greedy", **FAR)


def forty_maps() -> list[str]:
    rng = np.random.default_rng(0)
    codes = rng.normal(0, 1, (4000, 16)).astype(np.float32)
    return [
        jobs.start_embedding(
            EmbeddingSpec("0" * 16, "tsne", 30.0, seed), codes, owner=f"g{seed}", address="10.0.0.66"
        )
        for seed in range(40)
    ]


def fifteen_sessions() -> list[str]:
    """Each browser without a cookie is another owner."""
    sessions = [f"session {number}" for number in range(15)]
    return [
        jobs.start_training("mlp", SPEC, ENDLESS, owner=owner, **FAR) for _ in range(10) for owner in sessions
    ]


def test_a_training_of_a_second_is_done_while_four_long_trials_forty_maps_and_150_trainings_are_not(
    record_property: Any,
) -> None:
    experiment = greedy_experiment()
    wait_until(lambda: any(lane.soft for lane in background.scheduler()._lanes.values()))
    maps, trainings = forty_maps(), fifteen_sessions()
    began = time.monotonic()
    job = ended(jobs.start_training("mlp", SPEC, SECOND, owner="pupil", address="10.0.0.7"))
    seconds = time.monotonic() - began
    record_property("seconds", seconds)
    print(f"waited {seconds:.1f} s")
    assert (job.state, len(job.history.epochs)) == ("done", 60)
    assert jobs.experiment_status(experiment).runs == ()
    assert all(jobs.find_job(each).live for each in trainings)
    assert sum(not jobs.find_job(each).live for each in maps) < 3
    for number in range(50):
        jobs.start_training("mlp", SPEC, ENDLESS, owner=f"more {number}", **FAR)
    with pytest.raises(jobs.JobError, match="200 trainings from your network"):
        jobs.start_training("mlp", SPEC, ENDLESS, owner="one more", **FAR)
    jobs.start_training("mlp", SPEC, SECOND, owner="pupil", address="10.0.0.7")  # there is room for others


def test_who_came_first_with_something_long_takes_turns_with_who_came_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nnviz.jobs.queue.SLICE", 0.5)
    long = [jobs.start_training("mlp", SPEC, ENDLESS, owner=owner, confirmed=True) for owner in "abcd"]
    for each in long:
        learning(each)
    scheduler = background.scheduler()
    for _ in range(20):  # at most two at a time, and those that wait know their place
        with scheduler._lock:
            assert sum(lane.holds for lane in scheduler._lanes.values()) <= 2
        time.sleep(0.05)
    wait_until(lambda: any(jobs.find_job(each).place for each in long))
    waits = next(each for each in long if jobs.find_job(each).place)
    jobs.stop_job(waits, by=PROGRAM)
    job = ended(waits)
    assert (job.state, job.history.ending) == ("done", "stopped"), "what waits in the midst keeps its network"
    assert job.result


def test_what_takes_hours_is_started_only_when_that_is_meant() -> None:
    settings = {"hidden_layer_sizes": (100, 64), "max_iter": 10_000, "batch_size": 1}
    long = replace(LONG, spec=DataSpec(), settings=settings)
    with pytest.raises(jobs.TooLong, match=r"takes about \d+ hour") as refused:
        jobs.start_experiment(long, owner="greedy")
    assert refused.value.seconds > 3600
    with pytest.raises(jobs.TooLong):
        jobs.start_training("mlp", DataSpec("full"), {"max_iter": 10_000}, owner="greedy")
    assert jobs.jobs_of("greedy") == ()


def test_a_frozen_idle_worker_holds_up_neither_a_training_nor_a_stop() -> None:
    busy = jobs.start_training("mlp", SPEC, ENDLESS, owner="a", confirmed=True)
    learning(busy)
    [lane] = background.scheduler()._lanes.values()
    pids = jobs.client().run(os.getpid)
    frozen = next(pid for address, pid in pids.items() if address != lane.worker)
    os.kill(frozen, signal.SIGSTOP)
    try:
        other = replace(SPEC, seed=5)  # whose digits no worker has
        job = ended(jobs.start_training("mlp", other, SECOND, owner="b"))
        assert (job.state, len(job.history.epochs)) == ("done", 60)
        assert jobs.find_job(busy).live
        jobs.stop_job(busy, by=PROGRAM)
        assert ended(busy).history.ending == "stopped"
    finally:
        if psutil.pid_exists(frozen):  # else it was replaced meanwhile
            os.kill(frozen, signal.SIGCONT)


@pytest.mark.attack
@pytest.mark.slow
def test_ten_pupils_get_their_trainings_of_a_second_within_ten_seconds() -> None:
    jobs.client()  # as when the app has been opened
    greedy_experiment()
    forty_maps()
    fifteen_sessions()
    waited = []
    for number in range(10):
        began = time.monotonic()
        job = ended(jobs.start_training("mlp", SPEC, SECOND, owner=f"p{number}", address=f"10.0.1.{number}"))
        waited.append(time.monotonic() - began)
        assert job.state == "done"
    print("seconds:", *(f"{each:.1f}" for each in sorted(waited)))
    assert max(waited) < 10
