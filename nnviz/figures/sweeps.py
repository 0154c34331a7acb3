"""What an experiment found: the score over the settings that vary, ours beside the report's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from nnviz.core.colours import MEANINGS, RUNS
from nnviz.core.kinds import ACCURACY, Score
from nnviz.core.results import Dimension, Row, Run, Spread, best_of
from nnviz.core.words import say, say_many
from nnviz.figures import scales
from nnviz.figures.run_comparison import DASHES
from nnviz.figures.style import AMOUNT, FONT, PERCENT, TEST, TRAIN, finish, legend_below

SYMBOLS = ("circle", "diamond", "square", "triangle-up", "star", "cross")
_SHORT, _ENTRY = 12, 86  # letters of names, and pixels of each, of which a phone has two beside each other
_ALIKE = 0.12  # shares that are told apart on an axis of their own only
_MANY, _CLOSE = 5, 0.75  # how many neighbours are a crowd, and how many decades they are apart at most

# Whose accuracy: its name, colour, dash and marker, so that nobody needs to see the colours.
_CURVES = {
    "train": (say("training"), TRAIN, "solid", "circle"),
    "test": (say("test"), TEST, "dash", "diamond"),
    "outside": (say("other digits"), MEANINGS["others"], "dot", "square"),
}


@dataclass(frozen=True)
class _Words:
    """What a figure says of a score: its name, that of the test digits, and the title of a chart of those."""

    name: str
    test: str
    titled: str


_WORDS = {
    "accuracy": _Words(say("accuracy"), say("Test accuracy"), say("test accuracy")),
    "error": _Words(say("error a pixel, squared"), say("Test error"), say("test error")),
}


def _words(score: Score) -> _Words:
    return _WORDS.get(score.name, _Words(score.label.lower(), score.label, score.label.lower()))


def sweep(
    rows: Sequence[Row],
    dimension: Dimension,
    *,
    title: str,
    close: bool = False,
    height: int = 470,
    score: Score = ACCURACY,
) -> go.Figure:
    """The score over one setting; the report's as hollow marks. `customdata` of a point: the ids of its runs.

    Repeats show as their mean, with their deviation as a bar. A point some of whose runs diverged or failed
    is a cross.

    Parameters
    ----------
    rows
        A row without a run has its place on the axis, so that the curve grows into it.
    close
        The scores fill the figure. Otherwise it begins at 0, unless they are shares that are nearly alike.
    """
    figure = go.Figure()
    rows = sorted(rows, key=lambda row: scales.order(row, dimension))
    xs = scales.places(rows, dimension)
    for part, (name, colour, dash, symbol) in _CURVES.items():
        style = {"color": colour, "width": 3, "dash": dash}
        _curve(figure, xs, rows, part, name, style, symbol, dimension, score)
    for part, (name, colour, _, symbol) in _CURVES.items():
        reported = [(x, row) for x, row in zip(xs, rows, strict=True) if getattr(row, f"report_{part}", None)]
        if reported:
            figure.add_scatter(
                x=[x for x, _ in reported],
                y=[getattr(row, f"report_{part}") for _, row in reported],
                name=say("report's {name}", name=name),
                mode="markers",
                marker={"symbol": f"{symbol}-open", "size": 14, "color": colour, "line": {"width": 2}},
                text=[_hover(row, dimension, score) for _, row in reported],
                hovertemplate="%{text}<br>" + say("report's {name}", name=name) + " %{y:.2%}<extra></extra>",
            )
    figure = _finished(figure, rows, dimension, title, score).update_layout(height=height)
    if max((len(trace.name) for trace in figure.data), default=0) <= _SHORT:
        figure.update_layout(legend={"entrywidth": _ENTRY, "entrywidthmode": "pixels"})
    scores = _scores(rows)
    if close and scores:
        figure.update_yaxes(range=None)
    elif score.percent and len(scores) > 1 and max(scores) - min(scores) < _ALIKE:
        # Between 95 and 99 % lies all that an axis from 0 would hide.
        low, high = min(scores), max(scores)
        room = max(0.2 * (high - low), 0.002)
        figure.update_yaxes(range=[low - room, min(high + room, 1.002)])
        figure.update_yaxes(title=say("{score} (axis not from 0)", score=_words(score).name))
    return figure


def _scores(rows: Sequence[Row]) -> list[float]:
    """All that a sweep's figure shows: means with the ends of their bars, and the report's."""
    measured: list[Spread] = [
        of for row in rows for part in _CURVES if (of := getattr(row, part)) is not None
    ]
    ends = [of.mean + side * of.deviation for of in measured for side in (-1, 1)]
    return ends + [each for row in rows for each in (row.report_train, row.report_test) if each is not None]


def crowd(rows: Sequence[Row], dimension: Dimension) -> list[Row]:
    """The rows that stand so close together on a logarithmic axis that they want a figure of their own.

    Those are the longest stretch of neighbours less than _CLOSE decades apart, if it is long and narrow.
    """
    placed = sorted((row.values[dimension.name], i) for i, row in enumerate(rows)) if rows else []
    placed = [(value, i) for value, i in placed if dimension.scale == "log" and value > 0]
    if len(placed) <= _MANY:
        return []
    logs = [math.log10(value) for value, _ in placed]
    breaks = [0, *(i for i in range(1, len(logs)) if logs[i] - logs[i - 1] > _CLOSE), len(logs)]
    first, last = max(pairwise(breaks), key=lambda ends: ends[1] - ends[0])
    wide = logs[last - 1] - logs[first] > (logs[-1] - logs[0]) / 2
    if last - first < _MANY or wide:
        return []
    return [rows[i] for _, i in placed[first:last]]


def lines(
    rows: Sequence[Row], x: Dimension, by: Dimension, *, title: str, score: Score = ACCURACY
) -> go.Figure:
    """The score on the test digits over one setting, a line for each value of another."""
    figure = go.Figure()
    rows = sorted(rows, key=lambda row: scales.order(row, x))
    xs = scales.places(rows, x)
    for place, value in enumerate(scales.told_apart(rows, by)):
        chosen = [(at, row) for at, row in zip(xs, rows, strict=True) if row.labels[by.name] == value]
        style = {"color": RUNS[place % len(RUNS)], "width": 3, "dash": DASHES[place % len(DASHES)]}
        symbol = SYMBOLS[place % len(SYMBOLS)]
        places, points = [at for at, _ in chosen], [row for _, row in chosen]
        _curve(figure, places, points, "test", f"{by.title} {value}", style, symbol, x, score)
    return _finished(figure, rows, x, f"{title}, {_words(score).titled}", score)


def _curve(
    figure: go.Figure,
    xs: Sequence[Any],
    rows: Sequence[Row],
    part: str,
    name: str,
    style: dict[str, Any],
    symbol: str,
    dimension: Dimension,
    score: Score,
) -> None:
    """One line of means with their deviations; a point is a cross where something diverged or failed."""
    points: list[tuple[Any, Row, Spread]] = []
    for x, row in zip(xs, rows, strict=True):
        of: Spread | None = getattr(row, part)
        if of is not None:
            points.append((x, row, of))
    if not points:
        return
    figure.add_scatter(
        x=[x for x, _, _ in points],
        y=[of.mean for _, _, of in points],
        error_y=_bars([of for _, _, of in points]),
        name=name,
        mode="lines+markers",
        line=style,
        marker={
            "symbol": ["x" if row.diverged or row.failed else symbol for _, row, _ in points],
            "size": 11,
        },
        unselected={"marker": {"opacity": 1}},  # a click opens a run, and leaves the others as they are
        customdata=[list(row.runs) for _, row, _ in points],
        text=[_hover(row, dimension, score) for _, row, _ in points],
        hovertemplate="%{text}<br>" + name + f" %{{y:{score.written}}}<extra></extra>",
    )


def _finished(
    figure: go.Figure, rows: Sequence[Row], dimension: Dimension, title: str, score: Score
) -> go.Figure:
    figure.update_xaxes(title=dimension.title, **scales.axis(rows, dimension))
    figure.update_yaxes(title=_words(score).name)
    if score.percent:
        figure.update_yaxes(tickformat=PERCENT, range=[0, 1.06])
    else:
        figure.update_yaxes(rangemode="tozero")
    figure.update_layout(title={"text": title, "font": {"size": 18}})
    return legend_below(finish(figure, alt=_sentence(rows, dimension, title, score), height=470))


def grid(
    rows: Sequence[Row],
    x: Dimension,
    y: Dimension,
    *,
    title: str,
    facet: Dimension | None = None,
    score: Score = ACCURACY,
) -> go.Figure:
    """The score on the test digits over two settings as a picture with its numbers.

    `customdata` of a cell: the ids of its runs. Cells grow with the page; on a phone five of them stand side
    by side.

    Parameters
    ----------
    x, y
        The settings across and down.
    facet
        A third setting: one picture under the other for each of its values.
    """
    parts = list(dict.fromkeys(row.labels[facet.name] for row in rows)) if facet else [""]
    across, down = scales.told_apart(rows, x), scales.told_apart(rows, y)
    means = [row.test.mean for row in rows if row.test]
    height = 40 * len(down) + 60  # of one of them, with what is written around it
    figure = make_subplots(
        rows=len(parts),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=50 / (height * len(parts)),
        subplot_titles=[f"{facet.title}: {part}" for part in parts] if facet else None,
    )
    size = FONT - 2 if len(across) <= 4 else FONT - 5
    for place, part in enumerate(parts, start=1):
        cells = {
            (row.labels[y.name], row.labels[x.name]): row
            for row in rows
            if facet is None or row.labels[facet.name] == part
        }
        here = [[cells.get((a, b)) for b in across] for a in down]
        figure.add_heatmap(
            x=across,
            y=down,
            z=[[cell.test.mean if cell and cell.test else None for cell in line] for line in here],
            text=[[_cell(cell, score) for cell in line] for line in here],
            customdata=[[list(cell.runs) if cell else [] for cell in line] for line in here],
            texttemplate="%{text}",
            textfont={"size": size},
            zmin=min(means, default=0.0),
            zmax=max(means, default=1.0),
            colorscale=AMOUNT,
            showscale=False,  # the numbers are there
            xgap=2,
            ygap=2,
            hovertemplate=say(
                "{across} %{{x}}, {down} %{{y}}<br>test %{{text}}<extra></extra>",
                across=x.title,
                down=y.title,
            ),
            row=place,
            col=1,
        )
        # A heat-map cannot be clicked at, and marks that nobody sees can.
        figure.add_scatter(
            x=[a for _, a in cells],
            y=[b for b, _ in cells],
            customdata=[list(cell.runs) for cell in cells.values()],
            mode="markers",
            marker={"symbol": "square", "size": 44, "opacity": 0},
            selected={"marker": {"opacity": 0}},
            unselected={"marker": {"opacity": 0}},
            text=[say("test {value}", value=_cell(cell, score) or say("not yet")) for cell in cells.values()],
            hovertemplate=say(
                "{across} %{{x}}, {down} %{{y}}<br>%{{text}}<extra></extra>", across=x.title, down=y.title
            ),
            showlegend=False,
            row=place,
            col=1,
        )
    whole = {"type": "category", "categoryorder": "array"}
    figure.update_xaxes(categoryarray=across, range=[-0.5, len(across) - 0.5], showgrid=False, **whole)
    figure.update_xaxes(title=x.title, row=len(parts), showticklabels=True)
    figure.update_yaxes(
        title=y.title, categoryarray=down, range=[len(down) - 0.5, -0.5], showgrid=False, **whole
    )
    title = f"{title}, {_words(score).titled}"
    figure.update_layout(title={"text": title, "font": {"size": 18}}, hoverdistance=200)
    best = best_of(rows, score)
    words = say_many(
        sum(row.test is not None for row in rows),
        "{title}: {n} combination.",
        "{title}: {n} combinations.",
        title=title,
    )
    if best is not None and best.test is not None:
        where = ", ".join(f"{axis.title} {best.labels[axis.name]}" for axis in (facet, y, x) if axis)
        told = say(
            "The best {score} is {mean}, with {where}.",
            score=_words(score).titled,
            mean=score.told(best.test.mean),
            where=where,
        )
        words = f"{words} {told}"
    return finish(figure, alt=words, height=100 + height * len(parts)).update_layout(margin={"t": 84})


def folds(
    runs: Sequence[Run], *, title: str, report: float | None = None, score: Score = ACCURACY
) -> go.Figure:
    """Train and test score of every fold, the mean over the folds, and the report's."""
    done = [run for run in runs if run.score(score.metric) is not None]
    names = [say("fold {fold}", fold=run.fold) for run in done]
    tests = [run.card.metrics[score.metric] for run in done]
    figure = go.Figure()
    for part, values in (("train", [run.score(f"train_{score.name}") for run in done]), ("test", tests)):
        name, colour, _, symbol = _CURVES[part]
        figure.add_scatter(
            x=names,
            y=values,
            name=name,
            mode="markers+text",
            marker={"color": colour, "symbol": symbol, "size": 16},
            unselected={"marker": {"opacity": 1}},
            text=["" if value is None else score.told(value) for value in values],
            textposition=f"{'bottom' if part == 'test' else 'top'} center",
            cliponaxis=False,
            customdata=[[run.id] for run in done],
            hovertemplate="%{x}<br>" + name + f" %{{y:{score.written}}}<extra></extra>",
        )
    words = say("{title}: no fold has ended yet.", title=title)
    levels = []
    if tests:
        mean = sum(tests) / len(tests)
        levels.append((mean, say("mean test, {mean}", mean=score.told(mean)), {"color": TEST, "width": 3}))
        words = say(
            "{title}: {counted}. {score} goes from {least} to {most}. ",
            title=title,
            score=_words(score).test,
            counted=say_many(len(tests), "{n:,} fold", "{n:,} folds"),
            least=score.told(min(tests)),
            most=score.told(max(tests)),
        )
        words += say("The mean is {mean}.", mean=score.told(mean))
        words += say(" The report's mean is {report:.2%}.", report=report) if report else ""
    if report:
        levels.append(
            (
                report,
                say("report's mean, {report:.2%}", report=report),
                {"color": MEANINGS["report"], "width": 3, "dash": "dash"},
            )
        )
    for level, name, line in levels:
        figure.add_scatter(
            x=names, y=[level] * len(names), name=name, mode="lines", line=line, hoverinfo="skip"
        )
    figure.update_yaxes(title=_words(score).name, tickformat=PERCENT if score.percent else None)
    figure.update_layout(title={"text": title, "font": {"size": 18}})
    return legend_below(finish(figure, alt=words, height=440))


