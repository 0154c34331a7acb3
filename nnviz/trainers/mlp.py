"""How an MLP is trained, wherever that is: digits and settings in, a trained model and its card out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from nnviz.core import kinds
from nnviz.core.json_records import MOST_EPOCHS, clean
from nnviz.core.records import Array, Split
from nnviz.core.snapshots import Keeper
from nnviz.core.words import say
from nnviz.model_store import mlp_file, snapshots
from nnviz.numpy_nn import settings as mlp_settings
from nnviz.numpy_nn.settings import MLPSettings
from nnviz.trainers import base
from nnviz.trainers.base import Outcome, Trainer, TrainingRefused, Watch

if TYPE_CHECKING:
    from nnviz.numpy_nn import classifier

_NEVER = -1e4  # the intercept of a digit that was not among the training digits: its probability is exactly 0


def train_mlp(
    split: Split, settings: Mapping[str, Any], watch: Watch, title: str, start: Array | None = None
) -> Outcome:
    """An MLPClassifier with these settings, its weights as an .npz file.

    The curves called validation are those of the split's test digits: they are looked at while training, not
    learned from, and nothing is chosen by them. A training that diverges is an outcome too: its card says at
    which epoch and what to lower, and the weights are the last finite ones. Without a `random_state` the
    split's seed is taken.

    Raises
    ------
    TrainingRefused
        For settings or digits that cannot be trained with.
    """
    if settings.get("random_state") is None:
        settings = {**settings, "random_state": split.seed}
    _check(settings)
    from nnviz.numpy_nn import classifier  # with scikit-learn: only who trains needs it

    model = classifier.MLPClassifier(**settings)
    kept = Keeper()
    labels = np.union1d(split.y_train, split.y_test)  # a digit that was left out has an output all the same

    def keep(number: int, weights: Sequence[Array]) -> None:
        kept(number, _wide(model.classes_, weights))

    base.let_look(
        watch,
        lambda: (mlp_file.pack(_with_all_digits(model)), kinds.MLP.suffix),
        lambda: _wide(model.classes_, _in_order(model)),
    )
    try:
        model.fit(
            split.x_train,
            split.y_train,
            on_epoch=watch.epoch,
            on_batch=watch.batch,
            on_weights=keep,
            start=None if start is None else _in_layers(model, start, len(labels)),
            classes=labels,
            validation=(split.x_test, split.y_test) if len(split.x_test) else None,
        )
    except classifier.Diverged:
        pass  # the model's history says so, and at which epoch
    except TrainingRefused:
        raise
    except ValueError as error:
        raise TrainingRefused(clean(str(error), 300)) from error
    model = _with_all_digits(model)
    said = _said(model, split.x_test)
    card = base.card_of(
        split,
        kinds.MLP.name,
        title,
        mlp_file.describe(model),
        model.history_,
        {
            **base.scores_of("train", split.y_train, _said(model, split.x_train)),
            **base.scores_of("test", split.y_test, said),
        },
        measured_on=f"train: the {len(split.x_train):,} digits it learned from; "
        f"test: the {len(split.x_test):,} held back",
        libraries=("numpy", "scikit-learn"),
    )
    packed = snapshots.attach(mlp_file.pack(model), kept.snapshots(_in_order(model)))
    return Outcome(packed, kinds.MLP.suffix, card, base.answers_of(split, said))


def _check(settings: Mapping[str, Any]) -> MLPSettings:
    """All settings of the network. Raises TrainingRefused."""
    try:
        asked = mlp_settings.checked(settings)
    except (TypeError, ValueError) as error:
        raise base.refused(error) from error
    # What is trained here has to pass the door of the store again.
    sizes = asked.sizes
    if len(sizes) > mlp_file.MOST_HIDDEN or max(sizes, default=1) > mlp_file.MOST_UNITS:
        raise TrainingRefused(
            say(
                "Up to {most_hidden} hidden layers of up to {most_units:,} units can be trained, "
                "not {sizes}.",
                most_hidden=mlp_file.MOST_HIDDEN,
                most_units=mlp_file.MOST_UNITS,
                sizes=", ".join(map(str, sizes[:9])),
            )
        )
    weights = sum(a * b for a, b in pairwise([mlp_file.PIXELS, *sizes, mlp_file.DIGITS]))
    if weights > mlp_file.MOST_WEIGHTS:
        raise TrainingRefused(
            say(
                "A network of {weights:,} weights is too large: up to {most:,} can be trained. "
                "Take fewer layers, or fewer units.",
                weights=weights,
                most=mlp_file.MOST_WEIGHTS,
            )
        )
    if asked.max_iter > MOST_EPOCHS:
        raise TrainingRefused(
            say(
                "A training takes up to {most_epochs:,} epochs, not {max_iter:,}.",
                most_epochs=MOST_EPOCHS,
                max_iter=asked.max_iter,
            )
        )
    return asked


def _mlp_epochs(settings: Mapping[str, Any]) -> int:
    return int(_check(settings).max_iter)


def _with_all_digits(model: classifier.MLPClassifier) -> classifier.MLPClassifier:
    """The same network with an output for each of the ten digits, whichever of them it was trained on."""
    if len(model.classes_) == mlp_file.DIGITS:
        return model
    wide, biases = _wide(model.classes_, [model.coefs_[-1], model.intercepts_[-1]])
    full = type(model).from_weights(
        [*model.coefs_[:-1], wide], [*model.intercepts_[:-1], biases], **model.get_params(deep=False)
    )
    full.history_, full.loss_curve_, full.n_iter_ = model.history_, model.loss_curve_, model.n_iter_
    return full


def _in_order(model: classifier.MLPClassifier) -> list[Array]:
    """Weights and intercepts, layer by layer."""
    return [each for pair in zip(model.coefs_, model.intercepts_, strict=True) for each in pair]


def _wide(classes: Array, weights: Sequence[Array]) -> Sequence[Array]:
    """The same weights and intercepts, the last two of them with a column for each of the ten digits."""
    if len(classes) == mlp_file.DIGITS:
        return weights
    *before, last, bias = weights
    wide = np.zeros((last.shape[0], mlp_file.DIGITS), np.float32)
    wide[:, classes] = last
    biases = np.full(mlp_file.DIGITS, _NEVER, np.float32)
    biases[classes] = bias
    return [*before, wide, biases]


def _in_layers(model: classifier.MLPClassifier, start: Array, classes: int) -> list[Array]:
    """The weights to go on from, (parameters,), layer by layer. Raises TrainingRefused."""
    sizes = [
        mlp_file.PIXELS,
        *np.atleast_1d(np.asarray(model.hidden_layer_sizes, np.int64)).tolist(),
        classes,
    ]
    shapes = [shape for a, b in pairwise(sizes) for shape in ((a, b), (b,))]
    ends = np.cumsum([math.prod(shape) for shape in shapes])
    base.check_start(start, int(ends[-1]))
    return [row.reshape(shape) for row, shape in zip(np.split(start, ends[:-1]), shapes, strict=True)]


def _said(model: classifier.MLPClassifier, x: Array) -> Array | None:
    """(n, 10) probabilities; None of no digits, or after a divergence that left no numbers."""
    if not len(x):
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        probabilities: Array = model.predict_proba(x)
    return probabilities if np.isfinite(probabilities).all() else None


MLP = Trainer(train_mlp, _mlp_epochs, mlp_settings.usual)
