"""Thousands of digits as points on a map: pointed at, a point shows its digit; pressed, it is chosen.

Two components play together, as with the pad. What a map needs (places, labels, neighbours) is small and
changes with it; the pictures of all digits are half a megabyte, the same for every map of them, and come
after it, once, as one sheet.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from nnviz.components import registry
from nnviz.components.image_rows import as_bytes
from nnviz.core.records import Array, Dataset
from nnviz.core.words import say

_ACROSS = 72  # pictures side by side on the sheet: as square as 5,000 of them can lie
_GREYS = 16  # of the pictures on the sheet; with 256 it is nearly twice as large
_SIDE = 28

_mount = registry.component("embedding_map")
_bring = registry.component("sprite_sheet")


@dataclass(frozen=True, eq=False)
class HighlightedPoint:
    """One more digit than those of the map.

    Attributes
    ----------
    place
        (2,) on the map.
    image
        (28, 28) in [0, 1].
    neighbours
        (k,) positions of the digits nearest to it.
    """

    place: Array
    image: Array
    neighbours: Array


def embedding_map(
    digits: Dataset,
    points: Array,
    neighbours: Array,
    *,
    title: str,
    star: HighlightedPoint | None = None,
    key: str,
) -> int | None:
    """Show digits as points and let one be chosen.

    The choice is of these digits, and stays when other maps of them are shown.

    Parameters
    ----------
    points
        (n, 2), where the n digits are.
    neighbours
        (n, k) positions, drawn as lines from the digit that is looked at.
    star
        One more digit.

    Returns
    -------
    int | None
        Position of the chosen digit, n for the star, or None.

    Raises
    ------
    ValueError
        When points, neighbours and digits do not fit.
    """
    n = len(digits)
    if points.shape != (n, 2) or len(neighbours) != n or n >= 2**16:
        raise ValueError(
            f"A map of {n:,} digits has as many points and lists of neighbours, and fewer than 65,536, "
            f"not {points.shape} and {neighbours.shape}."
        )
    low = points.min(axis=0)
    # As wide as high: a map's distances are the same in all directions.
    span = float(np.ptp(points, axis=0).max()) or 1.0
    middle = (1 - np.ptp(points, axis=0) / span) / 2
    data: dict[str, Any] = {
        "album": digits.digest,
        "title": title,
        "labels": _packed(digits.labels, "u1"),
        "points": _packed(np.round(65535 * ((points - low) / span + middle)), "<u2"),
        "neighbours": _packed(neighbours, "<u2"),
        "each": neighbours.shape[1],
        "star": None,
    }
    if star is not None:
        data["star"] = {
            "place": np.clip((star.place - low) / span + middle, -0.1, 1.1).astype(float).round(5).tolist(),
            "picture": base64.b64encode(as_bytes(star.image)).decode("ascii"),
            "neighbours": [int(i) for i in star.neighbours],
        }
    token = hashlib.sha256(json.dumps(data).encode()).hexdigest()[:16]
    chosen = registry.chosen(_mount, data | {"token": token}, key=key)
    registry.remember(key, chosen)
    return checked_position(chosen, digits.digest, n + (star is not None))


def send_digits(digits: Dataset, *, key: str) -> None:
    """Bring the pictures of the digits to the map, from this session's first map of them on."""
    sheet = _sheet(digits.digest, digits.images)
    _bring(key=key, data={"album": digits.digest, "across": _ACROSS, "sheet": sheet})


@st.cache_resource(max_entries=16, show_spinner=say("Gathering the digits' pictures …"))
def _sheet(digest: str, _images: Array) -> str:
    """All pictures as one PNG, in base64: 5,000 digits are 0.5 MB."""
    rows = -(-len(_images) // _ACROSS)
    places = np.zeros((rows * _ACROSS, _SIDE, _SIDE), np.uint8)
    places[: len(_images)] = np.round(_images * ((_GREYS - 1) / 255))
    grid = places.reshape(rows, _ACROSS, _SIDE, _SIDE).swapaxes(1, 2)
    picture = Image.fromarray(np.ascontiguousarray(grid).reshape(rows * _SIDE, _ACROSS * _SIDE), mode="P")
    picture.putpalette([level * 255 // (_GREYS - 1) for level in range(_GREYS) for _ in range(3)])
    file = io.BytesIO()
    picture.save(file, "PNG", bits=4)
    return base64.b64encode(file.getvalue()).decode("ascii")


def checked_position(message: Any, album: str, count: int) -> int | None:
    """The position that the browser chose, if it is one of these very digits; anybody may have sent it."""
    match message:
        case {"album": str(theirs), "index": int(index)} if theirs == album and type(index) is int:
            return index if 0 <= index < count else None
    return None


def _packed(values: Array, kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values).astype(kind).tobytes()).decode("ascii")
