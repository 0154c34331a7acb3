"""Numbers have one notation, whichever language writes them."""

from __future__ import annotations

import pytest

from nnviz.core import numbers
from nnviz.core.words import say_many
from tests.components.javascript import evaluate

VALUES = [0.0, -0.0, 0.98349, 0.5, 1.0, 0.0004, -0.0004, -12.3456, 1234.5]


@pytest.mark.parametrize(
    ("call", "written"),
    [
        ("percent(x, 1)", lambda x: f"{x:.1%}"),
        ("percent(x, 0)", lambda x: f"{x:.0%}"),
        ("decimal(x, 3)", lambda x: numbers.fixed(x, 3)),
        ('sayMany(x, "{n} run", "{n} runs")', lambda x: say_many(x, "{n} run", "{n:,} runs")),
    ],
)
def test_javascript_writes_numbers_as_python_does(call, written) -> None:  # type: ignore[no-untyped-def]
    values = [0, 1, 2, 12_000] if "sayMany" in call else VALUES
    values = [abs(x) for x in values] if "percent" in call else values
    modules = {"shared/text": "decimal, percent", "shared/words": "sayMany"}
    told = evaluate(modules, f"(xs) => xs.map((x) => {call})", values)
    assert told == [written(x) for x in values]


def test_javascript_writes_powers_of_ten_as_python_does() -> None:
    values = [3e-8, -2.5e-7, 1.2e10, 4.5e-12]
    told = evaluate({"shared/text": "withPower"}, "(xs) => xs.map((x) => withPower(x, 1))", values)
    assert [text.replace(".0 ", " ") for text in told] == [numbers.written(x, 2) for x in values]
