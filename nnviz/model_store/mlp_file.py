"""The file of a network from scratch: an `.npz` of plain arrays, in which nothing is pickled.

coefs_0, intercepts_0, coefs_1, ... in float32, and two texts, `settings` (the estimator's parameters as JSON)
and, in a file that is downloaded or shipped, `card` (so that it can come back). `read_model` opens a file of
the store, `receive` what a user sent. Neither believes more than that numbers are numbers: shapes chain from
784 to 10, sizes are limited, settings are the estimator's own. scikit-learn takes a second to import, and
only who trains on needs it: to all others a file is a `StoredMLP`.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from nnviz.core import json_records, kinds, safe_files
from nnviz.core.json_records import MOST_CHARACTERS, Settings, clean
from nnviz.core.records import Array, ModelCard
from nnviz.core.words import say
from nnviz.inference import graph
from nnviz.inference.graph import Network
from nnviz.inference.own_input import OwnInput
from nnviz.model_store import cards, snapshots
from nnviz.model_store.errors import ModelRefused
from nnviz.numpy_nn import settings as mlp_settings
from nnviz.numpy_nn.activations import ACTIVATIONS

if TYPE_CHECKING:
    from nnviz.numpy_nn.classifier import MLPClassifier

SUFFIX = ".npz"
PIXELS, DIGITS = 784, 10
MOST_UNITS, MOST_HIDDEN = 4096, 8  # of a layer, and hidden layers: what an upload may have
MOST_WEIGHTS = 12_500_000  # of all layers, 50 MB; 784-4096-2048-10 has 11.6 million
_MOST_SENT = 64 * safe_files.MEGABYTE  # the largest can be brought again
_MOST_UNPACKED = 128 * safe_files.MEGABYTE  # as float64 the largest takes 100
_MOST_COMPRESSED = 4 * safe_files.MEGABYTE  # of weights: squeezing more takes seconds, and saves a twelfth
_ROWS = 256  # of a layer's weights that are looked at together, in twice as many bytes
_LOUDEST = 1e30  # of a sum; float32 ends at 3e38
_EXPECTED = say("expected was an .npz file as this app saves it")


@dataclass(frozen=True, eq=False)
class StoredMLP:
    """What a file holds of a network: what is needed to read digits, and to write it down again.

    Attributes
    ----------
    settings
        All of an `MLPClassifier`.
    """

    coefs_: list[Array]
    intercepts_: list[Array]
    settings: Mapping[str, Any]

    @property
    def classes_(self) -> Array:
        """(10,) digits."""
        return np.arange(DIGITS)

    @property
    def activation(self) -> str:
        """Of the hidden layers."""
        return str(self.settings["activation"])

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The settings, as an estimator is asked for them."""
        return dict(self.settings)

    def forward(self, X: Array) -> list[Array]:
        """X, what every hidden layer puts out, and the probabilities, each (n, units)."""
        network = graph.dense(self.coefs_, self.intercepts_, ACTIVATIONS[self.activation].keras)
        return [X, *list(network.forward(X).values())[1:]]

    def predict_proba(self, X: Array) -> Array:
        """(n, 10) float32."""
        return self.forward(X)[-1]


def writes(model: object) -> bool:
    """Whether this is the file for that model."""
    if isinstance(model, StoredMLP):
        return True
    trained = sys.modules.get("nnviz.numpy_nn.classifier")  # imported by whoever has made one
    return trained is not None and isinstance(model, trained.MLPClassifier)


def pack(model: MLPClassifier | StoredMLP, card: ModelCard | None = None) -> bytes:
    """The network, its settings and its card, if one is given, as the bytes of an .npz file."""
    arrays: dict[str, Array] = {"settings": np.array(json.dumps(_settings_of(model)))}
    if card is not None:
        arrays["card"] = np.array(cards.to_json(card))
    for i, (w, b) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        arrays |= {f"coefs_{i}": w, f"intercepts_{i}": b}
    file = io.BytesIO()
    small = sum(array.nbytes for array in arrays.values()) <= _MOST_COMPRESSED
    (np.savez_compressed if small else np.savez)(file, allow_pickle=False, **arrays)
    return file.getvalue()


def embed(content: bytes, card: ModelCard) -> bytes:
    """The same file with this card inside."""
    return snapshots.carry(content, pack(_stored(content)[0], card))


