"""Which figure an experiment wants, told by what varies in it: for the page and for the printed study."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import plotly.graph_objects as go

from nnviz.core import kinds
from nnviz.core.results import Dimension, Row, Run
from nnviz.core.words import say
from nnviz.experiments import axes
from nnviz.experiments.plan import LIBRARY, Plan
from nnviz.figures import run_comparison, searches, sweeps

WHOLE, CLOSE = 345, 235  # pixels of a chart and its close-up: together less than a laptop's screen
MOST_LINES = 6
MOST_FACETS = 4
MOST_CURVES = 8


def charts(
    plan: Plan,
    rows: Sequence[Row],
    runs: Sequence[Run],
    *,
    title: str,
    report: float | None = None,
    one_screen: bool = False,
) -> list[go.Figure]:
    """The figures of an experiment, the most telling first; none when more than three settings vary.

    Parameters
    ----------
    runs
        With their curves where those are to be drawn.
    report
        Its mean over the folds.
    one_screen
        A chart and its close-up are low enough to be seen together, and share the first one's legend.
    """
    varied = [axes.dimension(name) for name in plan.varied]
    if plan.budget:
        return [searches.search(rows, varied, title=title, score=plan.score)]
    if not varied:
        return (
            [sweeps.folds(runs, title=title, report=report, score=plan.score)]
            if plan.folds
            else _curves(runs)
        )
    if set(plan.varied) in ({LIBRARY}, {LIBRARY, "init"}):
        return _curves(runs)
    if len(varied) == 1:
        whole = partial(sweeps.sweep, rows, varied[0], title=title, score=plan.score)
        if not (crowd := sweeps.crowd(rows, varied[0])):
            return [whole()]
        close = partial(
            sweeps.sweep,
            crowd,
            varied[0],
            title=say("{title}, close up", title=title),
            close=True,
            score=plan.score,
        )
        if one_screen:
            return [whole(height=WHOLE), close(height=CLOSE).update_layout(showlegend=False)]
        return [whole(), close()]
    # The setting with the finest scale goes along the axis, or down a picture, as rows are cheap on a phone;
    # the one with the fewest choices is told apart.
    x, *others = sorted(varied, key=lambda axis: (axis.scale == "names", -_choices(rows, axis)))
    if len(others) == 1:
        (by,) = others
        lines = (
            [sweeps.lines(rows, x, by, title=title, score=plan.score)]
            if _choices(rows, by) <= MOST_LINES
            else []
        )
        return [*lines, sweeps.grid(rows, by, x, title=title, score=plan.score)]
    if len(others) == 2:
        facet, y = sorted(others, key=lambda axis: _choices(rows, axis))
        if _choices(rows, facet) <= MOST_FACETS:
            return [sweeps.grid(rows, y, x, title=title, facet=facet, score=plan.score)]
    return []


def untitled(drawn: list[go.Figure], title: str) -> list[go.Figure]:
    """The figures without the title that stands above them already; what it adds to that stays."""
    for each in drawn:
        if each.layout.title.text:
            each.layout.title.text = each.layout.title.text.removeprefix(title).strip(", ").capitalize()
            if not each.layout.title.text:
                each.update_layout(margin={"t": 30})  # for the chart's buttons
    return drawn


def _choices(rows: Sequence[Row], axis: Dimension) -> int:
    return len({row.labels.get(axis.name) for row in rows})


def _whose(run: Run) -> str:
    """Which of a few networks a curve is of."""
    if run.card.kind != kinds.MLP.name:
        return run.title
    return say("{label}, starting weights: ", label=axes.label(LIBRARY, run.library)) + axes.label(
        "init", run.card.settings["init"]
    )


def _curves(runs: Sequence[Run]) -> list[go.Figure]:
    """The curves of a few runs on one axis."""
    told = [run for run in runs if run.card.history.epochs and kinds.kind_of(run.card.kind).classifies][
        :MOST_CURVES
    ]
    if not told:
        return []
    several = len({run.card.seed for run in told}) > 1
    named = [
        (
            _whose(run) + say(", seed {seed}", seed=run.card.seed) * several,
            run.card.history,
        )
        for run in told
    ]
    return [run_comparison.curves_together(named)]
