"""Losses along a line and on a plane, with the ways of trainings on it, and sizes layer by layer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from nnviz.core import numbers
from nnviz.core.colours import MEANINGS, RUNS
from nnviz.core.landscapes import CORNERS, Landscape, Track
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.figures.style import PERCENT, finish, legend_below

_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star")
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_PATH = "#ffffff"  # a way over the dark and the light places of the scale, with an edge that shows on both
_EDGE = "#111111"
_HIGH = 480
_MANY = 30  # dots of a way, from which on they are smaller


def loss_line(found: Landscape, names: Sequence[str]) -> go.Figure:
    """The loss along the line between two networks.

    Parameters
    ----------
    names
        What the two are called.
    """
    figure = go.Figure()
    losses = _told(found.losses[0])
    figure.add_scatter(
        x=found.xs,
        y=losses,
        mode="lines+markers",
        line={"color": MEANINGS["test"], "width": 3},
        marker={"size": 5},
        name=say("between them"),
        hovertemplate="%{x:.2f}<br>" + say("loss {loss}", loss="%{y:.4f}") + "<extra></extra>",
    )
    (ends,) = (track for track in found.tracks if track.name == CORNERS)
    for i, name in enumerate(names):
        figure.add_scatter(
            x=[ends.points[i, 0]],
            y=[ends.losses[i]],
            mode="markers",
            marker={"size": 16, "symbol": _SYMBOLS[i + 1], "color": RUNS[i]},
            name=name,
            hovertemplate=say("loss {loss}", loss="%{y:.4f}") + "<extra></extra>",
        )
    figure.update_xaxes(title=say("way from the first to the second"), tickformat=".0%")
    figure.update_yaxes(title=say("loss"), **_log(losses))
    middle = [loss for x, loss in zip(found.xs, losses, strict=True) if 0 <= x <= 1 and loss is not None]
    alt = say(
        "The loss on the line between two networks. {first}: {start:.4f}. {second}: {end:.4f}. The highest "
        "between them is {top:.4f}.",
        first=names[0],
        second=names[1],
        start=float(ends.losses[0]),
        end=float(ends.losses[1]),
        top=max(middle, default=math.nan),
    )
    return legend_below(finish(figure, alt=alt, height=_HIGH).update_layout(margin={"b": 120, "t": 16}))


def loss_plane(
    found: Landscape, titles: Mapping[str, str], corners: Sequence[str] = (), *, at: int | None = None
) -> go.Figure:
    """The loss on a plane as a contour, and the ways of trainings over it.

    Where no loss is known yet, there are the ways alone.

    Parameters
    ----------
    titles
        Of the tracks, by their names.
    corners
        What the networks are called that span the plane.
    at
        A step of the first way that is marked.
    """
    figure = go.Figure()
    known = np.isfinite(found.losses)
    if known.any():
        figure.add_trace(_contour(found))
    ways = [track for track in found.tracks if track.name != CORNERS]
    for i in sorted(range(len(ways)), key=lambda i: -float(np.ptp(ways[i].points, axis=0).max())):
        _way(figure, ways[i], titles[ways[i].name], i)  # the shortest on top: one may hide another
    _ends(figure, ways)
    for track in found.tracks:
        if track.name == CORNERS:
            _corners(figure, track, corners)
    if at is not None and found.tracks:
        _ring(figure, found.tracks[0], at)
    shares = found.explained if len(found.explained) else (None, None)
    for axis, share, update in zip("xy", shares, (figure.update_xaxes, figure.update_yaxes), strict=True):
        title = say("direction 1") if axis == "x" else say("direction 2")
        if share is not None:
            title = say("{title}: {share:.2%}", title=title, share=float(share))
        ends = found.xs if axis == "x" else found.ys
        update(title=title, range=[float(ends[0]), float(ends[-1])], zeroline=False)
    words = say(
        "A plane of networks with {ways}.",
        ways=", ".join(_way_in_words(track, titles) for track in ways) or say("one network in its middle"),
    )
    if known.any():
        words += " " + say(
            "The loss on it goes from {low} to {high}.",
            low=numbers.written(float(found.losses[known].min()), 3),
            high=numbers.written(float(found.losses[known].max()), 3),
        )
    drawn = finish(figure, alt=words, height=_HIGH + 40)
    return legend_below(drawn.update_layout(margin={"b": 110, "t": 16}))


def _contour(found: Landscape) -> go.Contour:
    losses = np.where(np.isfinite(found.losses), found.losses, np.nan)
    logs = np.log10(np.maximum(losses, 1e-6))
    low, high = float(np.nanmin(logs)), float(np.nanmax(logs))
    ticks = _ticks(low, high)
    return go.Contour(
        x=found.xs,
        y=found.ys,
        z=logs,
        text=np.where(np.isfinite(losses), losses, np.nan),
        colorscale="Cividis",
        ncontours=24,
        line={"width": 0.5},
        colorbar={
            "title": {"text": say("loss")},
            "tickvals": [math.log10(each) for each in ticks],
            "ticktext": [numbers.written(each, 2) for each in ticks],
            "thickness": 14,
        },
        hovertemplate=say("loss {loss}", loss="%{text:.4g}") + "<extra></extra>",
        name=say("loss"),
    )


def _ticks(low: float, high: float) -> list[float]:
    """Losses worth a word on the scale: 1, 2 and 5 of every power of ten, or the powers alone."""
    powers = range(math.floor(low), math.ceil(high) + 1)
    steps = (1, 2, 5) if high - low < 2.5 else (1,)
    found = [step * 10.0**power for power in powers for step in steps]
    return [each for each in found if low <= math.log10(each) <= high] or [10**low, 10**high]


def _way(figure: go.Figure, track: Track, title: str, i: int) -> None:
    """A white way with a dark edge, its dots by another sign for each."""
    xs, ys = track.points[:, 0], track.points[:, 1]
    hue = RUNS[i % len(RUNS)]
    shown = {"x": xs, "y": ys, "legendgroup": track.name}
    figure.add_scatter(
        **shown, mode="lines", line={"color": _EDGE, "width": 6}, hoverinfo="skip", showlegend=False
    )
    figure.add_scatter(
        **shown,
        mode="lines+markers",
        line={"color": _PATH, "width": 3},
        marker={
            "size": 10 if len(xs) <= _MANY else 7,
            "color": hue,
            "symbol": _SYMBOLS[i % len(_SYMBOLS)],
            "line": {"color": _PATH, "width": 1.5 if len(xs) <= _MANY else 0.5},
        },
        name=title,
        customdata=np.stack([track.steps, track.losses], axis=1),
        hovertemplate=f"{title} · %{{customdata[0]}}<br>"
        + say("loss {loss}", loss="%{customdata[1]:.4f}")
        + "<extra></extra>",
    )


def _ends(figure: go.Figure, ways: Sequence[Track]) -> None:
    """Where they begin, each at a place of its own or all at one, and where it is one, where it ends."""
    places = {tuple(way.points[0].round(6)): say("start") for way in ways}
    if len(ways) == 1:
        places[tuple(ways[0].points[-1].round(6))] = say("end")
    for (x, y), text in places.items():
        figure.add_annotation(
            x=x,
            y=y,
            text=f'<span style="color:{_EDGE}">{text}</span>',  # whatever the page's own colour is
            ax=0,
            ay=34,
            arrowcolor=_EDGE,
            bgcolor="rgba(255, 255, 255, 0.85)",
            font={"size": 15},
        )


def _ring(figure: go.Figure, track: Track, step: int) -> None:
    here = np.flatnonzero(track.steps == step)[:1]
    figure.add_scatter(
        x=track.points[here, 0],
        y=track.points[here, 1],
        mode="markers",
        marker={"size": 20, "symbol": "circle-open", "color": MEANINGS["wrong"], "line": {"width": 4}},
        name=say("shown now"),
        hoverinfo="skip",
    )


def _corners(figure: go.Figure, track: Track, names: Sequence[str]) -> None:
    for i, name in enumerate(names):
        figure.add_scatter(
            x=[track.points[i, 0]],
            y=[track.points[i, 1]],
            mode="markers",
            marker={
                "size": 18,
                "symbol": _SYMBOLS[(i + 1) % len(_SYMBOLS)],
                "color": RUNS[(i + 1) % len(RUNS)],
                "line": {"color": _PATH, "width": 2},
            },
            name=name,
            showlegend=True,
            customdata=[[track.losses[i]]],
            hovertemplate=say("loss {loss}", loss="%{customdata[0]:.4f}") + "<extra></extra>",
        )


def _way_in_words(track: Track, titles: Mapping[str, str]) -> str:
    if not np.isfinite(track.losses).any():
        return say("the way of {name}, {n} points", name=titles[track.name], n=len(track.steps))
    return say(
        "the way of {name}, from loss {first:.4f} to {last:.4f}",
        name=titles[track.name],
        first=float(track.losses[0]),
        last=float(track.losses[-1]),
    )


def race_curves(found: Landscape, titles: Mapping[str, str]) -> go.Figure:
    """The loss of every racer over the steps."""
    figure = go.Figure()
    for i, track in enumerate(found.tracks):
        figure.add_scatter(
            x=track.steps,
            y=_told(track.losses),
            mode="lines+markers",
            name=titles[track.name],
            line={"color": RUNS[i % len(RUNS)], "width": 3, "dash": _DASHES[i % len(_DASHES)]},
            marker={"size": 8, "symbol": _SYMBOLS[i % len(_SYMBOLS)]},
            hovertemplate="%{y:.4f}",
        )
    figure.update_xaxes(title=say("steps (batches)"), tickformat=",")
    every = [loss for track in found.tracks for loss in _told(track.losses)]
    figure.update_yaxes(title=say("loss"), **_log(every))
    figure.update_layout(hovermode="x unified")
    alt = say(
        "The loss of {n} optimizers over the steps. {ends}",
        n=len(found.tracks),
        ends=" ".join(
            say(
                "{name} ends at {loss:.4f}.",
                name=titles[track.name],
                loss=float(track.losses[-1]),
            )
            for track in found.tracks
        ),
    )
    return legend_below(finish(figure, alt=alt, height=_HIGH).update_layout(margin={"b": 110, "t": 16}))


def sizes_by_layer(
    epochs: Sequence[int], layers: Sequence[str], values: Array, *, title: str, share: bool = False
) -> go.Figure:
    """One number of every layer over the epochs.

    Parameters
    ----------
    values
        (epochs, layers); what is not a number is left out.
    share
        Whether they are parts of a whole; sizes stand on a scale of powers of ten.
    """
    figure = go.Figure()
    for i, layer in enumerate(layers):
        if not np.isfinite(values[:, i]).any():
            continue
        figure.add_scatter(
            x=list(epochs),
            y=_told(values[:, i]),
            mode="lines+markers",
            name=layer,
            line={"color": RUNS[i % len(RUNS)], "width": 3, "dash": _DASHES[i % len(_DASHES)]},
            marker={"size": 7, "symbol": _SYMBOLS[i % len(_SYMBOLS)]},
            hovertemplate="%{y:.1%}" if share else "%{y:.3g}",
        )
    figure.update_xaxes(title=say("epoch"))
    if share:
        figure.update_yaxes(tickformat=PERCENT, rangemode="tozero")
    else:
        figure.update_yaxes(**_log(values[np.isfinite(values)].tolist()))
    figure.update_layout(hovermode="x unified", title={"text": title, "font": {"size": 17}})
    told = [
        say(
            "{layer}: {first} at epoch {start}, {last} at epoch {end}.",
            layer=layer,
            first=_written(values[0, i], share),
            last=_written(values[-1, i], share),
            start=epochs[0],
            end=epochs[-1],
        )
        for i, layer in enumerate(layers)
        if np.isfinite(values[:, i]).any()
    ]
    drawn = finish(figure, alt=" ".join([f"{title}.", *told]), height=400)
    return legend_below(drawn.update_layout(margin={"b": 120, "t": 48}))


def _written(value: float, share: bool) -> str:
    return f"{value:.1%}" if share else numbers.written(float(value), 3)


def _told(values: Array) -> list[float | None]:
    """Numbers for a chart, with gaps where there are none."""
    return [float(value) if np.isfinite(value) else None for value in values]


def _log(values: Sequence[float | None]) -> dict[str, Any]:
    """An axis by powers of ten, where no number forbids it."""
    known = [value for value in values if value is not None]
    if not known or min(known) <= 0:
        return {"rangemode": "tozero"}
    ticks = _ticks(math.log10(min(known)), math.log10(max(known)))
    return {"type": "log", "tickvals": ticks, "ticktext": [numbers.written(each, 2) for each in ticks]}
