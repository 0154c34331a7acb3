"""A .keras file that is not what it should be is refused in one sentence, and nothing in it ever runs."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnviz.core.records import Array, ModelCard
from nnviz.keras_models import backend, cnn, compiled
from nnviz.model_store import keras_file, store
from nnviz.model_store.errors import ModelRefused

Members = dict[str, bytes]
Config = dict[str, Any]

CARD = ModelCard("", "cnn", "My network", "2026-01-01T00:00:00+00:00", "digits", "0" * 16, 90, 10, 3)


@pytest.fixture(scope="module")
def model() -> Any:
    made = cnn.build(cnn.Settings(kernel_size=4, filters=3, dense=5, dropout=0.3))
    rng = np.random.default_rng(0)
    made.set_weights([rng.normal(0, 0.3, w.shape) for w in made.get_weights()])
    return made


@pytest.fixture(scope="module")
def good(model: Any) -> bytes:
    return keras_file.pack(model, CARD)


@pytest.fixture
def digits() -> Array:
    return np.random.default_rng(1).random((6, 784), np.float32)


def unzipped(content: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(members: Members) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, inside in members.items():
            archive.writestr(name, inside)
    return content.getvalue()


def with_config(content: bytes, change: Callable[[Config], object]) -> bytes:
    members = unzipped(content)
    config = json.loads(members["config.json"])
    change(config)
    return zipped(members | {"config.json": json.dumps(config).encode()})


def with_weights(content: bytes, change: Callable[[h5py.File], object]) -> bytes:
    members = unzipped(content)
    file = io.BytesIO(members["model.weights.h5"])
    with h5py.File(file, "r+") as weights:
        change(weights)
    return zipped(members | {"model.weights.h5": file.getvalue()})


def layer(config: Config, name: str) -> Config:
    found: Config = next(row for row in config["config"]["layers"] if row["config"]["name"] == name)
    return found


def refused(content: bytes, filename: str = "model.keras") -> str:
    """The sentence with which the store refuses that file."""
    with pytest.raises(store.ModelRefused) as refusal:
        store.receive(filename, content)
    sentence = str(refusal.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 500
    return sentence


def test_a_good_file_comes_back_with_its_card_and_the_same_answers(
    model: Any, good: bytes, digits: Array
) -> None:
    entry = store.receive("mine.keras", good)
    assert entry.card.title == "My network"
    assert entry.card.kind == "cnn"
    assert entry.card.settings == {"kernel_size": 4, "filters": 3, "dense": 5, "dropout": 0.3}
    assert entry.card.parameters == model.count_params()
    expected = compiled.predict(model, digits)
    np.testing.assert_allclose(compiled.predict(store.load(entry.path), digits), expected, atol=1e-6)
    np.testing.assert_allclose(
        keras_file.network(store.content(entry))[0].predict(digits), expected, atol=1e-5
    )


def test_keras_itself_opens_what_is_kept_here(good: bytes, model: Any, digits: Array, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(good)
    opened = backend.keras().saving.load_model(path, safe_mode=True)
    np.testing.assert_allclose(
        opened(compiled.as_input(opened, digits)), compiled.predict(model, digits), atol=1e-6
    )


def test_a_model_that_keras_saved_with_its_optimizer_is_taken_too(digits: Array, tmp_path: Path) -> None:
    keras = backend.keras()
    theirs = keras.Sequential(
        [keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")]
    )
    theirs.compile("adam", "sparse_categorical_crossentropy")
    theirs.fit(digits.reshape(-1, 28, 28), np.arange(6), verbose=0)
    theirs.save(tmp_path / "theirs.keras")
    entry = store.receive("theirs.keras", (tmp_path / "theirs.keras").read_bytes())
    assert entry.card.kind == "cnn"
    assert entry.card.title == "theirs"
    np.testing.assert_allclose(
        compiled.predict(store.load(entry.path), digits), compiled.predict(theirs, digits), atol=1e-6
    )


def test_an_optimizer_may_be_as_large_as_it_likes(good: bytes, digits: Array) -> None:
    moments = np.zeros(17_000_000, np.float32)  # of four million weights
    large = with_weights(good, lambda file: file.create_dataset("optimizer/vars/0", data=moments))
    assert keras_file.network(large)[0].parts[-1].shape == (10,)
    np.testing.assert_array_equal(
        keras_file.network(large)[0].predict(digits), keras_file.network(good)[0].predict(digits)
    )


OF_OTHERS: dict[str, tuple[bytes, str]] = {
    "model.pt": (b"PK", "is of PyTorch"),
    "model.pkl": (b"\x80\x04", "is a pickle, which could run code"),
    "model.tflite": (b"", "TensorFlow Lite"),
    "model.json": (b"{}", "without its weights"),
    "pickled.keras": (b"\x80\x04\x95", "is a pickle, which could run code"),
    "zipped.keras": (zipped({"mine.keras": b""}), "unzip it first"),
    "saved.keras": (zipped({"saved/saved_model.pb": b""}), "is a SavedModel of TensorFlow"),
    "torch.keras": (zipped({"archive/data.pkl": b""}), "is of PyTorch"),
    "arrays.keras": (zipped({"arr_0.npy": b""}), "is an .npz file by another name"),
}


@pytest.mark.parametrize("filename", OF_OTHERS)
def test_a_file_of_another_library_is_named(filename: str) -> None:
    content, said = OF_OTHERS[filename]
    assert said in refused(content, filename)


def test_a_file_is_told_by_what_is_in_it_and_not_by_which_of_keras_names_it_has(good: bytes) -> None:
    assert store.receive("mine.h5", good).card.layers == store.receive("mine.keras", good).card.layers


def test_weights_alone_are_told_from_a_whole_network(model: Any, tmp_path: Path) -> None:
    model.save_weights(tmp_path / "mine.weights.h5")
    assert "holds weights alone" in refused((tmp_path / "mine.weights.h5").read_bytes(), "mine.weights.h5")


def test_a_lambda_layer_is_refused_and_never_run(tmp_path: Path) -> None:
    keras = backend.keras()
    traces = tmp_path / "it ran"
    evil = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Lambda(lambda x, where=str(traces): Path(where).write_text("!") and x),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    path = tmp_path / "evil.keras"
    evil.save(path)
    traces.unlink(missing_ok=True)  # it ran here, when the model was built
    assert "'Lambda'" in refused(path.read_bytes())
    with pytest.raises(store.ModelRefused, match="'Lambda'"):
        store.load(path)
    assert not traces.exists()


@pytest.mark.parametrize(("key", "value"), [("units", 10**9), ("units", "many"), ("units", [5, 10**9])])
def test_no_room_is_made_for_what_a_file_only_announces(
    good: bytes, key: str, value: Any, tmp_path: Path
) -> None:
    path = tmp_path / "large.keras"
    path.write_bytes(with_config(good, lambda config: layer(config, "dense")["config"].update({key: value})))
    with pytest.raises(store.ModelRefused, match="'units' of more than 4096"):
        store.load(path)


FOREIGN: dict[str, Callable[[Config], object]] = {
    "a class of another module": lambda config: layer(config, "dense").update(
        module="os", class_name="system"
    ),
    "a known name from another module": lambda config: layer(config, "dense").update(module="subprocess"),
    "a known name that somebody registered": lambda config: layer(config, "dense").update(
        registered_name="evil>Dense"
    ),
    "a layer that opens other files": lambda config: layer(config, "dense").update(class_name="TFSMLayer"),
    "a layer that is not known here": lambda config: layer(config, "dense").update(class_name="GRU"),
    "a model that is not known here": lambda config: config.update(class_name="Evil", module="evil"),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_what_is_not_a_plain_layer_of_keras_is_refused(good: bytes, what: str, tmp_path: Path) -> None:
    content = with_config(good, FOREIGN[what])
    refused(content)
    path = tmp_path / "foreign.keras"
    path.write_bytes(content)
    with pytest.raises(store.ModelRefused):
        store.load(path)


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def unlike(key: str, value: Any, name: str = "convolution") -> Callable[[bytes], bytes]:
    """The file with one option of one layer changed."""
    return lambda good: with_config(good, lambda config: layer(config, name)["config"].update({key: value}))


BROKEN: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "nothing at all": (lambda good: b"", "is empty"),
    "a picture": (lambda good: b"\x89PNG\r\n\x1a\n" + good[:100], "damaged, or not a .keras file"),
    "weights alone": (lambda good: unzipped(good)["model.weights.h5"], "holds weights alone"),
    "the first half": (lambda good: good[: len(good) // 2], "cut off before its end"),
    "all but the end": (lambda good: good[:-30], "cut off before its end"),
    "no weights": (
        lambda good: zipped({"config.json": unzipped(good)["config.json"]}),
        "holds no 'model.weights.h5'",
    ),
    "a way out of the folder": (
        lambda good: zipped(unzipped(good) | {"../../evil.py": b"import os"}),
        "'../../evil.py', which has no place in a model",
    ),
    "a bomb": (
        lambda good: zipped(unzipped(good) | {"model.weights.h5": bytes(120_000_000)}),
        "unpacks to 120 MB",
    ),
    "a long text": (
        lambda good: zipped(unzipped(good) | {"config.json": b" " * 3_000_000}),
        "'config.json' of more than 2 MB",
    ),
    "no JSON": (lambda good: zipped(unzipped(good) | {"config.json": b"{"}), "damaged, or not a .keras file"),
    "a deep text": (
        lambda good: zipped(unzipped(good) | {"config.json": nested(100_000)}),
        "damaged, or not a .keras file",
    ),
    "a list": (lambda good: zipped(unzipped(good) | {"config.json": b"[]"}), "damaged, or not a .keras file"),
    "a coloured picture as input": (
        unlike("batch_shape", [None, 32, 32, 4], "image"),
        r"inputs of the shape \(32, 32, 4\); expected was a digit",
    ),
    "seven answers": (unlike("units", 7, "answer"), "'answer'"),
    "kernels without end": (unlike("kernel_size", [10**9, 10**9]), "'1000000000' where a whole number"),
    "kernels larger than the picture": (
        unlike("kernel_size", [28, 28]),
        "'pooling' has a window of 2 pixels",
    ),
    "filters that are no number": (unlike("filters", "many"), "'many' where a whole number from 1 to 512"),
    "filters beyond number": (unlike("filters", 10**12), "from 1 to 512"),
    "an activation nobody knows": (unlike("activation", "evil"), "'evil' where one of relu, sigmoid"),
    "an activation that is a class": (
        unlike("activation", {"module": "os", "class_name": "system"}),
        "where one of relu, sigmoid",
    ),
    "half precision": (
        unlike(
            "dtype", {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "mixed_float16"}}
        ),
        "another type of number",
    ),
    "two layers of one name": (unlike("name", "flat", "dense"), "'flat'"),
    "units that need more memory than there is": (unlike("units", 4096, "dense"), "'dense'"),
    "shares that do not make one": (unlike("activation", "tanh", "answer"), "its last step is tanh"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_file_that_is_not_a_network_of_digits_is_refused_in_a_sentence(good: bytes, what: str) -> None:
    spoil, sentence = BROKEN[what]
    assert re.search(sentence, refused(spoil(good)))


def replaced(values: Any) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        del file["layers/dense/vars/1"]
        if values is not None:
            file["layers/dense/vars/1"] = values

    return change


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((5,), np.float32)
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (5,))
    del file["layers/dense/vars/1"]
    file.create_virtual_dataset("layers/dense/vars/1", layout)


def elsewhere(file: h5py.File) -> None:
    del file["layers/dense/vars/1"]
    file["layers/dense/vars"].create_dataset(
        "1", (5,), np.float32, external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)]
    )


def in_pieces(file: h5py.File) -> None:
    del file["layers/dense/vars/1"]
    file["layers/dense/vars"].create_dataset(
        "1", (5,), np.float32, chunks=(1_000_000,), maxshape=(None,), compression="gzip"
    )


WEIGHTS: dict[str, tuple[Callable[[h5py.File], object], str]] = {
    "missing": (replaced(None), "lacks weights"),
    "of another shape": (replaced(np.zeros(6, np.float32)), "right shape for the layer 'dense'"),
    "twice as precise": (replaced(np.zeros(5)), "no float32 weights"),
    "not numbers": (replaced([b"a"] * 5), "no float32 weights"),
    "not finite": (replaced(np.array([0, np.nan, 0, 0, 0], np.float32)), "not finite"),
    "so large that sums overflow": (replaced(np.full(5, 3e38, np.float32)), "not answer with probabilities"),
    "a link within": (replaced(h5py.SoftLink("/layers/dense/vars/0")), "lacks weights"),
    "a link to another file": (replaced(h5py.ExternalLink("/etc/passwd", "x")), "lacks weights"),
    "kept in another file": (elsewhere, "in other files"),
    "put together of other files": (virtual, "in other files"),
    "in pieces larger than itself": (in_pieces, "in pieces"),
}


@pytest.mark.parametrize("what", WEIGHTS)
def test_weights_that_are(what: str, good: bytes) -> None:
    change, sentence = WEIGHTS[what]
    assert sentence in refused(with_weights(good, change))


def test_a_file_by_another_name_is_refused(good: bytes) -> None:
    refused(good, "model.npz")
    refused(good, "model.pt")
    refused(good, "model")
    content = io.BytesIO()
    np.savez(content, coefs_0=np.zeros((784, 10)), intercepts_0=np.zeros(10))
    refused(content.getvalue(), "model.keras")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.data())
def test_noise_in_a_file_is_refused_or_harmless(good: bytes, data: st.DataObject) -> None:
    noisy = bytearray(good)
    for _ in range(data.draw(st.integers(1, 5))):
        noisy[data.draw(st.integers(0, len(noisy) - 1))] = data.draw(st.integers(0, 255))
    try:
        network, _ = keras_file.network(bytes(noisy))
    except ModelRefused:
        return
    assert network.predict(np.zeros((1, 784))).shape == (1, 10)


PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**9),
    st.floats(),
    st.text(max_size=5),
    st.just([]),
    st.just({}),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.data())
def test_a_description_with_anything_in_the_place_of_anything_is_refused_or_harmless(
    good: bytes, data: st.DataObject
) -> None:
    def change(config: Config) -> None:
        place: Any = config
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = data.draw(st.sampled_from(keys))
            if not (isinstance(place[key], dict | list) and place[key]) or data.draw(st.integers(0, 5)) == 0:
                place[key] = data.draw(PLAIN)
                return
            place = place[key]

    try:
        network, _ = keras_file.network(with_config(good, change))
    except ModelRefused:
        return
    assert network.predict(np.zeros((1, 784))).shape == (1, 10)
