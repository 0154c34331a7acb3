"""Digits in the ink of a photo: one patch of ink each, or some near to each other.

Left out are specks; what runs off the photo's edge, if there is anything else; and a circle or a box around a
digit. What is as high as the digit, stands beside it and is written with the same pen, is another digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from nnviz.core.records import Array
from nnviz.data import photo_traces, reading_order

MOST = 60
"""How many digits of a photo are told apart."""

_STRONG = 0.4  # of the darkest ink: a patch has to have such pixels, and is what is darker than half of that
_BREAK = 0.006  # of the longer side: a pencil that skips leaves gaps twice as wide in a stroke
_SPECK = 0.05  # of the digit's ink: less is dirt
_DUST = 0.01  # of the largest patch: less is nothing at all
_PATCHES = 150  # more are a text, or no paper
_SHEET = 5  # so many that are alike in height are a sheet of digits
_SMALL = 0.25  # of the longer side: digits of a sheet that are lower have gaps as much smaller
_WHOLE = 0.7  # of a sheet's usual height: what is as high is a digit, and no part of one
_LEAST = 0.03  # of the longer side: what is smaller is no digit
_NEAR = 0.25  # of the digit's size: farther away is something else
_TOUCH = 0.06  # of the digit's height: what is nearer than this is a part of it, however high
_AS_HIGH = 0.5  # of the highest: what is lower is a part of a digit and no digit
_CLOSED = 0.5  # of what is so deep inside: less dark, and the frame ends
_FRAME = 0.12  # of its size: no frame is thicker
_SQUARE = 0.85  # of its box is covered by a box, even if it lies a little turned
_ROUND = 0.9  # of both together do a circle and the ellipse in its box have in common
_DEEP = 0.12  # of a frame's size: what is deeper inside it is none of it
_ALONG = 0.3  # of its edge may lie along the frame: more, and it is the frame that is thicker there
_IN_FRAME = 0.4  # of a frame's size: what is meant is larger
_AS_MUCH = 0.12  # of the ink of the one that was meant: a 1 has less than a bold 8
_OUTWEIGHS = 20.0  # times: a patch that runs off the edge counts if it has so much more ink than all within
_LYING = 3.0  # times as wide as high: a pen on the table, an edge, and hardly ever a digit,
_UNLIKELY = 0.05  # so that it counts so much less
_RIM = 0.2  # of the edge's length: a patch that lies on more of it is no digit that was cut off


@dataclass(frozen=True, eq=False)
class _Patches:
    """Connected ink. boxes: a pair of slices for each; weights: ink, what is in the middle counting more."""

    labels: Array
    boxes: list[tuple[slice, slice]]
    weights: Array
    sizes: Array  # of ink, wherever it is


class Digits:
    """The digits of a photo, in the order in which one reads, `boxes` as (top, left, bottom, right).

    `likeliest` is the one that has most ink near the middle, `more` how many are left out.
    `dark` and `floor` are as in `Evened`; ruled: whether lines of the paper were taken away.
    """

    def __init__(self, dark: Array, floor: float, *, ruled: bool = False) -> None:
        found = _patches(dark, floor, ruled)
        if found and (frame := _touching_frame(found)) is not None:
            dark = np.where(frame, 0, dark).astype(np.float32)
            found = _patches(dark, floor, ruled)
        self._dark, self._floor = dark, floor
        self._labels = found.labels if found else np.zeros(dark.shape, int)
        groups = _groups(found, dark) if found else []
        self.more = max(0, len(groups) - MOST)
        groups = groups[:MOST]
        boxes = [_hull([found.boxes[i] for i in group]) for group in groups] if found else []
        order = reading_order.of(boxes)
        self.boxes = tuple(boxes[i] for i in order)
        self._parts = [groups[i] for i in order]
        weights = [float(found.weights[group].sum()) for group in self._parts] if found else []
        self.likeliest = int(np.argmax(weights)) if weights else 0

    def ink(self, which: int) -> Array:
        """(h, w) float32 in [0, 1]: only that digit's ink."""
        own = np.isin(self._labels, np.array(self._parts[which]) + 1)
        strongest = float(np.quantile(self._dark[own], 0.85))
        most, least = 0.6 * strongest, max(self._floor / 2, 0.15 * strongest)
        chosen = ndimage.binary_dilation(own, iterations=2)
        patch: Array = np.clip((self._dark - least) / max(most - least, 1e-6), 0, 1) * chosen
        return patch.astype(np.float32)


