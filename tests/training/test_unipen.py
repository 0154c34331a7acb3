"""Pen strokes are read as they were written down, and drawn as wide and as tall as was asked for."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from nnviz.core.records import Array
from training import unipen as pens

FILE = """.INCLUDE        dene.doc

.LEXICON "0" "1" "2" "3" "4" "5" "6" "7" "8" "9"
.HIERARCHY      DIGIT

.SEGMENT DIGIT    0 ? "4"
.COMMENT 4 12  224
.PEN_DOWN
 267  333
 267  300
.PEN_UP
.DT 100
.PEN_DOWN
 200  500
.PEN_UP
.DT 100

.SEGMENT DIGIT    1-2 ? "1"
.COMMENT 1 30    7
.PEN_DOWN
 249    0
 249  234
 250  240
.PEN_UP
.DT 100
"""


@pytest.fixture
def unipen(tmp_path: Path) -> Path:
    path = tmp_path / "digits.unipen"
    path.write_text(FILE)
    return path


def test_digits_are_read_with_label_writer_and_strokes_in_order(unipen: Path) -> None:
    four, one = pens.read(unipen)
    assert (four.label, four.writer) == (4, 12)
    assert [stroke.tolist() for stroke in four.strokes] == [[[267, 167], [267, 200]], [[200, 0]]]
    assert (one.label, one.writer) == (1, 30)
    assert [stroke.tolist() for stroke in one.strokes] == [[[249, 500], [249, 266], [250, 260]]]
    assert one.strokes[0].dtype == np.float32


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (FILE, "", "holds no UNIPEN pen strokes"),
        (FILE, "hello\n", "holds no UNIPEN pen strokes"),
        (" 249  234", " 249", "Digit 2 of digits.unipen"),
        (" 249  234", " 249  x", "Digit 2 of digits.unipen"),
        (".COMMENT 4 12  224", ".COMMENT 5 12  224", "Digit 1 of digits.unipen"),
        (".COMMENT 4 12  224\n", "", "Digit 1 of digits.unipen"),
        ('0 ? "4"', "0 ? 4", "Digit 1 of digits.unipen"),
        (".COMMENT 1 30    7\n.PEN_DOWN\n", ".COMMENT 1 30    7\n", "Digit 2 of digits.unipen"),
    ],
)
def test_a_file_that_is_not_so_written_is_refused(unipen: Path, old: str, new: str, expected: str) -> None:
    unipen.write_text(FILE.replace(old, new, 1))
    with pytest.raises(ValueError, match=expected):
        pens.read(unipen)


def test_the_published_file_is_of_30_writers_with_250_digits_each() -> None:
    path = Path(os.environ.get("NNVIZ_DATA", "")) / "pendigits-train.unipen"
    if not path.is_file():
        pytest.skip("the pen strokes are not here: set NNVIZ_DATA to the folder of pendigits-train.unipen")
    digits = pens.read(path)
    assert len(digits) == 7494
    # As counted in the data set's own description.
    labels = Counter(digit.label for digit in digits)
    assert [labels[label] for label in range(10)] == [780, 779, 780, 719, 780, 720, 720, 778, 719, 719]
    writers = Counter(digit.writer for digit in digits)
    assert sorted(writers) == list(range(1, 31))
    assert all(247 <= count <= 250 for count in writers.values())
    points = np.concatenate([stroke for digit in digits for stroke in digit.strokes])
    assert points.min() >= 0
    assert points.max() <= 500
    # A 7 is written from the top: y points down.
    sevens = [digit for digit in digits if digit.label == 7]
    assert np.mean([digit.strokes[0][0, 1] < digit.strokes[0][-1, 1] for digit in sevens]) > 0.95


ELL = (np.array([[100, 100], [100, 300], [200, 300]], np.float32),)


def inked(drawing: Array) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of what is more than half ink; bottom and right excluded."""
    ink = drawing[:, :, 3] > 127
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


@pytest.mark.parametrize(("width", "height"), [(8, 90), (20, 160), (28, 220)])
def test_a_digit_is_drawn_as_tall_and_as_wide_as_was_asked_for(width: int, height: int) -> None:
    drawing = pens.render(ELL, width, height)
    assert drawing.shape == (280, 280, 4)
    assert drawing.dtype == np.uint8
    top, bottom, left, right = inked(drawing)
    assert bottom - top == pytest.approx(height + width, abs=2)
    assert right - left == pytest.approx(height / 2 + width, abs=2)
    assert (top + bottom) / 2 == pytest.approx(140, abs=1)
    assert (left + right) / 2 == pytest.approx(140, abs=1)
    upright = drawing[140, :, 3].astype(float).sum() / 255  # across the long stroke
    assert upright == pytest.approx(width, abs=1)


def test_ends_are_round() -> None:
    drawing = pens.render((np.array([[0, 0], [100, 0]], np.float32),), 40, 90)
    top, bottom, left, right = inked(drawing)
    ink = drawing[:, :, 3].astype(float).sum() / 255
    length = right - left - 40
    assert bottom - top == pytest.approx(40, abs=1)
    assert ink == pytest.approx(40 * length + np.pi * 20**2, rel=0.02)


def test_a_dot_is_a_round_dot() -> None:
    drawing = pens.render((np.array([[250, 250]], np.float32),), 20, 100)
    assert drawing[:, :, 3].astype(float).sum() / 255 == pytest.approx(np.pi * 100, rel=0.05)


def test_edges_are_smooth() -> None:
    shades = np.unique(pens.render(ELL, 15, 150, offset=(0.3, 0.3))[:, :, 3])
    assert len(shades) > 8


def test_the_offset_moves_right_and_down() -> None:
    here, there = inked(pens.render(ELL, 12, 120)), inked(pens.render(ELL, 12, 120, offset=(30, -10)))
    assert np.subtract(there, here).tolist() == [-10, -10, 30, 30]


def test_what_is_too_wide_is_made_to_fit() -> None:
    wide = (np.array([[0, 100], [400, 100], [400, 150]], np.float32),)
    _, _, left, right = inked(pens.render(wide, 20, 200))
    assert left == pytest.approx(0, abs=1)
    assert right == pytest.approx(280, abs=1)


def test_ink_and_paper_have_their_colours() -> None:
    bare = pens.render(ELL, 20, 150, ink=(200, 10, 20))
    assert (bare[:, :, :3] == (200, 10, 20)).all()
    assert set(np.unique(bare[:, :, 3])) >= {0, 255}
    paper = pens.render(ELL, 20, 150, ink=(255, 255, 255), paper=(0, 0, 80))
    assert (paper[:, :, 3] == 255).all()
    assert paper[0, 0].tolist() == [0, 0, 80, 255]
    np.testing.assert_allclose(paper[:, :, 0], bare[:, :, 3], atol=1)


def test_another_size_of_canvas_is_drawn_on() -> None:
    assert pens.render(ELL, 3, 20, size=28).shape == (28, 28, 4)
