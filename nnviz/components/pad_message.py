"""What the pad sends: a drawing as strokes, checked, and drawn here into the picture a network is shown.

Strokes instead of a picture, because they are smaller (a digit is 1 to 2 kB; as a PNG of 280 x 280 it is 5 to
11), leave nothing to unpack that could be hostile, and are at the same time what the pad needs to show the
drawing again, with every stroke to take back. `frontend/pad/strokes.js` describes them and draws the same
line.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from nnviz.core.records import Array
from nnviz.data import preprocessing

PAPER = 280
NOTHING: dict[str, Any] = {"strokes": [], "base": None, "options": {"centre": True, "fit": True}}
_QUARTERS = 4
_MOST_POINTS = 6000
_MOST_STROKES = 1000
_FINER = 2  # drawn this many times larger and averaged down, which is how a line's edge becomes smooth
_STAMPS = 8  # a line is round stamps, this many in a length of its width
_MOST_STAMPS = 10_000  # a tenth of a second; beyond it, some hundred widths of the paper, lines turn dotted


@dataclass(frozen=True, eq=False)
class Stroke:
    """One line drawn on the pad.

    Attributes
    ----------
    points
        (n, 2) float of x and y in units of the paper.
    widths
        (n,) float.
    erase
        Takes ink away.
    """

    points: Array
    widths: Array
    erase: bool


def digit(message: Any) -> Array:
    """What a network gets of a message from the pad: (28, 28) float32 in [0, 1].

    A browser that has prepared the digit sends it, so that every page shows the numbers that the pad does. It
    is taken at its word: a digit that is not its strokes' deceives nobody but who sent it, and drawing them
    takes a hundred times as long as checking them. Of a browser that cannot, the strokes are drawn here.

    Parameters
    ----------
    message
        {strokes, base, options, digit}; all but the first may be missing. base: a picture under the strokes
        that is a digit already, as `picture_message` makes it, or None; options: what `preprocessing.prepare`
        takes; digit: base64 of a byte a pixel.

    Raises
    ------
    ValueError
        For anything the pad would not send, and for a drawing without ink.
    """
    match message:
        case {"strokes": sent, **rest}:
            drawn, base = strokes(sent), rest.get("base")
            under = None if base is None else _picture_under(base)
            match rest.get("options", NOTHING["options"]):
                case {"centre": bool() as centre, "fit": bool() as fit}:
                    if rest.get("digit") is not None:
                        return _prepared(rest["digit"], blank=not drawn and under is None)
                    rgba = picture(drawn, under)
                    if under is not None:
                        return preprocessing.untouched(rgba)
                    return preprocessing.to_mnist(rgba, centre=centre, fit=fit)
    raise ValueError("A drawing is strokes, what lies under them, and how they are prepared.")


def picture_message(image: Array) -> dict[str, Any]:
    """(28, 28) float in [0, 1] -> a picture to lie under the strokes."""
    whole = np.rint(255 * np.asarray(image)).astype(np.uint8)
    return {"picture": base64.b64encode(whole.tobytes()).decode("ascii")}


def _prepared(sent: Any, *, blank: bool) -> Array:
    """(28, 28) float32 of a digit that the browser has prepared. Raises ValueError, also for no ink."""
    pixels = _pixels(sent)
    if blank or not pixels.any():
        raise ValueError("A digit has ink.")
    return pixels.astype(np.float32) / np.float32(255)


def _picture_under(base: Any) -> Array:
    """(28, 28) uint8 of a picture under the strokes. Raises ValueError."""
    match base:
        case {"picture": text}:
            return _pixels(text)
    raise ValueError("A picture under the strokes is 28 x 28 bytes.")


def _pixels(sent: Any) -> Array:
    """(28, 28) uint8 of base64. Raises ValueError."""
    if isinstance(sent, str) and len(sent) < 2 * preprocessing.SIDE**2:
        content = base64.b64decode(sent, validate=True)  # raises one too
        if len(content) == preprocessing.SIDE**2:
            return np.frombuffer(content, np.uint8).reshape(preprocessing.SIDE, preprocessing.SIDE)
    raise ValueError("A picture is 28 x 28 bytes, as base64.")


def strokes(message: Any) -> tuple[Stroke, ...]:
    """The strokes of a message from the browser.

    Raises
    ------
    ValueError
        For anything the pad would not send.
    """
    if not isinstance(message, list) or len(message) > _MOST_STROKES:
        raise ValueError("A drawing is a list of strokes.")
    if sum(map(_length, message)) > 2 * (_MOST_POINTS + len(message)):  # before any work is done for them
        raise ValueError(f"A drawing has at most {_MOST_POINTS} points.")
    return tuple(map(_stroke, message))


def _length(stroke: Any) -> int:
    """How many numbers it has for its points."""
    match stroke:
        case {"points": list() as points}:
            return len(points)
    return 0


def _stroke(message: Any) -> Stroke:
    match message:
        case {"width": width, "erase": bool() as erase, "points": list() as points, **rest}:
            pressures = rest.pop("pressures", [128] * (len(points) // 2))
            if not rest and points and len(points) % 2 == 0 and isinstance(pressures, list):
                places = _whole(points, -_QUARTERS * PAPER, 2 * _QUARTERS * PAPER) / _QUARTERS
                thickness = _whole([width], _QUARTERS, _QUARTERS * PAPER) / _QUARTERS
                widths = thickness * (0.5 + _whole(pressures, 0, 255) / 256)
                if len(widths) == len(points) // 2:
                    return Stroke(places.reshape(-1, 2), widths, erase)
    raise ValueError("A stroke is a width, whether it erases, and its points.")


def _whole(numbers: list[Any], least: int, most: int) -> Array:
    """(n,) float64 of whole numbers within bounds; True, 1.0 and "1" are none."""
    if len(numbers) > 2 * (_MOST_POINTS + 1) or not all(
        type(n) is int and least <= n <= most for n in numbers
    ):
        raise ValueError(f"Whole numbers from {least} to {most} are expected.")
    return np.array(numbers, dtype=np.float64)


def picture(drawn: tuple[Stroke, ...], base: Array | None = None) -> Array:
    """The drawing as the pad shows it: (280, 280, 4) uint8, black ink on a transparent canvas.

    Parameters
    ----------
    base
        (28, 28) uint8 of ink under the strokes.
    """
    side = _FINER * PAPER
    blank = np.zeros((1, 1), np.uint8) if base is None else base
    ink = Image.fromarray(blank).resize((side, side), Image.Resampling.NEAREST)
    pen = ImageDraw.Draw(ink)
    for stroke, stamps in zip(drawn, _stamps(drawn), strict=True):
        fill = 0 if stroke.erase else 255
        # Pillow wants whole pixels, the first and the last one inside.
        size = (_FINER * stamps[:, 2]).round()
        first = (_FINER * stamps[:, :2] - size[:, None] / 2).round()
        for box in np.column_stack([first, first + size[:, None] - 1]).tolist():
            pen.ellipse(box, fill=fill)
    rgba = np.zeros((PAPER, PAPER, 4), np.uint8)
    rgba[:, :, 3] = np.asarray(ink.reduce(_FINER))
    return rgba


def _stamps(drawn: tuple[Stroke, ...]) -> list[Array]:
    """For each stroke, (m, 3): x, y and width of the round stamps that make its line."""
    lines = [_smooth(np.column_stack([stroke.points, stroke.widths])) for stroke in drawn]
    along = [np.concatenate([[0.0], np.hypot(*np.diff(line[:, :2], axis=0).T).cumsum()]) for line in lines]
    wanted = [_STAMPS * at[-1] / line[:, 2].min() for line, at in zip(lines, along, strict=True)]
    thinned = min(1.0, _MOST_STAMPS / (sum(wanted) or 1))
    places = [
        np.linspace(0, at[-1], int(thinned * count) + 2) for at, count in zip(along, wanted, strict=True)
    ]
    return [
        np.column_stack([np.interp(place, at, column) for column in line.T])
        for line, at, place in zip(lines, along, places, strict=True)
    ]


def _smooth(points: Array, steps: int = 8) -> Array:
    """(n, 3) -> (m, 3): between the middles of its segments a line is a parabola that the points pull at."""
    if len(points) < 3:
        return points
    middles = (points[:-1] + points[1:]) / 2
    t = (np.arange(1, steps + 1) / steps)[None, :, None]
    start, pull, end = middles[:-1, None], points[1:-1, None], middles[1:, None]
    curve = (1 - t) ** 2 * start + 2 * t * (1 - t) * pull + t**2 * end
    return np.concatenate([points[:1], middles[:1], curve.reshape(-1, 3), points[-1:]])
