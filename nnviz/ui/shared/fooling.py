"""The smallest change of a digit that flips a network's answer, and who else is fooled by it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from nnviz import components, figures
from nnviz.core import numbers
from nnviz.core.kinds import CNN, MLP
from nnviz.core.records import Array
from nnviz.core.words import say, say_many
from nnviz.inference import graph
from nnviz.inference.graph import Network
from nnviz.inspection import fooling
from nnviz.inspection.fooling import Fooled
from nnviz.model_store import store
from nnviz.model_store.store import Entry, ModelMissing, ModelRefused
from nnviz.ui.shared import caches
from nnviz.ui.shared.show import digit_with_article, escaped, figure, table

_ANY = -1  # of the answers to choose from
_PRODUCTS = 4 * 10**10  # multiplications that a search may take
_READINGS = 40  # of the digit in one step: ten gradients, there and back


def view(entry: Entry, image: Array, label: int | None, *, key: str) -> None:
    """A switch, and behind it the change that fools the network as it is stored.

    Parameters
    ----------
    image
        (28, 28) float32 in [0, 1].
    label
        What it is, where that is known.
    """
    # A switch, as the search is not free.
    if not st.toggle(say("Fool it"), key=f"{key}_shown"):
        return
    _by_gradient(entry, image, label, key)
    _by_hand(entry, image, key)


def _by_gradient(entry: Entry, image: Array, label: int | None, key: str) -> None:
    network = caches.network(entry.name)
    given = int(network.predict(image)[0].argmax())
    wanted = st.segmented_control(
        say("It reads {given}. What shall it read instead?", given=digit_with_article(given)),
        [_ANY, *range(10)],
        default=_ANY,
        required=True,
        key=f"{key}_target",
        format_func=lambda digit: say("any other") if digit == _ANY else str(digit),
    )
    if label is not None and label != given:
        st.caption(
            say("It misreads this {label} already. The change leads away from the {given}.",
                label=label, given=given)
        )  # fmt: skip
    target = None if wanted in (None, _ANY) else int(wanted)
    try:
        found = _found(*caches.file_of(entry), caches.digest(image), target, network, image)
    except fooling.SameAnswer as error:
        st.info(escaped(str(error)))
        return
    if found is None:
        st.info(
            say("It was not fooled: the answer did not change in {steps} steps.", steps=_steps(network))
            if target is None
            else say(
                "It was not fooled: in {steps} steps it never read {target}. Try any other answer.",
                steps=_steps(network),
                target=digit_with_article(target),
            )
        )
        return
    _pictures(found, label, key)
    _others(entry, found)


def _pictures(found: Fooled, label: int | None, key: str) -> None:
    before, after = int(found.said_before.argmax()), int(found.said_after.argmax())
    st.markdown(distance_in_words(found.distance))
    with st.container(key=f"two_beside_{key}"):
        columns = st.columns(5)
    shown = (
        figures.digit_picture(found.before, title=say("Before: {digit}", digit=before)),
        figures.change_picture(found.change, title=say("The change")),
        figures.digit_picture(found.after, title=say("After: {digit}", digit=after)),
        figures.probability_bars(found.said_before, title=say("Answer before"), label=label),
        figures.probability_bars(found.said_after, title=say("Answer after"), label=label),
    )
    for picture in shown[:3]:  # the scale below one of them leaves them at one height
        picture.update_yaxes(constraintoward="top")
    for place, (column, picture) in enumerate(zip(columns, shown, strict=True)):
        with column:
            figure(picture, key=f"{key}_{place}", grows=True)
    st.caption(
        say(
            "Blue: ink was added. Red: ink was taken away. The {after} is ahead by a little only. "
            "The smallest change found ends where the answer flips.",
            after=after,
        )
    )


def _by_hand(entry: Entry, image: Array, key: str) -> None:
    program = caches.program(entry.name)
    if not program.digest:
        return
    card = entry.card
    st.markdown("## " + say("Can you fool it with less, by hand?"))
    slot = components.Slot(card.kind, card.title, False, program.digest, program.message, layers=card.layers)
    components.paint_digit(slot, np.asarray(image, np.float32), key=f"{key}_hand")


def distance_in_words(far: fooling.Distance) -> str:
    """How far a picture was changed, as Markdown."""
    return say(
        "**{counted} by more than a tenth.** The whole change is {length} long (L2). "
        "The largest change of one pixel is {largest}.",
        counted=say_many(far.pixels, "{n} pixel of 784 changes", "{n} pixels of 784 change"),
        length=numbers.fixed(far.length, 2),
        largest=numbers.fixed(far.largest, 2),
    )


def _others(entry: Entry, found: Fooled) -> None:
    """What the app's other networks read before and after."""
    rows, fooled = [], 0
    for other in store.entries():
        if other.origin != "shipped" or other.card.kind not in (MLP.name, CNN.name):
            continue
        if other.name == entry.name:
            continue
        try:
            said = caches.network(other.name, ended=True).predict(np.stack([found.before, found.after]))
        except (ModelMissing, ModelRefused):
            continue
        before, after = said.argmax(axis=1)
        fooled += int(before != after)
        rows.append(
            (
                other.card.title,
                f"{before} · {numbers.chance(said[0, before])}",
                f"{after} · {numbers.chance(said[1, after])}",
                say("yes") if before != after else say("no"),
            )
        )
    if not rows:
        return
    st.markdown(
        say(
            "**The same picture fools {fooled} of the app's {n} other networks.**", fooled=fooled, n=len(rows)
        )
    )
    header = (say("network"), say("before"), say("after"), say("fooled"))
    table(header, rows, alt=say("What other networks read before and after the change"))


def _steps(network: Network) -> int:
    """As many steps as a search may take, fewer for a large network."""
    affordable = _PRODUCTS // (_READINGS * max(graph.products(network), 1))
    return min(fooling.STEPS, max(affordable, 3))


@st.cache_data(max_entries=500, show_spinner=say("Looking for the smallest change …"))
def _found(
    path: str,
    changed: int,
    epoch: int | None,
    image: str,
    target: int | None,
    _network: Network,
    _image: Array,
) -> Fooled | None:
    return fooling.smallest_change(_network, _image, target, steps=_steps(_network))
