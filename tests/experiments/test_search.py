"""A search draws the same settings again, and a race stops the same rows at the same epochs, to the bit."""

from __future__ import annotations

import math
import random
import signal
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from nnviz.core.results import Run
from nnviz.data import splits
from nnviz.experiments import axes, charts, executor, search, tables, trial
from nnviz.experiments import plan as plans
from nnviz.experiments.plan import Plan, PlanRefused
from tests.experimenting import SMALL, Outside, plan

RANGES = {"alpha": "0.0001 to 10", "learning_rate_init": "0.001 to 1", "activation": "relu, tanh"}


def raced(budget: int = 9, **changed: Any) -> Plan:
    asked = plan(settings=SMALL | {"max_iter": 9}, grid=search.drawn(RANGES, budget, 5), budget=budget)
    return replace(asked, halving=3, **changed)


def here(asked: Plan, known: dict[int, Run] | None = None, order: int = 0) -> dict[int, Run]:
    """The rows of a race one after the other, in an order told by a number."""
    whole = splits.load_dataset(executor.pool_of(asked.spec))
    race, rows = search.Race(asked, known), dict(known or {})
    trials = race.begin([each for each in asked.trials() if each.number not in rows])
    waiting = list(trials)
    while waiting:
        each = waiting.pop(random.Random(order).randrange(len(waiting)) if order else 0)
        decided, on = race.ended(trial.execute(whole, each), trials)
        rows |= {run.number: run for run in decided}
        waiting += on
    return rows


def told(rows: dict[int, Run]) -> dict[int, tuple[Any, ...]]:
    return {
        number: (run.card.metrics, run.card.note, run.card.history.ending)
        for number, run in sorted(rows.items())
    }


def test_the_same_seed_draws_the_same_settings_within_their_ranges() -> None:
    grid = search.drawn(RANGES, 40, 5)
    assert grid == search.drawn(dict(reversed(RANGES.items())), 40, 5)
    assert grid != search.drawn(RANGES, 40, 6)
    assert all(0.0001 <= part["alpha"][0] <= 10 for part in grid)
    below = sum(part["alpha"][0] < math.sqrt(0.0001 * 10) for part in grid)
    assert 10 <= below <= 30, "half of them below the middle of the powers of ten"
    assert {part["activation"][0] for part in grid} == {"relu", "tanh"}
    assert len({repr(part) for part in grid}) == 40
    filters = search.drawn({"filters": "4 to 6"}, 3, 1, "cnn")
    assert sorted(part["filters"][0] for part in filters) == [4, 5, 6]


@pytest.mark.parametrize(
    ("ranges", "budget", "wanted"),
    [
        ({}, 5, "at least one setting"),
        ({"alpha": "1 to 0.1"}, 5, "has to end above that"),
        ({"alpha": "0 to 1"}, 5, "begins above 0"),
        ({"alpha": "much to more"}, 5, "has to be a number"),
        ({"alpha": ""}, 5, "not ''"),
        ({"activation": "relu to tanh"}, 5, "has no range"),
        ({"batch_size": "8, 16"}, 5, "only 2 different"),
        ({"alpha": "0.1 to 1"}, 1000, "takes 2 to"),
    ],
)
def test_what_cannot_be_drawn_is_a_sentence(ranges: dict[str, str], budget: int, wanted: str) -> None:
    with pytest.raises(PlanRefused, match=wanted):
        search.drawn(ranges, budget, 1)


@pytest.mark.parametrize("kind", ["mlp", "cnn", "autoencoder"])
def test_every_range_that_is_suggested_can_be_drawn_from(kind: str) -> None:
    for name in axes.of(kind):
        if name not in ("features", "library"):
            assert len(search.drawn({name: search.span(name, kind)}, 2, 1, kind)) == 2


