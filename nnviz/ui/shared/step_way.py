"""How a network of a kind is taken apart in one step, and what is taken apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nnviz import components
from nnviz.core.records import Array
from nnviz.numpy_nn.gradient_check import Mistake
from nnviz.numpy_nn.one_step import Weights
from nnviz.ui.shared.model_page import Opened


def _ten(weights: Weights) -> int:
    return 10


@dataclass(frozen=True, eq=False)
class Way:
    """How networks of a kind are taken apart.

    Attributes
    ----------
    key
        Of all that is kept for its tab: "mlp_step".
    weights_of
        The weights of an opened network; raises ValueError with the end of the sentence "This network ...".
    batch_of
        Of how many digits one was in its training.
    needed
        Which networks can be taken apart, for people; {reason}: why this one cannot.
    mistakes
        Ways to get its backpropagation wrong.
    codes
        The code of each of the five stations.
    of_each
        How many other digits of each label are looked at, beside such weights.
    offered
        The network of the app to open instead of one that cannot be taken apart, "" for none.
    worked_out
        As `components.one_step.Shown` has it.
    """

    key: str
    weights_of: Callable[[Opened], Weights]
    batch_of: Callable[[Opened], int]
    needed: str
    mistakes: Mapping[str, Mistake]
    codes: Callable[[], Sequence[Sequence[components.Block]]]
    of_each: Callable[[Weights], int] = _ten
    offered: str = ""
    worked_out: bool = False


@dataclass(frozen=True, eq=False)
class Subject:
    """A network, a digit, and the steps taken on it.

    Attributes
    ----------
    way
        How it is taken apart.
    file, image_digest
        By which caches know them.
    start
        The network's weights before any step, float32.
    x
        (784,) float32.
    """

    way: Way
    file: tuple[str, int, int | None]
    image_digest: str
    start: Weights
    x: Array
    label: int
    rates: tuple[float, ...]
