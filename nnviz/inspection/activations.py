"""Looking inside a network: what every layer makes of one digit."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnviz.core.records import Activations, Array
from nnviz.inspection import keras_activations
from nnviz.inspection.keras_activations import get_activations

__all__ = ["activations", "get_activations"]


def activations(model: Any, image: Array) -> Activations:
    """One digit, (28, 28) or (784,) in [0, 1], on its way through a network.

    model: an MLPClassifier, a keras.Model or a `graph.Network`. The layers are the hidden ones, in order;
    what goes in and what comes out have fields of their own. A network that never learned some digit gives it
    probability 0. Raises ValueError for labels that are no digits.
    """
    if not hasattr(model, "coefs_"):
        return keras_activations.activations(model, image)
    from nnviz.numpy_nn import (
        classifier,  # a page that has an MLPClassifier has paid for scikit-learn; the pad has not
    )

    digit = np.asarray(image, dtype=np.float32).reshape(28, 28)
    _, *hidden, output = model.forward(digit.reshape(1, -1))
    names = [layer.name for layer in classifier.layers(model)[:-1]]
    return Activations(
        image=digit,
        layers=tuple((name, values[0]) for name, values in zip(names, hidden, strict=True)),
        probabilities=_by_digit(model.classes_, output[0]),
    )


def _by_digit(classes: Array, probabilities: Array) -> Array:
    """(10,) float32: each digit's probability, wherever the model keeps it."""
    if not np.isin(classes, np.arange(10)).all():
        raise ValueError(f"The model's classes are expected to be digits from 0 to 9, not {list(classes)}.")
    spread = np.zeros(10, dtype=np.float32)
    spread[classes.astype(np.int64)] = probabilities
    return spread
