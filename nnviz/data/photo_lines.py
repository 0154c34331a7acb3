"""The ruling of a photo's paper: straight lines in any direction, found and taken away, ink across them kept.

What a line of the paper is, and a stroke is not: thin (`_THIN`), straight over a good part of the photo, and
either one of several alike, or drawn from one edge of the photo to another. Straight lines of all directions
and places are found at once by Hough's transform (R. Duda and P. Hart, 1972), so that a sheet may lie
turned, and be seen from one side, which makes its lines run together.

Each line is then followed along its course, because paper is never quite flat. Where it has been taken away,
ink goes on: where it stands on both sides, and where a pixel is darker than the line in one of the colours.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy import ndimage

from nnviz.core.records import Array
from nnviz.data.photo_light import Evened

_THIN = 0.02  # of the longer side: what is wider is no line of the paper
_BLOCK = 32  # pixels: squares in which the paper's grain is measured
_GRAINS = 4.0  # times as dark as the grain has to be what may be a line
_HALF = 2  # lines are looked for in a picture so many times smaller
_DEGREES = 0.3  # between the directions that are tried
_POINTS = 24_000  # dark pixels that are asked: enough to tell, of however many
_SHARE = 0.42  # of a line's course has to be dark
_STAND_OUT = 1.7  # times darker than its direction is on the whole
_LENGTH = 0.3  # of the longer side: what is cut off in a corner and shorter is not looked at
_ALIKE = 10.0  # degrees: lines of one ruling differ by less, even where they run together
_APART = 0.012  # of the longer side: two nearer lines are one
_AGAIN = 4  # others alike make a ruling
_REGULAR = 0.2  # of the usual distance: a ruling's lines are as far from each other
_BESIDE = (
    3.0  # pixels of the smaller picture: two lines that are nearer over nearly half their course are one
)
_WHOLE = 0.8  # of its course is dark where a line stands alone
_ASIDE = 4  # pixels: so far a line may stray from a straight one
_WIDEST = 2  # pixels to either side of its middle
_TRACE = 0.45  # of a line's darkness may stay where it was
_STRAIGHTEN = 25.0  # degrees: paper that lies turned by more was turned on purpose


class Line(NamedTuple):
    """x cos(angle) + y sin(angle) = offset, in pixels of the photo; whether there are others like it."""

    angle: float
    offset: float
    again: bool


def unruled(evened: Evened) -> tuple[Array, float, list[Line]]:
    """The darkness without the paper's lines, what is to be less dark than ink of it, and the lines.

    Lines leave traces, so that ink has to be a little darker than without them. What hides behind the darkest
    lines is found once those are gone.
    """
    lines = _find(evened, [])
    if not lines:
        return evened.dark, evened.floor, []
    lines += _left_out(lines, evened.dark.shape)
    marks = _Marks(evened)
    marks.add(lines)
    dark, floor = marks.taken_away()
    more = _find(evened._replace(dark=dark), lines)
    if more:
        marks.add(more)
        dark, floor = marks.taken_away()
    return dark, floor, lines + more


def _find(evened: Evened, known: list[Line]) -> list[Line]:
    """The lines of the paper besides those that are known."""
    dark = evened.dark
    longer = max(dark.shape)
    thick = max(3, round(_THIN * longer))
    opened = ndimage.grey_opening(dark, (thick, thick))
    # Grain and rims of thick strokes are thin and no lines.
    stroke = ndimage.maximum_filter(opened > 2 * evened.floor, thick // 2 + 3)
    inked = (dark - opened > np.maximum(0.5 * evened.floor, _GRAINS * _grain(dark))) & ~stroke
    height, width = (side // _HALF for side in inked.shape)
    small = inked[: height * _HALF, : width * _HALF].reshape(height, _HALF, width, _HALF).any(axis=(1, 3))
    candidates = _distinct(_candidates(small), small.shape)
    old = [(line.angle, line.offset / _HALF - 0.5) for line in known if line.again]
    found = []
    for angle, offset in candidates:
        there = _offset_between(angle, offset, candidates + old, small.shape)
        others = np.sort(there[there > _APART * max(small.shape)])
        count = 1 + int((np.diff(others) > _APART * max(small.shape)).sum()) if len(others) else 0
        line = Line(angle, _HALF * (offset + 0.5), count >= _AGAIN)
        alone = _from_edge_to_edge(line, inked, stroke) and _is_thin(
            line, (dark > evened.floor) & ~stroke, thick
        )
        if line.again or alone:
            found.append(line)
    return found


def _left_out(lines: list[Line], shape: tuple[int, ...]) -> list[Line]:
    """The lines that a ruling must have where ink or a corner of the photo hides them: it is regular."""
    y, x = shape[0] / 2, shape[1] / 2
    left_out: list[Line] = []
    for level in (False, True):
        family = [line for line in lines if line.again and _is_level(line) == level]
        if len(family) <= _AGAIN:
            continue
        angles, offsets = np.array([(line.angle, line.offset) for line in family]).T
        places = offsets - x * np.cos(angles) - y * np.sin(angles)
        order = np.argsort(places)
        angles, places = angles[order], places[order]
        gaps = np.diff(places)
        usual = float(np.median(gaps))
        if (np.abs(gaps / usual - 1) < _REGULAR).mean() < 0.5:
            continue
        times = np.rint(gaps / usual).astype(int)
        times[np.abs(gaps / np.maximum(times, 1) / usual - 1) > _REGULAR] = 1
        numbers = np.concatenate([[0], np.cumsum(times)])
        few = int(math.hypot(y, x) / usual) + 1
        missing = np.setdiff1d(np.arange(-few, numbers[-1] + few + 1), numbers)
        ends = np.polyfit(numbers, angles, 1), np.polyfit(numbers, places, 2)
        inside = (missing > 0) & (missing < numbers[-1])
        turned = np.polyval(ends[0], missing)
        there = np.where(inside, np.interp(missing, numbers, places), np.polyval(ends[1], missing))
        for angle, place in zip(turned.tolist(), there.tolist(), strict=True):
            line = Line(angle, place + x * math.cos(angle) + y * math.sin(angle), True)
            if len(_course(line, shape)[0]) >= 8:
                left_out.append(line)
    return left_out


def _is_level(line: Line) -> bool:
    return abs(math.sin(line.angle)) > math.cos(math.pi / 4)


def _grain(dark: Array) -> Array:
    """(h, w): how much the paper's darkness strays from pixel to pixel, which it does more in a shadow."""
    height, width = (max(1, side // _BLOCK) for side in dark.shape)
    strayed = np.abs(dark - ndimage.uniform_filter(dark, 5))
    blocks = strayed[: height * _BLOCK, : width * _BLOCK]
    blocks = blocks.reshape(height, min(_BLOCK, dark.shape[0]), width, min(_BLOCK, dark.shape[1]))
    usual = np.median(blocks, axis=(1, 3)).astype(np.float32)
    grain: Array = np.asarray(Image.fromarray(usual).resize(dark.shape[::-1], Image.Resampling.BILINEAR))
    return grain


def turn_of(lines: list[Line]) -> float:
    """Degrees by which a ruling lies turned, clockwise; 0 where there is none, or it lies straight."""
    turns = [(np.degrees(line.angle) + 45) % 90 - 45 for line in lines if line.again]
    turn = float(np.median(turns)) if turns else 0.0
    return turn if 1 < abs(turn) < _STRAIGHTEN else 0.0


class _Marks:
    """Where lines are and what of them is ink, for those that are level and those that are upright."""

    def __init__(self, evened: Evened) -> None:
        self._evened = evened
        shape = evened.dark.shape
        self._masks = {level: (np.zeros(shape, bool), np.zeros(shape, bool)) for level in (False, True)}
        self._reach = {False: 0, True: 0}
        self._darkness: list[float] = []

    def add(self, lines: list[Line]) -> None:
        """Mark more lines."""
        for line in lines:
            level = _is_level(line)
            wide, own = _mark(line, self._evened, *self._masks[level])
            self._reach[level] = max(self._reach[level], wide)
            self._darkness.append(own)

    def taken_away(self) -> tuple[Array, float]:
        """(h, w), the darkness without the lines, and what is to be less dark than ink of it."""
        dark = self._evened.dark.copy()
        for level, (mask, inked) in self._masks.items():
            window = 2 * self._reach[level] + 3
            if window > 3:
                bare = np.where(mask & ~inked, 0, dark)
                closed = ndimage.grey_closing(bare, (window, 1) if level else (1, window))
                dark = np.where(mask & ~inked, closed, dark)
        trace = _TRACE * float(np.median(self._darkness)) if self._darkness else 0.0
        return dark, max(self._evened.floor, trace)


def _candidates(small: Array) -> list[tuple[float, float]]:
    """Angle and offset of what is straight and long enough, in a picture of dark and light, darkest first."""
    height, width = small.shape
    rows, columns = np.nonzero(small)
    if len(rows) < 0.2 * max(small.shape):
        return []
    part = 1.0
    if len(rows) > _POINTS:
        part = _POINTS / len(rows)
        chosen = np.random.default_rng(0).choice(len(rows), _POINTS, replace=False)
        rows, columns = rows[chosen], columns[chosen]
    x, y = (columns - width / 2).astype(np.float32), (rows - height / 2).astype(np.float32)
    degrees = np.arange(-45, 135, _DEGREES)
    # At 45° pixels fall into every other offset twice as often, and all diagonals seem to be lines.
    angles = np.radians(degrees[np.abs(degrees % 90 - 45) > 0.5])
    middle = int(np.hypot(height, width) / 2) + 2
    table = np.zeros((len(angles), 2 * middle), np.float32)
    for k, angle in enumerate(angles):
        offsets = (x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle)) + middle).astype(np.int32)
        table[k] = np.bincount(offsets, minlength=2 * middle)
    offsets = np.arange(2 * middle) - middle + 0.5
    lengths = _lengths(angles[:, None], offsets[None, :], height, width)
    share = np.where(lengths > _LENGTH * max(small.shape), table / part / np.maximum(lengths, 1), 0)
    usual = np.array([np.median(row[row > 0]) if (row > 0).any() else 0 for row in share])
    peaks = share == ndimage.maximum_filter(share, (9, 5), mode="constant")
    peaks &= (share > _SHARE) & (share > _STAND_OUT * usual[:, None])
    at = np.argwhere(peaks)
    at = at[np.argsort(-share[tuple(at.T)], kind="stable")][:400]
    shift = (np.cos(angles[at[:, 0]]) * width + np.sin(angles[at[:, 0]]) * height) / 2
    return list(zip(angles[at[:, 0]].tolist(), (offsets[at[:, 1]] + shift).tolist(), strict=True))


