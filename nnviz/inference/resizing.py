"""Pictures in another size, with straight lines from one pixel to the next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnviz.core.records import Array
from nnviz.inference.kind import Kind, Options, Shape, picture
from nnviz.inference.option_checks import one_of, whole

_MOST = 256  # pixels


def bilinear(n: int, m: int) -> Array:
    """(m, n) float32 that makes n pixels m, as TensorFlow does: pixels are counted from their middle."""
    at = (np.arange(m) + 0.5) * (n / m) - 0.5
    below, above = np.floor(at).astype(int), np.ceil(at).astype(int)
    share = at - below
    found = np.zeros((m, n))
    np.add.at(found, (np.arange(m), below.clip(0, n - 1)), 1 - share)
    np.add.at(found, (np.arange(m), above.clip(0, n - 1)), share)
    return found.astype(np.float32)


def _shape(options: Options, inputs: Sequence[Shape]) -> Shape:
    return options["height"], options["width"], picture(inputs)[2]


def resized(x: Array, rows: Array, columns: Array) -> Array:
    """(n, h, w, c) -> (n, h', w', c) by a matrix (h', h) and one (w', w)."""
    n, height, width, channels = x.shape
    tall = np.matmul(rows, x.reshape(n, height, width * channels)).reshape(-1, width, channels)
    wide: Array = np.matmul(columns, tall).reshape(n, len(rows), len(columns), channels)
    return wide


def matrices(options: Options, height: int, width: int) -> tuple[Array, Array]:
    """The two for pictures of that size."""
    return bilinear(height, options["height"]), bilinear(width, options["width"])


def _lays_out(options: Options, inputs: Sequence[Shape]) -> int:
    height, width, channels = picture(inputs)
    high, wide = int(options["height"]), int(options["width"])
    return high * width * channels + high * height + wide * width


KINDS: tuple[Kind, ...] = (
    Kind(
        "Resizing",
        {
            "height": whole(1, _MOST),
            "width": whole(1, _MOST),
            "interpolation": one_of("bilinear"),
            "data_format": one_of("channels_last"),
        },
        _shape,
        lambda options, weights, inputs: resized(inputs[0], *matrices(options, *inputs[0].shape[1:3])),
        lays_out=_lays_out,
    ),
)
