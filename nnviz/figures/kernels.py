"""Kernel sizes against accuracy: ours, and what the report found."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from nnviz.figures.style import TEST, TRAIN, finish


def kernel_accuracies(ours: Mapping[int, float], report: Mapping[int, float]) -> go.Figure:
    """Test accuracy by kernel size, in [0, 1]; both axes as the sizes were chosen, not to scale."""
    figure = go.Figure()
    for name, values, colour, symbol in (
        ("ours", ours, TRAIN, "circle"),
        ("the report's", report, TEST, "diamond"),
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
    figure.update_yaxes(tickformat=".1%", title="test accuracy")
    figure.update_xaxes(title="kernel", type="category")
    words = "; ".join(
        f"{k} by {k}: ours {ours[k]:.2%}" + (f", report {report[k]:.2%}" if k in report else "")
        for k in sorted(ours)
    )
    return finish(figure, alt=f"Test accuracy by kernel size. {words}.", height=420)
