"""Fields for numbers: what is out of bounds is refused aloud, and rates go by factors."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from nnviz.ui.shared import fields


def form() -> None:
    import streamlit as st

    from nnviz.ui.shared.fields import Fields

    asked = Fields("x_")
    epochs = asked.number("epochs", "Epochs", 1, 1000, 20)
    rate = asked.rate("rate", "Learning rate", 1e-8, 10.0, 0.001)
    st.text(f"{epochs} {rate}")
    st.text("; ".join(asked.refused))


def shown(run: AppTest) -> tuple[str, str]:
    assert not run.exception
    return run.text[0].value, run.text[1].value


def test_a_number_out_of_bounds_is_refused_with_its_limits() -> None:
    run = AppTest.from_function(form, default_timeout=60).run()
    assert shown(run) == ("20 0.001", "")
    run.number_input(key="x_epochs").set_value(10_000).run()
    assert run.number_input(key="x_epochs").value == 10_000, "what was typed stays there"
    assert shown(run)[1] == "Epochs: 1 to 1,000"
    assert any("Epochs: 1 to 1,000" in each.value for each in run.markdown)
    run.number_input(key="x_epochs").set_value(1_000).run()
    assert shown(run) == ("1000 0.001", "")


@pytest.mark.parametrize("typed", ["", "fast", "0", "-1", "11", "nan", "inf"])
def test_a_rate_that_is_none_is_refused(typed: str) -> None:
    run = AppTest.from_function(form, default_timeout=60).run()
    run.text_input(key="x_rate").set_value(typed).run()
    assert shown(run)[1] == "Learning rate: 0.00000001 to 10"


def test_a_rate_goes_up_and_down_by_factors() -> None:
    run = AppTest.from_function(form, default_timeout=60).run()
    for button, rates in (("x_rate_1", ["0.002", "0.005", "0.01"]), ("x_rate_-1", ["0.005", "0.002"])):
        for rate in rates:
            run.button(key=button).click().run()
            assert shown(run)[0] == f"20 {rate}"
    run.text_input(key="x_rate").set_value("0.045").run()
    run.button(key="x_rate_1").click().run()
    assert shown(run)[0] == "20 0.05"


def test_a_rate_stops_at_its_limits() -> None:
    run = AppTest.from_function(form, default_timeout=60).run()
    run.text_input(key="x_rate").set_value("10").run()
    assert run.button(key="x_rate_1").disabled
    assert not run.button(key="x_rate_-1").disabled


@pytest.mark.parametrize(
    ("value", "text"), [(1e-8, "0.00000001"), (0.1, "0.1"), (1e6, "1,000,000"), (0, "0"), (0.045, "0.045")]
)
def test_numbers_are_written_as_people_write_them(value: float, text: str) -> None:
    assert fields.written(value) == text
