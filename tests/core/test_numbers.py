"""Numbers have one notation, which is also read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnviz.core import numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0, "0"),
        (0.05, "0.05"),
        (0.0001, "0.0001"),
        (1e-8, "10⁻⁸"),
        (3e-8, "3 × 10⁻⁸"),
        (-2.5e-7, "−2.5 × 10⁻⁷"),
        (100.0, "100"),
        (1e6, "1,000,000"),
        (1e14, "10¹⁴"),
        (-0.5, "−0.5"),
        (5408, "5,408"),
        (float("nan"), "not a number"),
    ],
)
def test_a_number_is_written_for_people(value: float, text: str) -> None:
    assert numbers.written(value) == text


@given(st.floats(1e-300, 1e300))
def test_what_is_written_can_be_typed(value: float) -> None:
    written = numbers.written(value, 17).replace(",", "")
    assert float(numbers.typed(written)) == pytest.approx(value, rel=1e-15)


def test_a_sign_is_a_real_minus_and_never_that_of_zero() -> None:
    assert [numbers.signed(n) for n in (-2, 0, 3)] == ["−2", "0", "+3"]
    assert [numbers.fixed(x, 2) for x in (-0.5, 1, -0.001)] == ["−0.50", "1.00", "0.00"]


def test_numbers_that_stand_together_are_written_in_one_way() -> None:
    ticks = [1e-6, 0.0001, 0.01, 0.5, 1, 100]
    assert [*map(numbers.alike(ticks), ticks)] == ["10⁻⁶", "10⁻⁴", "10⁻²", "0.5", "1", "100"]
    ticks = [0, 0.001, 0.01, 10]
    assert [*map(numbers.alike(ticks), ticks)] == ["0", "0.001", "0.01", "10"]
