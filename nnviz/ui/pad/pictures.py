"""What can be put onto the pad besides a drawing: a digit no network has learned from, a photo."""

from __future__ import annotations

import numpy as np
import streamlit as st

from nnviz import components
from nnviz.core.words import say
from nnviz.data import mnist, splits
from nnviz.model_store import store
from nnviz.model_store.store import Entry
from nnviz.ui.pad import networks, photo
from nnviz.ui.shared.state import Key


@st.fragment
def choices() -> None:
    """The buttons that put a picture onto the pad; run again alone, so that nothing else moves."""
    with st.container(horizontal=True):
        st.button(
            say("Test digit"),
            icon=":material/casino:",
            key="pad_test_digit",
            help=say(
                "One of the 5,000 digits that come with the app. None of the app's own networks has "
                "learned from them."
            ),
            on_click=_give_test_digit,
        )
        photo.panel()
    with st.container(key="pad_given"):  # always there: a place that came later would shift what follows
        if given := st.session_state.get(Key.GIVEN):
            components.put_picture(given, pad=Key.PAD)


def _give_test_digit() -> None:
    st.session_state[Key.GIVEN] = _test_digit()


def _test_digit() -> components.PadPicture:
    """A random digit held back from every shipped network, and if there is one from those on the pad too."""
    on_pad = [entry for entry in networks.chosen() if entry]
    shipped = [entry.card.spec for entry in store.entries() if entry.origin == "shipped"]
    pool = splits.unseen_by_all(shipped + [entry.card.spec for entry in on_pad])
    if not len(pool):
        pool = splits.unseen_by_all(shipped)
    position = int(np.random.default_rng().choice(pool))
    digits = mnist.embedded()
    words = say(
        "Digit {position:,} of the 5,000 that come with the app. None of the app's own networks "
        "has learned from it.",
        position=position + 1,
    )
    if doubted := _may_know(on_pad, position):
        words += say(" {doubted} may have.", doubted=say(" and ").join(doubted))
    return components.PadPicture(
        digits.images[position] / np.float32(255),
        words,
        say("It is labelled {label}.", label=digits.labels[position]),
    )


def _may_know(entries: list[Entry], position: int) -> list[str]:
    """Titles of the networks that may have learned from the embedded digit at this position."""
    learned = [(entry.card.title, splits.learned_positions(entry.card.spec)) for entry in entries]
    return [f"“{title}”" for title, positions in learned if positions is None or position in positions]
