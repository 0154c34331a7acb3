"""Maps in the background: drawn by a worker, joined, stopped, kept, and refused before they begin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnviz import jobs
from nnviz.core.records import Array
from nnviz.jobs import embeddings
from nnviz.jobs.cluster import ClusterMissing
from nnviz.jobs.embeddings import MapRefused, Office, Wanted
from nnviz.representations import embedding
from nnviz.representations.embedding import Map
from tests.experimenting import wait_until

OF = "0123456789abcdef"
WANTED = Wanted(OF, "tsne", 12.0, 7)


def codes(n: int = 120) -> Array:
    rng = np.random.default_rng(0)
    return (np.eye(8)[rng.integers(0, 3, n)] * 9 + rng.normal(0, 1, (n, 8))).astype(np.float32)


class Bench:
    """A client whose futures end when a test says so."""

    def __init__(self) -> None:
        self.futures: list[Future[Any]] = []
        self.hear: Callable[[Any], None] = lambda event: None

    def subscribe_topic(self, topic: str, handler: Callable[[Any], None]) -> None:
        self.hear = handler

    def unsubscribe_topic(self, topic: str) -> None: ...

    def submit(self, *task: Any, **how: Any) -> Future[Any]:
        future: Any = Future()
        future.cancel = lambda force=True: future.set_result(None)
        self.futures.append(future)
        return future

    def step(self, done: int, total: int) -> None:
        self.hear((0.0, {"step": (done, total)}))


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def office(bench: Bench) -> Iterator[Office]:
    office = Office(lambda: bench)
    yield office
    office.close()


def drawn(wanted: Wanted = WANTED) -> Map:
    points = np.random.default_rng(1).normal(size=(120, 2)).astype(np.float32)
    return Map(wanted.method, wanted.value, wanted.seed, points, 1.0)


def test_a_map_is_waited_for_then_told_of_then_there(office: Office, bench: Bench) -> None:
    office.start(WANTED, codes(), owner="me")
    progress = office.look(WANTED)
    assert progress is not None
    assert (progress.state, progress.live) == ("waiting", True)
    wait_until(lambda: bench.futures)
    bench.step(50, 1000)
    bench.step(100, 1000)
    progress = office.look(WANTED)
    assert progress is not None
    assert (progress.state, progress.done, progress.total) == ("running", 100, 1000)
    assert progress.left is not None
    assert progress.left >= 0
    assert office.find(WANTED) is None
    bench.futures[0].set_result(drawn())
    wait_until(lambda: office.find(WANTED))
    wait_until(lambda: office.of("me") is None)
    found = Office(lambda: bench).find(WANTED)
    assert found is not None, "another process of the app finds it too"
    np.testing.assert_array_equal(found.points, drawn().points)


def test_who_wants_the_same_map_waits_for_the_same_one_and_the_last_to_leave_stops_it(
    office: Office, bench: Bench
) -> None:
    office.start(WANTED, codes(), owner="me")
    office.start(WANTED, codes(), owner="you")
    wait_until(lambda: bench.futures)
    assert len(bench.futures) == 1
    office.stop(WANTED, owner="me")
    assert office.of("me") is None
    assert office.of("you") is not None
    office.stop(WANTED, owner="you")
    progress = office.look(WANTED)
    assert progress is not None
    assert progress.state == "stopped"
    wait_until(lambda: bench.futures[0].done())
    assert office.find(WANTED) is None
    office.start(WANTED, codes(), owner="me")
    assert office.of("me") is not None, "it may be asked for again"


def test_a_stranger_stops_nothing(office: Office, bench: Bench) -> None:
    office.start(WANTED, codes(), owner="me")
    office.stop(WANTED, owner="you")
    assert office.of("me") is not None
    office.stop(Wanted(OF, "tsne", 99.0, 7), owner="me")
    assert office.of("me") is not None


def test_one_map_at_a_time_is_drawn_for_everybody(office: Office) -> None:
    office.start(WANTED, codes(), owner="me")
    with pytest.raises(MapRefused, match="still being drawn"):
        office.start(Wanted(OF, "umap", 5.0, 7), codes(), owner="me")
    office.start(Wanted(OF, "umap", 5.0, 7), codes(), owner="you")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (
            Wanted(OF, "tsne", 120.0, 7),
            "perplexity has to be at least 2 and less than the 120 digits, not 120",
        ),
        (Wanted(OF, "umap", 1.0, 7), "number of neighbours"),
        (Wanted(OF, "isomap", 5.0, 7), "one of pca, tsne, umap"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_a_sentence(office: Office, wanted: Wanted, expected: str) -> None:
    with pytest.raises(MapRefused, match=expected):
        office.start(wanted, codes(), owner="me")
    assert office.look(wanted) is None


def test_a_network_that_gives_every_digit_the_same_code_has_no_map(office: Office) -> None:
    with pytest.raises(MapRefused, match="same code"):
        office.start(WANTED, np.ones((120, 8), np.float32), owner="me")


def test_a_worker_that_fails_and_a_missing_cluster_are_told_in_a_sentence(
    office: Office, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    office.start(WANTED, codes(), owner="me")
    wait_until(lambda: bench.futures)
    bench.futures[0].set_exception(RuntimeError("no"))
    wait_until(lambda: office.of("me") is None)
    progress = office.look(WANTED)
    assert progress is not None
    assert (progress.state, progress.live) == ("failed", False)
    assert "RuntimeError" in progress.message

    def nobody() -> Any:
        raise ClusterMissing("No scheduler answers.")

    alone = Office(nobody)
    alone.start(WANTED, codes(), owner="me")
    wait_until(lambda: alone.of("me") is None)
    progress = alone.look(WANTED)
    assert progress is not None
    assert progress.message == "No scheduler answers."


def test_a_map_that_cannot_be_kept_is_there_all_the_same(
    office: Office, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(drawn: Map, of: str) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(embedding, "keep", full)
    office.start(WANTED, codes(), owner="me")
    wait_until(lambda: bench.futures)
    bench.futures[0].set_result(drawn())
    wait_until(lambda: office.find(WANTED))


def test_a_worker_draws_what_would_be_drawn_here() -> None:
    plane = Wanted(OF, "pca", 0.0, 42)
    try:
        embeddings.start(plane, codes(), owner="me")
        wait_until(lambda: embeddings.find(plane))
        found = embeddings.find(plane)
        assert found is not None
        np.testing.assert_allclose(found.points, embedding.draw("pca", codes()).points, atol=1e-4)
        wait_until(lambda: embeddings.of("me") is None)
    finally:
        embeddings.close()
        jobs.close()
