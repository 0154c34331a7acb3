"""Digits as pictures: made small before anything copies them, and each put on black paper.

A picture of 28 x 28 is taken pixel for pixel, light on dark; small squares of one size are fitted as arrays
are; any other goes through `preprocessing`, as a drawing does. The label is looked for in the names, of a
folder or in one of the numbers of the file's own, and has to agree with what the pictures show.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from PIL import Image, ImageOps

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.data import picture_forms, preprocessing, upload_labels, upload_pixels
from nnviz.data.mnist import DataError
from nnviz.data.upload_files import _JPEG, _PNG, MOST_BYTES, short
from nnviz.data.upload_labels import Place
from nnviz.data.upload_pixels import SIDES, Advance
from nnviz.data.upload_tables import MOST_DIGITS, Part

MOST_PICTURES = MOST_DIGITS
MOST_PIXELS = 25_000_000  # of one picture: more than a telephone's camera makes by default
MOST_PIXELS_TOGETHER = 250_000_000  # of all pictures of an upload: twenty such photos
MOST_OF_PNG = 75_000_000  # of those that are PNG, which have to be unpacked at their full size

_PHOTOGRAPH = 1_000  # pixels that the longer side of a picture is shrunk to: plenty for 28
_STRIP = 2_000_000  # pixels of a large picture that are made small together
_OPAQUE = 250  # of 255: as opaque as this is opaque
_SHEET = 0.8  # of the box around all that is opaque: what fills so much of it, in several greys, is a sheet
_STEP = 40  # of 255: greys of a sheet and of ink on it differ by more
_EACH, _AGREE = 8, 0.6  # so many pictures, and so many of them that show their number
_DEPTHS = (255, 1023, 4095, 65535)
_LABELLED = re.compile(r"(?:digit|number|label|class)?[-_ ]?([0-9])(?![0-9a-z])", re.IGNORECASE)


def part(files: Sequence[tuple[str, bytes]], advance: Advance) -> Part:
    """The digits of pictures, with their names as (name, content).

    Raises
    ------
    DataError
        For too many, and for any that cannot be read.
    """
    if len(files) > MOST_PICTURES:
        raise DataError(
            say("Those are {n:,} pictures: expected at most {most:,}.", n=len(files), most=MOST_PICTURES)
        )
    files = _plain(files)
    sizes = [_size(*file) for file in files]
    areas = [width * height for width, height in sizes]
    of_png = sum(n for n, (_, content) in zip(areas, files, strict=True) if content.startswith(_PNG))
    for together, most in ((sum(areas), MOST_PIXELS_TOGETHER), (of_png, MOST_OF_PNG)):
        if together > most:
            raise DataError(
                say(
                    "These pictures have {together:,.0f} million pixels together: expected at most "
                    "{most:,} million. Make them smaller, or bring fewer at a time.",
                    together=together / 1_000_000,
                    most=most // 1_000_000,
                )
            )
    images = np.zeros((len(files), 28, 28), np.uint8)
    said: dict[str, int] = {}
    small: dict[int, list[int]] = {}
    for at, size in enumerate(sizes):
        if size[0] == size[1] and size[0] in SIDES:
            small.setdefault(size[0], []).append(at)
    _small(files, small, images, said, advance)
    done = {at for which in small.values() for at in which}
    for at, file in enumerate(files):
        if at not in done:
            images[at], turned = _large(*file)
            said[_FITTED] = said.get(_FITTED, 0) + 1
            if turned:
                said[_TURNED] = said.get(_TURNED, 0) + 1
            advance(at / len(files))
    words = [say("{n:,} of {all:,}: {what}", n=n, all=len(files), what=what) if n < len(files) else what
             for what, n in said.items()]  # fmt: skip
    name = short(files[0][0]) if len(files) == 1 else say("{n:,} pictures", n=len(files))
    places = _places([name for name, _ in files], images)
    return Part(name, images.reshape(len(files), -1), 28, places, words, strict=True)


def _plain(files: Sequence[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """All of them as PNG or JPEG; of several pages each as a picture of its own."""
    found: list[tuple[str, bytes]] = []
    for name, content in files:
        if not picture_forms.form_of(content):
            found.append((name, content))
            continue
        found += [(name, page) for page in picture_forms.as_png(short(name), content)]
        if sum(len(page) for _, page in found) > MOST_BYTES or len(found) > MOST_PICTURES:
            raise DataError(say("That is too much: expected at most {most} MB.", most=MOST_BYTES // 2**20))
    return found


_FITTED = say("fitted into 28 × 28 and centred")
_TURNED = say("turned over: dark ink on light paper became light ink on black")
_GREY = say("grey paper became black")


def _small(
    files: Sequence[tuple[str, bytes]],
    small: dict[int, list[int]],
    images: Array,
    said: dict[str, int],
    advance: Advance,
) -> None:
    """Pictures of the sides that arrays have."""
    for side, which in small.items():
        greys, sure = [], []
        for at in which:
            grey, is_ink = _grey(*files[at])
            greys.append(grey)
            sure.append(is_ink)
            if at % 50 == 0:
                advance(at / len(files))
        deepest = max(int(grey.max()) for grey in greys)
        most = next(depth for depth in _DEPTHS if depth >= deepest)
        clear = [_lightness(grey) for grey in greys]
        usual = sum(light > 0.5 for light in clear) > len(clear) / 2
        made = np.zeros((len(which), side, side), np.uint8)
        for i, (at, grey) in enumerate(zip(which, greys, strict=True)):
            if grey.dtype == np.uint16:
                grey = np.rint(grey * (255 / most)).astype(np.uint8)
            if int(grey.max()) - int(grey.min()) < 16:
                raise DataError(
                    say("{short} is blank: expected ink that stands out from its paper.",
                        short=short(files[at][0]))
                )  # fmt: skip
            over = not sure[i] and (clear[i] > 0.5 if abs(clear[i] - 0.5) > 0.2 else usual)
            if over:
                grey = np.invert(grey)
                said[_TURNED] = said.get(_TURNED, 0) + 1
            made[i], was_grey = _on_black(grey)
            if was_grey:
                said[_GREY] = said.get(_GREY, 0) + 1
        images[which] = upload_pixels.fitted(made)
        if side != 28:
            said[_FITTED] = said.get(_FITTED, 0) + len(which)


def _lightness(grey: Array) -> float:
    """How much of a picture, above all of its border, is nearer to its lightest than its darkest: 0 to 1."""
    edge = preprocessing.border(grey)
    middle = (int(grey.min()) + int(grey.max())) / 2
    return float((edge > middle).mean() * 0.75 + (grey > middle).mean() * 0.25)


def _on_black(grey: Array) -> tuple[Array, bool]:
    middle = (int(grey.min()) + int(grey.max())) / 2
    paper, floor = upload_pixels.paper_of(preprocessing.border(grey), middle)
    if paper <= upload_pixels.BLACK:
        return grey, False
    peak = float(grey.max())
    return np.rint(((grey - floor) * (255 / max(peak - floor, 1))).clip(0, 255)).astype(np.uint8), True


def _grey(name: str, content: bytes) -> tuple[Array, bool]:
    """(h, w) uint8 or uint16 of a small picture, and whether its ink is light on black for sure."""
    with _whole_picture(name, content) as image:
        if image.mode.startswith("I"):
            return np.asarray(image).astype(np.uint16), False
        rgba = np.asarray(image.convert("RGBA"))
    flat, sure = flattened(rgba)
    return (flat[:, :, 3] if sure else np.asarray(Image.fromarray(flat).convert("L"))), sure


def flattened(rgba: Array) -> tuple[Array, bool]:
    """(h, w, 4) uint8 -> the same opaque, or with opacity being ink, and whether it is.

    Nearly opaque is opaque. A sheet with a transparent margin lies on more of its own paper; a pen's stroke
    on nothing is ink, whatever its colour.
    """
    alpha = rgba[:, :, 3]
    if alpha.min() >= _OPAQUE or alpha.max() < _OPAQUE == alpha.min():
        return _opaque(rgba), False
    if alpha.min() == alpha.max():
        return _opaque(rgba), False
    there = alpha >= 128
    if not there.any():
        return rgba, True
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    box = there[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    colours = rgba[:, :, :3].max(axis=2)[there], rgba[:, :, :3].min(axis=2)[there]
    step = max(int(np.percentile(each, 99)) - int(np.percentile(each, 1)) for each in colours)
    if box.mean() < _SHEET or step < _STEP:
        return rgba, True
    sheet = rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1, :3]
    paper = np.array([np.median(preprocessing.border(sheet[:, :, channel])) for channel in range(3)])
    share = alpha[:, :, None] / np.float32(255)
    made = _opaque(rgba)
    made[:, :, :3] = np.rint(rgba[:, :, :3] * share + paper.astype(np.float32) * (1 - share)).astype(np.uint8)
    return made, False


def _opaque(rgba: Array) -> Array:
    made = rgba.copy()
    made[:, :, 3] = 255
    return made


def _large(name: str, content: bytes) -> tuple[Array, bool]:
    """(28, 28) uint8 of one picture of any other size, and whether its ink was darker than its paper."""
    flat, is_ink = flattened(np.asarray(opened(name, content)))
    turned = not is_ink and _lightness(np.asarray(Image.fromarray(flat).convert("L"))) > 0.5
    try:
        drawn: Array = np.rint(preprocessing.to_mnist(flat) * 255).astype(np.uint8)
    except preprocessing.EmptyDrawing as error:
        raise DataError(
            say("{short} is blank: expected ink that stands out from its paper.", short=short(name))
        ) from error
    return drawn, turned


def _places(names: list[str], images: Array) -> list[Place]:
    """Where the labels may be: the folders, the first digit by itself, a word, or a number in the names."""
    found: list[Place] = []
    paths = [re.split(r"[/\\]", name) for name in names]
    folders = [path[-2] if len(path) > 1 else "" for path in paths]
    if len(set(folders)) > 1 and (ways := upload_labels.digits_of(np.array(folders))):
        return [Place(say("the names of the folders"), labels, named=len(ways) == 1, said=said)
                for labels, said in ways]  # fmt: skip
    stems = [path[-1].rsplit(".", 1)[0] for path in paths]
    fields: list[tuple[str, list[str]]] = []
    matches = [_LABELLED.match(path[-1]) for path in paths]
    if all(matches):
        fields.append((say("the digit that the names begin with"), [match[1] for match in matches if match]))
    words = [upload_labels.digit_words(stem) for stem in stems]
    if all(len(each) == 1 for each in words):
        fields.append((say("the word in the names"), [str(each[0]) for each in words]))
    numbers = [re.findall(r"[0-9]+", stem) for stem in stems]
    counts = {len(each) for each in numbers}
    if len(counts) == 1 and (count := counts.pop()):
        for at in range(count):
            called = say("number {n} of the names", n=at + 1) if count > 1 else say("the number in the names")
            fields.append((called, [each[at] for each in numbers]))
    for called, texts in fields:
        values = np.array([float(text[:9]) for text in texts])
        if any(len(text) > 2 for text in texts):
            continue
        if upload_labels.is_running(np.sort(values)) and not _shows(values, images):
            continue
        for labels, done in upload_labels.digits_of(values)[:1]:
            if not any(np.array_equal(labels, place.labels) for place in found):
                found.append(Place(called, labels, said=done))
    return found


def _shows(values: Array, images: Array) -> bool:
    """Whether numbers that only count are what the pictures show all the same: one picture of each digit."""
    return len(values) >= _EACH and float((upload_pixels.readings(images) == values).mean()) >= _AGREE


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


def _size(name: str, content: bytes) -> tuple[int, int]:
    """How many pixels a picture says that it has, nothing of it being unpacked. Raises DataError."""
    with _whole_picture(name, content) as image:
        return image.size


def check_pixels(name: str, image: Image.Image, most: int) -> None:
    """Refuse a picture of more pixels than that, of which only the head has been read.

    Raises
    ------
    DataError
        With its size, and what was expected.
    """
    if image.width * image.height > most:
        raise DataError(
            say(
                "{name} is {width:,} x {height:,} pixels: expected at most {most_pixels} million.",
                name=name,
                width=image.width,
                height=image.height,
                most_pixels=most // 1000000,
            )
        )


@contextmanager
def _whole_picture(name: str, content: bytes) -> Iterator[Image.Image]:
    """A picture of which only the head has been read. Whatever is wrong with it raises DataError."""
    name = short(name)
    if not content.startswith((_PNG, _JPEG)):
        raise DataError(say("{name} is no picture that can be read: expected PNG or JPEG.", name=name))
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as image:
            check_pixels(name, image, MOST_PIXELS)
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
    depth = _depth(image) if image.mode.startswith("I") else 255
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(top + rows, height)))
        if strip.mode.startswith("I"):  # more than 8 bits of grey, which Pillow would cut off at 255
            strip = Image.fromarray(np.rint(np.asarray(strip) * (255 / depth)).astype(np.uint8))
        small.paste(strip.convert("RGBA").reduce(factor), (0, top // factor))
    small.info["exif"] = image.getexif().tobytes()  # how it has to be turned
    return small


def _depth(image: Image.Image) -> int:
    """What white is in a picture of more than 8 bits: 10 and 12 are kept in 16."""
    most = int(image.getextrema()[1])  # type: ignore[arg-type]
    return next((depth for depth in _DEPTHS if depth >= most), 65535)