def test_a_race_has_its_steps_by_hand_and_is_refused_where_it_makes_no_sense() -> None:
    assert search.rungs(raced()) == [(1, 9), (3, 3), (9, 1)]
    assert search.rungs(raced(20, settings=SMALL | {"max_iter": 100})) == [(11, 20), (33, 6), (100, 2)]
    assert search.share(raced()) == 27 / 81
    executor.check(raced())
    for wrong, wanted in (
        (raced(seeds=(1, 2)), "one seed"),
        (raced(folds=3), "one seed"),
        (raced(2), "3 trainings"),
        (raced(grid=({"max_iter": (3, 6, 9)},)), "epochs cannot vary"),
        (replace(raced(), halving=7), "not of 7"),
    ):
        with pytest.raises(PlanRefused, match=wanted):
            executor.check(wrong)


def test_a_search_is_kept_and_older_plans_keep_their_keys() -> None:
    asked = raced(hypothesis="a small λ wins")
    assert plans.from_json(plans.to_json(asked)) == asked
    assert asked.key == raced().key, "what somebody thinks is not what is asked"
    assert asked.key != replace(asked, halving=0).key
    older = plans.to_json(plan())
    for name in ("budget", "halving", "hypothesis"):
        del older[name]
    assert plans.from_json(older) == plan()


def test_the_worst_are_stopped_where_an_oracle_stops_them() -> None:
    asked = raced()
    rows = here(asked)
    whole = splits.load_dataset(executor.pool_of(asked.spec))
    alive = list(asked.trials())
    for epochs, goes_on in ((1, 3), (3, 1)):  # trained apart, with fewer epochs asked for in the first place
        score = {
            each.number: trial.execute(
                whole, replace(each, settings=dict(each.settings) | {"max_iter": epochs})
            ).card.metrics["test_accuracy"]
            for each in alive
        }
        ranked = sorted(score, key=lambda number: (-score[number], number))
        for number in ranked[goes_on:]:
            assert rows[number].card.metrics["test_accuracy"] == score[number]
            assert rows[number].card.metrics[search.STOPPED] == epochs
            assert f"after epoch {epochs} of 9. It was number {ranked.index(number) + 1}" in (
                rows[number].card.note
            )
        alive = [each for each in alive if each.number in ranked[:goes_on]]
    (winner,) = alive
    assert rows[winner.number].card.metrics == trial.execute(whole, winner).card.metrics
    found = tables.rows(asked, rows.values())
    assert sorted(row.stopped for row in found) == [0, 1, 1, 1, 1, 1, 1, 3, 3]
    header, lines = tables.columns(asked, found)
    assert {line[header.index(tables.STOPPED)] for line in lines} == {None, 1, 3}
    (figure,) = charts.charts(asked, found, tuple(rows.values()), title="Search")
    assert "9 settings tried" in figure.layout.meta["alt"]
    assert "8 were stopped early" in figure.layout.meta["alt"]


def test_neither_the_order_nor_an_interruption_changes_a_race() -> None:
    asked = raced()
    whole = here(asked)
    assert told(here(asked, order=3)) == told(whole)
    for n in (2, 5, 8):  # rows that were written down before everything went away
        first = sorted(whole.values(), key=lambda run: run.card.metrics.get(search.STOPPED, 99))[:n]
        assert told(here(asked, {run.number: run for run in first})) == told(whole)
    last = max(whole.values(), key=lambda run: run.card.metrics.get(search.STOPPED, 99))
    assert told(here(asked, {last.number: last})) == told(whole), "even the winner alone"


@pytest.fixture
def outside(tmp_path: Any) -> Iterator[Outside]:
    cluster = Outside(tmp_path)
    yield cluster
    cluster.close()


def test_a_race_on_a_cluster_is_the_same_though_a_worker_is_killed_midway(outside: Outside) -> None:
    from distributed import Client

    asked = raced(12)
    runs: list[Run] = []

    def hear(run: Run) -> None:
        runs.append(run)
        if len(runs) == 1:  # the first step has just been decided, the second is under way
            outside.workers[0].send_signal(signal.SIGKILL)
            outside.workers[0].wait()

    with Client(outside.address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
        executor.run(asked.trials(), lambda: client, hear, race=search.Race(asked))
    assert sorted(run.number for run in runs) == list(range(12)), "each once"
    assert told({run.number: run for run in runs}) == told(here(asked))
