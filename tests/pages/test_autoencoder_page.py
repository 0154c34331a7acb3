"""The autoencoder page without a browser: every section opens, and bad input is told before the button."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from nnviz import jobs
from nnviz.core.records import History
from nnviz.data import mnist, splits, uploads
from nnviz.data.splits import DataSpec
from nnviz.model_store import store
from nnviz.representations import measurements
from nnviz.representations.pipelines import Case
from nnviz.trainers import representations
from nnviz.ui.autoencoder import lesson, side_by_side

PAGE = Path(__file__).resolve().parents[2] / "pages" / "3_Autoencoder.py"


def page(**state: object) -> AppTest:
    run = AppTest.from_file(PAGE, default_timeout=120)
    for name, value in state.items():
        run.session_state[name] = value
    return run


def test_the_errors_on_the_page_are_those_of_digits_it_has_never_seen() -> None:
    run = page().run()
    assert not run.exception
    x = mnist.to_rows(mnist.embedded().images)
    drawn = store.load("autoencoder").predict(x, batch_size=500, verbose=0)
    shown = {metric.label: metric.value for metric in run.metric}
    assert shown["Error on held-back digits"] == f"{np.mean((drawn - x) ** 2):.4f}"
    assert shown["PCA's, 32 numbers"] == "0.0172"
    assert "none of which it has learned from" in "\n".join(caption.value for caption in run.caption)


@pytest.mark.parametrize("model", ["autoencoder", "autoencoder_conv"])
@pytest.mark.parametrize(
    "section", ["Reconstructions", "Code", "Morph", "Noise", "Weights", "Learning", "Layers", "Worth"]
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
    few = mnist.embedded()
    rows = [np.flatnonzero(few.labels == d)[:4] for d in range(10)]
    at = np.concatenate(rows)
    small = mnist.make_dataset("forty digits", few.images[at], few.labels[at], "upload")
    spec: Any = uploads.keep(small)
    assert spec.source == "upload"
    assert lesson.refusal(20, spec) == ""
    assert "30 digits to learn from" in lesson.refusal(32, spec)
    assert lesson.refusal(32, DataSpec("study")) == ""


def started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is handed to the workers, which are not there."""
    asked: list[dict[str, Any]] = []

    def start(kind: str, spec: DataSpec, settings: dict[str, Any], *, owner: str, title: str) -> str:
        asked.append({"kind": kind, "spec": spec, "title": title, **settings})
        return f"{len(asked):016x}"

    monkeypatch.setattr(jobs, "start_training", start)
    return asked


def test_the_report_s_rows_stand_there_before_anything_is_measured() -> None:
    run = page(autoencoder_section="Worth").run()
    (table,) = [table.value for table in run.table]
    assert list(table["test"]) == ["91.67", "88.67", "91.67", "93.00", "92.67"]


def test_a_press_measures_every_row_with_five_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = started(monkeypatch)
    run = page(autoencoder_section="Worth").run()
    run.number_input(key="worth_components").set_value(30)
    run.button(key="worth_start").click().run()
    assert not run.exception
    rows = [(row["features"], row["components"], row["hidden"]) for row in asked[:5]]
    assert [(features, len(hidden)) for features, _, hidden in rows] == [
        ("raw", 2),
        ("pca", 0),
        ("pca", 1),
        ("pca", 2),
        ("codes", 2),
    ]
    assert {components for features, components, _ in rows if features == "pca"} == {30}
    assert {row["seeds"] for row in asked} == {(1, 2, 3, 4, 5)}
    assert {(row["kind"], row["spec"]) for row in asked} == {("representations", DataSpec("study", seed=1))}
    assert run.query_params["worth"] == ",".join(f"{n:016x}" for n in range(1, len(asked) + 1))
    assert len(asked) == 7


def test_too_many_components_are_refused_before_the_button_is_pressed() -> None:
    run = page(autoencoder_section="Worth").run()
    run.number_input(key="worth_components").set_value(785).run()
    assert not run.exception
    assert any("1 to 784 principal components" in warning.value for warning in run.warning)
    assert run.button(key="worth_start").disabled
    run.number_input(key="worth_components").set_value(784).run()
    assert not run.warning
    assert not run.button(key="worth_start").disabled