def _distinct(candidates: list[tuple[float, float]], shape: tuple[int, ...]) -> list[tuple[float, float]]:
    """Without those that run along another, darker one for a good part of their course."""
    kept: list[tuple[float, float]] = []
    for angle, offset in candidates:
        rows, columns = _course(Line(angle, offset, False), shape)
        if len(rows) < 8:
            continue
        at = np.linspace(0, len(rows) - 1, 9).astype(int)
        angles, offsets = np.array(kept or [(0.0, -1e9)]).T
        away = columns[at, None] * np.cos(angles) + rows[at, None] * np.sin(angles) - offsets
        if (np.abs(away) < _BESIDE).any(axis=1).sum() < 4:
            kept.append((angle, offset))
    return kept


def _lengths(angles: Array, offsets: Array, height: int, width: int) -> Array:
    """How long a line is within a picture around the origin, for all angles and offsets."""
    cos, sin = np.cos(angles), np.sin(angles)
    low: Array = np.full(np.broadcast_shapes(angles.shape, offsets.shape), -np.inf)
    high = -low
    for start, step, side in ((offsets * cos, -sin, width), (offsets * sin, cos, height)):
        step = np.where(np.abs(step) < 1e-9, 1e-9, step)
        one, other = (-side / 2 - start) / step, (side / 2 - start) / step
        low, high = np.maximum(low, np.minimum(one, other)), np.minimum(high, np.maximum(one, other))
    length: Array = np.maximum(high - low, 0)
    return length


