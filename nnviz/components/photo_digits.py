"""A photo on which several digits were found, each in a numbered frame; one is chosen by touching it."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Sequence
from typing import Any

from PIL import Image

from nnviz.components import registry
from nnviz.core.records import Array
from nnviz.core.words import say

_mount = registry.component("photo_digits")
_SHOWN = 600  # pixels of the longer side


def photo_digits(
    picture: Array, boxes: Sequence[tuple[int, int, int, int]], likeliest: int, *, key: str
) -> int:
    """Show the photo, and let one of its digits be chosen.

    Parameters
    ----------
    picture
        (h, w, 3) uint8.
    boxes
        Where they are, as (top, left, bottom, right), in the order of their numbers.
    likeliest
        The one that is chosen until another is.

    Returns
    -------
    int
        Which is chosen.
    """
    height, width = picture.shape[:2]
    small = Image.fromarray(picture)
    small.thumbnail((_SHOWN, _SHOWN))
    stream = io.BytesIO()
    small.save(stream, "JPEG", quality=80)
    content = stream.getvalue()
    token = hashlib.sha256(content + repr(boxes).encode()).hexdigest()[:16]
    data = {
        "picture": base64.b64encode(content).decode("ascii"),
        "boxes": [
            [top / height, left / width, bottom / height, right / width] for top, left, bottom, right in boxes
        ],
        "labels": [say("Digit {number} on the photo", number=i + 1) for i in range(len(boxes))],
        "start": likeliest,
        "token": token,
    }
    result = _mount(key=key, data=data, default={"chosen": None}, on_chosen_change=registry.nothing)
    chosen = checked(result.chosen, token, len(boxes))
    return likeliest if chosen is None else chosen


def checked(message: Any, token: str, n: int) -> int | None:
    """The index the browser chose, if it is one of this very photo's."""
    match message:
        case {"token": str(theirs), "index": int(index)} if theirs == token and type(index) is int:
            return index if 0 <= index < n else None
    return None
