"""Kernels, feature maps and one convolution step, number by number; heat over a digit."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from nnviz.core.records import Array
from nnviz.figures.activations import BAR, grid_shape
from nnviz.figures.style import AMOUNT, SIGNED, bare, finish

MOST_NUMBERS = 9  # rows or columns of a grid whose numbers are still written into it


def number_grid(values: Array, *, title: str, mark: tuple[int, int] | None = None) -> go.Figure:
    """A grid of numbers as coloured squares, the numbers in them where they fit.

    Parameters
    ----------
    values
        (rows, columns).
    mark
        Row and column of a square to be framed.
    """
    signed = bool((values < 0).any())
    bound = float(np.abs(values).max()) or 1.0
    figure = go.Figure(
        go.Heatmap(
            z=values,
            colorscale=SIGNED if signed else AMOUNT,
            zmin=-bound if signed else 0.0,
            zmax=bound,
            xgap=1,
            ygap=1,
            texttemplate="%{z:.2f}" if max(values.shape) <= MOST_NUMBERS else None,
            hovertemplate="row %{y}, column %{x}: %{z:.4f}<extra></extra>",
            colorbar=BAR,
        )
    )
    if mark is not None:
        row, column = mark
        edges = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
        figure.add_shape(type="rect", line={"color": "#D55E00", "width": 4}, **edges)
    figure.update_layout(title={"text": title, "font": {"size": 18}})
    rows, columns = values.shape
    alt = f"{title}: {rows} by {columns} numbers from {values.min():.3f} to {values.max():.3f}."
    return finish(bare(figure), alt=alt, height=380)


def over_digit(
    image: Array, heat: Array, *, title: str, offset: float = 0.0, step: float = 1.0, window: int = 0
) -> go.Figure:
    """Where in a digit something is large: heat laid over the grey pixels, both values on hover.

    Parameters
    ----------
    image
        (28, 28) in [0, 1].
    heat
        (rows, columns).
    offset
        Pixel of the digit that heat's first value stands for.
    step
        Pixels from one value of heat to the next.
    window
        Pixels that a value looks at, for the words.
    """
    signed = bool((heat < 0).any())
    bound = float(np.abs(heat).max()) or 1.0
    figure = go.Figure(
        go.Heatmap(z=image, colorscale="Gray", showscale=False, hoverinfo="skip", zmin=0, zmax=1)
    )
    figure.add_heatmap(
        z=heat,
        x0=offset,
        dx=step,
        y0=offset,
        dy=step,
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
    centre = f"pixel row {offset + row * step:.0f}, column {offset + column * step:.0f}"
    width = f", looking at {window} by {window} pixels" if window else ""
    alt = f"{title}: largest value {heat[row, column]:.3f} around {centre}{width}."
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
    alt = f"{title}: {count} maps of {rows} by {columns}, values up to {values.max():.3f}."
    return finish(bare(figure), alt=alt, height=360)
