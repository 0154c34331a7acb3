"""Trainings whose server is killed are begun again by the next one, by one alone, and not without end."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nnviz import jobs
from nnviz.core import paths
from nnviz.core.identity import PROGRAM
from nnviz.data.splits import DataSpec
from nnviz.history import repository
from nnviz.jobs import job_files, trainings
from nnviz.jobs.records import Job
from tests.experimenting import wait_until
from tests.jobs.faking import FakeClient, a_real_one, in_charge

SPEC = DataSpec(n=600, n_test=100)
SETTINGS: dict[str, Any] = {"hidden_layer_sizes": (8, 4), "max_iter": 5, "random_state": 3}
KILLED = """
import os, signal
from tests.jobs.faking import FakeClient, in_charge
from tests.jobs.test_taken_up import ask, is_begun, wait_until
from nnviz import jobs
with in_charge(FakeClient):
    ids = [ask(), ask()]
    wait_until(lambda: is_begun(ids[0]))
    print(*ids, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.delenv("NNVIZ_DATABASE_URL", raising=False)
    monkeypatch.delenv("NNVIZ_DASK_SCHEDULER", raising=False)
    yield tmp_path
    repository.close()


def is_begun(job_id: str, times: int = 1) -> bool:
    """Whether it is written down that so many processes have begun with it."""
    return f'"tried": {times}' in (paths.home() / "jobs" / f"{job_id}.order").read_text()


def ask() -> str:
    return jobs.start_training("mlp", SPEC, SETTINGS, owner="ada", title="Hers", address="10.0.0.7")


def asked_and_killed() -> list[str]:
    """The ids of two trainings, one begun and one waiting, of a process that was killed."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    return done.stdout.split()


def kill_again(job_id: str, home: Path) -> None:
    """As if the process that has the training now had been killed."""
    path = home / "jobs" / f"{job_id}.json"
    told = json.loads(path.read_text())
    path.write_text(json.dumps(told | {"state": "running", "process": told["process"] | {"began": "x"}}))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a kill that cannot be caught")
def test_what_a_killed_server_was_asked_for_is_carried_out_by_the_next() -> None:
    ids = asked_and_killed()
    assert {jobs.find_job(each).state for each in ids} == {"queued"}, "nobody is told that it is lost"
    with a_real_one():
        jobs.take_up()
        ended = []
        for each in ids:
            wait_until(lambda each=each: not jobs.find_job(each).live)  # type: ignore[misc]
            ended.append(jobs.find_job(each))
        untouched = ask()
        wait_until(lambda: not jobs.find_job(untouched).live)
    assert [(job.state, job.owner, job.title, len(job.history.epochs)) for job in ended] == [
        ("done", "ada", "Hers", 5)
    ] * 2
    assert "broke off" in ended[0].message
    assert ended[1].message == ""
    losses = [[epoch.loss for epoch in job.history.epochs] for job in (*ended, jobs.find_job(untouched))]
    assert losses[0] == losses[1] == losses[2], "it comes out as if nothing had been"
    assert not jobs.is_any_ordered()


def test_of_two_servers_one_takes_a_training_up_and_what_kills_each_is_left_at_last(home: Path) -> None:
    with in_charge(FakeClient):
        job_id = ask()
        wait_until(lambda: is_begun(job_id))
    for number in range(1, trainings.MOST_TRIED):
        kill_again(job_id, home)
        with in_charge(FakeClient) as scheduler:
            jobs.take_up()
            assert scheduler.looks_after(job_id)
            wait_until(functools.partial(is_begun, job_id, number + 1))
            jobs.take_up()
            with in_charge(FakeClient) as other:
                jobs.take_up()
                assert not other.looks_after(job_id), "it is the first one's"
    kill_again(job_id, home)
    with in_charge(FakeClient) as scheduler:
        jobs.take_up()
        assert not scheduler.looks_after(job_id)
    assert jobs.find_job(job_id).message == job_files.GONE
    assert not jobs.is_any_ordered()


def test_what_was_stopped_or_has_ended_is_not_begun_again(home: Path) -> None:
    with in_charge(FakeClient):
        job_id = ask()
        jobs.stop_job(job_id, by=PROGRAM)
        job_files.write_order(job_id, {"spec": {}, "settings": {}})  # as after a kill just before it went
        jobs.take_up()
        assert not jobs.find_job(job_id).live
        assert not jobs.is_any_ordered()


@pytest.mark.parametrize(
    "order", [{}, {"spec": {"source": "x"}, "settings": {}}, {"spec": 3}, {"settings": {"a": 1}}]
)
def test_an_order_that_makes_no_sense_is_no_trouble(order: dict[str, Any], home: Path) -> None:
    job = Job(job_files.new_id(), "ada", "mlp", "Hers")
    job_files.write_job(job)
    job_files.write_order(job.id, order)
    kill_again(job.id, home)
    os.utime(home / "jobs" / f"{job.id}.order", (1000, 1000))
    with in_charge(FakeClient) as scheduler:
        jobs.take_up()
        assert not scheduler.looks_after(job.id)
    assert not jobs.is_any_ordered()


def test_the_mark_of_a_killed_process_is_taken_away_and_only_later_there_is_a_new_one(home: Path) -> None:
    record = home / "jobs" / "a.json"
    mark = record.with_suffix(".taking")
    mark.parent.mkdir()
    mark.touch()
    os.utime(mark, (0, 0))
    with job_files._claim(record) as mine:
        assert not mine, "who found it as old as this one may be about to take it away"
    assert not mark.exists()
    with job_files._claim(record) as mine, job_files._claim(record) as too:
        assert (mine, too) == (True, False)
    assert not mark.exists()
