"""Keras models as TensorFlow functions, made at first use, kept for the model, and forgotten with it.

`model.predict` would do the same, and take a hundred times as long about a single digit.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from nnviz.core.protocols import KerasModel
from nnviz.core.records import Array
from nnviz.core.safe_files import MEGABYTE
from nnviz.keras_models import backend

_AT_ONCE = 64 * MEGABYTE  # that all layers of the digits that are read together may put out
_MOST_AT_ONCE = 500  # digits

_functions: WeakKeyDictionary[KerasModel, dict[str, Callable[[Array], Any]]] = WeakKeyDictionary()


def predict(model: KerasModel, x: Array) -> Array:
    """What the model makes of digits or codes, as many at a time as there is room for.

    Parameters
    ----------
    x
        n digits (or codes) in any of their shapes.

    Returns
    -------
    Array
        (n, ...) float32.
    """
    x = as_input(model, x)
    if not len(x):
        return np.zeros((0, *model.output_shape[1:]), np.float32)
    answer = function_of(model, "answer", lambda: model.outputs[0])
    size = max(1, min(_MOST_AT_ONCE, _AT_ONCE // (4 * max(1, _values(model)))))
    return np.concatenate([answer(x[i : i + size]).numpy() for i in range(0, len(x), size)])


def _values(model: KerasModel) -> int:
    """Numbers that all layers put out for one digit, those of models within the model too."""
    return sum(
        _values(layer) if hasattr(layer, "layers") else math.prod(layer.output.shape[1:])
        for layer in model.layers
    )


def as_input(model: KerasModel, x: Array) -> Array:
    """Digits in the shape that this model takes.

    Parameters
    ----------
    x
        n digits in any of their shapes.

    Returns
    -------
    Array
        float32.
    """
    return np.asarray(x, np.float32).reshape(-1, *model.input_shape[1:])


def function_of(model: KerasModel, purpose: str, outputs: Callable[[], Any]) -> Callable[[Array], Any]:
    """The function from the model's input to some of its tensors.

    Parameters
    ----------
    purpose
        Tells the functions of one model apart.
    outputs
        Says which tensors when the function is made.
    """
    known = _functions.setdefault(model, {})
    if purpose not in known:
        tf, keras = backend.tensorflow(), backend.keras()
        # Another model of the same layers: the function must not keep alive the one it is kept for.
        same = keras.Model(model.inputs[0], outputs())
        shape = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
        known[purpose] = tf.function(
            lambda x: same(x, training=False), input_signature=[shape], autograph=False
        )
    return known[purpose]
