"""How a CNN is trained, wherever that is: digits and settings go in, a trained model and its card come out.

The counterpart of `trainers.mlp`, in a module of its own so that only those who train a CNN load Keras.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from nnviz.core import kinds
from nnviz.core.records import Array, Split
from nnviz.core.snapshots import Keeper
from nnviz.core.words import say
from nnviz.data import hands
from nnviz.keras_models import cnn, compiled, training_loop
from nnviz.model_store import keras_file, snapshots
from nnviz.trainers import base
from nnviz.trainers.base import Outcome, Trainer, TrainingRefused, Watch

_LEAST = 20  # training digits: a tenth of them is held back
_MOST_JUDGED = 10_000  # of the digits that were learned from


def train_cnn(
    split: Split, settings: Mapping[str, Any], watch: Watch, title: str, start: Array | None = None
) -> Outcome:
    """A network of the report's kind with these `cnn.Settings`, as a .keras file of its best weights.

    The best epoch is the one that reads the validation digits best: the split's own, or where it has none a
    tenth of its training digits, which are then not learned from. The test digits are read once, at the end.
    A training that diverges or is stopped is an outcome too.

    Raises
    ------
    TrainingRefused
        For settings or digits that cannot be trained with.
    """
    chosen = _settings(settings, split.seed)
    x, y, validation = _parts(split)
    model = cnn.build(chosen)
    base.begin_with(model, start)
    kept = Keeper()
    base.let_look(watch, lambda: (keras_file.pack(model), kinds.CNN.suffix), model.get_weights)
    try:
        history = training_loop.fit(
            model,
            training_loop.optimizer(chosen, len(x)),
            x,
            y,
            batch_size=chosen.batch_size,
            epochs=chosen.max_iter,
            rng=np.random.default_rng(chosen.random_state),
            change=training_loop.changing(chosen.augment),
            validation=validation,
            on_epoch=watch.epoch,
            on_batch=watch.batch,
            on_weights=kept,
        )
    except MemoryError:
        raise TrainingRefused(
            say("There is not enough memory for such a network; try fewer filters.")
        ) from None
    said = compiled.predict(model, split.x_test) if len(split.x_test) else None
    learned = min(len(x), _MOST_JUDGED)
    card = base.card_of(
        split,
        kinds.CNN.name,
        title,
        keras_file.describe(model) | {"settings": dataclasses.asdict(chosen)},
        history,
        {
            **base.scores_of("train", y[:learned], compiled.predict(model, x[:learned])),
            **base.scores_of("validation", validation[1], compiled.predict(model, validation[0])),
            **base.scores_of("test", split.y_test, said),
        },
        measured_on=f"train: {learned:,} of the digits it learned from; "
        f"validation: {len(validation[1]):,} digits it was chosen by; "
        f"test: the {len(split.x_test):,} held back",
        libraries=("numpy", "keras", "tensorflow"),
        n_train=len(x),
    )
    packed = snapshots.attach(keras_file.pack(model), kept.snapshots(model.get_weights()))
    return Outcome(packed, kinds.CNN.suffix, card, base.answers_of(split, said))


def _settings(settings: Mapping[str, Any], seed: int) -> cnn.Settings:
    try:
        return cnn.Settings.from_mapping({"random_state": seed % 2**31, **settings})
    except (TypeError, ValueError) as error:
        raise base.refused(error) from error


def _parts(split: Split) -> tuple[Array, Array, tuple[Array, Array]]:
    """What is learned from, and what the best epoch is chosen by. Raises TrainingRefused."""
    x, y = split.x_train, split.y_train
    if split.x_validation is not None and split.y_validation is not None and len(split.x_validation):
        return x, y, (split.x_validation, split.y_validation)
    if len(x) < _LEAST:
        raise TrainingRefused(
            say("A CNN needs at least {least} digits to learn from; there are {n}.", least=_LEAST, n=len(x))
        )
    if split.hands is not None and len(hands.known(split.hands)) > 1 and split.hands.min() >= 0:
        learn, choose = hands.cut(np.arange(len(x)), split.hands, split.seed, 0.1)
        return x[learn], y[learn], (x[choose], y[choose])
    # The training digits come shuffled with every digit's share kept, so any tenth is as good as another.
    tenth = len(x) // 10
    return x[tenth:], y[tenth:], (x[:tenth], y[:tenth])


CNN = Trainer(
    train_cnn,
    lambda settings: _settings(settings, 0).max_iter,
    lambda: dataclasses.asdict(cnn.Settings()),
)
