"""What can vary in an experiment: every setting as an axis, with its name, its scale, and how it is typed.

One table feeds the form, the tables and the figures.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from nnviz.core import kinds, numbers, setting_names
from nnviz.core.results import Dimension
from nnviz.core.setting_names import TITLES
from nnviz.core.words import say
from nnviz.data.augmentation import AUGMENTATIONS
from nnviz.experiments.plan import FEATURES, LIBRARY, PlanRefused
from nnviz.numpy_nn.activations import ACTIVATIONS
from nnviz.numpy_nn.initializers import INITIALIZERS
from nnviz.numpy_nn.optimizers import SCHEDULES, SOLVERS
from nnviz.numpy_nn.regularizers import REGULARIZERS
from nnviz.representations import features

MOST_VALUES = 100
# What people read, in every form, table, chart and comparison, for values that have another name inside: the
# titles of these tables, and of what no table of ours has.
_TABLES: dict[str, Mapping[str, Any]] = {
    "activation": ACTIVATIONS,
    "init": INITIALIZERS,
    "solver": SOLVERS,
    "penalty": REGULARIZERS,
    "augment": AUGMENTATIONS,
    "learning_rate": SCHEDULES,
}
_OTHERS = {
    "solver": {"rmsprop": "RMSprop", "adamw": "AdamW"},
    "learning_rate": {"cosine": say("Falls to 0 along half a cosine")},
    "architecture": {"dense": say("Dense layers"), "convolutional": say("Convolutional layers")},
    "loss": {"cross-entropy": say("Cross-entropy"), "squared error": say("Squared error")},
    LIBRARY: {"nnviz": "NumPy", "scikit-learn": "scikit-learn", "keras": "Keras"},
}
_PARTS = ("mislabelled", "kept")  # of the digits


@dataclass(frozen=True)
class Axis:
    """A setting that may vary.

    Attributes
    ----------
    name
        The network's parameter, or what of the digits is one of `splits.SPOILS`.
    title
        For people.
    scale
        Of a chart.
    values
        As a form may suggest them, typed.
    read
        One typed value to what the network takes, raising ValueError.
    wanted
        What was expected, to complete "... has to be".
    choices
        The values, where there are no others.
    """

    name: str
    title: str
    scale: Literal["log", "linear", "names"]
    values: str
    read: Callable[[str], Any]
    wanted: str
    choices: tuple[str, ...] = ()


def _layers(text: str) -> tuple[int, ...]:
    if text.lower() in ("none", "()", "0"):
        return ()
    return tuple(_count(part) for part in re.split(r"[-x×/+]", text))


def _count(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text) or int(text) < 1:
        raise ValueError(text)
    return int(text)


def _number(text: str) -> float:
    text = numbers.typed(text)
    if not re.fullmatch(r"\d*\.?\d*(e[-+]?\d+)?", text, re.IGNORECASE):
        raise ValueError(text)
    number = float(text)  # which raises on what has no digits
    if math.isinf(number):
        raise ValueError(text)
    return number


def _part(text: str) -> float:
    if not 0 <= (part := _number(text)) < 1:
        raise ValueError(text)
    return part


def label(name: str, value: Any) -> str:
    """One value of a setting as people read it, and but for features as `values` reads it."""
    if name == "hidden_layer_sizes":
        sizes = tuple(value) if isinstance(value, list | tuple) else (value,)
        return "-".join(map(str, sizes)) or "none"
    if name in _PARTS and isinstance(value, (int, float)):
        return f"{100 * value:.4g}%"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return numbers.written(value)
    text = str(value)
    if name == FEATURES and features.is_known(text):
        return features.title(text)
    known = _TABLES.get(name, {})
    return known[text].title if text in known else _OTHERS.get(name, {}).get(text, text)


def _share(text: str) -> float:
    """A part of the whole, 0.2 or 20%."""
    part = _number(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if part > 1:
        raise ValueError(text)
    return part


def _none_or_more(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text):
        raise ValueError(text)
    return int(text)


def _choice(name: str, title: str, *known: str) -> Axis:
    """A setting with a table of values; each can be typed by its name or by its words."""
    inside = {label(name, each).casefold(): each for each in known} | {each: each for each in known}

    def read(text: str) -> str:
        if (found := inside.get(text) or inside.get(text.casefold())) is None:
            raise ValueError(text)
        return found

    told = ", ".join(label(name, each) for each in known)
    return Axis(name, title, "names", told, read, say("one of {told}", told=told), known)


AXES: dict[str, Axis] = {
    axis.name: axis
    for axis in (
        Axis(
            "alpha",
            TITLES["alpha"],
            "log",
            "0, 0.001, 0.01, 0.1, 0.5, 1, 5",
            _number,
            say("a number from 0 up"),
        ),
        Axis(
            "learning_rate_init",
            TITLES["learning_rate_init"],
            "log",
            "0.0001, 0.001, 0.004, 0.01, 0.1",
            _number,
            say("a number above 0"),
        ),
        Axis(
            "batch_size",
            TITLES["batch_size"],
            "log",
            "8, 16, 32, 64",
            _count,
            say("a whole number from 1 up"),
        ),
        Axis("max_iter", TITLES["max_iter"], "log", "10, 30, 100", _count, say("a whole number from 1 up")),
        Axis(
            "hidden_layer_sizes",
            TITLES["hidden_layer_sizes"],
            "names",
            "none, 100, 100-64",
            _layers,
            say("the units of each layer with a - between them, such as 100-64, or none"),
        ),
        _choice("activation", TITLES["activation"], *ACTIVATIONS),
        _choice("init", TITLES["init"], *INITIALIZERS),
        _choice("solver", TITLES["solver"], *SOLVERS),
        Axis(
            "momentum", TITLES["momentum"], "linear", "0, 0.5, 0.9", _part, say("a number from 0 to below 1")
        ),
        _choice("penalty", TITLES["penalty"], *REGULARIZERS),
        Axis(
            "dropout",
            TITLES["dropout"],
            "linear",
            "0, 0.1, 0.3, 0.5",
            _part,
            say("a number from 0 to below 1"),
        ),
        _choice("augment", TITLES["augment"], *AUGMENTATIONS),
        Axis(
            FEATURES,
            say("features"),
            "names",
            "raw, pca-25, codes-autoencoder",
            features.parse,
            features.WANTED,
        ),
        Axis(
            "n_train",
            TITLES["n_train"],
            "log",
            "5, 10, 20, 50, 100, 200, 500",
            _none_or_more,
            say("a whole number from 0 up"),
        ),
        Axis(
            "mislabelled",
            TITLES["mislabelled"],
            "linear",
            "0%, 10%, 20%, 30%, 40%, 50%",
            _share,
            say("a part such as 20%, up to 100%"),
        ),
        Axis(
            "kept",
            TITLES["kept"],
            "linear",
            "0%, 1%, 5%, 20%, 100%",
            _share,
            say("a part such as 20%, up to 100%"),
        ),
        _choice(LIBRARY, say("library"), "nnviz", "scikit-learn", "keras"),
    )
}


_DIGITS = replace(AXES["n_train"], values="100, 300, 1000, 2700")
_EPOCHS = replace(AXES["max_iter"], values="1, 2, 5, 10")
_BATCH = replace(AXES["batch_size"], values="16, 64, 256")
_RATE = replace(AXES["learning_rate_init"], values="0.0001, 0.001, 0.01")

# What varies in networks that Keras trains; each is a setting of that kind's `Settings`.
_OF_OTHERS: dict[str, dict[str, Axis]] = {
    kind.name: {axis.name: axis for axis in own}
    for kind, own in (
        (
            kinds.CNN,
            (
                Axis(
                    "kernel_size",
                    TITLES["kernel_size"],
                    "linear",
                    "2, 3, 4, 8",
                    _count,
                    say("a whole number of pixels, 2 to 24"),
                ),
                Axis(
                    "filters",
                    TITLES["filters"],
                    "log",
                    "4, 8, 16, 32",
                    _count,
                    say("a whole number from 1 up"),
                ),
                Axis("dense", TITLES["dense"], "log", "10, 25, 100", _count, say("a whole number from 1 up")),
                AXES["dropout"],
                _choice("augment", TITLES["augment"], *AUGMENTATIONS),
                _choice("solver", TITLES["solver"], "adam", "sgd", "rmsprop"),
                _RATE,
                _BATCH,
                _EPOCHS,
                _DIGITS,
                AXES["mislabelled"],
                AXES["kept"],
            ),
        ),
        (
            kinds.AUTOENCODER,
            (
                Axis(
                    "code_size",
                    TITLES["code_size"],
                    "log",
                    "2, 4, 8, 16, 32, 64, 128",
                    _count,
                    say("a whole number, 1 to 784"),
                ),
                Axis(
                    "sparsity",
                    TITLES["sparsity"],
                    "log",
                    "0, 0.00001, 0.0001, 0.001",
                    _number,
                    say("a number from 0 to 1"),
                ),
                Axis(
                    "noise",
                    TITLES["noise"],
                    "linear",
                    "0, 0.1, 0.3, 0.5",
                    _number,
                    say("a number from 0 to 1"),
                ),
                _choice("loss", TITLES["loss"], "cross-entropy", "squared error"),
                _choice("architecture", TITLES["architecture"], "dense", "convolutional"),
                _RATE,
                _BATCH,
                _EPOCHS,
                _DIGITS,
                AXES["kept"],
            ),
        ),
    )
}


def of(kind: str) -> Mapping[str, Axis]:
    """What can vary in networks of that kind, by name, in the order of a menu."""
    return _OF_OTHERS.get(kind, AXES)


def _known(name: str) -> Axis | None:
    """The axis of that name, of whichever kind."""
    return next((found[name] for found in (AXES, *_OF_OTHERS.values()) if name in found), None)


def title(name: str) -> str:
    """The setting's name for people; a setting that never varies keeps its own."""
    axis = _known(name)
    return axis.title if axis else setting_names.title(name)


