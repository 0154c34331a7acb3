"""A photo of a digit on paper: from a file or the camera, turned by hand, step by step, onto the pad."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from nnviz import components
from nnviz.core.words import say
from nnviz.data.mnist import DataError
from nnviz.ui.shared.show import escaped
from nnviz.ui.shared.state import Key

if TYPE_CHECKING:
    from nnviz.data import (
        photos,  # imported where it is used: scipy takes a while, and the first page needs none
    )

_QUARTERS, _FINE, _SHOWN = "photo_quarters", "photo_fine", "photo_shown"
_SIDE = 140  # pixels: of a step's picture on the page


def panel() -> None:
    """Where a photo comes from, how it is turned, and its steps. A new photo or turn goes onto the pad."""
    with st.popover(say("Photo"), icon=":material/photo_camera:"):
        st.caption(
            say(
                "One digit in dark pencil or pen on light paper. Shadows, grey paper and lines on the "
                "paper do no harm. The photo is not kept."
            )
        )
        source = st.segmented_control(
            say("From"),
            [say("A file"), say("The camera")],
            default=say("A file"),
            key="photo_source",
            required=True,
        )
        camera = source == say("The camera")
        taken = (
            st.camera_input(say("Take a photo"), key="photo_camera")
            if camera
            else st.file_uploader(
                say("A PNG or JPEG picture"),
                type=["png", "jpg", "jpeg"],
                key="photo_file",
                max_upload_size=20,
            )
        )
        if taken is None:
            return
        content = taken.getvalue()
        digest = hashlib.sha256(content).hexdigest()
        turn = _turned()
        try:
            photo = _found(digest, turn, taken.name, content)
        except DataError as error:
            st.error(escaped(str(error)))
            return
        _steps(photo)
        _turn()
        _give(photo, taken.file_id, turn)


@st.cache_resource(max_entries=16, show_spinner=say("Looking for the digit …"))
def _found(digest: str, turn: float, _name: str, _content: bytes) -> photos.Photo:
    from nnviz.data import photos

    return photos.digit(photos.read(_name, _content), turn=turn)


def _turned() -> float:
    """Degrees clockwise that the photo is turned by hand."""
    return float(90 * st.session_state.get(_QUARTERS, 0) + st.session_state.get(_FINE, 0))


def _turn() -> None:
    """Buttons that turn by a quarter, and a slider for the rest."""
    with st.container(horizontal=True):
        for label, icon, by in (
            (say("Turn left"), ":material/rotate_left:", -1),
            (say("Turn right"), ":material/rotate_right:", 1),
        ):
            st.button(label, icon=icon, key=f"photo_turn_{by}", on_click=_quarter, args=(by,))
    st.slider(say("Turn by degrees"), -45, 45, 0, key=_FINE)


def _quarter(by: int) -> None:
    st.session_state[_QUARTERS] = (st.session_state.get(_QUARTERS, 0) + by) % 4


def _steps(photo: photos.Photo) -> None:
    """The photo, its paper evened out, the ink, and the 28 × 28 pixels."""
    ink = say("Ink, without the lines of the paper") if photo.lines else say("Ink")
    if photo.thickened > 1:
        ink += say(", {thickened:.1f} times as wide", thickened=photo.thickened)
    digit = np.kron(photo.digit, np.ones((6, 6), np.float32))  # as squares, where a browser would blur
    with st.container(horizontal=True):
        for name, values in (
            (say("Photo"), photo.picture),
            (say("Paper evened out"), photo.evened),
            (ink, photo.ink),
            (say("28 × 28 pixels"), digit),
        ):
            st.image(values, caption=name, width=_SIDE)


def _give(photo: photos.Photo, brought: str, turn: float) -> None:
    """Put it onto the pad, once for each time that a photo is brought, and each turn."""
    if st.session_state.get(_SHOWN) == (brought, turn):
        return
    st.session_state[_SHOWN] = (brought, turn)
    turned = say(", turned by {turn:g}°", turn=turn % 360) if turn % 360 else ""
    words = say("From your photo{turned}. Undo brings back what was here.", turned=turned)
    st.session_state[Key.GIVEN] = components.PadPicture(photo.digit, words)
