"""Beside the curves of a training: what its network looks for, and what it makes of digits, as it learns."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from nnviz import components, jobs
from nnviz.components import ImageRow
from nnviz.core import numbers
from nnviz.core.kinds import KINDS
from nnviz.core.records import Array, Split
from nnviz.core.words import say
from nnviz.data.mnist import DataError
from nnviz.data.splits import DataSpec
from nnviz.evaluation import metrics
from nnviz.inference import graph
from nnviz.inference.graph import Network
from nnviz.jobs import Job, Look
from nnviz.ui.shared import caches

_SIDE, _ACROSS = 28, 5
_ROWS = 4  # of weights
_MOST_DIGITS, _FEWEST_DIGITS, _MOST_PRODUCTS = 500, 50, 100_000_000  # judged twice a second at most


def view(job: Job) -> None:
    """The network of a training that is under way; nothing before there is anything to see of it."""
    look = jobs.look(job.id)
    if look is None:
        return
    split = _digits(look.spec)
    n = max(_FEWEST_DIGITS, min(_MOST_DIGITS, _MOST_PRODUCTS // graph.products(look.network)))
    # From all of them, as they may lie digit by digit.
    chosen = np.unique(np.linspace(0, len(split.y_test) - 1, n).astype(int))
    x, labels = split.x_test[chosen], split.y_test[chosen]
    classifies = KINDS[job.kind].classifies
    said = _said(job.id, look.number, look.spec, n, look, x)
    ten = [int(found[0]) for digit in range(10) if len(found := np.flatnonzero(labels == digit))]
    when = (
        say("The network in its first epoch")
        if look.epoch == 0
        else say("The network after epoch {epoch}", epoch=look.epoch)
    )
    with st.container(border=True, key="live_view"):
        st.markdown(f"**{when}**")
        for some in filter(None, (ten[:_ACROSS], ten[_ACROSS:])):  # half find room beside a form
            digits = x[some].reshape(-1, _SIDE, _SIDE)
            rows = [_read(digits, said[some])] if classifies else _drawn_again(digits, said[some])
            components.image_rows(rows, [str(labels[i]) for i in some], key=f"live_digits_{some[:1]}")
        if weights := _weights(look.network):
            components.image_rows(weights, [""] * len(weights[0].pictures), key="live_weights")
        if classifies and not _is_broken(said):
            judged = metrics.evaluate(labels, said)
            title = say("Held back")
            components.confusion_matrix(judged.confusion, key=f"live_confusion_{job.id}", title=title)


def _digits(spec: DataSpec) -> Split:
    """The digits that the training holds back; those of the app where it has none, or they are another's."""
    try:
        found = caches.split(spec)
    except DataError:
        return caches.split(DataSpec("unseen"))
    return found if len(found.x_test) else caches.split(DataSpec("unseen"))


@st.cache_resource(max_entries=8, show_spinner=False)
def _said(job: str, number: int, spec: DataSpec, n: int, _look: Look, _x: Array) -> Array:
    with np.errstate(all="ignore"):
        said: Array = _look.network.predict(_x)
    return said


def _is_broken(said: Array) -> bool:
    return not np.isfinite(said).all() or bool((np.abs(said.sum(axis=1) - 1) > 1e-3).any())


def _read(digits: Array, said: Array) -> ImageRow:
    notes = [
        say("{digit} {sure}", digit=int(each.argmax()), sure=numbers.chance(float(each.max())))
        for each in said
    ]
    return ImageRow(say("How it reads them"), digits, notes)


def _drawn_again(digits: Array, said: Array) -> list[ImageRow]:
    again = np.nan_to_num(said.reshape(digits.shape))
    errors = ((again - digits) ** 2).mean(axis=(1, 2))
    notes = [f"{error:.4f}" for error in errors]
    return [
        ImageRow(say("Digits"), digits),
        ImageRow(say("Drawn again, and the error of a pixel"), np.clip(again, 0, 1), notes),
    ]


def _weights(network: Network) -> list[ImageRow]:
    """Weights or kernels of the layer that reads the digit, on one scale; nothing of another kind."""
    part = next((each for each in network.parts if each.weights), None)
    kernel = None if part is None else part.weights.get("kernel")
    if part is None or kernel is None:
        return []
    if part.kind == "Dense" and len(kernel) == _SIDE**2:
        pictures = kernel.T.reshape(-1, _SIDE, _SIDE)
    elif part.kind == "Conv2D" and kernel.shape[2] == 1:
        high, wide = kernel.shape[:2]
        rows, columns = np.arange(_SIDE) * high // _SIDE, np.arange(_SIDE) * wide // _SIDE
        pictures = np.moveaxis(kernel[:, :, 0, :], -1, 0)[:, rows][:, :, columns]
    else:
        return []
    across = min(_ACROSS, len(pictures))
    shown = pictures[: across * min(_ROWS, math.floor(len(pictures) / across))]
    scaled = shown / (float(np.abs(shown).max()) or 1.0)
    return [
        ImageRow(
            say("Weights of units {first} to {last}", first=i + 1, last=i + across)
            if part.kind == "Dense"
            else say("Kernels {first} to {last}", first=i + 1, last=i + across),
            scaled[i : i + across],
            signed=True,
        )
        for i in range(0, len(scaled), across)
    ]
