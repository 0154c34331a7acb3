"""The picture of a network that reads a digit."""

from __future__ import annotations

from nnviz import components
from nnviz.core.kinds import KINDS
from nnviz.core.records import Array
from nnviz.inspection import activations
from nnviz.model_store.store import Entry
from nnviz.ui.shared import caches


def show(
    entry: Entry,
    image: Array,
    label: int | None,
    title: str,
    *,
    lines: bool = True,
    weights: bool = False,
    key: str,
) -> None:
    """The picture of a network that reads, or draws again, this digit.

    Parameters
    ----------
    image
        (28, 28) float32 in [0, 1].
    label
        Which digit it is, where that is known.
    lines, weights
        Whether connections, and the first layer's weights, are shown at first.
    """
    program, card = caches.program(entry.name), entry.card
    draws = not KINDS[card.kind].classifies
    components.network_picture(
        components.Slot(
            card.kind, card.title, draws, program.digest, program.message, program.why, layers=card.layers
        ),
        image,
        lambda: activations.activations(caches.network(entry.name), image),
        title=title,
        label=label,
        lines=lines,
        weights=weights,
        key=key,
    )
