"""The home page without a browser: it opens in every state of the shelf, and never with a traceback."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from nnviz.core import paths
from nnviz.core.records import ModelCard
from nnviz.model_store import cards, mlp_file, store
from nnviz.numpy_nn.classifier import MLPClassifier
from nnviz.ui import Key
from nnviz.ui.shared.state import pad_key

ROOT = Path(__file__).resolve().parents[2]
SEVEN = {"number": 1, "strokes": [{"width": 96, "erase": False, "points": [320, 200, 800, 200, 480, 960]}]}


@pytest.fixture
def empty_shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No model anywhere: none shipped, none saved, none trained."""
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.setattr(paths, "shipped", lambda: tmp_path / "none")


def put(title: str, accuracy: float | None, seed: int = 0) -> store.Entry:
    """A network with weights of no meaning, saved under that title."""
    rng = np.random.default_rng(seed)
    coefs = [rng.normal(0, 0.1, shape).astype(np.float32) for shape in ((784, 6), (6, 10))]
    model = MLPClassifier.from_weights(coefs, [np.zeros(w.shape[1], np.float32) for w in coefs])
    card = ModelCard(
        name="",
        title=title,
        created=cards.now(),
        data="some digits",
        data_digest="",
        n_train=2700,
        n_test=300,
        seed=0,
        metrics={} if accuracy is None else {"test_accuracy": accuracy},
        **mlp_file.describe(model),
    )
    return store.save(model, card, "saved")


def home() -> AppTest:
    return AppTest.from_file(ROOT / "app.py", default_timeout=30)


def drawn(page: AppTest) -> AppTest:
    """The page as it is opened again with a seven on the pad."""
    page.session_state[f"{Key.PAD}.memory"] = {"now": SEVEN, "start": None}
    return page


def words(page: AppTest) -> str:
    return "\n".join(
        str(element.value) for element in [*page.markdown, *page.caption, *page.info, *page.warning]
    )


def test_without_any_network_the_pad_is_there_and_a_sentence_tells_the_cure(empty_shelf: None) -> None:
    page = drawn(home()).run()
    assert not page.exception
    assert "Train one" in page.info[0].value
    assert page.session_state[Key.DIGIT].shape == (28, 28), "the drawing is taken all the same"
    assert not page.selectbox


def test_what_the_network_on_the_pad_scored_is_told_with_its_data(empty_shelf: None) -> None:
    put("Anna", 0.912)
    page = home().run()
    assert not page.exception
    assert "learned from 2,700 digits and got 91.20% of 300 others right (some digits)" in words(page)


def test_the_network_that_another_page_put_on_the_pad_is_the_one_chosen(empty_shelf: None) -> None:
    put("Anna", 0.9)
    berta = put("Berta", 0.8, seed=1)
    page = home()
    page.session_state[pad_key("mlp")] = berta.name
    page.run()
    assert page.selectbox[0].value == berta.name
    assert "80.00%" in words(page)


def test_choosing_another_network_puts_it_on_the_pad(empty_shelf: None) -> None:
    anna, berta = put("Anna", 0.9), put("Berta", 0.8, seed=1)
    page = home().run()
    other = berta if page.selectbox[0].value == anna.name else anna
    page.selectbox[0].select(other.name).run()
    assert page.session_state[pad_key("mlp")] == other.name
    assert f"{other.card.metrics['test_accuracy']:.2%}" in words(page)


def test_a_network_that_was_deleted_meanwhile_is_replaced_by_one_that_is_there(empty_shelf: None) -> None:
    anna = put("Anna", 0.9)
    page = home()
    page.session_state[pad_key("mlp")] = "long-gone"
    page.run()
    assert not page.exception
    assert page.selectbox[0].value == anna.name


def test_a_broken_network_is_named_in_a_sentence_and_the_pad_goes_on(empty_shelf: None) -> None:
    anna = put("Anna", 0.9)
    anna.path.write_bytes(anna.path.read_bytes()[:200])
    page = drawn(home()).run()
    assert not page.exception
    assert page.warning[0].value.endswith("Choose another network above the pad.")
    assert page.session_state[Key.DIGIT].shape == (28, 28)


def test_the_drawing_reaches_the_other_pages_and_an_empty_pad_takes_it_back(empty_shelf: None) -> None:
    put("Anna", 0.9)
    page = home().run()
    assert page.session_state[Key.DIGIT] is None
    page = drawn(home()).run()
    digit = page.session_state[Key.DIGIT]
    assert digit.dtype == np.float32
    assert digit.max() == 1


def test_every_page_there_is_is_linked_also_after_others_were_opened() -> None:
    AppTest.from_file(ROOT / "pages" / "8_Lessons.py", default_timeout=30).run()
    page = home().run()
    assert not page.exception
    (text,) = [each.value for each in page.markdown if "](MLP)" in each.value]
    assert re.findall(r"\]\((\w+)\)", text) == [
        path.stem.split("_", 1)[1] for path in sorted((ROOT / "pages").glob("*.py"))
    ]


def test_the_first_page_imports_no_library_that_it_can_do_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))  # where nobody has kept a network, whose owner has a name
    heavy = ["tensorflow", "keras", "sklearn", "pandas", "scipy", "matplotlib", "distributed", "sqlalchemy"]
    code = (
        "import sys; from streamlit.testing.v1 import AppTest; "
        f"page = AppTest.from_file({str(ROOT / 'app.py')!r}, default_timeout=60).run(); "
        "assert not page.exception; "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"


def test_a_card_without_a_score_promises_none(empty_shelf: None) -> None:
    put("Anna", None)
    page = home().run()
    assert not page.exception
    assert "It learned from" not in words(page)


def test_how_far_off_the_middle_a_digit_may_lie_is_measured_on_digits_never_seen() -> None:
    page = home().run()
    (button,) = [button for button in page.button if button.label.startswith("How far may")]
    button.click().run()
    assert not page.exception
    assert len(page.get("plotly_chart")) == 1
    assert "None of these networks has learned from them." in words(page)


def test_the_pad_can_be_had_as_a_file_with_the_networks_that_are_wanted(empty_shelf: None) -> None:
    assert not home().run().get("download_button"), "without a network there is nothing to take along"
    put("<b>Anna</b>", 0.912)
    page = drawn(home()).run()
    assert not page.exception
    (button,) = page.get("download_button")
    assert re.fullmatch(r"Download \(0\.\d MB\)", button.proto.label)
    box = next(box for box in page.checkbox if "Anna" in box.label)
    assert "\\<b" in box.label, "a name is no Markdown"
    box.uncheck().run()
    assert not page.get("download_button")
    assert any("Choose at least one network" in caption.value for caption in page.caption)
