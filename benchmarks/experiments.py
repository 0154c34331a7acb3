"""How long the report's experiments take: all of them on two workers, and a part of them on one and on two.

The report's own trainings took about 17 s each. Worker processes are counted in with the whole study, as a
class that presses the button has to wait for them too; between one worker and two only trainings count.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence

from nnviz.core.results import Run
from nnviz.data.splits import DataSpec
from nnviz.experiments import executor
from nnviz.experiments.plan import Plan, Trial
from nnviz.experiments.studies import STUDIES
from nnviz.jobs.cluster import WORKERS, Cluster

LIMIT = 180.0  # seconds for all trainings of the report, on 2 cores
GAIN = 1.7  # that a second worker has to bring
REPORT_SECONDS = 17.0  # of one of its trainings
PART = ("rate-2", "batch-2")  # what one worker and two are compared with


def main() -> None:
    """Train all of the report, then a part of it on one worker and on two."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the epochs")
    quick = parser.parse_args().quick
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
