"""Where a unit's value comes from, in JavaScript, against the same sums in NumPy."""

from __future__ import annotations

import base64
import math
import re
from typing import Any

import numpy as np
import pytest

from nnviz.core import paths
from nnviz.core.records import Array
from nnviz.data import mnist
from nnviz.inference import browser, layers
from nnviz.inference.graph import Network, Part
from nnviz.model_store import formats
from tests.components.javascript import evaluate
from tests.components.test_interpreter_in_javascript import chain, conv

MODULES = {
    "network/interpreter": "createNetwork",
    "network/unit_formula": "explainUnit, formulaLines, mapTerms, MAX_TERMS",
    "shared/text": "floatsFromBase64",
}
EXPLAIN = """({ steps, numbers, digit, asked }) => {
    const { layers, run } = createNetwork(steps, floatsFromBase64(numbers));
    run(floatsFromBase64(digit));
    return asked.map(([name, unit]) => {
        const layer = layers.find((each) => each.name === name);
        const { source, terms, count, bias, sum } = explainUnit(layer, unit);
        const lines = formulaLines(layer, unit, (from) => `unit ${from}`);
        const of = ({ source, ...term }) => ({ ...term, source: source.name });
        const maps = mapTerms(layer, unit).map(of);
        const first = terms.slice(0, MAX_TERMS).map(of);
        return { source: source.name, terms: first, count, bias, sum, lines, maps };
    });
}"""


def explained(network: Network, digit: Array, asked: list[tuple[str, int]]) -> list[dict[str, Any]]:
    program = browser.program_of(network)
    found: list[dict[str, Any]] = evaluate(
        MODULES,
        EXPLAIN,
        {
            "steps": program.steps,
            "numbers": base64.b64encode(program.numbers.astype("<f4").tobytes()).decode(),
            "digit": base64.b64encode(digit.astype("<f4").tobytes()).decode(),
            "asked": asked,
        },
    )
    return found


