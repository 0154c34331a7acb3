"""Digits as a pen wrote them: strokes in the order they were drawn, which can be drawn again.

The strokes are those of the "Pen-Based Recognition of Handwritten Digits" data set (E. Alpaydin and
F. Alimoglu, UCI Machine Learning Repository, 1998, CC BY 4.0) in its original UNIPEN form, before anybody
resampled them: a tablet's pen position every 100 ms, x and y from 0 to 500 with y upward. A digit reads

    .SEGMENT DIGIT    1 ? "2"        position in the file, quality unknown, label
    .COMMENT 2 26   54               label again, writer (1 to 30), number among the writer's 250 digits
    .PEN_DOWN
     249  234                        x, y
    .PEN_UP
    .DT 100

The second number of the comment is nowhere documented, but it is the writer: it takes the values 1 to 30 as
there were writers, each 247 to 250 times, and the third number counts from 1 to 250 within each without a
repetition, as the writers were asked for 250 digits each.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from nnviz.core.records import Array

_TABLET = 500
_FINER = 4  # a line is drawn this many times larger and averaged down, which is how its edge becomes smooth


@dataclass(frozen=True, eq=False)
class PenDigit:
    """label: 0 to 9; writer: 1 to 30; strokes: each (n, 2) float32 of x and y in 0..500, y downward."""

    label: int
    writer: int
    strokes: tuple[Array, ...]


def read(path: Path) -> tuple[PenDigit, ...]:
    """The digits of a UNIPEN file, in order. Raises ValueError where it is not as described above."""
    digits = []
    text = path.read_text(encoding="ascii")
    for number, segment in enumerate(text.split(".SEGMENT ")[1:], start=1):
        try:
            digits.append(_digit(segment.splitlines()))
        except (ValueError, IndexError) as error:
            raise ValueError(f"Digit {number} of {path.name} is not written in UNIPEN strokes.") from error
    if not digits:
        raise ValueError(f"{path.name} holds no UNIPEN pen strokes.")
    return tuple(digits)


def _digit(lines: list[str]) -> PenDigit:
    label = int(lines[0].split('"')[1])
    _, again, writer, _ = lines[1].split()
    if int(again) != label:
        raise ValueError("the two labels differ")
    strokes: list[list[list[int]]] = []
    for line in lines[2:]:
        if line.startswith(".PEN_DOWN"):
            strokes.append([])
        elif line.strip() and not line.startswith("."):
            x, y = map(int, line.split())
            strokes[-1].append([x, _TABLET - y])
    return PenDigit(
        label,
        int(writer),
        tuple(np.array(stroke, np.float32) for stroke in strokes if stroke),
    )


def render(
    strokes: tuple[Array, ...],
    width: float,
    height: float,
    *,
    size: int = 280,
    offset: tuple[float, float] = (0.0, 0.0),
    ink: tuple[int, int, int] = (0, 0, 0),
    paper: tuple[int, int, int] | None = None,
) -> Array:
    """Draws strokes as the pad would: (size, size, 4) uint8, smooth round-ended lines.

    width: of the pen; height: of the digit, from the highest pen position to the lowest (less if it would be
    wider than the canvas); offset: of its middle from the canvas' middle, right and down; all in pixels.
    paper: None for transparent. What falls outside the canvas is cut off.
    """
    points = np.concatenate(strokes)
    low, high = points.min(0), points.max(0)
    span = np.maximum(high - low, 1)
    scale = min(height / span[1], (size - width) / span[0])
    middle = size / 2 + np.array(offset)
    coverage = Image.new("L", (size * _FINER, size * _FINER))
    pen = ImageDraw.Draw(coverage)
    radius = width * _FINER / 2
    for stroke in strokes:
        path = ((stroke - (low + high) / 2) * scale + middle) * _FINER
        pen.line(
            [tuple(point) for point in path.tolist()],
            fill=255,
            width=max(1, round(2 * radius)),
        )
        for x, y in path.tolist():
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    alpha = coverage.reduce(_FINER)
    if paper is None:
        drawing = Image.new("RGBA", (size, size), ink)
        drawing.putalpha(alpha)
    else:
        drawing = Image.new("RGBA", (size, size), paper)
        drawing.paste(Image.new("RGBA", (size, size), ink), mask=alpha)
    return np.asarray(drawing)
