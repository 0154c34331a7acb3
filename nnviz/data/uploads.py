"""Somebody's own digits: a CSV, an NPZ or pictures, told apart by what they hold and not by their names.

CSV: a row of 785 numbers a digit, separated by commas, semicolons or tabs: 784 pixels and the label, first or
last. The first row is a header if it is mostly words, or counts the pixels. The column that a header calls
"label" is the label's, as in Kaggle's MNIST; without that it is the outer column that holds nothing but whole
numbers from 0 to 9, and if both do (a picture's corners are mostly blank), the one with more different ones.

NPZ: images as (n, 28, 28), (n, 784) or (n, 28, 28, 1) and labels as (n,), under one of the pairs of names in
`_PAIRS`; a file with a training and a test part is taken as one.

Pixels are whole numbers from 0 to 255, or anything from 0 to 1, greatest ink being 1; ink is bright.

PNG and JPEG: a digit a picture, the label in the file's name, as in `7_anything.png` or `digit-7.png`. A
picture of 28 x 28 is taken as it is, turned over if its paper is white; any other goes through
`preprocessing`.

Whatever cannot be used is refused by a DataError whose sentence says what was expected.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from PIL import Image, ImageOps

from nnviz.core import safe_files
from nnviz.core.records import Array, Dataset
from nnviz.core.words import say, say_many
from nnviz.data import preprocessing
from nnviz.data.mnist import DataError, make_dataset

MOST_BYTES = 100 * safe_files.MEGABYTE
MOST_DIGITS = 70_000  # as many as MNIST has
MOST_PICTURES = 2_000
MOST_PIXELS = 25_000_000  # of one picture: more than a telephone's camera makes by default
MOST_PIXELS_TOGETHER = 250_000_000  # of all pictures of an upload: twenty such photos
MOST_OF_PNG = 75_000_000  # of those that are PNG, which have to be unpacked at their full size

_PIXELS = 28 * 28
_PHOTOGRAPH = 1_000  # pixels that the longer side of a picture is shrunk to: plenty for 28
_STRIP = 2_000_000  # pixels of a large picture that are made small together
_PAIRS = (("images", "labels"), ("x", "y"), ("x_train", "y_train"))
_PNG, _JPEG, _ZIP = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"PK"
_LINE = re.compile(r"[^\r\n]*[^\r\n\s][^\r\n]*")  # with something in it
_LABEL = re.compile(r"(?:digit|number|label)?[-_ ]?([0-9])(?![0-9a-z])", re.IGNORECASE)
_LABEL_COLUMNS = {"label", "labels", "digit", "class", "target", "y"}

_EXPECTED = say("a CSV or NPZ file, or PNG or JPEG pictures of digits")
_NPZ = say("an NPZ file with images (n, 28, 28) and labels (n,)")
_ROW = say("a row of 784 pixels and a label, 785 numbers, for each digit")


def read(uploaded: Sequence[tuple[str, bytes]]) -> Dataset:
    """The digits in files: one CSV, one NPZ, or up to 2,000 pictures.

    Parameters
    ----------
    uploaded
        The files as (name, content).

    Raises
    ------
    DataError
        On anything that cannot be learned from; nothing else is raised.
    """
    if not uploaded:
        raise DataError(say("There is no file: expected {expected}.", expected=_EXPECTED))
    if sum(len(content) for _, content in uploaded) > MOST_BYTES:
        raise DataError(
            say(
                "That is too much: expected at most {most_bytes} MB.",
                most_bytes=MOST_BYTES // safe_files.MEGABYTE,
            )
        )
    pictures = [content.startswith((_PNG, _JPEG)) for _, content in uploaded]
    if all(pictures):
        images, labels = _pictures(uploaded)
    elif len(uploaded) > 1:
        raise DataError(say("Expected one CSV file, one NPZ file, or only PNG and JPEG pictures, at a time."))
    elif uploaded[0][1].startswith(_ZIP):
        images, labels = _npz(*uploaded[0])
    else:
        images, labels = _csv(*uploaded[0])
    _check_share(labels)
    name = _short(uploaded[0][0]) if len(uploaded) == 1 else f"{len(uploaded):,} pictures"
    return make_dataset(f"upload: {name}", images, labels, say("Uploaded by the user: {name}", name=name))


def latest(uploaded: Sequence[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Of files in the order they were brought: the last one, or if that is a picture, every picture."""
    pictures = [file for file in uploaded if file[1].startswith((_PNG, _JPEG))]
    return pictures if uploaded[-1] in pictures else list(uploaded[-1:])


