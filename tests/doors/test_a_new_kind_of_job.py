"""A new kind of job that is neither a training nor an experiment: a `WantedJob` with a task and a spec."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nnviz.core.identity import Actor
from nnviz.jobs import Job, JobError, background, job_files, wanted
from nnviz.jobs.wanted import WantedJob
from tests.experimenting import wait_until
from tests.jobs.faking import FakeClient, in_charge


def count_ink(watch: Any, digits: int) -> int:
    """The toy's task."""
    return digits * 784


@dataclass(eq=False, kw_only=True)
class ToyJob(WantedJob):
    """Counts pixels."""

    noun = "count"
    most_own = 1
    most_live = 10

    pixels: int = 0

    def task(self, client: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return count_ink, (self.spec,)

    def take_in(self, outcome: int) -> Job:
        self.pixels = outcome
        return self.ended("done")


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeClient]:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    client = FakeClient()
    with in_charge(lambda: client):
        yield client


def start(digits: int, owner: str) -> str:
    job = Job(job_files.new_id(), owner, "embedding", "a count", total_epochs=1)
    return background.scheduler().enter(ToyJob(job=job, spec=digits))


def test_it_waits_in_the_queue_is_joined_stopped_and_taken_in(client: FakeClient) -> None:
    first = start(3, "me")
    assert start(3, "you") == first, "of the same spec there is one"
    with pytest.raises(JobError, match="A count of yours"):
        start(4, "me")
    wait_until(lambda: client.futures)
    wanted.stop(ToyJob, 3, by=Actor("me"))
    assert wanted.of_owner(ToyJob, "me") is None
    assert wanted.of_owner(ToyJob, "you") is not None
    client.futures[0].set_result(count_ink(None, 3))
    wait_until(lambda: wanted.of_owner(ToyJob, "you") is None)
    found = wanted.of_spec(ToyJob, 3)
    assert found is not None
    assert found.pixels == 2352
    assert background.find_job(first).state == "done"
