"""What became of digits over a training: the ten probabilities of one, and right or wrong of many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from nnviz.core.colours import MEANINGS
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.figures.style import PERCENT, UNCHOSEN, finish

_DASHES = ("dash", "dot", "dashdot")
_OTHERS = 0.2  # probability that an answer has to reach once to be drawn in a colour


def probabilities_over_epochs(
    epochs: Sequence[int], probabilities: Array, *, label: int | None, title: str
) -> go.Figure:
    """The ten probabilities of one digit after every epoch.

    Parameters
    ----------
    probabilities
        (epochs, 10).
    label
        Which digit it is, where that is known.
    """
    figure = go.Figure()
    answers = probabilities.argmax(axis=1)
    told = int(answers[-1]) if label is None else label
    rivals = [
        digit
        for digit in np.argsort(-probabilities.max(axis=0)).tolist()
        if digit != told and probabilities[:, digit].max() >= _OTHERS
    ][: len(_DASHES)]
    for digit in [*(each for each in range(10) if each not in (told, *rivals)), *rivals[::-1], told]:
        named = digit == told or digit in rivals
        colour, dash = UNCHOSEN, "solid"
        if digit == told:
            colour = MEANINGS["answer" if label is None else "right"]
        elif digit in rivals:
            colour, dash = MEANINGS["wrong"], _DASHES[rivals.index(digit)]
        figure.add_scatter(
            x=list(epochs),
            y=probabilities[:, digit],
            name=str(digit),
            mode="lines+markers" if named else "lines",
            line={"color": colour, "width": 4 if digit == told else 2 if named else 1, "dash": dash},
            marker={"size": 7, "symbol": "circle" if digit == told else "diamond"},
            showlegend=named,
            hovertemplate="%{y:.1%}",
        )
    figure.update_xaxes(title=say("epoch"))
    figure.update_yaxes(tickformat=PERCENT, range=[-0.02, 1.02])
    figure.update_layout(hovermode="x unified", legend={"traceorder": "reversed"})
    first, last = probabilities[0, told], probabilities[-1, told]
    alt = say(
        "{title}: the probability of {digit} goes from {first:.1%} to {last:.1%}, from epoch {start} to "
        "{end}.",
        title=title,
        digit=told,
        first=float(first),
        last=float(last),
        start=epochs[0],
        end=epochs[-1],
    )
    return finish(figure, alt=alt, height=380)


def right_over_epochs(epochs: Sequence[int], right: Array) -> go.Figure:
    """Every digit as a line from the start to the end: where it was read rightly, and where not.

    Parameters
    ----------
    right
        (epochs, n) bool, the digits in the order in which they are to be shown, from the top.
    """
    n = right.shape[1]
    figure = go.Figure(
        go.Heatmap(
            z=right.T.astype(np.uint8),
            x=[str(epoch) for epoch in epochs],
            zmin=0,
            zmax=1,
            colorscale=[[0, MEANINGS["wrong"]], [0.5, MEANINGS["wrong"]], [0.5, "#dfe8e6"], [1, "#dfe8e6"]],
            showscale=False,
            hovertemplate=say("epoch {x}", x="%{x}") + "<extra></extra>",
        )
    )
    figure.update_xaxes(title=say("epoch"), type="category")
    figure.update_yaxes(title=say("digits"), autorange="reversed", tickformat=",")
    alt = say(
        "{n:,} digits, one a row, marked where they were read wrong: {first:.1%} of them at epoch {start}, "
        "{last:.1%} at epoch {end}.",
        n=n,
        first=float(1 - right[0].mean()),
        last=float(1 - right[-1].mean()),
        start=epochs[0],
        end=epochs[-1],
    )
    return finish(figure, alt=alt, height=480)