def _bars(spreads: Sequence[Spread]) -> dict[str, Any]:
    return {
        "array": [of.deviation for of in spreads],
        "visible": any(of.n > 1 for of in spreads),
        "thickness": 2,
        "width": 6,
    }


def _hover(row: Row, dimension: Dimension, score: Score) -> str:
    lines = [f"{dimension.title} {row.labels[dimension.name]}"]
    if row.test is not None and row.test.n > 1:
        lines.append(
            say(
                "mean of {n}, spread {deviation}",
                n=row.test.n,
                deviation=score.told(row.test.deviation),
            )
        )
    if row.note:
        lines.append(row.note)
    return "<br>".join(lines)


def _cell(row: Row | None, score: Score) -> str:
    if row is None or row.test is None:
        return ""
    return score.told(row.test.mean) + (" ×" if row.diverged else "")


def _sentence(rows: Sequence[Row], dimension: Dimension, title: str, score: Score) -> str:
    tested = [row for row in rows if row.test is not None]
    if not tested:
        return say("{title}: no run has ended here yet.", title=title) + _told(rows, dimension)
    best = best_of(tested, score)
    assert best is not None
    assert best.test is not None
    words = say(
        "{title}: {counted} of {setting}. ",
        title=title,
        counted=say_many(len(tested), "{n:,} value", "{n:,} values"),
        setting=dimension.title,
    )
    where = best.labels[dimension.name]
    if not score.higher_is_better:
        words += say(
            "{score} is lowest, {test}, at {where}.",
            score=_words(score).test,
            test=score.told(best.test.mean),
            where=where,
        )
    elif best.train is None:
        words += say("Test accuracy is highest, {test:.2%}, at {where}.", test=best.test.mean, where=where)
    else:
        words += say(
            "Test accuracy is highest, {test:.2%}, at {where}, where training accuracy is {train:.2%}.",
            test=best.test.mean,
            where=where,
            train=best.train.mean,
        )
    words += _told(rows, dimension)
    diverged = sum(bool(row.diverged) for row in rows)
    return words + (say(" {n} diverged.", n=diverged) if diverged else "")


def _told(rows: Sequence[Row], dimension: Dimension) -> str:
    """What the report's points say, or nothing where there are none."""
    reported = [row for row in rows if row.report_test is not None]
    if not reported:
        return ""
    theirs = max(reported, key=lambda row: row.report_test or 0.0)
    return say(
        " The report's is highest, {report_test:.2%}, at {labels}.",
        report_test=theirs.report_test,
        labels=theirs.labels[dimension.name],
    )
