"""How well digits are read that do not lie in the middle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from nnviz.core.colours import RUNS
from nnviz.core.words import say
from nnviz.figures.run_comparison import DASHES
from nnviz.figures.style import PERCENT, finish, plain

_SYMBOLS = ("circle", "diamond", "square", "triangle-up")


def moved_accuracies(distances: Sequence[int], shares: Mapping[str, Sequence[float]], n: int) -> go.Figure:
    """The share of n digits read right, in [0, 1], over how many pixels they were moved, a line a network."""
    figure = go.Figure()
    for place, (name, values) in enumerate(shares.items()):
        figure.add_scatter(
            x=list(distances),
            y=list(values),
            name=name,
            mode="lines+markers",
            line={"color": RUNS[place % len(RUNS)], "dash": DASHES[place % len(DASHES)], "width": 3},
            marker={"size": 10, "symbol": _SYMBOLS[place % len(_SYMBOLS)]},
            hovertemplate=say("moved by %{x}: %{y:.2%}<extra>") + plain(name) + "</extra>",
        )
    figure.update_yaxes(tickformat=PERCENT, title=say("read right"), range=[0, 1.02])
    figure.update_xaxes(title=say("pixels away from the middle"), dtick=1)
    words = "; ".join(
        say(
            "{name}: {first:.2%} in the middle, {last:.2%} moved by {distance} pixels",
            name=name,
            first=values[0],
            last=values[-1],
            distance=distances[-1],
        )
        for name, values in shares.items()
    )
    figure = finish(
        figure,
        alt=say("How many of {n} digits are read right when they are moved. {words}.", n=n, words=words),
        height=420,
    )
    return figure.update_layout(legend={"yanchor": "top", "y": -0.22, "xanchor": "left", "x": 0})
