"""Small parts of a page that Streamlit has no element for."""

from __future__ import annotations

import uuid

import streamlit as st

from nnviz.components import registry
from nnviz.core.words import say

_bar = registry.component("page_bar")
_presenting = registry.component("presenting")
_reveal = registry.component("reveal")
_announcer = registry.component("announcer")
_attention = registry.component("attention")
_SCREEN = "presented_on"  # in the session: as the browser tells it
_WIDEST = 20_000  # pixels of a screen


def mark_bar(current: str) -> None:
    """Make the container of key "pages" a landmark of navigation whose link `current` is this page's."""
    with _without_room("page_bar"):
        _bar(key="page_bar", data={"name": say("Pages"), "current": current})


def reveal(place: str, shown: object, *, focus: bool = True) -> None:
    """Bring the container of that key into view when something else is shown in it than before.

    Nothing moves when most of it is in view already, and nothing when the page is opened again.

    Parameters
    ----------
    place
        Its key.
    shown
        What is shown there, to tell one thing from another; None while it is nothing.
    focus
        Whether the focus goes along.
    """
    memory = st.session_state.setdefault(f"{place}.revealed", {"shown": None, "press": ""})
    if shown != memory["shown"]:
        memory.update(shown=shown, press=uuid.uuid4().hex if shown is not None else "")
    with _without_room(f"{place}_reveal"):
        _reveal(key=f"{place}.reveal", data={"place": place, "press": memory["press"], "focus": focus})


def announce(text: str, *, key: str) -> None:
    """Have a screen reader say a sentence, once for as long as it stays the same."""
    with _without_room(f"{key}_announced"):
        _announcer(key=key, data={"text": text})


def hold_attention(place: str) -> None:
    """As long as it is drawn, keys reach the browser only; place: the key of the container with the words."""
    with _without_room(f"{place}_held"):
        _attention(key=f"{place}.held", data={"place": place})


def _without_room(key: str) -> st.delta_generator.DeltaGenerator:
    """A container that the style sheet of the frame takes out of the page's flow."""
    return st.container(key=f"unseen_{key}")


def present_button(*, key: str = "presenting") -> None:
    """Show the button that begins and ends presenting: one panel, large, and keys that step on."""
    told = presented_on()
    shown = _presenting(
        key=key,
        data={"screen": told},
        default={"screen": told},
        on_screen_change=registry.nothing,
    )
    st.session_state[_SCREEN] = shown.screen


def presented_on() -> tuple[int, int] | None:
    """The width and height in pixels of the screen that somebody presents on; None where nobody does."""
    match st.session_state.get(_SCREEN):
        case [int(width), int(height)] if 0 < width < _WIDEST and 0 < height < _WIDEST:
            return width, height
        case _:
            return None
