"""A kind of network as a stranger would add it: a digit is what the nearest of ten mean pictures is.

Its entry, its trainer, its file and its model code, in one module because it is a toy.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnviz.core import safe_files
from nnviz.core.kinds import NetworkKind, Score
from nnviz.core.records import Array, Epoch, History, Layer, ModelCard, Split
from nnviz.inference import graph
from nnviz.inference.graph import Network
from nnviz.model_store import cards
from nnviz.model_store.errors import ModelRefused
from nnviz.trainers import base
from nnviz.trainers.base import Outcome, Trainer, TrainingRefused, Watch

SUFFIX = ".means"
NAME = "nearest_mean"
KIND = NetworkKind(
    name=NAME,
    title="Nearest mean",
    library="nnviz",
    score=Score("distance", "Distance", higher_is_better=False, percent=False),
    page="pages/7_Nearest.py",
    heading="The nearest mean",
    icon=":material/target:",
    teaches="Ten mean pictures, and which of them a digit is nearest to.",
    default="",
    trainer=f"{__name__}:TRAINER",
    suffix=SUFFIX,
    file_format=__name__,
)


@dataclass(frozen=True, eq=False)
class NearestMean:
    """means: (10, 784) float32."""

    means: Array

    def distances(self, x: Array) -> Array:
        """(n, 784) -> (n, 10), mean squared over the pixels."""
        return np.square(x[:, None] - self.means).mean(axis=2)


def train(split: Split, settings: Mapping[str, Any], watch: Watch, title: str) -> Outcome:
    """In as many parts of the digits as `parts` says, each an epoch."""
    parts = epochs(settings)
    told: list[Epoch] = []
    for number in range(1, parts + 1):
        n = len(split.x_train) * number // parts
        x, y = split.x_train[:n], split.y_train[:n]
        model = NearestMean(np.stack([x[y == digit].mean(axis=0) for digit in range(10)]))
        accuracy = float(np.mean(model.distances(x).argmin(axis=1) == y))
        told.append(Epoch(number, loss=_distance(model, x, y), accuracy=accuracy, seconds=float(number)))
        if watch.epoch(told[-1]):
            break
    history = History(tuple(told), "finished")
    said = network_of(model).predict(split.x_test)
    metrics = base.scores_of("test", split.y_test, said)
    metrics["test_distance"] = _distance(model, split.x_test, split.y_test)
    card = base.card_of(
        split,
        NAME,
        title,
        describe(model) | {"settings": {"parts": parts}},
        history,
        metrics,
        measured_on="test: held back",
        libraries=("numpy",),
    )
    return Outcome(pack(model, card), SUFFIX, card, base.answers_of(split, said))


def epochs(settings: Mapping[str, Any]) -> int:
    parts = int(settings.get("parts", 2))
    if not 1 <= parts <= 9:
        raise TrainingRefused(f"The digits are taken in 1 to 9 parts, not {parts}.")
    return parts


def _distance(model: NearestMean, x: Array, y: Array) -> float:
    return float(model.distances(x)[np.arange(len(y)), y].mean())


def network_of(model: NearestMean) -> Network:
    """-|x - m|² is 2 m·x - |m|² but for what is the same for all m, which the softmax takes out."""
    means = model.means
    return graph.dense([2 * means.T], [-np.square(means).sum(axis=1)], "linear")


def writes(model: object) -> bool:
    return isinstance(model, NearestMean)


def pack(model: NearestMean, card: ModelCard | None = None) -> bytes:
    file = io.BytesIO()
    inside = {"card": np.array(cards.to_json(card))} if card else {}
    np.savez(file, allow_pickle=False, means=model.means, **inside)
    return file.getvalue()


def embed(content: bytes, card: ModelCard) -> bytes:
    return pack(read_model(content), card)


def read_model(content: bytes, card: ModelCard | None = None) -> NearestMean:
    return receive(content)[0]


def remarks(content: bytes) -> str:
    return ""


def receive(content: bytes) -> tuple[NearestMean, ModelCard | None]:
    try:
        arrays = safe_files.read_npz(content)
        means = arrays["means"].astype(np.float32)
        card = cards.from_json(str(arrays["card"])) if "card" in arrays else None
    except (safe_files.BadFile, KeyError, ValueError) as error:
        raise ModelRefused("Expected were ten mean pictures.") from error
    if means.shape != (10, 784) or not np.isfinite(means).all():
        raise ModelRefused("Expected were ten mean pictures.")
    return NearestMean(means), card


def network(content: bytes) -> tuple[Network, ModelCard | None]:
    model, card = receive(content)
    return network_of(model), card


def describe(model: NearestMean) -> dict[str, Any]:
    layer = Layer("means", "Nearest mean", (784,), (10,), "softmax", model.means.size)
    return {"kind": NAME, "settings": {}, "layers": (layer,), "parameters": model.means.size}


def settings(card: ModelCard, told: Mapping[str, Any]) -> dict[str, Any]:
    return dict(card.settings)


TRAINER = Trainer(train, epochs, lambda: {"parts": 2})
