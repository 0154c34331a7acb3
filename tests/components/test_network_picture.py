"""The picture of a network: what goes to the browser, and its connections against NumPy."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from nnviz.components import Slot, network_picture
from nnviz.components.network_picture import _asks
from nnviz.core import paths
from nnviz.core.records import Activations, Array
from nnviz.data import mnist
from nnviz.inference import browser
from nnviz.model_store import formats
from tests.components.javascript import evaluate

TRACE = """({ steps, numbers, digit }) => {
    const { layers, run } = createNetwork(steps, floatsFromBase64(numbers));
    const answer = run(floatsFromBase64(digit));
    const most = answer.indexOf(Math.max(...answer));
    const found = traceBack(layers[layers.length - 1], [most], { first: 10, each: 5, most: 5 });
    return found.map(({ layer, source, from, to, product }) => [layer.name, source.name, from, to, product]);
}"""
STEP = """({ steps, numbers, digit, asked }) => {
    const { layers, run } = createNetwork(steps, floatsFromBase64(numbers));
    run(floatsFromBase64(digit));
    return asked.map(([name, unit]) => convolutionStep(layers.find((layer) => layer.name === name), unit))
        .map(({ before, value, total, bias }) => [before, value, total, bias]);
}"""


def packed(values: Array) -> str:
    return base64.b64encode(values.astype("<f4").tobytes()).decode()


def a_digit() -> Array:
    row: Array = mnist.to_rows(mnist.embedded().images[3507:3508])[0]
    return row


@pytest.mark.parametrize("name", ["mlp.npz", "mlp_study.npz"])
def test_the_lines_behind_an_answer_are_numpys_strongest_products(name: str) -> None:
    network = formats.read_network(paths.shipped() / name)
    program, digit = browser.program_of(network), a_digit()
    modules = {
        "network/interpreter": "createNetwork",
        "network_picture/connections": "traceBack",
        "shared/text": "floatsFromBase64",
    }
    given = {"steps": program.steps, "numbers": packed(program.numbers), "digit": packed(digit)}
    found = evaluate(modules, TRACE, given)
    values = network.forward(digit)
    units, limit = [int(values["output"][0].argmax())], 10
    for part in reversed(network.parts[1:]):
        before = values[part.inputs[0]][0]
        expected: list[tuple[int, int, float]] = []
        for unit in units:
            products = before * part.weights["kernel"][:, unit]
            for i in np.argsort(-np.abs(products), kind="stable")[:limit]:
                expected.append((int(i), unit, float(products[i])))
        shown = [line for line in found if line[0] == part.name]
        assert {(start, end) for _, _, start, end, _ in shown} == {(i, u) for i, u, _ in expected}
        told = sorted(product for *_, product in shown)
        assert told == pytest.approx(sorted(product for *_, product in expected), abs=1e-5)
        carried: dict[int, float] = {}
        for i, _, product in expected:
            carried[i] = carried.get(i, 0.0) + abs(product)
        units, limit = sorted(carried, key=lambda i: -carried[i])[:5], 5


@pytest.mark.parametrize("name", ["cnn_k8.keras", "cnn_best.keras"])
def test_a_step_of_a_convolution_ends_at_the_value_that_numpy_computes(name: str) -> None:
    network = browser.folded(formats.read_network(paths.shipped() / name))
    program, digit = browser.program_of(network), a_digit()
    rng = np.random.default_rng(0)
    layers = [part for part in network.parts if part.kind == "Conv2D"]
    asked = [(part.name, int(rng.integers(np.prod(part.shape)))) for part in layers for _ in range(20)]
    modules = {
        "network/interpreter": "createNetwork",
        "network_picture/step": "convolutionStep",
        "shared/text": "floatsFromBase64",
    }
    given = {"steps": program.steps, "numbers": packed(program.numbers), "digit": packed(digit)}
    values = network.forward(digit)
    for (layer, unit), told in zip(asked, evaluate(modules, STEP, {**given, "asked": asked}), strict=True):
        before, value, total, bias = told
        assert value == pytest.approx(float(values[layer][0].ravel()[unit]), abs=1e-4)
        assert max(before, 0.0) == pytest.approx(value, abs=1e-4)
        assert total + bias == pytest.approx(before)


def inside(code: str = "") -> Activations:
    """What a server would say of a network of one hidden layer."""
    hidden = np.arange(4, dtype=np.float32)
    if code:
        layers = (("squeezed", hidden), ("pixels", np.full(784, 0.25, np.float32)))
        return Activations(np.zeros((28, 28), np.float32), layers, np.zeros(0, np.float32), code)
    probabilities = np.full(10, 0.1, np.float32)
    return Activations(np.zeros((28, 28), np.float32), (("hidden", hidden),), probabilities)


def shown_page(digest: str, asked: str | None) -> None:
    import numpy as np
    import streamlit as st

    from nnviz.components import Slot, network_picture
    from tests.components.test_network_picture import inside

    if asked:
        st.session_state["picture"] = {"asked": asked}
    image = np.zeros((28, 28), np.float32)
    image[3, 4] = 1
    why = "" if digest else "It is too large."
    slot = Slot("mlp", "MLP", False, digest, b"", why)
    network_picture(slot, image, inside, title="A 7", label=7, key="picture")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the component is given, in place of a browser."""
    from nnviz.components import network_picture as module  # the function hides the module of its name

    found: list[dict[str, Any]] = []
    namespace = module.__globals__
    monkeypatch.setitem(namespace, "_mount", lambda *, data, **rest: found.append(data))
    monkeypatch.setitem(namespace, "send_networks", lambda slots, key: None)
    return found


