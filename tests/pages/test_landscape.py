"""The tabs Landscape, Race and Signals without a browser: what they show at once, and what they say first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from nnviz import jobs
from nnviz.core.landscapes import Landscape, Track
from nnviz.data import mnist, splits
from nnviz.inference import losses
from nnviz.inspection import landscape_files
from nnviz.inspection.landscape import Survey
from nnviz.inspection.race import Race
from nnviz.model_store import formats, store
from nnviz.ui import Key
from nnviz.ui.shared.state import model_key
from tests.forgetting import without_epochs
from tests.pages.reading import words

PAGES = Path(__file__).resolve().parents[2] / "pages"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Survey | Race]:
    """What workers are asked for; nobody answers."""
    found: list[Survey | Race] = []
    monkeypatch.setattr(jobs, "start_landscape", lambda spec, it, **how: found.append(it) or "x")
    return found


def opened(page: str, tab: str, model: str = "", **state: str) -> AppTest:
    kind = page.partition("_")[2].lower()
    app = AppTest.from_file(PAGES / f"{page}.py", default_timeout=60)
    app.session_state[Key.OWNER] = "me"
    app.session_state[f"{kind}_section"] = tab
    if model:
        app.session_state[model_key(kind)] = model
    for name, value in state.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    return app


def test_the_way_of_a_training_is_there_at_once_and_the_landscape_is_asked_for(
    asked: list[Survey | Race],
) -> None:
    app = opened("3_Autoencoder", "Landscape")
    assert "of the training's movement" in words(app)
    (button,) = [button for button in app.button if button.label == "Find the landscape"]
    button.click().run()
    assert not app.exception
    (survey,) = asked
    assert isinstance(survey, Survey)
    assert len(survey.x) == 2000
    assert len(survey.rows[0]) > 10


def test_a_network_without_epochs_says_so_first_and_still_has_a_plane_by_chance(
    asked: list[Survey | Race],
) -> None:
    app = opened("1_MLP", "Landscape", without_epochs("mlp"), mlp_landscape_shape_end="random")
    assert "kept no epochs" in words(app)
    (button,) = [button for button in app.button if button.label == "Find the landscape"]
    button.click().run()
    assert not app.exception
    assert isinstance(asked[0], Survey)
    assert asked[0].known.xs.tolist()[0] == -1


def test_what_was_found_is_shown_with_its_numbers_and_its_downloads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    way = Track("training", np.arange(3), np.zeros((3, 2)), np.array([3.0, 2.0, 0.25]))
    found = Landscape(
        np.arange(2.0), np.arange(2.0), np.ones((2, 2)), (way,), np.array([0.7, 0.2]), np.zeros(0)
    )
    monkeypatch.setattr(jobs, "find_landscape", lambda spec: found)
    app = opened("1_MLP", "Landscape")
    assert "The loss goes from **3.0000** at the start to **0.2500** at the end." in words(app)
    assert "holds **90.00%**" in words(app)
    assert {"Numbers (CSV)", "Picture (HTML)"} <= {button.label for button in app.get("download_button")}
    assert "Find the landscape" not in {button.label for button in app.button}


def test_a_race_is_asked_for_with_the_rates_of_the_form(asked: list[Survey | Race]) -> None:
    app = opened("1_MLP", "Race")
    rate = next(field for field in app.text_input if field.label == "Learning rate: Adam")
    rate.set_value("0.004").run()
    (button,) = [button for button in app.button if button.label == "Start the race"]
    button.click().run()
    assert not app.exception
    (held,) = asked
    assert isinstance(held, Race)
    assert {racer.name: racer.rate for racer in held.racers}["adam"] == 0.004
    assert held.settings["hidden_layer_sizes"] == (100, 64)
    rate.set_value("x").run()
    (button,) = [button for button in app.button if button.label == "Start the race"]
    assert button.disabled, "said before anything is pressed"


@pytest.mark.parametrize("page", ["1_MLP", "2_CNN"])
def test_signals_show_every_layer_and_a_network_without_epochs_says_so(page: str) -> None:
    app = opened(page, "Signals")
    charts = app.get("plotly_chart")
    assert len(charts) == 3
    app = opened(page, "Signals", without_epochs("mlp" if page == "1_MLP" else "cnn_best"))
    assert "kept no epochs" in words(app)
    assert not app.get("plotly_chart")


def test_a_landscape_is_named_in_the_address_and_found_again_by_it(asked: list[Survey | Race]) -> None:
    app = opened("2_CNN", "Landscape", "cnn_k3")
    assert "landscape" not in app.query_params, "what is shown by itself needs no name"
    app.button_group(key="cnn_landscape_shape_kept").set_value("line").run()
    app.selectbox(key="cnn_landscape_line_0_cnn_k3").set_value("3").run()
    app.selectbox(key="cnn_landscape_line_side").set_value(31).run()
    assert not app.exception
    assert app.query_params["landscape"] == "cnn_k3,line,31,42,3,end"

    again = AppTest.from_file(PAGES / "2_CNN.py", default_timeout=60)  # as after a reload, or from a link
    again.query_params["landscape"] = "cnn_k3,line,31,42,3,end"
    again.query_params["cnn_section"] = "Landscape"
    again.session_state["cnn_section"] = "Landscape"
    again.session_state[model_key("cnn")] = "cnn_k8"
    again.run()
    assert not again.exception
    assert again.session_state[model_key("cnn")] == "cnn_k3"
    assert again.selectbox(key="cnn_landscape_line_0_cnn_k3").value == "3"
    assert again.selectbox(key="cnn_landscape_line_side").value == 31

    again.query_params["landscape"] = "cnn_k3,random,11,7"  # Back, or forward
    again.run()
    assert again.number_input(key="cnn_landscape_seed").value == 7
    again.query_params["landscape"] = "cnn_k3,line,31,42,99,nobody"
    again.run()
    assert not again.exception
    assert "none of this network's" in words(again)


@pytest.mark.parametrize(("page", "name"), [("2_CNN", "cnn_k3"), ("1_MLP", "mlp"), ("1_MLP", "mlp_study")])
def test_a_shipped_landscape_is_shown_at_once_and_its_losses_are_the_network_s(page: str, name: str) -> None:
    app = opened(page, "Landscape", name)
    assert "The loss goes from" in words(app)
    assert "Find the landscape" not in {button.label for button in app.button}
    pool = splits.unseen_by_all([store.find(name).card.spec])
    chosen = np.sort(np.random.default_rng(0).permutation(pool)[:2000])
    whole = mnist.embedded()
    network = formats.read_network(store.find(name).path)
    told = losses.mean_loss(network, mnist.to_rows(whole.images[chosen]), whole.labels[chosen])
    ends = []
    for path in landscape_files.shipped():
        found = landscape_files.find(path.stem.removeprefix("landscape-"))
        assert found is not None
        assert np.isfinite(found.losses).all()
        (way,) = found.tracks
        ends.append(way.losses[-1])
    assert sum(end == pytest.approx(told, rel=1e-4) for end in ends) == 1
