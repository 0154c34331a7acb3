"""Kernel sizes against accuracy: ours, and what the report found."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from nnviz.core.words import say
from nnviz.figures.style import PERCENT, TEST, TRAIN, finish


def kernel_accuracies(ours: Mapping[int, float], report: Mapping[int, float]) -> go.Figure:
    """Test accuracy by kernel size, in [0, 1]; both axes as the sizes were chosen, not to scale."""
    figure = go.Figure()
    for name, values, colour, symbol in (
        (say("ours"), ours, TRAIN, "circle"),
        (say("the report's"), report, TEST, "diamond"),
    ):
        sizes = sorted(values)
        figure.add_scatter(
            x=[f"{k} × {k}" for k in sizes],
            y=[values[k] for k in sizes],
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 3, "dash": "solid" if name == "ours" else "dash"},
            marker={"size": 11, "symbol": symbol},
            hovertemplate="%{x}: %{y:.2%}<extra>" + name + "</extra>",
        )
    figure.update_yaxes(tickformat=PERCENT, title=say("test accuracy"))
    figure.update_xaxes(title=say("kernel"), type="category")
    words = "; ".join(
        say("{k} by {k}: ours {ours:.2%}", k=k, ours=ours[k])
        + (say(", report {report:.2%}", report=report[k]) if k in report else "")
        for k in sorted(ours)
    )
    return finish(figure, alt=say("Test accuracy by kernel size. {words}.", words=words), height=420)