def _offset_between(
    angle: float, offset: float, all_of: list[tuple[float, float]], shape: tuple[int, ...]
) -> Array:
    """How far from the middle of a line the others alike lie, to either side."""
    y, x = shape[0] / 2, shape[1] / 2
    beyond = offset - x * math.cos(angle) - y * math.sin(angle)
    x, y = x + beyond * math.cos(angle), y + beyond * math.sin(angle)
    angles, offsets = np.array(all_of).T
    apart = (angles - angle + np.pi / 2) % np.pi - np.pi / 2
    distances = np.abs(x * np.cos(angles) + y * np.sin(angles) - offsets)
    there: Array = distances[np.abs(np.degrees(apart)) < _ALIKE]
    return there


def _course(line: Line, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Rows and columns, float, of a line's course within the photo, a pixel a step."""
    height, width = shape
    cos, sin = np.cos(line.angle), np.sin(line.angle)
    far = np.hypot(height, width)
    along = np.arange(-far, far)
    rows, columns = line.offset * sin + along * cos, line.offset * cos - along * sin
    inside = (rows >= 0) & (rows <= height - 1) & (columns >= 0) & (columns <= width - 1)
    return rows[inside], columns[inside]


def _around(line: Line, values: Array, reach: int) -> tuple[Array, Array, Array]:
    """(2 reach + 1, n) values beside a line's course, and the rows and columns they are from."""
    rows, columns = _course(line, values.shape[-2:])
    aside = np.arange(-reach, reach + 1)[:, None]
    rows = np.rint(rows + aside * np.sin(line.angle)).astype(int).clip(0, values.shape[-2] - 1)
    columns = np.rint(columns + aside * np.cos(line.angle)).astype(int).clip(0, values.shape[-1] - 1)
    return values[..., rows, columns], rows, columns


def _from_edge_to_edge(line: Line, inked: Array, stroke: Array) -> bool:
    """Whether it is dark nearly all along, at both ends too, as far as no thick stroke hides it."""
    near, _, _ = _around(line, inked, 2)
    hidden, _, _ = _around(line, stroke, 0)
    dark: Array = np.any(near, axis=0)[~hidden[0]]
    if len(dark) < 0.3 * hidden.shape[1]:
        return False
    end = max(1, len(dark) // 16)
    return bool(
        hidden.shape[1] > 0.25 * max(inked.shape)
        and dark.mean() > _WHOLE
        and min(dark[:end].mean(), dark[-end:].mean()) > 0.6
    )


def _is_thin(line: Line, inked: Array, thick: int) -> bool:
    """Whether it is light on both sides of it."""
    near, _, _ = _around(line, inked, thick)
    return bool((near[:2].any(axis=0) | near[-2:].any(axis=0)).mean() < 0.3)


def _mark(line: Line, evened: Evened, mask: Array, inked: Array) -> tuple[int, float]:
    """Put a line into the mask, what of it is ink into the other; return its width and its darkness."""
    near, rows, columns = _around(line, evened.dark, 2 * _ASIDE)
    n = near.shape[1]
    if n < 8:
        return 1, 0.0
    capped = np.minimum(near, 2 * np.median(near, axis=1).max() + evened.floor)
    smooth = ndimage.uniform_filter1d(capped, min(61, n), axis=1, mode="nearest")
    strayed = smooth[_ASIDE : 3 * _ASIDE + 1].argmax(axis=0)
    strayed = ndimage.median_filter(strayed, min(61, n), mode="nearest") + _ASIDE
    along = np.arange(n)
    beside = np.arange(-_ASIDE, _ASIDE + 1)[:, None]
    profile = np.median(near[(strayed + beside).clip(0, 4 * _ASIDE), along], axis=1)
    limit = max(0.25 * float(profile[_ASIDE]), 0.4 * evened.floor)
    half = 0
    while half < _WIDEST and max(profile[_ASIDE - half - 1], profile[_ASIDE + half + 1]) > limit:
        half += 1
    half += 1  # its rim is fainter still
    colours = evened.colours[:, rows[strayed, along], columns[strayed, along]]
    own = np.median(colours, axis=1)
    spread = 1.4826 * np.median(np.abs(colours - own[:, None]), axis=1)
    most = own + np.maximum(evened.floor, 4 * spread)
    at = (strayed + beside[_ASIDE - half : _ASIDE + half + 1]).clip(0, 4 * _ASIDE)
    y, x = rows[at, along], columns[at, along]
    down, right = (y + 1).clip(0, mask.shape[0] - 1), (x + 1).clip(0, mask.shape[1] - 1)
    y, x = np.concatenate([y, y, down]), np.concatenate([x, right, x])  # so that nothing is left between
    mask[y, x] = True
    ink = (evened.colours[:, y, x] > most[:, None, None]).any(axis=0)
    inked[y[ink], x[ink]] = True
    return 2 * half + 1, float(profile[_ASIDE])
