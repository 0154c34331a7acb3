"""An autoencoder's file, read without Keras: every layer as Keras has it, and hostile files refused."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnviz.core.identity import PROGRAM
from nnviz.core.records import Array, Epoch, History, ModelCard
from nnviz.data import mnist
from nnviz.inference import keras_config
from nnviz.inference.graph import BadNetwork, Network
from nnviz.inspection import activations
from nnviz.keras_models import autoencoder, backend
from nnviz.keras_models.autoencoder import Settings
from nnviz.model_store import keras_file, store
from tests.model_store.test_keras_uploads import (
    PLAIN,
    Config,
    layer,
    nested,
    refused,
    unzipped,
    with_config,
    with_weights,
    zipped,
)

SHIPPED = ("autoencoder", "autoencoder_conv")
CARD = ModelCard(
    "",
    "autoencoder",
    "My autoencoder",
    "2026-01-01T00:00:00+00:00",
    "digits",
    "0" * 16,
    90,
    10,
    3,
    settings={"loss": "squared error", "code_size": 99, "max_iter": 2},
    metrics={"test_error": 0.05},
    history=History((Epoch(1, 0.1, float("nan"), 0.2, seconds=1.0),), "finished"),
)


@pytest.fixture(scope="module")
def digits() -> Array:
    return mnist.to_rows(mnist.embedded().images[::25])


@pytest.fixture(scope="module")
def model() -> Any:
    made = autoencoder.build(
        Settings(architecture="convolutional", code_size=5, noise=0.2, sparsity=0.001, random_state=3)
    )
    return shaken(made)


@pytest.fixture(scope="module")
def good(model: Any) -> bytes:
    return keras_file.pack(model, CARD)


def shaken(model: Any) -> Any:
    """Biases too, which start at nought."""
    rng = np.random.default_rng(0)
    model.set_weights([w + rng.normal(0, 0.05, w.shape) for w in model.get_weights()])
    return model


def assert_layers_are_keras(network: Network, model: Any, digits: Array) -> None:
    values = network.forward(digits)
    compared = 0
    for half, x in (("encoder", digits), ("decoder", values[network.code])):
        theirs = model.get_layer(half)
        inside = backend.keras().Model(theirs.inputs[0], [each.output for each in theirs.layers])
        for each, expected in zip(
            theirs.layers[1:], inside(x.reshape(-1, *theirs.input_shape[1:]))[1:], strict=True
        ):
            ours = values[f"{half}: {each.name}"]
            np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-5, err_msg=each.name)
            assert ours.dtype == np.float32
            compared += 1
    assert compared == sum(part.name.startswith(("encoder: ", "decoder: ")) for part in network.parts)
    drawn = autoencoder.reconstruct(model, digits)
    np.testing.assert_allclose(network.predict(digits).reshape(drawn.shape), drawn, atol=1e-5)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_layer_of_the_shipped_ones_gives_keras_numbers(name: str, digits: Array) -> None:
    network, _ = keras_file.network(store.find(name).path.read_bytes())
    assert network.code == "encoder: code"
    assert_layers_are_keras(network, store.load(name), digits)


@pytest.mark.parametrize("architecture", ["dense", "convolutional"])
@pytest.mark.parametrize(("noise", "sparsity"), list(itertools.product((0, 0.3), (0, 0.0001))))
def test_whatever_can_be_built_is_read_and_built_again(
    architecture: Any, noise: float, sparsity: float, digits: Array
) -> None:
    made = shaken(
        autoencoder.build(
            Settings(architecture=architecture, code_size=7, noise=noise, sparsity=sparsity, random_state=1)
        )
    )
    network, card = keras_file.network(keras_file.pack(made, CARD))
    assert card is not None
    assert_layers_are_keras(network, made, digits[:20])
    assert [part.shape for part in network.parts if part.name == network.code] == [(7,)]
    again = network.to_keras()
    assert autoencoder.describe(again) == autoencoder.describe(made)
    np.testing.assert_array_equal(
        autoencoder.encode(again, digits[:20]), autoencoder.encode(made, digits[:20])
    )
    np.testing.assert_array_equal(
        keras_config.from_keras(made).predict(digits[:20]), network.predict(digits[:20])
    )


def test_the_decoder_of_the_code_is_the_whole_model(digits: Array) -> None:
    for name in SHIPPED:
        model = store.load(name)
        whole = model(digits.reshape(-1, *model.input_shape[1:]), training=False)
        halves = autoencoder.decode(model, autoencoder.encode(model, digits))
        np.testing.assert_allclose(halves.ravel(), np.ravel(whole), atol=1e-6)
        network = keras_config.from_keras(model)
        code = network.encoder().predict(digits)
        np.testing.assert_allclose(
            network.decoder().predict(code), network.predict(digits), atol=1e-6, err_msg=name
        )


def test_reading_one_needs_neither_keras_nor_tensorflow() -> None:
    program = (
        "import sys; from nnviz.model_store import formats, store; "
        "network = formats.read_network(store.find('autoencoder_conv').path); "
        "assert network.code and not {'tensorflow', 'keras', 'sklearn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_look_inside_ends_with_the_digit_drawn_again(name: str, digits: Array) -> None:
    model = store.load(name)
    network = keras_config.from_keras(model)
    seen = activations.activations(network, digits[3])
    assert seen.probabilities.shape == (0,)
    values = dict(seen.layers)
    np.testing.assert_allclose(values[seen.code], autoencoder.encode(model, digits[3])[0], atol=1e-5)
    assert seen.reconstruction is not None
    np.testing.assert_allclose(seen.reconstruction, autoencoder.reconstruct(model, digits[3])[0], atol=1e-5)
    assert list(values)[-1] == network.parts[-1].name
    assert not {"encoder: flat", "decoder: square"} & set(values)
    by_keras = activations.activations(model, digits[3])
    assert [key for key, _ in by_keras.layers] == list(values)


def test_a_downloaded_autoencoder_comes_back(good: bytes, model: Any, digits: Array) -> None:
    entry = store.receive("mine.keras", good)
    card = entry.card
    assert (card.kind, card.title, card.n_train) == ("autoencoder", "My autoencoder", 90)
    assert card.settings == {
        "architecture": "convolutional",
        "code_size": 5,
        "sparsity": 0.001,
        "noise": 0.2,
        "loss": "squared error",
        "max_iter": 2,
    }, "what it is, as it is; how it was trained, as its card says"
    assert (
        card.parameters
        == model.count_params()
        == autoencoder.parameters(Settings(architecture="convolutional", code_size=5))
    )
    assert len(card.history.epochs) == 1
    expected = autoencoder.reconstruct(model, digits)
    np.testing.assert_allclose(autoencoder.reconstruct(store.load(entry.name), digits), expected, atol=1e-6)
    again = store.receive("again.keras", store.content(entry))
    np.testing.assert_allclose(autoencoder.reconstruct(store.load(again.name), digits), expected, atol=1e-6)
    for each in (entry, again):
        store.delete(each, by=PROGRAM)


@pytest.mark.parametrize(
    "said", [{"max_iter": "many"}, {"hidden_layer_sizes": 1.5}, {"loss": [1]}, {"batch_size": 1e300}]
)
def test_a_card_that_talks_nonsense_of_the_training_is_not_believed(
    good: bytes, said: dict[str, Any]
) -> None:
    entry = store.receive("mine.keras", keras_file.embed(good, dataclasses.replace(CARD, settings=said)))
    assert set(entry.card.settings) == {"architecture", "code_size", "sparsity", "noise"}
    store.delete(entry, by=PROGRAM)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_ones_may_be_downloaded_and_opened_again(name: str) -> None:
    shipped = store.find(name)
    entry = store.receive(f"{name}.keras", store.content(shipped))
    assert entry.card.layers == shipped.card.layers
    assert entry.card.metrics == shipped.card.metrics
    store.delete(entry, by=PROGRAM)


def test_one_without_a_card_is_opened_too(good: bytes) -> None:
    members = unzipped(good)
    del members["card.json"]
    entry = store.receive("theirs.keras", zipped(members))
    assert (entry.card.kind, entry.card.title) == ("autoencoder", "theirs")
    store.delete(entry, by=PROGRAM)


def theirs(shape: tuple[int, ...], squeeze: Callable[[Any, Any], Any]) -> Any:
    """An autoencoder that somebody else made, its layers called as Keras calls them."""
    keras = backend.keras()
    image, code = keras.Input(shape), keras.Input((4,))
    drawn = keras.layers.Dense(784, activation="sigmoid")(keras.layers.Dense(9, activation="elu")(code))
    encoder = keras.Model(image, squeeze(keras.layers, image), name="encoder")
    decoder = keras.Model(code, keras.layers.Reshape(shape)(drawn), name="decoder")
    outer = keras.Input(shape)
    return keras.Model(outer, decoder(encoder(outer)))


def saved(model: Any, folder: Path) -> bytes:
    model.save(folder / "theirs.keras")
    return (folder / "theirs.keras").read_bytes()


@pytest.mark.parametrize("shape", [(784,), (28, 28, 1), (28, 28)])
def test_what_somebody_else_built_of_two_halves_is_opened(
    shape: tuple[int, ...], digits: Array, tmp_path: Path
) -> None:
    model = theirs(shape, lambda made, x: made.Activation("tanh")(made.Dense(4)(made.Flatten()(x))))
    entry = store.receive("theirs.keras", saved(model, tmp_path))
    assert (entry.card.settings["code_size"], entry.card.settings["architecture"]) == (4, "dense")
    assert [layer.name.split(":")[0] for layer in entry.card.layers].count("encoder") == 3 + (
        shape == (28, 28)
    )
    np.testing.assert_allclose(
        autoencoder.reconstruct(store.load(entry.name), digits),
        autoencoder.reconstruct(model, digits),
        atol=1e-6,
    )
    store.delete(entry, by=PROGRAM)


def test_halves_that_branch_are_refused(tmp_path: Path) -> None:
    def branched(made: Any, x: Any) -> Any:
        return made.Add()([made.Dense(4)(x), made.Dense(4)(x)])

    assert "a single row" in refused(saved(theirs((784,), branched), tmp_path))


def test_a_file_by_another_name_is_refused(good: bytes) -> None:
    for name in ("model.npz", "model", "model.keras.zip"):
        refused(good, name)


def half(config: Config, name: str) -> Config:
    return layer(config, name)["config"]


def within(half_name: str, which: str, /, **options: Any) -> Callable[[bytes], bytes]:
    """The file with options of one layer of a half changed."""

    def change(config: Config) -> None:
        rows = half(config, half_name)["layers"]
        next(row for row in rows if row["config"]["name"] == which)["config"].update(options)

    return lambda good: with_config(good, change)


def outside(change: Callable[[Config], object]) -> Callable[[bytes], bytes]:
    return lambda good: with_config(good, change)


def with_lambda(config: Config) -> None:
    rows = half(config, "decoder")["layers"]
    rows[-1].update(class_name="Lambda")


def three_halves(config: Config) -> None:
    config["config"]["layers"].append(layer(config, "decoder"))


def turned_round(config: Config) -> None:
    rows = config["config"]["layers"]
    rows[-1], rows[-2] = rows[-2], rows[-1]


def noise_elsewhere(config: Config) -> None:
    layer(config, "noise").update(class_name="Dense")


def deeper(config: Config) -> None:
    rows = half(config, "encoder")["layers"]
    rows[1] = json.loads(json.dumps(layer(config, "encoder")))


BROKEN: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "the first half": (lambda good: good[: len(good) // 2], "cut off before its end"),
    "all but the end": (lambda good: good[:-30], "cut off before its end"),
    "a deep text": (
        lambda good: zipped(unzipped(good) | {"config.json": nested(100_000)}),
        "damaged, or not a .keras file",
    ),
    "a bomb": (
        lambda good: zipped(unzipped(good) | {"model.weights.h5": bytes(120_000_000)}),
        "unpacks to 120 MB",
    ),
    "a Lambda layer": (outside(with_lambda), "'Lambda'"),
    "a half by another name": (
        outside(lambda config: half(config, "encoder").update(name="evil")),
        "'decoder' comes before the layers that it needs",
    ),
    "a half that is another class": (
        outside(lambda config: layer(config, "encoder").update(class_name="TFSMLayer")),
        "'TFSMLayer'",
    ),
    "three halves": (outside(three_halves), "called 'decoder'"),
    "the decoder first": (outside(turned_round), "'decoder' comes before the layers that it needs"),
    "a layer where noise may be": (outside(noise_elsewhere), "."),
    "halves within halves": (outside(deeper), "comes before the layers that it needs"),
    "a code of another size": (within("encoder", "code", units=6), r"inputs of the shape \(5,\)"),
    "a code beyond number": (within("encoder", "code", units=10**9), "from 1 to 4096"),
    "a code that is no number": (within("encoder", "code", units="many"), "'many'"),
    "filters beyond number": (within("decoder", "parts", filters=10**12), "from 1 to 512"),
    "kernels without end": (within("decoder", "parts", kernel_size=[10**9] * 2), "from 1 to 28"),
    "steps without end": (within("decoder", "parts", strides=[10**9] * 2), "from 1 to 28"),
    "a larger digit": (within("decoder", "pixels", strides=[4, 4]), "no digit of 28 × 28"),
    "an odd edge": (within("decoder", "parts", output_padding=[9, 9]), "adds 9 rows or columns"),
    "wide steps": (within("decoder", "parts", dilation_rate=[2, 2]), "from 1 to 1"),
    "a price beyond number": (
        within("encoder", "code", activity_regularizer={"class_name": "L1", "config": {"l1": 1e300}}),
        "from 0 to 1e\\+06",
    ),
    "an activation that is a class": (
        within("decoder", "pixels", activation={"module": "os", "class_name": "system"}),
        "where one of relu, sigmoid",
    ),
    "half precision": (
        within(
            "encoder",
            "code",
            dtype={"module": "keras", "class_name": "DTypePolicy", "config": {"name": "mixed_float16"}},
        ),
        "another type of number",
    ),
    "two layers of one name": (within("encoder", "gathered", name="flat"), "'flat'"),
    "pixels of any size": (within("decoder", "pixels", activation="linear"), "numbers from 0 to 1"),
    "many units": (within("decoder", "spread", units=300), "right shape for the layer 'decoder: spread'"),
    "no layers": (outside(lambda config: half(config, "decoder").update(layers=[])), "2 to 64 layers"),
    "a layer used twice": (
        outside(lambda config: layer(config, "decoder").update(inbound_nodes=[])),
        "something else than one input",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_file_that_is_not_an_autoencoder_of_digits_is_refused_in_a_sentence(good: bytes, what: str) -> None:
    spoil, sentence = BROKEN[what]
    assert re.search(sentence, refused(spoil(good)))


def test_the_sizes_are_checked_before_anything_is_built(good: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def built(*_: Any) -> None:
        raise AssertionError("Keras was asked to build")

    monkeypatch.setattr(Network, "to_keras", built)
    refused(within("encoder", "code", units=10**9)(good))


@pytest.mark.parametrize("place", ["encoder", "decoder"])
def test_weights_that_are_missing_or_links_are_refused(good: bytes, place: str) -> None:
    import h5py

    path = f"layers/{'functional' if place == 'encoder' else 'functional_1'}/layers/dense/vars/1"

    def swapped(values: Any) -> Callable[[h5py.File], None]:
        def change(file: h5py.File) -> None:
            del file[path]
            if values is not None:
                file[path] = values

        return change

    for values, sentence in (
        (None, "lacks weights"),
        (np.zeros(6, np.float32), "right shape for the layer"),
        (np.full(256, np.nan, np.float32), "not finite"),
        (np.full(256, 3e38, np.float32), "codes are not finite"),
        (h5py.ExternalLink("/etc/passwd", "x"), "lacks weights"),
    ):
        if "codes" in sentence and place == "decoder":
            continue  # a sigmoid swallows any size
        assert sentence in refused(with_weights(good, swapped(values)))


def test_a_lambda_layer_in_a_half_never_runs(tmp_path: Path) -> None:
    keras = backend.keras()
    traces = tmp_path / "it ran"
    image, code = keras.Input((784,)), keras.Input((4,))
    squeezed = keras.layers.Dense(4)(
        keras.layers.Lambda(lambda x, where=str(traces): Path(where).write_text("!") and x)(image)
    )
    encoder = keras.Model(image, squeezed, name="encoder")
    decoder = keras.Model(code, keras.layers.Dense(784, activation="sigmoid")(code), name="decoder")
    outer = keras.Input((784,))
    keras.Model(outer, decoder(encoder(outer))).save(tmp_path / "evil.keras")
    traces.unlink(missing_ok=True)  # it ran here, when the model was built
    assert "'Lambda'" in refused((tmp_path / "evil.keras").read_bytes())
    with pytest.raises(store.ModelRefused, match="'Lambda'"):
        store.load(tmp_path / "evil.keras")
    assert not traces.exists()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.data())
def test_a_description_with_anything_in_the_place_of_anything_is_refused_or_read(
    good: bytes, data: st.DataObject
) -> None:
    config: Config = json.loads(unzipped(good)["config.json"])
    place: Any = config
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not (isinstance(place[key], dict | list) and place[key]) or data.draw(st.integers(0, 7)) == 0:
            place[key] = data.draw(PLAIN)
            break
        place = place[key]
    try:
        plan = keras_config.read_config(config["config"], config["class_name"])
    except BadNetwork:
        return
    blank = {
        name: [np.zeros(shape, np.float32) for shape in place.stored.values()]
        for name, place in plan.places.items()
    }
    assert plan.with_weights(blank).predict(np.zeros((1, 784))).size == 784
