"""An hour of lessons at one server, to see whether it stays as light and as quick as it was.

Every minute a class arrives, opens the pad, draws, looks at pages and trains as in `load`, and leaves. After
each of them a line tells what the server holds, and how long a stroke took. What it holds must not grow from
the first lessons to the last ones; times are told and decide nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks import load
from benchmarks.load import TRAINERS, Found
from benchmarks.replay import Pupil, Steps, recorded
from tests.browser.serving import Server

LESSON = 45.0  # seconds of drawing, of the minute that a lesson takes
GONE = 10.0  # seconds until sessions are over whose browsers have left


@dataclass(frozen=True)
class Held:
    """What a server holds after a lesson. memory: in MB; descriptors: open files, pipes and sockets."""

    memory: float
    threads: int
    descriptors: int
    sessions: int


def held(server: Server) -> Held:
    """What it holds now, once those who have left are gone."""
    process = psutil.Process(server.pid)
    until = time.monotonic() + GONE
    while (open_still := sessions(server)) and time.monotonic() < until:
        time.sleep(0.2)
    with process.oneshot():
        return Held(
            process.memory_info().rss / 1e6, process.num_threads(), len(process_files(process)), open_still
        )


def process_files(process: psutil.Process) -> Sequence[str]:
    """The open descriptors of a process, where the system tells."""
    folder = Path(f"/proc/{process.pid}/fd")
    return [each.name for each in folder.iterdir()] if folder.is_dir() else []


def sessions(server: Server) -> int:
    """Pages that are open in browsers, as the server itself counts them."""
    with urllib.request.urlopen(f"{server.url}/nnviz/metrics") as answer:
        lines = answer.read().decode().splitlines()
    return int(float(next(line for line in lines if line.startswith("nnviz_sessions ")).split()[1]))


def lessons(
    server: Server, steps: Steps, seconds: float, *, pupils: int, lesson: float, trainers: int = TRAINERS
) -> Iterator[tuple[Found, Held, list[str]]]:
    """One lesson after the other, with new pupils each; what it took, what it left, and what failed."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with ThreadPoolExecutor(8) as pool:
            them = list(pool.map(lambda _: Pupil.arriving(server.url), range(pupils)))
            # In a thread of its own: a browser that is driven from this one has a loop here.
            work = load.lesson(them, steps, lesson, trainers=trainers)
            found = pool.submit(asyncio.run, work).result()
        yield found, held(server), [failure for pupil in them for failure in pupil.failures]


def growth(after: Sequence[Held]) -> Held:
    """How much more is held at the end, in the median of a third of the lessons, than after the first ones.

    The first third is left out: caches fill, and libraries are imported.
    """
    third = max(len(after) // 3, 1)
    first, last = after[third : 2 * third] or after[:1], after[-third:]

    def grown(name: str) -> float:
        early, late = ([float(getattr(each, name)) for each in some] for some in (first, last))
        return statistics.median(late) - statistics.median(early)

    return Held(
        grown("memory"), round(grown("threads")), round(grown("descriptors")), round(grown("sessions"))
    )


def main() -> None:
    """Print a line a lesson, and what has grown."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--pupils", type=int, default=30)
    given, _ = parser.parse_known_args()
    after: list[Held] = []
    failed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder)).start()
        try:
            steps = recorded(server.url)
            print("lesson      MB  threads  descriptors  sessions  stroke, ms (median, 95 of 100)")
            each = lessons(server, steps, 60 * given.minutes, pupils=given.pupils, lesson=LESSON)
            for number, (found, now, failures) in enumerate(each, start=1):
                after.append(now)
                failed += failures
                middle, most = (load.percentile(found["stroke"], share) for share in (50, 95))
                print(
                    f"{number:>6}  {now.memory:6.0f}  {now.threads:7}  {now.descriptors:11}  {now.sessions:8}"
                    f"  {middle:7.0f} {most:7.0f}",
                    flush=True,
                )
        finally:
            server.stop()
    grown = growth(after)
    print(
        f"grown: {grown.memory:+.1f} MB, {grown.threads:+} threads, {grown.descriptors:+} descriptors, "
        f"{grown.sessions:+} sessions; failed: {len(failed)}"
    )


if __name__ == "__main__":
    main()
