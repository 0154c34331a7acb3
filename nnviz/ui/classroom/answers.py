"""What networks make of a class's digits: each digit is read once by each network, as it arrives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from nnviz.classroom import ClassDigits
from nnviz.core.kinds import KINDS
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.model_store import store
from nnviz.model_store.store import Entry
from nnviz.ui.shared import caches, model_menu

MOST_NETWORKS = 4
_CHOSEN = "class_networks"


def choose() -> list[Entry]:
    """The networks that read the class's digits, from a menu of all that name digits."""
    there = all_there()
    names = st.multiselect(
        say("Networks"),
        list(there),
        default=[entry.name for entry in chosen()],
        format_func=lambda name: model_menu.label(there[name]),
        max_selections=MOST_NETWORKS,
        key=f"{_CHOSEN}_menu",
    )
    st.session_state[_CHOSEN] = names
    return [there[name] for name in names if name in there]


def chosen() -> list[Entry]:
    """The networks that were chosen last, at first those of the pad and the report."""
    there = all_there()
    kinds = [kind for kind in KINDS.values() if kind.classifies]
    at_first = [kind.on_pad for kind in kinds] + [kind.default for kind in kinds]
    names = st.session_state.get(_CHOSEN) or list(dict.fromkeys(at_first))[:3]
    return [there[name] for name in names if name in there]


def all_there() -> dict[str, Entry]:
    """The networks that name digits, by their names."""
    return {entry.name: entry for entry in store.entries() if KINDS[entry.card.kind].classifies}


def titles(entries: Sequence[Entry]) -> list[str]:
    """What each network is called, no two the same."""
    seen: dict[str, int] = {}
    found = []
    for entry in entries:
        seen[entry.card.title] = n = seen.get(entry.card.title, 0) + 1
        found.append(entry.card.title if n == 1 else f"{entry.card.title} ({n})")
    return found


def probabilities(entry: Entry, class_id: str, given: ClassDigits) -> Array:
    """(n, 10): how likely each digit is, for a network.

    Raises
    ------
    ModelMissing, ModelRefused
        When the network cannot be opened.
    """
    known = _known(*caches.file_of(entry), class_id)
    numbers = given.numbers.tolist()
    new = [i for i, number in enumerate(numbers) if number not in known]
    if new:
        images = given.images[new] / np.float32(255)
        read = caches.network(entry.name).predict(images)
        known.update(zip((numbers[i] for i in new), np.asarray(read, np.float32), strict=True))
    return np.array([known[number] for number in numbers], np.float32).reshape(len(numbers), 10)


@st.cache_resource(max_entries=64, ttl=86_400, show_spinner=False)
def _known(path: str, changed: int, epoch: int | None, class_id: str) -> dict[int, Array]:
    """The answers of one network by the numbers of digits, filled as they are asked for."""
    return {}
