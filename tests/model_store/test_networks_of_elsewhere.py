"""Networks as people bring them: each is read with Keras' own numbers, here and in the browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnviz.core.records import Array
from nnviz.inference import browser
from nnviz.inference.graph import Network
from nnviz.keras_models import backend
from nnviz.model_store import keras_file
from nnviz.model_store.errors import ModelRefused
from tests.components.javascript import evaluate

CLOSE = 1e-4
Make = Callable[[Any], Any]


def sequential(*layers: Callable[[Any], Any], shape: tuple[Any, ...] = (28, 28, 1)) -> Make:
    """Layers behind each other; each is given `keras.layers`, and makes itself."""
    return lambda keras: keras.Sequential(
        [keras.layers.InputLayer(shape), *(make(keras.layers) for make in layers)]
    )


def conv(**options: Any) -> Callable[[Any], Any]:
    return lambda made: made.Conv2D(3, 3, strides=2, **options)


def flat(made: Any) -> Any:
    return made.Flatten()


def answer(made: Any) -> Any:
    return made.Dense(10, activation="softmax")


def sums(made: Any) -> Any:
    return made.Dense(10)


def within(*layers: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A Sequential of its own."""

    def make(made: Any) -> Any:
        keras = backend.keras()
        kind = keras.Sequential if made is keras.layers else _keras_2().Sequential
        return kind([each(made) for each in layers])

    return make


def _keras_2() -> Any:
    import tf_keras

    return tf_keras


def branched(keras: Any) -> Any:
    made, image = keras.layers, keras.Input((28, 28, 1))
    one = made.Conv2D(2, 3, padding="same", activation="relu")(image)
    two = made.Conv2D(3, 5, padding="same", name="other")(image)
    both = made.Concatenate()([one, two])
    deep = keras.Sequential(
        [made.Conv2D(4, 3), made.BatchNormalization(), made.DepthwiseConv2D(2), made.Conv2D(2, 3)],
        name="deep",
    )
    x = made.GlobalAveragePooling2D()(deep(made.ZeroPadding2D(1)(both)))
    return keras.Model(image, made.Dense(10, activation="softmax")(x))


def of_known_mean(made: Any) -> Any:
    return made.Normalization(mean=0.13, variance=0.09)


def of_learned_mean(made: Any) -> Any:
    layer = made.Normalization()
    layer.adapt(np.random.default_rng(5).random((20, 28, 28, 1), np.float32))
    return layer


def augmentation(made: Any) -> Any:
    return within(
        lambda made: made.RandomFlip("horizontal"),
        lambda made: made.RandomRotation(0.1),
        lambda made: made.RandomZoom(0.1),
        lambda made: made.RandomTranslation(0.1, 0.1),
        lambda made: made.RandomContrast(0.1),
    )(made)


def merged(*kinds: str, options: Mapping[str, Any] | None = None) -> Make:
    """Branches that meet in a layer of each kind, one of them a single row."""

    def make(keras: Any) -> Any:
        made, image = keras.layers, keras.Input((28, 28, 1))
        x = made.Conv2D(3, 3, strides=3, activation="tanh")(image)
        for kind in kinds:
            others = [made.Conv2D(3, 3, padding="same")(x) for _ in range(1 if kind == "Subtract" else 2)]
            x = getattr(made, kind)()([x, *others])
        return keras.Model(image, made.Dense(10, activation="softmax")(made.Flatten()(x)))

    return make


def squeezed(keras: Any) -> Any:
    """Each map weighed by a number of its own (squeeze and excite)."""
    made, image = keras.layers, keras.Input((28, 28, 1))
    x = made.Conv2D(6, 3, strides=3, activation="relu")(image)
    weight = made.GlobalAveragePooling2D(keepdims=True)(x)
    weight = made.Dense(6, activation="sigmoid")(made.Dense(2, activation="relu")(weight))
    x = made.Multiply()([x, weight])
    return keras.Model(image, made.Dense(10, activation="softmax")(made.Flatten()(x)))