def _patches(dark: Array, floor: float, ruled: bool) -> _Patches | None:
    if not (dark > floor).any():
        return None
    strongest = float(np.quantile(dark[dark > floor], 0.9))
    weak = dark > max(floor, _STRONG / 2 * strongest)
    away = ndimage.distance_transform_edt(~weak)
    labels, boxes = _labelled(away, _BREAK * max(dark.shape))
    if (usual := _usual_height(boxes, _LEAST * max(dark.shape))) < _SMALL * max(dark.shape):
        reach = _BREAK / _SMALL * usual
        labels, boxes = _labelled(away, reach)
        if ruled:
            bare = photo_traces.taken_away(labels, boxes, usual)
            labels, boxes = _labelled(ndimage.distance_transform_edt(~bare), reach)
    n = len(boxes)
    index = np.arange(1, n + 1)
    peaks = ndimage.maximum(dark, labels, index)
    sizes = ndimage.sum_labels(dark, labels, index)
    weights = ndimage.sum_labels(dark * _central(dark.shape), labels, index)
    weights = np.where(np.asarray(peaks) > max(floor, _STRONG * strongest), weights, 0)
    lying = [columns.stop - columns.start > _LYING * (rows.stop - rows.start) for rows, columns in boxes]
    weights[lying] *= _UNLIKELY
    found = _Patches(labels, boxes, weights, sizes)
    return found if _only_within(found, dark.shape) else None


def _labelled(away: Array, reach: float) -> tuple[Array, list[tuple[slice, slice]]]:
    """Patches of ink, of which some are as far from each other as a pencil that skips leaves them."""
    labels, _ = ndimage.label(away <= max(1, round(reach)), np.ones((3, 3)))
    labels = np.where(away == 0, labels, 0)
    return labels, ndimage.find_objects(labels)


def _usual_height(boxes: Sequence[tuple[slice, slice]], least: float) -> float:
    """The height of a sheet's digits; infinite where there are too few alike for a sheet."""
    heights = np.array([rows.stop - rows.start for rows, _ in boxes])
    heights = heights[heights >= least]
    if len(heights) < _SHEET:
        return float("inf")
    usual = float(np.median(heights[heights >= _AS_HIGH * np.quantile(heights, 0.9)]))
    alike = (heights >= _WHOLE * usual) & (heights <= usual / _WHOLE)
    return usual if alike.sum() >= _SHEET else float("inf")


def _only_within(found: _Patches, shape: tuple[int, ...]) -> bool:
    """Take the weight of what runs off the edge, and of frames; whether anything is left."""
    labels, weights = found.labels, found.weights
    rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    on_rim = np.bincount(rim, minlength=len(weights) + 1)[1:]
    within = np.where(on_rim == 0, weights, 0)
    cut_off = np.where((on_rim > 0) & (on_rim < _RIM * len(rim)), weights, 0)
    most = float(within.max(initial=0))
    within = np.where(cut_off > _OUTWEIGHS * most, cut_off, within) if most else cut_off
    weights[:] = within
    few = np.argsort(-weights)[:_PATCHES]
    weights[np.setdiff1d(np.arange(len(weights)), few)] = 0
    weights[found.sizes < _DUST * found.sizes[weights > 0].max(initial=0)] = 0
    least = _LEAST * max(shape)
    for i, box in enumerate(found.boxes):
        if _size(box) < least and weights[i] > 0 and not _beside_larger(box, found, least):
            weights[i] = 0
    left = np.flatnonzero(weights).tolist()
    for outer in left:
        if any(_frames(found, outer, inner) for inner in left if inner != outer):
            weights[outer] = 0
    return bool((weights > 0).any())


