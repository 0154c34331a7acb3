"""Networks that see digits through features: scikit-learn's Pipeline of a transformer and a network.

Whatever a transformer learns (PCA's axes, the size of codes) it learns from the digits that the pipeline is
fitted on, and from no others. What a pipeline has learned is a network of pixels like any other: `as_network`
puts its straight first step into its first layer, so that it can be kept in the store, looked into, and drawn
for on the pad.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted, validate_data

from nnviz.core.protocols import KerasModel, Trained
from nnviz.core.records import Array
from nnviz.keras_models import autoencoder, backend
from nnviz.model_store import store
from nnviz.numpy_nn import classifier
from nnviz.numpy_nn.activations import ACTIVATIONS
from nnviz.representations import features as words
from nnviz.representations import pca


class Codes(TransformerMixin, BaseEstimator):
    """What an autoencoder's encoder makes of the digits.

    How large the numbers of a code are is an accident of its training (a decoder may multiply what its
    encoder has divided), and networks learn badly from very large or small ones; so all are shifted and
    divided alike, by what brings the codes of the digits of `fit` to mean 0 and mean square 1.

    Parameters
    ----------
    model
        A trained autoencoder, a keras.Model; it learns nothing more here, and copies of this share it.

    Attributes
    ----------
    centre_
        (d,), after `fit`.
    size_
        After `fit`.
    """

    def __init__(self, model: object = None) -> None:
        self.model = model

    def __sklearn_clone__(self) -> Codes:
        return Codes(self.model)

    def fit(self, X: Any, y: Any = None) -> Self:
        """Measure the codes of these digits.

        Raises
        ------
        ValueError
            Without an autoencoder.
        """
        X = validate_data(self, X, dtype=np.float32)
        codes = autoencoder.encode(self.checked_model(), X)
        self.centre_ = codes.mean(axis=0)
        # Codes that are all the same have no size.
        self.size_ = float(np.sqrt(np.mean((codes - self.centre_) ** 2))) or 1.0
        return self

    def transform(self, X: Any) -> Array:
        """The codes of digits.

        Parameters
        ----------
        X
            (n, 784).

        Returns
        -------
        Array
            (n, d) float32.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float32, reset=False)
        codes: Array = (autoencoder.encode(self.checked_model(), X) - self.centre_) / np.float32(self.size_)
        return codes

    def checked_model(self) -> KerasModel:
        """The model.

        Raises
        ------
        ValueError
            When it is none that makes codes.
        """
        if not autoencoder.is_autoencoder(self.model):
            raise ValueError("Codes are made by a trained autoencoder, and the model that was given is none.")
        return self.model


class FeaturesPipeline(Pipeline):
    """scikit-learn's Pipeline of the steps "features" and "mlp", with a `fit` that tells of its epochs."""

    def fit(
        self, X: Any, y: Any = None, *, validation: tuple[Any, Any] | None = None, **watching: Any
    ) -> Self:
        """As Pipeline's, to the bit, and as the network's own `fit`.

        (A pipeline hands the validation digits to its network as they are, not as its features have them.)
        """
        given, network = self["features"], self["mlp"]
        x = given.fit_transform(X, y)
        if validation is not None:
            validation = (given.transform(validation[0]), validation[1])
        network.fit(x, y, validation=validation, **watching)
        return self


def given_features(features: str, network: Any) -> Any:
    """The network behind these features, not yet fitted; the network itself where they are the pixels.

    Raises
    ------
    ValueError
        For a word that is none of `features`.
    ModelMissing, ModelRefused
        For an autoencoder that is not there, or cannot be opened.
    """
    kind, detail = words.kind_and_detail(features)
    if kind == words.RAW:
        return network
    step = pca.exact_pca(int(detail)) if kind == "pca" else Codes(store.load(detail))
    return FeaturesPipeline([("features", step), ("mlp", network)])


def as_network(fitted: Pipeline) -> Trained:
    """The fitted pipeline as one network of pixels.

    PCA and the code of a dense encoder are x @ A + c, and what the first layer makes of that, (x @ A + c) @ W
    + b, is x @ (A @ W) + (c @ W + b): a layer of another matrix. It answers as the pipeline does, up to
    rounding. Behind an encoder of several layers its layers come first, and then the network's.

    Returns
    -------
    Trained
        An MLPClassifier, or behind convolutions a keras.Model.
    """
    network = fitted["mlp"]
    straight = _line(fitted["features"])
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


def _line(fitted: Any) -> tuple[Array, Array] | None:
    """Fitted features as x @ weights + offsets, (784, d) and (d,) float32.

    None if they are no straight line, as behind a convolution.
    """
    if isinstance(fitted, Codes):
        straight = autoencoder.line(fitted.checked_model())
        if straight is None:
            return None
        weights, offsets = straight
        return weights / np.float32(fitted.size_), (offsets - fitted.centre_) / np.float32(fitted.size_)
    axes: Array = fitted.components_.T.astype(np.float32)
    return axes, -(fitted.mean_ @ axes).astype(np.float32)


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
