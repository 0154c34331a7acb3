"""A training, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from nnviz.core.kinds import KINDS
from nnviz.core.records import Epoch, History
from nnviz.core.words import say, say_many
from nnviz.figures.reconstructions import error_curves
from nnviz.figures.style import PERCENT, SPACE, TEST, TRAIN, finish

TRAINING = say("training")
HELD_BACK = say("held back")  # the test digits, or where there are some those that choose the best epoch
Points = Sequence[tuple[int, float | None]]


def curves_of(
    kind: str, history: History, *, epochs: int | None = None, pca: float | None = None
) -> go.Figure:
    """Curves of one training: accuracy and loss of a network that names digits, else the error.

    Parameters
    ----------
    kind
        Of network or of work.
    epochs
        How many were asked for, so that the axis stands still.
    pca
        The error of as many principal components, where there is one.
    """
    if kind in KINDS and not KINDS[kind].classifies:
        return error_curves(history, epochs=epochs, pca=pca)
    return learning_curves(history, epochs=epochs)


def learning_curves(history: History, *, epochs: int | None = None) -> go.Figure:
    """Loss and accuracy by epoch, side by side: of the digits learned from, and of those held back.

    Parameters
    ----------
    epochs
        How many were asked for, so that the axis stands still while the curves grow.
    """
    figure = make_subplots(
        rows=1,
        cols=2,
        subplot_titles=(say("Loss (lower is better)"), say("Accuracy")),
        horizontal_spacing=SPACE,
    )
    done = history.epochs
    _line(figure, 1, TRAINING, TRAIN, [(e.number, e.loss) for e in done], "%{y:.4f}")
    _line(figure, 2, TRAINING, TRAIN, [(e.number, e.accuracy) for e in done], "%{y:.2%}")
    held = [e for e in done if e.validation_loss is not None or e.validation_accuracy is not None]
    if held:
        _line(
            figure,
            1,
            HELD_BACK,
            TEST,
            [(e.number, e.validation_loss) for e in held],
            "%{y:.4f}",
        )
        _line(
            figure,
            2,
            HELD_BACK,
            TEST,
            [(e.number, e.validation_accuracy) for e in held],
            "%{y:.2%}",
        )
    last = max(epochs or 0, len(done), 2)
    whole = 1 if last <= 8 else None  # there is no epoch two and a half
    figure.update_xaxes(title=say("epoch"), range=[0.5, last + 0.5], dtick=whole)
    figure.update_yaxes(rangemode="tozero", col=1)
    figure.update_yaxes(tickformat=PERCENT, col=2)
    figure.update_layout(hovermode="x unified")
    figure = finish(figure, alt=_sentence(done), height=360)
    return figure.update_layout(margin={"t": 64}, legend={"y": 1.13})  # above the titles of the two


def _line(figure: go.Figure, col: int, name: str, colour: str, points: Points, hover: str) -> None:
    """One curve; training solid with dots, the other dashed with diamonds, so that colour is not needed."""
    solid = name == TRAINING
    figure.add_scatter(
        x=[x for x, _ in points],
        y=[y for _, y in points],
        name=name,
        legendgroup=name,
        showlegend=col == 1,
        mode="lines" if len(points) > 40 else "lines+markers",
        line={"color": colour, "width": 3, "dash": "solid" if solid else "dash"},
        marker={"symbol": "circle" if solid else "diamond", "size": 7},
        hovertemplate=hover,
        row=1,
        col=col,
    )


def _sentence(epochs: tuple[Epoch, ...]) -> str:
    if not epochs:
        return say("Learning curves: no epoch has ended yet.")
    last = epochs[-1]
    counted = say_many(last.number, "{n:,} epoch", "{n:,} epochs")
    words = say(
        "Learning curves after {counted}. Training digits: loss {loss:.3f}, accuracy {accuracy:.2%}.",
        counted=counted,
        loss=last.loss,
        accuracy=last.accuracy,
    )
    if last.validation_accuracy is None:
        return words
    if last.validation_loss is None:  # in a card from elsewhere
        held = say("Digits held back: accuracy {accuracy:.2%}.", accuracy=last.validation_accuracy)
    else:
        held = say(
            "Digits held back: loss {loss:.3f}, accuracy {accuracy:.2%}.",
            loss=last.validation_loss,
            accuracy=last.validation_accuracy,
        )
    return f"{words} {held}"
