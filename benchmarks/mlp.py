"""How fast the NumPy network is beside its textbook form, scikit-learn's and Keras', on the same work.

Each of them trains 784-100-64-10 on 2,700 real digits for 100 epochs at batch 16, 64 and 256, then reads one
digit and 10,000. They take turns, so that a busy moment of the machine meets all of them, and the medians of
the rounds are compared: seconds of the processor, on one thread. `--quick` makes a tenth of the epochs in
three rounds; `--no-keras` leaves TensorFlow alone; `--store` writes what the MLP page says of the textbook.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier as TheirClassifier
from threadpoolctl import threadpool_limits

from benchmarks.__main__ import processor
from nnviz.core import paths
from nnviz.core.records import Array
from nnviz.data.splits import DataSpec, load_split
from nnviz.numpy_nn import MLPClassifier, backprop
from nnviz.numpy_nn.losses import softmax
from nnviz.numpy_nn.optimizers import SGD
from nnviz.numpy_nn.presets import PRESETS
from nnviz.numpy_nn.regularizers import REGULARIZERS

SETTINGS = dict(PRESETS["report"].settings)
Task = Callable[[], object]


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the epochs, three rounds")
    parser.add_argument("--no-keras", action="store_true", help="leave TensorFlow alone")
    parser.add_argument("--store", action="store_true", help="write the figures of batch 16 for the MLP page")
    arguments, _ = parser.parse_known_args()
    with threadpool_limits(limits=1, user_api="blas"):
        compare(arguments)


def compare(arguments: argparse.Namespace) -> None:
    """All the rows of the table."""
    epochs, rounds = (10, 3) if arguments.quick else (100, 5)
    split = load_split(DataSpec("study"))
    x, y = split.x_train, split.y_train
    everybody = [Ours, Textbook, ScikitLearn] if arguments.no_keras else [Ours, Textbook, ScikitLearn, Keras]

    print(f"784-100-64-10, {len(x):,} digits, {epochs} epochs; medians of {rounds} rounds, one thread\n")
    print(f"{'':28}" + "".join(f"{who.title:>14}" for who in everybody) + f"{'faster than':>22}")
    warnings.simplefilter("ignore", ConvergenceWarning)  # scikit-learn's word for training all the epochs
    contestants: list[Contestant] = []
    for batch in (16, 64, 256):
        contestants = [who(x, y, batch, epochs) for who in everybody]
        medians = row(f"train, batch {batch}", "s", 1, rounds, [who.train for who in contestants])
        if arguments.store and batch == 16:
            store(medians, digits=len(x), epochs=epochs, batch=batch, rounds=rounds)
    one, many = x[:1], np.resize(x, (10_000, x.shape[1]))
    # Twenty times in a row: alone between two calls of Keras, all that is measured is an empty cache.
    row("read one digit", "ms", 1e3 / 20, 2 * rounds, [partial(often, who.read, one) for who in contestants])
    row("read 10,000 digits", "ms", 1e3, 2 * rounds, [partial(who.read, many) for who in contestants])


def store(medians: list[float], **conditions: int) -> None:
    """Write down what the fast path and the textbook took, in seconds, and under which conditions."""
    measured = {
        "fast_seconds": round(medians[0], 3),
        "textbook_seconds": round(medians[1], 3),
        "layers": "784-100-64-10",
        **conditions,
        "measured": f"{time.strftime('%Y-%m-%d')}, float32, processor time of one thread, {processor()}",
    }
    (paths.assets() / "mlp_speed.json").write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")


def row(title: str, unit: str, factor: float, rounds: int, tasks: list[Task]) -> list[float]:
    """Let all take turns for so many rounds; print and return the medians, with ours compared to each."""
    times: list[list[float]] = [[] for _ in tasks]
    for _ in range(rounds):
        for task, taken in zip(tasks, times, strict=True):
            start = time.process_time()
            task()
            taken.append(time.process_time() - start)
    medians = [statistics.median(taken) for taken in times]
    cells = "".join(f"{median * factor:>11.3g} {unit:<2}" for median in medians)
    ratios = "   ".join(f"{median / medians[0]:.1f} x" for median in medians[1:])
    print(f"{title:28}{cells}{ratios:>22}", flush=True)
    return medians


def often(read: Callable[[Array], Array], digit: Array) -> None:
    """The same digit twenty times."""
    for _ in range(20):
        read(digit)


class Contestant:
    """One library's way of doing the same work: made once per batch size, trained afresh every round."""

    title = ""

    def __init__(self, x: Array, y: Array, batch: int, epochs: int) -> None:
        self.x, self.y, self.batch, self.epochs = x, y, batch, epochs

    def train(self) -> None:
        """Train from fresh weights."""
        raise NotImplementedError

    def read(self, x: Array) -> Array:
        """(n, 784) digits -> (n, 10) probabilities."""
        raise NotImplementedError


