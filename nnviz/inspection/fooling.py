"""The smallest change of a digit that flips a network's answer, found by following gradients.

A network's sums before its softmax are taken as straight around the picture. The nearest picture where two of
them meet is then a projection, and that is repeated from there until the answer flips.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference import gradients
from nnviz.inference.graph import Network

STEPS = 100  # gradients are followed so often before it counts as not fooled
VISIBLE = 0.1  # a pixel that changed by more is counted
_LEAD = 0.01  # of the new answer's sum: far more than NumPy, Keras and browsers differ by
_LONGEST = 0.5  # L2 norm of a step: sums are straight near a picture only
_HALVINGS, _REFINEMENTS = 16, 10


class SameAnswer(ValueError):
    """The answer that is wanted is given already; the message is a sentence."""


@dataclass(frozen=True)
class Distance:
    """How far a changed picture is from what it was.

    Attributes
    ----------
    pixels
        How many changed by more than a tenth.
    length
        The L2 norm of the change.
    largest
        The largest change of one pixel, without its sign.
    """

    pixels: int
    length: float
    largest: float


@dataclass(frozen=True, eq=False)
class Fooled:
    """A picture that is read otherwise than the one it was made from.

    Attributes
    ----------
    before, after
        (28, 28) float32 in [0, 1].
    said_before, said_after
        (10,) the network's probabilities.
    steps
        How many times gradients were followed till the answer flipped.
    """

    before: Array
    after: Array
    said_before: Array
    said_after: Array
    steps: int

    @property
    def change(self) -> Array:
        """(28, 28) float32 in [-1, 1], above zero where ink was added."""
        difference: Array = self.after - self.before
        return difference

    @property
    def distance(self) -> Distance:
        """How far the two pictures are apart."""
        return distance(self.before, self.after)


def distance(before: Array, after: Array) -> Distance:
    """How far two pictures of the same shape are apart."""
    change = np.abs(np.asarray(after, np.float64) - np.asarray(before, np.float64))
    return Distance(int((change > VISIBLE).sum()), float(np.sqrt((change**2).sum())), float(change.max()))


def smallest_change(
    network: Network, image: Array, target: int | None = None, *, steps: int = STEPS
) -> Fooled | None:
    """A change as small as gradients find, after which the network answers otherwise [1]_.

    Pixels stay in [0, 1], which each projection takes into account. A picture that flips the answer is then
    brought as near to the original as it can be: by halving the way, and by projecting the original onto the
    border found there [2]_. Nothing is left to chance: the same input gives the same picture.

    Parameters
    ----------
    image
        (28, 28) in [0, 1].
    target
        The answer that is wanted; None for any other than the present one.
    steps
        How often gradients are followed at most.

    Returns
    -------
    Fooled | None
        None when the answer did not flip within these steps.

    Raises
    ------
    SameAnswer
        When `target` is what the network answers already.
    ValueError
        When there is no such answer.

    References
    ----------
    .. [1] Moosavi-Dezfooli, Fawzi and Frossard 2016, DeepFool: a simple and accurate method to fool deep
       neural networks.
    .. [2] Croce and Hein 2020, Minimally distorted adversarial examples with a fast adaptive boundary attack.
    """
    before = np.asarray(image, np.float32).reshape(-1)
    search = _Search(network, before, target)
    found = search.flipped(steps)
    if found is None:
        return None
    point, followed = found
    after = search.nearer(point).astype(np.float32)
    shape = (28, 28)
    return Fooled(
        before.reshape(shape),
        after.reshape(shape),
        network.predict(before)[0],
        network.predict(after)[0],
        followed,
    )


class _Search:
    """One picture, and the answers that count as flipped."""

    def __init__(self, network: Network, before: Array, target: int | None) -> None:
        self._network = network
        self._plain = gradients.without_softmax(network)
        self._before = before.astype(np.float64)
        sums = self._sums(self._before)
        given = int(sums.argmax())
        if target is not None and not 0 <= target < len(sums):
            raise ValueError(f"The answer is one of {len(sums)} digits; there is no {target}.")
        if target == given:
            raise SameAnswer(say("The network answers {digit} already. Choose another answer.", digit=given))
        self._given = given
        self._wanted = [target] if target is not None else [k for k in range(len(sums)) if k != given]

    def flipped(self, steps: int) -> tuple[Array, int] | None:
        """A picture whose answer is a wanted one, and how many steps led there."""
        point = self._before
        for step in range(steps + 1):
            if self._lead(point) >= _LEAD:
                return point, step
            if step == steps:
                break
            moves = [_projection(point, *self._border(point, wanted)) for wanted in self._wanted]
            possible = [move for move in moves if move is not None]
            if not possible:
                break
            move = min(possible, key=lambda move: float(move @ move))
            point = _in_range(point + move * min(1.0, _LONGEST / max(float(np.linalg.norm(move)), 1e-12)))
        return None

    def nearer(self, point: Array) -> Array:
        """A picture that is as near to the original as can be found, and still read as a wanted answer."""
        best = self._halved(point)
        wanted = max(self._wanted, key=lambda k: float(self._sums(best)[k]))
        for _ in range(_REFINEMENTS):
            slope, lacking = self._border(best, wanted)
            move = _projection(self._before, slope, lacking + float(slope @ (best - self._before)))
            if move is None:
                break
            other = _in_range(self._before + move)
            if self._lead(other) < _LEAD:
                break
            other = self._halved(other)
            if np.linalg.norm(other - self._before) >= np.linalg.norm(best - self._before):
                break
            best = other
        return best

    def _halved(self, far: Array) -> Array:
        """The way back to the original, as far as the answer stays flipped."""
        low, high = 0.0, 1.0
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            if self._lead(self._between(far, middle)) >= _LEAD:
                high = middle
            else:
                low = middle
        return self._between(far, high) if high < 1 else far

    def _between(self, far: Array, share: float) -> Array:
        return _in_range(self._before + share * (far - self._before))

    def _lead(self, point: Array) -> float:
        """How far the best wanted answer is ahead of all others; below zero, how far behind."""
        sums = self._sums(point)
        others = np.delete(sums, self._wanted)
        return float(sums[self._wanted].max() - others.max())

    def _border(self, point: Array, wanted: int) -> tuple[Array, float]:
        """The slope of the wanted answer's lead over its rival there, and how much of a lead it lacks."""
        sums = self._sums(point)
        rival = self._given
        if len(self._wanted) == 1:
            rival = max((k for k in range(len(sums)) if k != wanted), key=lambda k: float(sums[k]))
        slope = self._slope(point, wanted) - self._slope(point, rival)
        return slope, float(sums[rival] - sums[wanted]) + 1.5 * _LEAD

    def _slope(self, point: Array, digit: int) -> Array:
        _, grads = gradients.of_logit(self._network, point.astype(np.float32), digit)
        slope: Array = grads[self._network.parts[0].name].reshape(-1).astype(np.float64)
        return slope

    def _sums(self, point: Array) -> Array:
        """What is compared: the sums before the softmax, or the logarithms of probabilities."""
        image = point.astype(np.float32)
        if self._plain is not None:
            sums: Array = self._plain.predict(image)[0].reshape(-1).astype(np.float64)
        else:
            sums = np.log(np.maximum(self._network.predict(image)[0].astype(np.float64), 1e-30))
        return sums