def shared(keras: Any) -> Any:
    """A layer and a model that are used twice."""
    made, image = keras.layers, keras.Input((28, 28, 1))
    conv, bend = made.Conv2D(1, 3, padding="same", activation="tanh"), made.ReLU(6.0)
    deep = keras.Sequential(
        [keras.Input((28, 28, 1)), made.Conv2D(2, 5, strides=3), made.ReLU()], name="deep"
    )
    once = bend(conv(image))
    both = made.Average()([deep(once), deep(bend(conv(once)))])
    return keras.Model(image, made.Dense(10, activation="softmax")(made.Flatten()(both)))


# What both Keras 2 and Keras 3 write.
BOTH: dict[str, Make] = {
    "without maps": sequential(flat, lambda made: made.Dense(8, "relu"), answer, shape=(28, 28)),
    "logits": sequential(flat, lambda made: made.Dense(8, "tanh"), sums, shape=(784,)),
    "augmentation in a model of its own": sequential(augmentation, conv(), flat, answer),
    "noise of every kind": sequential(
        conv(),
        lambda made: made.GaussianNoise(0.3),
        lambda made: made.SpatialDropout2D(0.3),
        lambda made: made.GaussianDropout(0.3),
        flat,
        lambda made: made.Dropout(0.5),
        answer,
    ),
    "normalised along the rows": sequential(
        conv(), lambda made: made.BatchNormalization(axis=1), lambda made: made.ReLU(), flat, answer
    ),
    "normalised along the columns": sequential(
        conv(activation="relu"), lambda made: made.BatchNormalization(axis=-2), flat, answer
    ),
    "a length left open": sequential(
        lambda made: made.Reshape((28, 28, -1)), conv(), lambda made: made.Reshape((-1,)), answer,
        shape=(784,),
    ),
    "rescaled and normalised by a known mean": sequential(
        lambda made: made.Rescaling(2.0, offset=-1.0), of_known_mean, conv(), flat, answer
    ),
    "normalised by a learned mean": sequential(of_learned_mean, conv(), flat, answer),
    "paper around it, and an edge cut off": sequential(
        lambda made: made.ZeroPadding2D(((1, 2), (3, 0))),
        conv(),
        lambda made: made.Cropping2D((1, 2)),
        lambda made: made.UpSampling2D((2, 1)),
        lambda made: made.Permute((2, 3, 1)),
        flat,
        answer,
    ),
    "bends as layers": sequential(
        conv(),
        lambda made: made.LeakyReLU(),
        lambda made: made.Conv2D(2, 3),
        lambda made: made.PReLU(shared_axes=[1, 2]),
        lambda made: made.ELU(0.5),
        flat,
        lambda made: made.Dense(6),
        lambda made: made.PReLU(),
        answer,
    ),
    "bends by name": sequential(
        conv(activation="gelu"),
        lambda made: made.Conv2D(2, 3, activation="selu"),
        flat,
        lambda made: made.Dense(6, activation="softplus"),
        lambda made: made.Dense(6, activation="swish"),
        lambda made: made.Dense(6, activation="softsign"),
        lambda made: made.Dense(6, activation="leaky_relu"),
        answer,
    ),
    "bends of TensorFlow": sequential(
        flat, lambda made: made.Dense(7, backend.tensorflow().nn.relu),
        lambda made: made.Dense(10, backend.tensorflow().nn.softmax),
    ),
    "a bend given as an activation": sequential(
        flat, lambda made: made.Dense(7, activation=made.LeakyReLU(0.1)), answer
    ),
    "convolutions alone": sequential(
        conv(), conv(activation="relu"), lambda made: made.Conv2D(10, 6, activation="softmax"), flat
    ),
    "convolutions alone, a mean of many answers": sequential(
        conv(activation="relu"),
        lambda made: made.Conv2D(10, 1, activation="softmax"),
        lambda made: made.GlobalAveragePooling2D(),
    ),
    "convolutions alone, ten maps of one pixel": sequential(
        conv(), conv(), lambda made: made.Conv2D(10, 6), lambda made: made.Softmax()
    ),
    "convolutions alone, for pictures of any size": sequential(
        conv(activation="relu"),
        lambda made: made.Conv2D(10, 1),
        lambda made: made.GlobalMaxPooling2D(),
        lambda made: made.Softmax(),
        shape=(None, None, 1),
    ),
    "models within models": sequential(
        within(conv(activation="relu"), within(conv(), lambda made: made.BatchNormalization())),
        within(flat, lambda made: made.Dense(9, "relu"), lambda made: made.Dense(9)),
        sums,
    ),
    "branches": branched,
    "augmentation in a row": lambda keras: chain(
        keras, lambda made: made.RandomFlip("horizontal"), lambda made: made.RandomRotation(0.1),
        lambda made: made.RandomContrast(0.2), conv(), flat, answer, shape=(28, 28, 1),
    ),
    "sums, means and products": merged("Add", "Average", "Multiply"),
    "greatest, least and difference": merged("Maximum", "Minimum", "Subtract"),
    "each map weighed": squeezed,
    "used twice": shared,
    "normalised by itself": sequential(
        conv(activation="relu"), lambda made: made.LayerNormalization(), conv(), flat,
        lambda made: made.Dense(8), lambda made: made.LayerNormalization(center=False, epsilon=0.01),
        lambda made: made.UnitNormalization(), answer,
    ),
    "normalised by all of itself": sequential(
        conv(), lambda made: made.LayerNormalization(axis=[1, 2, 3], scale=False), flat, answer
    ),
    "a line of rows": sequential(
        lambda made: made.Conv1D(8, 3, activation="relu"), lambda made: made.BatchNormalization(),
        lambda made: made.MaxPooling1D(), lambda made: made.Conv1D(6, 3, padding="causal"),
        lambda made: made.SpatialDropout1D(0.2), lambda made: made.Dense(7, "relu"), flat, answer,
        shape=(28, 28),
    ),
    "a line of single numbers": sequential(
        lambda made: made.Conv1D(5, 9, strides=3, dilation_rate=1, activation="relu"),
        lambda made: made.AveragePooling1D(4), lambda made: made.Conv1D(6, 3, activation="gelu"),
        lambda made: made.GlobalAveragePooling1D(), answer, shape=(784, 1),
    ),
    "windows with holes": sequential(
        lambda made: made.Conv2D(3, 3, dilation_rate=(2, 3), padding="same"),
        lambda made: made.DepthwiseConv2D(3, dilation_rate=2, activation="relu"),
        lambda made: made.SeparableConv2D(4, (3, 2), dilation_rate=2), flat, answer,
    ),
    "maps in groups": sequential(
        conv(), lambda made: made.Conv2D(6, 3, groups=3, padding="same"), flat, answer
    ),
    "map by map, then all": sequential(
        lambda made: made.SeparableConv2D(4, 3, depth_multiplier=2, strides=2, activation="relu"),
        lambda made: made.DepthwiseConv2D((3, 2), depth_multiplier=2, padding="same"), flat, answer,
    ),
    "enlarged, with rows to spare": sequential(
        lambda made: made.MaxPooling2D(4),
        lambda made: made.Conv2DTranspose(2, 3, strides=3, output_padding=1, padding="same"),
        lambda made: made.Conv2DTranspose(2, (3, 4), strides=2, output_padding=(1, 0)),
        lambda made: made.Conv2DTranspose(2, 2, strides=3, padding="same"), flat, answer,
    ),
    "enlarged with straight lines": sequential(
        lambda made: made.AveragePooling2D(3, padding="same"),
        lambda made: made.UpSampling2D((2, 3), interpolation="bilinear"), flat, answer,
    ),
    "in another size": sequential(
        lambda made: made.Resizing(20, 33), conv(), lambda made: made.Resizing(5, 4), flat, answer
    ),
    "ten shares": sequential(
        flat, lambda made: made.Dense(8, "elu"), lambda made: made.Dense(10, "sigmoid")
    ),
    "logarithms of probabilities": sequential(
        flat, lambda made: made.Dense(8, "exponential"), lambda made: made.Dense(10, "log_softmax")
    ),
    "ends above": sequential(
        conv(activation="relu6"), lambda made: made.ReLU(2.0, 0.1, 0.3), lambda made: made.Conv2D(4, 3),
        lambda made: made.ReLU(max_value=1.5), lambda made: made.GlobalMaxPooling2D(), answer,
    ),
    "maps before the rows": sequential(
        lambda made: made.Permute((2, 3, 1)), conv(), flat, answer, shape=(1, 28, 28)
    ),
    "an edge of paper around the digit": sequential(conv(), conv(), flat, answer, shape=(32, 32, 1)),
    "three colours": sequential(conv(), flat, answer, shape=(28, 28, 3)),
    "three colours with an edge": sequential(conv(), flat, answer, shape=(32, 32, 3)),
    "a row of a row": sequential(flat, answer, shape=(1, 784)),
}  # fmt: skip
# What only Keras 3 has.
NEW: dict[str, Make] = {
    "read row by row": sequential(lambda made: made.SimpleRNN(16), answer, shape=(28, 28)),
    "read row by row, twice": sequential(
        lambda made: made.LSTM(12, activation="relu", return_sequences=True, dropout=0.2),
        lambda made: made.LSTM(8, go_backwards=True),
        answer,
        shape=(28, 28),
    ),
    "read row by row, at every step": sequential(
        lambda made: made.GRU(6, return_sequences=True), flat, sums, shape=(28, 28)
    ),
    "columns of maps, step by step": sequential(
        conv(), lambda made: made.Reshape((13, -1)), lambda made: made.GRU(9, reset_after=False), answer
    ),
    "normalised in groups, and to power 1": sequential(
        lambda made: made.Conv2D(6, 3, activation="relu"), lambda made: made.GroupNormalization(3),
        lambda made: made.Conv2D(4, 3), lambda made: made.RMSNormalization(), flat,
        lambda made: made.Dense(8), lambda made: made.GroupNormalization(groups=-1, scale=False),
        lambda made: made.RMSNormalization(epsilon=0.01), answer,
    ),
    "newer noise": sequential(
        lambda made: made.RandomErasing(),
        lambda made: made.RandomShear(0.1, 0.1),
        conv(),
        lambda made: made.AlphaDropout(0.2),
        lambda made: made.Identity(),
        flat,
        answer,
    ),
    "newer bends": sequential(
        conv(activation="mish"), lambda made: made.Conv2D(2, 3, activation="hard_silu"),
        lambda made: made.Activation("hard_sigmoid"), flat, answer,
    ),
    "numbers put to all values": lambda keras: keras.Model(
        image := keras.Input((28, 28, 1)),
        answer(keras.layers)(flat(keras.layers)(conv()(keras.layers)(1.5 - (image / 0.5 - 1.0) * 2 + image))),
    ),
    "the newest bends": sequential(
        conv(activation="log_sigmoid"), lambda made: made.Conv2D(2, 3, activation="hard_tanh"),
        flat, lambda made: made.Dense(6, "tanh_shrink"), lambda made: made.Dense(6, "squareplus"), answer,
    ),
    "cut around the middle": sequential(lambda made: made.CenterCrop(24, 21), conv(), flat, answer),
}  # fmt: skip


