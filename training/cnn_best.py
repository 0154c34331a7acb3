"""Makes models/cnn_best.keras: a small modern network that reads what people draw on the pad.

MNIST alone teaches too little of that: its digits were written in America, with one kind of pen. Half of
what this network learns from are real pen strokes of other people, drawn in many widths, sizes and slants
and put through the pad's own preparation, or written on paper and read by a scanner; the other half is MNIST.
All of it is moved, turned, scaled, stretched, slanted, bent and made thicker or thinner anew at every epoch.
Six of the thirty writers are left out entirely: the card says how their digits are read, for every width of
the pen and every height of the digit, and off paper. The rate falls to nought, and the last epoch is kept:
no digit that judges has chosen it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nnviz.core.protocols import KerasModel, KerasOptimizer
from nnviz.core.records import Array, History, Split
from nnviz.core.snapshots import Keeper
from nnviz.data import augmentation, mnist, splits
from nnviz.keras_models import backend, compiled, training_loop
from nnviz.model_store import cards, keras_file, snapshots, store
from nnviz.model_store.store import Entry
from nnviz.trainers import base
from training import SNAPSHOT_BYTES, THREADS, pen_pictures, unipen
from training.telling import Telling

NAME = "cnn_best"
SEED = 42
SETTINGS: dict[str, Any] = {
    "max_iter": 32,
    "batch_size": 128,
    "parts": 2,  # of a batch, worked at side by side
    "solver": "adamw",
    "learning_rate_init": 0.003,
    "weight_decay": 0.01,
    "smoothing": 0.05,  # of the labels
    "averaging": 0.998,  # of the weights, a step
    "dropout": 0.25,
    "drawings": 5,  # of each pen digit, each in another hand
    "scans": 4,  # likewise, off paper
}
CITATION = (
    "Pen strokes: E. Alpaydin and F. Alimoglu, Pen-Based Recognition of Handwritten Digits, UCI Machine "
    "Learning Repository, 1998, CC BY 4.0."
)


def network(seed: int, settings: Mapping[str, Any]) -> KerasModel:
    """The untrained keras.Model: five convolutions, each normalised, at 28, 14 and 7 pixels a side.

    98,538 parameters, 5.7 million multiplications a digit: little enough for a browser at every move of the
    pointer. Each normalisation can be folded into the convolution before it.
    """
    keras = backend.keras()
    layers = keras.layers

    def block(x: Any, number: int, filters: int, size: int) -> Any:
        start = keras.initializers.HeNormal(seed=seed + number)  # He et al. 2015
        x = layers.Conv2D(
            filters,
            size,
            padding="same",
            use_bias=False,
            kernel_initializer=start,
            name=f"convolution_{number}",
        )(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"normalised_{number}")(x)
        return layers.ReLU(name=f"relu_{number}")(x)

    image = keras.Input((28, 28, 1), name="image")
    x = block(image, 1, 16, 5)
    x = layers.MaxPooling2D(2, name="pooling_1")(x)
    x = block(x, 2, 32, 3)
    x = block(x, 3, 32, 3)
    x = layers.MaxPooling2D(2, name="pooling_2")(x)
    x = block(x, 4, 64, 3)
    x = block(x, 5, 64, 3)
    x = layers.MaxPooling2D(2, name="pooling_3")(x)
    x = layers.Flatten(name="flat")(x)
    x = layers.Dropout(settings["dropout"], seed=seed, name="dropout")(x)
    x = layers.Dense(48, activation="relu", name="dense")(x)
    model: KerasModel = keras.Model(
        image, layers.Dense(10, activation="softmax", name="answer")(x), name=NAME
    )
    return model


def change(x: Array, rng: np.random.Generator) -> Array:
    """(n, 784) uint8 digits -> as many float32 ones in [0, 1], each a little different."""
    digits = np.asarray(x, np.float32) / np.float32(255)
    digits = augmentation.elastic(
        digits, rng, bend=0.7, shift=1.5, turn=12, scale=0.13, stretch=0.12, shear=0.2
    )
    some = rng.random(len(digits)) < 0.5
    digits[some] = augmentation.stroke(digits[some], rng, thinner=0.5, thicker=1)
    return digits


def lessons(
    split: Split, digits: Sequence[unipen.PenDigit], rng: np.random.Generator, settings: Mapping[str, Any]
) -> tuple[Array, Array]:
    """All that is learned from, half of it MNIST and half pen strokes: (n, 784) uint8 and (n,) labels."""
    pictures = [np.rint(split.x_train * 255).astype(np.uint8)]
    pictures += [pen_pictures.varied(digits, rng) for _ in range(settings["drawings"])]
    pictures += [pen_pictures.scanned(digits, rng) for _ in range(settings["scans"])]
    drawn = np.array([digit.label for digit in digits])
    return np.concatenate(pictures), np.concatenate([split.y_train, *[drawn] * (len(pictures) - 1)])


def optimizer(n: int, settings: Mapping[str, Any]) -> KerasOptimizer:
    """AdamW whose rate rises for a twentieth of the training and then falls to nought along half a cosine."""
    keras = backend.keras()
    steps = -(-n // settings["batch_size"]) * settings["max_iter"]
    rate = keras.optimizers.schedules.CosineDecay(
        1e-4,
        steps - steps // 20,
        warmup_target=settings["learning_rate_init"],
        warmup_steps=steps // 20,
    )
    made: KerasOptimizer = keras.optimizers.AdamW(rate, weight_decay=settings["weight_decay"])
    return made


def pen_scores(model: KerasModel, digits: Sequence[unipen.PenDigit]) -> dict[str, float]:
    """The accuracy on these digits drawn plainly, for every width of the pen and height of the digit."""
    labels = np.array([digit.label for digit in digits])
    return {
        f"pen_{width}_{height}": float(
            (compiled.predict(model, pen_pictures.as_drawn(digits, width, height)).argmax(1) == labels).mean()
        )
        for width in pen_pictures.WIDTHS
        for height in pen_pictures.HEIGHTS
    }


def scan_score(model: KerasModel, digits: Sequence[unipen.PenDigit]) -> float:
    """The accuracy on these digits written on paper and scanned, each five times in another hand."""
    rng = np.random.default_rng(SEED)
    pictures = np.concatenate([pen_pictures.scanned(digits, rng) for _ in range(5)]) / np.float32(255)
    labels = np.tile([digit.label for digit in digits], 5)
    return float((compiled.predict(model, pictures).argmax(1) == labels).mean())


def trained(
    split: Split,
    digits: Sequence[unipen.PenDigit],
    settings: Mapping[str, Any] = SETTINGS,
    on_weights: training_loop.OnWeights | None = None,
) -> tuple[KerasModel, History]:
    """The network after its lessons. The same digits and settings give the same bits."""
    rng = np.random.default_rng(SEED)
    x, y = lessons(split, digits, rng, settings)
    backend.keras(threads=THREADS)
    with backend.seeded(SEED):
        model = network(SEED, settings)
    assert split.x_validation is not None and split.y_validation is not None  # noqa: PT018 - honest data has them
    history = training_loop.fit(
        model,
        optimizer(len(x), settings),
        x,
        y,
        batch_size=settings["batch_size"],
        epochs=settings["max_iter"],
        rng=rng,
        change=change,
        smoothing=settings["smoothing"],
        averaging=settings["averaging"],
        parts=settings["parts"],
        validation=(split.x_validation, split.y_validation),
        keep="last",
        on_epoch=Telling().epoch,
        on_weights=on_weights,
    )
    return model, history


def make() -> Entry:
    """Trains and saves models/cnn_best.keras with its card."""
    everyone = pen_pictures.read()
    writers = sorted({digit.writer for digit in everyone} - set(pen_pictures.TESTERS))
    spec = splits.DataSpec("honest", seed=SEED)
    split = splits.load_split(spec)
    print("CNN for the pad: drawing pen digits", flush=True)
    taught = pen_pictures.written_by(everyone, writers)
    strangers = pen_pictures.written_by(everyone, pen_pictures.TESTERS)
    kept = Keeper(SNAPSHOT_BYTES)
    model, history = trained(split, taught, on_weights=kept)
    assert split.x_validation is not None and split.y_validation is not None  # noqa: PT018 - as above
    pen = pen_scores(model, strangers)
    embedded = mnist.embedded()
    card = cards.new_card(
        "CNN for drawn digits",
        history=history,
        libraries=("numpy", "keras", "tensorflow"),
        name=NAME,
        data=f"{split.dataset}, and pen strokes of {len(writers)} writers",
        data_digest=split.digest,
        n_train=len(split.x_train) + (SETTINGS["drawings"] + SETTINGS["scans"]) * len(taught),
        n_test=len(split.x_test),
        seed=SEED,
        spec=dataclasses.asdict(spec),
        metrics={
            **base.scores_of("validation", split.y_validation, compiled.predict(model, split.x_validation)),
            **base.scores_of("test", split.y_test, compiled.predict(model, split.x_test)),
            **base.scores_of(
                "embedded", embedded.labels, compiled.predict(model, mnist.to_rows(embedded.images))
            ),
            "pen_accuracy": float(np.mean(list(pen.values()))),
            "pen_least_accuracy": min(pen.values()),
            "scan_accuracy": scan_score(model, strangers),
            **pen,
        },
        measured_on="validation: 1,000 digits that were only looked at; test: MNIST's 10,000; embedded: "
        "the 5,000 that travel with the app; pen: digits of the writers "
        f"{', '.join(map(str, pen_pictures.TESTERS))} of the pen data, drawn plainly on a pad of 280 pixels; "
        "pen_16_120 is with a pen of 16 pixels at a height of 120; scan: the same writers' digits as a "
        "reader of forms sees them, in 32 rows of black and white. It learned from none of these",
        note=CITATION,
        **keras_file.describe(model) | {"settings": SETTINGS},
    )
    for name in ("test_accuracy", "embedded_accuracy", "pen_accuracy", "pen_least_accuracy", "scan_accuracy"):
        print(f"  {name} {card.metrics[name]:.4f}", flush=True)
    packed = snapshots.attach(keras_file.pack(model), kept.snapshots(model.get_weights()))
    return store.put(packed, keras_file.SUFFIX, card, "shipped")


def main() -> None:
    """The one model."""
    make()


if __name__ == "__main__":
    main()
