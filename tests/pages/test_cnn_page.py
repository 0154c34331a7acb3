"""The CNN page without a browser: every section opens, and its arithmetic is that of the network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from nnviz import jobs
from nnviz.core import paths
from nnviz.core.records import Epoch, History
from nnviz.data import mnist, splits
from nnviz.model_store import formats
from tests.pages.reading import tables_of

PAGE = Path(__file__).resolve().parents[2] / "pages" / "2_CNN.py"
NAME = "cnn_k8"


SECTIONS = ["Network", "Maps", "Why this answer", "Kernel sizes", "Mistakes", "Learning", "Layers"]


def page(**state: object) -> AppTest:
    run = AppTest.from_file(PAGE, default_timeout=120)
    run.session_state["cnn_model"] = NAME
    for name, value in state.items():
        run.session_state[name] = value
    return run


def words(run: AppTest) -> str:
    return "\n".join(str(e.value) for e in [*run.markdown, *run.caption, *run.info, *run.warning, *run.error])


def test_the_accuracy_on_the_page_is_the_networks_on_digits_it_has_never_seen() -> None:
    run = page().run()
    assert not run.exception
    network = formats.read_network(paths.shipped() / f"{NAME}.keras")
    digits = mnist.embedded()
    rows = mnist.to_rows(digits.images)
    read = np.concatenate([network.predict(rows[i : i + 250]).argmax(1) for i in range(0, 5000, 250)])
    accuracy = (read == digits.labels).mean()
    shown = {metric.label: metric.value for metric in run.metric}
    assert shown["Right on held-back digits"] == f"{accuracy:.2%}"
    assert "which it never learned from" in words(run)


@pytest.mark.parametrize(
    "section", ["Network", "Maps", "Why this answer", "Kernel sizes", "Mistakes", "Train", "Layers"]
)
def test_every_section_opens(section: str) -> None:
    run = page(cnn_section=section).run()
    assert not run.exception
    assert not run.error


def test_the_size_of_the_network_follows_the_form() -> None:
    run = page(cnn_section="Train").run()
    assert "135,805 parameters" in words(run), "the report's network with kernels of 3 x 3"
    run.slider(key="cnn_set_kernel").set_value(24).run()
    assert "21,949 parameters" in words(run), "32 * 577 + 129 * 25 + 260"


def test_five_trainings_are_started_by_one_press_and_each_has_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []
    known: dict[str, jobs.Job] = {}

    def start(
        kind: str, spec: splits.DataSpec, settings: dict[str, object], *, owner: str, title: str, **_: object
    ) -> str:
        asked.append(settings)
        name = f"{len(asked):032x}"
        history = History((Epoch(1, 1.0, 0.5),))
        known[name] = jobs.Job(
            id=name, owner=owner, kind="cnn", title=title, state="running", total_epochs=5, history=history
        )
        return name

    monkeypatch.setattr(jobs, "start_training", start)
    monkeypatch.setattr(jobs, "find_job", lambda job_id: known[job_id])
    run = page(cnn_section="Kernel sizes").run()
    (button,) = [b for b in run.button if b.label == "Train all five"]
    button.click().run()
    assert not run.exception
    assert [settings["kernel_size"] for settings in asked] == [2, 3, 4, 8, 24]
    table = tables_of(run)[-1]
    assert list(table.index) == [f"CNN {k}×{k}" for k in (2, 3, 4, 8, 24)]

    again = page()
    again.query_params["five"] = ",".join(known)
    again.run()
    assert not again.exception
    assert list(tables_of(again)[-1].index) == list(table.index), "its address opens the page where they are"


def test_a_row_whose_network_was_thrown_away_stays_without_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended = jobs.Job(
        id="a", owner="", kind="cnn", title="CNN 3×3", state="done", total_epochs=5, result="gone"
    )
    monkeypatch.setattr(jobs, "find_job", lambda job_id: ended)
    run = page(cnn_section="Kernel sizes")
    run.query_params["five"] = "a"
    run.run()
    assert not run.exception
    assert tables_of(run)[-1]["test accuracy"].tolist() == [""]


def test_a_step_is_checked_its_mistakes_are_found_and_too_large_ones_are_said_to_be() -> None:
    run = page(cnn_section="One step").run()
    assert not run.exception
    assert [each.value for each in run.success] == ["Both ways agree for all 200 weights."]
    run.selectbox(key="cnn_step_mistake").set_value("places").run()
    assert not run.exception
    assert "The check finds it" in words(run)
    run.session_state["cnn_step.rates"] = (1e150,) * 4
    run.run()
    assert not run.exception
    assert "far too large" in words(run)


def test_the_best_network_is_taken_apart_with_its_normalisings_and_says_by_which_statistics() -> None:
    run = page(cnn_section="One step", cnn_model="cnn_best").run()
    assert not run.exception
    assert "the mean and variance kept from training are used" in words(run)
    assert [each.value for each in run.success] == ["Both ways agree for all 200 weights."]
