"""Networks that see digits through something: scikit-learn's Pipeline of a transformer and our MLPClassifier.

A `Case` says in a few words what a network is given and what it is; `pipeline` makes it. Everything that is
fitted, PCA's axes included, is fitted on the training digits alone.

What a pipeline has learned is a network of pixels like any other: `as_network` puts its straight first step
into its first layer, so that it can be kept in the store, looked into, and drawn for on the pad.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from sklearn.pipeline import Pipeline

from nnviz.core.kinds import AUTOENCODER, kind_of
from nnviz.core.protocols import KerasModel, Trained
from nnviz.core.records import Activations, Array, Epoch, Split
from nnviz.keras_models import backend
from nnviz.model_store import store
from nnviz.numpy_nn import classifier
from nnviz.numpy_nn import settings as limits
from nnviz.numpy_nn.activations import ACTIVATIONS
from nnviz.numpy_nn.presets import PRESETS
from nnviz.representations import features

Features = Literal["raw", "pca", "codes"]
OnEpoch = Callable[[Epoch], "bool | None"]
OnBatch = Callable[[int, int], "bool | None"]

TITLES: Mapping[Features, str] = MappingProxyType({"raw": "Raw pixels", "pca": "PCA", "codes": "Codes"})
LAYERS: Mapping[int, tuple[int, ...]] = MappingProxyType({0: (), 1: (100,), 2: (100, 64)})  # the report's


@dataclass(frozen=True)
class Case:
    """What a network is given, and what it is.

    components: of PCA; model: the name of the autoencoder whose codes are given; hidden: units of each hidden
    layer; settings: of the MLPClassifier, where they are not those of the preset "plain".
    """

    features: Features = "raw"
    hidden: tuple[int, ...] = LAYERS[2]
    components: int = 25
    model: str = AUTOENCODER.default
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """For a table: "PCA, 25 components, 1 hidden layer"."""
        given = TITLES[self.features]
        if self.features == "pca":
            given += f", {self.components} components"
        elif self.features == "codes":
            given += f" of {self.model!r}"
        layers = len(self.hidden)
        return f"{given}, {layers or 'no'} hidden layer{'s' if layers != 1 else ''}"

    def check(self, digits: int) -> None:
        """Raises ValueError, in one sentence, unless so many training digits are enough for it."""
        if self.features not in TITLES:
            raise ValueError(f"A network is given one of {', '.join(TITLES)}, not {self.features!r}.")
        if self.features == "pca":
            features.check_components(self.components, digits)
        if self.features == "codes":
            try:
                kind = store.find(self.model).card.kind
            except store.ModelMissing as missing:
                raise ValueError(str(missing)) from missing
            if not kind_of(kind).encodes:
                raise ValueError(
                    f"Codes are made by an autoencoder; {self.model!r} is another kind of network."
                )
        known = classifier.MLPClassifier().get_params(deep=False)
        if unknown := set(self.settings) - set(known):
            raise ValueError(f"A network has no setting called {', '.join(sorted(unknown))}.")
        limits.check(known | _settings(self, 0))


def pipeline(case: Case, seed: int = 0) -> Pipeline:
    """The case as scikit-learn's Pipeline of "features" and "mlp", not yet fitted. Raises ModelMissing."""
    steps: dict[Features, Callable[[], Any]] = {
        "raw": features.Raw,
        "pca": lambda: features.PCA(case.components),
        "codes": lambda: features.Codes(store.load(case.model)),
    }
    return Pipeline(
        [("features", steps[case.features]()), ("mlp", classifier.MLPClassifier(**_settings(case, seed)))]
    )


