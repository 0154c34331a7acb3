"""What a network from scratch is made of and how it learns, and what each of that may be.

All that a form, a plan or a card wants to know of the network: whoever trains nothing needs no
`MLPClassifier`, with which scikit-learn comes. A setting is refused by name, in one sentence that says what
fits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nnviz.core import setting_names
from nnviz.core.records import Array, Layer
from nnviz.core.words import say
from nnviz.data.augmentation import AUGMENTATIONS
from nnviz.numpy_nn.activations import ACTIVATIONS
from nnviz.numpy_nn.initializers import INITIALIZERS
from nnviz.numpy_nn.optimizers import SCHEDULES, SOLVERS
from nnviz.numpy_nn.regularizers import REGULARIZERS

CHOICES: dict[str, Mapping[str, object]] = {
    "activation": ACTIVATIONS,
    "solver": SOLVERS,
    "penalty": REGULARIZERS,
    "learning_rate": SCHEDULES,
    "init": INITIALIZERS,
    "augment": AUGMENTATIONS,
}


@dataclass(frozen=True)
class MLPSettings:
    """The settings of an `MLPClassifier`, which says what each of them means, as they are unless told."""

    hidden_layer_sizes: int | Sequence[int] = (100, 64)
    activation: str = "relu"
    solver: str = "sgd"
    momentum: float = 0.9
    alpha: float = 1e-4
    penalty: str = "l2"
    batch_size: int = 16
    learning_rate_init: float = 0.01
    learning_rate: str = "constant"
    max_iter: int = 100
    tol: float | None = 0.0
    n_iter_no_change: int = 3
    init: str = "he"
    dropout: float = 0.0
    augment: str = "none"
    random_state: int | np.random.Generator | None = None

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of each hidden layer."""
        return sizes(self.hidden_layer_sizes)


def is_count(value: object) -> bool:
    """Whether it is a whole number from 1 up; True is not."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and bool(value >= 1)


def sizes(hidden_layer_sizes: int | Sequence[int]) -> tuple[int, ...]:
    """hidden_layer_sizes as scikit-learn takes them, one number or several, always as several."""
    if isinstance(hidden_layer_sizes, int | np.integer):
        return (int(hidden_layer_sizes),)
    return tuple(hidden_layer_sizes)


_COUNT = (is_count, say("a whole number from 1 up"))
_PART = (lambda value: 0 <= value < 1, say("a number from 0 up to but not 1"))
_NUMBERS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "hidden_layer_sizes": (lambda value: all(map(is_count, sizes(value))), say("whole numbers from 1 up")),
    "learning_rate_init": (lambda value: 0 < value < np.inf, say("a number above 0")),
    "alpha": (lambda value: 0 <= value < np.inf, say("a number from 0 up")),
    "tol": (lambda value: value is None or value >= 0, say("a number from 0 up, or None")),
    "momentum": _PART,
    "dropout": _PART,
    "batch_size": _COUNT,
    "max_iter": _COUNT,
    "n_iter_no_change": _COUNT,
}


def usual() -> dict[str, Any]:
    """The settings of a network of which nothing is asked."""
    return asdict(MLPSettings())


def checked(settings: Mapping[str, Any]) -> MLPSettings:
    """All settings of a network of which these are asked.

    Raises
    ------
    ValueError
        For the first of them that makes no sense.
    TypeError
        For a setting that there is not.
    """
    known = MLPSettings(**settings)
    check(vars(known))
    np.random.default_rng(known.random_state)
    return known


def check(settings: Mapping[str, Any]) -> None:
    """Check keyword arguments of `MLPClassifier`.

    Raises
    ------
    ValueError
        For the first of them that makes no sense.
    """
    for name, table in CHOICES.items():
        if settings[name] not in table:
            raise ValueError(
                say(
                    "{name}: expected one of {known}, not {value!r}.",
                    name=setting_names.first_word(name),
                    known=", ".join(table),
                    value=settings[name],
                )
            )
    for name, (fits, wanted) in _NUMBERS.items():
        try:
            fine = fits(settings[name])
        except TypeError:  # not even a number
            fine = False
        if not fine:
            raise ValueError(
                say(
                    "{name}: expected {wanted}, not {value!r}.",
                    name=setting_names.first_word(name),
                    wanted=wanted,
                    value=settings[name],
                )
            )


def layers(coefs: Sequence[Array], intercepts: Sequence[Array], activation: str) -> tuple[Layer, ...]:
    """The table of a network with these weights: a row for each layer of them."""
    last = len(coefs) - 1
    return tuple(
        Layer(
            name="output" if i == last else f"hidden {i + 1}",
            kind="dense",
            input_shape=(w.shape[0],),
            output_shape=(w.shape[1],),
            activation="softmax" if i == last else activation,
            parameters=w.size + b.size,
        )
        for i, (w, b) in enumerate(zip(coefs, intercepts, strict=True))
    )
