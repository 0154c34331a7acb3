"""What the settings of the network may be; each is refused by name, in one sentence that says what fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

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
                    "{name} must be one of {known}, not {value!r}.",
                    name=name,
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
                    "{name} must be {wanted}, not {value!r}.",
                    name=name,
                    wanted=wanted,
                    value=settings[name],
                )
            )
