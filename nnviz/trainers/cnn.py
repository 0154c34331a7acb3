"""How a CNN is trained, wherever that is: digits and settings go in, a trained model and its card come out.

The counterpart of `base.train_mlp`, in a module of its own so that only those who train a CNN load Keras.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from nnviz.core.json_records import clean
from nnviz.core.protocols import KerasModel
from nnviz.core.records import Array, ModelCard, Split
from nnviz.keras_models import cnn, compiled, training_loop
from nnviz.model_store import cards, keras_file
from nnviz.trainers import base
from nnviz.trainers.base import Outcome, Trainer, TrainingRefused, Watch

_LEAST = 20  # training digits: a tenth of them is held back


def train_cnn(split: Split, settings: Mapping[str, Any], watch: Watch, title: str) -> Outcome:
    """A network of the report's kind with these `cnn.Settings`, as a .keras file of its best weights.

    The best epoch is the one that reads the validation digits best: the split's own, or where it has none a
    tenth of its training digits, which are then not learned from. The test digits are read once, at the end.
    A training that diverges or is stopped is an outcome too. Raises TrainingRefused.
    """
    chosen = _settings(settings, split.seed)
    x, y, validation = _parts(split)
    model = cnn.build(chosen)
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
        )
    except MemoryError:
        raise TrainingRefused("There is not enough memory for such a network; try fewer filters.") from None
    said = compiled.predict(model, split.x_test) if len(split.x_test) else None
    card = ModelCard(
        name="",
        title=clean(title) or "CNN",
        created=cards.now(),
        data=split.dataset,
        data_digest=split.digest,
        n_train=len(x),
        n_test=len(split.x_test),
        seed=split.seed,
        metrics={
            **scores("validation", model, *validation),
            **base.scores("test", split.y_test, said),
        },
        measured_on=f"validation: {len(validation[1]):,} digits it was chosen by; "
        f"test: the {len(split.x_test):,} held back; both of {split.dataset}, seed {split.seed}",
        seconds=history.seconds,
        versions=cards.versions("numpy", "keras", "tensorflow"),
        history=history,
        note=history.note,
        **keras_file.describe(model) | {"settings": dataclasses.asdict(chosen)},
    )
    packed = keras_file.pack(model, card)
    return Outcome(packed, keras_file.SUFFIX, card, base.answers(split, said))


def scores(name: str, model: KerasModel, x: Array, y: Array) -> dict[str, float]:
    """Accuracy and loss on digits x (n, 784) with labels y, or nothing where there is nothing to measure."""
    return base.scores(name, y, compiled.predict(model, x) if len(x) else None)


def _settings(settings: Mapping[str, Any], seed: int) -> cnn.Settings:
    try:
        return cnn.Settings.of({"random_state": seed % 2**31, **settings})
    except (TypeError, ValueError) as error:
        raise TrainingRefused(f"These settings cannot be trained with: {clean(str(error), 300)}") from error


def _parts(split: Split) -> tuple[Array, Array, tuple[Array, Array]]:
    """What is learned from, and what the best epoch is chosen by. Raises TrainingRefused."""
    x, y = split.x_train, split.y_train
    if split.x_validation is not None and split.y_validation is not None and len(split.x_validation):
        return x, y, (split.x_validation, split.y_validation)
    if len(x) < _LEAST:
        raise TrainingRefused(f"A CNN needs at least {_LEAST} digits to learn from; there are {len(x)}.")
    # The training digits come shuffled with every digit's share kept, so any tenth is as good as another.
    tenth = len(x) // 10
    return x[tenth:], y[tenth:], (x[:tenth], y[:tenth])


CNN = Trainer(train_cnn, lambda settings: _settings(settings, 0).max_iter)