def _beside_larger(box: tuple[slice, slice], found: _Patches, least: float) -> bool:
    """Whether a small patch may be a part of something."""
    return any(
        weight > 0 and _size(other) >= least and _gap(box, other) <= _NEAR * _size(other)
        for other, weight in zip(found.boxes, found.weights, strict=True)
    )


def _frames(found: _Patches, outer: int, inner: int) -> bool:
    """Whether a patch goes around another, on all four sides, that is large enough to be what is meant."""
    rows, columns = found.boxes[inner]
    around = found.boxes[outer]
    if not (_inside(rows, around[0]) and _inside(columns, around[1])):
        return False
    if _size((rows, columns)) < 0.3 * _size(around):
        return False
    mine = found.labels == outer + 1
    sides = (
        mine[: rows.start, columns],
        mine[rows.stop :, columns],
        mine[rows, : columns.start],
        mine[rows, columns.stop :],
    )
    return all(side.any() for side in sides) and not mine[rows, columns].any()


def _touching_frame(found: _Patches) -> Array | None:
    """(h, w) bool: the frame of the largest patch, where that is a digit and a frame that it touches.

    The patch with its holes filled is peeled to the depth to which it is closed all around. That is a frame
    if it is a box or a circle, and what is left is deep inside and nearly as large: of a 0 nothing is left.
    """
    areas = [(rows.stop - rows.start) * (columns.stop - columns.start) for rows, columns in found.boxes]
    largest = max(np.flatnonzero(found.weights), key=lambda i: areas[i])
    rows, columns = found.boxes[largest]
    own = np.pad(found.labels[rows, columns] == largest + 1, 3)
    filled = ndimage.binary_fill_holes(ndimage.binary_closing(own, np.ones((3, 3)), iterations=2))
    if not _is_round_or_square(filled) or own.sum() > 0.75 * filled.sum():
        return None
    depth = ndimage.distance_transform_edt(filled)
    size = max(own.shape)
    levels = np.minimum(depth[filled].astype(int), size)
    share = np.bincount(levels, own[filled]) / np.maximum(np.bincount(levels), 1)
    thin = np.flatnonzero(share[1:] < _CLOSED)
    if not len(thin) or thin[0] > _FRAME * size:
        return None
    ring = filled & (depth < thin[0] + 2)
    left = own & ~ring
    if left.sum() < 0.1 * own.sum() or (left & (depth > _DEEP * size)).sum() < 0.4 * left.sum():
        return None
    rim = left & ~ndimage.binary_erosion(left)
    if (rim & ndimage.binary_dilation(ring, iterations=2)).sum() > _ALONG * rim.sum():
        return None
    labels, _ = ndimage.label(left, np.ones((3, 3)))
    if max(_size(box) for box in ndimage.find_objects(labels)) < _IN_FRAME * size:
        return None
    frame = np.zeros(found.labels.shape, bool)
    outside = ndimage.binary_dilation(ring, iterations=2) & ~left
    frame[rows, columns] = outside[3:-3, 3:-3]
    return frame


