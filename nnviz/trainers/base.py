"""What all trainers share: digits and settings go in, a trained network and its card come out.

Trainers know nothing of where they run. A training tells its story to a `Watch` and asks it, a few times a
second, whether to stop; what comes back is an `Outcome` of plain bytes, which travels between processes. Each
kind of network names its trainer in `core.kinds`.
"""

from __future__ import annotations

import math
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from nnviz.core import kinds
from nnviz.core.json_records import clean
from nnviz.core.protocols import KerasModel
from nnviz.core.records import Array, Epoch, History, ModelCard, Split
from nnviz.core.results import Answers
from nnviz.core.words import say
from nnviz.evaluation import metrics
from nnviz.model_store import cards


class TrainingRefused(ValueError):
    """Settings or digits that cannot be trained with; one sentence that says what was expected."""


class Watch(Protocol):
    """Who listens to a training. Both are called from the training's own thread and answer at once."""

    def epoch(self, epoch: Epoch) -> bool:
        """Told of every epoch as it ends; True stops the training."""

    def batch(self, done: int, total: int) -> bool:
        """Told a few times a second how many of an epoch's digits are done; True stops the training."""


@runtime_checkable
class Visible(Protocol):
    """A Watch through which a network can be looked at while it is trained."""

    def let_look(self, pack: Callable[[], tuple[bytes, str]], weights: Callable[[], Sequence[Array]]) -> None:
        """Told before the first batch how the network can be had: in `batch` and `epoch` and nowhere else.

        Parameters
        ----------
        pack
            The bytes of its file, and the file's suffix.
        weights
            Of all layers, as `core.snapshots.Keeper` takes them.
        """


@dataclass(frozen=True, eq=False)
class Outcome:
    """A trained model, packed.

    Attributes
    ----------
    model
        Its file's bytes.
    suffix
        The kind of file.
    card
        Nameless as yet.
    answers
        What it said to the split's test digits, None when it names no digits or was shown none.
    history
        Of the whole training, where that is more than the network's own.
    """

    model: bytes
    suffix: str
    card: ModelCard
    answers: Answers | None = None
    history: History | None = None


@dataclass(frozen=True)
class Trainer:
    """How one kind of network is trained.

    Attributes
    ----------
    train
        train(split, settings, watch, title) -> Outcome; raises TrainingRefused for settings that make no
        sense. One that can go on from another network's weights takes them as `start`.
    epochs
        epochs(settings): the most it will take; raises TrainingRefused at once.
    defaults
        defaults(): the settings of a network of which nothing is asked.
    """

    train: Callable[..., Outcome]
    epochs: Callable[[Mapping[str, Any]], int]
    defaults: Callable[[], Mapping[str, Any]] = dict


def trainer_address(kind: str) -> str:
    """Where the trainer of that kind is.

    Raises
    ------
    TrainingRefused
        When there is none.
    """
    if kind not in kinds.KINDS:
        raise TrainingRefused(
            say(
                "Only these can be trained here: {kinds}; {kind!r} was asked for.",
                kinds=", ".join(kinds.KINDS),
                kind=kind,
            )
        )
    return kinds.KINDS[kind].trainer


def trainer_of(kind: str) -> Trainer:
    """The trainer of that kind.

    Raises
    ------
    TrainingRefused
        When there is none.
    """
    trainer: Trainer = pkgutil.resolve_name(trainer_address(kind))
    return trainer


def let_look(
    watch: Watch, pack: Callable[[], tuple[bytes, str]], weights: Callable[[], Sequence[Array]]
) -> None:
    """Have the network looked at through a watch that is made for it; see `Visible`."""
    if isinstance(watch, Visible):
        watch.let_look(pack, weights)


def begin_with(model: KerasModel, start: Array | None) -> None:
    """Give an untrained keras.Model the weights to go on from, (parameters,) in a row, if there are any.

    Raises
    ------
    TrainingRefused
        When they are of another network.
    """
    if start is None:
        return
    shapes = [weights.shape for weights in model.get_weights()]
    sizes = [math.prod(shape) for shape in shapes]
    check_start(start, sum(sizes))
    rows = np.split(start, np.cumsum(sizes)[:-1])
    model.set_weights([row.reshape(shape) for row, shape in zip(rows, shapes, strict=True)])


def check_start(start: Array, parameters: int) -> None:
    """Raise TrainingRefused when the weights to go on from are those of a network of another size."""
    if start.shape != (parameters,):
        raise TrainingRefused(
            say(
                "The network to go on from has {n:,} parameters, and one of these settings has "
                "{parameters:,}. Leave the sizes of its layers as they were.",
                n=start.size,
                parameters=parameters,
            )
        )


def refused(error: Exception) -> TrainingRefused:
    """What a network says to settings that it cannot take, as one sentence."""
    return TrainingRefused(
        say("These settings cannot be trained with: {clean}", clean=clean(str(error), 300))
    )


def card_of(
    split: Split,
    kind: str,
    title: str,
    described: Mapping[str, Any],
    history: History,
    metrics: Mapping[str, float],
    *,
    measured_on: str,
    libraries: Sequence[str],
    n_train: int | None = None,
) -> ModelCard:
    """The card of a network that was just trained on a split.

    Parameters
    ----------
    described
        Its settings, layers and parameters.
    libraries
        That were at work, as they are installed.
    n_train
        How many of the split's training digits it learned from, unless all.
    """
    return cards.new_card(
        title,
        history=history,
        libraries=libraries,
        data=split.dataset,
        data_digest=split.digest,
        n_train=len(split.x_train) if n_train is None else n_train,
        n_test=len(split.x_test),
        seed=split.seed,
        metrics=dict(metrics),
        measured_on=f"{measured_on}; both of {split.dataset}, seed {split.seed}",
        **{**described, "kind": kind},
    )


def scores_of(name: str, labels: Array, probabilities: Array | None) -> dict[str, float]:
    """Accuracy and loss for a card.

    Returns
    -------
    dict[str, float]
        "<name>_accuracy" and "<name>_loss"; nothing of no probabilities.
    """
    if probabilities is None:
        return {}
    evaluation = metrics.evaluate(labels, probabilities)
    return {f"{name}_accuracy": evaluation.accuracy, f"{name}_loss": evaluation.loss}


def answers_of(split: Split, probabilities: Array | None) -> Answers | None:
    """What a network said to the split's test digits, as the history keeps it.

    Parameters
    ----------
    probabilities
        (n, 10).
    """
    if probabilities is None:
        return None
    return Answers(split.test_index, split.y_test, probabilities)
