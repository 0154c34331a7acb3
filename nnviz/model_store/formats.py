"""What a model's file looks like: one handler a kind of file, in a table by suffix.

An MLP is an `.npz`: coefs_0, intercepts_0, coefs_1, ... in float32, and two texts, `settings` (the
estimator's parameters as JSON) and `card` (so that a downloaded file can come back). Nothing is pickled.
A CNN or an autoencoder is Keras' own `.keras`, opened in its safe mode; Keras is imported when the first of
them is.

`open` reads a file of the store, `receive` what a user sent. Neither believes more than that numbers are
numbers: shapes must chain from 784 to 10, sizes are limited, settings are the estimator's own.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnviz.core import safe_files
from nnviz.core.records import Array, ModelCard
from nnviz.inference import graph
from nnviz.inference.graph import Network
from nnviz.model_store import cards, keras_file
from nnviz.numpy_nn.activations import ACTIVATIONS

if TYPE_CHECKING:
    from nnviz.numpy_nn import (
        classifier,  # imported where it is used: scikit-learn takes a second, and the pad needs none of it
    )

PIXELS, DIGITS = 784, 10
MOST_UNITS, MOST_HIDDEN = 4096, 8  # of a layer, and hidden layers: what an upload may have
_MOST_SENT = 64 * safe_files.MEGABYTE
_MOST_UNPACKED = 256 * safe_files.MEGABYTE  # as float64; 784-4096-4096-10 takes 160
_LOUDEST = 1e30  # of a sum; float32 ends at 3e38
_KERAS_NAMES = {"relu": "relu", "logistic": "sigmoid", "tanh": "tanh", "identity": "linear"}
_EXPECTED = "expected was an .npz file as this app saves it"


class ModelRefused(ValueError):
    """A model that cannot be taken, changed or opened; one sentence that says what was expected."""


def _not_yet(*_: Any) -> Any:
    raise ModelRefused(f"Models of this kind cannot be taken yet; {_EXPECTED}.")


@dataclass(frozen=True)
class Format:
    """How one kind of file is read and written; what cannot be done raises ModelRefused.

    writes(model): whether this is the file for it. open(path): the model in a file of the store.
    pack(model, card): the file's bytes. embed(content, card): those bytes with another card inside.
    network(content): the stored model in plain NumPy, with neither scikit-learn nor Keras.
    receive(content): the model that a user sent, and the card in it, if there is one.
    describe(model): settings, layers and parameters as the model itself has them, for a card.
    settings(card, told): of an uploaded model, as `describe` has `told` them, and its own card, where it can.
    """

    suffix: str
    writes: Callable[[Any], bool]
    open: Callable[[Path], Any]
    pack: Callable[[Any, ModelCard], bytes] = _not_yet
    embed: Callable[[bytes, ModelCard], bytes] = lambda content, card: content
    receive: Callable[[bytes], tuple[Any, ModelCard | None]] = _not_yet
    describe: Callable[[Any], dict[str, Any]] = _not_yet
    network: Callable[[bytes], Network] = _not_yet
    settings: Callable[[ModelCard, Mapping[str, Any]], dict[str, Any]] = lambda card, told: told["settings"]


def of(filename: str) -> Format:
    """The handler of that kind of file. Raises ModelRefused."""
    handler = FORMATS.get(Path(filename.replace("\\", "/")).suffix.lower())
    if handler is None:
        raise ModelRefused(
            f"The file {cards.clean(Path(filename).name)!r} is not a model: {_EXPECTED}, or a .keras file."
        )
    return handler


def writing(model: Any) -> Format:
    """The handler that can write that model. Raises ModelRefused."""
    for handler in FORMATS.values():
        if handler.writes(model):
            return handler
    raise ModelRefused(f"A {type(model).__name__} is not one of the models that are kept here.")


def _is_mlp(model: Any) -> bool:
    from nnviz.numpy_nn.classifier import MLPClassifier

    return isinstance(model, MLPClassifier)


def pack_mlp(model: classifier.MLPClassifier, card: ModelCard) -> bytes:
    """The network, its settings and its card as the bytes of an .npz file."""
    arrays: dict[str, Array] = {
        "settings": np.array(json.dumps(_settings_of(model))),
        "card": np.array(cards.to_json(card)),
    }
    for i, (w, b) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        arrays |= {f"coefs_{i}": w, f"intercepts_{i}": b}
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def read_mlp(content: bytes) -> tuple[classifier.MLPClassifier, ModelCard | None]:
    """The network in the bytes of an .npz file, and its card if there is one in it. Raises ModelRefused."""
    arrays = _arrays(content)
    from nnviz.numpy_nn.classifier import MLPClassifier

    coefs, intercepts = _weights(arrays)
    settings = _settings_in(arrays)
    try:
        model = MLPClassifier.from_weights(coefs, intercepts, **settings)
    except (TypeError, ValueError, OverflowError) as error:
        raise ModelRefused(
            f"The settings in the file make no sense ({cards.clean(str(error), 200)})"
        ) from error
    card = _card_in(arrays)
    if card is not None:
        model.history_ = card.history
        model.loss_curve_ = [epoch.loss for epoch in card.history.epochs]
        model.n_iter_ = len(card.history.epochs)
    return model, card


def mlp_network(content: bytes) -> Network:
    """The same network in plain NumPy, for those who only want its layers' values. Raises ModelRefused."""
    arrays = _arrays(content)
    coefs, intercepts = _weights(arrays)
    try:
        activation = _KERAS_NAMES[str(json.loads(_text(arrays, "settings"))["activation"])]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ModelRefused(f"The file does not say how the network was set up; {_EXPECTED}.") from error
    return graph.dense(coefs, intercepts, activation)