def drawn(model: Any) -> Any:
    """The model with every weight drawn afresh, as one that has learned; variances positive."""
    rng = np.random.default_rng(1)
    weights = []
    for weight in model.weights:
        name = weight.name.split(":")[0].split("/")[-1]
        if name == "moving_variance":
            weights.append(rng.uniform(0.5, 2, weight.shape))
        elif name in ("mean", "variance") or "int" in str(weight.dtype):
            weights.append(np.asarray(weight))  # found before the training
        else:
            weights.append(rng.normal(0, 0.4, weight.shape))
    model.set_weights(weights)
    return model


def saved(model: Any, folder: Path, suffix: str) -> bytes:
    path = folder / f"theirs{suffix}"
    model.save(path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def digits() -> Array:
    return np.random.default_rng(2).random((6, 28, 28), np.float32)


def theirs(model: Any, digits: Array) -> Array:
    """What Keras answers, as probabilities."""
    shape = [28 if length is None else length for length in model.input_shape[1:]]
    if 32 in shape:
        digits = np.pad(digits, ((0, 0), (2, 2), (2, 2)))
    if 3 in shape:
        digits = np.repeat(digits[..., None], 3, axis=-1)
    said = np.asarray(model.predict_on_batch(digits.reshape(-1, *shape))).reshape(len(digits), -1)
    if np.allclose(said.sum(axis=1), 1, atol=1e-3) and said.min() >= 0:
        return said
    if said.min() > 0 and said.max() < 1:  # ten sigmoids
        return said / said.sum(axis=1, keepdims=True)
    grown = np.exp(said - said.max(axis=1, keepdims=True))
    return grown / grown.sum(axis=1, keepdims=True)


def in_browser(networks: list[Network], digits: Array, folder: Path) -> list[Array]:
    """What JavaScript answers, all networks in one go."""
    programs = [browser.program_of(network) for network in networks]
    np.ascontiguousarray(digits.reshape(len(digits), -1), "<f4").tofile(folder / "digits")
    for i, program in enumerate(programs):
        program.numbers.astype("<f4").tofile(folder / str(i))
    found = evaluate(
        {"network/interpreter": "createNetwork"},
        """({ all, count, folder }) => {
            const floats = (name) => new Float32Array(Deno.readFileSync(`${folder}/${name}`).buffer);
            const digits = floats("digits");
            const size = digits.length / count;
            return all.map((steps, i) => {
                const { run } = createNetwork(steps, floats(String(i)));
                const one = (_, digit) => [...run(digits.subarray(digit * size, (digit + 1) * size))];
                return Array.from({ length: count }, one);
            });
        }""",
        {"all": [program.steps for program in programs], "count": len(digits), "folder": str(folder)},
    )
    return [np.array(each) for each in found]


@pytest.fixture(scope="module")
def kept() -> list[tuple[str, Network, Array]]:
    """Networks that were read, and what Keras answers, for the browser to be held against."""
    return []


# Of which the names of layers, their weights' places and their inputs are written down in four ways.
ALL_FILES = (
    *("logits", "normalised by a learned mean", "bends as layers", "models within models", "branches"),
    *(
        "used twice",
        "each map weighed",
        "windows with holes",
        "map by map, then all",
        "augmentation in a row",
    ),
)
Case = tuple[str, Make, int, str]
CASES: list[Case] = [
    *((what, make, 3, ".keras") for what, make in (BOTH | NEW).items()),
    *((what, make, 2, ".h5") for what, make in BOTH.items()),
    *((what, BOTH[what], 2, ".keras") for what in ALL_FILES),
    *((what, BOTH[what], 3, ".h5") for what in ALL_FILES),
]


@pytest.mark.filterwarnings("ignore")  # Keras thinks little of its older kinds of file
@pytest.mark.parametrize(
    ("what", "make", "version", "suffix"), CASES, ids=[f"{c[0]}, Keras {c[2]}, {c[3]}" for c in CASES]
)
def test_a_network_is_read_with_keras_own_numbers(
    what: str,
    make: Make,
    version: int,
    suffix: str,
    digits: Array,
    tmp_path: Path,
    kept: list[tuple[str, Network, Array]],
) -> None:
    keras = backend.keras() if version == 3 else _keras_2()
    model = drawn(make(keras))
    expected = theirs(model, digits)
    network, _ = keras_file.network(saved(model, tmp_path, suffix))
    np.testing.assert_allclose(network.predict(digits), expected, atol=CLOSE)
    if version == 3 and suffix == ".keras":
        again = network.to_keras()
        np.testing.assert_allclose(
            np.asarray(again(digits.reshape(-1, *network.parts[0].shape))), expected, atol=CLOSE
        )
        kept_file, _ = keras_file.network(keras_file.pack(again))
        np.testing.assert_array_equal(kept_file.predict(digits), network.predict(digits))
        kept.append((what, network, expected))


def test_the_browser_computes_them_too(
    digits: Array, tmp_path: Path, kept: list[tuple[str, Network, Array]]
) -> None:
    if not kept:
        pytest.skip("no network was read before")
    found = in_browser([network for _, network, _ in kept], digits, tmp_path)
    for (what, _, expected), said in zip(kept, found, strict=True):
        np.testing.assert_allclose(said, expected, atol=CLOSE, err_msg=what)


def chain(keras: Any, *layers: Callable[[Any], Any], shape: tuple[int, ...] = (784,)) -> Any:
    """Layers behind each other as a Functional model."""
    x = image = keras.Input(shape)
    for make in layers:
        x = make(keras.layers)(x)
    return keras.Model(image, x)


def dense(units: int, activation: str = "relu") -> Callable[[Any], Any]:
    return lambda made: made.Dense(units, activation=activation)


def like(filters: int, activation: str = "relu") -> Callable[[Any], Any]:
    return lambda made: made.Conv2D(filters, 3, padding="same", activation=activation)


def pool(made: Any) -> Any:
    return made.MaxPooling2D(padding="same")


def enlarge(made: Any) -> Any:
    return made.UpSampling2D()


def halves(keras: Any) -> Any:
    """Two models of other names, one of them a Sequential."""
    first = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(5)])
    second = chain(keras, dense(7), dense(784, "sigmoid"), lambda made: made.Reshape((28, 28)), shape=(5,))
    image = keras.Input((28, 28))
    return keras.Model(image, second(first(image)))


