"""Many digits as one light component, each with its caption: 400 weigh as much as one photograph."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from nnviz.components import registry
from nnviz.core import numbers
from nnviz.core.records import Array, Evaluation
from nnviz.core.words import say

MOST = 400
"""How many digits are shown at once."""

_mount = registry.component("digit_gallery")


class Caption(NamedTuple):
    """What stands under a digit.

    Attributes
    ----------
    text
        Shown.
    label
        What a screen reader says of the digit.
    wrong
        Whether it is marked as a mistake.
    """

    text: str
    label: str
    wrong: bool = False


def captions(evaluation: Evaluation, positions: Array) -> list[Caption]:
    """The captions of the digits at `positions` of the evaluation: "4 → 9" is a 4 taken for a 9."""
    found = []
    for position in positions:
        true, predicted = int(evaluation.labels[position]), int(evaluation.predicted[position])
        sure = numbers.chance(float(evaluation.probabilities[position, predicted]))
        label = say(
            "true {true}, read as {predicted}, {sure} sure", true=true, predicted=predicted, sure=sure
        )
        found.append(Caption(f"{true} → {predicted}\n{sure}", label, true != predicted))
    return found


def digit_gallery(images: Array, captions: Sequence[Caption], *, key: str) -> int | None:
    """Show digits, one caption each, and let one be chosen.

    Only the first `MOST` are shown, and a line says so.

    Parameters
    ----------
    images
        (n, 28, 28) uint8 with 255 for ink.

    Returns
    -------
    int | None
        The index of the chosen one.

    Raises
    ------
    ValueError
        For images and captions of different number.
    """
    if images.shape != (len(captions), 28, 28) or images.dtype != np.uint8:
        raise ValueError(
            f"A gallery takes (n, 28, 28) uint8 images with one caption each, "
            f"not {images.shape} {images.dtype} with {len(captions)} captions."
        )
    shown = images[:MOST]
    data = _data(shown, captions[:MOST])

    def known(message: Any) -> int | None:
        return _checked_index(message, data["token"], len(shown))

    chosen = registry.chosen(_mount, data, key=key, known=known)
    if len(images) > MOST:
        st.caption(say("The first {most} of {n:,} digits.", most=MOST, n=len(images)))
    registry.remember(key, chosen)
    return known(chosen)


def digit_strip(images: Array, captions: Sequence[Caption], chosen: int, *, key: str) -> int:
    """Show a few small digits in a row, of which one is always chosen.

    Parameters
    ----------
    images
        (n, 28, 28) uint8 with 255 for ink.
    chosen
        The index of the one that is chosen until another is pressed among these very digits.

    Returns
    -------
    int
        The index of the chosen one.
    """
    data = _data(images, captions)
    result = _mount(
        key=key,
        data={**data, "start": chosen, "strip": True},
        default={"chosen": None},
        on_chosen_change=registry.nothing,
    )
    pressed = _checked_index(result.chosen, data["token"], len(images))
    return chosen if pressed is None else pressed


def _data(images: Array, captions: Sequence[Caption]) -> dict[str, Any]:
    """What is sent: pictures, captions, and a token that names these very digits."""
    data = {
        "images": base64.b64encode(np.ascontiguousarray(images).tobytes()).decode("ascii"),
        "captions": [caption._asdict() for caption in captions],
    }
    return {**data, "token": hashlib.sha256(json.dumps(data).encode()).hexdigest()[:16]}


def _checked_index(message: Any, token: str, shown: int) -> int | None:
    """The index the browser chose, if it is one of these very digits; a choice among others is void."""
    match message:
        case {"token": str(theirs), "index": int(index)} if theirs == token and type(index) is int:
            return index if 0 <= index < shown else None
    return None
