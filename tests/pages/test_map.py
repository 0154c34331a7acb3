"""The map of the autoencoder page without a browser: shipped maps are there, others are asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import mode
from streamlit.testing.v1 import AppTest

from nnviz import jobs
from nnviz.core.identity import PROGRAM
from nnviz.core.records import Array
from nnviz.data import kept_digits, mnist
from nnviz.evaluation import nearest_neighbours
from nnviz.jobs import EmbeddingSpec
from nnviz.model_store import store

PAGE = Path(__file__).resolve().parents[2] / "pages" / "3_Autoencoder.py"


def page(**state: object) -> AppTest:
    run = AppTest.from_file(PAGE, default_timeout=120)
    for name, value in {"autoencoder_section": "Map", **state}.items():
        run.session_state[name] = value
    return run


def words(run: AppTest) -> str:
    return "\n".join(each.value for each in [*run.markdown, *run.caption, *run.info, *run.warning])


def drawn(run: AppTest) -> bool:
    return "keep the ten digits apart" in words(run)


def open_digit(index: int) -> dict[str, Any]:
    return {"now": {"album": mnist.embedded().digest, "index": index}, "start": None}


@pytest.fixture(autouse=True)
def nobody_draws(monkeypatch: pytest.MonkeyPatch) -> list[EmbeddingSpec]:
    """Maps are asked for, and no worker is started; what was asked for."""
    asked: list[EmbeddingSpec] = []
    monkeypatch.setattr(jobs, "start_embedding", lambda wanted, codes, **_: asked.append(wanted))
    return asked


@pytest.mark.parametrize("model", ["autoencoder", "autoencoder_conv"])
@pytest.mark.parametrize("method", ["pca", "tsne", "umap"])
def test_the_maps_of_both_shipped_networks_are_there_at_once(model: str, method: str) -> None:
    run = page(autoencoder_model=model, code_map_method=method).run()
    assert not run.exception
    assert not run.error
    assert drawn(run)
    assert not [button for button in run.button if button.label == "Draw this map"]


def test_the_shares_are_those_of_a_vote_of_the_nearest_worked_out_by_hand() -> None:
    run = page(code_map_method="pca").run()
    shown = {metric.label: metric.value for metric in run.metric}
    x, labels = mnist.to_rows(mnist.embedded().images), mnist.embedded().labels
    squares = (x**2).sum(axis=1)
    far = squares[:, None] + squares[None] - 2 * x @ x.T
    np.fill_diagonal(far, np.inf)
    voters = labels[np.argpartition(far, 5, axis=1)[:, :5]]
    right = mode(voters, axis=1).mode == labels
    assert float(shown["784 pixels"].rstrip("%")) == pytest.approx(100 * right.mean(), abs=0.06)
    encoder = store.load("autoencoder").get_layer("encoder")
    codes: Array = encoder.predict(x, batch_size=500, verbose=0)
    share = nearest_neighbours.agreement(labels, codes)
    assert shown["The code, 32 numbers"] == f"{share:.2%}"
    assert float(shown["This map, 2 numbers"].rstrip("%")) < 60, "two directions are not enough"


def test_a_chosen_digit_is_opened_with_its_error_and_what_the_networks_say() -> None:
    run = page(**{"code_map.memory": open_digit(1234)}).run()
    assert not run.exception
    label = mnist.embedded().labels[1234]
    text = words(run)
    assert f"## A {label}, number 1,235" in text
    x = mnist.to_rows(mnist.embedded().images[1234:1235])
    again = store.load("autoencoder").predict(x, verbose=0)
    assert f"Error of the digit drawn again: {np.mean((again - x) ** 2):.4f}" in text
    titles = [chart.proto.spec for chart in run.get("plotly_chart")]
    for network in ("MLP", "CNN"):
        assert any(f"What the {network} says" in title for title in titles)


def test_a_choice_among_other_digits_or_from_nobody_knows_whom_is_none() -> None:
    for message in ({"album": "other", "index": 3}, {"album": mnist.embedded().digest, "index": 10**9}, "x"):
        run = page(**{"code_map.memory": {"now": message, "start": None}}).run()
        assert not run.exception
        assert "Press a dot: its digit opens here" in words(run)


def test_a_drawing_is_a_star_with_neighbours_of_its_own() -> None:
    drawing = mnist.to_rows(mnist.embedded().images[7:8]).reshape(28, 28)
    run = page(digit=drawing, **{"code_map.memory": open_digit(5000)}).run()
    assert not run.exception
    assert "The star is your drawing" in words(run)
    assert "## Your drawing, and its nearest neighbours by all 32 numbers" in words(run)
    gone = page(**{"code_map.memory": open_digit(5000)}).run()
    assert not gone.exception
    assert "Press a dot: its digit opens here" in words(gone)


def test_another_map_is_asked_for_by_a_button_and_named_in_the_address(
    nobody_draws: list[EmbeddingSpec],
) -> None:
    run = page(code_map_tsne=41.0, code_map_seed=7).run()
    assert not run.exception
    assert not drawn(run)
    assert "has not been drawn yet" in words(run)
    run.button(key="code_map_draw").click().run()
    assert [(asked.method, asked.value, asked.seed) for asked in nobody_draws] == [("tsne", 41.0, 7)]
    assert run.query_params["map"] == "autoencoder.all.tsne.41.7"


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"code_map_tsne": 5000.0}, "perplexity has to be at least 2 and less than the 5,000 digits"),
        ({"code_map_tsne": 1000.0, "code_map_digits": "some"}, "less than the 1,000 digits, not 1000"),
        ({"code_map_method": "umap", "code_map_umap": 1.0}, "number of neighbours has to be at least 2"),
    ],
)
def test_what_cannot_be_drawn_is_told_before_the_button_is_pressed(
    state: dict[str, object], expected: str
) -> None:
    run = page(**state).run()
    assert not run.exception
    assert any(expected in warning.value for warning in run.warning)
    assert run.button(key="code_map_draw").disabled


def test_the_address_of_a_map_opens_the_page_at_it() -> None:
    run = AppTest.from_file(PAGE, default_timeout=120)
    run.query_params["map"] = "autoencoder_conv.some.umap.9.3"
    run.run()
    assert not run.exception
    assert run.session_state["autoencoder_model"] == "autoencoder_conv"
    assert run.session_state["autoencoder_section"] == "Map"
    assert run.number_input(key="code_map_umap").value == 9
    assert "map of 1,000 digits has not been drawn yet" in words(run)


@pytest.mark.parametrize(
    "address",
    [
        "nobody.all.tsne.30.42",
        "autoencoder.all.isomap.30.42",
        "autoencoder.none.tsne.30.42",
        "../../x",
        "autoencoder.all.tsne.nan.1",
        "autoencoder.all.tsne.30.-1",
    ],
)
def test_an_address_that_names_no_map_opens_the_page_all_the_same(address: str) -> None:
    run = AppTest.from_file(PAGE, default_timeout=120)
    run.query_params["map"] = address
    run.run()
    assert not run.exception
    assert "map" not in run.query_params
    assert any("not known here" in warning.value for warning in run.warning)


@pytest.mark.parametrize("count", [1, 9, 40])
def test_ones_own_digits_have_a_map_if_there_are_enough(count: int) -> None:
    few = mnist.embedded()
    own = mnist.make_dataset("mine", few.images[::500][:count], few.labels[::500][:count], "upload")
    if count == 40:
        own = mnist.make_dataset("mine", few.images[:: 5000 // 40], few.labels[:: 5000 // 40], "upload")
    spec = kept_digits.keep(own)
    kept_digits.share(spec.digest, True, by=PROGRAM)
    run = page(upload=spec, code_map_digits="own", code_map_method="pca").run()
    assert not run.exception
    assert drawn(run) == (count == 40)
    if count < 10:
        assert any("at least 10 digits" in warning.value for warning in run.warning)


def test_a_network_that_has_not_learned_is_told_of_before_its_map_is_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from nnviz.ui.autoencoder import lesson

    monkeypatch.setattr(lesson.Opened, "trained", False)
    run = page(code_map_tsne=33.0).run()
    assert any("its map means nothing" in warning.value for warning in run.warning)