def test_codes_of_an_untrained_network_are_refused_before_the_button_is_pressed() -> None:
    shipped = store.find("autoencoder")
    card = dataclasses.replace(shipped.card, title="Raw *material*", history=History((), "stopped"))
    entry = store.save(store.load("autoencoder"), card, "recent")
    try:
        run = page(autoencoder_section="Worth", autoencoder_model=entry.name).run()
        assert not run.exception
        warnings = [warning.value for warning in run.warning]
        assert any("has not learned for a whole epoch: what it draws" in words for words in warnings)
        assert any("so its codes mean nothing" in words for words in warnings)
        assert run.button(key="worth_start").disabled
    finally:
        store.delete(entry)


def test_measurements_that_are_gone_are_told_of_in_a_sentence() -> None:
    run = page(autoencoder_section="Worth")
    run.query_params["worth"] = "0123456789abcdef,../../x"
    run.run()
    assert not run.exception
    assert any("not known here any more" in warning.value for warning in run.warning)


def test_one_digit_lies_side_by_side_as_every_representation_has_it() -> None:
    run = page(autoencoder_section="Worth").run()
    keys = [chart.key for chart in run.get("plotly_chart")]
    assert [f"alike_{part}" for part in ("digit", 0, 1, 2, 3)] == [
        key for key in keys if str(key).startswith("alike_")
    ]


def test_digits_shown_side_by_side_are_known_to_neither_network() -> None:
    opened = lesson.open_network(store.find("autoencoder"))
    assert opened is not None
    places = side_by_side.held_back(opened, store.find("mlp_study"))
    learned = splits.load_split(DataSpec("study"))
    known = {row.tobytes() for row in learned.x_train}
    assert len(places) == 300
    assert not known & {opened.images[at].tobytes() for at in places}
    assert len(side_by_side.held_back(opened, store.find("mlp"))) == 5_000


def measured(monkeypatch: pytest.MonkeyPatch) -> list[store.Entry]:
    """A row whose training has ended, and one whose network was thrown away since."""
    case = Case("pca", (6,), 4, settings={"max_iter": 2})
    found = [measurements.measure(case, DataSpec("study", seed=seed)) for seed in (1, 2)]
    (row,) = measurements.rows(found)
    network, card = measurements.packed(found[0], "Four numbers")
    card = dataclasses.replace(card, metrics={**card.metrics, **representations.scores(found, row)})
    kept, gone = (store.save(network, card, "recent") for _ in range(2))
    store.delete(gone)
    history = History(tuple(epoch for one in found for epoch in one.history.epochs), "finished")
    ended = {
        f"{n:016x}": jobs.Job(
            f"{n:016x}", "me", "representations", title, "done", history=history, result=name
        )
        for n, (title, name) in enumerate([("Four numbers", kept.name), ("Thrown away", gone.name)])
    }
    monkeypatch.setattr(jobs, "find_job", ended.__getitem__)
    return [kept]


def test_a_measured_row_shows_all_its_seeds_and_its_network_goes_to_the_pad(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (kept,) = measured(monkeypatch)
    run = page()
    run.query_params["worth"] = f"{0:016x},{1:016x}"
    run.run()
    assert not run.exception
    assert run.session_state["autoencoder_section"] == "Worth", "its address leads to it"
    (table,) = [table.value for table in run.table]
    mean = kept.card.metrics["test_accuracy_mean"]
    deviation = kept.card.metrics["test_accuracy_deviation"]
    assert table["test"]["Four numbers"].split() == [f"{100 * mean:.2f}", "±", f"{100 * deviation:.1f}"]
    assert table["test"]["Thrown away"] == "its network was deleted"
    assert any("of the seeds 1, 2." in caption.value for caption in run.caption)
    run.segmented_control[-2].set_value(2).run()
    assert not run.exception
    run.button(key="mlp_model_use").click().run()
    assert run.session_state["pad_mlp"] == kept.name
    store.delete(kept)
