"""The MLP page without a browser: its form, its shelf, its panels, and its words when something is wrong."""

from __future__ import annotations

import dataclasses
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from nnviz import jobs
from nnviz.core import paths
from nnviz.core.identity import PROGRAM
from nnviz.core.records import Epoch, History
from nnviz.data import kept_digits, mnist, splits
from nnviz.jobs import estimates
from nnviz.model_store import mlp_file, store
from nnviz.numpy_nn import optimizers
from nnviz.numpy_nn.activations import ACTIVATIONS
from nnviz.numpy_nn.presets import PRESETS
from nnviz.trainers import mlp
from nnviz.ui import Key
from nnviz.ui.shared.state import model_key, pad_key
from tests.data.test_hands import a_class
from tests.pages.reading import tables_of

PAGE = Path(__file__).resolve().parents[2] / "pages" / "1_MLP.py"


class Silent:
    """A watch that only looks on."""

    def epoch(self, epoch: Epoch) -> bool:
        return False

    def batch(self, done: int, total: int) -> bool:
        return False


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nnviz_home: Path) -> Path:
    """A shelf with nothing on it, shipped or own."""
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.setattr(paths, "shipped", lambda: tmp_path / "none")
    return tmp_path


@pytest.fixture
def trained(home: Path) -> store.Entry:
    """A small network that learned for two epochs, under "recent"."""
    spec = splits.DataSpec()
    settings = {"hidden_layer_sizes": (12,), "max_iter": 2, "init": "he", "momentum": 0.9}
    outcome = mlp.train_mlp(splits.load_split(spec), settings, Silent(), "Two epochs")
    card = dataclasses.replace(outcome.card, spec=dataclasses.asdict(spec))
    return store.put(outcome.model, outcome.suffix, card, "recent", owner="me")


def page(**query: str) -> AppTest:
    run = AppTest.from_file(PAGE, default_timeout=60)
    run.session_state["mlp_section"] = "Train"
    run.session_state[Key.OWNER] = "me"
    for name, value in query.items():
        run.query_params[name] = value
    return run


def words(run: AppTest) -> str:
    shown = [*run.markdown, *run.caption, *run.info, *run.warning, *run.error]
    return "\n".join(str(element.value) for element in shown)


def metrics(run: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in run.metric}


def test_with_an_empty_shelf_the_page_says_what_to_do(home: Path) -> None:
    run = page().run()
    assert not run.exception
    assert "Train one" in words(run)
    assert not run.metric


def test_the_numbers_on_the_page_are_those_of_the_network_on_its_held_back_digits(
    trained: store.Entry,
) -> None:
    run = page().run()
    assert not run.exception
    split = splits.load_split(splits.DataSpec())
    accuracy = store.load(trained.path).score(split.x_test, split.y_test)
    assert metrics(run)["Right on held-back digits"] == f"{accuracy:.2%}"
    assert metrics(run)["Parameters"] == f"{784 * 12 + 12 + 12 * 10 + 10:,}"
    assert f"{round(accuracy * 300)} of 300 right" in words(run)


def test_the_size_of_the_network_follows_the_form(home: Path) -> None:
    run = page().run()
    assert "85,614 parameters" in words(run), "the report's network"
    run.button_group(key="mlp_set_layers").set_value(0).run()
    assert "7,850 parameters" in words(run), "784 * 10 + 10: softmax regression"


def test_a_preset_fills_the_form(home: Path) -> None:
    run = page().run()
    run.selectbox(key="mlp_set_preset").set_value("augmented").run()
    assert not run.exception
    settings = PRESETS["augmented"].settings
    assert run.number_input(key="mlp_set_dropout").value == settings["dropout"]
    assert run.selectbox(key="mlp_set_augment").value == settings["augment"]
    assert run.number_input(key="mlp_set_max_iter").value == settings["max_iter"]