def products(part: Part, given: Array, unit: int) -> Array:
    """(n,) what every input adds to a unit, each at its place in `given` laid out flat."""
    kernel = part.weights["kernel"].astype(np.float64)
    if part.kind == "Dense":
        return given.ravel() * kernel[:, unit]
    high, wide, _, filters = kernel.shape
    columns = part.shape[1]
    place, which = divmod(unit, filters)
    top, left = divmod(place, columns)
    same = part.options["padding"] == "same"
    before = ((high - 1) // 2, (wide - 1) // 2) if same else (0, 0)
    found = np.zeros(given.shape)
    for y, x, channel in np.ndindex(high, wide, given.shape[2]):
        row, column = top + y - before[0], left + x - before[1]
        if 0 <= row < given.shape[0] and 0 <= column < given.shape[1]:
            found[row, column, channel] = given[row, column, channel] * kernel[y, x, channel, which]
    return found.ravel()


@pytest.mark.parametrize("name", ["mlp.npz", "cnn_k3.keras", "cnn_best.keras"])
def test_the_strongest_inputs_and_the_sum_are_those_of_numpy(name: str) -> None:
    network = formats.read_network(paths.shipped() / name)
    folded = browser.folded(network)
    digit = mnist.to_rows(mnist.embedded().images[2500:2501])[0]
    values = folded.forward(digit)
    rng = np.random.default_rng(0)
    weighted = [part for part in folded.parts if part.kind in ("Dense", "Conv2D")]
    asked = [(part.name, int(rng.integers(np.prod(part.shape)))) for part in weighted for _ in range(6)]
    for (layer, unit), found in zip(asked, explained(network, digit, asked), strict=True):
        part = next(part for part in folded.parts if part.name == layer)
        source = values[part.inputs[0]][0]
        expected = products(part, source, unit)
        bias = float(part.weights["bias"][unit % part.shape[-1]]) if "bias" in part.weights else 0.0
        assert found["bias"] == pytest.approx(bias, abs=1e-6)
        assert found["sum"] == pytest.approx(expected.sum() + bias, abs=1e-4)
        assert found["count"] == (expected != 0).sum()
        strongest = np.sort(np.abs(expected))[::-1][: len(found["terms"])]
        assert [abs(term["product"]) for term in found["terms"]] == pytest.approx(strongest, abs=1e-5)
        for term in found["terms"]:
            assert term["product"] == pytest.approx(expected[term["from"]], abs=1e-5)
            assert term["value"] == pytest.approx(source.ravel()[term["from"]], abs=1e-5)
    if name == "mlp.npz":
        last = explained(network, digit, [(folded.parts[-1].name, d) for d in range(10)])
        told = [float(re.search(r"= ([\d.]+)%$", each["lines"][-1])[1]) for each in last]  # type: ignore[index]
        answer = 100 * values[folded.parts[-1].name][0]
        np.testing.assert_allclose(told, answer, atol=0.051)


@pytest.mark.parametrize("name", ["cnn_k24.keras", "autoencoder_conv.keras"])
def test_every_formula_ends_at_its_units_own_value(name: str) -> None:
    network = formats.read_network(paths.shipped() / name)
    folded = browser.folded(network)
    digit = mnist.to_rows(mnist.embedded().images[2500:2501])[0]
    values = folded.forward(digit)
    rng = np.random.default_rng(1)
    weighted = [part for part in folded.parts if part.weights and part.options["activation"] != "softmax"]
    asked = [(part, int(rng.integers(np.prod(part.shape)))) for part in weighted for _ in range(8)]
    found = explained(network, digit, [(part.name, unit) for part, unit in asked])
    bends = {"relu": lambda x: max(x, 0), "linear": float, "sigmoid": lambda x: 1 / (1 + np.exp(-x))}
    for (part, unit), told in zip(asked, found, strict=True):
        value = values[part.name][0].ravel()[unit]
        assert bends[part.options["activation"]](told["sum"]) == pytest.approx(value, abs=1e-4), part.name
        assert len(told["terms"]) == min(6, told["count"])


def branched() -> Network:
    """Layers of the kinds that no shipped network has, with weights of no meaning."""
    rng = np.random.default_rng(3)
    sliding = {"data_format": "channels_last"}
    parts: list[Part] = [Part("image", "InputLayer", (), {}, (28, 28, 1), {})]

    def add(name: str, kind: str, inputs: tuple[str, ...], options: dict[str, Any]) -> None:
        shapes = {part.name: part.shape for part in parts}
        given = [shapes[each] for each in inputs]
        known = layers.KINDS[kind]
        weights = {
            each: rng.normal(size=shape).astype(np.float32)
            for each, shape in known.weights(options, given).items()
        }
        parts.append(Part(name, kind, inputs, options, known.shape(options, given), weights))

    bent = {"activation": "relu", "use_bias": True, "padding": "same", "dilation_rate": (1, 1), **sliding}
    kernel = {"kernel_size": (3, 3), "strides": (1, 1), **bent}
    add("first", "Conv2D", ("image",), {"filters": 4, **kernel, "strides": (2, 2)})
    depthwise = {"depth_multiplier": 2, **kernel}
    add("map by map", "DepthwiseConv2D", ("first",), depthwise)
    add("two steps", "SeparableConv2D", ("map by map",), {"filters": 8, **depthwise})
    add("added", "Add", ("map by map", "two steps"), {})
    pool = {"pool_size": (3, 3), "strides": (2, 2), "padding": "same", **sliding}
    add("mean", "AveragePooling2D", ("added",), pool)
    add("greatest", "MaxPooling2D", ("mean",), {**pool, "padding": "valid"})
    add("deeper", "Conv2D", ("greatest",), {"filters": 5, **kernel, "padding": "valid"})
    add("overall", "GlobalAveragePooling2D", ("deeper",), {"keepdims": False, **sliding})
    add("answer", "Dense", ("overall",), {"units": 10, "activation": "softmax", "use_bias": True})
    return Network("branched", tuple(parts))


def test_every_kind_of_layer_says_what_its_numbers_are_made_of() -> None:
    network = branched()
    digit = mnist.to_rows(mnist.embedded().images[2500:2501])[0]
    values = {name: found[0] for name, found in network.forward(digit).items()}
    rng = np.random.default_rng(4)
    asked = [
        (part, int(unit))
        for part in network.parts[1:-1]
        for unit in rng.integers(np.prod(part.shape), size=8)
    ]
    found = explained(network, digit, [(part.name, unit) for part, unit in asked])
    for (part, unit), told in zip(asked, found, strict=True):
        own = float(values[part.name].ravel()[unit])
        bent = max(told["sum"], 0.0) if part.options.get("activation") == "relu" else told["sum"]
        assert bent == pytest.approx(own, rel=1e-4, abs=1e-3), part.name
        for term in told["terms"]:
            assert term["source"] in part.inputs
            given = values[term["source"]].ravel()[term["from"]]
            assert term["value"] == pytest.approx(given, rel=1e-4, abs=1e-3)
        if part.kind == "Add":
            assert len(told["lines"]) == len([term for term in told["terms"] if term["value"]]) + 1


def test_what_each_map_before_adds_is_what_numpy_finds_without_the_others() -> None:
    network = branched()
    digit = mnist.to_rows(mnist.embedded().images[2500:2501])[0]
    values = network.forward(digit)
    rng = np.random.default_rng(5)
    for part in network.parts:
        if part.name not in ("two steps", "deeper"):
            continue
        asked = [(part.name, int(unit)) for unit in rng.integers(np.prod(part.shape), size=5)]
        given = values[part.inputs[0]]
        straight = {**part.options, "activation": "linear"}
        bare = {**part.weights, "bias": np.zeros_like(part.weights["bias"])}
        for (_, unit), told in zip(asked, explained(network, digit, asked), strict=True):
            alone = [
                layers.KINDS[part.kind].value(straight, bare, [given * (np.arange(given.shape[-1]) == i)])
                for i in range(given.shape[-1])
            ]
            expected = {i: float(each.ravel()[unit]) for i, each in enumerate(alone)}
            adds = {term["from"] % given.shape[-1]: term["product"] for term in told["maps"]}
            for i, product in expected.items():
                assert adds.get(i, 0.0) == pytest.approx(product, rel=1e-3, abs=2e-2)
            sizes = [abs(term["product"]) for term in told["maps"]]
            assert sizes == sorted(sizes, reverse=True)
            assert len(sizes) > 1


def test_what_is_moved_scaled_or_bent_is_told_from_where_it_was() -> None:
    layers_made = chain(
        ("Conv2D", conv(2, 3, 3, "valid")),
        ("ZeroPadding2D", {"padding": ((1, 0), (0, 2))}),
        ("Rescaling", {"scale": -2.0, "offset": 1.0}),
        ("Concatenate", {"axis": 3}),
        ("LeakyReLU", {"negative_slope": 0.1}),
        ("GlobalMaxPooling2D", {"keepdims": False}),
    )
    digit = np.random.default_rng(4).random(784).astype(np.float32)
    values = layers_made.forward(digit)
    asked = [
        (part.name, unit)
        for part in layers_made.parts[2:]
        for unit in (0, 1, math.prod(part.shape) // 2, math.prod(part.shape) - 1)
    ]
    for (name, unit), told in zip(asked, explained(layers_made, digit, asked), strict=True):
        value = values[name].ravel()[unit]
        if name.startswith("LeakyReLU"):
            assert told["lines"][0].startswith("leaky ReLU(")
            value = value if value > 0 else value / np.float32(0.1)
        assert told["sum"] == pytest.approx(value, abs=1e-5), name
        for term in told["terms"]:
            assert values[term["source"]].ravel()[term["from"]] == pytest.approx(term["value"], abs=1e-5)
        if name.startswith("ZeroPadding2D"):
            assert ("nothing was moved here" in told["lines"][0]) == (not told["terms"])


def test_pooling_takes_the_greatest_of_its_window() -> None:
    network = formats.read_network(paths.shipped() / "cnn_k3.keras")
    folded = browser.folded(network)
    digit = mnist.to_rows(mnist.embedded().images[700:701])[0]
    part = next(part for part in folded.parts if part.kind == "MaxPooling2D")
    values = folded.forward(digit)
    pooled = values[part.name][0]
    unit = int(pooled.argmax())
    (found,) = explained(network, digit, [(part.name, unit)])
    assert found["count"] == 4
    assert found["sum"] == pytest.approx(pooled.max(), abs=1e-4)
    assert values[part.inputs[0]][0].ravel()[found["terms"][0]["from"]] == pytest.approx(
        pooled.max(), abs=1e-4
    )
    assert found["lines"][0].startswith("the greatest of 4: ")
