"""The autoencoder page without a browser: every section opens, and bad input is told before the button."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from nnviz import figures, jobs
from nnviz.core.identity import PROGRAM, Actor
from nnviz.core.records import Epoch, History
from nnviz.data import kept_digits, mnist, splits
from nnviz.data.splits import DataSpec
from nnviz.experiments import studies, trial
from nnviz.experiments.plan import Plan
from nnviz.history import predictions, repository
from nnviz.model_store import store
from nnviz.trainers.base import Outcome
from nnviz.ui import Key
from nnviz.ui.autoencoder import lesson, side_by_side
from nnviz.ui.shared import predicting
from tests.pages.reading import tables_of

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
    assert "which it never learned from" in "\n".join(caption.value for caption in run.caption)


@pytest.mark.parametrize("model", ["autoencoder", "autoencoder_conv"])
@pytest.mark.parametrize(
    "section",
    ["Network", "Reconstructions", "Code", "Morph", "Noise", "Weights", "Train", "Layers", "Worth"],
)
def test_every_section_opens_for_both_networks(section: str, model: str) -> None:
    run = page(autoencoder_section=section, autoencoder_model=model).run()
    assert not run.exception
    assert not run.error


def test_a_drawing_that_is_not_there_yet_is_asked_for() -> None:
    run = AppTest.from_file(PAGE.parents[1] / "app.py", default_timeout=120)  # with its link to the pad
    mine = {"name": "my drawing", "at": {}}
    run.session_state["autoencoder_network.picked"] = mine
    run.switch_page("pages/3_Autoencoder.py").run()
    assert not run.exception
    assert "draw a digit on the pad" in run.info[0].value
    drawn = page(**{"autoencoder_network.picked": mine}, digit=np.zeros((28, 28), np.float32)).run()
    assert not drawn.exception
    assert not drawn.info


def test_the_size_of_the_network_follows_the_form() -> None:
    run = page(autoencoder_section="Train").run()
    assert any("50,992 parameters" in markdown.value for markdown in run.markdown), "the report's"
    run.number_input(key="autoencoder_set_size").set_value(8).run()
    assert any("784 → 8 → 784" in markdown.value for markdown in run.markdown)


def test_a_code_larger_than_a_digit_is_refused_before_the_button_is_pressed() -> None:
    run = page(autoencoder_section="Train").run()
    run.number_input(key="autoencoder_set_size").set_value(800).run()
    assert not run.exception
    assert any("A digit has 784 pixels" in warning.value for warning in run.warning)
    (button,) = [button for button in run.button if button.label == "Train"]
    assert button.disabled


def test_an_error_is_guessed_first_and_stands_behind_the_error_of_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNVIZ_DATABASE_URL", f"sqlite:///{tmp_path}/runs.sqlite")
    shown: dict[str, Any] = {}

    def drawn(along: Sequence[str], **told: Any) -> list[float]:
        shown.update(told, along=tuple(along))
        return [0.07 / n for n in range(1, len(along) + 1)]

    monkeypatch.setattr("nnviz.components.guess_curve", drawn)
    monkeypatch.setattr(jobs, "start_training", lambda *_, **__: "0123456789abcdef")
    run = page(autoencoder_section="Train", **{Key.OWNER: "ada"}).run()
    assert (shown["high"], shown["parts"]) == (0.1, False)
    assert shown["along"][0] == "1"
    next(button for button in run.button if button.label == "Train").click().run()
    about, by = "job 0123456789abcdef", Actor("ada")
    (asked,) = predictions.about(about, by=by)
    n = len(shown["along"])
    assert predictions.mine(asked.id, by=by) == pytest.approx([0.07 / i for i in range(1, n + 1)], abs=1e-6)
    history = History(tuple(Epoch(i, 0.05, None, 0.06, None) for i in range(1, n + 1)))
    plain = figures.curves_of("autoencoder", history)
    monkeypatch.setattr(predicting, "actor", lambda: by)
    guessed = predicting.behind_training(plain, about, "autoencoder").data[0]
    assert (guessed.name, list(guessed.x)) == ("my guess", [float(place) for place in shown["along"]])
    assert guessed.y[0] == pytest.approx(0.07)
    repository.close()


def test_a_code_larger_than_the_number_of_digits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    few = mnist.embedded()
    rows = [np.flatnonzero(few.labels == d)[:4] for d in range(10)]
    at = np.concatenate(rows)
    small = mnist.make_dataset("forty digits", few.images[at], few.labels[at], "upload")
    spec: Any = kept_digits.keep(small)
    kept_digits.share(spec.digest, True, by=PROGRAM)
    assert spec.source == "upload"
    assert lesson.refusal(20, spec) == ""
    assert "30 digits to learn from" in lesson.refusal(32, spec)
    assert lesson.refusal(32, DataSpec("study")) == ""


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A history of its own."""
    monkeypatch.setenv("NNVIZ_DATABASE_URL", f"sqlite:///{tmp_path}/runs.sqlite")
    yield
    repository.close()


def test_the_report_s_rows_stand_there_before_anything_is_measured() -> None:
    run = page(autoencoder_section="Worth").run()
    (table,) = tables_of(run)
    assert list(table["test"]) == ["91.67%", "88.67%", "91.67%", "93.00%", "92.67%"]
    assert table.index[0] == "Raw pixels, 2 hidden layers"
    assert table.index[1] == "PCA, 25 components, no hidden layers"
    assert table.index[4].startswith("Codes of “")