def test_train_hands_the_form_to_the_workers(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    def start(
        kind: str, spec: splits.DataSpec, settings: dict[str, object], *, owner: str, title: str, **_: object
    ) -> str:
        asked.append((kind, spec, settings, title))
        return "0" * 32

    job = jobs.Job(id="0" * 32, owner="me", kind="mlp", title="t", total_epochs=7)
    monkeypatch.setattr(jobs, "start_training", start)
    monkeypatch.setattr(jobs, "find_job", lambda job_id: job)
    run = page().run()
    run.number_input(key="mlp_seed").set_value(7).run()
    run.number_input(key="mlp_set_max_iter").set_value(7).run()
    run.button(key="mlp_train").click().run()
    assert not run.exception
    ((kind, spec, settings, _),) = asked
    assert (kind, spec) == ("mlp", splits.DataSpec(seed=7))
    expected = {**PRESETS["report"].settings, "max_iter": 7, "random_state": 7}
    del expected["n_iter_no_change"]  # the report's 3, which is also the network's own
    assert settings == expected
    assert run.query_params[Key.URL_JOB] == "0" * 32


def test_digits_are_spoiled_by_the_form_and_only_those_that_are_learned_from(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[splits.DataSpec] = []

    def start(kind: str, spec: splits.DataSpec, *_: object, **__: object) -> str:
        asked.append(spec)
        return "0" * 32

    monkeypatch.setattr(jobs, "start_training", start)
    job = jobs.Job(id="0" * 32, owner="me", kind="mlp", title="t", total_epochs=7)
    monkeypatch.setattr(jobs, "find_job", lambda job_id: job)
    run = page().run()
    assert "Spoiled on purpose" not in words(run)
    run.number_input(key="mlp_mislabelled").set_value(20).run()
    run.selectbox(key="mlp_wrong_true").set_value(4).run()
    run.selectbox(key="mlp_wrong_false").set_value(7).run()
    run.selectbox(key="mlp_scarce").set_value(3).run()
    assert not run.exception
    said = "Spoiled on purpose: no 3 among them, 20% of the 4s labelled 7."
    assert f"2,430 digits to learn from, 300 to test. {said}" in words(run)
    run.button(key="mlp_train").click().run()
    assert not run.exception
    (spec,) = asked
    assert spec == splits.DataSpec(scarce=3, mislabelled=0.2, wrong="47")


def test_digits_whose_hands_are_known_are_held_back_by_hand(home: Path) -> None:
    run = page()
    run.session_state["upload"] = kept_digits.keep(a_class(), owner="me")
    run.run()
    run.selectbox(key="mlp_source").set_value("upload").run()
    assert not run.exception
    assert "10 hands wrote them" in words(run)
    assert "160 digits to learn from, 40 to test. 2 of 10 hands are held back" in words(run)
    run.selectbox(key="mlp_way").set_value("embedded").run()
    assert "4,660 digits to learn from, 40 to test." in words(run)
    run.number_input(key="mlp_few").set_value(20).run()
    assert "4,520 digits to learn from, 40 to test." in words(run)
    run.number_input(key="mlp_few").set_value(0).run()
    run.selectbox(key="mlp_without").set_value(3).run()
    assert "Spoiled on purpose: without hand 4." in words(run)
    run.selectbox(key="mlp_way").set_value("one").run()
    run.selectbox(key="mlp_hand").set_value(5).run()
    assert not run.exception
    assert "16 digits to learn from, 4 to test. Spoiled on purpose: only what hand 6 wrote." in words(run)


def test_any_network_can_be_tested_with_digits_that_were_brought(trained: store.Entry) -> None:
    whole = a_class()
    run = page()
    run.session_state["upload"] = spec = kept_digits.keep(whole, owner="me")
    run.run()
    run.selectbox(key="mlp_judges").set_value(spec.digest).run()
    assert not run.exception
    assert "of 200 right, on the digits of a class." in words(run)
    run.selectbox(key="mlp_judges").set_value("").run()
    assert "of 300 right" in words(run)


def test_a_training_of_hours_is_asked_about_before_it_starts(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meant: list[bool] = []
    begin = jobs.start_training

    def start(*asked: object, confirmed: bool, **more: object) -> str:
        if not confirmed:
            return begin(*asked, **more)  # type: ignore[arg-type]
        meant.append(True)
        return "0" * 32

    job = jobs.Job(id="0" * 32, owner="me", kind="mlp", title="t", total_epochs=7)
    monkeypatch.setattr(estimates, "ASKED_BACK", 1.0)
    monkeypatch.setattr(jobs, "start_training", start)
    monkeypatch.setattr(jobs, "find_job", lambda job_id: job)
    run = page().run()
    run.button(key="mlp_train").click().run()
    assert not run.exception
    assert any("takes about" in each.value for each in run.warning)
    run.number_input(key="mlp_set_max_iter").set_value(99).run()
    assert not any("takes about" in each.value for each in run.warning), "that was about other settings"
    run.button(key="mlp_train").click().run()
    run.button(key="mlp_long_meant").click().run()
    assert not run.exception
    assert meant == [True]
    assert run.query_params[Key.URL_JOB] == "0" * 32


def test_a_field_that_refuses_its_value_lets_nothing_be_trained(home: Path) -> None:
    run = page().run()
    run.number_input(key="mlp_set_max_iter").set_value(10_000).run()
    assert "Epochs: 1 to 1,000" in words(run)
    assert run.button(key="mlp_train").disabled
    run.number_input(key="mlp_set_max_iter").set_value(1_000).run()
    assert not run.button(key="mlp_train").disabled


@pytest.mark.parametrize(
    ("job", "said"),
    [
        ({"state": "queued", "place": 3}, "place 3 in the queue"),
        ({"state": "running", "attempt": 2, "message": "Its worker died."}, "attempt 2"),
        ({"state": "failed", "message": "It did not work."}, "It did not work."),
    ],
)
def test_the_panel_says_where_a_training_stands(
    home: Path, monkeypatch: pytest.MonkeyPatch, job: dict[str, object], said: str
) -> None:
    history = History((Epoch(1, 1.0, 0.6, 1.1, 0.5, 0.1),))
    record = jobs.Job(
        id="1" * 32,
        owner="me",
        kind="mlp",
        title="Mine",
        total_epochs=10,
        history=history,
        **job,  # type: ignore[arg-type]
    )
    monkeypatch.setattr(jobs, "find_job", lambda job_id: record)
    run = page(job="1" * 32).run()
    assert not run.exception
    assert said in words(run)


def test_a_training_nobody_knows_is_a_sentence_and_then_forgotten(home: Path) -> None:
    run = page(job="nonsense").run()
    assert not run.exception
    assert run.warning
    assert not run.run().warning


def test_a_saved_network_is_kept_renamed_and_deleted(trained: store.Entry) -> None:
    run = page().run()
    run.text_input(key=f"mlp_model_title_{trained.name}").set_value("My best")
    run.button(key="mlp_model_titled").click().run()
    assert not run.exception
    (saved,) = [entry for entry in store.entries("mlp") if entry.origin == "saved"]
    assert saved.card.title == "My best"
    assert run.session_state[model_key("mlp")] == saved.name
    run.text_input(key=f"mlp_model_title_{saved.name}").set_value("My very best")
    run.button(key="mlp_model_titled").click().run()
    assert store.find(saved.name).card.title == "My very best"
    run.button(key="mlp_model_delete").click().run()
    assert not run.exception
    assert not [entry for entry in store.entries("mlp") if entry.origin == "saved"]


def test_a_network_is_put_on_the_pad(trained: store.Entry) -> None:
    run = page().run()
    run.button(key="mlp_model_use").click().run()
    assert run.session_state[pad_key("mlp")] == trained.name


def test_a_damaged_model_file_is_a_sentence(trained: store.Entry) -> None:
    trained.path.write_bytes(b"not a model")
    run = page().run()
    assert not run.exception
    assert run.error


def test_a_network_that_says_the_same_to_every_digit_is_told_of(trained: store.Entry) -> None:
    model = store.load(trained.path)
    assert "to every digit" not in words(page().run())
    model.coefs_[-1][:] = 0
    model.intercepts_[-1][:] = np.arange(10) == 3
    card = dataclasses.replace(trained.card, title="Silent")
    silent = store.put(mlp_file.pack(model, card), ".npz", card, "recent")
    run = page().run()
    run.selectbox(key="mlp_model_menu").set_value(silent.name).run()
    assert not run.exception
    assert "It answers 3 to every digit" in words(run)


@pytest.mark.parametrize(
    ("history", "said"),
    [
        (History(ending="diverged", note="It diverged in epoch 1."), "It diverged in epoch 1."),
        (History(ending="stopped"), "stopped in the first epoch"),
    ],
)
def test_a_training_of_no_whole_epoch_says_why_there_is_no_curve(
    trained: store.Entry, history: History, said: str
) -> None:
    card = dataclasses.replace(trained.card, history=history)
    store.put(trained.path.read_bytes(), ".npz", card, "recent")
    store.delete(trained, by=PROGRAM)
    run = page()
    run.session_state["mlp_section"] = "Train"
    run.run()
    assert not run.exception
    assert said in words(run)


def code_of(trained: store.Entry, **settings: str) -> AppTest:
    """The tab with the code of a network that has these settings."""
    model = store.load(trained.path).set_params(**settings)
    card = replace(trained.card, settings={**trained.card.settings, **settings})
    store.put(mlp_file.pack(model, card), ".npz", card, "recent")
    store.delete(trained, by=PROGRAM)
    run = page()
    run.session_state["mlp_section"] = "The code"
    run.run()
    assert not run.exception
    return run


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_the_optimizer_that_is_shown_is_the_one_that_trained_it(trained: store.Entry, solver: str) -> None:
    run = code_of(trained, solver=solver)
    shown = "\n".join(code.value for code in run.code)
    for name, optimizer in optimizers.SOLVERS.items():
        assert (f"class {optimizer.__name__}:" in shown) == (name == solver)
    assert shown.index("def forward") < shown.index("def backward")
    measured = json.loads((paths.assets() / "mlp_speed.json").read_text(encoding="utf-8"))
    faster = measured["textbook_seconds"] / measured["fast_seconds"]
    assert faster > 1
    assert f"{faster:.1f} times as fast" in words(run)


def test_a_title_is_shown_as_it_was_typed(trained: store.Entry) -> None:
    run = page().run()
    run.text_input(key=f"mlp_model_title_{trained.name}").set_value("5 * 3 * <b>")
    run.button(key="mlp_model_titled").click().run()
    assert r"Saved as “5 \* 3 \* \<b>”." in words(run)
    run.button(key="mlp_model_use").click().run()
    assert r"“5 \* 3 \* \<b>” now reads the pad." in words(run)


def test_a_better_file_may_be_brought_after_a_bad_one(home: Path, tmp_path: Path) -> None:
    run = page().run()
    run.selectbox(key="mlp_source").set_value("upload").run()
    digits = mnist.embedded()
    good = io.BytesIO()
    np.savez(good, images=digits.images[::50], labels=digits.labels[::50])
    files = [("bad_*.csv", b"1,2,3", "text/csv")]
    run.file_uploader(key="mlp_files").set_value(files).run()
    assert r"bad\_\*.csv has 3 cells" in words(run)
    assert run.button(key="mlp_train").disabled
    run.file_uploader(key="mlp_files").set_value([*files, ("good.npz", good.getvalue(), "")]).run()
    assert not run.exception
    assert not run.error
    assert run.button(key="mlp_train").disabled, "nothing is kept before it has been looked at"
    run.button(key="mlp_take").click().run()
    assert "100 digits from upload: good.npz" in words(run)
    assert not run.button(key="mlp_train").disabled


def test_what_was_found_in_a_file_can_be_overruled_before_it_is_kept(home: Path) -> None:
    digits = mnist.embedded()
    few, labels = digits.images[::50], digits.labels[::50]
    file = io.BytesIO()
    np.savez(file, x=255 - few, y=labels)
    run = page().run()
    run.selectbox(key="mlp_source").set_value("upload").run()
    run.file_uploader(key="mlp_files").set_value([("dark.npz", file.getvalue(), "")]).run()
    assert "turned over (dark ink on light paper became light ink on black)" in words(run)
    turn = next(each for each in run.toggle if each.label == "Turn over")
    assert turn.value
    turn.set_value(False).run()
    assert "turned over (" not in words(run)
    run.button(key="mlp_take").click().run()
    spec = run.session_state["upload"]
    np.testing.assert_array_equal(splits.load_dataset(spec).images, 255 - few)


def test_labels_that_nobody_can_tell_are_asked_for(home: Path) -> None:
    digits = mnist.embedded()
    shown = [10, 1010, 20, 1020]
    files = []
    for number, at in enumerate(shown):
        file = io.BytesIO()
        Image.fromarray(digits.images[at]).save(file, "PNG")
        files.append((f"scan_{number}.png", file.getvalue(), "image/png"))
    run = page().run()
    run.selectbox(key="mlp_source").set_value("upload").run()
    run.file_uploader(key="mlp_files").set_value(files).run()
    assert run.button(key="mlp_take").disabled
    typed = next(each for each in run.text_input if "label of each digit" in each.label)
    typed.set_value("0 2 0").run()
    assert "There are 3 labels for 4 digits" in words(run)
    assert run.button(key="mlp_take").disabled
    next(each for each in run.text_input if "label of each digit" in each.label).set_value("0 2 0 2").run()
    run.button(key="mlp_take").click().run()
    assert "2 × 0, 2 × 2" in words(run)


def test_without_mnist_the_download_is_offered_and_training_waits(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "full_mnist_path", lambda: None)
    run = page().run()
    run.selectbox(key="mlp_source").set_value("full").run()
    assert run.button(key="mlp_download").label == "Download MNIST"
    assert run.button(key="mlp_train").disabled

    def fails(on_progress: object) -> Path:
        raise mnist.DataError("There is no network.")

    monkeypatch.setattr(mnist, "download_full_mnist", fails)
    run.button(key="mlp_download").click().run()
    assert not run.exception
    assert "There is no network." in words(run)


@pytest.mark.parametrize(
    "section", ["Train", "Mistakes", "Inside", "Weights", "One step", "Layers", "The code"]
)
def test_every_section_opens(trained: store.Entry, section: str) -> None:
    run = page()
    run.session_state["mlp_section"] = section
    run.run()
    assert not run.exception
    if section == "The code":
        assert any('self.grads["w"] = self.inputs.T @ grad' in code.value for code in run.code)
    if section == "Layers":
        assert "9,420" in str(tables_of(run)[0]), "784 * 12 + 12"


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_code_that_is_shown_runs_by_itself(trained: store.Entry, activation: str) -> None:
    run = code_of(trained, activation=activation)
    (shown,) = [code.value for code in run.code if "class Nonlinearity" in code.value]
    names = {"np": np, "Array": object, "Activation": object}
    exec(compile(shown, "shown", "exec"), names)
    z = np.linspace(-3, 3, 7)
    a = ACTIVATIONS[activation].value(z)
    np.testing.assert_array_equal(names[activation](z), a)
    np.testing.assert_array_equal(
        names[f"{activation}_derivative"](z, a), ACTIVATIONS[activation].derivative(z, a)
    )


def one_step() -> AppTest:
    run = page()
    run.session_state["mlp_section"] = "One step"
    return run.run()


def test_the_gradients_of_a_step_are_checked_and_every_mistake_is_found(trained: store.Entry) -> None:
    run = one_step()
    assert not run.exception
    assert [each.value for each in run.success] == ["Both ways agree for all 200 weights."]
    for mistake in ("derivative", "transpose", "penalty"):
        run.selectbox(key="mlp_step_mistake").set_value(mistake).run()
        assert not run.exception
        assert "The check finds it" in words(run), mistake


def test_a_drawing_is_asked_for_its_label_before_anything_can_be_pressed(trained: store.Entry) -> None:
    run = page()
    run.session_state["mlp_section"] = "One step"
    run.session_state["mlp_step.picked"] = {"name": "my drawing", "at": {}}
    run.session_state[Key.DIGIT] = np.eye(28, dtype=np.float32)
    run.run()
    assert not run.exception
    assert "Say first which digit it is." in words(run)
    assert "Checked on this page" not in words(run)
    (asked,) = [each for each in run.button_group if each.label == "Which digit did you draw?"]
    asked.set_value(1).run()
    assert not run.exception
    assert "Both ways agree" in run.success[0].value


def test_steps_that_were_far_too_large_are_said_to_be(trained: store.Entry) -> None:
    run = one_step()
    run.session_state["mlp_step.rates"] = (1e150,) * 4
    run.run()
    assert not run.exception
    assert "far too large" in words(run)