class Ours(Contestant):
    """Our own `MLPClassifier`."""

    title = "ours"

    def train(self) -> None:
        """Train from fresh weights."""
        settings = SETTINGS | {"batch_size": self.batch, "max_iter": self.epochs}
        self.model = MLPClassifier(**settings, random_state=0).fit(self.x, self.y)
        assert self.model.n_iter_ == self.epochs

    def read(self, x: Array) -> Array:
        """(n, 784) digits -> (n, 10) probabilities."""
        return self.model.predict_proba(x)


class Textbook(Contestant):
    """The form that the lesson shows, in float32 as ours."""

    title = "textbook"

    def train(self) -> None:
        """Train from fresh weights."""
        rng = np.random.default_rng(0)
        sizes = [self.x.shape[1], *SETTINGS["hidden_layer_sizes"], 10]
        self.network = backprop.build(sizes, SETTINGS["activation"], SETTINGS["init"], rng)
        optimizer = SGD(self.network.params(), SETTINGS["learning_rate_init"], SETTINGS["momentum"])
        penalty, alpha = REGULARIZERS[SETTINGS["penalty"]], SETTINGS["alpha"]
        for _ in range(self.epochs):
            for x, labels in backprop.batches(self.x, self.y, self.batch, rng):
                backprop.train_batch(self.network, x, labels, optimizer, penalty, alpha)

    def read(self, x: Array) -> Array:
        """(n, 784) digits -> (n, 10) probabilities."""
        return softmax(self.network.forward(x))


class ScikitLearn(Contestant):
    """scikit-learn's `MLPClassifier`."""

    title = "scikit-learn"

    def train(self) -> None:
        """Train from fresh weights."""
        self.model = TheirClassifier(
            SETTINGS["hidden_layer_sizes"],
            activation=SETTINGS["activation"],
            solver="sgd",
            momentum=SETTINGS["momentum"],
            nesterovs_momentum=False,
            alpha=SETTINGS["alpha"],
            batch_size=self.batch,
            learning_rate_init=SETTINGS["learning_rate_init"],
            max_iter=self.epochs,
            tol=0,
            n_iter_no_change=self.epochs + 1,
            random_state=0,
        ).fit(self.x, self.y)
        assert self.model.n_iter_ == self.epochs

    def read(self, x: Array) -> Array:
        """(n, 784) digits -> (n, 10) probabilities."""
        probabilities: Array = self.model.predict_proba(x)
        return probabilities


class Keras(Contestant):
    """The same network in Keras."""

    title = "Keras"

    def __init__(self, x: Array, y: Array, batch: int, epochs: int) -> None:
        super().__init__(x, y, batch, epochs)
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import keras
        import tensorflow as tf

        if tf.config.threading.get_intra_op_parallelism_threads() != 1:
            tf.config.threading.set_intra_op_parallelism_threads(1)
            tf.config.threading.set_inter_op_parallelism_threads(1)
        # alpha's share of a batch, as the factor of the summed squares that Keras adds to the mean loss
        penalty = keras.regularizers.L2(SETTINGS["alpha"] / (2 * batch))
        layers: list[Any] = [
            keras.layers.Dense(units, SETTINGS["activation"], kernel_regularizer=penalty)
            for units in SETTINGS["hidden_layer_sizes"]
        ]
        output = keras.layers.Dense(10, "softmax", kernel_regularizer=penalty)
        self.model = keras.Sequential([keras.Input((x.shape[1],)), *layers, output])
        self.model.compile(
            keras.optimizers.SGD(SETTINGS["learning_rate_init"]), "sparse_categorical_crossentropy"
        )
        self.model.fit(x, y, batch_size=batch, epochs=1, verbose=0)  # what it compiles once is not counted

    def train(self) -> None:
        """Train on."""
        self.model.fit(self.x, self.y, batch_size=self.batch, epochs=self.epochs, verbose=0)

    def read(self, x: Array) -> Array:
        """(n, 784) digits -> (n, 10) probabilities."""
        probabilities: Array = self.model.predict(x, batch_size=1_000, verbose=0)
        return probabilities


if __name__ == "__main__":
    main()
