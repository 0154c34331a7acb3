"""A training under way beside the pad: how far it is, its network for the pad, and what it can be told.

The browser asks for all that by itself, once a second and only while its page is in sight, at an address of
our server's; no page runs for it.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from nnviz.components import registry, served

_mount = registry.component("live_training")
ASKS = ("pause", "batch", "epoch", "go on", "curves", "off")
"""What can be asked for: four for the training, to see its curves, and that it goes off the pad."""


def live_training(
    job: str,
    title: str,
    *,
    digest: str,
    steered: bool,
    whose: str,
    batch: str,
    key: str,
    on_ask: Callable[[str], None],
    on_end: Callable[[], None],
) -> None:
    """Show the training, and bring its network to the pad under that digest.

    Parameters
    ----------
    job
        Its id.
    steered
        Whether its buttons are shown; else whose it is.
    batch
        What the button for a batch more is called.
    on_ask
        on_ask(one of `ASKS`): told of what is pressed, before the page runs again.
    on_end
        Told when it has ended, or is not there any more.
    """

    def asked() -> None:
        what = st.session_state[key].asked
        if isinstance(what, str) and what in ASKS:
            on_ask(what)

    _mount(
        key=key,
        data={
            "address": served.training_address(job),
            "digest": digest,
            "title": title,
            "steered": steered,
            "whose": whose,
            "batch": batch,
        },
        on_asked_change=asked,
        on_ended_change=on_end,
    )
