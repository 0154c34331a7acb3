"""Models on disk: what is saved is what is loaded, and what is sent is not believed."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import os
import re
import threading
import time
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnviz.core import paths
from nnviz.core.identity import PROGRAM
from nnviz.core.json_records import MOST_CHARACTERS, clean
from nnviz.core.records import Array, Epoch, History, Layer, ModelCard
from nnviz.model_store import cards, mlp_file, quotas, store
from nnviz.numpy_nn.classifier import MLPClassifier

DIGITS = np.random.default_rng(0).random((20, 784), dtype=np.float32)
SAFE = re.compile(r"[a-z0-9][a-z0-9_-]*")


@pytest.fixture(autouse=True)
def empty_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home and a folder of shipped models for each test."""
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(paths, "shipped", lambda: tmp_path / "project" / "models")


def network(*hidden: int, activation: str = "relu", seed: int = 0) -> MLPClassifier:
    rng = np.random.default_rng(seed)
    sizes = (784, *hidden, 10)
    coefs = [rng.normal(0, 0.1, shape) for shape in pairwise(sizes)]
    intercepts = [rng.normal(0, 0.1, (outputs,)) for outputs in sizes[1:]]
    return MLPClassifier.from_weights(coefs, intercepts, activation=activation)


def card(title: str = "A network", **changes: Any) -> ModelCard:
    fields: dict[str, Any] = {
        "name": "",
        "kind": "mlp",
        "title": title,
        "created": cards.now(),
        "data": "five digits",
        "data_digest": "0123456789abcdef",
        "n_train": 4,
        "n_test": 1,
        "seed": 3,
        "settings": {"hidden_layer_sizes": (8, 4), "activation": "relu", "tol": None, "alpha": 0.5},
        "metrics": {"test_accuracy": 0.5},
        "layers": (Layer("output", "dense", (784,), (10,), "softmax", 7850),),
        "parameters": 7850,
        "versions": {"scikit-learn": "1.0"},
        "history": History((Epoch(1, 2.0, 0.1, 2.5, None, 0.5), Epoch(2, 1.0, 0.2)), "early", "a note"),
        "spec": {"source": "study", "n": 5},
    }
    return ModelCard(**(fields | changes))


@st.composite
def networks(draw: st.DrawFn) -> MLPClassifier:
    hidden = draw(st.lists(st.integers(1, 30), max_size=3))
    activation = draw(st.sampled_from(["relu", "logistic", "tanh", "identity"]))
    return network(*hidden, activation=activation, seed=draw(st.integers(0, 9)))


