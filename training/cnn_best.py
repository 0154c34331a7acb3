"""Makes models/cnn_best.keras: a small modern network that reads what people draw on the pad.

MNIST alone teaches too little of that: its digits were written in America, with one kind of pen. Half of
what this network learns from are real pen strokes of other people, drawn in many widths, sizes and slants
and put through the pad's own preparation; the other half is MNIST, and all of it is moved, turned, scaled,
slanted and made thicker or thinner anew at every epoch. Six of the thirty writers are left out entirely: the
card says how their digits are read, for every width of the pen and every height of the digit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from nnviz.core.protocols import KerasModel, KerasOptimizer
from nnviz.core.records import Array, Split
from nnviz.data import augmentation, mnist, splits
from nnviz.keras_models import backend, compiled, training_loop
from nnviz.model_store import cards, keras_file, store
from nnviz.model_store.store import Entry
from nnviz.trainers import base
from training import pen_pictures, unipen
from training.telling import Telling

NAME = "cnn_best"
SEED = 42
SETTINGS: dict[str, Any] = {
    "max_iter": 14,
    "batch_size": 128,
    "solver": "adamw",
    "learning_rate_init": 0.003,
    "weight_decay": 0.01,
    "smoothing": 0.05,  # of the labels
    "averaging": 0.998,  # of the weights, a step
    "dropout": 0.3,
    "drawings": 9,  # of each pen digit, each in another hand
}
CITATION = (
    "Pen strokes: E. Alpaydin and F. Alimoglu, Pen-Based Recognition of Handwritten Digits, UCI Machine "
    "Learning Repository, 1998, CC BY 4.0."
)


def network(seed: int) -> KerasModel:
    """The untrained keras.Model: five convolutions, each normalised, at 28, 14 and 7 pixels a side.

    107,930 parameters, 5.8 million multiplications a digit: little enough for a browser at every move of the
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
    x = layers.Dropout(SETTINGS["dropout"], seed=seed, name="dropout")(x)
    x = layers.Dense(64, activation="relu", name="dense")(x)
    model: KerasModel = keras.Model(
        image, layers.Dense(10, activation="softmax", name="answer")(x), name=NAME
    )
    return model


def change(x: Array, rng: np.random.Generator) -> Array:
    """(n, 784) uint8 digits -> as many float32 ones in [0, 1], each a little different."""
    digits = np.asarray(x, np.float32) / np.float32(255)
    digits = augmentation.affine(digits, rng, shift=1.5, turn=12, scale=0.13, shear=0.2)
    some = rng.random(len(digits)) < 0.5
    digits[some] = augmentation.stroke(digits[some], rng, thinner=0.5, thicker=1)
    return digits


def lessons(split: Split, digits: Sequence[unipen.PenDigit], rng: np.random.Generator) -> tuple[Array, Array]:
    """All that is learned from, half of it MNIST and half pen drawings: (n, 784) uint8 and (n,) labels."""
    pictures = [np.rint(split.x_train * 255).astype(np.uint8)]
    pictures += [pen_pictures.varied(digits, rng) for _ in range(SETTINGS["drawings"])]
    drawn = np.array([digit.label for digit in digits])
    return np.concatenate(pictures), np.concatenate([split.y_train, *[drawn] * SETTINGS["drawings"]])


def optimizer(n: int) -> KerasOptimizer:
    """AdamW whose rate rises for a twentieth of the training and then falls to nought along half a cosine."""
    keras = backend.keras()
    steps = -(-n // SETTINGS["batch_size"]) * SETTINGS["max_iter"]
    rate = keras.optimizers.schedules.CosineDecay(
        1e-4,
        steps - steps // 20,
        warmup_target=SETTINGS["learning_rate_init"],
        warmup_steps=steps // 20,
    )
    made: KerasOptimizer = keras.optimizers.AdamW(rate, weight_decay=SETTINGS["weight_decay"])
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


def make() -> Entry:
    """Trains and saves models/cnn_best.keras with its card."""
    everyone = pen_pictures.read()
    writers = sorted({digit.writer for digit in everyone} - set(pen_pictures.TESTERS))
    spec = splits.DataSpec("honest", seed=SEED)
    split = splits.load_split(spec)
    rng = np.random.default_rng(SEED)
    print("CNN for the pad: drawing pen digits", flush=True)
    x, y = lessons(split, pen_pictures.written_by(everyone, writers), rng)

    model = network(SEED)
    assert split.x_validation is not None and split.y_validation is not None  # noqa: PT018 - honest data has them
    history = training_loop.fit(
        model,
        optimizer(len(x)),
        x,
        y,
        batch_size=SETTINGS["batch_size"],
        epochs=SETTINGS["max_iter"],
        rng=rng,
        change=change,
        smoothing=SETTINGS["smoothing"],
        averaging=SETTINGS["averaging"],
        validation=(split.x_validation, split.y_validation),
        on_epoch=Telling().epoch,
    )
    pen = pen_scores(model, pen_pictures.written_by(everyone, pen_pictures.TESTERS))
    embedded = mnist.embedded()
    card = cards.new_card(
        "CNN for drawn digits",
        history=history,
        libraries=("numpy", "keras", "tensorflow"),
        name=NAME,
        data=f"{split.dataset}, and pen strokes of {len(writers)} writers",
        data_digest=split.digest,
        n_train=len(x),
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
            **pen,
        },
        measured_on="validation: 1,000 digits the best epoch was chosen by; test: MNIST's 10,000; embedded: "
        "the 5,000 that travel with the app; pen: digits of the writers "
        f"{', '.join(map(str, pen_pictures.TESTERS))} of the pen data, drawn plainly on a pad of 280 pixels; "
        "pen_16_120 is with a pen of 16 pixels at a height of 120. It learned from none of these",
        note=CITATION,
        **keras_file.describe(model) | {"settings": SETTINGS},
    )
    for name in ("test_accuracy", "embedded_accuracy", "pen_accuracy", "pen_least_accuracy"):
        print(f"  {name} {card.metrics[name]:.4f}", flush=True)
    return store.save(model, card, "shipped")


def main() -> None:
    """The one model."""
    make()


if __name__ == "__main__":
    main()