def page(digest: str, asked: str | None = None) -> None:
    run = AppTest.from_function(shown_page, args=(digest, asked), default_timeout=60).run()
    assert not run.exception


def test_the_browser_is_given_the_digit_and_no_values_where_it_computes_them(
    sent: list[dict[str, Any]],
) -> None:
    page("abc")
    (data,) = sent
    pixels = np.frombuffer(base64.b64decode(data["digit"]), np.uint8).reshape(28, 28)
    assert (pixels[3, 4], pixels.sum()) == (255, 255)
    assert (data["digest"], data["server"], data["why"], data["label"]) == ("abc", None, "", 7)


def test_what_no_browser_computes_comes_with_the_servers_values_and_the_reason(
    sent: list[dict[str, Any]],
) -> None:
    page("")
    (data,) = sent
    assert data["why"] == "It is too large."
    assert [(layer["name"], layer["shape"]) for layer in data["server"]] == [
        ("hidden", [4]),
        ("answer", [10]),
    ]
    hidden = np.frombuffer(base64.b64decode(data["server"][0]["values"]), "<f4")
    assert hidden.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(("asked", "served"), [("abc", True), ("other", False)])
def test_a_browser_that_computes_other_numbers_is_given_the_servers_for_that_network(
    sent: list[dict[str, Any]], asked: str, served: bool
) -> None:
    page("abc", asked)
    assert (sent[0]["server"] is not None) is served


@pytest.mark.parametrize("state", [None, 7, "abc", {}, {"asked": ["abc"]}, {"asked": None}])
def test_anything_else_that_is_sent_asks_for_nothing(state: Any) -> None:
    assert not _asks(state, "abc")


def test_an_autoencoders_last_layer_is_the_drawing_and_its_code_is_named() -> None:
    drawn = inside("squeezed")
    assert [name for name, _ in drawn.with_answer] == ["squeezed", "pixels"]
    assert (drawn.code_index, inside().code_index) == (0, None)


def test_a_digit_of_another_size_is_refused() -> None:
    slot = Slot("mlp", "MLP", False, "abc")
    with pytest.raises(ValueError, match="28 x 28"):
        network_picture(slot, np.zeros(784, np.float32), inside, key="picture")
