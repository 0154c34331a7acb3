"""A class at one server: clients that send what a browser sends open the pad together, then draw and look.

All open the pad at once. Then for a while four of five draw a stroke every three seconds, the fifth goes from
page to page, two train, and one asks the CNN why. "opened" is from connecting to the end of the first run of
the page; the others from a message to the end of the run it asks for. Everything runs on one machine, the
clients beside the server.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import resource
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Awaitable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil

from benchmarks.replay import Pupil, Steps, recorded
from benchmarks.startup import tensorflow_in
from tests.browser.serving import Server

EVERY = 3.0  # seconds between two strokes
PAGES = ("CNN", "MLP", "open")
TRAINERS = 2
SEED = 1
GOALS = {  # milliseconds at the 95th percentile, by pupils
    "opened": {30: 500},
    "stroke": {30: 30, 100: 30, 300: 150},
    "page": {30: 300, 100: 300},
    "why": {30: 1000, 100: 1000, 300: 1000},
}
MOST_MEMORY = 220e6  # bytes with 100 pupils

Found = dict[str, list[float]]


async def one(
    pupil: Pupil, number: int, steps: Steps, until: float, found: Found, trainers: int = TRAINERS
) -> None:
    """A pupil's lesson after the pad has been opened, until that time of the loop."""
    dice = random.Random(SEED * 1000 + number)
    loop = asyncio.get_running_loop()
    await asyncio.sleep(dice.random() * EVERY)
    if number < trainers:
        for message in (*steps["MLP"], *steps["to train"], *steps["train"]):
            await pupil.do(message)
    if number == trainers and "why" in steps:  # of all, the first who asks
        for message in steps["CNN"]:
            await pupil.do(message)
        found["why"] = [sum([await pupil.do(message) for message in steps["why"]])]
        for message in steps["open"]:
            await pupil.do(message)
    walks = number % 5 == trainers % 5
    pages, strokes = itertools.cycle(PAGES), itertools.cycle(steps["stroke"])
    while loop.time() < until:
        begun = loop.time()
        if number < trainers:
            found["beside a training"].append(await pupil.do(steps["train"][-1]))
        elif walks:
            for message in steps[next(pages)]:
                found["page"].append(await pupil.do(message))
        else:
            found["stroke"].append(await pupil.do(next(strokes)))
        await asyncio.sleep(max(0.0, begun + EVERY - loop.time()))


async def lesson(pupils: Sequence[Pupil], steps: Steps, seconds: float, *, trainers: int = TRAINERS) -> Found:
    """All of them together, of whom the first so many train; what each step took, in seconds."""
    found: Found = defaultdict(list)
    found["opened"] = await asyncio.gather(*(pupil.open(steps["open"]) for pupil in pupils))
    until = asyncio.get_running_loop().time() + seconds
    work: list[Awaitable[None]] = [
        one(pupil, number, steps, until, found, trainers) for number, pupil in enumerate(pupils)
    ]
    await asyncio.gather(*work)
    await asyncio.gather(*(pupil.close() for pupil in pupils))
    return found


def measured(n: int, seconds: float) -> tuple[Found, Mapping[str, float], list[str], str]:
    """A new server and n pupils: times, bytes of memory before and at most, failures, TensorFlow in it."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder)).start()
        try:
            steps = recorded(server.url)
            process = psutil.Process(server.pid)
            memory = {"before": float(process.memory_info().rss)}
            with ThreadPoolExecutor(8) as pool:
                pupils = list(pool.map(lambda _: Pupil.arriving(server.url), range(n)))
            found = asyncio.run(lesson(pupils, steps, seconds))
            memory["after"] = float(process.memory_info().rss)
            failures = [failure for pupil in pupils for failure in pupil.failures]
            return found, memory, failures, tensorflow_in(server.pid)
        finally:
            server.stop()


def percentile(values: Sequence[float], share: int) -> float:
    """In milliseconds."""
    return 1000 * (statistics.quantiles(values, n=100)[share - 1] if len(values) > 1 else values[0])


def main() -> None:
    """Print a table for each number of pupils."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pupils", type=int, nargs="*", default=[30, 100, 300])
    parser.add_argument("--seconds", type=float, default=60)
    given, _ = parser.parse_known_args()
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    for n in given.pupils:
        found, memory, failures, tensorflow = measured(n, given.seconds)
        print(f"{n} pupils, {given.seconds:.0f} s, seed {SEED}: milliseconds (median, 95 of 100, slowest)")
        for step, values in found.items():
            goal = GOALS.get(step, {}).get(n)
            reached = percentile(values, 95)
            told = f"  {'within' if reached <= goal else 'NOT within'} {goal}" if goal else ""
            print(
                f"{step:>18}  {percentile(values, 50):7.0f} {reached:7.0f} {1000 * max(values):7.0f}"
                f"  of {len(values):,}{told}"
            )
        limit = f"  {'within' if memory['after'] <= MOST_MEMORY else 'NOT within'} 220" if n == 100 else ""
        told = " to ".join(f"{bytes_ / 1e6:.0f}" for bytes_ in memory.values())
        print(
            f"            memory  {told} MB{limit}; failed: {len(failures)}; TensorFlow there: {tensorflow}"
        )


if __name__ == "__main__":
    main()
