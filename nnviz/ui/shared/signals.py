"""How large activations and deltas were in each layer over the kept epochs, and who had stopped learning."""

from __future__ import annotations

import streamlit as st

from nnviz import figures
from nnviz.core import numbers
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference.losses import mean_loss
from nnviz.inspection import layer_sizes
from nnviz.inspection.layer_sizes import DIGITS, FLAT, LayerSizes
from nnviz.model_store import snapshots as kept_weights
from nnviz.model_store import store
from nnviz.model_store.snapshots import NoSnapshots
from nnviz.model_store.store import Entry, ModelMissing, ModelRefused
from nnviz.numpy_nn.initializers import INITIALIZERS
from nnviz.ui.shared import caches
from nnviz.ui.shared.model_page import Opened
from nnviz.ui.shared.show import escaped, figure, table

_SHARES = {"dead": say("Dead units"), "flat": say("Flat slopes")}


def view(opened: Opened) -> None:
    """Three charts of this network, and on request of a second one below."""
    st.fragment(_view)(opened, f"{opened.entry.card.kind}_signals")


def _view(opened: Opened, key: str) -> None:
    share = str(
        st.segmented_control(
            say("In the third chart"),
            list(_SHARES),
            default="dead",
            required=True,
            format_func=lambda name: _SHARES[name],
            key=f"{key}_share_choice",
        )
    )
    x, labels = opened.split.x_test[:DIGITS], opened.split.y_test[:DIGITS]
    if not _charts(opened.entry, x, labels, share, f"{key}_own"):
        return
    st.caption(
        say(
            "Told by {n} held-back digits, after every kept epoch. A slope is flat below {flat}: hardly any "
            "gradient gets through. A unit is dead when its slope is flat for each of these digits.",
            n=len(x),
            flat=FLAT,
        )
    )
    _starts(opened, x, labels)
    others = {
        entry.name: entry.card.title
        for entry in store.entries(opened.entry.card.kind)
        if entry.name != opened.entry.name
    }
    if not others:
        return
    chosen = st.selectbox(
        say("Beside it another network"),
        list(others),
        index=None,
        format_func=lambda name: others.get(name, name),
        placeholder=say("Choose a network"),
        key=f"{key}_other",
    )
    if chosen in others:
        _charts(store.find(str(chosen)), x, labels, share, f"{key}_second")


def _starts(opened: Opened, x: Array, labels: Array) -> None:
    """How a network of dense layers would begin with each kind of starting weights, as a table."""
    entry = opened.entry
    network = caches.network(entry.name, ended=True)
    fresh = {name: layer_sizes.with_start(network, name, entry.card.seed) for name in INITIALIZERS}
    there = {name: each for name, each in fresh.items() if each is not None}
    if not there:
        return
    found = layer_sizes.measure(list(there.values()), x, labels)
    rows = [
        (
            INITIALIZERS[name].title,
            *(numbers.written(float(size), 2) for size in found.activations[i]),
            numbers.written(mean_loss(each, x, labels), 3),
        )
        for i, (name, each) in enumerate(there.items())
    ]
    header = (say("starting weights"), *found.layers, say("loss"))
    st.markdown(
        "**" + say("The same layers before any training: the typical activation, and the loss") + "**"
    )
    table(header, rows, alt=say("Typical activations of each layer with other starting weights"))


def _charts(entry: Entry, x: Array, labels: Array, share: str, key: str) -> bool:
    """Whether there are any."""
    try:
        kept = caches.snapshots(entry.name).epochs.tolist()
        path = entry.path
        found = _measured(str(path), path.stat().st_mtime_ns, caches.digest(x), entry.name, x, labels)
    except (NoSnapshots, ModelMissing, ModelRefused) as error:
        st.info(escaped(str(error)))
        return False
    if found is None:
        st.info(say("This network does not end in a softmax of ten sums. So no deltas can be found."))
        return False
    epochs = [*kept, max(len(entry.card.history.epochs), kept[-1] + 1)]
    charts = (
        (say("Typical activation"), found.activations, False),
        (say("Typical delta"), found.deltas, False),
        (_SHARES[share], found.dead if share == "dead" else found.flat, True),
    )
    with st.container(key=f"two_beside_{key}"):
        columns = st.columns(3, gap="small")
    for i, (column, (title, values, is_share)) in enumerate(zip(columns, charts, strict=True)):
        with column:
            drawn = figures.sizes_by_layer(epochs, found.layers, values, title=title, share=is_share)
            figure(drawn, key=f"{key}_{i}")
    return True


@st.cache_resource(max_entries=32, show_spinner=say("Reading digits after every epoch …"))
def _measured(
    path: str, changed: int, digits: str, name: str, _x: Array, _labels: Array
) -> LayerSizes | None:
    kept = caches.snapshots(name)
    whole = caches.network(name, ended=True)
    networks = [*(kept_weights.at(whole, kept, epoch) for epoch in kept.epochs.tolist()), whole]
    try:
        return layer_sizes.measure(networks, _x, _labels)
    except ValueError:
        return None