def _csv(name: str, content: bytes) -> tuple[Array, Array]:
    name = _short(name)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise DataError(
            say(
                "{name} is neither text in UTF-8 nor anything else known: expected {expected}.",
                name=name,
                expected=_EXPECTED,
            )
        )
    lines: list[str] = []
    separator = ""
    for found in _LINE.finditer(text):  # one by one: a file of nothing but ends of lines has millions of them
        line = found[0]
        separator = separator or max(",;\t", key=line.count)
        cells = line.count(separator) + 1
        if cells != _PIXELS + 1:
            raise DataError(
                say_many(
                    cells,
                    "{name} has {n:,} cell in row {number:,}: expected {row}.",
                    "{name} has {n:,} cells in row {number:,}: expected {row}.",
                    name=name,
                    number=len(lines) + 1,
                    row=_ROW,
                )
            )
        lines.append(line)
    if not lines:
        raise DataError(say("{name} is empty: expected {expected}.", name=name, expected=_EXPECTED))
    header = _header(lines[0].split(separator))
    if header:
        del lines[0]
    if not lines:
        raise DataError(say("{name} has a header and nothing below it: expected {row}.", name=name, row=_ROW))
    _check_count(len(lines))
    try:
        table = np.loadtxt(lines, np.float32, comments=None, delimiter=separator, quotechar='"', ndmin=2)
    except ValueError as error:
        raise DataError(
            say("{name} has cells that are not numbers: expected {row}.", name=name, row=_ROW)
        ) from error
    first = _label_is_first(name, header, table)
    return _images(table[:, 1:] if first else table[:, :-1]), _labels(table[:, 0 if first else -1])


def _header(cells: list[str]) -> list[str]:
    """The columns' names in lower case if this is what a first row holds, else none."""
    cells = [cell.strip(" \"'").lower() for cell in cells]
    words = [cell for cell in cells if cell and not _is_number(cell)]
    numbers = [cell for cell in cells if cell not in words]
    counted = any(numbers == [str(first + i) for i in range(len(numbers))] for first in (0, 1))
    return cells if len(words) > len(cells) / 2 or counted else []


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _label_is_first(name: str, header: list[str], table: Array) -> bool:
    named = [position for position, cell in enumerate(header) if cell in _LABEL_COLUMNS]
    if named in ([0], [_PIXELS]):
        return named == [0]
    variety = [
        len(np.unique(column)) if np.isin(column, np.arange(10)).all() else 0
        for column in (table[:, 0], table[:, -1])
    ]
    if max(variety) == 0:
        raise DataError(
            say(
                "{name} has no labels: expected whole numbers from 0 to 9 in the first or last column.",
                name=name,
            )
        )
    if variety[0] == variety[1]:
        raise DataError(
            say(
                "{name} could have its labels in the first column as well as in the last: expected a "
                'header that calls one of them "label".',
                name=name,
            )
        )
    return bool(variety[0] > variety[1])


def _npz(name: str, content: bytes) -> tuple[Array, Array]:
    name = _short(name)
    try:
        arrays = safe_files.read_npz(content, limit=MOST_DIGITS * (_PIXELS + 2) * 4)
    except (safe_files.BadFile, OSError) as error:
        reason = str(error) if isinstance(error, safe_files.BadFile) else say("cannot be read")
        raise DataError(
            say("{name} {reason}: expected {npz}.", name=name, reason=reason, npz=_NPZ)
        ) from error
    arrays = {key.lower(): array for key, array in arrays.items()}
    for images, labels in _PAIRS:
        if images in arrays and labels in arrays:
            parts = [(arrays[images], arrays[labels])]
            if images == "x_train" and "x_test" in arrays and "y_test" in arrays:
                parts.append((arrays["x_test"], arrays["y_test"]))
            taken = [_arrays(name, *part) for part in parts]
            _check_count(sum(len(part) for part, _ in taken))
            return np.concatenate([part[0] for part in taken]), np.concatenate([part[1] for part in taken])
    raise DataError(
        say(
            "{name} holds {listed}: expected {npz}, by these names.",
            name=name,
            listed=_listed(arrays),
            npz=_NPZ,
        )
    )


