"""How long the report's experiments take, on two workers and a part of them on one; and many small CNNs.

The report's own trainings took about 17 s each. Worker processes are counted in with the whole study, as a
class that presses the button has to wait for them too; between one worker and two only trainings count.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from typing import Any

from nnviz.core import kinds
from nnviz.core.results import Run
from nnviz.data import splits
from nnviz.data.splits import DataSpec
from nnviz.experiments import executor
from nnviz.experiments.plan import Plan, Trial
from nnviz.experiments.studies import STUDIES
from nnviz.jobs.cluster import WORKERS, Cluster
from nnviz.keras_models import backend, cnn

LIMIT = 180.0  # seconds for all trainings of the report, on 2 cores
GAIN = 1.7  # that a second worker has to bring
REPORT_SECONDS = 17.0  # of one of its trainings
NETWORKS = 100  # CNNs of one epoch on the study's 2,700 digits
KERAS_GAIN = 2.0  # beside Keras' own `fit`, one after the other in one process
PART = ("rate-2", "batch-2")  # what one worker and two are compared with


def main() -> None:
    """Train all of the report, then a part of it on one worker and on two."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the epochs")
    parser.add_argument("--networks", type=int, help="only that many CNNs, and none of the report's")
    told = parser.parse_args()
    quick = told.quick
    if told.networks:
        many(told.networks)
        return
    report = [study.plan for study in STUDIES.values() if not study.like]
    whole = longest_first(trials(report, quick))
    began = time.perf_counter()
    made = run(whole, workers=2, warm=False)
    seconds = time.perf_counter() - began
    work = sum(each.card.seconds for each in made)
    print(f"all {len(whole)} trainings of the report, two workers, from a cold start: {seconds:.1f} s")
    print(f"  {work:.0f} s of training; the report's took about {REPORT_SECONDS * len(whole) / 60:.0f} min")
    print(f"  {'within' if seconds < LIMIT else 'NOT within'} {LIMIT / 60:.0f} minutes{' (quick)' * quick}")
    part = longest_first(trials([STUDIES[name].plan for name in PART], quick))
    taken = {workers: timed(part, workers) for workers in (1, 2)}
    gain = taken[1] / taken[2]
    print(f"{len(part)} of them, one worker {taken[1]:.1f} s, two workers {taken[2]:.1f} s: {gain:.2f} x")
    print(f"  {'at least' if gain >= GAIN else 'NOT'} {GAIN} x as fast on two")
    many(NETWORKS // 10 if quick else NETWORKS)


def many(count: int) -> None:
    """Compare that many CNNs of one epoch, as an experiment, with as many calls of Keras' `fit`."""
    plan = Plan("many", DataSpec("study"), {"max_iter": 1}, seeds=tuple(range(count)), kind=kinds.CNN.name)
    began = time.perf_counter()
    run(plan.trials("many"), workers=2, warm=False)
    ours = time.perf_counter() - began
    began = time.perf_counter()
    fit(plan)
    theirs = time.perf_counter() - began
    print(
        f"{count} CNNs of one epoch: two workers, from a cold start, {ours:.1f} s; Keras' fit {theirs:.1f} s"
    )
    gain = theirs / ours
    print(f"  {gain:.2f} x, {'at least' if gain >= KERAS_GAIN else 'NOT'} {KERAS_GAIN} x as fast")


def fit(plan: Plan) -> None:
    """Train and judge the same networks by Keras alone: compile, fit, evaluate."""
    keras = backend.keras()
    for trial in plan.trials():
        split = splits.load_split(trial.spec)
        x, judged = (rows.reshape(-1, cnn.SIDE, cnn.SIDE, 1) for rows in (split.x_train, split.x_test))
        settings = cnn.Settings.from_mapping({**trial.settings, "random_state": trial.spec.seed})
        model: Any = cnn.build(settings)
        model.compile(
            keras.optimizers.Adam(settings.learning_rate_init),
            "sparse_categorical_crossentropy",
            metrics=["accuracy"],
        )
        tenth = len(x) // 10  # which our trainer chooses the best epoch by
        model.fit(
            x[tenth:],
            split.y_train[tenth:],
            batch_size=settings.batch_size,
            epochs=settings.max_iter,
            validation_data=(x[:tenth], split.y_train[:tenth]),
            verbose=0,
        )
        model.evaluate(judged, split.y_test, verbose=0)


def trials(plans: Sequence[Plan], quick: bool) -> list[Trial]:
    """Every training of these plans, each with a number of its own."""
    epochs = {"max_iter": 10} if quick else {}
    found: list[Trial] = []
    for place, plan in enumerate(plans):
        shorter = Plan(plan.title, plan.spec, {**plan.settings, **epochs}, plan.grid, plan.seeds, plan.folds)
        found += shorter.trials(f"bench-{place}")
    return found


def longest_first(every: Sequence[Trial]) -> list[Trial]:
    """The trainings by the work they are, the most first."""
    return sorted(every, key=lambda trial: -trial.work)


def timed(every: Sequence[Trial], workers: int) -> float:
    """Seconds from the first training to the last, on workers that have imported all they need."""
    moments: list[float] = []
    run(every, workers, warm=True, moments=moments)
    return moments[-1] - moments[0]


def run(every: Sequence[Trial], workers: int, *, warm: bool, moments: list[float] | None = None) -> list[Run]:
    """Make all of these on so many worker processes. moments: gets when they began and when each ended."""
    os.environ[WORKERS] = str(workers)
    cluster = Cluster(lambda _: None)
    made: list[Run] = []
    moments = [] if moments is None else moments

    def arrived(each: Run) -> None:
        made.append(each)
        moments.append(time.perf_counter())

    try:
        if warm:
            short = Plan("warm", DataSpec("study"), {"max_iter": 1}, seeds=tuple(range(4 * workers)))
            executor.run(short.trials("warm"), cluster.client, lambda _: None)
        moments.append(time.perf_counter())
        executor.run(every, cluster.client, arrived)
    finally:
        cluster.close()
    if wrong := [each.failure for each in made if each.failure]:
        raise RuntimeError(wrong[0])
    return made


if __name__ == "__main__":
    main()
