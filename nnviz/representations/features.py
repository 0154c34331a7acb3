"""What a network is given of a digit: its pixels, its place along PCA's axes, or an autoencoder's code.

Each is a scikit-learn transformer from (n, 784) to (n, d), so that

    Pipeline([("features", PCA(25)), ("mlp", MLPClassifier((100, 64)))])

is all there is to a network that sees digits through one. Whatever a transformer learns (PCA's axes, the size
of codes) it learns from the digits that the pipeline is fitted on, and from no others.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn import decomposition
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    OneToOneFeatureMixin,
    TransformerMixin,
)
from sklearn.utils.validation import check_is_fitted, validate_data

from nnviz.core.protocols import KerasModel
from nnviz.core.records import Array
from nnviz.keras_models import autoencoder

Line = tuple[Array, Array]  # weights (pixels, d) and offsets (d,) of x @ weights + offsets


class Raw(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """The pixels as they are, in float32."""

    def fit(self, X: Any, y: Any = None) -> Self:
        """Nothing to learn but how many pixels there are."""
        validate_data(self, X, dtype=np.float32)
        return self

    def transform(self, X: Any) -> Array:
        """(n, pixels) -> the same, float32."""
        check_is_fitted(self, "n_features_in_")
        return np.asarray(validate_data(self, X, dtype=np.float32, reset=False))

    def line(self) -> Line:
        """The transformation as a straight line."""
        pixels = self.n_features_in_
        return np.eye(pixels, dtype=np.float32), np.zeros(pixels, np.float32)


class PCA(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """The directions in which the digits differ most, and where each digit is along them; scikit-learn's.

    n_components: how many directions. whiten: whether every direction is made to count the same, although
    digits differ less along each than along the one before. After `fit`: pca_, scikit-learn's estimator.
    """

    def __init__(self, n_components: int = 25, *, whiten: bool = False) -> None:
        self.n_components = n_components
        self.whiten = whiten

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find the directions. Raises ValueError when there are fewer than asked for."""
        X = validate_data(self, X, dtype=np.float32, ensure_min_samples=2)
        check_components(self.n_components, *X.shape)
        self.pca_ = exact_pca(self.n_components, whiten=self.whiten).fit(X)
        self._n_features_out = self.n_components
        return self

    def transform(self, X: Any) -> Array:
        """(n, pixels) -> (n, n_components) float32."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float32, reset=False)
        places: Array = self.pca_.transform(X).astype(np.float32)
        return places

    def inverse_transform(self, X: Any) -> Array:
        """(n, n_components) -> (n, pixels) float32: the digits that these places tell of."""
        check_is_fitted(self)
        digits: Array = self.pca_.inverse_transform(np.asarray(X, np.float32)).astype(np.float32)
        return digits

    def line(self) -> Line:
        """The transformation as a straight line."""
        check_is_fitted(self)
        weights = self.pca_.components_.T
        if self.whiten:
            weights = weights / np.sqrt(self.pca_.explained_variance_)
        return weights.astype(np.float32), -(self.pca_.mean_ @ weights).astype(np.float32)


class Codes(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """What an autoencoder's encoder makes of the digits.

    model: a trained autoencoder, a keras.Model; it learns nothing more here. How large the numbers of a code
    are is an accident of its training (a decoder may multiply what its encoder has divided), and networks
    learn badly from very large or small ones; so all are shifted and divided alike, by what brings the codes
    of the digits of `fit` to mean 0 and mean square 1. After `fit`: centre_ (d,), size_.
    """

    def __init__(self, model: object = None) -> None:
        self.model = model

    def fit(self, X: Any, y: Any = None) -> Self:
        """Measure the codes of these digits. Raises ValueError without an autoencoder."""
        X = validate_data(self, X, dtype=np.float32)
        codes = autoencoder.encode(self._autoencoder(), X)
        self.centre_ = codes.mean(axis=0)
        # Codes that are all the same have no size.
        self.size_ = float(np.sqrt(np.mean((codes - self.centre_) ** 2))) or 1.0
        self._n_features_out = codes.shape[1]
        return self

    def transform(self, X: Any) -> Array:
        """(n, 784) -> (n, d) float32."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float32, reset=False)
        codes: Array = (autoencoder.encode(self._autoencoder(), X) - self.centre_) / np.float32(self.size_)
        return codes

    def inverse_transform(self, X: Any) -> Array:
        """(n, d) -> (n, 784) float32: the digits that these codes are decoded to."""
        check_is_fitted(self)
        codes = np.asarray(X, np.float32) * np.float32(self.size_) + self.centre_
        return autoencoder.decode(self._autoencoder(), codes).reshape(len(codes), -1)

    def line(self) -> Line | None:
        """The transformation as a straight line, or None if it is none, as behind a convolution."""
        check_is_fitted(self)
        straight = autoencoder.line(self._autoencoder())
        if straight is None:
            return None
        weights, offsets = straight
        return weights / np.float32(self.size_), (offsets - self.centre_) / np.float32(self.size_)

    def _autoencoder(self) -> KerasModel:
        if not autoencoder.is_autoencoder(self.model):
            raise ValueError("Codes are made by a trained autoencoder, and the model that was given is none.")
        return self.model


def exact_pca(n_components: int, *, whiten: bool = False) -> decomposition.PCA:
    """scikit-learn's PCA by the eigenvectors of the covariance: exact, and quick for 784 pixels however many
    digits there are. (Left to choose, it takes random projections for the study set, and is somewhat off.)"""
    return decomposition.PCA(n_components, whiten=whiten, svd_solver="covariance_eigh")


def check_components(components: int, digits: int, pixels: int = autoencoder.PIXELS) -> None:
    """Raises ValueError, with one sentence, for more directions than so many digits have."""
    whole = isinstance(components, int | np.integer) and not isinstance(components, bool)
    most = min(digits, pixels)
    if not whole or not 1 <= components <= most:
        raise ValueError(
            f"{digits:,} digits of {pixels:,} pixels have 1 to {most:,} principal components, "
            f"a whole number, not {components!r}."
        )