def _arrays(name: str, images: Array, labels: Array) -> tuple[Array, Array]:
    if images.shape[1:] not in ((28, 28), (_PIXELS,), (28, 28, 1)) or images.dtype.kind not in "biuf":
        raise DataError(
            say(
                "{name} has images of shape {shape} and type {dtype}: expected {npz}.",
                name=name,
                shape=images.shape,
                dtype=images.dtype,
                npz=_NPZ,
            )
        )
    if labels.shape not in ((len(images),), (len(images), 1)) or labels.dtype.kind not in "iuf":
        raise DataError(
            say(
                "{name} has labels of shape {shape} and type {dtype} for {n:,} images: expected {npz}.",
                name=name,
                shape=labels.shape,
                dtype=labels.dtype,
                n=len(images),
                npz=_NPZ,
            )
        )
    _check_count(len(images))
    return _images(images), _labels(labels.reshape(-1))


def _pictures(uploaded: Sequence[tuple[str, bytes]]) -> tuple[Array, Array]:
    if len(uploaded) > MOST_PICTURES:
        raise DataError(
            say(
                "Those are {n:,} pictures: expected at most {most_pictures:,}.",
                n=len(uploaded),
                most_pictures=MOST_PICTURES,
            )
        )
    labels = []
    for name, _ in uploaded:
        match = _LABEL.match(re.split(r"[/\\]", name)[-1])
        if match is None:
            raise DataError(
                say(
                    "The name {short} tells no digit: expected one like 7_anything.png or digit-7.png.",
                    short=_short(name),
                )
            )
        labels.append(int(match[1]))
    pixels = [_pixels(*file) for file in uploaded]
    of_png = sum(n for n, (_, content) in zip(pixels, uploaded, strict=True) if content.startswith(_PNG))
    for together, most in ((sum(pixels), MOST_PIXELS_TOGETHER), (of_png, MOST_OF_PNG)):
        if together > most:
            raise DataError(
                say(
                    "These pictures have {together:,.0f} million pixels together: expected at most "
                    "{most_pixels_together} million. Make them smaller, or bring fewer at a time.",
                    together=together / 1000000.0,
                    most_pixels_together=most // 1000000,
                )
            )
    return np.stack([_picture(*file) for file in uploaded]), np.array(labels)


def _picture(name: str, content: bytes) -> Array:
    """(28, 28) uint8 of one PNG or JPEG."""
    try:
        return _digit(np.asarray(opened(name, content)))
    except preprocessing.EmptyDrawing as error:
        raise DataError(
            say("{short} is blank: expected ink that stands out from its paper.", short=_short(name))
        ) from error


def opened(name: str, content: bytes) -> Image.Image:
    """The picture in a PNG or JPEG: upright, RGBA, its longer side at most 1,000 pixels.

    Raises
    ------
    DataError
        When there is none that can be read; nothing else is raised.
    """
    with _whole_picture(name, content) as image:
        image.draft("RGB", (_PHOTOGRAPH, _PHOTOGRAPH))  # a JPEG need not be unpacked at its full size
        small = ImageOps.exif_transpose(_reduced(image))
        small.thumbnail((_PHOTOGRAPH, _PHOTOGRAPH))
    return small


def _pixels(name: str, content: bytes) -> int:
    """How many pixels a picture says that it has, nothing of it being unpacked. Raises DataError."""
    with _whole_picture(name, content) as image:
        return image.width * image.height


@contextmanager
def _whole_picture(name: str, content: bytes) -> Iterator[Image.Image]:
    """A picture of which only the head has been read. Whatever is wrong with it raises DataError."""
    name = _short(name)
    if not content.startswith((_PNG, _JPEG)):
        raise DataError(say("{name} is no picture that can be read: expected PNG or JPEG.", name=name))
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as image:
            if image.width * image.height > MOST_PIXELS:
                raise DataError(
                    say(
                        "{name} is {width:,} x {height:,} pixels: expected at most {most_pixels} million.",
                        name=name,
                        width=image.width,
                        height=image.height,
                        most_pixels=MOST_PIXELS // 1000000,
                    )
                )
            yield image
    except DataError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataError(
            say(
                "{name} has far too many pixels: expected at most {most_pixels} million.",
                name=name,
                most_pixels=MOST_PIXELS // 1000000,
            )
        ) from error
    except Exception as error:  # a hostile picture makes Pillow raise nearly anything
        raise DataError(say("{name} is damaged: expected a whole PNG or JPEG picture.", name=name)) from error