class TestRoundTrips:
    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(networks())
    def test_a_loaded_network_predicts_the_same_bits(self, model: MLPClassifier) -> None:
        entry = store.save(model, card(), "saved")

        loaded = store.load(entry.path)
        np.testing.assert_array_equal(loaded.predict_proba(DIGITS), model.predict_proba(DIGITS))
        np.testing.assert_array_equal(loaded.predict(DIGITS), model.predict(DIGITS))
        assert loaded.activation == model.activation
        assert [w.dtype for w in loaded.coefs_] == [np.float32] * len(model.coefs_)

    def test_a_card_comes_back_as_it_was(self) -> None:
        entry = store.save(network(8, 4), card(), "saved")
        assert (
            store.find(entry.name).card == entry.card == dataclasses.replace(card(), **_changing(entry.card))
        )

    def test_a_loaded_network_knows_its_story(self) -> None:
        loaded = store.load(store.save(network(), card(), "saved").name)
        assert loaded.history_ == card().history
        assert loaded.loss_curve_ == [2.0, 1.0]
        assert loaded.n_iter_ == 2

    def test_the_card_stands_beside_the_file_and_goes_into_what_is_downloaded(self, tmp_path: Path) -> None:
        entry = store.rename(store.save(network(8), card("First"), "saved"), "Second", by=PROGRAM)
        with np.load(entry.path) as arrays:
            assert "card" not in arrays, "a second copy of the curve, which a renaming would not reach"
        alone = tmp_path / "alone.npz"
        alone.write_bytes(store.content(entry))
        with np.load(alone) as arrays:
            assert cards.from_json(str(arrays["card"])) == entry.card
        assert store.load(alone).history_ == card().history
        assert store.load(entry.path).history_ == card().history

    def test_a_loaded_network_can_be_trained_further(self) -> None:
        loaded = store.load(store.save(network(8), card(), "saved").name)
        before = loaded.coefs_[0].copy()
        loaded.partial_fit(DIGITS, np.arange(20) % 10)
        assert not np.array_equal(before, loaded.coefs_[0])

    def test_a_downloaded_file_can_be_uploaded_under_a_name_of_its_own(self) -> None:
        model = network(8)
        entry = store.rename(store.save(model, card("First"), "saved"), "Second", by=PROGRAM)
        again = store.receive("whatever (1).npz", store.content(entry))

        assert again.name != entry.name
        assert (again.origin, again.card.title) == ("saved", "Second")
        assert again.card.metrics == {"test_accuracy": 0.5}
        assert again.card.history == card().history
        np.testing.assert_array_equal(
            store.load(again.name).predict_proba(DIGITS), model.predict_proba(DIGITS)
        )

    def test_nothing_is_pickled(self) -> None:
        content = store.content(store.save(network(8), card(), "saved"))
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            assert json.loads(str(arrays["settings"]))["activation"] == "relu"
            assert {array.dtype.kind for array in arrays.values()} == {"f", "U"}

    @pytest.mark.slow
    @pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras among itself
    def test_keras_models_are_opened_without_running_what_is_in_them(self, tmp_path: Path) -> None:
        keras = pytest.importorskip("keras")
        plain = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        plain.save(tmp_path / "plain.keras")
        assert store.load(tmp_path / "plain.keras").count_params() == 10

        # A lambda in a file is code that somebody sent.
        sly = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda x: x * 2)])
        sly.save(tmp_path / "sly.keras")
        with pytest.raises(store.ModelRefused, match="cannot be opened"):
            store.load(tmp_path / "sly.keras")


def _changing(card: ModelCard) -> dict[str, Any]:
    """What a save decides by itself, and when."""
    return {"name": card.name, "created": card.created}


