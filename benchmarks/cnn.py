"""The CNN beside plain Keras: an epoch at batch 64, what is inside a digit, and what 1,000 digits leave.

Training: the report's network on the 54,000 digits of the honest split (10,000 with `--quick`, the embedded
ones where MNIST is missing), epoch by epoch in turns, so that a busy moment meets everybody; medians, and
what each then scores on the test digits. Each has a process of its own and all the cores: ours works at parts
of a batch side by side, Keras has what TensorFlow takes if nobody tells it otherwise. (In the app, where
trainings share the cores, each has one: that is the last row.)
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import psutil

from nnviz.core.records import Array, Epoch, Split
from nnviz.data import mnist, splits
from nnviz.inference import keras_config
from nnviz.inspection import activations
from nnviz.keras_models import backend, cnn, compiled, training_loop
from nnviz.trainers import base

OURS, FIT, FIFTY, ALONE = "ours", "Keras fit", "Keras fit, 50 steps at once", "ours on one core"
BATCH = 64
TWICE, INSIDE = 2.0, 5.0  # at least so many times faster; at most so many milliseconds


def main() -> None:
    """Measure training, looking inside and stopping."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="10,000 digits, three epochs")
    arguments, _ = parser.parse_known_args()
    training(10_000 if arguments.quick else None, 3 if arguments.quick else 5)
    split = digits()
    inside(split.x_test)
    memory(split.x_test)
    stopping(split)


def digits() -> Split:
    """The honest split, or the embedded digits where MNIST is missing."""
    try:
        return splits.load_split(splits.DataSpec("honest"))
    except mnist.DataError:
        return splits.load_split(splits.DataSpec("embedded"))


def training(n: int | None, epochs: int) -> None:
    """Seconds an epoch, by turns, and the accuracy after all of them."""
    spawn = multiprocessing.get_context("spawn")
    ends = {}
    for name in (OURS, FIT, FIFTY, ALONE):
        here, there = spawn.Pipe()
        spawn.Process(target=contest, args=(name, n, there), daemon=True).start()
        ends[name] = here
    lengths: dict[str, list[float]] = {name: [] for name in ends}
    for _ in range(epochs + 1):
        for name, end in ends.items():
            end.send("epoch")
            lengths[name].append(end.recv())
    print(f"batch {BATCH}, {epochs} epochs after one to warm up; seconds an epoch\n")
    ours = statistics.median(lengths[OURS][1:])
    for name, end in ends.items():
        end.send("judge")
        accuracy = end.recv()
        middle = statistics.median(lengths[name][1:])
        factor = "" if name in (OURS, ALONE) else f"ours {middle / ours:.1f} times faster"
        if name == FIT:
            factor += f", {mark(middle / ours >= TWICE)} {TWICE:g}"
        fastest, slowest = min(lengths[name][1:]), max(lengths[name][1:])
        print(f"{name:>28}  {middle:6.2f}  ({fastest:.2f} to {slowest:.2f})   test {accuracy:.2%}   {factor}")


def contest(name: str, n: int | None, end: Connection) -> None:
    """One contestant's process: an epoch, or a judgement, whenever it is told."""
    split = digits()
    x, y = split.x_train[:n], split.y_train[:n]
    if name in (OURS, ALONE):
        backend.keras(threads=1 if name == ALONE else os.cpu_count() or 1)
    else:
        import tensorflow as tf

        tf.zeros(1)  # before the engine has a say in how many threads there are
    settings = cnn.Settings(batch_size=BATCH)
    model: Any = cnn.build(settings)  # Keras' own ways to train and to predict are measured too
    if name in (OURS, ALONE):
        course = training_loop.Course(model, training_loop.optimizer(settings, len(x)), BATCH)
        epoch = partial(course.epoch, x, y, np.random.default_rng(0))
    else:
        how = {"steps_per_execution": 50} if name == FIFTY else {}
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], **how)
        epoch = partial(model.fit, compiled.as_input(model, x), y, batch_size=BATCH, verbose=0)
    while (word := end.recv()) == "epoch":
        end.send(seconds(epoch))
    assert word == "judge"
    end.send(training_loop.judge(model, split.x_test, split.y_test)[1])


def inside(x: Array) -> None:
    """Milliseconds until all layers of one digit are known."""
    model: Any = cnn.build(cnn.Settings())
    network = keras_config.from_keras(model)
    print("\nall layers of one digit, milliseconds, median of 200 (fastest to slowest)")
    ways: dict[str, Callable[[Array], object]] = {
        "get_activations": lambda digit: activations.get_activations(model, digit),
        "activations, Keras": lambda digit: activations.activations(model, digit),
        "activations, NumPy": lambda digit: activations.activations(network, digit),
    }
    for name, way in ways.items():
        way(x[0])
        times = [1e3 * seconds(partial(way, x[i])) for i in range(200)]
        middle = statistics.median(times)
        verdict = f"{mark(middle < INSIDE)} {INSIDE:g}" if name == "get_activations" else ""
        print(f"{name:>28}  {middle:6.2f}  ({min(times):.2f} to {max(times):.2f})   {verdict}")
    digit = compiled.as_input(model, x[:1])
    model.predict(digit, verbose=0)
    times = [1e3 * seconds(lambda: model.predict(digit, verbose=0)) for _ in range(20)]
    print(f"{'model.predict, no layers':>28}  {statistics.median(times):6.2f}")


def memory(x: Array) -> None:
    """What stays behind of 1,000 digits' activations, in the first and in the second thousand."""
    model = cnn.build(cnn.Settings())
    process = psutil.Process()
    sizes = []
    for _ in range(3):
        for digit in x[:1000]:
            activations.get_activations(model, digit)
        gc.collect()
        sizes.append(process.memory_info().rss / 1e6)
    grown = [after - before for before, after in pairwise(sizes)]
    print(f"\nmemory grown over 1,000 digits: {grown[0]:+.1f} MB, over the next 1,000: {grown[1]:+.1f} MB")


class Stopping:
    """A Watch that says stop in the second epoch, and remembers when."""

    said = 0.0
    epochs = 0

    def epoch(self, epoch: Epoch) -> bool:
        """Remember which epoch has ended; do not stop."""
        self.epochs = epoch.number
        return False

    def batch(self, done: int, total: int) -> bool:
        """Stop in the middle of the second epoch."""
        if self.epochs and not self.said and done > total / 2:
            self.said = time.perf_counter()
        return bool(self.said)


def stopping(split: Split) -> None:
    """Seconds from the word to a packed model with its card, the test digits read."""
    for k in (3, 24):
        watch = Stopping()
        base.trainer_of("cnn").train(split, {"kernel_size": k, "max_iter": 9}, watch, "")
        print(
            f"stopped with {k:2} x {k:2} kernels: {time.perf_counter() - watch.said:.2f} s until it is packed"
        )


def seconds(action: Callable[[], object]) -> float:
    """How long an action takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def mark(good: bool) -> str:
    """Whether a limit is kept, as a word."""
    return "within" if good else "NOT within"


if __name__ == "__main__":
    main()
