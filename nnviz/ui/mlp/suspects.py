"""Digits of the app whose own label may be wrong, and how far such a list can be believed."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from nnviz import components
from nnviz.core import numbers, paths
from nnviz.core.words import say
from nnviz.data import mnist
from nnviz.ui.shared import why
from nnviz.ui.shared.model_page import Opened
from nnviz.ui.shared.show import escaped


def view(opened: Opened) -> None:
    """The most suspect labels; a pressed digit is read by the network of the page."""
    st.fragment(_view)(opened)


def _view(opened: Opened) -> None:
    # A switch and no expander, whose digits would be sent unseen.
    if st.toggle(say("Is it the label that is wrong?"), key="mlp_suspects_shown"):
        made, digits = _made(), mnist.embedded()
        if made["digits"] != digits.digest:  # they were cut out of another data set
            st.info(say("This list was made for other digits than the app has."))
            return
        first = made["first"]
        st.markdown(
            say(
                "**{n:,} of the app's {all:,} labels are suspect.** Here are the first {shown:,}: the given "
                "label, what networks say that never learned from this digit, and how far they are apart.",
                n=made["suspect"],
                all=len(digits),
                shown=len(first),
            )
        )
        st.markdown(
            say(
                "Look before you believe it: of {spoiled:,} labels that we spoiled on purpose, "
                "{found:,} are among the first {spoiled:,} of such a list.",
                spoiled=made["spoiled"],
                found=made["found"],
            )
        )
        positions = [position for position, _, _ in first]
        captions = [_caption(int(digits.labels[i]), suggested, margin) for i, suggested, margin in first]
        pressed = components.digit_gallery(digits.images[positions], captions, key="mlp_suspects")
        st.caption(
            say(
                "Made with the app's own MLP: {folds} trainings, each of which leaves out a part of the "
                "digits and reads it; {epochs} epochs, seed {seed}; {right:.1%} of the digits are read as "
                "they are labelled. The method is confident learning (Northcutt, Jiang and Chuang 2021).",
                folds=made["folds"],
                epochs=made["epochs"],
                seed=made["seed"],
                right=made["accuracy"],
            )
        )
        if pressed is not None:
            position = positions[pressed]
            with st.container(key="mlp_suspect_causes"):
                st.caption(
                    say(
                        "Read by {title}. Where it learned from this very digit, that one is its own "
                        "neighbour, at distance 0.",
                        title=escaped(opened.entry.card.title),
                    )
                )
                image = mnist.to_rows(digits.images[position][None]).reshape(28, 28)
                why.show(opened.entry, image, int(digits.labels[position]), key="mlp_suspect")
        components.reveal("mlp_suspect_causes", pressed)


def _caption(given: int, suggested: int, margin: float) -> components.Caption:
    text = f"{given} → {suggested}?\n{numbers.fixed(margin, 3)}"
    label = say(
        "labelled {given}, suggested {suggested}, margin {margin:.3f}",
        given=given,
        suggested=suggested,
        margin=margin,
    )
    return components.Caption(text, label, True)


@st.cache_resource(show_spinner=False)
def _made() -> dict[str, Any]:
    made: dict[str, Any] = json.loads((paths.assets() / "suspects.json").read_text(encoding="utf-8"))
    return made
