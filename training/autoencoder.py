"""Makes models/autoencoder.keras (the report's), models/autoencoder_conv.keras and the maps of their codes.

Both squeeze a digit into 32 numbers. They never see the embedded 5,000 digits nor the 10,000 test digits; the
maps, models/<name>_maps.npz, are of the embedded ones.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable

from nnviz.core import paths
from nnviz.core.records import Epoch
from nnviz.data import mnist, splits
from nnviz.keras_models import autoencoder, backend
from nnviz.keras_models.autoencoder import Settings
from nnviz.model_store import keras_file, snapshots, store
from nnviz.model_store.store import Entry
from nnviz.representations import embedding, embedding_files, pca
from nnviz.trainers import autoencoder as train_autoencoder
from training import SNAPSHOT_BYTES, THREADS

SEED = 42
TITLES = {
    "autoencoder": "Autoencoder, 32 numbers",
    "autoencoder_conv": "Autoencoder, convolutional, 32 numbers",
}
SETTINGS = {
    "autoencoder": Settings(
        loss="squared error", learning_rate_init=0.003, batch_size=128, max_iter=45, random_state=SEED
    ),
    "autoencoder_conv": Settings(
        architecture="convolutional",
        loss="squared error",
        learning_rate_init=0.002,
        batch_size=128,
        max_iter=10,
        random_state=SEED,
    ),
}


class Telling:
    """Prints every epoch; stops nothing."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    def epoch(self, epoch: Epoch) -> bool:
        """A line with what the epoch ended with."""
        self._tell(
            f"  epoch {epoch.number:3}: training {epoch.loss:.5f}, "
            f"validation {epoch.validation_loss or 0:.5f}, {epoch.seconds:.0f} s"
        )
        return False

    def batch(self, done: int, total: int) -> bool:
        """Nothing to say between epochs."""
        return False


def make(name: str, tell: Callable[[str], None]) -> Entry:
    """Trains and saves models/<name>.keras with its card."""
    backend.keras(threads=THREADS)
    spec = splits.DataSpec("honest", seed=SEED)
    split = splits.load_split(spec)
    settings = dataclasses.asdict(SETTINGS[name])
    tell(TITLES[name])
    outcome = train_autoencoder.train_autoencoder(split, settings, Telling(tell), TITLES[name])
    model = keras_file.read_model(outcome.model)
    embedded = mnist.to_rows(mnist.embedded().images)
    card = dataclasses.replace(
        outcome.card,
        name=name,
        spec=dataclasses.asdict(spec),
        metrics={**outcome.card.metrics, "embedded_error": train_autoencoder.error(model, embedded)},
        measured_on="mean squared error a pixel; train: 10,000 of the digits it learned from; test: MNIST's "
        "10,000, beside PCA's with as many numbers; embedded: the 5,000 that travel with the app; "
        "it learned from neither of these",
    )
    scores = ", ".join(f"{key} {value:.5f}" for key, value in card.metrics.items())
    tell(f"  {scores}; {card.parameters:,} parameters")
    packed = snapshots.thin(outcome.model, SNAPSHOT_BYTES)
    return store.put(packed, outcome.suffix, card, "shipped")


def draw_maps(name: str, tell: Callable[[str], None]) -> None:
    """Draws and saves the maps of the embedded digits' codes, each by its usual settings."""
    path = paths.shipped() / f"{name}.keras"
    digits = mnist.embedded()
    codes = autoencoder.encode(keras_file.read_model(path.read_bytes()), mnist.to_rows(digits.images))
    drawn = [embedding.draw(method, codes) for method in embedding.METHODS]
    tell("  maps: " + ", ".join(f"{one.method} {one.seconds:.0f} s" for one in drawn))
    embedding_files.write_maps(
        paths.shipped() / f"{name}_maps.npz", embedding_files.subject(path, digits), drawn
    )


def find_directions() -> None:
    """Finds and saves the first principal components of the digits that both learn from."""
    learned = splits.load_split(splits.DataSpec("honest", seed=SEED)).x_train
    pca.write_shipped(pca.fit(learned, pca.SHIPPED, "the same 54,000 digits"))


def main() -> None:
    """Both, or those that are named, one after the other; `--maps` draws the maps alone."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=" or ".join(SETTINGS))
    parser.add_argument("--maps", action="store_true", help="draw the maps of the models that are there")
    arguments = parser.parse_args()

    def tell(line: str) -> None:
        print(line, flush=True)

    for name in arguments.names or SETTINGS:
        if not arguments.maps:
            make(name, tell)
        draw_maps(name, tell)
    if not arguments.maps:
        find_directions()


if __name__ == "__main__":
    main()