def receive_mlp(content: bytes) -> tuple[classifier.MLPClassifier, ModelCard | None]:
    """As `read_mlp`, for what a user sent: its answers must be finite whatever is drawn."""
    model, card = read_mlp(content)
    # No unit can say more than this: every input at full ink, every product of the same sign.
    loudest = np.ones(PIXELS)
    for w, b in zip(model.coefs_, model.intercepts_, strict=True):
        loudest = loudest @ np.abs(w.astype(np.float64)) + np.abs(b)
    if loudest.max() > _LOUDEST:
        raise ModelRefused("The weights are so large that sums overflow; expected was a trained network.")
    return model, card


def describe_mlp(model: classifier.MLPClassifier) -> dict[str, Any]:
    """settings, layers and parameters of a ModelCard, told from the network itself."""
    from nnviz.numpy_nn import classifier

    layers = classifier.layers(model)
    return {
        "settings": _settings_of(model),
        "layers": layers,
        "parameters": sum(layer.parameters for layer in layers),
    }


def _arrays(content: bytes) -> dict[str, Array]:
    if len(content) > _MOST_SENT:
        raise ModelRefused(f"The file is larger than {_MOST_SENT // safe_files.MEGABYTE} MB; {_EXPECTED}.")
    try:
        return safe_files.read_npz(content, limit=_MOST_UNPACKED)
    except safe_files.BadFile as error:
        raise ModelRefused(f"The file {error}; {_EXPECTED}.") from error


def _settings_of(model: classifier.MLPClassifier) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        return value.item() if isinstance(value, np.generic) else value

    settings = {key: plain(value) for key, value in model.get_params(deep=False).items()}
    settings["hidden_layer_sizes"] = tuple(int(w.shape[1]) for w in model.coefs_[:-1])
    if not isinstance(settings["random_state"], int | None):
        settings["random_state"] = None  # a generator cannot be written down
    return settings


def _settings_in(arrays: Mapping[str, Array]) -> dict[str, Any]:
    """The settings that an MLPClassifier knows; the sizes of its layers are told from the weights instead."""
    try:
        found = cards.settings_from_json(json.loads(_text(arrays, "settings")))
    except (KeyError, ValueError, RecursionError) as error:
        raise ModelRefused(f"The file does not say how the network was set up; {_EXPECTED}.") from error
    from nnviz.numpy_nn.classifier import MLPClassifier

    known = set(MLPClassifier().get_params(deep=False)) - {"hidden_layer_sizes"}
    settings = {key: value for key, value in found.items() if key in known}
    if settings.get("activation") not in ACTIVATIONS:
        raise ModelRefused(
            f"The file names no activation that is known here; expected was one of {', '.join(ACTIVATIONS)}."
        )
    return settings


def _card_in(arrays: Mapping[str, Array]) -> ModelCard | None:
    try:
        return cards.from_json(_text(arrays, "card"))
    except (KeyError, cards.BadCard):
        return None