class TestTheShelves:
    def test_come_in_order_shipped_saved_recent_and_what_was_stored_last_first(self) -> None:
        def add(title: str, created: str, origin: Any) -> None:
            store.save(network(), card(title, name=title, created=created), origin)

        add("b", "2026-01-01T00:00:00+00:00", "shipped")
        add("a", "2026-01-02T00:00:00+00:00", "shipped")
        # What a card says of its time is anybody's word; what counts is when the server stored it.
        for title, day in (("old", 3), ("middle", 1), ("new", 2)):
            add(f"{title} recent", f"2026-01-0{day}T00:00:00+00:00", "recent")
            add(f"{title} saved", f"2026-01-0{day}T00:00:00+00:00", "saved")

        assert [entry.card.title for entry in store.entries()] == [
            *("a", "b"),
            *("new saved", "middle saved", "old saved"),
            *("new recent", "middle recent", "old recent"),
        ]
        assert store.entries("cnn") == ()
        assert len(store.entries("mlp")) == 8

    def test_see_at_once_what_another_process_has_changed(self) -> None:
        entry = store.save(network(), card("Before"), "saved")
        assert [found.card.title for found in store.entries()] == ["Before"]
        beside = entry.path.with_suffix(".json")
        for title in ("Meanwh.", "Changed"):  # of the same length, and within the same tick of the clock
            text = beside.read_text().replace("Before", title).replace("Meanwh.", title)
            beside.with_suffix(".new").write_text(text)
            os.replace(beside.with_suffix(".new"), beside)
            assert [found.card.title for found in store.entries()] == [title]
        beside.unlink()
        assert store.entries() == ()

    def test_leave_out_halves_and_nonsense(self) -> None:
        kept = store.save(network(), card("Whole"), "saved")
        place = kept.path.parent
        (place / "card-only.json").write_text(cards.to_json(card()))
        (place / "model-only.npz").write_bytes(kept.path.read_bytes())
        for name, text in {
            "garbage": "{",
            "list": "[]",
            "kind": '{"kind": "oracle"}',
            "Bad Name": "{}",
        }.items():
            (place / f"{name}.npz").write_bytes(b"")
            (place / f"{name}.json").write_text(text)
        assert [entry.card.title for entry in store.entries()] == ["Whole"]
        with pytest.raises(store.ModelMissing):
            store.find("model-only")

    def test_keeping_moves_a_recent_model_under_the_same_name(self) -> None:
        recent = store.save(network(8), card("Draft"), "recent")
        kept = store.keep(recent, "  Final\n version ", by=PROGRAM)

        assert (kept.name, kept.origin, kept.card.title) == (recent.name, "saved", "Final version")
        assert store.entries() == (kept,)
        assert store.find(recent.name) == kept

    def test_keeping_a_shipped_model_copies_it(self) -> None:
        shipped = store.save(network(), card("Ours", name="mlp"), "shipped")
        copy = store.keep(shipped, "Mine", by=PROGRAM)
        assert copy.name != "mlp"
        assert [entry.card.title for entry in store.entries()] == ["Ours", "Mine"]

    def test_renaming_changes_the_title_and_nothing_else(self) -> None:
        entry = store.save(network(), card("Before"), "saved")
        content = entry.path.read_bytes()
        assert store.rename(entry, "After", by=PROGRAM).card == dataclasses.replace(entry.card, title="After")
        assert store.find(entry.name).card.title == "After"
        assert entry.path.read_bytes() == content
        assert store.rename(entry, " \n", by=PROGRAM).card.title == "After"  # no title is not a title

    def test_a_model_deleted_by_somebody_else_is_missed_politely(self) -> None:
        entry = store.save(network(), card("Gone"), "saved")
        store.delete(entry, by=PROGRAM)
        store.delete(entry, by=PROGRAM)
        for ask in (
            lambda: store.rename(entry, "x", by=PROGRAM),
            lambda: store.keep(entry, "x", by=PROGRAM),
            lambda: store.content(entry),
        ):
            with pytest.raises(store.ModelMissing, match="Gone"):
                ask()
        assert store.entries() == ()
        assert list(entry.path.parent.iterdir()) == []

    def test_shipped_models_are_neither_renamed_nor_deleted(self) -> None:
        entry = store.save(network(), card(name="mlp"), "shipped")
        assert entry.path.name == "mlp.npz"
        with pytest.raises(store.ModelRefused, match="came with the project"):
            store.rename(entry, "Mine", by=PROGRAM)
        with pytest.raises(store.ModelRefused, match="came with the project"):
            store.delete(entry, by=PROGRAM)
        with pytest.raises(ValueError, match="name"):
            store.save(network(), card(name="../mlp"), "shipped")
        assert mlp_file.receive(entry.path.read_bytes())[1] == entry.card, "and their files tell it alone"

    def test_only_the_latest_trainings_of_an_owner_stay(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(quotas, "MOST_RECENT", 3)
        saved = store.save(network(), card("Kept", created="2025-01-01T00:00:00+00:00"), "saved")
        for day in range(1, 6):
            store.save(network(), card(f"Day {day}", created=f"2026-01-0{day}T00:00:00+00:00"), "recent")
        titles = [entry.card.title for entry in store.entries()]
        assert titles == [saved.card.title, "Day 5", "Day 4", "Day 3"]
        assert len(list(store.folder("recent").iterdir())) == 6

    def test_what_a_dying_process_left_is_swept_up_but_not_what_one_is_writing(self) -> None:
        whole = store.save(network(), card("Whole"), "recent")
        place = whole.path.parent
        saved = store.save(network(), card("Saved"), "saved")
        alone = saved.path.with_name("alone.npz")
        alone.touch()
        os.utime(alone, (0, time.time() - 1000))
        for name in ("old.npz", "old.json", ".x.npz.1.part", "young.npz", ".y.npz.1.part"):
            (place / name).touch()
            if "young" not in name and "y." not in name:
                os.utime(place / name, (0, time.time() - 1000))
        (place / "old.json").unlink()
        store.tidy()
        left = {path.name for path in place.iterdir()}
        assert "old.npz" not in left
        assert ".x.npz.1.part" not in left
        assert {"young.npz", ".y.npz.1.part", whole.path.name} <= left
        assert saved.path.exists()
        assert not alone.exists()

    def test_a_model_that_cannot_be_written_leaves_no_trace_on_the_shelves(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: Any) -> str:
            raise OSError(28, "No space left on device")

        real = cards.to_json
        packed = mlp_file.pack(network(), card())
        monkeypatch.setattr(cards, "to_json", full)
        with pytest.raises(OSError, match="No space"):
            store.put(packed, ".npz", card(), "saved")
        monkeypatch.setattr(cards, "to_json", real)
        assert store.entries() == ()

    def test_many_may_write_and_read_at_once(self) -> None:
        failures: list[BaseException] = []

        def busy(number: int) -> None:
            try:
                for round_ in range(8):
                    entry = store.save(network(seed=number), card(f"{number} {round_}"), "recent")
                    store.load(store.rename(entry, f"{number} {round_} renamed", by=PROGRAM).path)
                    assert all(found.card.parameters == 7850 for found in store.entries())
                    if round_ % 2:
                        store.delete(entry, by=PROGRAM)
                    else:
                        store.keep(entry, "kept", by=PROGRAM)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=busy, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert len(store.entries()) == 16


class TestNames:
    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.text(max_size=200), st.sampled_from(["saved", "recent"]))
    def test_no_title_reaches_the_disk_as_a_path(self, title: str, origin: Any) -> None:
        entry = store.put(b"", ".npz", card(title), origin)
        assert SAFE.fullmatch(entry.name)
        assert len(entry.name) <= 64
        assert entry.path.parent == store.folder(origin)
        assert entry.card.title
        assert entry.card.title.isprintable()
        assert len(entry.card.title) <= 80
        store.delete(entry, by=PROGRAM)

    def test_two_models_of_one_title_have_two_names(self) -> None:
        first, second = (store.save(network(), card("Same"), "saved") for _ in range(2))
        assert first.name != second.name
        assert first.name.startswith("same-")

    @pytest.mark.parametrize(
        "name", ["", "..", "../saved/x", "x/../../etc/passwd", "a\0b", "Ü", "x" * 500, "a.npz"]
    )
    def test_a_name_that_is_none_is_missing(self, name: str) -> None:
        store.save(network(), card("There"), "saved")
        with pytest.raises(store.ModelMissing, match="there-"):
            store.find(name)


