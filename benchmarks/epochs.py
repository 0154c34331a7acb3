"""What keeping every epoch costs: seconds of a training, bytes of a file, and the slider's time.

Each kind of network is trained with and without snapshots in turn; the medians of the processor's seconds are
compared. Then networks of the app are asked for after every epoch, as the slider does: weights, the digits
read again, the program for browsers. `--quick` trains fewer epochs, and no network of Keras.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from nnviz.core.kinds import KINDS
from nnviz.core.snapshots import Keeper
from nnviz.data import mnist
from nnviz.data.splits import DataSpec, load_split
from nnviz.inference import browser
from nnviz.keras_models import cnn, training_loop
from nnviz.model_store import formats, mlp_file, snapshots, store
from nnviz.numpy_nn import MLPClassifier
from nnviz.numpy_nn.presets import PRESETS

Train = Callable[[Keeper | None], Any]


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer epochs, the network from scratch alone")
    arguments, _ = parser.parse_known_args()
    with threadpool_limits(limits=1, user_api="blas"):
        epochs, rounds = (20, 3) if arguments.quick else (100, 5)
        compare(f"MLP of the report, {epochs} epochs", mlp(epochs), rounds)
        if not arguments.quick:
            compare("CNN 3 × 3, 3 epochs", convolutional(3), rounds)
        for kind in KINDS.values():
            slide(kind.default)


def mlp(epochs: int) -> Train:
    """The report's network on the study's digits."""
    split = load_split(DataSpec("study"))

    def train(keep: Keeper | None) -> Any:
        settings = {**PRESETS["report"].settings, "max_iter": epochs, "random_state": 42}
        model = MLPClassifier(**settings).fit(split.x_train, split.y_train, on_weights=keep)
        packed = mlp_file.pack(model)
        if keep is not None:
            weights = [each for pair in zip(model.coefs_, model.intercepts_, strict=True) for each in pair]
            packed = snapshots.attach(packed, keep.snapshots(weights))
        return packed

    return train


def convolutional(epochs: int) -> Train:
    """The report's CNN on the study's digits."""
    split = load_split(DataSpec("study"))
    settings = cnn.Settings(max_iter=epochs)

    def train(keep: Keeper | None) -> Any:
        model = cnn.build(settings)
        training_loop.fit(
            model,
            training_loop.optimizer(settings, len(split.x_train)),
            split.x_train,
            split.y_train,
            batch_size=settings.batch_size,
            epochs=epochs,
            rng=np.random.default_rng(0),
            on_weights=keep,
        )
        return None if keep is None else keep.snapshots(model.get_weights())

    return train


def compare(title: str, train: Train, rounds: int) -> None:
    """A row: seconds with and without, and bytes."""
    plain: list[float] = []
    kept: list[float] = []
    train(None)
    for _ in range(rounds):
        for seconds, keep in ((plain, None), (kept, Keeper())):
            began = time.process_time()
            found = train(keep)
            seconds.append(time.process_time() - began)
    without, with_them = statistics.median(plain), statistics.median(kept)
    size = len(found) if isinstance(found, bytes) else found.values.nbytes
    print(
        f"{title}: {without:.3f} s without, {with_them:.3f} s with snapshots "
        f"({with_them / without - 1:+.1%}); {size / 1e6:.2f} MB"
    )


def slide(name: str) -> None:
    """A row: what the server does when the slider of that network is moved."""
    path = store.find(name).path
    whole = formats.read_network(path)
    began = time.perf_counter()
    kept = snapshots.read(path.read_bytes(), whole)
    opened = time.perf_counter() - began
    digits = mnist.to_rows(mnist.embedded().images[::5])
    one, many = [], []
    for epoch in kept.epochs.tolist():
        began = time.perf_counter()
        then = snapshots.at(whole, kept, epoch)
        browser.pack_program(browser.program_of(then))
        then.predict(digits[:1])
        one.append(1000 * (time.perf_counter() - began))
        then.predict(digits)
        many.append(1000 * (time.perf_counter() - began))
    print(
        f"{name}: snapshots read and checked once in {1000 * opened:.0f} ms; an epoch's weights, program and "
        f"answer in {statistics.median(one):.1f} ms, with {len(digits):,} digits read "
        f"{statistics.median(many):.0f} ms"
    )


if __name__ == "__main__":
    main()
