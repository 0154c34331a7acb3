"""Programs for browsers: what they hold, what they leave out, and which networks become none."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nnviz.inference import browser, graph
from nnviz.inference.graph import Network, Part


def small(hidden: int = 6) -> Network:
    rng = np.random.default_rng(0)
    coefs = [rng.normal(size=(784, hidden)), rng.normal(size=(hidden, 10))]
    return graph.dense(coefs, [rng.normal(size=w.shape[1]) for w in coefs], "relu")


def test_the_numbers_are_all_weights_in_the_order_of_the_steps() -> None:
    network = small()
    program = browser.program_of(network)
    assert [step["name"] for step in program.steps] == ["pixels", "hidden 1", "output"]
    assert [step["inputs"] for step in program.steps] == [[], [0], [1]]
    assert program.steps[1]["weights"] == {"kernel": [784, 6], "bias": [6]}
    expected = [w.ravel() for part in network.parts for w in part.weights.values()]
    np.testing.assert_array_equal(program.numbers, np.concatenate(expected).astype(np.float32))


def test_a_message_holds_nothing_but_its_text_and_its_numbers() -> None:
    program = browser.program_of(small())
    message = browser.pack_program(program)
    length = int.from_bytes(message[:4], "little")
    assert length % 4 == 0, "the numbers lie where float32 may lie"
    header = json.loads(message[4 : 4 + length])
    assert header["digest"] == program.digest
    assert header["steps"] == list(program.steps)
    np.testing.assert_array_equal(np.frombuffer(message[4 + length :], "<f4"), program.numbers)


def test_the_digest_tells_networks_of_the_same_shape_apart() -> None:
    assert browser.program_of(small()).digest == browser.program_of(small()).digest
    other = small()
    other.parts[1].weights["kernel"][0, 0] += 1
    assert browser.program_of(other).digest != browser.program_of(small()).digest


def test_a_trial_says_what_the_network_answers() -> None:
    network = small()
    given = np.arange(784) * 37 % 101 / 100
    np.testing.assert_allclose(browser.program_of(network).trial, network.predict(given)[0], atol=1e-6)


def test_what_takes_longer_than_a_frame_stays_on_the_server() -> None:
    with pytest.raises(browser.NotForBrowsers, match=r"^is too large for a browser \(.* multiplications"):
        browser.program_of(small(4000))


def test_a_layer_that_browsers_do_not_know_is_named() -> None:
    network = small()
    strange = Part("strange", "Wavelet", ("output",), {}, (10,), {})
    with pytest.raises(browser.NotForBrowsers, match="Wavelet"):
        browser.program_of(Network("strange", (*network.parts, strange)))
