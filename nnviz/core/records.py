"""The values that flow through the house: frozen, plain, and free of behaviour beyond reading themselves.

Images are (n, 28, 28) uint8, 0 for paper and 255 for ink, wherever digits are stored; networks eat
float32 in [0, 1], rows of 784 for the MLP. Labels are int64, 0 to 9. Confusion matrices have the true
digit down the rows and the predicted digit along the columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from nnviz.core.json_records import MOST_EPOCHS, Count, Number, Settings, Text, Title

Array = NDArray[Any]

Ending = Literal["running", "finished", "early", "stopped", "diverged"]
Origin = Literal["shipped", "recent", "saved"]
Shape = Annotated[tuple[Count, ...], Meta(max_length=8)]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Digits with labels, and where they came from.

    Attributes
    ----------
    name
        For a heading ("embedded 5,000").
    images
        (n, 28, 28) uint8.
    labels
        (n,) int64 in 0..9.
    source
        One sentence for a card.
    digest
        16 hex characters of sha256 over images and labels, and hands where they are known.
    hands
        (n,) int64, a number for each that wrote, -1 where that is not known; None where nothing is.
    """

    name: str
    images: Array
    labels: Array
    source: str
    digest: str
    hands: Array | None = None

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class Split:
    """One data set cut into what a network learns from and what it is judged on.

    Attributes
    ----------
    dataset, digest
        Name and digest of the data set.
    x_train, x_test, x_validation
        (n, 784) float32 in [0, 1].
    y_train, y_test, y_validation
        (n,) int64.
    test_index
        (n_test,) positions of the test digits in the data set's images, so that a mistake can be shown as the
        picture it was.
    seed
        Of the shuffle.
    hands
        (n_train,) who wrote the training digits, None where nobody knows.
    """

    dataset: str
    digest: str
    x_train: Array
    y_train: Array
    x_test: Array
    y_test: Array
    test_index: Array
    seed: int
    x_validation: Array | None = None  # full and honest digits: held back to choose by, not judged on
    y_validation: Array | None = None
    hands: Array | None = None


@dataclass(frozen=True)
class Epoch:
    """What one pass over the training digits ended with.

    Attributes
    ----------
    number
        Of the epoch, from 1.
    loss, validation_loss
        Mean cross-entropy in nats, without the penalty.
    accuracy, validation_accuracy
        In [0, 1].
    seconds
        Since the start of the training.
    """

    number: Count
    loss: Number
    accuracy: Number
    validation_loss: Number | None = None
    validation_accuracy: Number | None = None
    seconds: Number = 0.0


@dataclass(frozen=True)
class History:
    """A training as it went, epoch by epoch, and how it ended."""

    epochs: Annotated[tuple[Epoch, ...], Meta(max_length=MOST_EPOCHS)] = ()
    ending: Ending = "running"
    note: Text = ""

    @property
    def seconds(self) -> float:
        """How long the training took up to its last epoch; 0 before the first has ended."""
        return self.epochs[-1].seconds if self.epochs else 0.0


