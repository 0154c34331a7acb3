"""The autoencoder page without a browser: every section opens, and bad input is told before the button."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from nnviz import data, store, uploads
from nnviz.data import DataSpec
from nnviz.ui import autoencoder_lesson

PAGE = Path(__file__).resolve().parents[2] / "pages" / "3_Autoencoder.py"


def page(**state: object) -> AppTest:
    run = AppTest.from_file(PAGE, default_timeout=120)
    for name, value in state.items():
        run.session_state[name] = value
    return run


def test_the_errors_on_the_page_are_those_of_digits_it_has_never_seen() -> None:
    run = page().run()
    assert not run.exception
    x = data.to_rows(data.embedded().images)
    drawn = store.load("autoencoder").predict(x, batch_size=500, verbose=0)
    shown = {metric.label: metric.value for metric in run.metric}
    assert shown["Error on held-back digits"] == f"{np.mean((drawn - x) ** 2):.4f}"
    assert shown["PCA's, 32 numbers"] == "0.0172"
    assert "none of which it has learned from" in "\n".join(caption.value for caption in run.caption)


@pytest.mark.parametrize("model", ["autoencoder", "autoencoder_conv"])
@pytest.mark.parametrize(
    "section", ["Reconstructions", "Code", "Morph", "Noise", "Weights", "Learning", "Layers"]
)
def test_every_section_opens_for_both_networks(section: str, model: str) -> None:
    run = page(autoencoder_section=section, autoencoder_model=model).run()
    assert not run.exception
    assert not run.error


def test_a_drawing_that_is_not_there_yet_is_asked_for() -> None:
    run = AppTest.from_file(PAGE.parents[1] / "app.py", default_timeout=120)  # with its link to the pad
    run.session_state["autoencoder_rows_kind"] = "My drawing"
    run.switch_page("pages/3_Autoencoder.py").run()
    assert not run.exception
    assert "draw a digit on the pad" in run.info[0].value
    drawn = page(autoencoder_rows_kind="My drawing", digit=np.zeros((28, 28), np.float32)).run()
    assert not drawn.exception
    assert not drawn.info


def test_the_size_of_the_network_follows_the_form() -> None:
    run = page().run()
    assert any("50,992 parameters" in markdown.value for markdown in run.markdown), "the report's"
    run.number_input(key="autoencoder_set_size").set_value(8).run()
    assert any("784 → 8 → 784" in markdown.value for markdown in run.markdown)


def test_a_code_larger_than_a_digit_is_refused_before_the_button_is_pressed() -> None:
    run = page().run()
    run.number_input(key="autoencoder_set_size").set_value(800).run()
    assert not run.exception
    assert any("A digit has 784 pixels" in warning.value for warning in run.warning)
    (button,) = [button for button in run.button if button.label == "Train"]
    assert button.disabled


def test_a_code_larger_than_the_number_of_digits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    few = data.embedded()
    rows = [np.flatnonzero(few.labels == d)[:4] for d in range(10)]
    at = np.concatenate(rows)
    small = data.make_dataset("forty digits", few.images[at], few.labels[at], "upload")
    spec: Any = uploads.keep(small)
    assert spec.source == "upload"
    assert autoencoder_lesson.refusal(20, spec) == ""
    assert "30 digits to learn from" in autoencoder_lesson.refusal(32, spec)
    assert autoencoder_lesson.refusal(32, DataSpec("study")) == ""
