"""Every repeat of two settings as a dot, with their means and how sure those are."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from nnviz.core.colours import RUNS
from nnviz.core.kinds import ACCURACY, Score
from nnviz.core.words import say
from nnviz.figures.style import PERCENT, finish, legend_below

_DOTS = ("circle", "square")
_ASIDE = 0.22  # how far the mean stands beside its dots


def repeats(
    names: Sequence[str],
    scores: Sequence[Sequence[float]],
    intervals: Sequence[tuple[float, float]],
    seeds: Sequence[int],
    score: Score = ACCURACY,
) -> go.Figure:
    """The scores of two settings, a dot a seed, the two of a seed joined; beside them mean and interval.

    Parameters
    ----------
    scores
        Of each setting, in the order of the seeds.
    intervals
        Where each mean lies, from and to.
    """
    figure = go.Figure()
    for pair in zip(*scores, strict=True):
        line = {"color": "#8a949c", "width": 1}
        figure.add_scatter(
            x=[0, 1], y=list(pair), mode="lines", line=line, opacity=0.5, showlegend=False, hoverinfo="skip"
        )
    told = []
    for place, (name, values, (low, high)) in enumerate(zip(names, scores, intervals, strict=True)):
        mean = sum(values) / len(values)
        figure.add_scatter(
            x=[place] * len(values),
            y=list(values),
            customdata=list(seeds),
            name=name,
            mode="markers",
            marker={"color": RUNS[place], "symbol": _DOTS[place], "size": 10, "opacity": 0.75},
            hovertemplate=say("seed %{customdata}:") + f" %{{y:{score.written}}}<extra></extra>",
        )
        figure.add_scatter(
            x=[place + (_ASIDE if place else -_ASIDE)],
            y=[mean],
            error_y={"array": [high - mean], "arrayminus": [mean - low], "thickness": 3, "width": 8},
            mode="markers",
            marker={"color": RUNS[place], "symbol": "diamond", "size": 14},
            showlegend=False,
            hovertemplate=say("mean") + f" %{{y:{score.written}}}<extra></extra>",
        )
        told.append(
            say(
                "{name}: mean {mean}, 95% interval {low} to {high}",
                name=name,
                mean=score.told(mean),
                low=score.told(low),
                high=score.told(high),
            )
        )
    figure.update_xaxes(tickvals=[0, 1], ticktext=["A", "B"], range=[-0.5, 1.5])
    figure.update_yaxes(title=say("test {name}", name=score.name))
    if score.percent:
        figure.update_yaxes(tickformat=PERCENT)
    # Below, as the two names are as long as settings are, and a chart's buttons are above it.
    return legend_below(finish(figure, alt="; ".join(told), height=400).update_layout(margin={"b": 72}))