class TestLoading:
    def test_takes_a_path_of_any_sort_or_a_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        model = network(8)
        store.save(model, card(name="mlp"), "shipped")
        project = tmp_path / "project"
        ways: list[tuple[Path, Any]] = [
            (project, "models/mlp.npz"),
            (project, Path("models/mlp.npz")),
            (project / "models", "mlp.npz"),
            (tmp_path, "models/mlp.npz"),  # of the project, wherever one is
            (tmp_path, project / "models" / "mlp.npz"),
            (tmp_path, str(project / "models" / "mlp.npz")),
            (tmp_path, "mlp"),
        ]
        for place, way in ways:
            monkeypatch.chdir(place)
            np.testing.assert_array_equal(store.load(way).predict_proba(DIGITS), model.predict_proba(DIGITS))

    @pytest.mark.parametrize("path", ["models/nope.npz", "/nowhere/mlp.npz", "nope", "models/nope.keras"])
    def test_of_what_is_not_there_says_so(self, path: str) -> None:
        with pytest.raises(store.ModelMissing, match=r"nope|nowhere"):
            store.load(path)

    def test_of_something_else_says_what_was_expected(self, tmp_path: Path) -> None:
        (tmp_path / "cat.png").write_bytes(b"meow")
        (tmp_path / "cat.npz").write_bytes(b"meow")
        for name in ("cat.png", "cat.npz", "."):
            with pytest.raises(store.ModelRefused, match="expected"):
                store.load(tmp_path / name)


