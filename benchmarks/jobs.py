"""Training in the background: how long until it begins, moves, stops, and begins again after a kill.

"workers up" is from nothing to two processes that answer. "first epoch" is from `jobs.start_training` to an
epoch that `jobs.find_job` tells of, with the workers up and the digits already with them. "a message" travels
from a worker through the scheduler into this process. "stop" is from `jobs.stop_job` to a network in the
store. "killed" is from a kill -9 of the worker process to the next attempt. "a look" is what a page pays
twice a second.
"""

from __future__ import annotations

import os
import signal
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from nnviz import jobs
from nnviz.core.identity import PROGRAM
from nnviz.data.splits import DataSpec
from nnviz.jobs.cluster import Cluster

RUNS = 5
SETTINGS: dict[str, Any] = {"max_iter": 10_000}
LIMITS = {"stop": 1.0, "curves": 0.5}  # seconds


def main() -> None:
    """Measure and print every row, and whether it keeps its limit."""
    with tempfile.TemporaryDirectory() as home, at_home(home):
        rows = {
            "workers up": [workers_up() for _ in range(3)],
            "a message": messages(),
        }
        jobs.client()
        begin()()  # digits loaded and sent
        ended = [whole() for _ in range(RUNS)]
        rows["first epoch"] = [first for first, *_ in ended]
        rows["curves"] = [gap for _, gap, *_ in ended]
        rows["stop"] = [stop for *_, stop, _ in ended]
        rows["a look"] = [look for *_, look in ended]
        rows["killed"] = [killed() for _ in range(3)]
        jobs.close()
    print("milliseconds, median (fastest to slowest)")
    for name, seconds in rows.items():
        low, middle, high = (
            1e3 * value for value in (min(seconds), statistics.median(seconds), max(seconds))
        )
        note = ""
        if name in LIMITS:
            note = f"  {'within' if max(seconds) < LIMITS[name] else 'NOT within'} {LIMITS[name]:g} s"
        print(f"{name:>12}  {middle:9.2f}  ({low:.2f} to {high:.2f}){note}")


@contextmanager
def at_home(folder: str) -> Iterator[None]:
    """A home folder of its own, so that nothing is measured into the user's."""
    before = os.environ.get("NNVIZ_HOME")
    os.environ["NNVIZ_HOME"] = folder
    try:
        yield
    finally:
        if before is None:
            del os.environ["NNVIZ_HOME"]
        else:
            os.environ["NNVIZ_HOME"] = before


def until(happens: Callable[[], Any]) -> Any:
    """The first true answer of `happens`, asked every millisecond."""
    while not (result := happens()):
        time.sleep(0.001)
    return result


def workers_up() -> float:
    """Seconds until the workers are there."""
    started = time.perf_counter()
    cluster = Cluster(lambda message: None)
    cluster.client()
    seconds = time.perf_counter() - started
    cluster.close()
    return seconds


def messages() -> list[float]:
    """Seconds that each of a hundred messages took."""
    took: list[float] = []
    cluster = Cluster(lambda sent: took.append(time.time() - sent))
    cluster.client().submit(_talk, cluster.topic, pure=False).result()
    until(lambda: len(took) == 100)
    cluster.close()
    return took


def _talk(topic: str) -> None:
    from distributed import get_worker

    for _ in range(100):
        get_worker().log_event(topic, time.time())
        time.sleep(0.02)


def begin() -> Callable[[], jobs.Job]:
    """Start a training and wait for its first epoch; what is returned stops it."""
    job_id = jobs.start_training("mlp", DataSpec(), SETTINGS, owner="benchmark")
    until(lambda: jobs.find_job(job_id).history.epochs)

    def stop() -> jobs.Job:
        jobs.stop_job(job_id, by=PROGRAM)
        job: jobs.Job = until(lambda: not (job := jobs.find_job(job_id)).live and job)
        return job

    return stop


def whole() -> tuple[float, float, float, float]:
    """Seconds to the first epoch, the longest between two changes of the curves, to stop, and for a look."""
    started = time.perf_counter()
    stop = begin()
    first = time.perf_counter() - started
    [job] = [job for job in jobs.jobs_of("benchmark") if job.live]

    gaps, known, changed = [], 0, time.perf_counter()
    while time.perf_counter() - started < first + 3:
        epochs = len(jobs.find_job(job.id).history.epochs)
        if epochs != known:
            gaps.append(time.perf_counter() - changed)
            known, changed = epochs, time.perf_counter()
        time.sleep(0.005)

    asked = time.perf_counter()
    for _ in range(1000):
        jobs.find_job(job.id)
    look = (time.perf_counter() - asked) / 1000

    asked = time.perf_counter()
    stop()
    return first, max(gaps), time.perf_counter() - asked, look


def killed() -> float:
    """Seconds from the kill of a training's process until another has taken it up."""
    stop = begin()
    [job] = [job for job in jobs.jobs_of("benchmark") if job.live]
    busy = [address for address, tasks in jobs.client().processing().items() if tasks]
    [pid] = jobs.client().run(os.getpid, workers=busy).values()
    os.kill(pid, signal.SIGKILL)
    asked = time.perf_counter()
    until(lambda: jobs.find_job(job.id).attempt == 2)
    seconds = time.perf_counter() - asked
    stop()
    return seconds


if __name__ == "__main__":
    main()
