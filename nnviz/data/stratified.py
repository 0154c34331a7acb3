"""Digits in two parts, every digit's share of both being the same: drawn by scikit-learn, and kept.

scikit-learn comes with 160 MB. Whoever trains a network has it; the server, which shows the network's held-
back digits afterwards, finds them here and stays without it.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import numpy as np

from nnviz.core import paths, safe_files
from nnviz.core.records import Array

_MOST = 200  # that are kept


def cut(index: Array, labels: Array, n_second: int, seed: int) -> tuple[Array, Array]:
    """Shuffle and cut, as `sklearn.model_selection.train_test_split` does.

    Parameters
    ----------
    index
        (n,) positions among the labels.
    n_second
        Of the second part.

    Returns
    -------
    tuple[Array, Array]
        Both parts of `index`, int64.
    """
    path = _folder() / f"{_key(index, labels[index], n_second, seed)}.npz"
    return _read(path, index, n_second) or _draw(path, index, labels, n_second, seed)


def tidy() -> None:
    """Forget those that were asked for longest ago, where there are too many."""
    with suppress(OSError):
        for path in sorted(_folder().glob("*.npz"), key=safe_files.last_used)[:-_MOST]:
            path.unlink(missing_ok=True)


def _folder() -> Path:
    return paths.home() / "cuts"


def _key(index: Array, labels: Array, n_second: int, seed: int) -> str:
    digest = hashlib.sha256(f"{version('scikit-learn')} {n_second} {seed}".encode())
    for values in (index, labels):
        digest.update(np.ascontiguousarray(values, np.int64).tobytes())
    return digest.hexdigest()[:32]


def _read(path: Path, index: Array, n_second: int) -> tuple[Array, Array] | None:
    """What is kept there, unless there is nothing or something else."""
    try:
        whole = safe_files.read_npz(path)["order"].astype(np.int64)
        safe_files.mark_used(path)
    except (OSError, safe_files.BadFile, KeyError, ValueError):
        return None
    if whole.shape != index.shape or not np.array_equal(np.sort(whole), np.sort(index)):
        return None
    return whole[: len(whole) - n_second], whole[len(whole) - n_second :]


def _draw(path: Path, index: Array, labels: Array, n_second: int, seed: int) -> tuple[Array, Array]:
    from sklearn.model_selection import train_test_split  # takes half a second to import

    first, second = train_test_split(index, test_size=n_second, stratify=labels[index], random_state=seed)
    with suppress(OSError):  # it can be drawn again
        path.parent.mkdir(parents=True, exist_ok=True)
        safe_files.write_npz(path, order=np.concatenate([first, second]).astype(np.int32))
    return first, second
