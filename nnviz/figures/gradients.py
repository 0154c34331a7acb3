"""Gradients found in two ways, one against the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from nnviz.core import numbers
from nnviz.core.colours import RUNS
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.figures.style import finish

_SYMBOLS = ("circle", "diamond", "square", "cross", "triangle-up")


def gradient_scatter(
    told: Array, measured: Array, layers: Array, names: Sequence[str], wheres: Sequence[str]
) -> go.Figure:
    """Gradients by backpropagation against central differences: where both agree, on the diagonal.

    Parameters
    ----------
    told, measured
        (n,) of the same weights.
    layers
        (n,) the layer of each, from 0.
    names
        What the layers are called.
    wheres
        (n,) what each weight is called.
    """
    figure = go.Figure()
    bound = float(max(np.abs(told).max(), np.abs(measured).max())) or 1.0
    figure.add_scatter(
        x=[-bound, bound],
        y=[-bound, bound],
        mode="lines",
        line={"dash": "dot", "color": "#7a7f85", "width": 2},
        name=say("equal"),
        hoverinfo="skip",
    )
    for layer, name in enumerate(names):
        here = np.flatnonzero(layers == layer)
        figure.add_scatter(
            x=told[here],
            y=measured[here],
            mode="markers",
            name=name,
            marker={"size": 9, "color": RUNS[layer % len(RUNS)], "symbol": _SYMBOLS[layer % len(_SYMBOLS)]},
            text=[wheres[int(i)] for i in here],
            hovertemplate="%{text}<br>%{x:.6g} · %{y:.6g}<extra></extra>",
        )
    figure.update_xaxes(title=say("by backpropagation"), range=[-1.05 * bound, 1.05 * bound], nticks=5)
    figure.update_yaxes(title=say("by central differences"), range=[-1.05 * bound, 1.05 * bound], nticks=5)
    alt = say(
        "Gradients of {n} weights, by backpropagation and by central differences, from {low} to {high}. The "
        "two differ by at most {gap}.",
        n=len(told),
        low=numbers.written(float(told.min()), 3),
        high=numbers.written(float(told.max()), 3),
        gap=numbers.written(float(np.abs(told - measured).max()), 3),
    )
    return finish(figure, alt=alt, height=420)
