"""The loss of networks that nobody trained: on a line between two, on a plane around one or through three.

A network is a point: all its weights in a row (`inference.flat`). Between points lie networks whose loss can
be found like that of any other. A `Survey` says where to look, `draw` looks.

References
----------
Goodfellow, Vinyals, Saxe 2015, Qualitatively characterizing neural network optimization problems: lines.
Li, Xu, Taylor, Studer, Goldstein 2018, Visualizing the loss landscape of neural nets: planes, directions
normalised filter by filter, and the principal directions of a training.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nnviz.core.landscapes import Landscape, Track
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference import flat, graph
from nnviz.inference.graph import Network
from nnviz.inference.losses import CROSS_ENTROPY, mean_loss

MOST_WEIGHTS = 1_000_000  # of a network: its directions take three numbers of eight bytes for each
DIGITS = 2_000  # that a loss is the mean of, where there are so many
_MARGIN = 0.25  # of the width of what lies on a plane, on each side of it
_BEYOND = 0.5  # of a line's length that is shown before its start, and behind its end
_LINE_FINER = 2  # points of a line for one of a plane's side
_PRODUCT, _NUMBER = 4e-11, 1.5e-9  # seconds of one worker for a product, and for a number that is laid out

OnPoint = Callable[[int, int], bool | None]


class Stopped(Exception):
    """Somebody has asked to stop."""


class NoPlane(ValueError):
    """Points that span no line or plane; the message is a sentence."""


@dataclass(frozen=True, eq=False)
class Plane:
    """Where to look: the networks `origin + x * across + y * up`.

    Attributes
    ----------
    origin, across
        (parameters,) float64.
    up
        The same; empty for a line.
    explained
        As a `Landscape` has it.
    """

    origin: Array
    across: Array
    up: Array
    explained: Array

    def at(self, x: float, y: float = 0.0) -> Array:
        """All weights of the network there: (parameters,) float32."""
        row = self.origin + x * self.across
        if len(self.up):
            row += y * self.up
        return row.astype(np.float32)

    def place(self, rows: Array) -> Array:
        """Where networks lie, or where the nearest place is to them: (n, parameters) -> (n, 2)."""
        axes = np.stack([self.across, self.up]) if len(self.up) else self.across[None]
        away = rows.astype(np.float64) - self.origin
        found = np.linalg.solve(axes @ axes.T, axes @ away.T).T
        return np.pad(found, ((0, 0), (0, 2 - len(axes))))


@dataclass(frozen=True, eq=False)
class Survey:
    """All that is needed to find a landscape.

    Attributes
    ----------
    network
        Whose layers they are; its weights do not matter.
    x, labels
        (n, 784) float32 and (n,): the digits whose mean loss it is.
    loss
        As `inference.losses.mean_loss` has it.
    rows
        For each track the weights of its networks, (n, parameters).
    known
        The landscape, of whose losses none is known.
    """

    network: Network
    x: Array
    labels: Array
    loss: str
    plane: Plane
    rows: tuple[Array, ...]
    known: Landscape

    @property
    def count(self) -> int:
        """Networks whose loss is to be found."""
        return self.known.losses.size + sum(map(len, self.rows))

    @property
    def seconds(self) -> float:
        """How long one worker has to do with it, about."""
        return seconds(self.network, len(self.x), self.count)


def seconds(network: Network, digits: int, count: int) -> float:
    """How long one worker has to do with the loss of so many networks, about."""
    return count * digits * (graph.products(network) * _PRODUCT + sum(graph.laid_out(network)) * _NUMBER)


def survey(
    network: Network,
    x: Array,
    labels: Array,
    plane: Plane,
    tracks: Sequence[tuple[str, Array, Array]],
    *,
    side: int,
    loss: str = CROSS_ENTROPY,
    reach: float = 0.0,
) -> Survey:
    """A survey of so much of a plane that all tracks lie on it.

    Parameters
    ----------
    tracks
        Name, steps and rows of each.
    side
        Points along each side of the plane; a line has twice as many and one more.
    reach
        How far from the origin it goes to each side, where that is not told by the tracks.
    """
    seen = tuple(
        Track(name, np.asarray(steps, np.int64), plane.place(rows), np.full(len(rows), np.nan))
        for name, steps, rows in tracks
    )
    if not len(plane.up):
        xs = np.round(np.linspace(-_BEYOND, 1 + _BEYOND, side * _LINE_FINER + 1), 12)
        ys = np.zeros(0)
    elif reach:
        xs = ys = np.linspace(-reach, reach, side)
    else:
        points = np.concatenate([track.points for track in seen])
        xs, ys = (_span(points[:, axis], side) for axis in (0, 1))
    unknown = np.full((max(1, len(ys)), len(xs)), np.nan)
    known = Landscape(xs, ys, unknown, seen, plane.explained, np.zeros(0))
    return Survey(network, x, labels, loss, plane, tuple(rows for _, _, rows in tracks), known)


def draw(asked: Survey, on_point: OnPoint | None = None) -> Landscape:
    """Find all losses of a survey.

    Parameters
    ----------
    on_point
        on_point(done, total) is told of every network; answering True stops.

    Raises
    ------
    Stopped
        When it was stopped.
    """
    began, done = time.perf_counter(), 0

    def loss_of(row: Array) -> float:
        nonlocal done
        if on_point is not None and on_point(done, asked.count):
            raise Stopped
        done += 1
        return mean_loss(flat.with_values(asked.network, row), asked.x, asked.labels, asked.loss)

    tracks = tuple(
        replace(track, losses=np.array([loss_of(row.astype(np.float32)) for row in rows]))
        for track, rows in zip(asked.known.tracks, asked.rows, strict=True)
    )
    ys = asked.known.ys if len(asked.known.ys) else np.zeros(1)
    losses = np.array([[loss_of(asked.plane.at(x, y)) for x in asked.known.xs] for y in ys])
    return replace(asked.known, losses=losses, tracks=tracks, seconds=time.perf_counter() - began)


def line(start: Array, end: Array) -> Plane:
    """The line on which one network is 0 and the other is 1.

    Raises
    ------
    NoPlane
        When both are the same.
    """
    origin = start.astype(np.float64)
    across = end.astype(np.float64) - origin
    if not across.any():
        raise NoPlane(say("Both networks have the same weights: there is no line between them."))
    return Plane(origin, across, np.zeros(0), np.zeros(0))


def through(first: Array, second: Array, third: Array) -> Plane:
    """The plane through three networks: the first is the origin, the second lies on the first axis.

    A step along an axis is one of the distance between all weights.

    Raises
    ------
    NoPlane
        When they lie on a line.
    """
    origin = first.astype(np.float64)
    across, other = second.astype(np.float64) - origin, third.astype(np.float64) - origin
    long, far = np.linalg.norm(across), np.linalg.norm(other)
    if long:
        across /= long
    up = other - (other @ across) * across
    high = np.linalg.norm(up)
    if not long or high <= 1e-6 * far:
        raise NoPlane(say("The three networks lie on one line. Choose three that differ."))
    return Plane(origin, across, up / high, np.zeros(0))


def principal(rows: Array, *, centre: Array | None = None) -> Plane:
    """The plane that holds most of the movement of some networks: their first two principal directions.

    Parameters
    ----------
    rows
        (n, parameters), n at least 3.
    centre
        The origin; their mean unless told.

    Raises
    ------
    NoPlane
        When they lie on a line.
    """
    moved = rows.astype(np.float64)
    origin = moved.mean(axis=0) if centre is None else centre.astype(np.float64)
    moved -= origin
    # By their products with one another: there are few networks, and many weights.
    squares, turns = np.linalg.eigh(moved @ moved.T)
    squares, turns = np.maximum(squares[::-1], 0), turns[:, ::-1]
    if len(rows) < 3 or squares[1] <= 1e-12 * squares[0] or not squares[0]:
        raise NoPlane(say("These networks lie on one line: there is no plane through them."))
    axes = (turns[:, :2].T @ moved) / np.sqrt(squares[:2])[:, None]
    return Plane(origin, axes[0], axes[1], squares[:2] / squares.sum())


def random_plane(network: Network, rng: np.random.Generator) -> Plane:
    """A plane around a network in two directions by chance, each as large as the network's own filters."""
    weights = flat.values(network)
    across, up = (_random_direction(network, rng) for _ in range(2))
    return Plane(weights.astype(np.float64), across, up, np.zeros(0))


