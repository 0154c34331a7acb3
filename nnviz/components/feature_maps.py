"""All the maps of a layer at once, each with its kernel; a press chooses a map and a place in it."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, NamedTuple

import numpy as np

from nnviz.components import registry
from nnviz.core.records import Array

_mount = registry.component("feature_maps")


class MapPosition(NamedTuple):
    """One number of a layer: which map, and where in it."""

    map: int
    row: int
    column: int


def feature_maps(
    values: Array, *, kernels: Array | None = None, shared: bool = True, key: str
) -> MapPosition | None:
    """Show a layer's output for one digit; return the place that was pressed.

    Parameters
    ----------
    values
        (rows, columns, maps) float.
    kernels
        (height, width, maps), shown beside their maps.
    shared
        One colour scale for all maps, or each from its own greatest value.

    Raises
    ------
    ValueError
        When kernels and maps do not fit.
    """
    if values.ndim != 3 or (kernels is not None and kernels.shape[-1] != values.shape[-1]):
        kernel_shape = None if kernels is None else kernels.shape
        raise ValueError(f"Maps are (rows, columns, maps), not {values.shape} with kernels {kernel_shape}.")
    rows, columns, count = values.shape
    data = {
        "values": _packed(values),
        "rows": rows,
        "columns": columns,
        "maps": count,
        "kernels": None if kernels is None else _packed(kernels),
        "kernelRows": 0 if kernels is None else kernels.shape[0],
        "kernelColumns": 0 if kernels is None else kernels.shape[1],
        "shared": shared,
        "layer": key,
    }
    token = hashlib.sha256(repr(sorted(data.items())).encode()).hexdigest()[:16]
    chosen = registry.chosen(_mount, data | {"token": token}, key=key)
    place = checked_place(chosen, values.shape)
    registry.remember(key, None if place is None else chosen)
    return place


def _packed(stack: Array) -> str:
    """Map after map, row by row, as little-endian float32 in base64."""
    ordered = np.ascontiguousarray(np.moveaxis(stack, -1, 0), dtype="<f4")
    return base64.b64encode(ordered.tobytes()).decode("ascii")


def checked_place(message: Any, shape: tuple[int, ...]) -> MapPosition | None:
    """A place in maps of this shape if that is what the browser sent, else None: anybody may have sent it.

    What was chosen in larger maps, before another network was opened, becomes the nearest place there is.
    """
    match message:
        case {"map": int(which), "row": int(row), "column": int(column)}:
            if any(type(n) is not int or n < 0 for n in (which, row, column)) or which >= shape[2]:
                return None
            return MapPosition(which, min(row, shape[0] - 1), min(column, shape[1] - 1))
    return None
