"""Landscapes in the background: found by a worker as they would be found here, joined, stopped, kept."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from nnviz import jobs
from nnviz.core.identity import Actor, NotYours
from nnviz.core.landscapes import Landscape
from nnviz.inference import flat
from nnviz.inspection import landscape
from nnviz.inspection.landscape import Survey
from nnviz.jobs import LandscapeSpec, worker
from nnviz.jobs.scheduling import Scheduler
from tests.experimenting import wait_until
from tests.inspection.test_landscape import digits, toy
from tests.jobs.faking import FakeClient, in_charge

SPEC = LandscapeSpec("0123456789abcdef", "line")


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


@pytest.fixture(autouse=True)
def scheduler(own_home: None, client: FakeClient) -> Iterator[Scheduler]:
    with in_charge(lambda: client) as scheduler:
        yield scheduler


def asked() -> Survey:
    x, labels = digits(10)
    a, b = (flat.values(toy(seed)) for seed in (1, 2))
    tracks = [("corners", np.arange(2), np.stack([a, b]))]
    return landscape.survey(toy(1), x, labels, landscape.line(a, b), tracks, side=3)


def told() -> jobs.Job:
    status = jobs.landscape_status(SPEC)
    assert status is not None
    return status.job


def test_who_wants_the_same_one_waits_for_the_same_job_and_nobody_else_stops_it(client: FakeClient) -> None:
    first = jobs.start_landscape(SPEC, asked(), owner="me", title="a line")
    assert jobs.start_landscape(SPEC, asked(), owner="you", title="a line") == first
    wait_until(lambda: client.futures)
    with pytest.raises(NotYours):
        jobs.stop_landscape(SPEC, by=Actor("stranger"))
    jobs.stop_landscape(SPEC, by=Actor("me"))
    assert jobs.landscape_of_owner("me") is None
    assert told().live, "the other one still waits for it"
    jobs.stop_landscape(SPEC, by=Actor("you"))
    assert (told().state, told().message) == ("done", "Stopped.")
    assert jobs.find_landscape(SPEC) is None


def test_it_is_found_again_by_another_process_and_a_sentence_says_why_there_is_none(
    client: FakeClient,
) -> None:
    job = jobs.start_landscape(SPEC, asked(), owner="me", title="a line")
    wait_until(lambda: client.futures)
    client.futures[0].set_result(landscape.draw(asked()))
    wait_until(lambda: not told().live)
    with in_charge():
        assert jobs.find_landscape(SPEC) is not None
        assert jobs.find_job(job).state == "done"
    other = LandscapeSpec("f" * 16, "race")
    jobs.start_landscape(other, asked(), owner="me", title="a race")
    wait_until(lambda: len(client.futures) == 2)
    client.futures[1].set_result("There is no plane.")
    wait_until(lambda: jobs.landscape_of_owner("me") is None)
    status = jobs.landscape_status(other)
    assert status is not None
    assert (status.job.state, status.job.message) == ("failed", "There is no plane.")
    assert jobs.find_landscape(other) is None


class Watch:
    """Says stop after so many networks."""

    def __init__(self, most: int = 10**9) -> None:
        self.most = most

    def batch(self, done: int, total: int) -> bool:
        return done >= self.most


def test_a_worker_finds_what_would_be_found_here_and_stops_in_between() -> None:
    sent = pickle.loads(pickle.dumps(asked()))  # as it goes to a worker
    found = worker.find_landscape(Watch(), sent)  # type: ignore[arg-type]
    assert isinstance(found, Landscape)
    np.testing.assert_array_equal(found.losses, landscape.draw(asked()).losses)
    assert worker.find_landscape(Watch(3), sent) is None  # type: ignore[arg-type]
