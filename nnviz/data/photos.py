"""A photo of a digit becomes a drawing: light evened out, paper and its lines taken away, a digit left.

A telephone's photo differs from a drawing on the pad in these ways, and a step deals with each. Those that
can be wrong can be switched by whoever brought the photo.

1. Light ink on dark, a blackboard or a screen, is turned over (`photo_light.is_light_on_dark`).
2. Light. Paper is grey, brighter on one side, and part of it lies in a shadow; dividing by what the paper is
   at each place makes all paper 1 (`photo_light.even_out`).
3. Lines of the paper are taken away, except where ink goes on across them, and a sheet that lies turned is
   straightened by them (`photo_lines`).
4. Several digits, frames and dirt. What has most ink near the middle is what was meant, if no other is chosen
   (`photo_digits`).
5. Pencil and marker. MNIST's strokes are about a ninth as wide as its digits are high. Thinner ones are
   thickened, and much thicker ones made thinner.

All lengths are relative to the photo, whose longer side is at most 1,000 pixels; a very small one is
enlarged.

SciPy, which is installed for other things, has nearly every step. scikit-image was tried where it has one:
`reconstruction` fills as `photo_light` floods, 7 lines fewer and 2 ms of 70 faster; `hough_line` counts in
0.02 s what `photo_lines` counts in 0.07, 4 lines fewer, but lines are told by the part of their length that
is dark, and that has to be worked out beside it. `threshold_sauvola` and `rolling_ball` know nothing of thick
ink and of shadows' edges, `clear_border` takes digits that are cut off away. A dozen lines are not worth
another 56 MB to install.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from nnviz.core import safe_files
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.data import photo_digits, photo_files, photo_light, photo_lines, preprocessing
from nnviz.data.mnist import DataError

MOST_BYTES = 20 * safe_files.MEGABYTE

_SMALL = 320  # pixels: a photo whose longer side is shorter is enlarged to about this
_PIXELS = 12  # fewer on the longer side show no digit
_FLAT = 10  # of 255: a photo whose brightest and darkest differ by less shows nothing
_STROKE = 0.11  # of the digit's height
_LOST = 0.5  # where only what is darker is ink, ink was taken for paper
_MARKER = 0.2  # of the digit's height: wider strokes are made thinner, to this


class NoDigit(DataError):
    """Nothing on the photo stands out from its paper as a digit would.

    Attributes
    ----------
    picture, evened, light
        As of `Photo`, as far as it got.
    """

    def __init__(self, picture: Array, evened: Array | None = None, *, light: bool = False) -> None:
        super().__init__(
            say("There is no digit to be found: expected one that stands out from what it is written on.")
        )
        self.picture, self.light = picture, light
        self.evened = np.ones(picture.shape[:2], np.float32) if evened is None else evened


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo on its way to a network.

    Attributes
    ----------
    picture
        (h, w, 3) uint8; a very small one is enlarged.
    evened
        (h, w) float32, the paper being 1 and ink darker.
    ink
        (h', w') float32 in [0, 1], turned: the chosen digit's.
    digit
        (28, 28) float32 in [0, 1].
    lines
        Whether ruled lines were found and taken away.
    thickened
        How many times wider the strokes became; below 1 where they became thinner.
    light
        Whether it was taken for light ink on dark.
    straightened
        Degrees clockwise by which it was turned because its lines lay turned.
    boxes
        Where on `picture` the digits are, as (top, left, bottom, right), in the order in which one reads.
    choice
        Which of them was chosen.
    more
        How many others there are that are not told apart.
    """

    picture: Array
    evened: Array
    ink: Array
    digit: Array
    lines: bool
    thickened: float
    light: bool = False
    straightened: float = 0.0
    boxes: tuple[tuple[int, int, int, int], ...] = ()
    choice: int = 0
    more: int = 0


def read(name: str, content: bytes) -> Array:
    """The photo in a file, upright as the camera meant it: (h, w, 3) uint8.

    What is transparent becomes paper: of the colour of the sheet, where there is one, or else white below
    dark ink and black below light ink.

    Raises
    ------
    DataError
        For a file that is too large, or that is no such picture.
    """
    if len(content) > MOST_BYTES:
        raise DataError(
            say(
                "That photo is too large: expected at most {most_bytes} MB.",
                most_bytes=MOST_BYTES // safe_files.MEGABYTE,
            )
        )
    rgba = np.asarray(photo_files.opened(name, content))
    colours, alpha = rgba[:, :, :3], rgba[:, :, 3:]
    if alpha.min() == 255:
        return colours.copy()
    share = alpha / np.float32(255)
    upright: Array = np.rint(colours * share + _below(colours, alpha[:, :, 0]) * (1 - share)).astype(np.uint8)
    return upright


