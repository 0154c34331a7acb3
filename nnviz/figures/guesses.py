"""What was guessed before the result: a bundle of curves behind it, or how many guessed what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from nnviz.core.colours import MEANINGS
from nnviz.core.results import Dimension, Row
from nnviz.core.words import say, say_many
from nnviz.figures import scales
from nnviz.figures.style import PERCENT, TEST, UNCHOSEN, finish, plain

_BINS = 12
_MOST_PAIRS = 8


def places_of(rows: Sequence[Row], dimension: Dimension) -> dict[str, Any]:
    """Where each value of a setting stands along its axis, by how it is written."""
    labels = [row.labels[dimension.name] for row in rows]
    return dict(zip(labels, scales.places(rows, dimension), strict=True))


def behind(
    figure: go.Figure,
    places: Sequence[Any],
    curves: Sequence[Sequence[float]],
    *,
    own: Sequence[float] | None = None,
    where: dict[str, int] | None = None,
) -> go.Figure:
    """The figure with guesses behind its curves: all of them faint, one's own dotted.

    Parameters
    ----------
    curves
        A number for each of the places along the axis.
    where
        Row and column of the subplot, where there are several.
    """
    guessed = [(curve, False) for curve in curves] + ([(own, True)] if own is not None else [])
    before = len(figure.data)
    for number, (curve, is_own) in enumerate(guessed):
        figure.add_scatter(
            x=list(places),
            y=list(curve),
            mode="lines",
            name=say("my guess") if is_own else say("guesses"),
            legendgroup="own guess" if is_own else "guesses",
            showlegend=is_own or number == 0,
            line={
                "color": MEANINGS["answer"] if is_own else UNCHOSEN,
                "width": 3 if is_own else 1.5,
                "dash": "dot" if is_own else "solid",
            },
            opacity=1.0 if is_own else max(0.25, 0.7 - 0.02 * len(curves)),
            hoverinfo="skip" if not is_own else None,
            **(where or {}),
        )
    figure.data = figure.data[before:] + figure.data[:before]
    if curves or own is not None:
        said = say_many(len(guessed), "{n} guess stands behind it.", "{n} guesses stand behind it.")
        meta = dict(figure.layout.meta or {})
        figure.update_layout(meta=meta | {"alt": f"{meta.get('alt', '')} {said}".strip()})
    return figure


def curves(
    places: Sequence[str], drawn: Sequence[Sequence[float]], *, x: str, y: str, parts: bool
) -> go.Figure:
    """Guessed curves alone, and their mean."""
    places = [plain(place) for place in places]
    figure = behind(go.Figure(), places, drawn)
    if len(drawn) > 1:
        figure.add_scatter(
            x=list(places),
            y=np.mean(np.asarray(drawn, float), axis=0).tolist(),
            name=say("mean of the guesses"),
            mode="lines",
            line={"color": MEANINGS["answer"], "width": 4},
        )
    figure.update_xaxes(title=plain(x), type="category")
    figure.update_yaxes(title=plain(y), tickformat=PERCENT if parts else None)
    said = say_many(len(drawn), "{n} guessed curve.", "{n} guessed curves.")
    return finish(figure, alt=said, height=380)


def histogram(
    numbers: Sequence[float], *, low: float, high: float, title: str, parts: bool, result: float | None = None
) -> go.Figure:
    """How many guessed a number of each size; the result as a line."""
    edges = np.linspace(low, high, _BINS + 1)  # however little lies between them
    counts, _ = np.histogram(np.asarray(numbers, float), edges)
    figure = go.Figure(
        go.Bar(
            x=((edges[:-1] + edges[1:]) / 2).tolist(),
            y=counts.tolist(),
            width=float(edges[1] - edges[0]) * 0.95,
            marker={"color": MEANINGS["answer"]},
            hovertemplate="%{y}<extra></extra>",
            showlegend=False,
        )
    )
    if result is not None:
        figure.add_vline(x=result, line={"color": TEST, "width": 4}, annotation_text=say("result"))
    figure.update_xaxes(title=plain(title), range=[low, high], tickformat=PERCENT if parts else None)
    figure.update_yaxes(title=say("guesses"), rangemode="tozero", dtick=_whole(counts.tolist()))
    middle = float(np.median(np.asarray(numbers, float))) if len(numbers) else 0.0
    said = say_many(len(numbers), "{n} guess.", "{n} guesses.")
    if len(numbers):
        half = f"{middle:.0%}" if parts else f"{middle:g}"
        said += " " + say("Half of them are at most {middle}.", middle=half)
    return finish(figure, alt=said, height=340)


def bars(names: Sequence[str], chosen: Sequence[str], *, title: str = "", right: str = "") -> go.Figure:
    """How many chose what; what came out has another pattern.

    Parameters
    ----------
    names
        All that could be chosen.
    right
        The one of them that was the result.
    """
    counts = Counter(chosen)
    figure = go.Figure(
        go.Bar(
            x=[counts[name] for name in names],
            y=[plain(name) for name in names],
            orientation="h",
            marker={
                "color": [MEANINGS["right" if name == right else "answer"] for name in names],
                "pattern": {"shape": ["/" if name == right else "" for name in names]},
            },
            text=[str(counts[name]) for name in names],
            hovertemplate="%{x}<extra></extra>",
            showlegend=False,
        )
    )
    figure.update_xaxes(title=say("guesses"), rangemode="tozero", dtick=_whole(counts.values()))
    figure.update_yaxes(autorange="reversed", type="category", title=plain(title) or None)
    said = ", ".join(f"{name}: {counts[name]}" for name in names)
    return finish(figure, alt=say("Guesses: {said}.", said=said), height=120 + 44 * len(names))


def _whole(counts: Iterable[int]) -> int | None:
    """A tick for each of a few: there is no half a guess."""
    return 1 if max(counts, default=0) < 8 else None


def confusions(pairs: Sequence[Sequence[int]]) -> go.Figure:
    """Which digits were guessed to be taken for which, the most frequent ones."""
    said = Counter(say("{true} read as {read}", true=true, read=read) for true, read in pairs)
    names = [name for name, _ in said.most_common(_MOST_PAIRS)]
    told = [name for name, n in said.items() for _ in range(n) if name in names]
    return bars(names, told)
