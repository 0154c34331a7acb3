"""What a search found: every drawn choice as a point over each setting, and who was stopped early."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from nnviz.core.colours import RUNS
from nnviz.core.kinds import ACCURACY, Score
from nnviz.core.results import Dimension, Row, best_of
from nnviz.core.words import say, say_many
from nnviz.figures import scales
from nnviz.figures.style import PERCENT, finish, legend_below

_HIGH = 210  # pixels of each setting's picture
MOST_SHOWN = 4  # settings


def search(
    rows: Sequence[Row], dimensions: Sequence[Dimension], *, title: str, score: Score = ACCURACY
) -> go.Figure:
    """The score on the test digits over each setting that was drawn, one picture under the other.

    `customdata` of a point: the ids of its runs. Points that were trained to the end are filled, those that
    were stopped early are hollow, and the best of the filled ones is a star.
    """
    shown = list(dimensions)[:MOST_SHOWN]
    told = [row for row in rows if row.test is not None]
    ended = [row for row in told if not row.stopped]
    best = best_of(ended, score)
    gap = 70 / (_HIGH * len(shown))
    figure = make_subplots(rows=len(shown), cols=1, vertical_spacing=gap if len(shown) > 1 else 0)
    for place, dimension in enumerate(shown, start=1):
        xs = dict(zip(map(id, told), scales.places(told, dimension), strict=True))
        for name, symbol, chosen in (
            (say("trained to the end"), "circle", [row for row in ended if row is not best]),
            (say("stopped early"), "circle-open", [row for row in told if row.stopped]),
            (say("the best"), "star", [row for row in ended if row is best]),
        ):
            if not chosen:
                continue
            figure.add_scatter(
                x=[xs[id(row)] for row in chosen],
                y=[row.test.mean for row in chosen if row.test],
                customdata=[list(row.runs) for row in chosen],
                text=[_hover(row, dimensions, score) for row in chosen],
                hovertemplate="%{text}<extra></extra>",
                name=name,
                legendgroup=name,
                showlegend=place == 1,
                mode="markers",
                marker={
                    "symbol": symbol,
                    "size": 17 if symbol == "star" else 11,
                    "color": RUNS[1] if symbol == "star" else RUNS[0],
                    "line": {"width": 2 if symbol == "circle-open" else 0},
                },
                unselected={"marker": {"opacity": 1}},  # a click opens a run, and leaves the others
                row=place,
                col=1,
            )
        figure.update_xaxes(title=dimension.title, row=place, col=1, **scales.axis(told, dimension))
    figure.update_yaxes(title=say("test {name}", name=score.name))
    if score.percent:
        figure.update_yaxes(tickformat=PERCENT)
    figure.update_layout(title={"text": title, "font": {"size": 18}})
    words = say_many(len(told), "{title}: {n} setting tried.", "{title}: {n} settings tried.", title=title)
    if best is not None and best.test is not None:
        words += " " + say(
            "The best is {value}, with {settings}.",
            value=score.told(best.test.mean),
            settings=", ".join(f"{each.title} {best.labels[each.name]}" for each in dimensions),
        )
    stopped = len(told) - len(ended)
    if stopped:
        words += " " + say_many(stopped, "{n} was stopped early.", "{n} were stopped early.")
    return legend_below(finish(figure, alt=words, height=_HIGH * len(shown) + 130))


def _hover(row: Row, dimensions: Sequence[Dimension], score: Score) -> str:
    told = [f"{each.title} {row.labels[each.name]}" for each in dimensions]
    if row.test is not None:
        told.append(say("test {value}", value=score.told(row.test.mean)))
    if row.stopped:
        told.append(say("stopped after epoch {n}", n=row.stopped))
    return "<br>".join(told)
