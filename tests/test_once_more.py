"""Which failed tests continuous integration may ask once more."""

from __future__ import annotations

import pytest

from tests.browser.once_more import candidates

BROWSER = [f"tests/browser/test_pad.py::test_{number}" for number in range(4)]


@pytest.mark.parametrize(
    ("failed", "again"),
    [
        ([], []),
        (BROWSER[:3], BROWSER[:3]),
        (BROWSER, []),
        ([BROWSER[0], "tests/numpy_nn/test_fast.py::test_steps"], []),
        (["tests/test_browser/test_x.py::test_y"], []),
    ],
)
def test_a_few_browser_tests_and_nothing_else_are_asked_once_more(
    failed: list[str], again: list[str]
) -> None:
    assert candidates(failed) == again
