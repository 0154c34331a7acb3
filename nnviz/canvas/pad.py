"""The drawing pad: a digit is drawn, and while it is drawn the networks read it.

Two components play together. The pad itself is large and never changes, so Streamlit sends it once. A courier
of a few lines takes each new reading to it: what goes to the browser while somebody draws is 3 kB instead of
the pad's whole code, which Streamlit puts into every message of a component whose data has changed.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnviz.canvas import ink, parts
from nnviz.records import Activations, Array

_mount = parts.component(
    "pad",
    js=(
        "shared.js",
        "colours.js",
        "strokes.js",
        "preparing.js",
        "tools.js",
        "pictures.js",
        "xray.js",
        "readings.js",
        "pad.js",
    ),
    css=("shared.css", "pad.css", "xray.css"),
)
_carry = parts.component("courier", js=("courier.js",), css=())


_MOST_EXACT = 1024  # units; more are sent in 255 steps from the least to the greatest, a byte instead of four


@dataclass(frozen=True, eq=False)
class Reading:
    """What one network makes of the drawing. slot: its row on the pad, "mlp" or "cnn"; title: its heading."""

    slot: str
    title: str
    inside: Activations


def pad(read: Callable[[Array], Sequence[Reading]], *, key: str) -> Array | None:
    """Show the pad; return the digit on it, (28, 28) float32 in [0, 1], or None while it is empty.

    read(image) asks the networks. It is shown an empty image too, to learn which layers there are to draw.
    Call this inside a `st.fragment`: everything around it is run again some ten times a second while somebody
    draws. The drawing comes back, with all its strokes, when the page is left and opened again.
    """
    start = parts.remembered(key)
    if start is not None:
        start = {**ink.NOTHING, **start}
    result = _mount(
        key=key,
        data={"key": key, **(start or ink.NOTHING)},
        default={"drawing": start},
        on_drawing_change=parts.nothing,
    )
    message = result.drawing
    image = _image(message)
    parts.remember(key, message if image is not None else None)
    readings = read(np.zeros((28, 28), np.float32) if image is None else image)
    _carry(
        key=f"{key}.courier",
        data={
            "key": key,
            "answers": message.get("number") if isinstance(message, dict) else None,
            "seen": None if image is None else _packed((255 * image).round().astype(np.uint8)),
            "networks": [_network(reading, empty=image is None) for reading in readings],
        },
    )
    return image


def _image(message: Any) -> Array | None:
    """The drawing as a network gets it; None for no ink and for what the pad would never send."""
    try:
        return ink.digit(message)
    except ValueError:
        return None


def _network(reading: Reading, *, empty: bool) -> dict[str, Any]:
    """A network's row on the pad; without numbers while there is nothing to read."""
    layers = [_layer(name, values, empty=empty) for name, values in reading.inside.layers]
    row = {"slot": reading.slot, "title": reading.title, "layers": layers}
    return row if empty else row | {"probabilities": reading.inside.probabilities.tolist()}


def _layer(name: str, values: Array, *, empty: bool) -> dict[str, Any]:
    """A layer's picture: single units, or of (rows, columns, maps) values one map after the other."""
    if values.ndim == 3:
        rows, columns, maps = values.shape
        values = np.moveaxis(values, 2, 0)
        layer = {"name": name, "units": values.size, "rows": rows, "columns": columns, "maps": maps}
    else:
        rows, columns = _grid(values.size)
        layer = {"name": name, "units": values.size, "rows": rows, "columns": columns}
    if empty:
        return layer
    if values.size <= _MOST_EXACT:
        return layer | {"values": _packed(values.astype("<f4"))}
    low, top = float(values.min()), float(values.max())
    steps = (values - low) * (255 / ((top - low) or 1))
    return layer | {"low": low, "top": top, "steps": _packed(steps.round().astype(np.uint8))}


def _grid(units: int) -> tuple[int, int]:
    """Rows and columns of a layer's picture, as square as can be: 100 units are 10 x 10, 64 are 8 x 8."""
    columns = int(np.ceil(np.sqrt(units)))
    return -(-units // columns), columns


def _packed(values: Array) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")
