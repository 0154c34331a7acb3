"""What the units of a layer add to the difference between two answers, as bars."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from nnviz.core import numbers
from nnviz.core.colours import MEANINGS
from nnviz.core.records import Array
from nnviz.core.words import say, say_many
from nnviz.figures.style import UNCHOSEN, finish

MOST = 8  # units that have a bar of their own


def contribution_bars(units: Array, bias: float, *, title: str, given: int, other: int) -> go.Figure:
    """The units that made most of the difference, then all others, the biases, and the sum.

    Parameters
    ----------
    units
        (n,) what each unit adds; above zero it speaks for `given`.
    bias
        The difference of the two biases.
    given, other
        The two answers.
    """
    order = np.argsort(-np.abs(units), kind="stable")
    first, rest = order[:MOST], order[MOST:]
    names = [say("unit {i}", i=i + 1) for i in first]
    values = [float(units[i]) for i in first]
    if len(rest):
        names.append(say_many(len(rest), "{n:,} other unit", "{n:,} other units"))
        values.append(float(units[rest].sum()))
    names += [say("the biases"), say("<b>the sum</b>")]
    total = float(units.sum() + bias)
    values += [bias, total]
    hues = [MEANINGS["added"] if value > 0 else MEANINGS["missing"] for value in values]
    hues[-2] = UNCHOSEN
    figure = go.Figure(
        go.Bar(
            x=values,
            y=list(range(len(values))),
            orientation="h",
            marker={"color": hues},
            text=[numbers.fixed(value, 2) for value in values],
            textposition="outside",
            cliponaxis=False,
            customdata=names,
            hovertemplate="%{customdata}: %{x:.4f}<extra></extra>",
        )
    )
    far = max(map(abs, values)) or 1.0
    figure.update_xaxes(
        range=[-1.8 * far, 1.8 * far],  # a phone's width for a bar's number too
        showgrid=False,
        showticklabels=False,
    )
    figure.update_yaxes(
        tickvals=list(range(len(values))), ticktext=names, range=[len(values) - 0.5, -0.5], showgrid=False
    )
    figure.update_layout(title={"text": title, "font": {"size": 18}}, bargap=0.25)
    alt = say(
        "{title}: together {total} for the {given} against the {other}. Unit {unit} adds most, {most}; the "
        "biases add {bias}.",
        title=title,
        total=numbers.fixed(total, 2),
        given=given,
        other=other,
        unit=int(order[0]) + 1,
        most=numbers.fixed(units[order[0]], 2),
        bias=numbers.fixed(bias, 2),
    )
    return finish(figure, alt=alt, height=420)
