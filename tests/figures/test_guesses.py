"""What was guessed stands behind the result, or as counts, and is told in words too."""

from __future__ import annotations

import pytest

from nnviz.core.records import Epoch, History
from nnviz.figures import curves, guesses

CURVES = [[0.1, 0.5], [0.2, 0.6], [0.3, 0.9]]


def test_what_a_teacher_has_typed_is_no_markup_in_a_chart_and_no_range_is_too_narrow() -> None:
    typed = '<a href="http://evil.example">K</a>'
    bars = guesses.bars([typed, "b"], [typed])
    curves = guesses.curves([typed, "b"], [[0.1, 0.2]], x=typed, y=typed, parts=True)
    narrow = guesses.histogram([1e16], low=1e16, high=1e16 + 2, title=typed, parts=False)
    for shown in (bars.data[0].y[0], curves.data[0].x[0], curves.layout.xaxis.title.text,
                  curves.layout.yaxis.title.text, narrow.layout.xaxis.title.text):  # fmt: skip
        assert "<" not in shown
    assert sum(narrow.data[0].y) == 1
    assert sum(guesses.histogram([0.0], low=-1e-320, high=1e-320, title="", parts=True).data[0].y) == 1


def test_guesses_stand_behind_the_curves_of_a_training() -> None:
    history = History(tuple(Epoch(n, 1.0, 0.5, 1.0, 0.5) for n in (1, 2)))
    plain = curves.learning_curves(history)
    figure = guesses.behind(
        curves.learning_curves(history), [1, 2], CURVES[:2], own=CURVES[2], where={"row": 1, "col": 2}
    )
    added = len(figure.data) - len(plain.data)
    assert added == 3
    assert [trace.name for trace in figure.data[-len(plain.data) :]] == [trace.name for trace in plain.data]
    behind = figure.data[:added]
    assert sorted(tuple(trace.y) for trace in behind) == sorted(map(tuple, CURVES))
    assert [trace.name for trace in behind].count("my guess") == 1
    assert {trace.xaxis for trace in behind} == {"x2"}
    assert sum(bool(trace.showlegend) for trace in behind) == 2
    assert figure.layout.meta["alt"].endswith("3 guesses stand behind it.")
    assert figure.layout.meta["alt"].startswith(plain.layout.meta["alt"])


def test_curves_alone_come_with_their_mean() -> None:
    figure = guesses.curves(["1", "2"], CURVES, x="epoch", y="accuracy", parts=True)
    mean = next(trace for trace in figure.data if trace.name == "mean of the guesses")
    assert tuple(mean.y) == pytest.approx((0.2, 2 / 3))


def test_numbers_are_counted_and_their_middle_is_told() -> None:
    figure = guesses.histogram([10, 12, 90], low=0, high=100, title="right of 100", parts=False, result=50)
    assert sum(figure.data[0].y) == 3
    assert figure.layout.meta["alt"] == "3 guesses. Half of them are at most 12."


def test_choices_and_confusions_are_counted_by_what_they_are_called() -> None:
    figure = guesses.bars(["more", "fewer"], ["fewer", "fewer", "more"], right="more")
    assert tuple(figure.data[0].x) == (1, 2)
    assert figure.layout.meta["alt"] == "Guesses: more: 1, fewer: 2."
    pairs = guesses.confusions([[4, 9], [7, 1], [4, 9]])
    assert tuple(pairs.data[0].y) == ("4 read as 9", "7 read as 1")
    assert tuple(pairs.data[0].x) == (2, 1)