def fit(
    pipe: Pipeline, split: Split, *, on_epoch: OnEpoch | None = None, on_batch: OnBatch | None = None
) -> Pipeline:
    """What `pipe.fit(split.x_train, split.y_train)` does, to the bit, with curves of the test digits as well.

    (A pipeline's own `fit` would hand these to the network as they are, not as the features have it.) After
    divergence the last finite weights are kept, as the network's history says.
    """
    given, network = pipe["features"], pipe["mlp"]
    x_train = given.fit_transform(split.x_train, split.y_train)
    held = (given.transform(split.x_test), split.y_test) if len(split.x_test) else None
    with contextlib.suppress(classifier.Diverged):
        network.fit(x_train, split.y_train, on_epoch=on_epoch, on_batch=on_batch, validation=held)
    return pipe


def activations(fitted: Pipeline, image: Array) -> Activations:
    """One digit, (28, 28) or (784,) in [0, 1], as a fitted pipeline has it: features, hidden layers, answer.

    The features are the layer "features", as large as they are; the hidden ones are called "hidden 1", ...
    """
    digit = np.asarray(image, np.float32).reshape(28, 28)
    network = fitted["mlp"]
    given, *hidden, answer = network.forward(fitted["features"].transform(digit.reshape(1, -1)))
    names = ["features", *(layer.name for layer in classifier.layers(network)[:-1])]
    return Activations(
        image=digit,
        layers=tuple((name, values[0]) for name, values in zip(names, [given, *hidden], strict=True)),
        probabilities=answer[0],
    )


def as_network(fitted: Pipeline) -> Trained:
    """The fitted pipeline as one network of pixels: an MLPClassifier, or behind convolutions a keras.Model.

    PCA and the code of a dense encoder are x @ A + c, and what the first layer makes of that,
    (x @ A + c) @ W + b, is x @ (A @ W) + (c @ W + b): a layer of another matrix. It answers as the pipeline
    does, up to rounding. Behind an encoder of several layers its layers come first, and then the network's.
    """
    network = fitted["mlp"]
    straight = fitted["features"].line()
    if straight is None:
        return _as_keras(fitted)
    weights, offsets = straight
    first = weights @ network.coefs_[0]
    bias = offsets @ network.coefs_[0] + network.intercepts_[0]
    settings = {
        **network.get_params(deep=False),
        "hidden_layer_sizes": tuple(w.shape[1] for w in network.coefs_[:-1]),
    }
    whole = classifier.MLPClassifier.from_weights(
        [first, *network.coefs_[1:]], [bias, *network.intercepts_[1:]], network.classes_, **settings
    )
    whole.history_, whole.loss_curve_, whole.n_iter_ = network.history_, network.loss_curve_, network.n_iter_
    return whole


def _as_keras(fitted: Pipeline) -> KerasModel:
    """Copies of the encoder's layers with the network's own behind them."""
    keras = backend.keras()
    codes, network = fitted["features"], fitted["mlp"]
    encoder = codes.model.get_layer("encoder")
    image = x = keras.Input(encoder.input_shape[1:], name="image")
    for layer in encoder.layers[1:]:
        copy = type(layer).from_config(layer.get_config())
        x = copy(x)
        copy.set_weights(layer.get_weights())
    coefs = [network.coefs_[0] / np.float32(codes.size_), *network.coefs_[1:]]
    intercepts = [network.intercepts_[0] - codes.centre_ @ coefs[0], *network.intercepts_[1:]]
    hidden = ACTIVATIONS[network.activation].keras
    for number, (w, b) in enumerate(zip(coefs, intercepts, strict=True), start=1):
        last = number == len(coefs)
        name = "answer" if last else f"hidden_{number}"
        layer = keras.layers.Dense(w.shape[1], activation="softmax" if last else hidden, name=name)
        x = layer(x)
        layer.set_weights([w, b])
    model: KerasModel = keras.Model(image, x, name="codes_mlp")
    return model


def _settings(case: Case, seed: int) -> dict[str, Any]:
    chosen = {**PRESETS["plain"].settings, **case.settings}
    return {**chosen, "hidden_layer_sizes": case.hidden, "random_state": seed}