def npz(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def parts(*hidden: int, **changes: Any) -> dict[str, Any]:
    """The arrays of a good file, some of them changed, or left out where the change is None."""
    model = network(*hidden)
    arrays: dict[str, Any] = {"settings": np.array(json.dumps({"activation": "relu"}))}
    for i, (w, b) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        arrays |= {f"coefs_{i}": w, f"intercepts_{i}": b}
    return {key: value for key, value in (arrays | changes).items() if value is not None}


def with_one(array: Array, value: float) -> Array:
    changed = array.copy()
    changed.flat[3] = value
    return changed


def bomb() -> bytes:
    """A third of a megabyte that unpacks to more than is taken."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("coefs_0.npy", "w") as member,
    ):
        for _ in range(257):
            member.write(bytes(1 << 20))
    return file.getvalue()


def lying_header() -> bytes:
    """An array that says it has ten billion rows."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"descr": "<f4", "fortran_order": False, "shape": (10_000_000_000, 10)}
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as members:
        members.writestr("coefs_0.npy", file.getvalue())
    return archive.getvalue()


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "damaged, or not an .npz"),
    "text": (lambda: b"hello", "damaged, or not an .npz"),
    "truncated": (lambda: npz(**parts(8))[:-200], "damaged"),
    "pickled": (lambda: npz(**parts(intercepts_0=np.array([{}] * 10))), "pickled"),
    "no settings": (lambda: npz(**parts(settings=None)), "does not say how"),
    "settings that are none": (lambda: npz(**parts(settings=np.array("{"))), "does not say how"),
    "settings as numbers": (lambda: npz(**parts(settings=np.zeros(3))), "does not say how"),
    "unknown activation": (
        lambda: npz(**parts(settings=np.array('{"activation": "magic"}'))),
        "one of relu, logistic, tanh, identity",
    ),
    "senseless settings": (
        lambda: npz(**parts(settings=np.array('{"activation": "relu", "alpha": -1}'))),
        "λ: expected",
    ),
    "no weights": (lambda: npz(settings=np.array("{}")), "0 layers"),
    "a layer missing": (lambda: npz(**parts(8, coefs_0=None)), "lacks weights"),
    "an intercept missing": (lambda: npz(**parts(8, intercepts_1=None)), "lacks weights"),
    "not 784 inputs": (lambda: npz(**parts(coefs_0=np.ones((785, 10), np.float32))), "784 pixels"),
    "not 10 outputs": (
        lambda: npz(**parts(coefs_0=np.ones((784, 9), np.float32), intercepts_0=np.ones(9, np.float32))),
        "to 10 digits",
    ),
    "layers that do not chain": (
        lambda: npz(**parts(8, coefs_1=np.ones((7, 10), np.float32))),
        "784x8, 7x10",
    ),
    "an intercept too many": (
        lambda: npz(**parts(intercepts_0=np.ones(11, np.float32))),
        "an intercept a column",
    ),
    "three axes": (lambda: npz(**parts(coefs_0=np.ones((1, 784, 10), np.float32))), "a matrix a layer"),
    "whole numbers": (lambda: npz(**parts(coefs_0=np.ones((784, 10), int))), "expected as floats"),
    "not a number": (lambda: npz(**parts(coefs_0=with_one(network().coefs_[0], np.nan))), "not finite"),
    "infinite": (lambda: npz(**parts(coefs_0=with_one(network().coefs_[0], np.inf))), "not finite"),
    "too large for float32": (
        lambda: npz(**parts(coefs_0=with_one(network().coefs_[0].astype(float), 1e300))),
        "not finite",
    ),
    "sums that overflow": (lambda: npz(**parts(8, coefs_1=np.full((8, 10), 3e38, np.float32))), "overflow"),
    "too many units": (
        lambda: npz(
            **parts(coefs_0=np.zeros((784, 5000), np.float32), intercepts_0=np.zeros(5000, np.float32)),
            coefs_1=np.zeros((5000, 10), np.float32),
            intercepts_1=np.zeros(10, np.float32),
        ),
        "1 to 4096 units",
    ),
    "too many layers": (lambda: npz(**parts(*[2] * 9)), "10 layers"),
    "a bomb": (bomb, "unpacks to 269 MB"),
    "a lying header": (lying_header, "announces more"),
}


