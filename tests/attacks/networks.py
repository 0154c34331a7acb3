"""Networks that somebody made to do harm, as files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nnviz.keras_models import backend
from nnviz.model_store import keras_file

Layer = tuple[str, dict[str, Any]]
# What every picture ends in here: ten probabilities.
END: Sequence[Layer] = (("GlobalAveragePooling2D", {}), ("Dense", {"units": 10, "activation": "softmax"}))


def keras_bytes(*layers: Layer, weight: float = 0.0) -> bytes:
    """A .keras file of these layers between a digit and ten probabilities, every weight being the same."""
    keras = backend.keras()
    made = [getattr(keras.layers, kind)(**options) for kind, options in (*layers, *END)]
    model = keras.Sequential([keras.Input((28, 28, 1)), *made])
    model.set_weights([np.full(w.shape, weight, np.float32) for w in model.get_weights()])
    return keras_file.pack(model)


def conv(filters: int, side: int = 1, kind: str = "Conv2D") -> Layer:
    """A convolution that keeps the picture's size."""
    return kind, {"filters": filters, "kernel_size": side, "padding": "same"}
