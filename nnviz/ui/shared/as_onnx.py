"""A network to take away as an ONNX file, which other programs open."""

from __future__ import annotations

import streamlit as st

from nnviz.core.words import say
from nnviz.model_store.store import Entry, ModelMissing, ModelRefused
from nnviz.ui.shared import caches
from nnviz.ui.shared.show import escaped, why


def of_network(entry: Entry, *, key: str) -> None:
    """Offer a stored network."""
    st.fragment(_shown)(entry, key)


def _shown(entry: Entry, key: str) -> None:
    """One button; once it is pressed, the file in its place, or the sentence why there is none."""
    pressed = f"{key}_onnx_of"
    if st.session_state.get(pressed) != entry.name:
        st.button(
            say("As ONNX"),
            icon=":material/swap_horiz:",
            on_click=lambda: st.session_state.update({pressed: entry.name}),
            key=f"{key}_onnx",
            help=say("The network as a file for PyTorch, onnxruntime and other programs."),
        )
        return
    from nnviz.export import onnx_file  # late, as the package behind it

    try:
        content = onnx_file.onnx_bytes(caches.network(entry.name, ended=True))
    except (onnx_file.NotOnnx, ModelMissing, ModelRefused, OSError) as refusal:
        st.info(escaped(why(refusal)))
        return
    st.download_button(
        say("Download as ONNX"),
        data=content,
        file_name=f"{entry.path.stem}.onnx",
        mime="application/octet-stream",
        icon=":material/download:",
        on_click="ignore",
        key=f"{key}_onnx_file",
    )
