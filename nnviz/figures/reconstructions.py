"""How an autoencoder learned: its error by epoch, and the error that PCA has with as many numbers."""

from __future__ import annotations

import plotly.graph_objects as go

from nnviz.core.colours import MEANINGS
from nnviz.core.records import Epoch, History
from nnviz.core.words import say, say_many
from nnviz.figures.style import TEST, TRAIN, finish


def error_curves(history: History, *, epochs: int | None = None, pca: float | None = None) -> go.Figure:
    """Mean squared error a pixel by epoch, of the training digits and of those held back.

    Parameters
    ----------
    epochs
        How many were asked for, so that the axis stands still while the curves grow.
    pca
        The error of as many principal components, drawn as a level.
    """
    done = history.epochs
    last = max(epochs or 0, len(done), 2)
    figure = go.Figure()
    for name, colour, dash, values in (
        (say("training"), TRAIN, "solid", [epoch.loss for epoch in done]),
        (say("held back"), TEST, "dash", [epoch.validation_loss for epoch in done]),
    ):
        if any(value is not None for value in values):
            figure.add_scatter(
                x=[epoch.number for epoch in done],
                y=values,
                name=name,
                mode="lines" if len(done) > 40 else "lines+markers",
                line={"color": colour, "width": 3, "dash": dash},
                marker={"symbol": "circle" if dash == "solid" else "diamond", "size": 7},
                hovertemplate="%{y:.5f}",
            )
    if pca is not None:
        figure.add_scatter(
            x=[0.5, last + 0.5],
            y=[pca, pca],
            name=say("PCA with the same amount of numbers"),
            mode="lines",
            line={"color": MEANINGS["pca"], "width": 3, "dash": "dot"},
            hovertemplate="%{y:.5f}",
        )
    figure.update_xaxes(title=say("epoch"), range=[0.5, last + 0.5], dtick=1 if last <= 10 else None)
    figure.update_yaxes(title=say("error (lower is better)"), rangemode="tozero")
    figure.update_layout(hovermode="x unified")
    return finish(figure, alt=_sentence(done, pca), height=380)


def _sentence(epochs: tuple[Epoch, ...], pca: float | None) -> str:
    if not epochs:
        return say("Error by epoch: no epoch has ended yet.")
    last = epochs[-1]
    words = [
        say(
            "Error of a pixel after {counted}. Training digits: {loss:.5f}.",
            counted=say_many(last.number, "{n:,} epoch", "{n:,} epochs"),
            loss=last.loss,
        )
    ]
    if last.validation_loss is not None:
        words.append(say("Digits held back: {loss:.5f}.", loss=last.validation_loss))
    if pca is not None:
        words.append(say("PCA with the same amount of numbers: {error:.5f}.", error=pca))
    return " ".join(words)