def _below(colours: Array, alpha: Array) -> Array:
    """The colour of the paper that shows where a picture is transparent."""
    seen = colours[alpha > 128]
    if not len(seen):
        return np.full(3, 255.0)
    grey = seen.mean(axis=1)
    if grey.std() > 30:
        return np.median(seen, axis=0)
    return np.full(3, 255.0 if grey.mean() < 128 else 0.0)


def digit(
    picture: Array,
    *,
    turn: float = 0.0,
    lines: bool = True,
    light: bool | None = None,
    choice: int | None = None,
) -> Photo:
    """Find the digit on a photo.

    Parameters
    ----------
    picture
        (h, w, 3) uint8.
    turn
        Degrees clockwise, after it has been straightened.
    lines
        False where the paper has none, so that nothing is taken for one.
    light
        Whether it is light ink on dark; None to find out.
    choice
        Which of several digits, in the order in which one reads; None for the likeliest.

    Raises
    ------
    NoDigit
        When nothing stands out from the paper as a digit would.
    """
    picture, times = _enlarged(picture)
    if light is None:
        light = photo_light.is_light_on_dark(picture)
    evened = photo_light.even_out(np.invert(picture) if light else picture, enlarged=times, board=light)
    dark, floor, ruling = photo_lines.unruled(evened) if lines else (evened.dark, evened.floor, [])
    digits = photo_digits.Digits(dark, floor, ruled=bool(ruling))
    if not light and (not digits.boxes or evened.floor > _LOST):
        filled = photo_light.black_on_white(picture)
        thick = photo_digits.Digits(filled.dark, filled.floor)
        if thick.boxes:
            evened, digits, ruling = filled, thick, []
    if not digits.boxes:
        raise NoDigit(picture, 1 - evened.dark, light=light)
    which = digits.likeliest if choice is None or choice >= len(digits.boxes) else choice
    ink, thickened = _as_wide_as_mnist(digits.ink(which))
    straightened = -photo_lines.turn_of(ruling)
    turned = _turned(ink, straightened + turn)
    alpha = np.rint(255 * turned).astype(np.uint8)
    rgba = np.dstack([np.zeros((*alpha.shape, 3), np.uint8), alpha])
    try:
        found = preprocessing.to_mnist(rgba)
    except preprocessing.EmptyDrawing as error:
        raise NoDigit(picture, 1 - evened.dark, light=light) from error
    return Photo(
        picture,
        1 - evened.dark,
        turned,
        found,
        bool(ruling),
        thickened,
        light,
        straightened,
        digits.boxes,
        which,
        digits.more,
    )


def _enlarged(picture: Array) -> tuple[Array, int]:
    """A very small picture so many times larger. Raises NoDigit where there is nothing to be seen."""
    longer = max(picture.shape[:2])
    if longer < _PIXELS or min(picture.shape[:2]) < 3:
        raise NoDigit(picture)
    low, high = np.quantile(picture.max(axis=2), (0.001, 0.999))
    if high - low < _FLAT and np.ptp(picture[::3, ::3], axis=(0, 1)).max() < 2 * _FLAT:
        raise NoDigit(picture)
    if longer >= _SMALL / 2:
        return picture, 1
    times = round(_SMALL / longer)
    size = (picture.shape[1] * times, picture.shape[0] * times)
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC)), times


def _as_wide_as_mnist(ink: Array) -> tuple[Array, float]:
    """The ink with strokes about as wide as MNIST's, and how many times wider they became."""
    mask = ink > 0.5
    if not mask.any():
        return ink, 1.0
    rows = np.flatnonzero(mask.any(axis=1))
    columns = np.flatnonzero(mask.any(axis=0))
    height = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    depth = ndimage.distance_transform_edt(mask)
    ridge = depth[(depth == ndimage.maximum_filter(depth, 3)) & mask]
    width = 2 * float(np.mean(ridge))
    more = (_STROKE * height - width) / 2
    if more >= 0.5:
        away = ndimage.distance_transform_edt(~mask)
        grown: Array = np.maximum(ink, np.clip(more + 0.5 - away, 0, 1)).astype(np.float32)
        return grown, (width + 2 * more) / width
    less = (width - _MARKER * height) / 2
    if less < 1:
        return ink, 1.0
    thin: Array = np.clip(depth - less, 0, 1).astype(np.float32)
    return thin, (width - 2 * less) / width


def _turned(ink: Array, turn: float) -> Array:
    """Turned clockwise by so many degrees, on a canvas that holds all of it."""
    if turn % 360 == 0:
        return ink
    image = Image.fromarray(ink).rotate(-turn, Image.Resampling.BILINEAR, expand=True)
    turned: Array = np.asarray(image)
    return turned