def _reduced(image: Image.Image) -> Image.Image:
    """The picture as RGBA, about as small as it is needed; no copy of it is ever made at its full size."""
    factor = max(1, max(image.size) // _PHOTOGRAPH)
    width, height = image.size
    small = Image.new("RGBA", (-(-width // factor), -(-height // factor)))
    rows = factor * max(1, _STRIP // (width * factor))
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(top + rows, height)))
        if strip.mode.startswith("I"):  # 16 bits of grey, which Pillow would cut off at 255
            strip = Image.fromarray((np.asarray(strip) // 257).astype(np.uint8))
        small.paste(strip.convert("RGBA").reduce(factor), (0, top // factor))
    small.info["exif"] = image.getexif().tobytes()  # how it has to be turned
    return small


def _digit(rgba: Array) -> Array:
    drawn = preprocessing.prepare(rgba).centred  # raises if there is no ink, of whatever size
    if rgba.shape[:2] != drawn.shape:
        taken: Array = np.rint(drawn * 255).astype(np.uint8)
        return taken
    alpha: Array = rgba[:, :, 3]
    if alpha.min() < alpha.max():
        return alpha
    grey: Array = np.asarray(Image.fromarray(rgba).convert("L"))
    return np.invert(grey) if np.median(preprocessing.border(grey)) > 127 else grey


def _images(pixels: Array) -> Array:
    """Anything of n * 784 numbers -> (n, 28, 28) uint8, a thousand at a time to save memory."""
    low, high = float(pixels.min()), float(pixels.max())
    if np.isnan(low):
        raise DataError(say("Some pixels are not numbers: expected whole numbers from 0 to 255, or 0 to 1."))
    if not (low >= 0 and high <= 255):
        raise DataError(
            say(
                "The pixels go from {low:g} to {high:g}: expected whole numbers from 0 to 255, or 0 to 1.",
                low=low,
                high=high,
            )
        )
    if high == 0:
        raise DataError(say("The pictures are blank: expected ink brighter than its paper, which is 0."))
    images = np.empty((len(pixels), 28, 28), np.uint8)
    for start in range(0, len(pixels), 1000):
        part = pixels[start : start + 1000].reshape(-1, 28, 28).astype(np.float32)
        whole = np.rint(part * 255) if high <= 1 else np.rint(part)
        if high > 1 and not np.array_equal(whole, part):
            raise DataError(
                say("Some pixels are fractions above 1: expected whole numbers from 0 to 255, or 0 to 1.")
            )
        images[start : start + 1000] = whole
    return images


def _labels(labels: Array) -> Array:
    """(n,) numbers -> int64."""
    if not np.isin(labels, np.arange(10)).all():
        raise DataError(say("Some labels are not digits: expected whole numbers from 0 to 9."))
    return labels.astype(np.int64)


def _check_count(n: int) -> None:
    if not 0 < n <= MOST_DIGITS:
        raise DataError(
            say(
                "There are {n:,} digits: expected at least one and at most {most_digits:,}.",
                n=n,
                most_digits=MOST_DIGITS,
            )
        )


def _check_share(labels: Array) -> None:
    """Some of each digit are held back for testing, so there have to be two of each."""
    digits, counts = np.unique(labels, return_counts=True)
    if len(digits) < 2:
        raise DataError(
            say(
                "There are only {digit}s: expected at least two different digits to tell apart.",
                digit=digits[0],
            )
        )
    if counts.min() < 2:
        raise DataError(
            say(
                "There is only one {digit}: expected at least two of each digit, one to learn from and "
                "one to test with.",
                digit=digits[counts.argmin()],
            )
        )


def _short(name: str) -> str:
    """A file's name as far as it can be shown: without folders, controls and what would fill the page."""
    name = "".join(letter for letter in re.split(r"[/\\]", name)[-1] if letter.isprintable())
    return (name if len(name) <= 40 else f"{name[:36]}...") or say("The file")


def _listed(names: dict[str, Array]) -> str:
    shown = ", ".join(_short(name) for name in list(names)[:5])
    return f"{shown or 'nothing'}{', ...' if len(names) > 5 else ''}"
