"""On a cluster every row of an experiment arrives, is the right one, and arrives once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nnviz.core.identity import PROGRAM
from nnviz.core.results import Run
from nnviz.data.splits import DataSpec
from nnviz.experiments import executor
from nnviz.experiments.plan import Plan
from nnviz.model_store import store
from tests.experimenting import SMALL, Outside, here, plan, wait_until


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    cluster = Outside(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.close()


@pytest.fixture
def client(outside: Outside) -> Iterator[Any]:
    from distributed import Client

    with Client(outside.address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
        yield client


@pytest.fixture
def sweep() -> Plan:
    alphas = (0.0, 0.1, 0.2, 0.4, 0.8, 1.6)
    return plan(grid=({"alpha": alphas},), seeds=(1, 2))


def collected(asked: Plan, client: Any, **more: Any) -> list[Run]:
    runs: list[Run] = []
    executor.run(asked.trials("e"), lambda: client, runs.append, **more)
    return runs


def test_a_cluster_gives_the_same_rows_as_one_process_to_the_last_bit(client: Any, sweep: Plan) -> None:
    theirs = sorted(collected(sweep, client), key=lambda run: run.number)
    for ours, run in zip(here(sweep), theirs, strict=True):
        assert (run.number, run.experiment) == (ours.number, "e")
        assert run.card.metrics == ours.card.metrics
        assert ours.answers is not None
        assert run.answers is not None
        np.testing.assert_array_equal(run.answers.probabilities, ours.answers.probabilities)


def test_rows_arrive_while_others_are_still_trained(client: Any, sweep: Plan) -> None:
    under_way: list[int] = []

    def count(run: Run) -> None:
        under_way.append(sum(map(len, client.processing().values())))

    executor.run(sweep.trials(), lambda: client, count)
    assert len(under_way) == 12
    assert sum(under_way[:6]) > 0


def test_the_digits_go_to_every_worker_once_and_not_with_the_trials(client: Any, sweep: Plan) -> None:
    stored: set[tuple[str, str]] = set()

    def look(run: Run) -> None:
        for worker, keys in client.has_what().items():
            stored.update((worker, str(key)) for key in keys if not str(key).startswith("trial-"))

    executor.run(sweep.trials(), lambda: client, look)
    assert len(stored) == 2, "one copy of one data set on each of two workers, for both seeds"
    from distributed.protocol import serialize_bytes

    assert len(serialize_bytes(sweep.trials()[0])) < 5_000


def test_a_stop_ends_an_experiment_and_frees_its_workers(client: Any) -> None:
    long = plan(
        spec=DataSpec("study"), settings=SMALL | {"max_iter": 5_000}, grid=({"alpha": (0.0, 1.0, 2.0)},)
    )
    stop = threading.Event()
    runs: list[Run] = []
    racing = threading.Thread(
        target=executor.run, args=(long.trials(), lambda: client, runs.append, stop.is_set)
    )
    racing.start()
    wait_until(lambda: any(client.processing().values()))
    stop.set()
    racing.join(20)
    assert not racing.is_alive()
    assert runs == []
    wait_until(lambda: not any(client.run(busy).values()))


def busy(dask_worker: Any) -> int:
    """How many tasks a worker's threads are really at."""
    return len(dask_worker.active_threads)


def test_a_row_that_no_worker_can_make_is_a_row_that_says_so(client: Any) -> None:
    asked = plan(grid=({"activation": ("relu", "cubic", "tanh")},))
    runs = sorted(collected(asked, client), key=lambda run: run.number)
    assert [bool(run.failure) for run in runs] == [False, True, False]


def test_a_network_that_is_to_be_kept_is_in_the_store_under_the_name_its_run_knows(client: Any) -> None:
    asked = plan(grid=({"features": ("pca-9",)},), seeds=(1, 2), keep=True)
    first, second = sorted(collected(asked, client), key=lambda run: run.number)
    entry = store.find(first.card.name)
    assert (entry.origin, entry.card.seed, second.card.name) == ("recent", 1, "")
    store.delete(entry, by=PROGRAM)


SWEEPS = {
    "mlp": ({"max_iter": 3}, {"alpha": (0.0, 0.1, 0.2, 0.4, 0.8, 1.6)}),
    "cnn": ({"max_iter": 1, "filters": 4}, {"kernel_size": (2, 3, 4, 5, 6, 8)}),
    "autoencoder": ({"max_iter": 1}, {"code_size": (2, 4, 8, 16, 32, 64)}),
}


@pytest.mark.parametrize("kind", ["mlp", "cnn", pytest.param("autoencoder", marks=pytest.mark.attack)])
def test_every_row_arrives_once_though_a_worker_is_killed_in_the_middle(
    client: Any, outside: Outside, kind: str
) -> None:
    victim, survivor = outside.workers
    settings, grid = SWEEPS[kind]
    if kind == "mlp":
        settings, spec, seeds = SMALL | settings, DataSpec("study"), (1, 2)
    else:
        spec, seeds = DataSpec(n=200, n_test=50), (1,)
    asked = replace(plan(grid=(grid,), seeds=seeds), spec=spec, settings=settings, kind=kind)
    runs: list[Run] = []

    def hear(run: Run) -> None:
        runs.append(run)
        if len(runs) == 2:
            victim.send_signal(signal.SIGKILL)
            victim.wait()

    executor.run(asked.trials("e"), lambda: client, hear)
    assert survivor.poll() is None
    assert victim.poll() is not None
    assert sorted(run.number for run in runs) == list(range(6 * len(seeds))), "each once"
    assert not [run.failure for run in runs if run.failure]
    wait_until(lambda: len(client.nthreads()) == 1)

    outside.workers[0] = outside.add_worker()  # one that joins later takes part
    client.wait_for_workers(2, timeout=60)
    again = sorted(collected(asked, client), key=lambda run: run.number)
    assert [run.card.metrics for run in again] == [
        run.card.metrics for run in sorted(runs, key=lambda run: run.number)
    ]


def test_an_experiment_goes_on_when_its_cluster_is_replaced(outside: Outside, sweep: Plan) -> None:
    from distributed import Client

    first = Client(outside.address, set_as_default=False)
    second = Client(outside.address, set_as_default=False)
    clients = [first]
    runs: list[Run] = []

    def hear(run: Run) -> None:
        runs.append(run)
        if len(runs) == 2:
            first.close()
            clients.append(second)

    with second:
        executor.run(sweep.trials(), lambda: clients[-1], hear)
    assert sorted(run.number for run in runs) == list(range(12))
