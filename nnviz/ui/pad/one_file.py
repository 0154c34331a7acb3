"""The pad as one HTML file to take along: with which networks, with or without the drawing, and its size."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from nnviz import components
from nnviz.core.kinds import KINDS
from nnviz.core.words import say
from nnviz.data.mnist import in_words
from nnviz.inference import browser
from nnviz.model_store import formats, store
from nnviz.model_store.errors import within_memory
from nnviz.model_store.store import Entry, ModelMissing, ModelRefused
from nnviz.ui.pad import live, networks
from nnviz.ui.shared import caches
from nnviz.ui.shared.menu import menu
from nnviz.ui.shared.show import escaped
from nnviz.ui.shared.state import drawing_before

NAME = "pad.html"
_KEY = "pad_file"


def panel() -> None:
    """A button, and behind it what goes into the file."""
    menu(say("The pad as a file"), st.fragment(_choices), icon=":material/download:", key=_KEY)


def _choices() -> None:
    st.caption(
        say(
            "One file with the pad and its networks. It opens in any browser without internet: on a phone, "
            "or from a school's web page."
        )
    )
    with st.container(gap=None):  # on a phone all of it is to be seen at once
        chosen = [packed for packed in _on_pad() if _wanted(packed)]
        drawing = drawing_before()
        if drawing is not None and not st.checkbox(say("With my drawing"), value=True, key=f"{_KEY}_drawing"):
            drawing = None
    if not chosen:
        st.caption(say("Choose at least one network."))
        return
    content = components.pad_file(chosen, drawing)
    st.download_button(
        say("Download ({size:.1f} MB)", size=len(content) / 1e6),
        data=content,
        file_name=NAME,
        mime="text/html",
        icon=":material/download:",
        on_click="ignore",
        type="primary",
        key=f"{_KEY}_download",
    )


def _wanted(packed: components.Packed) -> bool:
    return st.checkbox(
        escaped(packed.title), value=True, key=f"{_KEY}_{packed.slot.digest}_{packed.slot.slot}"
    )


def _on_pad() -> list[components.Packed]:
    """The networks on the pad that can be in a file; of the others a line says why they cannot."""
    found = []
    for place, (name, heading, entry) in zip(
        networks.places(), networks.named(networks.chosen()), strict=True
    ):
        if entry is None:
            continue
        title = escaped(entry.card.title)
        if place.kind == live.kind():
            st.caption(say("The network in training can be in a file once its training has ended."))
            continue
        try:
            program = caches.program(entry.name)
        except (ModelMissing, ModelRefused) as error:
            st.caption(say("{title} is left out: {error}", title=title, error=error))
            continue
        if program.message:
            found.append(_packed(name, heading, entry, program.digest, program.message))
        else:
            st.caption(say("{title} is left out, as only the server computes it.", title=title))
    return found


def _packed(name: str, heading: str, entry: Entry, digest: str, message: bytes) -> components.Packed:
    card = entry.card
    draws = not KINDS[card.kind].classifies
    slot = components.Slot(name, heading, draws, digest, message, layers=card.layers)
    told = networks.scored(entry, in_words(card.data))
    if entry.brought and told:
        told = say("It came as a file, and its card says: {told}", told=told)
    return components.Packed(slot, card.title, told)


def write(out: Path, names: Sequence[str]) -> int:
    """Write the pad with the networks of those names into a file; how many bytes it has.

    Raises
    ------
    ModelMissing, ModelRefused
        Where there is no such network, or it cannot be opened.
    ValueError
        For one that no browser computes.
    OSError
        Where the file cannot be written.
    """
    content = components.pad_file(packed(names))
    out.write_bytes(content)
    return len(content)


def packed(names: Sequence[str]) -> list[components.Packed]:
    """The networks of those names for a file, without a page; raises as `write`."""
    found = []
    for name, heading, entry in networks.named([store.find(name) for name in names]):
        if entry is None:
            continue
        with within_memory():
            try:
                program = browser.program_of(formats.read_network(entry.path))
            except browser.NotForBrowsers as error:
                title = entry.card.title
                raise ValueError(
                    say("{title} cannot be in a file: this network {error}.", title=title, error=error)
                ) from error
        found.append(_packed(name, heading, entry, program.digest, browser.pack_program(program)))
    return found
