"""A network that somebody brings is tried before it is kept: what it answers has to be an answer."""

from __future__ import annotations

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.data import mnist
from nnviz.inference import answers, graph
from nnviz.inference.graph import BadNetwork, Network

_FEWEST_TRIED, _MOST_TRIED_PRODUCTS = 20, 2_000_000_000  # real digits, and multiplications for all of them


def answering(found: Network) -> Network:
    """The network with ten probabilities as its answer, whatever is drawn; an autoencoder with a digit.

    Tried on blank, full and random paper.

    Raises
    ------
    BadNetwork
        When it does not answer so.
    """
    papers = np.random.default_rng(0).random((8, 28, 28), np.float32)
    papers[0], papers[1] = 0, 1
    if not found.code:
        found = answers.in_a_row(found)
        if not _are_probabilities(_answers_to(found, papers)):
            found = answers.with_softmax(found)
    _check_answers_to(found, papers)
    return found


def check_on_digits(found: Network) -> None:
    """Check the same on real digits, which the pages will show it: as many as are read in a moment.

    Raises
    ------
    BadNetwork
        When it does not answer so.
    """
    digits = mnist.embedded().images
    several = min(len(digits), max(_FEWEST_TRIED, _MOST_TRIED_PRODUCTS // max(1, graph.products(found))))
    chosen = np.linspace(0, len(digits) - 1, several).astype(int)
    _check_answers_to(found, mnist.to_rows(digits[chosen]))


def _answers_to(found: Network, papers: Array) -> Array:
    with np.errstate(all="ignore"):
        return found.predict(papers)


def _are_probabilities(said: Array) -> bool:
    return bool(np.isfinite(said).all() and said.min() >= 0 and np.allclose(said.sum(1), 1, atol=1e-3))


def _check_answers_to(found: Network, papers: Array) -> None:
    said = _answers_to(found, papers)
    if found.code:
        with np.errstate(all="ignore"):
            codes = found.encoder().predict(papers)
        if not np.isfinite(codes).all():
            raise BadNetwork(say("The network's codes are not finite numbers."))
        if not (said.min() >= 0 and said.max() <= 1):  # nor NaN
            raise BadNetwork(say("The pixels that the network draws are not numbers from 0 to 1."))
        return
    if not _are_probabilities(said):
        raise BadNetwork(
            say("The network does not answer with probabilities; its last step has to be a softmax.")
        )
