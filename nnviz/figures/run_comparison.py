"""Runs side by side: their curves on one axis, their confusion matrices, and what is left between two."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from nnviz.core.colours import RUNS
from nnviz.core.records import Array, Epoch, History
from nnviz.core.words import say, say_many
from nnviz.figures.style import AMOUNT, FONT, PERCENT, SPACE, bare, finish, legend_below, plain

# Beside the hues of runs, for who sees no colours.
PATTERNS = ("", "/", ".", "x", "-", "|")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


def curves_together(histories: Sequence[tuple[str, History]]) -> go.Figure:
    """Loss and accuracy by epoch of several runs: on the test digits, or where there are none in training."""
    figure = make_subplots(
        rows=1,
        cols=2,
        subplot_titles=(say("Loss (lower is better)"), say("Accuracy")),
        horizontal_spacing=SPACE,
    )
    for place, (name, history) in enumerate(histories):
        for column, values in ((1, _losses(history.epochs)), (2, _accuracies(history.epochs))):
            figure.add_scatter(
                x=[epoch.number for epoch in history.epochs],
                y=values,
                name=name,
                legendgroup=str(place),
                showlegend=column == 1,
                mode="lines" if len(values) > 1 else "markers",
                line=_line(place),
                hovertemplate=("%{y:.4f}" if column == 1 else "%{y:.2%}"),
                row=1,
                col=column,
            )
    figure.update_xaxes(title=say("epoch"))
    figure.update_yaxes(rangemode="tozero", col=1)
    figure.update_yaxes(tickformat=PERCENT, col=2)
    figure.update_layout(hovermode="x unified")
    ends = [
        say(
            "{name} {accuracy:.2%} after {counted}",
            name=name,
            accuracy=_accuracies(history.epochs)[-1],
            counted=say_many(history.epochs[-1].number, "{n:,} epoch", "{n:,} epochs"),
        )
        if history.epochs
        else say("{name} without an epoch", name=name)
        for name, history in histories
    ]
    words = say("Curves on one axis; accuracy at the end: {ends}.", ends="; ".join(ends))
    return legend_below(finish(figure, alt=words, height=_height(len(histories))))


def errors_together(histories: Sequence[tuple[str, History]]) -> go.Figure:
    """Mean squared error a pixel by epoch of several autoencoders: of digits held back, or in training."""
    figure = go.Figure()
    for place, (name, history) in enumerate(histories):
        errors = _losses(history.epochs)
        figure.add_scatter(
            x=[epoch.number for epoch in history.epochs],
            y=errors,
            name=name,
            mode="lines" if len(errors) > 1 else "markers",
            line=_line(place),
            hovertemplate="%{y:.5f}",
        )
    figure.update_xaxes(title=say("epoch"))
    figure.update_yaxes(title=say("error (lower is better)"), rangemode="tozero")
    figure.update_layout(hovermode="x unified", showlegend=True)
    ends = [f"{name} {_losses(history.epochs)[-1]:.5f}" for name, history in histories if history.epochs]
    return legend_below(
        finish(
            figure,
            alt=say("Error by epoch; at the end: {ends}.", ends="; ".join(ends)),
            height=_height(len(histories)),
        )
    )


def recalls(runs: Sequence[tuple[str, Array]], counts: Array) -> go.Figure:
    """How much of each digit several runs read.

    Parameters
    ----------
    runs
        Names and (10,) parts from 0 to 1.
    counts
        (10,) how many there are of each digit.
    """
    figure = go.Figure()
    digits = [str(digit) for digit in range(10)]
    for place, (name, parts) in enumerate(runs):
        figure.add_bar(
            x=digits,
            y=parts,
            name=name,
            marker={
                "color": RUNS[place % len(RUNS)],
                "pattern": {"shape": PATTERNS[place % len(PATTERNS)], "solidity": 0.3},
            },
            customdata=counts,
            hovertemplate=say("%{y:.2%} of %{customdata}"),
        )
    figure.update_xaxes(title=say("digit"), type="category")
    figure.update_yaxes(title=say("read rightly"), tickformat=PERCENT, range=[0, 1])
    figure.update_layout(hovermode="x unified", barmode="group")
    worst = [
        say("{name} {share:.2%} of the {digit}s", name=name, share=parts.min(), digit=int(parts.argmin()))
        for name, parts in runs
    ]
    return legend_below(
        finish(
            figure,
            alt=say("How much of each digit is read; the least: {worst}.", worst="; ".join(worst)),
            height=420,
        )
    )


def _line(place: int) -> dict[str, object]:
    return {"color": RUNS[place % len(RUNS)], "width": 3, "dash": DASHES[place % len(DASHES)]}


def _height(curves: int) -> int:
    """Room for the curves, and below them on a phone a line for each name."""
    return 420 + 20 * max(0, curves - 3)


def confusion(matrix: Array, *, title: str) -> go.Figure:
    """A confusion matrix with totals, which have no colour: rows true, columns predicted.

    A cell's colour is its share of its row, so that a rare digit shows as well as a frequent one.

    Parameters
    ----------
    matrix
        (10, 10) whole numbers.
    """
    rows = matrix.sum(axis=1, keepdims=True)
    shares = np.full((11, 11), np.nan)
    shares[:10, :10] = np.divide(matrix, rows, out=np.zeros(matrix.shape), where=rows > 0)
    numbers = np.block([[matrix, rows], [matrix.sum(axis=0, keepdims=True), matrix.sum()]])
    names = [*map(str, range(10)), say("All")]
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=names,
            y=names,
            customdata=numbers,
            colorscale=AMOUNT,
            zmin=0.0,
            zmax=1.0,
            showscale=False,
            xgap=1,
            ygap=1,
            hovertemplate=say("true %{y}, read as %{x}: %{customdata}<extra></extra>"),
        )
    )
    for i, line in enumerate(numbers):
        for j, n in enumerate(line):
            inked = i < 10 and j < 10
            text = "" if inked and not n else str(n)
            colour = {"color": "#FFFFFF" if shares[i, j] < 0.5 else "#111111"} if inked else {}
            size = FONT - (2 if len(text) < 4 else 5)
            figure.add_annotation(
                x=names[j], y=names[i], text=text, showarrow=False, font={"size": size, **colour}
            )
    alt = say(
        "{title}: {right} of {n} right; {worst}",
        title=title,
        right=int(np.trace(matrix)),
        n=int(matrix.sum()),
        worst=_worst(matrix),
    )
    figure = finish(bare(figure), alt=alt, height=530)
    figure.update_yaxes(constrain="domain", constraintoward="top")  # the axis stays at the cells on a phone
    figure.update_xaxes(visible=True, type="category", title=say("read as"), side="bottom", showgrid=False)
    figure.update_yaxes(visible=True, type="category", title=say("true digit"), showgrid=False)
    return figure.update_layout(title={"text": plain(title), "font": {"size": 18}})


def _worst(matrix: Array) -> str:
    wrong = matrix - np.diag(np.diag(matrix))
    if not wrong.any():
        return say("there are no mistakes.")
    true, predicted = np.unravel_index(wrong.argmax(), wrong.shape)
    return say(
        "the most frequent mistake is {true} read as {predicted}, {counted}.",
        true=true,
        predicted=predicted,
        counted=say_many(int(wrong.max()), "{n:,} time", "{n:,} times"),
    )


def _losses(epochs: Sequence[Epoch]) -> list[float]:
    return [epoch.loss if epoch.validation_loss is None else epoch.validation_loss for epoch in epochs]


def _accuracies(epochs: Sequence[Epoch]) -> list[float]:
    return [
        epoch.accuracy if epoch.validation_accuracy is None else epoch.validation_accuracy for epoch in epochs
    ]