def test_what_was_done_to_a_network_is_said(tmp_path: Path) -> None:
    keras = backend.keras()

    def said(make: Make) -> str:
        return keras_file.remarks(saved(make(keras), tmp_path, ".keras"))

    assert said(BOTH["without maps"]) == ""
    assert "SpatialDropout2D" in said(BOTH["noise of every kind"])
    dropped = sequential(lambda made: made.RandomRotation(0.1), flat, lambda made: made.Dropout(0.5), answer)
    assert said(dropped) == "RandomRotation, Dropout do nothing when a network reads."
    assert "deep) stands here as often" in said(BOTH["used twice"])
    assert "(32, 32, 1): digits were given an edge of paper" in said(
        BOTH["an edge of paper around the digit"]
    )
    assert "repeated for each colour" in said(BOTH["three colours"])
    assert "zeros in them" in said(BOTH["maps in groups"])
    assert "ends in the probabilities" in said(BOTH["logarithms of probabilities"])


# Each with the size of its code.
DRAWING: dict[str, tuple[Make, int]] = {
    "one narrow layer": (lambda keras: chain(keras, dense(12), dense(784, "sigmoid")), 12),
    "an hourglass, bent in a layer of its own": (
        lambda keras: chain(
            keras, dense(30), dense(6, "linear"), lambda made: made.LeakyReLU(), dense(30),
            dense(784, "sigmoid"),
        ),
        6,
    ),
    "maps as a code": (
        lambda keras: chain(
            keras, like(4), pool, like(2), pool, like(4), enlarge, like(4), enlarge, like(1, "sigmoid"),
            shape=(28, 28, 1),
        ),
        98,
    ),
    "halves by other names": (halves, 5),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("version", "suffix"), [(3, ".keras"), (2, ".h5")])
