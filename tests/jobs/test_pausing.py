"""A training in its owner's hand: paused, a step further, and let go; without workers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nnviz import jobs
from nnviz.core.identity import Actor, NotYours
from nnviz.data.splits import DataSpec
from nnviz.jobs import dispatch
from nnviz.jobs.live_job import PAUSE, Lane
from nnviz.jobs.records import Job
from nnviz.jobs.scheduling import Scheduler
from nnviz.jobs.trainings import TrainingJob
from tests.jobs.faking import in_charge

ADA, BOB, TEACHER = Actor("ada"), Actor("bob"), Actor("eve", is_teacher=True)
ID = f"{1:016x}"


class Waiting(TrainingJob):
    """Is carried out by nobody; a test says what its worker would."""

    def carry_out(self, scheduler: Scheduler) -> Job:
        while self.stopping is None and scheduler.looks_after(self.job.id) and not scheduler._closed:
            time.sleep(0.01)
        return self.ended("done", "")


@pytest.fixture
def scheduler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scheduler]:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    with in_charge() as scheduler:
        yield scheduler


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the worker was told, in the order of telling."""
    found: list[str] = []

    def pass_on(cluster: Any, lane: Lane, *, goes_on: bool) -> None:
        lane.told += 1
        found.append((lane.live.until or "go on") if goes_on else "wait")

    monkeypatch.setattr(dispatch, "pass_on_turn", pass_on)
    return found


def begun(scheduler: Scheduler, kind: str = "mlp") -> Waiting:
    """A training of Ada's that a worker is at."""
    job = Job(ID, "ada", kind, "t", total_epochs=9)
    live = Waiting(job=job, spec=DataSpec(), settings={})
    scheduler.enter(live)
    until(lambda: live.job.state == "running")
    scheduler.hear({"job": ID, "run": "a run", "began": "tcp://x"})
    return live


def until(happens: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not happens():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def waits(scheduler: Scheduler, live: Waiting) -> None:
    """The worker says that it waits."""
    scheduler.hear({"job": ID, "run": "a run", "waits": live.lanes[0].told})


def test_it_is_paused_goes_a_batch_and_an_epoch_further_and_goes_on(
    scheduler: Scheduler, told: list[str]
) -> None:
    live = begun(scheduler)
    jobs.steer_job(ID, "pause", by=ADA)
    assert told == ["wait"]
    waits(scheduler, live)
    assert not live.lanes[0].holds, "others have its worker"
    paused = jobs.find_job(ID)
    assert paused.rests == pytest.approx(PAUSE, abs=5)
    assert paused.place == 0, "it waits for nobody"

    for what in ("batch", "epoch"):
        jobs.steer_job(ID, what, by=TEACHER)  # type: ignore[arg-type]
        assert told[-1] == what
        assert live.lanes[0].holds
        waits(scheduler, live)
        assert not live.lanes[0].holds
        assert jobs.find_job(ID).rests is not None
    jobs.steer_job(ID, "go on", by=ADA)
    assert told == ["wait", "batch", "epoch", "go on"]
    assert jobs.find_job(ID).rests is None


def test_a_step_is_taken_from_the_midst_of_a_training_and_of_another_step(
    scheduler: Scheduler, told: list[str]
) -> None:
    live = begun(scheduler)
    jobs.steer_job(ID, "epoch", by=ADA)
    late = live.lanes[0].told
    jobs.steer_job(ID, "batch", by=ADA)
    assert told == ["epoch", "batch"]
    scheduler.hear({"job": ID, "run": "a run", "waits": late})
    assert live.lanes[0].holds, "that was the end of the step before"
    waits(scheduler, live)
    assert not live.lanes[0].holds


def test_only_its_owner_and_the_teacher_steer_it(scheduler: Scheduler, told: list[str]) -> None:
    begun(scheduler)
    for what in ("pause", "batch", "epoch", "go on"):
        with pytest.raises(NotYours, match="Only its owner or the teacher may pause"):
            jobs.steer_job(ID, what, by=BOB)  # type: ignore[arg-type]
    assert told == []
    with pytest.raises(jobs.JobMissing):
        jobs.steer_job(f"{2:016x}", "pause", by=BOB)


def test_a_pause_that_is_forgotten_ends_and_says_so(
    scheduler: Scheduler, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    live = begun(scheduler)
    jobs.steer_job(ID, "pause", by=ADA)
    waits(scheduler, live)
    with scheduler._lock:
        assert live.paused is not None
        live.paused -= PAUSE + 1
    until(lambda: jobs.find_job(ID).rests is None)
    assert told[-1] == "go on"
    assert "went on by itself after 5 minutes" in jobs.find_job(ID).message


def test_what_has_not_begun_or_has_ended_cannot_be_paused(scheduler: Scheduler, told: list[str]) -> None:
    begun(scheduler)
    job = Job(f"{2:016x}", "ada", "mlp", "t")
    scheduler.enter(Waiting(job=job, spec=DataSpec(), settings={}))
    with pytest.raises(jobs.JobError, match="under way"):
        jobs.steer_job(job.id, "pause", by=ADA)
    jobs.stop_job(ID, by=ADA)
    until(lambda: not jobs.find_job(ID).live)
    with pytest.raises(jobs.JobError, match="under way"):
        jobs.steer_job(ID, "pause", by=ADA)
