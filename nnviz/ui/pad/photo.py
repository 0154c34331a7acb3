"""A photo of a digit: from a file or the camera, step by step onto the pad, what is wrong set right."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np
import streamlit as st

from nnviz import components
from nnviz.core.records import Array
from nnviz.core.words import say, say_many
from nnviz.data.mnist import DataError
from nnviz.ui.shared import menu
from nnviz.ui.shared.show import escaped
from nnviz.ui.shared.state import Key

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from nnviz.data import (
        photos,  # imported where it is used: scipy takes a while, and the first page needs none
    )

_QUARTERS, _FINE, _SHOWN = "photo_quarters", "photo_fine", "photo_shown"
_SIDE = 140  # pixels: of a step's picture on the page
_ENDINGS = ["png", "jpg", "jpeg", "jfif", "webp", "heic", "heif"]
_FILE, _PHONE, _LIVE = "file", "phone", "live"


def panel() -> None:
    """Where a photo comes from, its steps, and what can be changed of them. Each change goes onto the pad."""
    button = st.popover(say("Photo"), icon=":material/photo_camera:", key="photo", on_change="rerun")
    if not menu.is_wanted(button, "photo"):
        return
    with button:
        st.caption(
            say(
                "A digit on paper, a board or a screen. Shadows and lines on the paper do no harm. "
                "The photo is not kept."
            )
        )
        taken = _taken()
        if taken is None:
            return
        content = taken.getvalue()
        digest = hashlib.sha256(content).hexdigest()
        place = f"photo_{digest[:8]}"  # another photo begins with its own switches
        try:
            _read(digest, place, taken.name, content, taken.file_id)
        except DataError as error:
            st.error(escaped(str(error)))
            _give_nothing(taken.file_id)


def _taken() -> UploadedFile | None:
    """The file, whether chosen or photographed."""
    names = {_FILE: say("A file"), _PHONE: say("A phone's camera"), _LIVE: say("This camera, live")}
    if not _has_live_camera():
        del names[_LIVE]
        st.caption(
            say(
                "Live pictures of a camera need an address with https, which this page has not. "
                "A phone's own camera works without."
            )
        )
    source = st.segmented_control(
        say("From"),
        list(names),
        format_func=names.__getitem__,
        default=_FILE,
        key="photo_source",
        required=True,
    )
    if source == _LIVE:
        return st.camera_input(say("Take a photo"), key="photo_camera")
    if source == _PHONE:
        with st.container(key="photo_phone"):  # by which the browser knows that a camera is meant
            return _uploaded(say("On a phone or tablet this opens its camera"), "photo_phone_file")
    return _uploaded(say("A PNG, JPEG, WebP or HEIC picture"), "photo_file")


def _uploaded(label: str, key: str) -> UploadedFile | None:
    return st.file_uploader(label, type=_ENDINGS, key=key, max_upload_size=20)


def _has_live_camera() -> bool:
    """Whether the browser would let this page have it: over https, or on the computer itself."""
    address = urlsplit(st.context.url or "")
    host = address.hostname or ""
    return address.scheme != "http" or host in ("localhost", "::1") or host.startswith("127.")


def _read(digest: str, place: str, name: str, content: bytes, brought: str) -> None:
    """Find the digit, show how, and give it to the pad; whatever was wrong can be changed."""
    from nnviz.data import photos

    lines = not st.session_state.get(f"{place}_no_lines", False)
    light, choice = st.session_state.get(f"{place}_light"), st.session_state.get(f"{place}_choice")
    turn = _turned()
    try:
        photo = _found(digest, turn, lines, light, choice, name, content)
    except photos.NoDigit as error:
        st.error(escaped(str(error)))
        _show({say("Photo"): error.picture, say("Paper evened out"): error.evened})
        _switches(place, light=error.light, lines=True)
        _give_nothing((brought, turn, lines, light, choice))
        return
    chosen = _choose(photo, place)
    if chosen != photo.choice:
        st.session_state[f"{place}_choice"] = choice = chosen
        photo = _found(digest, turn, lines, light, choice, name, content)
    st.button(say("See the answers"), icon=":material/done:", key="photo_done", on_click=_close)
    _steps(photo)
    _switches(place, light=photo.light, lines=photo.lines or not lines)
    _turn()
    _give(photo, (brought, turn, lines, light, choice), turn)


@st.cache_resource(max_entries=16, show_spinner=say("Looking for the digit …"))
def _found(
    digest: str, turn: float, lines: bool, light: bool | None, choice: int | None, _name: str, _content: bytes
) -> photos.Photo:
    from nnviz.data import photos

    picture = photos.read(_name, _content)
    return photos.digit(picture, turn=turn, lines=lines, light=light, choice=choice)


def _choose(photo: photos.Photo, place: str) -> int:
    """Which of several digits is meant, by a press on the photo."""
    n = len(photo.boxes)
    if n == 1:
        return photo.choice
    said = st.empty()
    chosen = components.photo_digits(photo.picture, photo.boxes, photo.choice, key=f"{place}_digits")
    said.info(
        say_many(
            n,
            "{n} digit was found.",
            "{n} digits were found. Number {number} is on the pad: touch another to take that one.",
            number=chosen + 1,
        )
    )
    if photo.more:
        st.caption(
            say_many(
                photo.more,
                "{n} more is left out: {most} digits of a photo are told apart, those near its middle.",
                "{n} more are left out: {most} digits of a photo are told apart, those near its middle.",
                most=n,
            )
        )
    return chosen


def _switches(place: str, *, light: bool, lines: bool) -> None:
    """What was found out about the photo, to be set right where it is wrong."""
    with st.container(horizontal=True):
        key = f"{place}_light"
        st.toggle(
            say("Light on dark"),
            light,
            key=f"{key}_switch",
            on_change=lambda: st.session_state.update({key: st.session_state[f"{key}_switch"]}),
        )
        if lines:
            st.toggle(say("No lines here"), key=f"{place}_no_lines")


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


def _close() -> None:
    """Shut the menu, so that the pad and the answers are in view on a phone too."""
    st.session_state["photo"] = False


def _quarter(by: int) -> None:
    st.session_state[_QUARTERS] = (st.session_state.get(_QUARTERS, 0) + by) % 4


def _steps(photo: photos.Photo) -> None:
    """The photo, its paper evened out, the ink, and the 28 × 28 pixels."""
    evened = say("Turned to dark on light, paper evened out") if photo.light else say("Paper evened out")
    ink = say("Ink, without the lines of the paper") if photo.lines else say("Ink")
    if photo.thickened > 1:
        ink += say(", {thickened:.1f} times as wide", thickened=photo.thickened)
    elif photo.thickened < 1:
        ink += say(", made thinner")
    if photo.straightened:
        ink += say(", straightened by {turn:.0f}°", turn=abs(photo.straightened))
    digit = np.kron(photo.digit, np.ones((6, 6), np.float32))  # as squares, where a browser would blur
    _show({say("Photo"): photo.picture, evened: photo.evened, ink: photo.ink, say("28 × 28 pixels"): digit})


def _show(steps: dict[str, Array]) -> None:
    with st.container(horizontal=True):
        for name, values in steps.items():
            st.image(values, caption=name, width=_SIDE)


def _give(photo: photos.Photo, made: tuple[object, ...], turn: float) -> None:
    """Put it onto the pad, once for each time that a photo is brought, and each change."""
    if st.session_state.get(_SHOWN) == made:
        return
    st.session_state[_SHOWN] = made
    turned = say(", turned by {turn:g}°", turn=turn % 360) if turn % 360 else ""
    words = say("From your photo{turned}. Undo brings back what was here.", turned=turned)
    st.session_state[Key.GIVEN] = components.PadPicture(photo.digit, words)


def _give_nothing(made: object) -> None:
    """Clear the pad, once: what is on it is not what was brought."""
    if st.session_state.get(_SHOWN) == made:
        return
    st.session_state[_SHOWN] = made
    words = say("No digit was found on your photo, so the pad is empty. Undo brings back what was here.")
    st.session_state[Key.GIVEN] = components.PadPicture(None, words)
