"""A network as a whole: the digit, every layer, the answer, and the strongest connections between them.

The browser computes all of it from the network's program, which it fetches once and keeps, as it does for the
pad. A network that no browser computes comes as the values that the server found for the digit. Below a pad
the same picture shows the networks on it, which the pad computes and hands over in the browser.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from nnviz.components import registry
from nnviz.components.pad import Slot, send_networks
from nnviz.core.records import Activations, Array
from nnviz.core.words import say

_mount = registry.component("network_picture")


def network_picture(
    network: Slot,
    image: Array,
    inside: Callable[[], Activations],
    *,
    title: str = "",
    label: int | None = None,
    lines: bool = True,
    weights: bool = False,
    key: str,
) -> None:
    """Show a network while it reads a digit; any part of it can be pressed and grows.

    Parameters
    ----------
    network
        As it would go on the pad.
    image
        (28, 28) float32 in [0, 1].
    inside
        What the server makes of the digit; only called where the browser cannot.
    title, label
        Of the digit: what it is called, and which it is, if that is known.
    lines, weights
        Whether the strongest connections, and the first layer's weights or kernels, are shown at first.

    Raises
    ------
    ValueError
        For an image of another size.
    """
    if image.shape != (28, 28):
        raise ValueError(f"A digit has 28 x 28 pixels, not {image.shape}.")
    with st.container(gap=None):
        if network.digest:
            send_networks([network], key=f"{key}.program")
        asked = st.session_state.get(key)
        served = not network.digest or _asks(asked, network.digest)
        found = inside() if served else None
        _mount(
            key=key,
            data={
                "digest": network.digest or None,
                "why": (network.why or _FAULT) if served else "",
                "server": None if found is None else [_layer(*each) for each in found.with_answer],
                "code": None if found is None else found.code_index,
                "draws": network.draws,
                "rows": network.rows,
                "digit": base64.b64encode(np.rint(255 * image).astype(np.uint8).tobytes()).decode("ascii"),
                "title": title,
                "label": label,
                "lines": lines,
                "weights": weights,
            },
            default={"asked": None},
            on_asked_change=registry.nothing,
        )


def networks_of_pad(pad: str, *, key: str) -> None:
    """Show the networks on the pad of that key, one at a time, while they read what is drawn."""
    _mount(
        key=key,
        data={"pad": pad, "lines": True, "weights": False},
        default={"asked": None},
        on_asked_change=registry.nothing,
    )


_FAULT = say("This browser could not compute the network, so the server did.")


def _asks(state: Any, digest: str) -> bool:
    """Whether the browser has said that it cannot compute this network."""
    asked = state.get("asked") if hasattr(state, "get") else None
    return isinstance(asked, str) and asked == digest


def _layer(name: str, values: Array) -> dict[str, Any]:
    flat = np.ascontiguousarray(values, "<f4").tobytes()
    return {"name": name, "shape": list(values.shape), "values": base64.b64encode(flat).decode("ascii")}
