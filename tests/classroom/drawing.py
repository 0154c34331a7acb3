"""What a pupil's pad sends, and a class of a few to send it to; light to import."""

from __future__ import annotations

import base64
from itertools import count
from typing import Any

import numpy as np

from nnviz.core.identity import Actor

TEACHER, ANN, BOB, EVE = (Actor(name) for name in ("teacher", "ann", "bob", "eve"))
_once = count(1)


def picture(seed: int = 0) -> bytes:
    """784 bytes with ink in the middle, as a digit's."""
    image = np.zeros((28, 28), np.uint8)
    image[6:22, 6:22] = np.random.default_rng(seed).integers(1, 256, (16, 16))
    return image.tobytes()


def message(label: int, *, seed: int = 0, **other: Any) -> dict[str, Any]:
    """A drawing as the pad sends it."""
    sent = {
        "once": f"{next(_once):020x}",
        "label": label,
        "digit": base64.b64encode(picture(seed)).decode(),
        "strokes": [{"width": 88, "erase": False, "points": [100, 100, 400, 700]}],
    }
    return {**sent, **other}
