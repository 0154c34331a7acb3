"""What was changed of a digit: below zero ink was taken away, above zero it was added."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from nnviz.core import numbers
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.figures.activations import BAR
from nnviz.figures.style import SIGNED, bare, finish


def change_picture(change: Array, *, title: str) -> go.Figure:
    """The difference of two digits, pixel by pixel, with zero in the middle of its scale.

    Parameters
    ----------
    change
        (28, 28) in [-1, 1].
    """
    bound = float(np.abs(change).max()) or 1.0
    figure = go.Figure(
        go.Heatmap(
            z=np.round(change, 4),
            x=list(range(1, 29)),
            y=list(range(1, 29)),
            colorscale=SIGNED,
            zmin=-bound,
            zmax=bound,
            hovertemplate=say("row %{y}, column %{x}: %{z:.3f}<extra></extra>"),
            colorbar=BAR,
        )
    )
    figure.update_layout(title={"text": title, "font": {"size": 18}})
    row, column = np.unravel_index(int(np.abs(change).argmax()), change.shape)
    alt = say(
        "{title}: from {least} to {most}. The largest change is in row {row}, column {column}.",
        title=title,
        least=numbers.fixed(float(change.min()), 3),
        most=numbers.fixed(float(change.max()), 3),
        row=int(row) + 1,
        column=int(column) + 1,
    )
    return finish(bare(figure), alt=alt, height=380)