def _random_direction(network: Network, rng: np.random.Generator) -> Array:
    pieces = [np.zeros(0)]
    for part in network.parts:
        for name, own in part.weights.items():
            chance = rng.standard_normal(own.shape)
            pieces.append(filter_normalised(chance, own, _axes(part.kind, name, own)).ravel())
    return np.concatenate(pieces)


def filter_normalised(direction: Array, weights: Array, axes: tuple[int, ...]) -> Array:
    """A direction in which every filter is as long as the network's own one; 0 for what has no filters.

    Parameters
    ----------
    direction, weights
        Of one shape.
    axes
        Those of one filter: all but the axis that counts the filters.
    """
    if not axes:
        return np.zeros(weights.shape)
    own = np.sqrt(np.square(weights.astype(np.float64)).sum(axis=axes, keepdims=True))
    long = np.sqrt(np.square(direction.astype(np.float64)).sum(axis=axes, keepdims=True))
    found: Array = direction * (own / np.where(long, long, 1))
    return found


def _axes(kind: str, name: str, weights: Array) -> tuple[int, ...]:
    """The axes of one filter, or of one unit's weights; biases and scales have none, and stay (Li et al.)."""
    if weights.ndim < 2 or "kernel" not in name:
        return ()
    counted = {weights.ndim - 1}
    if kind == "Conv2DTranspose":
        counted = {weights.ndim - 2}
    elif kind == "DepthwiseConv2D" or name == "depthwise_kernel":
        counted = {weights.ndim - 1, weights.ndim - 2}
    return tuple(axis for axis in range(weights.ndim) if axis not in counted)


def _span(values: Array, side: int) -> Array:
    low, high = float(values.min()), float(values.max())
    margin = _MARGIN * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, side)
