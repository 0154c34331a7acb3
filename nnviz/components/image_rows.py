"""Rows of pictures under one another, a column a digit: the digit, what became of it, and the difference."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnviz.components import registry
from nnviz.core.records import Array

_mount = registry.component("image_rows")


@dataclass(frozen=True, eq=False)
class ImageRow:
    """One row of pictures.

    Attributes
    ----------
    pictures
        (n, 28, 28), in [0, 1], or if signed in [-1, 1], red below nothing and blue above.
    notes
        What stands under each picture, or nothing.
    """

    title: str
    pictures: Array
    notes: Sequence[str] = ()
    signed: bool = False


def image_rows(rows: Sequence[ImageRow], captions: Sequence[str], *, key: str) -> None:
    """Show rows of as many pictures as there are captions over the columns.

    Raises
    ------
    ValueError
        When pictures or notes are of another number.
    """
    n = len(captions)
    for row in rows:
        if row.pictures.shape != (n, 28, 28) or len(row.notes) not in (0, n):
            raise ValueError(
                f"Expected were {n} pictures of 28 x 28 with a note each, or none: "
                f"{row.pictures.shape} with {len(row.notes)} came."
            )
    sent = [
        {
            "title": row.title,
            "signed": row.signed,
            "pictures": base64.b64encode(as_bytes(row.pictures, signed=row.signed)).decode("ascii"),
            "notes": list(row.notes),
        }
        for row in rows
    ]
    token = hashlib.sha256(json.dumps([list(captions), sent]).encode()).hexdigest()[:16]
    _mount(key=key, data={"captions": list(captions), "rows": sent, "token": token})


def as_bytes(pictures: Array, *, signed: bool = False) -> bytes:
    """Pictures as a byte a pixel: 0 to 255 for [0, 1]; signed, 1 to 255 for [-1, 1] with 128 for nothing."""
    scaled = 128 + 127 * np.clip(pictures, -1, 1) if signed else 255 * np.clip(pictures, 0, 1)
    return np.round(scaled).astype(np.uint8).tobytes()
