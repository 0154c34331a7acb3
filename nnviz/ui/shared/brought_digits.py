"""Digits that somebody brings are looked at before any is kept: what was found, and what is chosen."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from nnviz import components
from nnviz.core.records import Dataset
from nnviz.core.words import say, say_many
from nnviz.data import uploads
from nnviz.data.mnist import DataError
from nnviz.data.uploads import Choice, Upload
from nnviz.ui.shared.show import escaped

Ids = tuple[tuple[str, str], ...]

_MOST_HELD = 4  # uploads that are looked at and not yet kept, of everybody: 55 MB each at most
_held: OrderedDict[Ids, Upload | DataError] = OrderedDict()
_lock = threading.Lock()


def ids_of(files: list[UploadedFile]) -> Ids:
    """What tells these very files from any others."""
    return tuple((file.file_id, file.name) for file in files)


def look(files: list[UploadedFile]) -> Upload:
    """Read files once, not at every run of the page, with a bar that says how far it is. Raises DataError."""
    ids = ids_of(files)
    with _lock:
        found = _held.get(ids)
    if found is None:
        bar = st.progress(0.0, say("Reading your digits …"))
        try:
            found = uploads.look(
                uploads.latest([(file.name, file.getvalue()) for file in files]),
                lambda part: _advance(bar, part),
            )
        except DataError as error:
            found = error
        bar.empty()
        with _lock:
            _held[ids] = found
            while len(_held) > _MOST_HELD:
                _held.popitem(last=False)
    if isinstance(found, DataError):
        raise DataError(*found.args)
    return found


def _advance(bar: DeltaGenerator, part: float) -> None:
    bar.progress(part, say("Reading your digits … {part:.0%}", part=part))


def forget(files: list[UploadedFile]) -> None:
    """Hold these no longer."""
    with _lock:
        _held.pop(ids_of(files), None)


def choose(key: str, brought: str, upload: Upload) -> Dataset | None:
    """Show some of the digits and what was done to them; the digits once the user takes them.

    Parameters
    ----------
    brought
        Tells this upload from others, whose switches may stand otherwise.

    Raises
    ------
    DataError
        When they cannot be kept as they are.
    """
    st.markdown(
        say("**Look before anything is kept:** {counted}.",
            counted=say_many(len(upload), "{n:,} digit", "{n:,} digits"))
    )  # fmt: skip
    shown = st.container()
    choice = _choice(f"{key}_{brought}", upload)
    hand = choice.typed is not None
    images, labels = upload.few(choice, uploads.MOST_TYPED if hand else uploads.SHOWN)
    with shown:
        components.digit_strip(images, [_caption(label) for label in labels], -1, key=f"{key}_looked_at")
        if len(images) < len(upload):
            st.caption(say("{n} of them, taken from all over the file.", n=len(images)))
        if done := _done(upload, choice):
            st.caption(escaped(say("What was done: {done}.", done=" · ".join(done))))
    if problem := upload.problem(choice):
        st.warning(escaped(problem))
    if st.button(
        say("Use these digits"),
        type="primary",
        icon=":material/check:",
        key=f"{key}_take",
        disabled=bool(problem),
    ):
        return upload.dataset(choice)
    return None


def _choice(key: str, upload: Upload) -> Choice:
    """The switches, each standing as it was found."""
    turned = st.toggle(
        say("Turn over"),
        value=upload.turned,
        key=f"{key}_turned",
        help=say("Swaps light and dark. Networks here know light ink on black paper."),
    )
    swapped = st.toggle(
        say("Transpose"),
        value=upload.swapped,
        key=f"{key}_swapped",
        help=say("Swaps rows and columns: the digit is mirrored along its diagonal."),
    )
    options = [*range(len(upload.places)), *([-1] if len(upload) <= uploads.MOST_TYPED else [])]
    place = st.selectbox(
        say("Labels"),
        options,
        index=_first(upload, options),
        format_func=lambda at: say("I type them") if at < 0 else upload.places[at],
        placeholder=say("Choose where they are"),
        key=f"{key}_place",
        help=say("The label of a digit says which one it is."),
    )
    typed = None
    if place == -1:
        typed = st.text_input(
            say("The label of each digit, in this order"),
            key=f"{key}_typed",
            placeholder=say("such as 3 7 1"),
        )
        typed = re.sub(r"[\s,;]", "", typed)
    return Choice(turned, swapped, None if place == -1 else place, typed)


def _first(upload: Upload, options: list[int]) -> int | None:
    """Which of the places of labels stands there at first, none where the user has to say."""
    if upload.place is not None:
        return options.index(upload.place)
    return 0 if options == [-1] else None


def _caption(label: int | None) -> components.Caption:
    if label is None:
        return components.Caption("?", say("a digit without a label"))
    return components.Caption(str(label), say("a digit with label {label}", label=label))


def _done(upload: Upload, choice: Choice) -> list[str]:
    done = []
    if choice.turned:
        done.append(say("turned over (dark ink on light paper became light ink on black)"))
    if choice.swapped:
        done.append(say("transposed (rows and columns swapped)"))
    if choice.place is not None and choice.typed is None:
        done.append(say("label from {place}", place=upload.places[choice.place]))
    return [*done, *upload.said]