class TestReceiving:
    @pytest.mark.parametrize("what", REFUSED)
    def test_refuses_in_one_sentence_and_keeps_nothing(self, what: str) -> None:
        make, why = REFUSED[what]
        with pytest.raises(store.ModelRefused, match=re.escape(why)) as refusal:
            store.receive("sent.npz", make())
        assert "\n" not in str(refusal.value)
        assert store.entries() == ()

    @pytest.mark.parametrize("name", ["sent.keras", "sent.exe", "sent", "", "sent.npz.pkl", "../../sent.h5"])
    def test_refuses_other_kinds_of_file(self, name: str) -> None:
        with pytest.raises(store.ModelRefused, match="expected"):
            store.receive(name, npz(**parts()))

    def test_takes_a_network_without_a_card_and_says_what_is_not_known(self) -> None:
        entry = store.receive("C:\\Users\\me\\My net.NPZ", npz(**parts(8, 4)))
        assert (entry.card.title, entry.card.data) == ("My net", "unknown")
        assert "not known" in entry.card.note
        assert [layer.output_shape for layer in entry.card.layers] == [(8,), (4,), (10,)]
        assert entry.card.parameters == 784 * 8 + 8 + 8 * 4 + 4 + 4 * 10 + 10

    def test_takes_float64_weights_of_another_tool(self) -> None:
        wide = {
            key: value.astype(float) if value.dtype.kind == "f" else value for key, value in parts(8).items()
        }
        entry = store.receive("wide.npz", npz(**wide))
        np.testing.assert_array_equal(store.load(entry.name).predict(DIGITS), network(8).predict(DIGITS))

    def test_believes_the_weights_and_not_the_card_about_the_network(self) -> None:
        boast = card(
            "Boast", parameters=1, layers=(), settings={"hidden_layer_sizes": (1000,)}, name="../../x"
        )
        entry = store.receive("sent.npz", npz(**parts(8), card=np.array(cards.to_json(boast))))
        assert entry.card.parameters == 784 * 8 + 8 + 80 + 10
        assert entry.card.settings["hidden_layer_sizes"] == (8,)
        assert SAFE.fullmatch(entry.name)

    def test_drops_what_it_did_not_understand(self) -> None:
        sly = npz(**parts(), extra=np.arange(5), settings_2=np.array("x"))
        assert set(np.load(store.receive("sent.npz", sly).path)) == {
            "settings",
            "coefs_0",
            "intercepts_0",
        }

    @settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.binary(max_size=500))
    def test_refuses_garbage_and_does_nothing_worse(self, content: bytes) -> None:
        with pytest.raises(store.ModelRefused):
            store.receive("sent.npz", content)

    @settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.data())
    def test_a_damaged_file_is_refused_or_still_a_network(self, choice: st.DataObject) -> None:
        content = bytearray(SMALL_FILE)
        for _ in range(choice.draw(st.integers(1, 4))):
            content[choice.draw(st.integers(0, len(content) - 1))] = choice.draw(st.integers(0, 255))
        try:
            entry = store.receive("sent.npz", bytes(content))
        except store.ModelRefused:
            return
        assert np.isfinite(store.load(entry.name).predict_proba(DIGITS)).all()
        store.delete(entry, by=PROGRAM)

    @settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.dictionaries(
            st.sampled_from(["activation", "alpha", "random_state", "tol", "batch_size", "solver", "x"]),
            st.one_of(
                st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers())
            ),
        )
    )
    def test_hostile_settings_are_refused_or_make_a_network(self, hostile: dict[str, Any]) -> None:
        content = npz(**parts(settings=np.array(json.dumps({"activation": "tanh"} | hostile))))
        try:
            entry = store.receive("sent.npz", content)
        except store.ModelRefused:
            return
        assert store.load(entry.name).activation == "tanh"
        store.delete(entry, by=PROGRAM)


SMALL_FILE = mlp_file.pack(network(2), card())

