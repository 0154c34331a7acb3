"""Many numbers a digit, shown as two: a map on which digits that are alike lie together.

Three ways of drawing it, in METHODS, from the one that only turns the codes to the ones that bend them:

    pca    the plane along which codes differ most; distances are seen from one side (Pearson 1901)
    tsne   neighbours stay neighbours, the rest may go where it likes (van der Maaten and Hinton 2008)
    umap   the same wish, told as a graph; more of the whole is kept (McInnes, Healy and Melville 2018)

The last two take most of a minute for 5,000 digits, so a `Map` is kept when it has been drawn, by
`embedding_files`. A digit that was not there then finds its place by the places of its nearest neighbours.
"""

from __future__ import annotations

import contextlib
import io
import re
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.evaluation import nearest_neighbours
from nnviz.keras_models import backend

OnBatch = Callable[[int, int], "bool | None"]
Tell = Callable[[int, int], None]

FEWEST = 10  # digits that a map is drawn of
NEIGHBOURS = 8  # whose places tell where a new digit lies
_ITERATIONS = 1_000  # of t-SNE, scikit-learn's default


class Stopped(Exception):
    """Whoever listens has said stop: there is no map."""


@dataclass(frozen=True, eq=False)
class Map:
    """Where digits lie.

    Attributes
    ----------
    points
        (n, 2) float32, in the digits' order.
    value
        Of the method's own parameter, 0 if it has none.
    seconds
        That drawing it took.
    """

    method: str
    value: float
    seed: int
    points: Array
    seconds: float


@dataclass(frozen=True)
class Method:
    """One way of drawing a map.

    Attributes
    ----------
    parameter
        The name of the one number it is told, "" for none.
    value
        Of it unless told otherwise.
    draw
        draw(codes, value, seed, tell): (n, d) float32 -> (n, 2); calls tell(done, total) as it goes.
    """

    name: str
    title: str
    note: str
    parameter: str
    value: float
    draw: Callable[[Array, float, int, Tell], Array]

    def check(self, n: int, value: float) -> None:
        """Check that `n` digits can be drawn with that value.

        Raises
        ------
        ValueError
            One sentence, when they cannot.
        """
        if n < FEWEST:
            raise ValueError(say("A map needs at least {fewest} digits, not {n}.", fewest=FEWEST, n=n))
        if self.parameter and not 2 <= value < n:
            raise ValueError(
                say(
                    "The {parameter} has to be at least 2 and less than the {n:,} digits, not {value:g}.",
                    parameter=self.parameter,
                    n=n,
                    value=value,
                )
            )


def draw(
    method: str, codes: Array, *, value: float | None = None, seed: int = 42, on_batch: OnBatch | None = None
) -> Map:
    """A map of codes.

    Parameters
    ----------
    codes
        (n, d).
    on_batch
        on_batch(done, total) is told every few seconds.

    Raises
    ------
    Stopped
        When `on_batch` answers True.
    ValueError
        One sentence that says what was expected.
    """
    codes = np.ascontiguousarray(codes, np.float32)
    value = check(method, codes, value)
    how = METHODS[method]

    def tell(done: int, total: int) -> None:
        if on_batch is not None and on_batch(done, total):
            raise Stopped

    began = time.monotonic()
    if codes.shape[1] == 1:
        # One number is a line, which all three methods would fail on: it is laid along the first axis.
        codes = np.column_stack([codes, np.zeros_like(codes)])
    points = how.draw(codes, value, seed, tell)
    return Map(method, value, seed, points.astype(np.float32), time.monotonic() - began)


def check(method: str, codes: Array, value: float | None = None) -> float:
    """The value that `draw` would draw with.

    Raises
    ------
    ValueError
        As `draw` would raise it, without anything being drawn.
    """
    if method not in METHODS:
        raise ValueError(
            say(
                "A map is drawn by one of {methods}, not {method!r}.",
                methods=", ".join(METHODS),
                method=method,
            )
        )
    if codes.ndim != 2 or not np.isfinite(codes).all():
        raise ValueError(say("A map is drawn of finite numbers, as many for each digit."))
    value = METHODS[method].value if value is None else float(value)
    METHODS[method].check(len(codes), value)
    if not np.ptp(codes, axis=0).any():
        raise ValueError(say("Every digit has the same code here, so there is nothing to lay out."))
    return value


