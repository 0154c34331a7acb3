"""Maps in the background: drawn by a worker, joined, stopped, kept, and refused before they begin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnviz import jobs
from nnviz.core.identity import Actor, NotYours
from nnviz.core.records import Array
from nnviz.jobs import EmbeddingSpec
from nnviz.jobs.cluster import ClusterMissing
from nnviz.jobs.embeddings import EmbeddingJob
from nnviz.jobs.scheduling import Scheduler
from nnviz.representations import embedding, embedding_files
from nnviz.representations.embedding import Map
from tests.experimenting import wait_until
from tests.jobs.faking import FakeClient, a_real_one, in_charge

OF = "0123456789abcdef"
SPEC = EmbeddingSpec(OF, "tsne", 12.0, 7)


def codes(n: int = 120) -> Array:
    rng = np.random.default_rng(0)
    return (np.eye(8)[rng.integers(0, 3, n)] * 9 + rng.normal(0, 1, (n, 8))).astype(np.float32)


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


def drawn(spec: EmbeddingSpec = SPEC) -> Map:
    points = np.random.default_rng(1).normal(size=(120, 2)).astype(np.float32)
    return Map(spec.method, spec.value, spec.seed, points, 1.0)


def told(spec: EmbeddingSpec = SPEC) -> jobs.Job:
    status = jobs.embedding_status(spec)
    assert status is not None
    assert status.spec == spec
    return status.job


def hear(scheduler: Scheduler, *steps: tuple[int, int]) -> None:
    """What a worker says of the map: that it has begun, and its steps."""
    [live] = [live for live in scheduler.known(EmbeddingJob) if live.job.live]
    for told in ({"began": "tcp://x"}, *({"epochs": [], "batch": step} for step in steps)):
        scheduler.hear({"job": live.job.id, "run": "r", **told})


def test_a_map_is_waited_for_then_told_of_then_there(scheduler: Scheduler, client: FakeClient) -> None:
    job_id = jobs.start_embedding(SPEC, codes(), owner="me")
    assert (told().live, told().message) == (True, "Waiting until this computer is ready …")
    wait_until(lambda: client.futures)
    hear(scheduler, (0, 1), (50, 1000), (100, 1000))
    assert (told().state, told().batch, told().message) == ("running", (100, 1000), "")
    assert told() == jobs.find_job(job_id)
    assert jobs.find_embedding(SPEC) is None
    client.futures[0].set_result(drawn())
    wait_until(lambda: jobs.embedding_of_owner("me") is None)
    assert (told().state, told().left) == ("done", None)
    with in_charge():
        found = jobs.find_embedding(SPEC)
        assert found is not None, "another process of the app finds it too"
        np.testing.assert_array_equal(found.points, drawn().points)
        assert jobs.find_job(job_id).state == "done"


def test_the_time_left_is_told_by_the_steps_and_not_by_the_loading() -> None:
    job = jobs.Job("0" * 16, "me", "embedding", "t", state="running", total_epochs=1)
    live = EmbeddingJob(job=job, spec=SPEC, codes=codes())
    live.hear({"run": "r", "began": "tcp://x"}, now=0.0)
    for now, done in ((30.0, 0), (31.0, 50)):
        live.hear({"run": "r", "epochs": [], "batch": [done, 1000]}, now)
        assert live.left(now) is None
    live.hear({"run": "r", "epochs": [], "batch": [150, 1000]}, now=33.0)
    assert live.left(now=33.0) == pytest.approx(17), "100 steps took 2 s, 850 remain"


def test_who_wants_the_same_map_waits_for_the_same_one_and_the_last_to_leave_stops_it(
    client: FakeClient,
) -> None:
    first = jobs.start_embedding(SPEC, codes(), owner="me")
    assert jobs.start_embedding(SPEC, codes(), owner="you") == first
    wait_until(lambda: client.futures)
    assert len(client.futures) == 1
    jobs.stop_embedding(SPEC, by=Actor("me"))
    assert jobs.embedding_of_owner("me") is None
    assert jobs.embedding_of_owner("you") is not None
    jobs.stop_embedding(SPEC, by=Actor("you"))
    assert (told().state, told().message) == ("done", "Stopped.")
    wait_until(lambda: client.futures[0].done())
    assert jobs.find_embedding(SPEC) is None
    assert jobs.start_embedding(SPEC, codes(), owner="me") != first
    assert jobs.embedding_of_owner("me") is not None, "it may be asked for again"


def test_the_teacher_stops_a_map_for_all_who_wait_for_it() -> None:
    jobs.start_embedding(SPEC, codes(), owner="me")
    jobs.start_embedding(SPEC, codes(), owner="you")
    jobs.stop_embedding(SPEC, by=Actor("t", is_teacher=True))
    assert jobs.embedding_of_owner("me", "you") is None


def test_a_stranger_stops_nothing() -> None:
    jobs.start_embedding(SPEC, codes(), owner="me")
    with pytest.raises(NotYours, match="Only its owner or the teacher"):
        jobs.stop_embedding(SPEC, by=Actor("you"))
    assert jobs.embedding_of_owner("me") is not None
    jobs.stop_embedding(EmbeddingSpec(OF, "tsne", 99.0, 7), by=Actor("me"))
    assert jobs.embedding_of_owner("me") is not None


def test_a_forged_stop_of_a_map_ends_it_for_nobody_else() -> None:
    job_id = jobs.start_embedding(SPEC, codes(), owner="a")
    jobs.start_embedding(SPEC, codes(), owner="b")
    with pytest.raises(NotYours):
        jobs.stop_job(job_id, by=Actor("stranger"))
    jobs.stop_job(job_id, by=Actor("b"))  # who knows the id of the map that they wait for too
    assert told().live
    with pytest.raises(NotYours):
        jobs.stop_job(job_id, by=Actor("b"))
    jobs.stop_job(job_id, by=Actor("a"))
    assert not told().live


def test_one_map_at_a_time_is_drawn_for_everybody() -> None:
    other = EmbeddingSpec(OF, "umap", 5.0, 7)
    jobs.start_embedding(SPEC, codes(), owner="me")
    with pytest.raises(jobs.JobError, match="A map of yours is waiting or running"):
        jobs.start_embedding(other, codes(), owner="me")
    jobs.start_embedding(other, codes(), owner="you")
    with pytest.raises(jobs.JobError, match="A map of yours is waiting or running"):
        jobs.start_embedding(SPEC, codes(), owner="you")


def test_maps_wait_for_workers_in_the_queue_of_all_jobs(client: FakeClient) -> None:
    for owner, value in (("a", 5.0), ("b", 6.0), ("c", 7.0), ("d", 8.0)):
        jobs.start_embedding(EmbeddingSpec(OF, "tsne", value, 7), codes(), owner=owner)
    states = [told(EmbeddingSpec(OF, "tsne", value, 7)) for value in (5.0, 6.0, 7.0, 8.0)]
    assert [job.state for job in states] == ["running", "running", "queued", "queued"]
    assert [job.place for job in states] == [0, 0, 1, 2]
    wait_until(lambda: len(client.futures) == 2)
    jobs.stop_embedding(EmbeddingSpec(OF, "tsne", 5.0, 7), by=Actor("a"))
    wait_until(lambda: len(client.futures) == 3)
    assert told(EmbeddingSpec(OF, "tsne", 8.0, 7)).place == 1


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (
            EmbeddingSpec(OF, "tsne", 120.0, 7),
            "perplexity has to be at least 2 and less than the 120 digits, not 120",
        ),
        (EmbeddingSpec(OF, "umap", 1.0, 7), "number of neighbours"),
        (EmbeddingSpec(OF, "isomap", 5.0, 7), "one of pca, tsne, umap"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_a_sentence(spec: EmbeddingSpec, expected: str) -> None:
    with pytest.raises(jobs.JobError, match=expected):
        jobs.start_embedding(spec, codes(), owner="me")
    assert jobs.embedding_status(spec) is None


def test_a_network_that_gives_every_digit_the_same_code_has_no_map() -> None:
    with pytest.raises(jobs.JobError, match="same code"):
        jobs.start_embedding(SPEC, np.ones((120, 8), np.float32), owner="me")


def test_a_worker_that_fails_and_a_missing_cluster_are_told_in_a_sentence(
    client: FakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    jobs.start_embedding(SPEC, codes(), owner="me")
    wait_until(lambda: client.futures)
    client.futures[0].set_exception(RuntimeError("no"))
    wait_until(lambda: jobs.embedding_of_owner("me") is None)
    assert told().state == "failed"
    assert "RuntimeError" in told().message

    def nobody() -> Any:
        raise ClusterMissing("No scheduler answers.")

    with in_charge(nobody):
        jobs.start_embedding(SPEC, codes(), owner="me")
        wait_until(lambda: not told().live)
        assert (told().state, told().message) == ("failed", "No scheduler answers.")


def test_a_map_whose_data_were_lost_with_a_worker_is_drawn_again(client: FakeClient) -> None:
    jobs.start_embedding(SPEC, codes(), owner="me")
    wait_until(lambda: client.futures)
    client.futures[0].set_exception(OSError("connection lost"))
    wait_until(lambda: len(client.futures) == 2)
    client.futures[1].set_result(drawn())
    wait_until(lambda: jobs.find_embedding(SPEC))
    wait_until(lambda: not told().live)
    assert told().state == "done"


def test_a_map_that_cannot_be_kept_is_there_all_the_same(
    client: FakeClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(drawn: Map, of: str) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(embedding_files, "keep_map", full)
    jobs.start_embedding(SPEC, codes(), owner="me")
    wait_until(lambda: client.futures)
    client.futures[0].set_result(drawn())
    wait_until(lambda: not told().live)
    found = jobs.find_embedding(SPEC)
    assert found is not None
    np.testing.assert_array_equal(found.points, drawn().points)
    assert "no space left" in caplog.text
    with in_charge():
        assert jobs.find_embedding(SPEC) is None, "in no file"


def test_a_worker_draws_what_would_be_drawn_here() -> None:
    plane = EmbeddingSpec(OF, "pca", 0.0, 42)
    with a_real_one():
        jobs.start_embedding(plane, codes(), owner="me")
        wait_until(lambda: jobs.find_embedding(plane))
        found = jobs.find_embedding(plane)
        assert found is not None
        np.testing.assert_allclose(found.points, embedding.draw("pca", codes()).points, atol=1e-4)
        wait_until(lambda: jobs.embedding_of_owner("me") is None)
