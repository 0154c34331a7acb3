"""How long trainings wait in a school's busiest lesson: the queue's own rules, a timetable, and no clock.

Classes of 30 have the app for one lesson a week each, in a slot drawn at random; the slot with the most of
them is played. In it every pupil looks for three minutes on average, then asks for something and waits for
it: three of four a short training (4 s of a worker), every fifth a longer one (30 s), every twentieth an
experiment (60 s). Whose turn it is, `jobs.queue` says, as in the app. The seed makes the table the same
everywhere; it is the one that docs/scale.md quotes. Its times are 95th percentiles of what has ended.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from nnviz.data.splits import DataSpec
from nnviz.jobs import queue
from nnviz.jobs.live_job import Lane
from nnviz.jobs.records import Job
from nnviz.jobs.trainings import TrainingJob

SEED = 1
SLOTS = 30  # lessons of a week
CLASS = 30  # pupils
LESSON = 45 * 60.0  # seconds
LOOKING = 180.0  # seconds between two things that a pupil asks for, on average
ASKED = ((0.75, 4.0), (0.2, 30.0), (0.05, 60.0))  # how often, and seconds of a worker
STEP = 1.0  # seconds


@dataclass
class Waited:
    """Of what has ended: seconds from asking to the beginning, and by which it ended later than alone."""

    begun: dict[float, list[float]] = field(default_factory=dict)
    late: dict[float, list[float]] = field(default_factory=dict)
    busy: float = 0.0


def most_classes(pupils: int, seed: int = SEED) -> int:
    """How many classes have the app in the busiest lesson of a week."""
    lot = random.Random(seed)
    return max(Counter(lot.randrange(SLOTS) for _ in range(max(1, pupils // CLASS))).values())


def lesson(classes: int, workers: int, seed: int = SEED) -> Waited:
    """One lesson with so many classes, on so many workers."""
    lot, waited, spent = random.Random(seed), Waited(), queue.Spent()
    next_ask = {pupil: lot.expovariate(1 / LOOKING) for pupil in range(classes * CLASS)}
    live: dict[
        int, tuple[TrainingJob, float, float]
    ] = {}  # by pupil: the job, its seconds, when it was asked
    began: dict[int, float] = {}
    number, now = 0, 0.0
    while now < LESSON:
        for pupil in [each for each, at in next_ask.items() if at <= now]:
            del next_ask[pupil]
            number += 1
            seconds = _drawn(lot)
            live[pupil] = _asked(number, pupil, seconds), seconds, now
        jobs = [job for job, _, _ in live.values()]
        spent.settle(_lanes(jobs), now)
        for lane in queue.next_up(jobs, workers, spent):
            if not lane.begun:
                job = lane.live
                job.job = Job(job.job.id, job.job.owner, "mlp", "t", state="running")
                began[job.number] = now
            lane.state, lane.begun, lane.soft, lane.since, lane.counted = "running", True, True, now, now
        for lane in queue.give_way(jobs, workers, now, spent):
            lane.state = "waiting"
        now += STEP
        waited.busy += sum(lane.holds for lane in _lanes(jobs)) * STEP
        spent.settle(_lanes(jobs), now)
        for pupil, (job, seconds, asked) in list(live.items()):
            if job.lanes[0].used >= seconds:
                del live[pupil]
                waited.begun.setdefault(seconds, []).append(began[job.number] - asked)
                waited.late.setdefault(seconds, []).append(now - asked - seconds)
                next_ask[pupil] = now + lot.expovariate(1 / LOOKING)
    waited.busy /= LESSON * workers
    return waited


def _drawn(lot: random.Random) -> float:
    return lot.choices([seconds for _, seconds in ASKED], [share for share, _ in ASKED])[0]


def _asked(number: int, pupil: int, seconds: float) -> TrainingJob:
    job = Job(f"{number:016x}", f"pupil {pupil}", "mlp", "t")
    live = TrainingJob(
        job=job,
        spec=DataSpec(),
        settings={},
        number=number,
        address=f"school {pupil // (CLASS * 4)}",
        estimate=seconds,
    )
    live.widen(1)
    return live


def _lanes(jobs: list[TrainingJob]) -> Iterator[Lane]:
    return (lane for job in jobs for lane in job.lanes)


def at(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--workers", default="2,8,32", help="to be tried, with commas")
    workers = [int(each) for each in parser.parse_known_args()[0].workers.split(",")]
    head = " | ".join(f"{seconds:.0f} s: begun after, late by" for _, seconds in ASKED)
    print(f"| pupils | classes | workers | busy | {head} |")
    print("|---:|---:|---:|---:|" + "---:|" * len(ASKED))
    for pupils in (30, 1_000, 10_000):
        classes = most_classes(pupils)
        for n in workers:
            found = lesson(classes, n)
            cells = [_cell(found.begun.get(seconds, []), found.late.get(seconds, [])) for _, seconds in ASKED]
            print(
                f"| {pupils:,} | {classes} | {n} | {found.busy:.0%} | " + " | ".join(cells) + " |", flush=True
            )


def _cell(begun: list[float], late: list[float]) -> str:
    return f"{at(begun, 0.95):.0f} s, {at(late, 0.95):.0f} s" if late else "none has ended"


if __name__ == "__main__":
    main()