def with_network(content: bytes, network: Network) -> bytes:
    """The same file with that network's weights, and without a card or epochs.

    Raises
    ------
    ModelRefused
        When sums would overflow.
    """
    found, _ = _stored(content)
    layers = [part.weights for part in network.parts[1:]]
    made = StoredMLP([w["kernel"] for w in layers], [w["bias"] for w in layers], found.settings)
    packed = pack(made)
    receive(packed)
    return packed


def read_model(content: bytes, card: ModelCard | None = None) -> MLPClassifier:
    """The network in the bytes of an .npz file.

    Parameters
    ----------
    card
        Has the network's curve; else the card inside has.

    Raises
    ------
    ModelRefused
        When the file holds no such network.
    """
    from nnviz.numpy_nn.classifier import MLPClassifier

    found, inside = _stored(content)
    model = MLPClassifier.from_weights(found.coefs_, found.intercepts_, **found.settings)
    card = card or inside
    if card is not None:
        model.history_ = card.history
        model.loss_curve_ = [epoch.loss for epoch in card.history.epochs]
        model.n_iter_ = len(card.history.epochs)
    return model


def check(content: bytes) -> None:
    """Nothing: `receive` is quick itself."""


def remarks(content: bytes) -> str:
    """Nothing is done to such a network."""
    return ""


def receive(content: bytes) -> tuple[StoredMLP, ModelCard | None]:
    """The network that a user sent, and its card if there is one: answers must be finite whatever is drawn.

    Raises
    ------
    ModelRefused
        When the file holds no such network.
    """
    found, card = _stored(content)
    # No unit can say more than this: every input at full ink, every product of the same sign.
    loudest = np.ones(PIXELS)
    for w, b in zip(found.coefs_, found.intercepts_, strict=True):
        rows = range(0, len(w), _ROWS)
        sums = [loudest[i : i + _ROWS] @ np.abs(w[i : i + _ROWS].astype(np.float64)) for i in rows]
        loudest = np.sum(sums, axis=0) + np.abs(b)
    if loudest.max() > _LOUDEST:
        raise ModelRefused(
            say("The weights are so large that sums overflow; expected was a trained network.")
        )
    return found, card


def _stored(content: bytes) -> tuple[StoredMLP, ModelCard | None]:
    arrays = _arrays(content)
    coefs, intercepts = _weights(arrays)
    known = _settings_in(arrays)
    known["hidden_layer_sizes"] = tuple(w.shape[1] for w in coefs[:-1])
    try:
        settings = vars(mlp_settings.checked(known))
    except (TypeError, ValueError, OverflowError) as error:
        raise ModelRefused(
            say("The settings in the file make no sense ({clean})", clean=clean(str(error), 200))
        ) from error
    return StoredMLP(coefs, intercepts, settings), _card_in(arrays)


def network(content: bytes) -> tuple[Network, ModelCard | None]:
    """The same in plain NumPy, for those who only want its layers' values.

    Raises
    ------
    ModelRefused
        When the file holds no such network.
    """
    arrays = _arrays(content)
    coefs, intercepts = _weights(arrays)
    try:
        activation = ACTIVATIONS[str(json.loads(_text(arrays, "settings"))["activation"])].keras
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ModelRefused(
            say("The file does not say how the network was set up; {expected}.", expected=_EXPECTED)
        ) from error
    return graph.dense(coefs, intercepts, activation), _card_in(arrays)


def with_input(content: bytes, own: OwnInput) -> StoredMLP:
    """Networks from scratch take digits as they are here.

    Raises
    ------
    ModelRefused
        Always.
    """
    raise ModelRefused(say("A network from scratch takes its digits as they are here."))


def describe(model: MLPClassifier | StoredMLP) -> dict[str, Any]:
    """kind, settings, layers and parameters of a ModelCard, told from the network itself."""
    layers = mlp_settings.layers(model.coefs_, model.intercepts_, model.activation)
    return {
        "kind": kinds.MLP.name,
        "settings": _settings_of(model),
        "layers": layers,
        "parameters": sum(layer.parameters for layer in layers),
    }


