"""A network changed by hand, and what becomes of its answers: all of it computed in the browser."""

from __future__ import annotations

import base64
from collections.abc import Callable

import numpy as np
import streamlit as st

from nnviz.components import registry
from nnviz.components.one_step import digits_slot
from nnviz.components.pad import Slot, send_networks
from nnviz.core.records import Array

_mount = registry.component("workbench")


def workbench(
    network: Slot,
    image: Array,
    label: int | None,
    digits: Array,
    labels: Array,
    *,
    key: str,
    on_keep: Callable[[object], None] | None = None,
) -> None:
    """Show a network whose weights and units can be changed, a digit, and the score on other digits.

    What is changed stays in the browser, and is gone when the page is loaded again, unless it is kept.

    Parameters
    ----------
    network
        As it would go on the pad.
    image, label
        (28, 28) float32 in [0, 1], and which digit it is, if that is known.
    digits, labels
        (n, 784) float32 digits that the network has not learned from, and (n,) which they are.
    on_keep
        on_keep(text): told of the list of changes, not checked yet, before the page runs again; None where
        nothing can be kept.

    Raises
    ------
    ValueError
        For an image of another size, and when there are not as many labels as digits.
    """
    if image.shape != (28, 28) or digits.shape != (len(labels), 784):
        raise ValueError(f"Expected were 28 x 28 pixels, and a label a digit: {image.shape}, {digits.shape}.")
    judges = digits_slot(digits, labels)

    def kept() -> None:
        text = st.session_state[key].kept
        if on_keep is not None and text is not None:
            on_keep(text)

    with st.container(gap=None):
        send_networks([network, judges], key=f"{key}.program")
        _mount(
            key=key,
            data={
                "digest": network.digest,
                "judges": judges.digest,
                "rows": network.rows,
                "digit": base64.b64encode(np.ascontiguousarray(image, "<f4").tobytes()).decode("ascii"),
                "label": label,
                "keeps": on_keep is not None,
            },
            on_kept_change=kept,
        )
