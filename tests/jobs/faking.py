"""A way to workers that are not there, for tests in which a job's course is what matters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import pytest

from nnviz import jobs
from nnviz.jobs import background
from nnviz.jobs.scheduling import Scheduler


class FakeClient:
    """A client of two workers, whose futures end when a test says so."""

    def __init__(self) -> None:
        self.futures: list[Future[Any]] = []
        self.sent: list[tuple[Any, ...]] = []

    def nthreads(self) -> dict[str, int]:
        return {"tcp://x": 1, "tcp://y": 1}

    def processing(self) -> dict[str, Any]:
        return {}

    def run(self, ask: Callable[..., Any], *arguments: Any, workers: list[str]) -> dict[str, Any]:
        return dict.fromkeys(workers, True)

    def scatter(self, data: Any, *, workers: list[str], hash: bool) -> Future[Any]:
        future: Any = Future()
        future.client, future.status = self, "finished"
        return future

    def submit(self, *task: Any, **how: Any) -> Future[Any]:
        future: Any = Future()
        future.cancel = lambda: future.set_result(None)
        self.sent.append(task)
        self.futures.append(future)
        return future


class FakeCluster:
    """What `cluster.Cluster` is to a scheduler."""

    topic = "topic"
    threads = 2
    deserted = False

    def __init__(self, client: Callable[[], Any] = FakeClient) -> None:
        self.client = client

    def count(self) -> None: ...

    def close(self) -> None: ...


@contextmanager
def in_charge(client: Callable[[], Any] = lambda: None) -> Iterator[Scheduler]:
    """A scheduler that stands for this process's own meanwhile. client: as Cluster's."""
    scheduler = Scheduler(FakeCluster(client))  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(background, "_scheduler", scheduler)
        yield scheduler
        scheduler.close()


@contextmanager
def a_real_one() -> Iterator[None]:
    """Instead of the one in charge, a scheduler with workers; it is closed at the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(background, "_scheduler", None)
        try:
            yield
        finally:
            jobs.close()