def place(drawn: Map, codes: Array, new: Array) -> Array:
    """Where new codes lie on a map.

    On a plane every code has its own place; on a bent map it lies among its nearest neighbours, the nearer
    the more they count.

    Parameters
    ----------
    codes
        (n, d), those the map was drawn of.
    new
        (m, d).

    Returns
    -------
    Array
        (m, 2) float32.
    """
    if drawn.method == "pca" and codes.shape[1] > 1:
        mean, directions = plane(codes)
        return np.asarray((new - mean) @ directions.T, np.float32)
    positions, distances = nearest_neighbours.of_new(codes, new, NEIGHBOURS)
    # One that is there already lies where it lies.
    there = (distances == 0).any(axis=1, keepdims=True)
    with np.errstate(divide="ignore"):
        weights = np.where(there, distances == 0, 1 / distances)
    weights = weights / weights.sum(axis=1, keepdims=True)
    return np.asarray(np.einsum("mk,mkd->md", weights, drawn.points[positions]), np.float32)


# How each of them is drawn. scikit-learn is a second to import and umap, which brings TensorFlow and compiles
# itself, half a minute the first time: whoever wants a map waits for its own library only.


def _by_plane(codes: Array, value: float, seed: int, tell: Tell) -> Array:
    tell(0, 1)
    mean, directions = plane(codes)
    return np.asarray((codes - mean) @ directions.T)


def plane(codes: Array) -> tuple[Array, Array]:
    """The plane along which codes differ most, the same one for the same codes.

    Returns
    -------
    tuple[Array, Array]
        Their mean, (d,), and two directions, (2, d), each with its largest number above 0, as scikit-learn
        has them; of codes of one number a single direction.
    """
    mean = codes.mean(axis=0)
    directions = np.linalg.svd(codes - mean, full_matrices=False)[2][:2]
    largest = np.take_along_axis(directions, np.abs(directions).argmax(axis=1)[:, None], axis=1)
    return mean, directions * np.sign(largest)


def _by_tsne(codes: Array, value: float, seed: int, tell: Tell) -> Array:
    from sklearn.manifold import TSNE

    def heard(line: str) -> None:
        iteration = re.search("Iteration (\\d+):", line)
        if iteration:
            tell(int(iteration[1]), _ITERATIONS)

    tell(0, _ITERATIONS)
    # Its only word of how far it is goes to standard output, every 50 iterations.
    with contextlib.redirect_stdout(_Lines(heard)):
        drawn = TSNE(2, perplexity=value, max_iter=_ITERATIONS, init="pca", random_state=seed, verbose=2)
        points = np.asarray(drawn.fit_transform(codes))
    tell(_ITERATIONS, _ITERATIONS)  # it ends sooner when nothing moves any more
    return points


def _by_umap(codes: Array, value: float, seed: int, tell: Tell) -> Array:
    # umap imports TensorFlow, whether it is needed or not; asked for like this, it takes one thread only.
    backend.tensorflow()
    from umap import UMAP

    def heard(line: str) -> None:
        done, total = map(int, line.split("/"))
        if done:  # that nothing is done yet has been told
            tell(done, total)

    tell(0, 1)
    bar = {
        "file": _Lines(heard),
        "bar_format": "{n}/{total}",
        "disable": False,
        "miniters": 1,
        "mininterval": 0,
    }
    drawn = UMAP(n_neighbors=round(value), random_state=seed, n_jobs=1, tqdm_kwds=bar)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of few digits it says what it does otherwise than of many
        return np.asarray(drawn.fit_transform(codes))


class _Lines(io.TextIOBase):
    """Somewhere to print to: each line is heard, none is shown.

    What hearing a line raises ends the printer; its last words (a bar is closed) are not heard.
    """

    def __init__(self, heard: Callable[[str], None]) -> None:
        self._heard = heard
        self._open = True

    def write(self, text: str) -> int:
        for line in filter(None, map(str.strip, re.split(r"[\r\n]+", text))):
            if self._open:
                self._open = False
                self._heard(line)
                self._open = True
        return len(text)


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            "pca",
            "PCA",
            say("The plane along which the codes differ most. Nothing is bent, and much lies upon the rest."),
            "",
            0.0,
            _by_plane,
        ),
        Method(
            "tsne",
            "t-SNE",
            say(
                "Neighbours stay neighbours. How far apart two groups lie, and how large they are, means "
                "little."
            ),
            say("perplexity"),
            30.0,
            _by_tsne,
        ),
        Method(
            "umap",
            "UMAP",
            say("Neighbours stay neighbours, and groups that are alike lie closer together than others."),
            say("number of neighbours"),
            15.0,
            _by_umap,
        ),
    )
}
