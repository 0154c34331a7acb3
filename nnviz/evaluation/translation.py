"""How far off the middle of the picture a digit may lie and still be read: the same digits, moved.

A digit is moved in a direction of its own by some pixels, and only as far as all of its ink stays in the
picture. Nothing else changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from nnviz.core.records import Array


def moved(image: Array, down: float, right: float) -> Array:
    """A (28, 28) digit moved by whole pixels, as far as its ink stays inside."""
    steps = []
    for axis, by in ((0, down), (1, right)):
        inked = np.flatnonzero(image.any(axis=1 - axis))
        low, high = (-inked[0], image.shape[axis] - 1 - inked[-1]) if len(inked) else (0, 0)
        steps.append(int(np.clip(np.rint(by), low, high)))
    shifted: Array = np.roll(image, steps, axis=(0, 1))
    return shifted


def scores(
    predict: Callable[[Array], Array],
    images: Array,
    labels: Array,
    distances: Sequence[int],
    seed: int = 0,
) -> list[float]:
    """The share of digits that are read right when moved by each of the distances.

    A digit goes the same way at every distance.

    Parameters
    ----------
    predict
        (n, 784) -> (n, 10).
    images
        (n, 28, 28) in [0, 1].
    labels
        (n,) digits.
    distances
        In pixels.
    seed
        Says which way each digit goes.
    """
    angles = np.random.default_rng(seed).uniform(0, 2 * np.pi, len(images))
    found = []
    for distance in distances:
        rows = [
            moved(image, distance * np.sin(angle), distance * np.cos(angle)).ravel()
            for image, angle in zip(images, angles, strict=True)
        ]
        found.append(float((predict(np.stack(rows)).argmax(axis=1) == labels).mean()))
    return found