def _is_round_or_square(filled: Array) -> bool:
    """Whether it covers its box, or the ellipse in it and not much more."""
    rows, columns = np.flatnonzero(filled.any(axis=1)), np.flatnonzero(filled.any(axis=0))
    box = filled[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    down, across = (np.linspace(-1, 1, side) for side in box.shape)
    ellipse = down[:, None] ** 2 + across[None, :] ** 2 <= 1
    return bool(box.mean() > _SQUARE or (box & ellipse).sum() > _ROUND * (box | ellipse).sum())


def _groups(found: _Patches, dark: Array) -> list[list[int]]:
    """Which patches make a digit, the digits being alike in height and ink."""
    alive = [int(i) for i in np.flatnonzero(found.weights)]
    first = max(alive, key=lambda i: float(found.weights[i]))
    groups = [[i] for i in alive]
    usual = _usual_height([found.boxes[i] for i in alive], 1)
    size = min(max(_size(found.boxes[first]), 1), usual)
    a = 0
    while a < len(groups):
        parts = (
            b for b in range(len(groups)) if b != a and _are_one(found, groups[a], groups[b], size, usual)
        )
        if (b := next(parts, None)) is None:
            a += 1
        else:
            groups[min(a, b)] = groups[min(a, b)] + groups.pop(max(a, b))
            a = 0 if b < a else a
    main = next(group for group in groups if first in group)
    height, (ink, strength) = float(_height(found, main)), _measure(found, main, dark)
    if np.isfinite(usual):
        alike = [group for group in groups if _height(found, group) >= _WHOLE * usual]
        height = usual
        ink, strength = np.median([_measure(found, group, dark) for group in alike], axis=0).tolist()
    taken = [] if np.isfinite(usual) else [main]
    for group in groups:
        other, own = _measure(found, group, dark)
        if (
            group not in taken
            and _AS_HIGH * height <= _height(found, group) <= height / _AS_HIGH
            and other > _AS_MUCH * ink
            and 0.6 * strength <= own <= strength / 0.6
        ):
            taken.append(group)
    return sorted(taken, key=lambda group: -float(found.weights[group].sum()))


def _are_one(found: _Patches, one: list[int], other: list[int], size: float, usual: float) -> bool:
    """Whether two groups of patches belong to one digit, the digits usually being so high."""
    a, b = (_hull([found.boxes[i] for i in group]) for group in (one, other))
    gap = max(a[0] - b[2], b[0] - a[2], a[1] - b[3], b[1] - a[3], 0)
    higher = max(a[2] - a[0], b[2] - b[0])
    lower = min(a[2] - a[0], b[2] - b[0])
    inks = sorted(float(found.sizes[group].sum()) for group in (one, other))
    if gap > _NEAR * size or inks[0] < _SPECK * inks[1] or lower >= _WHOLE * usual:
        return False
    apart = max(a[1] - b[3], b[1] - a[3], 0)  # one beside the other
    if lower >= _AS_HIGH * higher and apart > 0:
        return gap <= _TOUCH * higher
    return True


def _measure(found: _Patches, group: list[int], dark: Array) -> tuple[float, float]:
    """How much ink a group has, and how dark it is where it is."""
    ink = float(found.sizes[group].sum())
    top, left, bottom, right = _hull([found.boxes[i] for i in group])
    own = np.isin(found.labels[top:bottom, left:right], np.array(group) + 1)
    return ink, ink / max(1, int(own.sum()))


def _height(found: _Patches, group: list[int]) -> int:
    top, _, bottom, _ = _hull([found.boxes[i] for i in group])
    return bottom - top


def _hull(boxes: list[tuple[slice, slice]]) -> tuple[int, int, int, int]:
    rows, columns = zip(*boxes, strict=True)
    return (
        min(each.start for each in rows),
        min(each.start for each in columns),
        max(each.stop for each in rows),
        max(each.stop for each in columns),
    )


def _inside(inner: slice, outer: slice) -> bool:
    return bool(outer.start <= inner.start and inner.stop <= outer.stop)


def _size(box: tuple[slice, slice]) -> int:
    rows, columns = box
    return int(max(rows.stop - rows.start, columns.stop - columns.start))


def _gap(one: tuple[slice, slice], other: tuple[slice, slice]) -> int:
    """Pixels between two boxes, the greater of down and across."""
    return int(max(max(a.start - b.stop, b.start - a.stop, 0) for a, b in zip(one, other, strict=True)))


def _central(shape: tuple[int, ...]) -> Array:
    """(h, w): 1 in the middle of the photo, where people put what they mean, and nearly 0 in its corners."""
    down, across = (np.linspace(-1, 1, side) for side in shape)
    weight: Array = np.maximum(1 - (down[:, None] ** 2 + across[None, :] ** 2) / 1.5, 0.02)
    return weight
