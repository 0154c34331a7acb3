"""Which networks read the pad, and how they read it."""

from __future__ import annotations

import streamlit as st

from nnviz import canvas, keras_probe
from nnviz.records import Array, Kind
from nnviz.store import ModelMissing, ModelRefused
from nnviz.ui import caches, shelf
from nnviz.ui.state import Key

# A row of the pad each: the kind of network, where its name is kept, which one it is at first, its menu.
SLOTS: tuple[tuple[Kind, Key, str, str], ...] = (
    ("mlp", Key.PAD_MLP, "mlp", "The MLP on the pad"),
    ("cnn", Key.PAD_CNN, "cnn_best", "The CNN on the pad"),
)


def read(image: Array) -> list[canvas.Reading]:
    """What every network on the pad makes of a digit, (28, 28) float32 in [0, 1].

    A network that cannot be opened is left out, and a sentence says why: the pad draws all the same.
    """
    found = []
    for kind, key, default, _ in SLOTS:
        entry = shelf.chosen(kind, key, default=default)
        if entry is None:
            continue
        try:
            inside = keras_probe.activations(caches.network(entry.name), image)
        except (ModelMissing, ModelRefused) as error:
            st.warning(f"{error} Choose another network below the pad.")
        else:
            found.append(canvas.Reading(kind, kind.upper(), inside))
    return found


def score(kind: Kind, key: Key, default: str) -> None:
    """What the network on the pad got right, and on what."""
    entry = shelf.chosen(kind, key, default=default)
    if entry is not None and "test_accuracy" in entry.card.metrics:
        card = entry.card
        st.caption(
            f"It learned from {card.n_train:,} digits and got {card.metrics['test_accuracy']:.1%} "
            f"of {card.n_test:,} others right ({card.data})."
        )
