"""Layers that Keras has for places in a line, Conv1D and its like, as those for pictures one pixel wide.

A digit as 28 rows of 28 numbers is such a line: each row a place, its pixels side by side like channels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference.kind import Shape
from nnviz.inference.option_checks import BadLayer, brief, whole

KINDS: Mapping[str, str] = {
    "Conv1D": "Conv2D",
    "MaxPooling1D": "MaxPooling2D",
    "AveragePooling1D": "AveragePooling2D",
    "GlobalAveragePooling1D": "GlobalAveragePooling2D",
    "GlobalMaxPooling1D": "GlobalMaxPooling2D",
}
_LENGTHS = ("kernel_size", "pool_size", "strides", "dilation_rate")
_LONGEST = 28


class Picture(NamedTuple):
    """The layer for pictures, its configuration, what comes before it, and the shape that it is given."""

    kind: str
    config: Mapping[str, Any]
    before: tuple[tuple[str, Mapping[str, Any]], ...]
    shape: Shape


def stands_for(kind: str, inputs: Sequence[Shape]) -> bool:
    """Whether a layer works on places in a line: by its kind, or as a Dense that is given some."""
    return kind in KINDS or (kind == "Dense" and len(inputs) == 1 and len(inputs[0]) == 2)


def as_picture(kind: str, said: Mapping[str, Any], inputs: Sequence[Shape]) -> Picture:
    """The same layer for a picture that is one pixel wide.

    Raises
    ------
    BadLayer
        For an option that cannot be, or when it is given something else than one line.
    """
    if len(inputs) != 1 or len(inputs[0]) != 2:
        raise BadLayer(say("was given something else than places in a line, with numbers at each"))
    length, channels = inputs[0]
    config = {**said}
    for key in _LENGTHS:
        if config.get(key) is not None:
            config[key] = (_one(config[key]), 1)
    before: list[tuple[str, Mapping[str, Any]]] = [("Reshape", {"target_shape": (length, 1, channels)})]
    if said.get("padding") == "causal":  # only what comes before a place is looked at
        edge = (config["kernel_size"][0] - 1) * config.get("dilation_rate", (1, 1))[0]
        before.append(("ZeroPadding2D", {"padding": ((edge, 0), (0, 0)), "data_format": "channels_last"}))
        config["padding"] = "valid"
        length += edge
    return Picture(KINDS.get(kind, kind), config, tuple(before), (length, 1, channels))


def _one(value: Any) -> int:
    """The one length, of which Keras makes a list."""
    several = value if isinstance(value, list | tuple) else [value]
    if len(several) != 1:
        raise BadLayer(say("has {brief} where one whole number was expected", brief=brief(value)))
    return whole(1, _LONGEST)(several[0])


def widened(weights: list[Array]) -> list[Array]:
    """Kernels of a line as those of a picture."""
    return [each[:, None] if each.ndim == 3 else each for each in weights]


def narrow(shape: Shape) -> Shape:
    """The shape of a kernel of a line, told by that of a picture."""
    return (shape[0], *shape[2:]) if len(shape) == 4 else shape
