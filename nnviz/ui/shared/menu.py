"""What is behind a button that opens a menu: made when it is opened first, so that pages come sooner.

From then on it is there, open or shut, so that what was chosen or brought in it stays. Without our own server
it is made at once.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from nnviz.components import served


def menu(label: str, draw: Callable[[], None], *, icon: str, key: str) -> None:
    """A button, and behind it what `draw` makes.

    To open it runs nothing else of the page; what is chosen in it runs the page. The label has to stay as
    it is: with another one it is another button, and what is behind it begins anew.
    """
    st.session_state[_whole(key)] = True  # only the run of a page comes by here
    st.fragment(_menu)(label, draw, icon, key)


def _menu(label: str, draw: Callable[[], None], icon: str, key: str) -> None:
    whole, pressed = (st.session_state.pop(name, False) for name in (_whole(key), _pressed(key)))
    if not whole and not pressed:  # something in it was
        st.rerun()

    def press() -> None:
        st.session_state[_pressed(key)] = True

    with st.popover(label, icon=icon, key=key, on_change=press) as shown:
        if is_wanted(shown, key):
            draw()


def is_wanted(shown: PopoverContainer, key: str) -> bool:
    """Whether what is behind the button of that key is to be made: it is open, or was once."""
    made = f"{key}_made"
    if shown.open or not served.serving():
        st.session_state[made] = True
    return bool(st.session_state.get(made))


def _whole(key: str) -> str:
    return f"{key}_whole"


def _pressed(key: str) -> str:
    return f"{key}_pressed"
