"""One function a kind of network: digits and settings go in, a trained model and its card come out.

Trainers know nothing of where they run. A training tells its story to a `Watch` and asks it, a few times a
second, whether to stop; what comes back is an `Outcome` of plain bytes, which travels between processes. Each
kind is named in TRAINERS and imported when it is asked for, so that nobody loads Keras to train an MLP.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from nnviz.core.json_records import MOST_EPOCHS, clean
from nnviz.core.records import Array, Epoch, History, ModelCard, Split, Work
from nnviz.core.results import Answers
from nnviz.evaluation import metrics
from nnviz.model_store import cards, mlp_file
from nnviz.numpy_nn import classifier

_NEVER = -1e4  # the intercept of a digit that was not among the training digits: its probability is exactly 0


class TrainingRefused(ValueError):
    """Settings or digits that cannot be trained with; one sentence that says what was expected."""


class Watch(Protocol):
    """Who listens to a training. Both are called from the training's own thread and answer at once."""

    def epoch(self, epoch: Epoch) -> bool:
        """Told of every epoch as it ends; True stops the training."""

    def batch(self, done: int, total: int) -> bool:
        """Told a few times a second how many of an epoch's digits are done; True stops the training."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """A trained model, packed. model: its file's bytes; suffix: the kind of file; card: nameless as yet;
    answers: what it said to the split's test digits, None when it names no digits or was shown none; history:
    of the whole training, where that is more than the network's own."""

    model: bytes
    suffix: str
    card: ModelCard
    answers: Answers | None = None
    history: History | None = None


@dataclass(frozen=True)
class Trainer:
    """How one kind of network is trained.

    train(split, settings, watch, title) -> Outcome; epochs(settings): the most it will take. Both raise
    TrainingRefused for settings that make no sense; `epochs` does so at once.
    """

    train: Callable[[Split, Mapping[str, Any], Watch, str], Outcome]
    epochs: Callable[[Mapping[str, Any]], int]


TRAINERS: dict[Work, str] = {
    "mlp": "nnviz.trainers.base:MLP",
    "cnn": "nnviz.trainers.cnn:CNN",
    "autoencoder": "nnviz.trainers.autoencoder:AUTOENCODER",
    "representations": "nnviz.trainers.representations:REPRESENTATIONS",
}


def of(kind: Work) -> Trainer:
    """The trainer of that kind. Raises TrainingRefused."""
    if kind not in TRAINERS:
        raise TrainingRefused(
            f"Only these can be trained here: {', '.join(TRAINERS)}; {kind!r} was asked for."
        )
    trainer: Trainer = pkgutil.resolve_name(TRAINERS[kind])
    return trainer


def train_mlp(split: Split, settings: Mapping[str, Any], watch: Watch, title: str) -> Outcome:
    """An MLPClassifier with these settings, its weights as an .npz file.

    The curves called validation are those of the split's test digits: they are looked at while training, not
    learned from, and nothing is chosen by them. A training that diverges is an outcome too: its card says at
    which epoch and what to lower, and the weights are the last finite ones. Without a `random_state` the
    split's seed is taken. Raises TrainingRefused.
    """
    if settings.get("random_state") is None:
        settings = {**settings, "random_state": split.seed}
    model = _mlp(settings)
    try:
        model.fit(
            split.x_train,
            split.y_train,
            on_epoch=watch.epoch,
            on_batch=watch.batch,
            validation=(split.x_test, split.y_test) if len(split.x_test) else None,
        )
    except classifier.Diverged:
        pass  # the model's history says so, and at which epoch
    except ValueError as error:
        raise TrainingRefused(clean(str(error), 300)) from error
    model = _with_all_digits(model)
    said = _said(model, split.x_test)
    card = ModelCard(
        name="",
        kind="mlp",
        title=clean(title) or "MLP",
        created=cards.now(),
        data=split.dataset,
        data_digest=split.digest,
        n_train=len(split.x_train),
        n_test=len(split.x_test),
        seed=split.seed,
        metrics={
            **scores("train", split.y_train, _said(model, split.x_train)),
            **scores("test", split.y_test, said),
        },
        measured_on=f"train: the {len(split.x_train):,} digits it learned from; "
        f"test: the {len(split.x_test):,} held back; both of {split.dataset}, seed {split.seed}",
        seconds=model.history_.seconds,
        versions=cards.versions("numpy", "scikit-learn"),
        history=model.history_,
        note=model.history_.note,
        **mlp_file.describe(model),
    )
    return Outcome(mlp_file.pack(model, card), ".npz", card, answers(split, said))


def scores(name: str, labels: Array, probabilities: Array | None) -> dict[str, float]:
    """Accuracy and loss for a card, "<name>_accuracy" and "<name>_loss"; nothing of no probabilities."""
    if probabilities is None:
        return {}
    evaluation = metrics.evaluate(labels, probabilities)
    return {f"{name}_accuracy": evaluation.accuracy, f"{name}_loss": evaluation.loss}


def answers(split: Split, probabilities: Array | None) -> Answers | None:
    """What a network said to the split's test digits, (n, 10), as the history keeps it."""
    if probabilities is None:
        return None
    return Answers(split.test_index, split.y_test, probabilities)


def _mlp(settings: Mapping[str, Any]) -> classifier.MLPClassifier:
    """The estimator, not yet fitted. Raises TrainingRefused."""
    try:
        model = classifier.MLPClassifier(**settings)
        model._check_settings()
        np.random.default_rng(model.random_state)
    except (TypeError, ValueError) as error:
        raise TrainingRefused(f"These settings cannot be trained with: {clean(str(error), 300)}") from error
    # What is trained here has to pass the door of the store again.
    sizes = np.atleast_1d(np.asarray(model.hidden_layer_sizes, dtype=np.int64))
    if len(sizes) > mlp_file.MOST_HIDDEN or sizes.max(initial=1) > mlp_file.MOST_UNITS:
        raise TrainingRefused(
            f"Up to {mlp_file.MOST_HIDDEN} hidden layers of up to {mlp_file.MOST_UNITS:,} units "
            f"can be trained, not {', '.join(map(str, sizes[:9]))}."
        )
    if model.max_iter > MOST_EPOCHS:
        raise TrainingRefused(f"A training takes up to {MOST_EPOCHS:,} epochs, not {model.max_iter:,}.")
    return model


def _mlp_epochs(settings: Mapping[str, Any]) -> int:
    return int(_mlp(settings).max_iter)


def _with_all_digits(model: classifier.MLPClassifier) -> classifier.MLPClassifier:
    """The same network with an output for each of the ten digits, whichever of them it was trained on."""
    if len(model.classes_) == mlp_file.DIGITS:
        return model
    last, bias = model.coefs_[-1], model.intercepts_[-1]
    wide = np.zeros((last.shape[0], mlp_file.DIGITS), np.float32)
    wide[:, model.classes_] = last
    biases = np.full(mlp_file.DIGITS, _NEVER, np.float32)
    biases[model.classes_] = bias
    full = classifier.MLPClassifier.from_weights(
        [*model.coefs_[:-1], wide], [*model.intercepts_[:-1], biases], **model.get_params(deep=False)
    )
    full.history_, full.loss_curve_, full.n_iter_ = model.history_, model.loss_curve_, model.n_iter_
    return full


def _said(model: classifier.MLPClassifier, x: Array) -> Array | None:
    """(n, 10) probabilities; None of no digits, or after a divergence that left no numbers."""
    if not len(x):
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        probabilities: Array = model.predict_proba(x)
    return probabilities if np.isfinite(probabilities).all() else None


MLP = Trainer(train_mlp, _mlp_epochs)
