"""A digit that is painted on until a network reads it otherwise: all of it computed in the browser."""

from __future__ import annotations

import base64

import numpy as np
import streamlit as st

from nnviz.components import registry
from nnviz.components.pad import Slot, send_networks
from nnviz.core.records import Array

_mount = registry.component("paint_digit")


def paint_digit(network: Slot, image: Array, *, key: str) -> None:
    """Show a digit to paint on; the answer and the distance from what it was follow each stroke.

    Parameters
    ----------
    network
        As it would go on the pad.
    image
        (28, 28) float32 in [0, 1].

    Raises
    ------
    ValueError
        For an image of another size.
    """
    if image.shape != (28, 28):
        raise ValueError(f"Expected were 28 x 28 pixels: {image.shape}.")
    digit = base64.b64encode(np.ascontiguousarray(image, "<f4").tobytes()).decode("ascii")
    with st.container(gap=None):
        send_networks([network], key=f"{key}.program")
        _mount(key=key, data={"digest": network.digest, "digit": digit})
