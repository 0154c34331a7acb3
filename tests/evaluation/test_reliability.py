"""How sure a network was beside how often it was right, worked by hand."""

from __future__ import annotations

import numpy as np

from nnviz import figures
from nnviz.evaluation import metrics


def answers(sure: float, read: int) -> list[float]:
    rest = (1 - sure) / 9
    return [sure if digit == read else rest for digit in range(10)]


def test_digits_are_grouped_by_how_sure_the_network_was_and_counted() -> None:
    told = np.array([answers(0.95, 1), answers(0.99, 1), answers(0.55, 2), answers(1.0, 3)], np.float32)
    found = metrics.reliability(metrics.evaluate(np.array([1, 7, 2, 3]), told))
    np.testing.assert_allclose(found.sure, [0.55, (0.95 + 0.99 + 1.0) / 3], rtol=1e-6)
    np.testing.assert_allclose(found.right, [1, 2 / 3])
    assert found.n.tolist() == [1, 3]
    np.testing.assert_allclose(found.mean_sure, told.max(axis=1).mean(), rtol=1e-6)
    assert found.mean_right == 0.75


def test_the_diagram_has_a_line_a_network_and_says_its_numbers() -> None:
    told = np.array([answers(0.9, 1), answers(0.7, 2)], np.float32)
    found = metrics.reliability(metrics.evaluate(np.array([1, 1]), told))
    figure = figures.reliability_diagram({"<b>mine</b>": found})
    assert len(figure.data) == 2
    assert "sure by 80.0% on average, right in 50.00%" in figures.alt(figure)
    assert "<b>" not in figure.data[1].name
