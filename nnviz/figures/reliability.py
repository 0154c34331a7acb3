"""Is a network as sure as it is right? Its answers in groups of like sureness."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from nnviz.core.colours import RUNS
from nnviz.core.records import Reliability
from nnviz.core.words import say
from nnviz.figures.style import PERCENT, finish, plain

_SYMBOLS = ("circle", "diamond", "square", "triangle-up")


def reliability_diagram(found: Mapping[str, Reliability]) -> go.Figure:
    """The share that was right over how sure the network was, a line a network, and where both are equal."""
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name=say("as sure as right"),
        line={"color": "#8a949c", "dash": "dot", "width": 2},
        hoverinfo="skip",
    )
    for place, (name, one) in enumerate(found.items()):
        figure.add_scatter(
            x=one.sure.tolist(),
            y=one.right.tolist(),
            customdata=one.n.tolist(),
            name=name,
            mode="lines+markers",
            line={"color": RUNS[place % len(RUNS)], "width": 3},
            marker={"size": 10, "symbol": _SYMBOLS[place % len(_SYMBOLS)]},
            hovertemplate=say("%{customdata} digits: sure by %{x:.1%}, right in %{y:.2%}<extra>")
            + plain(name)
            + "</extra>",
        )
    figure.update_xaxes(tickformat=PERCENT, title=say("how sure the network was"), range=[0, 1.02])
    figure.update_yaxes(tickformat=PERCENT, title=say("how often it was right"), range=[0, 1.02])
    words = "; ".join(
        say(
            "{name}: sure by {sure:.1%} on average, right in {right:.2%}",
            name=name,
            sure=one.mean_sure,
            right=one.mean_right,
        )
        for name, one in found.items()
    )
    figure = finish(
        figure,
        alt=say("How sure each network was and how often it was right. {words}.", words=words),
        height=420,
    )
    return figure.update_layout(legend={"yanchor": "top", "y": -0.22, "xanchor": "left", "x": 0})
