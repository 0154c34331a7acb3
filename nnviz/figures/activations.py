"""What stands inside a network, as pictures with the numbers on hover."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from nnviz.core import numbers
from nnviz.core.colours import MEANINGS
from nnviz.core.records import Array
from nnviz.core.words import say, say_many
from nnviz.figures.style import AMOUNT, GRADIENT, SIGNED, SMALL, UNCHOSEN, bare, finish

BAR = {"orientation": "h", "thickness": 14, "nticks": 5, "y": -0.02, "yanchor": "top"}  # under a picture
ABOVE = {**BAR, "y": 1.0, "yanchor": "bottom"}


def grid_shape(n: int) -> tuple[int, int]:
    """Rows and columns for n units: as square as can be, wider than high (100 -> 10 x 10, 64 -> 8 x 8)."""
    columns = math.ceil(math.sqrt(n))
    return math.ceil(n / columns), columns


def activation_map(values: Array, *, title: str, delta: bool = False) -> go.Figure:
    """A hidden layer as a picture: one square a unit, in reading order.

    Parameters
    ----------
    values
        (n,) float.
    delta
        Whether they are gradients: orange below zero, purple above.
    """
    n = len(values)
    rows, columns = grid_shape(n)
    cells = np.full(rows * columns, np.nan)
    cells[:n] = values
    names = [say("unit {i}", i=i + 1) if i < n else "" for i in range(rows * columns)]
    signed = delta or bool((values < 0).any())
    bound = float(np.abs(values).max()) or 1.0
    figure = go.Figure(
        go.Heatmap(
            z=cells.reshape(rows, columns),
            text=np.array(names).reshape(rows, columns),
            hovertemplate="%{text}: %{z:.4g}<extra></extra>" if delta else "%{text}: %{z:.4f}<extra></extra>",
            colorscale=GRADIENT if delta else SIGNED if signed else AMOUNT,
            zmin=-bound if signed else 0.0,
            zmax=bound,
            xgap=1,
            ygap=1,
            colorbar=BAR,
        )
    )
    figure.update_layout(title={"text": title, "font": {"size": 18}})
    awake = int((np.abs(values) > (0 if delta else 1e-6)).sum())
    strongest = int(np.abs(values).argmax())  # its place, from 0
    alt = say(
        "{title}: {counted}, {awake} of them not zero. The strongest is unit {strongest} with {value}.",
        title=title,
        counted=say_many(n, "{n:,} unit", "{n:,} units"),
        awake=awake,
        strongest=strongest + 1,
        value=numbers.written(values[strongest], 3) if delta else numbers.fixed(values[strongest], 3),
    )
    return finish(bare(figure), alt=alt, height=380)


def digit_picture(image: Array, *, title: str = "", height: int = 380) -> go.Figure:
    """A digit as the network gets it, value on hover.

    Parameters
    ----------
    image
        (28, 28) float32 in [0, 1].
    height
        In pixels.
    """
    figure = go.Figure(
        go.Heatmap(
            z=np.round(image, 4),
            colorscale="Gray",
            zmin=0,
            zmax=1,
            showscale=False,
            x=list(range(1, 29)),
            y=list(range(1, 29)),
            hovertemplate=say("row %{y}, column %{x}: %{z:.3f}<extra></extra>"),
        )
    )
    figure.update_layout(title={"text": title, "font": {"size": 18}})
    alt = say(
        "{title}: 28 by 28 pixels, {inked} of them with ink.",
        title=title or say("Digit"),
        inked=int((image > 0.1).sum()),
    )
    return finish(bare(figure), alt=alt, height=height)


def probability_bars(probabilities: Array, *, title: str, label: int | None = None) -> go.Figure:
    """The ten answers as bars; the winner, and the true digit where it is known, are named in the ticks.

    Parameters
    ----------
    probabilities
        (10,) float32 summing to 1.
    label
        The true digit.
    """
    winner = int(probabilities.argmax())
    said = MEANINGS["answer" if label in {None, winner} else "wrong"]
    digits = [f"<b>{d} ✓</b>" if d == label else f"<b>{d}</b>" if d == winner else str(d) for d in range(10)]
    figure = go.Figure(
        go.Bar(
            x=probabilities,
            y=list(range(10)),
            orientation="h",
            text=[f"{p:.1%}" for p in probabilities],
            textposition="outside",
            cliponaxis=False,
            marker={"color": [said if d == winner else UNCHOSEN for d in range(10)]},
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
        )
    )
    figure.update_xaxes(range=[0, 1.6], visible=False)
    figure.update_yaxes(
        tickvals=list(range(10)),
        ticktext=digits,
        range=[9.5, -0.5],
        showgrid=False,
    )
    figure.update_layout(title={"text": title, "font": {"size": 18}}, bargap=0.25)
    alt = say(
        "{title}: the answer is {winner}, with {share:.1%}.",
        title=title,
        winner=winner,
        share=probabilities[winner],
    )
    if label is not None:
        alt = say(
            "{title}: the answer is {winner}, with {share:.1%}. The true digit is {label}; "
            "it gets {its:.1%}.",
            title=title,
            winner=winner,
            share=probabilities[winner],
            label=label,
            its=probabilities[label],
        )
    return finish(figure, alt=alt, height=380)


def weight_tiles(
    weights: Array,
    *,
    title: str,
    limit: int = 100,
    half: bool = False,
    names: Sequence[int] | None = None,
    what: str = "unit",
    gradient: bool = False,
) -> go.Figure:
    """Each unit's incoming weights as the 28 x 28 picture it looks for; one scale for all, zero is white.

    The number of each stands above it, unless there is one only. `customdata` of a tile: its number.

    Parameters
    ----------
    weights
        (784, n) float32.
    limit
        At most so many units are drawn: those with the largest norms, in order.
    half
        Whether it has half a page's width, its scale below it.
    names
        Their numbers, if they are not those from 1 on.
    what
        Each is called.
    gradient
        Whether they are the gradients of weights: orange below zero, purple above.
    """
    n = weights.shape[1]
    numbered = range(1, n + 1) if names is None else names
    chosen = np.sort(np.argsort(-np.linalg.norm(weights, axis=0))[:limit])
    rows, columns = grid_shape(len(chosen))
    above = 12 if len(chosen) > 1 else 0  # pixels of a tile that its number takes: 11 of a phone
    wide, high = 29, 28 + above + 1  # and a gap
    corners = [(above + place // columns * high, place % columns * wide) for place in range(len(chosen))]
    canvas = np.full((rows * high - 1, columns * wide - 1), np.nan, dtype=np.float32)
    for (top, left), unit in zip(corners, chosen, strict=True):
        canvas[top : top + 28, left : left + 28] = weights[:, unit].reshape(28, 28)
    bound = float(np.quantile(np.abs(weights), 0.999)) or 1.0
    figure = go.Figure(
        go.Heatmap(
            z=canvas,
            colorscale=GRADIENT if gradient else SIGNED,
            zmin=-bound,
            zmax=bound,
            hovertemplate=say("gradient %{z:.4g}<extra></extra>")
            if gradient
            else say("weight %{z:.4f}<extra></extra>"),
            colorbar=BAR if half else ABOVE,
        )
    )
    figure.add_scatter(
        x=[left + 13.5 for _, left in corners],
        y=[top - above / 2 for top, _ in corners],
        mode="text" if above else "none",
        text=[str(numbered[unit]) for unit in chosen],
        textposition="middle center",
        textfont={"size": SMALL},
        hoverinfo="skip",
        showlegend=False,
    )
    # A heat-map cannot be pressed, and marks that nobody sees can.
    figure.add_scatter(
        x=[left + 13.5 for _, left in corners],
        y=[top + 13.5 for top, _ in corners],
        customdata=[[int(numbered[unit])] for unit in chosen],
        mode="markers",
        marker={"symbol": "square", "size": 34, "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hovertemplate=f"{what} %{{customdata[0]}}<extra></extra>",
        showlegend=False,
    )
    figure.update_layout(title={"text": title, "font": {"size": 18}}, hoverdistance=200)
    figure.update_yaxes(constrain="domain", constraintoward="top")  # on a phone it is as wide as the page
    alt = say(
        "{title}: {n} of {every} units, 28 by 28 pixels each; weights from {low} to {high}.",
        title=title,
        n=len(chosen),
        every=n,
        low=numbers.fixed(weights.min(), 2),
        high=numbers.fixed(weights.max(), 2),
    )
    return finish(bare(figure), alt=alt, height=560 if half else 820)
