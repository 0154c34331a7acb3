"""All maps of a layer in one picture; heat over a digit."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from nnviz.core import numbers
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.figures.activations import BAR, grid_shape
from nnviz.figures.style import AMOUNT, SIGNED, bare, finish


def over_digit(image: Array, heat: Array, *, title: str) -> go.Figure:
    """Where in a digit something is large: heat laid over the grey pixels, both values on hover.

    Parameters
    ----------
    image
        (28, 28) in [0, 1].
    heat
        (28, 28), a value a pixel.
    """
    signed = bool((heat < 0).any())
    bound = float(np.abs(heat).max()) or 1.0
    figure = go.Figure(
        go.Heatmap(z=image, colorscale="Gray", showscale=False, hoverinfo="skip", zmin=0, zmax=1)
    )
    figure.add_heatmap(
        z=heat,
        opacity=0.6,
        colorscale=SIGNED if signed else AMOUNT,
        zmin=-bound if signed else 0.0,
        zmax=bound,
        hovertemplate="%{z:.4f}<extra></extra>",
        colorbar=BAR,
    )
    figure.update_xaxes(range=[-0.5, 27.5])
    figure.update_layout(title={"text": title, "font": {"size": 18}})
    row, column = np.unravel_index(int(np.abs(heat).argmax()), heat.shape)
    largest = numbers.fixed(heat[row, column], 3)
    alt = say(
        "{title}: largest value {largest} around pixel row {row}, column {column}.",
        title=title,
        largest=largest,
        row=row + 1,
        column=column + 1,
    )
    return finish(bare(figure), alt=alt, height=380).update_yaxes(range=[27.5, -0.5], autorange=False)


def map_tiles(values: Array, *, title: str, across: int | None = None) -> go.Figure:
    """All maps of a layer for one digit as one tiled picture on one scale.

    Parameters
    ----------
    values
        (rows, columns, maps).
    across
        Maps side by side, or as many as make it square.
    """
    rows, columns, count = values.shape
    if across is None:
        down, across = grid_shape(count)
    else:
        down = -(-count // across)
    canvas = np.full((down * (rows + 1) - 1, across * (columns + 1) - 1), np.nan, dtype=np.float32)
    for place in range(count):
        top, left = (place // across) * (rows + 1), (place % across) * (columns + 1)
        canvas[top : top + rows, left : left + columns] = values[:, :, place]
    figure = go.Figure(
        go.Heatmap(
            z=canvas,
            colorscale=AMOUNT,
            zmin=0.0,
            zmax=float(values.max()) or 1.0,
            hovertemplate="%{z:.4f}<extra></extra>",
            colorbar=BAR,
        )
    )
    figure.update_layout(title={"text": title, "font": {"size": 18}})
    alt = say(
        "{title}: {count} maps of {rows} by {columns}, values up to {max}.",
        title=title,
        count=count,
        rows=rows,
        columns=columns,
        max=numbers.fixed(values.max(), 3),
    )
    return finish(bare(figure), alt=alt, height=360)
