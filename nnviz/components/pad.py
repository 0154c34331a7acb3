"""The drawing pad: a digit is drawn, and while it is drawn the networks read it, in the browser.

Components play together. The pad itself is large and never changes, so Streamlit sends it once. Couriers of
a few lines take to it what does change: one says which networks are on the pad, one for each network brings
its weights, once for as long as it is there, and one brings what the server has computed for a browser that
cannot. Streamlit sends a component again, its code and all, when any of its data has changed: so what changes
at different times goes with different couriers.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from nnviz.components import pad_message, registry, served
from nnviz.core.records import Activations, Array, Layer
from nnviz.data import preprocessing

_mount = registry.component("pad")
_carry = registry.component("pad_data")

_MOST_EXACT = 1024  # units; more are sent in 255 steps from the least to the greatest, a byte instead of four
_MOST_SLOTS = 8
_DRAWING = (*pad_message.NOTHING, "digit")  # of a message, what is not about the browser that sent it


@dataclass(frozen=True, eq=False)
class Slot:
    """A network on the pad.

    Attributes
    ----------
    slot
        Its name there, "mlp" or "cnn-2".
    title
        Its heading.
    draws
        A digit again, instead of naming it.
    digest, message
        Of its program, "" and b"" for one that only the server computes; b"" alone for one that comes by
        another way, as one in training does.
    why
        A sentence that says that only the server computes it, or nothing.
    lesson
        Address of the page that looks into it, or nothing.
    layers
        Of its card, for the parameters of each.
    """

    slot: str
    title: str
    draws: bool
    digest: str = ""
    message: bytes = b""
    why: str = ""
    lesson: str = ""
    layers: Sequence[Layer] = ()

    @property
    def rows(self) -> list[tuple[str, int]]:
        """The names of its layers with their parameters, as pictures of it are told them."""
        return [(layer.name, layer.parameters) for layer in self.layers]


@dataclass(frozen=True, eq=False)
class Reading:
    """What the server computed for one slot.

    Attributes
    ----------
    title
        As the slot's.
    """

    slot: str
    title: str
    inside: Activations


@dataclass(frozen=True, eq=False)
class Drawn:
    """What is on the pad.

    Attributes
    ----------
    digit
        (28, 28) float32 in [0, 1], or None while the pad is empty.
    message
        The drawing itself, to begin another pad with; None while it is empty.
    lesson
        The slot of the network whose lesson is asked for, or nothing.
    """

    digit: Array | None
    message: dict[str, Any] | None
    lesson: str


def pad(
    read: Callable[[Array, Collection[str]], Sequence[Reading]],
    *,
    key: str,
    before: Callable[[], dict[str, Any] | None] = lambda: None,
    keep: Callable[[Array | None, dict[str, Any] | None], None] = lambda digit, message: None,
) -> Drawn:
    """Show the pad and return what is on it.

    Call this inside a `st.fragment`, which is run again at the end of every stroke, and `send_networks`
    outside of it. The drawing comes back, with all its strokes, when the page is left and opened again.

    Parameters
    ----------
    read
        read(image, slots): what the networks in those slots make of the digit, for a browser that does not
        compute them itself. It is shown an empty image too, to learn which layers there are to draw.
    before
        before(): the message of the drawing that the pad begins with where this session has had none.
    keep
        keep(digit, message) is told of every drawing at once, also of one that comes when its page is being
        left, so that this function is not called again.
    """

    def changed() -> None:
        message = st.session_state[key]["drawing"]
        image = _image(message)
        registry.remember(key, message if image is not None else None)
        keep(image, _drawing_of(message, image))

    start = registry.remembered(key, None if registry.is_known(key) else before())
    together = st.container(gap=None)  # a courier shows nothing, so there is no gap to it, either
    with together:
        result = _mount(
            key=key,
            data={
                "key": key,
                # In a tuple, because Streamlit imports pandas to look at a dictionary.
                "start": (
                    {name: (start or {}).get(name, value) for name, value in pad_message.NOTHING.items()},
                ),
            },
            default={"drawing": start},
            on_drawing_change=changed,
            on_lesson_change=registry.nothing,
        )
    message = result.drawing
    image = _image(message)
    registry.remember(key, message if image is not None else None)
    asked = _asked(message)
    blank = np.zeros((preprocessing.SIDE, preprocessing.SIDE), np.float32)
    readings = read(blank if image is None else image, asked) if asked else []
    with together:
        _carry(
            key=f"{key}.courier",
            data={
                "what": "reading",
                "key": key,
                "answers": message.get("number") if isinstance(message, dict) else None,
                "digit": _packed(_as_bytes(image)) if asked and image is not None else None,
                "networks": [_network(reading, empty=image is None) for reading in readings],
            },
        )
    return Drawn(image, _drawing_of(message, image), result.lesson if isinstance(result.lesson, str) else "")


def _drawing_of(message: Any, image: Array | None) -> dict[str, Any] | None:
    """What of a message another pad can begin with; None for an empty pad."""
    return None if image is None else {name: message[name] for name in _DRAWING if name in message}


def send_networks(slots: Sequence[Slot | None], *, key: str) -> None:
    """Bring these networks to the pad of that key; None leaves a slot empty.

    From a server of ours the browser fetches them, and keeps them for a year. Else they are sent, but for
    those that the browser had when its page was opened again.
    """
    with st.container(gap=None):
        _send_networks(slots, key)


def _send_networks(slots: Sequence[Slot | None], key: str) -> None:
    start = registry.remembered(key)
    here = start.get("have") if isinstance(start, dict) else None
    told = {slot.digest: slot.message for slot in slots if slot and slot.message}
    addresses = {digest: served.network_address(digest, message) for digest, message in told.items()}
    _carry(
        key=f"{key}.slots",
        data={
            "what": "slots",
            "key": key,
            "slots": [
                slot
                and {
                    "slot": slot.slot,
                    "title": slot.title,
                    "draws": slot.draws,
                    "digest": slot.digest or None,
                    "address": addresses.get(slot.digest) or None,
                    "why": slot.why,
                    "lesson": slot.lesson,
                    "rows": slot.rows,
                }
                for slot in slots
            ],
        },
    )
    for digest, message in told.items():
        if not addresses[digest] and (not isinstance(here, list) or digest not in here):
            _carry(key=f"{key}.network.{digest}", data=message)


def _image(message: Any) -> Array | None:
    """The drawing as a network gets it; None for no ink and for what the pad would never send."""
    try:
        return pad_message.digit(message)
    except ValueError:
        return None


def _asked(message: Any) -> tuple[str, ...]:
    """The slots that the server is asked to compute."""
    match message:
        case {"ask": list() as slots, "number": int()} if len(slots) <= _MOST_SLOTS:
            return tuple(slot for slot in slots if isinstance(slot, str))
    return ()


def _as_bytes(image: Array) -> Array:
    return np.asarray(np.rint(255 * image), np.uint8)


def _network(reading: Reading, *, empty: bool) -> dict[str, Any]:
    """A network's layers with their numbers, the answer at the end; no numbers while nothing is drawn."""
    return {
        "slot": reading.slot,
        "layers": [
            {"name": name, **_layer(values, empty=empty)} for name, values in reading.inside.with_answer
        ],
        "code": reading.inside.code_index,
    }


def _layer(values: Array, *, empty: bool) -> dict[str, Any]:
    """The values of a layer, (units,) or (rows, columns, maps), row by row."""
    layer = {"shape": list(values.shape)}
    if empty:
        return layer
    if values.size <= _MOST_EXACT:
        return layer | {"values": _packed(values.astype("<f4"))}
    low, top = float(values.min()), float(values.max())
    steps = (values - low) * (255 / ((top - low) or 1))
    return layer | {"low": low, "top": top, "steps": _packed(steps.round().astype(np.uint8))}


def _packed(values: Array) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")
