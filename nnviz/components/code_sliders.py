"""The numbers of a code as bars to pull, and the way from one digit to another, decoded in the browser."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import streamlit as st

from nnviz.components import registry
from nnviz.components.image_rows import as_bytes
from nnviz.components.pad import Slot, send_networks
from nnviz.core.records import Array
from nnviz.inference.browser import Program, pack_program

MOST_BARS = 64  # those of the numbers that differ most from digit to digit

_mount = registry.component("code_sliders")


@dataclass(frozen=True, eq=False)
class Panel:
    """One way of squeezing digits.

    Attributes
    ----------
    decoder
        The way back.
    codes
        (n, size), of the digits shown.
    usual
        (m, size), codes of many digits, which say how far each bar goes and what the average is.
    """

    title: str
    decoder: Program
    codes: Array
    usual: Array


def code_sliders(
    digits: Array,
    labels: Sequence[str],
    panels: Sequence[Panel],
    *,
    mode: Literal["bars", "morph"] = "bars",
    key: str,
) -> None:
    """Show what each panel makes of a digit, or of two and the way between them.

    Nothing comes back: all of it happens in the browser, from the decoders' weights, which come as those of a
    network on the pad do.

    Parameters
    ----------
    digits
        (n, 28, 28) in [0, 1]: one for "bars", two for "morph".
    labels
        One for each digit.

    Raises
    ------
    ValueError
        When there are not as many labels and codes as digits.
    """
    if {len(labels), *(len(panel.codes) for panel in panels)} != {len(digits)}:
        raise ValueError(f"Expected were {len(digits)} labels and codes, one for each digit.")
    data = {
        "mode": mode,
        "digits": [{"label": label} for label in labels],
        "pictures": base64.b64encode(as_bytes(digits)).decode("ascii"),
        "panels": [_panel(panel) for panel in panels],
    }
    token = hashlib.sha256(json.dumps(data).encode()).hexdigest()[:16]
    decoders = [
        Slot(str(i), panel.title, True, panel.decoder.digest, pack_program(panel.decoder))
        for i, panel in enumerate(panels)
    ]
    with st.container(gap=None):
        send_networks(decoders, key=f"{key}.decoders")
        _mount(key=key, data=data | {"token": token})


def _panel(panel: Panel) -> dict[str, Any]:
    usual, own = panel.usual, panel.codes
    # Far enough for every digit that is shown, and for nearly all others.
    low = np.minimum(np.minimum(np.quantile(usual, 0.005, axis=0), own.min(axis=0)), 0)
    high = np.maximum(np.maximum(np.quantile(usual, 0.995, axis=0), own.max(axis=0)), 0)
    most = np.sort(np.argsort(-usual.std(axis=0), kind="stable")[:MOST_BARS])
    return {
        "title": panel.title,
        "digest": panel.decoder.digest,
        "codes": _packed(own),
        "low": np.round(low, 4).tolist(),
        "high": np.round(high, 4).tolist(),
        "mean": usual.mean(axis=0).astype(float).tolist(),
        "shown": most.tolist(),
    }


def _packed(values: Array) -> str:
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode("ascii")
