"""The landscape that is looked at in the page's address: a reload, Back and a shared link find it again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from nnviz.core.words import say
from nnviz.ui.shared.state import Key

MOST_SEED = 2**32 - 1


@dataclass(frozen=True)
class Named:
    """A landscape as an address has it.

    Attributes
    ----------
    network
        Around which it lies.
    shape
        What is looked at.
    side
        Points along each side.
    seed
        Of a plane by chance.
    points
        The networks that it goes through.
    """

    network: str
    shape: str
    side: int
    seed: int
    points: tuple[str, ...]

    @property
    def text(self) -> str:
        """As it stands in the address."""
        return ",".join([self.network, self.shape, str(self.side), str(self.seed), *self.points])


def asked() -> str:
    """What the address says of a landscape, "" for nothing."""
    return st.query_params.get(Key.URL_LANDSCAPE, "")


def read(text: str, sides: Sequence[int]) -> Named | None:
    """What stands in an address, as far as that can be told without the network; None for no landscape."""
    network, shape, side, seed, *points = [*text.split(","), "", "", "", ""][: max(4, text.count(",") + 1)]
    if not (side.isdecimal() and seed.isdecimal() and len(seed) < 11):
        return None
    if int(side) not in sides or int(seed) > MOST_SEED or not network or not shape:
        return None
    return Named(network, shape, int(side), int(seed), tuple(points))


def taken(key: str, fits: Callable[[str], Named | None], *, drawn: bool) -> Named | None:
    """What the address asks for and the form does not show yet: after a reload, Back, or a link.

    Parameters
    ----------
    key
        Of the tab.
    fits
        The landscape of a text, if this network has it.
    drawn
        Whether the form still stands as it was left.
    """
    text = asked()
    if drawn and text == st.session_state.get(f"{key}.told", ""):
        return None
    before = st.session_state.get(f"{key}.told", "")
    st.session_state[f"{key}.told"] = text
    if not text and before and drawn:  # back to where nothing was chosen yet
        text = st.session_state.get(f"{key}.first", "")
    found = fits(text) if text else None
    if text and found is None and text != before:
        st.caption(say("The landscape in the address is none of this network's. Here is another one."))
    return found


def tell(key: str, named: Named) -> None:
    """Write what is looked at into the address; what a tab shows by itself needs no name."""
    text = named.text
    first = st.session_state.setdefault(f"{key}.first", text)
    if asked() == text or (text == first and not asked()):
        st.session_state[f"{key}.told"] = asked()
        return
    st.query_params[Key.URL_LANDSCAPE] = text
    st.session_state[f"{key}.told"] = text