def dimension(name: str) -> Dimension:
    """The setting as a figure needs to know it."""
    axis = _known(name)
    return Dimension(name, title(name), axis.scale if axis else "names")


def values(name: str, text: str, kind: str = kinds.MLP.name) -> tuple[Any, ...]:
    """What somebody typed as the values of a setting, with commas or semicolons between them.

    Spaces do as well, where no value is written with one.

    Raises
    ------
    PlanRefused
        One sentence that says what was expected.
    """
    axis = of(kind).get(name)
    if axis is None:
        raise PlanRefused(
            say("What can vary is one of {axes}, not {name!r}.", axes=", ".join(of(kind)), name=name)
        )
    found = []
    between = r"\s*[,;]\s*" if axis.choices and re.search("[,;]", text) else r"[,;\s]+"
    for part in re.split(between, text.strip()):
        try:
            value = axis.read(part)
        except ValueError:
            message = say(
                "A value of {title} has to be {wanted}, not {part!r}.",
                title=axis.title,
                wanted=axis.wanted,
                part=part[:40],
            )
            raise PlanRefused(message) from None
        if value not in found:
            found.append(value)
    if len(found) > MOST_VALUES:
        raise PlanRefused(
            say(
                "Up to {most_values} values of {title} fit into an experiment.",
                most_values=MOST_VALUES,
                title=axis.title,
            )
        )
    return tuple(found)