def settings(card: ModelCard, told: Mapping[str, Any]) -> dict[str, Any]:
    """Settings for the card of an uploaded model: the file has them all, whatever its card says."""
    return dict(told["settings"])


def _arrays(content: bytes) -> dict[str, Array]:
    if len(content) > _MOST_SENT:
        raise ModelRefused(
            say(
                "The file is larger than {most_sent} MB; {expected}.",
                most_sent=_MOST_SENT // safe_files.MEGABYTE,
                expected=_EXPECTED,
            )
        )
    try:
        return safe_files.read_npz(content, limit=_MOST_UNPACKED, but=snapshots.MEMBER)
    except safe_files.BadFile as error:
        raise ModelRefused(say("The file {error}; {expected}.", error=error, expected=_EXPECTED)) from error


def _settings_of(model: MLPClassifier | StoredMLP) -> dict[str, Any]:
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
        found = json_records.read_leniently(Settings, json_records.parse(_text(arrays, "settings")))
    except (KeyError, ValueError) as error:
        raise ModelRefused(
            say("The file does not say how the network was set up; {expected}.", expected=_EXPECTED)
        ) from error
    known = set(mlp_settings.usual()) - {"hidden_layer_sizes"}
    settings = {key: value for key, value in found.items() if key in known}
    if settings.get("activation") not in ACTIVATIONS:
        raise ModelRefused(
            say(
                "The file names no activation that is known here; expected was one of {activations}.",
                activations=", ".join(ACTIVATIONS),
            )
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
    if text.dtype.kind != "U" or text.shape != () or text.dtype.itemsize > 4 * MOST_CHARACTERS:
        raise KeyError(key)
    return str(text)


def _weights(arrays: dict[str, Array]) -> tuple[list[Array], list[Array]]:
    """The coefs and intercepts, checked: they chain from 784 to 10, are not too large, and are finite.

    They are taken out of `arrays`, so that what is not wanted any more takes no memory.
    """
    n = sum(key.startswith("coefs_") for key in arrays)
    try:
        coefs = [arrays.pop(f"coefs_{i}") for i in range(n)]
        intercepts = [arrays.pop(f"intercepts_{i}") for i in range(n)]
    except KeyError as error:
        raise ModelRefused(
            say("The file lacks weights ({error}); {expected}.", error=error, expected=_EXPECTED)
        ) from error
    if not 1 <= n <= MOST_HIDDEN + 1:
        raise ModelRefused(
            say(
                "The file holds {n} layers of weights (coefs_0, ...): expected were 1 to {most_hidden}.",
                n=n,
                most_hidden=MOST_HIDDEN + 1,
            )
        )
    if any(w.dtype.kind != "f" or w.ndim != 2 for w in coefs) or any(
        b.dtype.kind != "f" or b.shape != w.shape[1:] for w, b in zip(coefs, intercepts, strict=True)
    ):
        raise ModelRefused(
            say("The weights were expected as floats, a matrix a layer with an intercept a column.")
        )
    if sum(w.size for w in coefs) > MOST_WEIGHTS:
        raise ModelRefused(
            say("The network is too large: up to {most:,} weights are taken.", most=MOST_WEIGHTS)
        )
    sizes = [coefs[0].shape[0], *(w.shape[1] for w in coefs)]
    chained = all(before.shape[1] == after.shape[0] for before, after in pairwise(coefs))
    if not chained or sizes[0] != PIXELS or sizes[-1] != DIGITS:
        raise ModelRefused(
            say(
                "The layers do not chain from {pixels} pixels to {digits} digits: {shapes} came.",
                pixels=PIXELS,
                digits=DIGITS,
                shapes=", ".join("x".join(map(str, w.shape)) for w in coefs),
            )
        )
    if not all(1 <= size <= MOST_UNITS for size in sizes):
        raise ModelRefused(
            say(
                "A layer may have 1 to {most_units} units; {sizes} is more than is taken.",
                most_units=MOST_UNITS,
                sizes=max(sizes),
            )
        )
    for part in (coefs, intercepts):
        for i, array in enumerate(part):
            with np.errstate(over="ignore"):
                part[i] = array.astype(np.float32, copy=False)
            if not np.isfinite(part[i]).all():
                raise ModelRefused(
                    say("The weights hold numbers that are not finite; expected was a trained network.")
                )
    return coefs, intercepts
