"""One step of a network in five stations: forward, loss, deltas, gradients, the step.

What NumPy worked out for the digit is sent; the weights, and a hundred other digits, a browser fetches once.
From these it knows every gradient, and what a step of any size does, while the slider moves. Maps of a
convolution have a hundred times as many numbers as its digit, so the browser works those out by itself.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import streamlit as st

from nnviz.components import registry
from nnviz.components.pad import Slot, send_networks
from nnviz.core.records import Array
from nnviz.numpy_nn.one_step import Step, Weights

LEAST_RATE, MOST_RATE = 1e-4, 100.0
MOST_STEPS = 50

_mount = registry.component("one_step")


class Block(NamedTuple):
    """Lines of code, of which some do what a station shows."""

    title: str
    lines: Sequence[str]
    marked: Sequence[int]


class Served(NamedTuple):
    """What NumPy says of a step with that learning rate.

    Attributes
    ----------
    double, single
        The loss after it, in float64 and in float32.
    better, worse, newly_right, newly_wrong
        So many of the other digits.
    """

    rate: float
    double: float
    single: float
    better: int
    worse: int
    newly_right: int
    newly_wrong: int


class Press(NamedTuple):
    """A button that was pressed: take so many steps, or take one back."""

    what: Literal["take", "back"]
    n: int
    rate: float


@dataclass(frozen=True, eq=False)
class Shown:
    """What the lesson is about.

    Attributes
    ----------
    network
        Its program, as it would go on the pad.
    weights
        Of the network before any step: its penalty and activations are told from it.
    names, activations
        Of the layers, for people; "" of the last.
    step
        All numbers of the digit as the weights are now, in float64.
    slopes
        Of each hidden layer's activation at its sums.
    taken
        The steps taken before, each with its learning rate.
    finite
        Whether a further step can be taken.
    label
        Which digit it is.
    others, labels
        (n, 784) float32 other digits and (n,) which they are.
    batch
        The digits of a batch, by which λ was divided.
    codes
        The code of each of the five stations.
    worked_out
        Whether the browser works out by itself what the layers pass on and hand back.
    """

    network: Slot
    weights: Weights
    names: Sequence[str]
    activations: Sequence[str]
    step: Step
    slopes: Sequence[Array]
    taken: Sequence[tuple[float, Step]]
    finite: bool
    label: int
    others: Array
    labels: Array
    batch: int
    codes: Sequence[Sequence[Block]]
    worked_out: bool = False


def one_step(
    shown: Shown, served: Callable[[float], Served], on_press: Callable[[Press], None], *, key: str
) -> None:
    """Show the stations.

    Parameters
    ----------
    served
        What NumPy says of a step with the learning rate that the slider was left at.
    on_press
        Told of a button before the page runs again.
    """
    courier = digits_slot(shown.others, shown.labels)
    step = shown.step
    data: dict[str, Any] = {
        "digest": shown.network.digest,
        "others": courier.digest,
        "digit": _packed([step.values[0]], "<f4"),
        "label": shown.label,
        "names": list(shown.names),
        "activations": list(shown.activations),
        "penalty": shown.weights.penalty,
        "alpha": shown.weights.alpha,
        "batch": shown.batch,
        **(_rates(shown) if shown.worked_out else _numbers(shown)),
        "loss": _finite(step.loss),
        "added": _finite(step.penalty),
        "losses": [_finite(each.loss) for _, each in shown.taken] + [_finite(step.loss)],
        "most": MOST_STEPS,
        "finite": shown.finite,
        "codes": [[block._asdict() for block in blocks] for blocks in shown.codes],
    }
    token = hashlib.sha256(json.dumps(data).encode()).hexdigest()[:16]

    def pressed() -> None:
        if press := _checked(st.session_state[key]["press"], token, len(shown.taken)):
            on_press(press)

    state: Any = st.session_state.get(key)
    rate = _rate(state.get("rate")) if hasattr(state, "get") else None
    told = served(rate)._asdict() if rate is not None else None
    with st.container(gap=None):
        send_networks([shown.network, courier], key=f"{key}.program")
        _mount(
            key=key,
            data={
                **data,
                "served": [{name: _finite(value) for name, value in told.items()}] if told else [],
                "token": token,
            },
            default={"rate": None},
            on_rate_change=registry.nothing,
            on_press_change=pressed,
        )


def _numbers(shown: Shown) -> dict[str, Any]:
    step = shown.step
    return {
        "rates": None,
        "values": _packed(step.values[1:]),
        "sums": _packed(step.sums),
        "deltas": _packed(step.deltas),
        "slopes": _packed(shown.slopes),
        "taken": [
            {"rate": rate, "values": _packed(each.values[1:-1]), "deltas": _packed(each.deltas)}
            for rate, each in shown.taken
        ],
    }


def _rates(shown: Shown) -> dict[str, Any]:
    rates = [rate for rate, _ in shown.taken]
    return {"rates": rates, "taken": [{"rate": rate} for rate in rates]}


def _checked(message: Any, token: str, taken: int) -> Press | None:
    """What was pressed, if it can be done from this very state."""
    match message:
        case {"what": "take" | "back" as what, "n": int(n), "rate": given, "token": str(theirs)}:
            rate = _rate(given)
            if theirs != token or rate is None or type(n) is not int:
                return None
            if what == "back":
                return Press("back", 1, rate) if taken else None
            return Press("take", n, rate) if n in (1, 10) and taken + n <= MOST_STEPS else None
    return None


def _rate(given: Any) -> float | None:
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    return float(given) if LEAST_RATE * 0.999 <= given <= MOST_RATE * 1.001 else None


def _finite(value: float) -> float | None:
    """JSON has no word for the others."""
    return float(value) if math.isfinite(value) else None


def digits_slot(digits: Array, labels: Array) -> Slot:
    """Digits that a component computes with, sent as `inference.browser.pack_program` does a network.

    Parameters
    ----------
    digits, labels
        (n, 784) float32 and (n,) which they are.
    """
    packed = np.ascontiguousarray(digits, "<f4").tobytes()
    said = [int(label) for label in labels]
    digest = hashlib.sha256(packed + bytes(said)).hexdigest()[:16]
    text = json.dumps({"digest": digest, "steps": [], "labels": said}).encode()
    text += b" " * (-len(text) % 4)
    return Slot("others", "", False, digest, struct.pack("<I", len(text)) + text + packed)


def _packed(arrays: Sequence[Array], dtype: str = "<f8") -> str:
    flat = b"".join(np.ascontiguousarray(each, dtype).tobytes() for each in arrays)
    return base64.b64encode(flat).decode("ascii")
