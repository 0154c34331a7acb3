"""PCA beside an autoencoder: as many numbers for a digit, found without any network.

The directions are those of the digits that the autoencoder learned from. For the shipped ones these are
54,000 digits of MNIST, which need not be on this computer: their first directions come with the project.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnviz.core import paths, safe_files
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.data import mnist, splits
from nnviz.keras_models import autoencoder

SHIPPED = 64  # directions that come with the project


@dataclass(frozen=True, eq=False)
class PCAProjection:
    """Directions in which digits differ most.

    Attributes
    ----------
    mean
        (784,) float32.
    directions
        (d, 784) float32, orthonormal, by how much they tell.
    learned_from
        In words.
    """

    mean: Array
    directions: Array
    learned_from: str

    def encode(self, x: Array) -> Array:
        """How far digits lie along every direction.

        Parameters
        ----------
        x
            Digits in any of their shapes.

        Returns
        -------
        Array
            (n, d).
        """
        flat = np.asarray(x, np.float32).reshape(-1, autoencoder.PIXELS)
        places: Array = (flat - self.mean) @ self.directions.T
        return places

    def decode(self, places: Array) -> Array:
        """The digits at these places.

        Parameters
        ----------
        places
            (n, d).

        Returns
        -------
        Array
            (n, 28, 28) float32, a little below 0 and above 1 in places.
        """
        drawn: Array = np.asarray(places, np.float32) @ self.directions + self.mean
        return drawn.reshape(-1, autoencoder.SIDE, autoencoder.SIDE)

    def reconstruct(self, x: Array) -> Array:
        """What is left of digits, (n, 28, 28)."""
        return self.decode(self.encode(x))


def exact_pca(n_components: int) -> Any:
    """PCA of scikit-learn by the eigenvectors of the covariance.

    It is exact, and quick for 784 pixels however many digits there are. Left to choose, scikit-learn takes
    random projections for the study set, and is somewhat off.
    """
    from sklearn.decomposition import PCA  # a second to import

    return PCA(n_components, svd_solver="covariance_eigh")


def fit(x: Array, size: int, learned_from: str) -> PCAProjection:
    """The directions of digits.

    Parameters
    ----------
    x
        (n, 784).
    size
        The first so many directions, or as many as so many digits have.
    """
    x = np.asarray(x, np.float64)
    mean = x.mean(axis=0)
    # The eigenvectors of the covariance, as `exact_pca` has them, without waiting for scikit-learn.
    _, vectors = np.linalg.eigh((x - mean).T @ (x - mean))
    directions = vectors.T[::-1][: min(size, *x.shape)]
    largest = np.take_along_axis(directions, np.abs(directions).argmax(axis=1)[:, None], axis=1)
    return PCAProjection(
        mean.astype(np.float32), (directions * np.sign(largest)).astype(np.float32), learned_from
    )


def beside(spec: Mapping[str, Any], size: int) -> PCAProjection:
    """The projection that stands beside an autoencoder.

    Digits of an upload that is gone, or of a card that does not tell, are made up for by the embedded ones,
    and the words say so.

    Parameters
    ----------
    spec
        On the autoencoder's card.
    size
        Of its code.

    Raises
    ------
    DataError
        When the digits cannot be had.
    """
    if spec.get("source") == "honest" and size <= SHIPPED:
        return _shipped(size)
    judged, _ = splits.judge_by(spec)
    if judged.source == "unseen":
        digits = mnist.embedded()
        return fit(mnist.to_rows(digits.images), size, f"{mnist.OF_THE_APP} themselves")
    split = splits.load_split(judged)
    return fit(split.x_train, size, say("the same {n:,} digits", n=len(split.x_train)))


def shipped_path() -> Path:
    """Where the directions are that come with the project."""
    return paths.shipped() / "principal.npz"


def write_shipped(projection: PCAProjection) -> None:
    """Keep the projection as the one that comes with the project.

    Raises
    ------
    OSError
        When the disk cannot take it.
    """
    safe_files.write_npz(shipped_path(), mean=projection.mean, directions=projection.directions)


def _shipped(size: int) -> PCAProjection:
    try:
        kept = safe_files.read_npz(shipped_path(), limit=safe_files.MEGABYTE)
        return PCAProjection(kept["mean"], kept["directions"][:size], say("the same 54,000 digits"))
    except (OSError, KeyError, safe_files.BadFile) as error:
        raise mnist.DataError(
            say("The principal components that come with the app are missing: `nnviz train autoencoder`.")
        ) from error