words = st.text(max_size=30).map(clean)
numbers = st.floats(-1e12, 1e12)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-(2**40), 2**40), numbers, words)
names = words.filter(bool)
epochs = st.builds(
    Epoch, st.integers(0, 10**6), numbers, numbers, st.none() | numbers, st.none() | numbers, numbers
)
any_card = st.builds(
    ModelCard,
    name=words,
    kind=st.sampled_from(["mlp", "cnn", "autoencoder"]),
    title=words,
    created=words,
    data=words,
    data_digest=words,
    n_train=st.integers(0, 10**6),
    n_test=st.integers(0, 10**6),
    seed=st.integers(0, 2**32 - 1),
    settings=st.dictionaries(names, scalars | st.lists(scalars, max_size=5).map(tuple), max_size=8),
    metrics=st.dictionaries(names, numbers, max_size=5),
    measured_on=words,
    parameters=st.integers(0, 10**9),
    seconds=st.floats(0, 1e6),
    versions=st.dictionaries(names, words, max_size=4),
    history=st.builds(History, st.lists(epochs, max_size=4).map(tuple), st.just("stopped"), words),
    note=words,
    spec=st.dictionaries(names, scalars, max_size=5),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = [field.name for field in dataclasses.fields(ModelCard)]


class TestCards:
    @given(any_card)
    def test_come_back_from_json_as_they_were(self, whole: ModelCard) -> None:
        assert cards.from_json(cards.to_json(whole)) == whole

    @given(st.text(max_size=200) | json_values.map(json.dumps))
    def test_are_read_or_refused(self, text: str) -> None:
        with contextlib.suppress(cards.BadCard):
            assert isinstance(cards.from_json(text), ModelCard)

    @given(st.dictionaries(st.sampled_from(FIELDS), json_values))
    def test_hold_fields_of_their_types_whatever_was_in_the_file(self, fields: dict[str, Any]) -> None:
        read = cards.from_json(json.dumps(fields | {"kind": "mlp", "surprise": 1}))
        assert isinstance(read.title, str)
        assert read.title == clean(read.title)
        assert all(
            type(number) is int and number >= 0 for number in (read.n_train, read.seed, read.parameters)
        )
        assert all(np.isfinite(value) for value in read.metrics.values())
        assert read.history.ending in ("running", "finished", "early", "stopped", "diverged")
        assert cards.from_json(cards.to_json(read)) == read

    def test_write_numbers_out_of_numpy_and_losses_that_are_none(self) -> None:
        odd = card(
            metrics={"test_accuracy": np.float64(0.25)},
            settings={"sizes": [np.int64(3)]},
            history=History((Epoch(1, float("nan"), 0.5, float("inf")),), "diverged"),
        )
        text = cards.to_json(odd)
        assert "NaN" not in text
        assert "Infinity" not in text
        read = cards.from_json(text)
        assert (read.metrics, read.settings) == ({"test_accuracy": 0.25}, {"sizes": (3,)})
        assert np.isnan(read.history.epochs[0].loss)

    def test_of_monstrous_length_or_depth_are_refused(self) -> None:
        for text in ("[" * 100_000, '{"kind": "mlp", "title": "' + "x" * MOST_CHARACTERS + '"}'):
            with pytest.raises(cards.BadCard):
                cards.from_json(text)

    def test_say_nothing_in_characters_that_deceive(self) -> None:
        assert clean("a\u202eb\x00c\ud800\nd\u2028") == "a b c d"
        assert clean("é 数字 ✏") == "é 数字 ✏"


def test_a_list_that_is_kept_for_a_while_still_knows_at_once_what_came_was_renamed_and_went() -> None:
    first = store.save(network(), card("First"), "saved")
    for _ in range(3):  # from the second on it is the kept one
        assert [entry.name for entry in store.entries()] == [first.name]
        time.sleep(0.12)
    second = store.save(network(seed=1), card("Second"), "saved")
    assert {entry.name for entry in store.entries()} == {first.name, second.name}
    time.sleep(0.12)
    store.entries()
    store.rename(second, "Another", by=PROGRAM)
    assert {entry.card.title for entry in store.entries()} == {"First", "Another"}
    time.sleep(0.12)
    store.entries()
    store.delete(store.find(first.name), by=PROGRAM)
    assert [entry.name for entry in store.entries()] == [second.name]
