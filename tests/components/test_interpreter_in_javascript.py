"""Networks computed in JavaScript against the same networks in NumPy, for which Keras vouches."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.special

from nnviz.core import paths
from nnviz.core.records import Array
from nnviz.data import mnist
from nnviz.inference import browser, graph
from nnviz.inference import layers as layer_kinds
from nnviz.inference.graph import Network, Part
from nnviz.model_store import formats
from nnviz.numpy_nn import activations
from tests.components.javascript import evaluate

CLOSE = 1e-4
SHIPPED = ["mlp.npz", "cnn_k3.keras", "cnn_best.keras", "autoencoder.keras", "autoencoder_conv.keras"]


def differences(folder: Path, network: Network, digits: Array) -> dict[str, float]:
    """How far JavaScript and NumPy are apart at most, layer by layer, over these digits."""
    program = browser.program_of(network)
    folded = browser.folded(network)
    parts = [folded.forward(digits[i : i + 100]) for i in range(0, len(digits), 100)]
    expected = [
        np.concatenate([part[layer.name].reshape(len(part[layer.name]), -1) for part in parts])
        for layer in folded.parts
    ]
    # As files, which Deno reads from the disk: a text of all layers' values would be 200 MB.
    files = {"numbers": program.numbers, "digits": digits, "expected": np.concatenate(expected, axis=1)}
    for name, values in files.items():
        np.ascontiguousarray(values, "<f4").tofile(folder / name)
    found: list[float] = evaluate(
        {"network/interpreter": "createNetwork"},
        """({ steps, count, files }) => {
            const floats = (path) => new Float32Array(Deno.readFileSync(path).buffer);
            const [numbers, digits, expected] = files.map(floats);
            const { layers, run } = createNetwork(steps, numbers);
            const size = digits.length / count;
            const worst = layers.map(() => 0);
            for (let digit = 0, at = 0; digit < count; digit += 1) {
                run(digits.subarray(digit * size, (digit + 1) * size));
                layers.forEach(({ values }, i) => {
                    for (let j = 0; j < values.length; j += 1, at += 1) {
                        const apart = Math.abs(values[j] - expected[at]);
                        if (!(apart <= worst[i])) worst[i] = apart; // what is no number stays so
                    }
                });
            }
            return worst.map((apart) => Number.isFinite(apart) ? apart : 1e9);
        }""",
        {"steps": program.steps, "count": len(digits), "files": [str(folder / name) for name in files]},
    )
    return dict(zip((part.name for part in folded.parts), found, strict=True))


def shipped(name: str) -> Network:
    path = paths.shipped() / name
    return formats.read_network(path)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_thousand_digits_are_the_same_numbers_in_every_layer(tmp_path: Path, name: str) -> None:
    digits = mnist.to_rows(mnist.embedded().images[::5])
    assert len(digits) == 1000
    found = differences(tmp_path, shipped(name), digits)
    assert max(found.values()) < CLOSE, found


def chain(*layers: tuple[str, dict[str, Any]], size: tuple[int, ...] = (28, 28, 1), seed: int = 0) -> Network:
    """Layers behind each other, with random weights; an Add or a Concatenate takes the two before it."""
    rng = np.random.default_rng(seed)
    parts = [Part("image", "InputLayer", (), {}, size, {})]
    for i, (kind, options) in enumerate(layers):
        inputs = tuple(part.name for part in (parts[-2:] if kind in ("Add", "Concatenate") else parts[-1:]))
        shapes = [part.shape for part in parts[-len(inputs) :]]
        known = layer_kinds.KINDS[kind]
        weights = {
            name: rng.uniform(0.5, 1.5, shape) if "variance" in name else rng.normal(0, 0.3, shape)
            for name, shape in known.weights(options, shapes).items()
        }
        parts.append(Part(f"{kind} {i}", kind, inputs, options, known.shape(options, shapes), weights))
    return Network("made", tuple(parts))


def sliding(size: int | tuple[int, int], stride: int | tuple[int, int], padding: str) -> dict[str, Any]:
    def two(n: int | tuple[int, int]) -> tuple[int, int]:
        return n if isinstance(n, tuple) else (n, n)

    return {"kernel_size": two(size), "pool_size": two(size), "strides": two(stride), "padding": padding}


def conv(filters: int, *where: Any, activation: str = "linear", use_bias: bool = True) -> dict[str, Any]:
    return {"filters": filters, **sliding(*where), "activation": activation, "use_bias": use_bias}


def dense(units: int, activation: str, use_bias: bool = True) -> tuple[str, dict[str, Any]]:
    return ("Dense", {"units": units, "activation": activation, "use_bias": use_bias})


NORM = ("BatchNormalization", {"epsilon": 1e-3, "scale": True, "center": True})
NORM_BARE = ("BatchNormalization", {"epsilon": 0.1, "scale": False, "center": False})


def norm(axis: int) -> tuple[str, dict[str, Any]]:
    return (NORM[0], {**NORM[1], "axis": axis})


RELU = ("ReLU", {"negative_slope": 0.2, "threshold": 0.1, "max_value": 0.7})
FLAT = ("Flatten", {})
EVERY_KIND = {
    "a convolution of odd places and odd filters": [("Conv2D", conv(5, 3, 1, "valid", activation="elu"))],
    "strides and paper at the edges": [("Conv2D", conv(6, (5, 4), (3, 2), "same", activation="tanh"))],
    "an even window, no bias": [("Conv2D", conv(3, 4, 1, "same", activation="silu", use_bias=False))],
    "a convolution of one pixel behind another": [
        ("Conv2D", conv(7, 3, 2, "same")), ("Conv2D", conv(2, 1, 1, "valid")),
    ],
    "a transposed convolution": [
        ("Conv2D", conv(3, 4, 4, "same")), ("Conv2DTranspose", conv(5, 3, 2, "same")),
    ],
    "a transposed one that keeps its edges": [
        ("Conv2D", conv(2, 4, 4, "valid")),
        ("Conv2DTranspose", conv(1, (4, 5), (2, 3), "valid", activation="sigmoid", use_bias=False)),
    ],
    "a channel by itself": [
        ("Conv2D", conv(3, 3, 2, "valid")),
        ("DepthwiseConv2D", {"depth_multiplier": 2, **conv(0, 3, 2, "same", activation="relu")}),
    ],
    "a separable one": [
        ("Conv2D", conv(3, 3, 2, "valid")),
        ("SeparableConv2D", {"depth_multiplier": 2, **conv(5, (2, 3), 1, "same", activation="relu")}),
    ],
    "poolings": [
        ("Conv2D", conv(3, 3, 1, "same")),
        ("MaxPooling2D", sliding(3, 2, "same")),
        ("AveragePooling2D", sliding((3, 2), (2, 1), "same")),
        ("MaxPooling2D", sliding(2, 1, "valid")),
        ("GlobalAveragePooling2D", {"keepdims": False}),
        dense(4, "softmax"),
    ],
    "normalised where it cannot be folded": [
        ("Conv2D", conv(3, 3, 2, "valid", activation="relu")), NORM, RELU, NORM_BARE, ("Softmax", {}),
    ],
    "added": [
        ("Conv2D", conv(1, 3, 1, "same")), ("Add", {}), ("Dropout", {"rate": 0.5}), FLAT, dense(6, "sigmoid"),
    ],
    "side by side, on each axis": [
        ("LeakyReLU", {"negative_slope": 0.2}), ("Concatenate", {"axis": 3}),
        ("Rescaling", {"scale": -2.0, "offset": 1.0}), ("Concatenate", {"axis": 1}),
        ("ELU", {"alpha": 0.7}), ("Concatenate", {"axis": 2}), ("GlobalMaxPooling2D", {"keepdims": False}),
        ("PReLU", {"shared_axes": None}), ("Concatenate", {"axis": 1}),
    ],
    "paper around it, cut, transposed, enlarged": [
        ("ZeroPadding2D", {"padding": ((1, 2), (0, 3))}), ("Conv2D", conv(3, 3, 2, "valid")),
        ("PReLU", {"shared_axes": (1, 2)}), ("Cropping2D", {"cropping": ((2, 0), (1, 4))}),
        ("Permute", {"dims": (3, 1, 2)}), ("UpSampling2D", {"size": (2, 3)}),
    ],
    "normalised along the rows": [
        ("Conv2D", conv(3, 3, 2, "valid")), norm(1), norm(2),
    ],
    "a digit without channels": [
        ("Reshape", {"target_shape": (28, 28)}), ("Permute", {"dims": (2, 1)}), norm(1),
        (NORM[0], NORM[1]),
    ],
    "rows of numbers": [
        FLAT, dense(49, "tanh", use_bias=False), ("Reshape", {"target_shape": (7, 7, 1)}),
        ("Activation", {"activation": "elu"}), ("Conv2D", conv(2, 2, 1, "valid")),
    ],
}  # fmt: skip


@pytest.mark.parametrize("layers", EVERY_KIND.values(), ids=EVERY_KIND)
def test_every_kind_of_layer_is_computed_as_in_numpy(
    tmp_path: Path, layers: list[tuple[str, dict[str, Any]]]
) -> None:
    digits = np.random.default_rng(1).normal(0, 1, (5, 784)).astype(np.float32)
    found = differences(tmp_path, chain(*layers), digits)
    assert max(found.values()) < CLOSE, found


@pytest.mark.parametrize("activation", sorted(layer_kinds.ACTIVATIONS))
def test_every_activation_is_computed_as_in_numpy(tmp_path: Path, activation: str) -> None:
    spread = 0.05 if activation == "exponential" else 1  # of e^88 nothing is near to 0.0001
    digits = np.random.default_rng(1).normal(0, spread, (5, 784)).astype(np.float32)
    found = differences(tmp_path, chain(FLAT, dense(40, activation), dense(9, activation)), digits)
    assert max(found.values()) < CLOSE, found


@pytest.mark.parametrize("operation", sorted(activations.OPERATIONS))
def test_every_operation_of_a_formula_is_numpy_s(operation: str) -> None:
    function = getattr(scipy.special if operation == "erf" else np, operation)
    z = np.linspace(-7, 7, 113)
    other = 0.5 - z if function.nin == 2 else None
    formula = [operation, "z"] if other is None else [operation, "z", ["subtract", 0.5, "z"]]
    found = evaluate(
        {"network/formula": "functionOf"},
        "([formula, z]) => z.map(functionOf(formula)).map((value) => Number.isFinite(value) ? value : null)",
        [formula, z.tolist()],
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = function(z) if other is None else function(z, other)
    np.testing.assert_allclose(
        np.array(found, float)[np.isfinite(expected)], expected[np.isfinite(expected)], rtol=1e-13
    )
    assert np.isfinite(expected).sum() > 50


def test_a_network_out_of_a_message_passes_its_trial() -> None:
    network = graph.dense([np.eye(784, 10)], [np.arange(10.0)], "relu")
    message = browser.pack_program(browser.program_of(network))
    built, changed, answer = evaluate(
        {
            "network/network_message": "parseMessage",
            "network/build_network": "buildNetwork",
            "shared/text": "bytesFromBase64",
        },
        """(text) => {
            const { header, numbers } = parseMessage(bytesFromBase64(text));
            const pixels = new Float32Array(784).fill(0.5);
            const found = buildNetwork(header, numbers);
            const answer = [...found.network.run(pixels)];
            return [!found.fault, buildNetwork(header, numbers.map((x) => 1.01 * x)).fault, answer];
        }""",
        base64.b64encode(message).decode(),
    )
    assert built
    assert changed == "This browser computes other numbers than the server, so the server reads."
    np.testing.assert_allclose(answer, network.predict(np.full(784, 0.5))[0], atol=1e-6)