def _text(arrays: Mapping[str, Array], key: str) -> str:
    """Raises KeyError when there is no text of that name, or one longer than a card may be."""
    text = arrays[key]
    if text.dtype.kind != "U" or text.shape != () or text.dtype.itemsize > 4 * cards.MOST_CHARACTERS:
        raise KeyError(key)
    return str(text)


def _weights(arrays: Mapping[str, Array]) -> tuple[list[Array], list[Array]]:
    """coefs and intercepts, checked: they chain from 784 to 10, are not too large, and are finite."""
    n = sum(key.startswith("coefs_") for key in arrays)
    try:
        coefs = [arrays[f"coefs_{i}"] for i in range(n)]
        intercepts = [arrays[f"intercepts_{i}"] for i in range(n)]
    except KeyError as error:
        raise ModelRefused(f"The file lacks weights ({error}); {_EXPECTED}.") from error
    if not 1 <= n <= MOST_HIDDEN + 1:
        raise ModelRefused(
            f"The file holds {n} layers of weights (coefs_0, ...): expected were 1 to {MOST_HIDDEN + 1}."
        )
    if any(w.dtype.kind != "f" or w.ndim != 2 for w in coefs) or any(
        b.dtype.kind != "f" or b.shape != w.shape[1:] for w, b in zip(coefs, intercepts, strict=True)
    ):
        raise ModelRefused(
            "The weights were expected as floats, a matrix a layer with an intercept a column."
        )
    sizes = [coefs[0].shape[0], *(w.shape[1] for w in coefs)]
    chained = all(before.shape[1] == after.shape[0] for before, after in pairwise(coefs))
    if not chained or sizes[0] != PIXELS or sizes[-1] != DIGITS:
        raise ModelRefused(
            f"The layers do not chain from {PIXELS} pixels to {DIGITS} digits: "
            f"{', '.join('x'.join(map(str, w.shape)) for w in coefs)} came."
        )
    if not all(1 <= size <= MOST_UNITS for size in sizes):
        raise ModelRefused(f"A layer may have 1 to {MOST_UNITS} units; {max(sizes)} is more than is taken.")
    with np.errstate(over="ignore"):
        narrow = [[array.astype(np.float32) for array in part] for part in (coefs, intercepts)]
    if not all(np.isfinite(array).all() for part in narrow for array in part):
        raise ModelRefused("The weights hold numbers that are not finite; expected was a trained network.")
    return narrow[0], narrow[1]


def _is_keras(model: Any) -> bool:
    return any(base.__module__.startswith("keras.") for base in type(model).__mro__)


def _open_keras(path: Path) -> Any:
    content = path.read_bytes()
    try:
        return keras_file.read(content)
    except (safe_files.BadFile, graph.BadNetwork) as error:
        raise ModelRefused(f"The file {path.name!r} cannot be opened. {_sentence(error)}") from error


def _keras_network(content: bytes) -> Network:
    try:
        return keras_file.network(content)[0]
    except (safe_files.BadFile, graph.BadNetwork) as error:
        raise ModelRefused(_sentence(error)) from error


def _receive_keras(content: bytes) -> tuple[Any, ModelCard | None]:
    """A network of known layers, put together anew from its weights; nothing in the file is ever run."""
    try:
        network, card = keras_file.network(content)
    except (safe_files.BadFile, graph.BadNetwork) as error:
        raise ModelRefused(_sentence(error)) from error
    return network.to_keras(), card


def _sentence(error: Exception) -> str:
    if isinstance(error, graph.BadNetwork):
        return cards.clean(str(error), 450)
    return f"The file {cards.clean(str(error), 200)}; expected was a .keras file of a network of digits."


FORMATS: dict[str, Format] = {
    handler.suffix: handler
    for handler in (
        Format(
            ".npz",
            writes=_is_mlp,
            open=lambda path: read_mlp(path.read_bytes())[0],
            pack=pack_mlp,
            embed=lambda content, card: pack_mlp(read_mlp(content)[0], card),
            receive=receive_mlp,
            describe=describe_mlp,
            network=mlp_network,
        ),
        Format(
            keras_file.SUFFIX,
            writes=_is_keras,
            open=_open_keras,
            pack=keras_file.pack,
            embed=keras_file.embed,
            receive=_receive_keras,
            describe=keras_file.describe,
            settings=keras_file.settings,
            network=_keras_network,
        ),
    )
}