@dataclass(frozen=True, eq=False)
class Reliability:
    """How often a classifier was right beside how sure it was, in groups of like sureness.

    Attributes
    ----------
    sure, right
        (groups,) how sure it was on average, and the share that was right, both in [0, 1].
    n
        (groups,) how many digits.
    """

    sure: Array
    right: Array
    n: Array

    @property
    def mean_sure(self) -> float:
        """How sure it was, over all digits."""
        return float((self.sure * self.n).sum() / self.n.sum())

    @property
    def mean_right(self) -> float:
        """The share of all digits that was right."""
        return float((self.right * self.n).sum() / self.n.sum())


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How a classifier did on digits with known labels.

    Attributes
    ----------
    labels, predicted
        (n,) int64.
    probabilities
        (n, 10) float32, rows sum to 1.
    confusion
        (10, 10) int64, rows true, columns predicted.
    precision, recall, f1
        (10,) float64, 0 where undefined.
    mistakes
        (m,) positions of the wrong ones, most confident first.
    """

    labels: Array
    predicted: Array
    probabilities: Array
    confusion: Array
    accuracy: float
    loss: float
    precision: Array
    recall: Array
    f1: Array
    mistakes: Array

    def positions(self, true: int | None, predicted: int | None) -> Array:
        """Where the digits of a confusion cell stand, the most confident first; None stands for any digit."""
        here = np.ones(len(self.labels), dtype=bool)
        if true is not None:
            here &= self.labels == true
        if predicted is not None:
            here &= self.predicted == predicted
        found = np.flatnonzero(here)
        sure = self.probabilities[found].max(axis=1)
        return found[np.argsort(-sure, kind="stable")]


@dataclass(frozen=True)
class Layer:
    """A row of a model's table: shapes without the batch axis, parameters counted from the arrays."""

    name: Title
    kind: Title
    input_shape: Shape
    output_shape: Shape
    activation: Title
    parameters: Count


@dataclass(frozen=True, eq=False)
class Activations:
    """One digit's way through a network.

    Attributes
    ----------
    image
        (28, 28) float32 in [0, 1].
    layers
        (name, values) in order, values shaped as the layer puts them out, float32.
    probabilities
        (10,) float32 summing to 1; empty for an autoencoder.
    code
        Of an autoencoder, the name of the layer that holds its code.
    """

    image: Array
    layers: tuple[tuple[str, Array], ...]
    probabilities: Array
    code: str = ""

    @property
    def reconstruction(self) -> Array | None:
        """(28, 28) float32: what an autoencoder draws again; None of a network that reads."""
        return self.layers[-1][1].reshape(28, 28) if self.code else None

    @property
    def with_answer(self) -> list[tuple[str, Array]]:
        """Every layer, the answer at the end."""
        return list(self.layers) if self.code else [*self.layers, ("answer", self.probabilities)]

    @property
    def code_index(self) -> int | None:
        """Where among the layers the code is, if there is one."""
        names = [name for name, _ in self.layers]
        return names.index(self.code) if self.code in names else None


def current_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings under the names they have today.

    `decay` once said whether the rate of a CNN or an autoencoder falls along a cosine.
    """
    renamed = {True: ("learning_rate", "cosine"), False: ("learning_rate", "constant")}
    return dict(
        renamed[value] if name == "decay" and isinstance(value, bool) else (name, value)
        for name, value in settings.items()
    )


@dataclass(frozen=True)
class ModelCard:
    """What a trained model tells of itself.

    Everything needed to make it again, and what it scored on what.

    Attributes
    ----------
    name
        File stem and key.
    title
        For people.
    settings
        Keyword arguments of the estimator or builder.
    metrics
        Numbers by name ("test_accuracy", ...).
    measured_on
        The data that the metrics were measured on.
    """

    name: Title
    kind: Title  # the name of one in `kinds.KINDS`
    title: Title
    created: Annotated[str, Meta(max_length=40)]  # ISO 8601, UTC
    data: Text
    data_digest: Annotated[str, Meta(max_length=64)]
    n_train: Count
    n_test: Count
    seed: Count
    settings: Settings = field(default_factory=dict)
    metrics: Annotated[Mapping[str, Number], Meta(max_length=64)] = field(default_factory=dict)
    measured_on: Text = ""
    layers: Annotated[tuple[Layer, ...], Meta(max_length=64)] = ()
    parameters: Count = 0
    seconds: Annotated[float, Meta(ge=0, lt=1e300)] = 0.0
    versions: Annotated[Mapping[str, Title], Meta(max_length=64)] = field(default_factory=dict)
    history: History = field(default_factory=History)
    note: Text = ""
    spec: Settings = field(default_factory=dict)  # of the `mnist.DataSpec` it was split by