@pytest.mark.usefixtures("history")
def test_a_press_measures_every_row_with_five_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Plan] = []

    def start(plan: Plan, *, owner: str, study: str, **_: Any) -> str:
        asked.append(plan)
        return repository.begin_experiment(repository.new_experiment(plan, owner=owner, study=study)).id

    monkeypatch.setattr(jobs, "start_experiment", start)
    run = page(autoencoder_section="Worth").run()
    run.number_input(key="worth_components").set_value(30)
    run.button(key="worth_start").click().run()
    assert not run.exception
    assert asked == [studies.representations(30, best=True)]
    found = repository.find_experiment(run.query_params["worth"])
    assert (found.study, found.total, found.state) == ("representations", 35, "running")
    (table,) = tables_of(run)
    assert list(table["test"]) == ["waiting"] * 7
    assert list(table["report's test"])[:5] == ["91.67%", "88.67%", "91.67%", "93.00%", "92.67%"]
    assert f"stop_{found.id}" in {button.key for button in run.button}


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
        assert any("has not learned for one whole epoch. So its drawings" in words for words in warnings)
        assert any("So its codes mean nothing" in words for words in warnings)
        assert run.button(key="worth_start").disabled
    finally:
        store.delete(entry, by=PROGRAM)


def test_measurements_that_are_gone_are_told_of_in_a_sentence() -> None:
    run = page(autoencoder_section="Worth")
    run.query_params["worth"] = "0123456789abcdef,../../x"
    run.run()
    assert not run.exception
    assert any("not known here any more" in warning.value for warning in run.warning)


@pytest.mark.usefixtures("history")
def test_what_was_measured_last_is_there_again_when_the_page_was_left_one_s_own_before_others() -> None:
    _, own, theirs = (
        repository.begin_experiment(
            repository.new_experiment(
                dataclasses.replace(studies.representations(seeds=(seed,)), title=f"No. {seed}"),
                owner=owner,
                study=studies.REPRESENTATIONS,
            )
        )
        for seed, owner in ((1, "me"), (2, "me"), (3, "somebody"))
    )
    shown = page(autoencoder_section="Worth")
    shown.session_state[Key.OWNER] = "me"
    shown.run()
    assert not shown.exception
    assert shown.query_params["worth"] in (own.id, [own.id])
    assert len(shown.selectbox(key="worth_which").options) == 3
    shown.selectbox(key="worth_which").set_value(theirs.id).run()
    assert shown.query_params["worth"] in (theirs.id, [theirs.id])
    other = page(autoencoder_section="Worth")
    other.session_state[Key.OWNER] = "nobody yet"
    other.run()
    assert other.query_params["worth"] in (theirs.id, [theirs.id]), "the newest of all"


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


@pytest.mark.usefixtures("history")
def test_measured_rows_show_all_their_seeds_and_a_network_goes_to_the_pad() -> None:
    grid = ({"features": ("pca-4", "pca-3"), "hidden_layer_sizes": ((6,),)},)
    asked = dataclasses.replace(studies.representations(epochs=2, seeds=(1, 2)), grid=grid)
    begun = repository.begin_experiment(
        repository.new_experiment(asked, owner="me", study=studies.REPRESENTATIONS)
    )
    kept: list[Outcome] = []
    entries = []
    accuracies: dict[int, float] = {}
    for each in asked.trials(begun.id)[:3]:  # the last one is still missing
        run = trial.execute(mnist.embedded(), each, on_network=kept.append)
        if each.keep:
            network = kept[-1]
            entries.append(store.put(network.model, network.suffix, network.card, "recent"))
            run = dataclasses.replace(run, card=dataclasses.replace(run.card, name=entries[-1].name))
        accuracies[each.number] = run.card.metrics["test_accuracy"]
        repository.record_run(run)
    repository.end_experiment(begun.id, "stopped")
    store.delete(entries[1], by=PROGRAM)  # and a network was thrown away since
    shown = page()
    shown.session_state[Key.OWNER] = "me"
    shown.query_params["worth"] = begun.id
    shown.run()
    assert not shown.exception
    assert shown.session_state["autoencoder_section"] == "Worth", "its address leads to it"
    (table,) = tables_of(shown)
    both = [100 * accuracies[0], 100 * accuracies[2]]
    first = "PCA, 4 components, 1 hidden layer"
    assert table["test"][first].split() == [
        f"{statistics.fmean(both):.2f}%",
        "±",
        f"{statistics.stdev(both):.2f}%",
    ]
    assert table["parameters"][first] == f"{4 * 6 + 6 + 6 * 10 + 10}"
    assert table["test"]["PCA, 3 components, 1 hidden layer"] == f"{100 * accuracies[1]:.2f}%"
    assert any("of the seeds 1, 2." in caption.value for caption in shown.caption)
    assert f"resume_{begun.id}" in {button.key for button in shown.button}
    shown.segmented_control[-1].set_value(2).run()
    assert not shown.exception
    shown.button(key="mlp_model_use").click().run()
    assert shown.session_state["pad_mlp"] == entries[0].name
    shown.selectbox(key="worth_row").set_value("PCA, 3 components, 1 hidden layer").run()
    assert any("no longer there" in caption.value for caption in shown.caption)
    store.delete(entries[0], by=PROGRAM)
