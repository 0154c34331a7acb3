"""How an autoencoder is trained, wherever that is: digits and settings in, a trained model and its card out.

The counterpart of `trainers.mlp`, in a module of its own so that only those who train one load Keras.
The steps are taken by Keras' own `fit`, many in one call (XLA left out); what is ours is who listens.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Mapping
from typing import Any

from nnviz.core import kinds
from nnviz.core.numbers import written
from nnviz.core.protocols import KerasModel
from nnviz.core.records import Array, Ending, Epoch, History, Split
from nnviz.core.snapshots import Keeper
from nnviz.core.words import say
from nnviz.keras_models import autoencoder, backend, training_loop
from nnviz.keras_models.autoencoder import Settings
from nnviz.model_store import keras_file, snapshots
from nnviz.representations import pca
from nnviz.trainers import base
from nnviz.trainers.base import Outcome, Trainer, TrainingRefused, Watch

_LEAST = 20  # training digits
_ASK_EVERY = 0.25  # seconds between two words to the listener
# Digits that TensorFlow is left alone with: many, as coming back costs time, but not for seconds.
_AT_ONCE = {"dense": 6_400, "convolutional": 256}
_LOSSES = {"cross-entropy": "binary_crossentropy", "squared error": "mean_squared_error"}


def train_autoencoder(
    split: Split, settings: Mapping[str, Any], watch: Watch, title: str, start: Array | None = None
) -> Outcome:
    """An autoencoder with these `autoencoder.Settings`, as a .keras file that holds encoder and decoder.

    The labels are never looked at. A training that diverges or is stopped is an outcome too.

    Raises
    ------
    TrainingRefused
        For settings or digits that cannot be trained with.

    Notes
    -----
    The curves are the mean squared error a pixel, whatever the loss: in training that of the epoch's batches,
    before each step, noise and all; validation that of the digits held back to choose by, or where there are
    none of the test digits, from which nothing is learned or chosen. An epoch's accuracy is not a number, as
    there is none.
    """
    chosen = _settings(settings, split.seed)
    x = split.x_train
    if len(x) < _LEAST:
        raise TrainingRefused(
            say(
                "An autoencoder needs at least {least} digits to learn from; there are {n}.",
                least=_LEAST,
                n=len(x),
            )
        )
    model = autoencoder.build(chosen)
    base.begin_with(model, start)
    kept = Keeper()
    base.let_look(watch, lambda: (keras_file.pack(model), kinds.AUTOENCODER.suffix), model.get_weights)
    history = _fit(model, chosen, split, watch, kept)
    tested = {"train": x[:10_000], "test": split.x_test}
    errors = {f"{name}_error": error(model, digits) for name, digits in tested.items() if len(digits)}
    if len(split.x_test):
        errors["test_error_pca"] = pca_error(x, split.x_test, chosen.code_size)
    card = base.card_of(
        split,
        kinds.AUTOENCODER.name,
        title,
        keras_file.describe(model) | {"settings": dataclasses.asdict(chosen)},
        history,
        {name: value for name, value in errors.items() if math.isfinite(value)},
        measured_on="mean squared error a pixel; "
        f"train: {len(tested['train']):,} of the digits it learned from; "
        f"test: the {len(split.x_test):,} held back, beside PCA's with as many numbers",
        libraries=("numpy", "scikit-learn", "keras", "tensorflow"),
    )
    packed = snapshots.attach(keras_file.pack(model), kept.snapshots(model.get_weights()))
    return Outcome(packed, kinds.AUTOENCODER.suffix, card)


def error(model: KerasModel, x: Array) -> float:
    """Mean squared error a pixel of digits and what the model makes of them.

    Parameters
    ----------
    x
        n digits in any of their shapes.
    """
    return float(autoencoder.errors(x, autoencoder.reconstruct(model, x)).mean())


def pca_error(x_train: Array, x_test: Array, components: int) -> float:
    """What the same squeeze costs without any network: that many principal components of the training digits.

    Parameters
    ----------
    x_train, x_test
        (n, 784) each.
    components
        There are never more than digits or pixels.
    """
    found = pca.exact_pca(min(components, *x_train.shape)).fit(x_train)
    return float(autoencoder.errors(x_test, found.inverse_transform(found.transform(x_test))).mean())


class _Listener:
    """Tells a watch of every epoch and, a few times a second, of its batches; stops when it says so.

    model: the one that is trained, student: what Keras trains it as.
    """

    def __init__(
        self,
        watch: Watch,
        model: KerasModel,
        student: Any,
        settings: Settings,
        n: int,
        held_back: Array,
        kept: Keeper,
    ) -> None:
        self.watch, self.model, self.student, self.settings = watch, model, student, settings
        self.n, self.held_back = n, held_back
        self.epochs: list[Epoch] = []
        self.ending: Ending = "finished"
        self.note = ""
        self.finite = model.get_weights()
        self.kept = kept
        kept(0, self.finite)
        self.began = self.asked = time.monotonic()

    def batch(self, batch: int, logs: Mapping[str, float]) -> None:
        if not math.isfinite(logs["loss"]):
            self.diverged()
        elif time.monotonic() - self.asked >= _ASK_EVERY:
            self.asked = time.monotonic()
            done = min((batch + 1) * self.settings.batch_size, self.n)
            if self.watch.batch(done, self.n) and done < self.n:
                self.end("stopped")

    def epoch(self, epoch: int, logs: Mapping[str, float]) -> None:
        if self.ending != "finished":
            return  # an epoch that was broken off counts for nothing
        judged = error(self.model, self.held_back) if len(self.held_back) else None
        told = Epoch(
            number=epoch + 1,
            loss=logs["mean_squared_error"],
            accuracy=math.nan,
            validation_loss=judged,
            seconds=time.monotonic() - self.began,
        )
        if not (math.isfinite(told.loss) and math.isfinite(judged or 0)):
            self.diverged()
            return
        self.finite = self.model.get_weights()
        self.kept(told.number, self.finite)
        self.epochs.append(told)
        if self.watch.epoch(told) and told.number < self.settings.max_iter:
            self.end("stopped")

    def diverged(self) -> None:
        self.note = say(
            "The loss was no longer a number in epoch {n}: lower the learning rate ({learning_rate_init}).",
            n=len(self.epochs) + 1,
            learning_rate_init=written(self.settings.learning_rate_init),
        )
        self.model.set_weights(self.finite)
        self.end("diverged")

    def end(self, how: Ending) -> None:
        self.ending = how
        self.student.stop_training = True


def _fit(model: KerasModel, settings: Settings, split: Split, watch: Watch, kept: Keeper) -> History:
    """Train the model, which ends with its last finite weights, and tell how it went."""
    keras = backend.keras()
    x = split.x_train.reshape(-1, *model.input_shape[1:])
    # A second Model that shares the layers: what belongs to training alone is then not saved with the model.
    student = keras.Model(model.inputs, model.outputs)
    student.compile(
        keras.optimizers.Adam(training_loop.learning_rate(settings, len(x))),
        _LOSSES[settings.loss],
        metrics=["mean_squared_error"],
        steps_per_execution=max(1, min(50, _AT_ONCE[settings.architecture] // settings.batch_size)),
    )
    with backend.seeded(settings.random_state):
        digits = training_loop.shuffled((x, x), settings.batch_size, settings.random_state)
    listener = _Listener(watch, model, student, settings, len(x), _held_back(split), kept)
    told = keras.callbacks.LambdaCallback(on_train_batch_end=listener.batch, on_epoch_end=listener.epoch)
    student.fit(digits, shuffle=False, epochs=settings.max_iter, verbose=0, callbacks=[told])
    return History(tuple(listener.epochs), listener.ending, listener.note)


def _held_back(split: Split) -> Array:
    """The digits that the second curve is of."""
    return split.x_test if split.x_validation is None else split.x_validation


def _settings(settings: Mapping[str, Any], seed: int) -> Settings:
    try:
        return Settings.from_mapping({"random_state": seed % 2**31, **settings})
    except (TypeError, ValueError) as error:
        raise base.refused(error) from error


AUTOENCODER = Trainer(
    train_autoencoder,
    lambda settings: _settings(settings, 0).max_iter,
    lambda: dataclasses.asdict(Settings()),
)