@pytest.mark.parametrize("what", DRAWING)
def test_an_autoencoder_whose_halves_can_be_told_apart_is_read(
    what: str, version: int, suffix: str, digits: Array, tmp_path: Path
) -> None:
    make, size = DRAWING[what]
    keras = backend.keras() if version == 3 else _keras_2()
    model = drawn(make(keras))
    expected = np.asarray(model(digits.reshape(-1, *model.input_shape[1:]))).reshape(len(digits), -1)
    network, _ = keras_file.network(saved(model, tmp_path, suffix))
    assert network.encoder().parts[-1].shape == (size,)
    np.testing.assert_allclose(network.predict(digits).reshape(len(digits), -1), expected, atol=CLOSE)
    halves_of = network.decoder().predict(network.encoder().predict(digits))
    np.testing.assert_allclose(halves_of.reshape(len(digits), -1), expected, atol=CLOSE)
    if version == 3:
        kept_file, _ = keras_file.network(keras_file.pack(network.to_keras()))
        np.testing.assert_array_equal(kept_file.predict(digits), network.predict(digits))
        (said,) = in_browser([network], digits, tmp_path)
        np.testing.assert_allclose(said, expected, atol=CLOSE)


REFUSED: dict[str, tuple[Make, str]] = {
    "two narrow places": (
        lambda keras: chain(keras, dense(8), dense(50), dense(8), dense(784, "sigmoid")),
        "'encoder'",
    ),
    "a width that never narrows": (
        lambda keras: chain(keras, dense(900), dense(784, "sigmoid")), "'encoder'",
    ),
    "26 letters": (sequential(flat, lambda made: made.Dense(26, activation="softmax")), "(26,) numbers"),
    "a picture of two channels": (
        sequential(flat, answer, shape=(28, 28, 2)), "(28, 28, 2); expected was a digit",
    ),
    "a picture of many pixels": (
        sequential(flat, answer, shape=(64, 64, 1)), "(64, 64, 1); expected was a digit",
    ),
    "the angle between two layers": (
        lambda keras: keras.Model(
            image := keras.Input((784,)),
            keras.layers.Dot(1)([keras.layers.Dense(10)(image), keras.layers.Dense(10)(image)]),
        ),
        "is a 'Dot'",
    ),
    "what is masked": (sequential(lambda made: made.Masking(), flat, answer, shape=(28, 28)), "'Masking'"),
    "two answers": (
        lambda keras: keras.Model(
            image := keras.Input((784,)),
            [keras.layers.Dense(10, name="digit")(image), keras.layers.Dense(2, name="odd")(image)],
        ),
        "2 outputs (digit, odd)",
    ),
    "logarithms in the midst": (
        sequential(flat, lambda made: made.Dense(9, "log_softmax"), answer), "only as the answer",
    ),
    "normalised across the maps alone": (
        sequential(lambda made: made.LayerNormalization(axis=1), flat, answer), "expected were the last ones",
    ),
    "channels first": (
        sequential(lambda made: made.Conv2D(2, 1, data_format="channels_first"), flat, answer),
        "'channels_first' where one of channels_last",
    ),
    "a comparison that is no layer": (
        lambda keras: keras.Model(
            image := keras.Input((784,)), keras.layers.Dense(10, "softmax")(abs(image))
        ),
        "which is not one of the kinds that are taken here",
    ),
    "a layer that reads both ways": (
        sequential(lambda made: made.Bidirectional(made.LSTM(4)), answer, shape=(28, 28)),
        "is a 'Bidirectional'",
    ),
    "normalised pixel by pixel": (
        sequential(lambda made: made.Normalization(axis=(1, 2)), flat, answer), "normalises along the axes",
    ),
    "a picture of another size, its pixels repeated": (
        sequential(lambda made: made.Resizing(32, 32, "nearest"), flat, answer), "(interpolation)",
    ),
    "ten numbers from −1 to 1": (sequential(flat, lambda made: made.Dense(10, "tanh")), "last step is tanh"),
    "dropout that is at work when it reads": (
        lambda keras: keras.Model(
            image := keras.Input((784,)),
            keras.layers.Dense(10, "softmax")(keras.layers.Dropout(0.5)(image, training=True)),
        ),
        "in a way that is not known",
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_read_rightly_is_refused_with_the_reason(
    what: str, version: int, tmp_path: Path
) -> None:
    make, why = REFUSED[what]
    keras = backend.keras() if version == 3 else _keras_2()
    content = saved(make(keras), tmp_path, ".keras" if version == 3 else ".h5")
    with pytest.raises(ModelRefused) as refusal:
        keras_file.network(content)
    assert why in str(refusal.value)