def _in_range(point: Array) -> Array:
    """As the network gets it: float32's numbers, in [0, 1]."""
    seen: Array = np.clip(point, 0, 1).astype(np.float32).astype(np.float64)
    return seen


def _projection(point: Array, slope: Array, lacking: float) -> Array | None:
    """The shortest move with slope @ move = lacking that keeps every pixel in [0, 1].

    It goes along the slope; a pixel that has come to its end stays there, and the others go on. So what is
    gained grows piece by piece in a straight line, and the piece that reaches `lacking` is solved.

    Returns
    -------
    Array | None
        None when no move within the range is enough.
    """
    steep = np.abs(slope)
    room = np.where(slope > 0, 1 - point, point)
    moving = (steep > 0) & (room > 0)
    if not np.isfinite(slope).all() or not moving.any():
        return None
    ends = room[moving] / steep[moving]  # how far along the slope each pixel can go
    order = np.argsort(ends, kind="stable")
    ends = ends[order]
    used = np.cumsum((steep * room)[moving][order])
    squares = (steep[moving] ** 2)[order]
    rest = np.cumsum(squares[::-1])[::-1]  # of pixels that still move
    stopped = np.concatenate([[0.0], used[:-1]])
    enough = stopped + ends * rest >= lacking
    if not enough.any():
        return np.where(moving, np.clip(np.sign(slope), 0, 1) - point, 0.0)
    piece = int(enough.argmax())
    along = max((lacking - stopped[piece]) / rest[piece], 0.0)
    move: Array = np.clip(point + along * slope, 0, 1) - point
    return move
