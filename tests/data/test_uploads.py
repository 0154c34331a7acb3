"""Somebody's own digits are read in every form promised, and refused in one sentence in any other."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nnviz.core.records import Array, Dataset
from nnviz.data import (
    kept_digits,
    mnist,
    preprocessing,
    splits,
    upload_files,
    upload_pictures,
    upload_tables,
    uploads,
)
from nnviz.data.mnist import DataError
from nnviz.data.splits import DataSpec

Files = Sequence[tuple[str, bytes]]


@pytest.fixture(scope="module")
def digits() -> Dataset:
    """Forty real digits, four of each, shuffled."""
    embedded = mnist.embedded()
    chosen = np.random.default_rng(0).permutation(np.arange(0, 5000, 125))
    return mnist.make_dataset("forty", embedded.images[chosen], embedded.labels[chosen], "")


def csv(pixels: Array, labels: Array, *, last: bool = False, header: str = "", separator: str = ",") -> bytes:
    pixels = pixels.reshape(len(pixels), -1)
    parts = [pixels, labels[:, None]] if last else [labels[:, None], pixels]
    lines = [separator.join(str(value) for value in row) for row in np.concatenate(parts, axis=1).tolist()]
    return "\n".join([header, *lines] if header else lines).encode()


def npz(**arrays: Array) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=True, **arrays)
    return buffer.getvalue()


def picture(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def refused(files: Files, expected: str) -> None:
    """One sentence, no traceback of anybody else's in it, that says what was expected."""
    with pytest.raises(DataError, match=expected) as refusal:
        uploads.read(files)
    sentence = str(refusal.value)
    assert "xpected" in sentence
    assert sentence.endswith(".")
    assert len(sentence) < 300
    assert "\n" not in sentence


# CSV

KAGGLE = "label," + ",".join(f"pixel{i}" for i in range(784))
OPENML = ",".join(f'"pixel{i}"' for i in range(1, 785)) + ',"class"'
PANDAS = "label," + ",".join(str(i) for i in range(784))
NUMBERED = ",".join(str(i) for i in range(785))
POSITIONS = "digit," + ",".join(f"{row}x{column}" for row in range(1, 29) for column in range(1, 29))


@pytest.mark.parametrize(
    ("last", "header"),
    [
        (False, ""),
        (True, ""),
        (False, KAGGLE),
        (True, OPENML),
        (False, PANDAS),
        (False, NUMBERED),
        (True, NUMBERED),
        (False, POSITIONS),
    ],
    ids=["first", "last", "Kaggle", "OpenML", "pandas", "numbered, first", "numbered, last", "positions"],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_csv_comes_with_or_without_header_and_with_the_label_first_or_last(
    digits: Dataset, last: bool, header: str, newline: str
) -> None:
    content = csv(digits.images, digits.labels, last=last, header=header).replace(b"\n", newline.encode())
    read = uploads.read([("my.csv", content)])
    np.testing.assert_array_equal(read.images, digits.images)
    np.testing.assert_array_equal(read.labels, digits.labels)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_csv_may_be_separated_as_spreadsheets_do(digits: Dataset, separator: str) -> None:
    content = csv(digits.images, digits.labels, separator=separator)
    np.testing.assert_array_equal(uploads.read([("my.csv", content)]).images, digits.images)


def test_csv_may_start_with_a_byte_order_mark_and_hold_empty_lines(digits: Dataset) -> None:
    content = b"\xef\xbb\xbf" + csv(digits.images, digits.labels).replace(b"\n", b"\n\n") + b"\n\n"
    assert len(uploads.read([("my.csv", content)])) == len(digits)


def test_csv_of_fractions_from_0_to_1_is_scaled_back_exactly(digits: Dataset) -> None:
    content = csv(digits.images / 255, digits.labels.astype(float))
    np.testing.assert_array_equal(uploads.read([("my.csv", content)]).images, digits.images)


def test_the_name_of_a_file_says_nothing_about_what_is_in_it(digits: Dataset) -> None:
    assert len(uploads.read([("picture.png", csv(digits.images, digits.labels))])) == len(digits)
    assert len(uploads.read([("table.csv", npz(images=digits.images, labels=digits.labels))])) == len(digits)


def test_a_label_column_that_only_a_header_can_tell_is_asked_for(digits: Dataset) -> None:
    pixels = digits.images.reshape(40, 784).copy()
    pixels[:, -1] = digits.labels
    refused([("my.csv", csv(pixels, digits.labels))], "more than one place")
    read = uploads.read([("my.csv", csv(pixels, digits.labels, header=KAGGLE))])
    np.testing.assert_array_equal(read.labels, digits.labels)


def edited(change: Callable[[list[str]], list[str]]) -> Callable[[Dataset], bytes]:
    """A good CSV without header, its rows changed."""
    return lambda digits: "\n".join(change(csv(digits.images, digits.labels).decode().split("\n"))).encode()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (lambda _: b"", "is empty"),
        (lambda _: b" \n\n ", "is empty"),
        (lambda _: KAGGLE.encode(), "nothing below it"),
        (edited(lambda rows: [*rows[:9], rows[9][:200]]), "cells in row 10: expected a row of 784 pixels"),
        (edited(lambda rows: [*rows, rows[0] + ",1"]), "has 786 cells in row 41"),
        (edited(lambda rows: [row.partition(",")[2] for row in rows]), "does not tell which digits"),
        (edited(lambda rows: [*rows[:5], "x" + rows[5][1:], *rows[6:]]), "“x” among its labels"),
        (edited(lambda rows: [*rows[:5], rows[5] + "x", *rows[6:]]), "“0x” among its pixels, in column 785"),
        (edited(lambda rows: ["x" + rows[0][1:], *rows[1:]]), "“x” among its labels"),
        (edited(lambda rows: [*rows[:5], rows[5] + "\x00", *rows[6:]]), "among its pixels, in column 785"),
        (edited(lambda rows: [row[:-1] + "256" for row in rows]), "0 to 256"),
        (edited(lambda rows: [*rows[:-1], rows[-1][:-1] + "-1"]), "-1 to 255"),
        (edited(lambda rows: [*rows[:-1], rows[-1][:-1] + "nan"]), "among its pixels, in column 785"),
        (edited(lambda rows: [*rows[:-1], rows[-1][:-1] + "1e999"]), "inf"),
        (edited(lambda rows: ["10" + row[1:-1] + "77" for row in rows]), "no labels"),
        (edited(lambda rows: ["2.5" + row[1:-1] + "77" for row in rows]), "no labels"),
        (edited(lambda rows: [KAGGLE, *rows[:9], "nan" + rows[9][1:]]), "“nan” among its labels"),
        (
            edited(lambda rows: [KAGGLE, *rows[:9], "11" + rows[9][1:]]),
            "labels from 0 to 11",
        ),
        (lambda digits: csv(digits.images * 0, digits.labels), "blank"),
        (lambda digits: csv(digits.images[:, :20], digits.labels), "has 561 cells"),
        (lambda _: "année;étiquette".encode("latin-1"), "has 2 cells in row 1"),
        (lambda _: bytes(range(256)), "neither text nor anything else known"),
        (lambda _: b"GIF89a" + bytes(range(256)), "expected a whole GIF picture"),
        (lambda _: b"RIFF\0\1\0\0WAVE" + bytes(range(256)), "a CSV, NPZ, IDX, MAT"),
        (lambda _: b"%PDF-1.7\nhello", "is a PDF"),
        (lambda _: b"hello", "has 1 cell in row 1"),
        (lambda _: b"\x93NUMPY\x01\x00", "expected a whole .npy file"),
        (lambda _: b"1," * 3_000_000, "has 200,000 letters and more in row 1"),
    ],
)
def test_a_bad_csv_is_refused_with_what_was_expected(
    digits: Dataset, content: Callable[[Dataset], bytes], expected: str
) -> None:
    refused([("my.csv", content(digits))], re.escape(expected))


def test_more_digits_than_mnist_has_are_too_many(monkeypatch: pytest.MonkeyPatch, digits: Dataset) -> None:
    monkeypatch.setattr(upload_tables, "MOST_DIGITS", 39)
    for content in (csv(digits.images, digits.labels), npz(x=digits.images, y=digits.labels)):
        refused([("many", content)], "There are 40 digits and maybe more: expected at most 39")


# NPZ


@pytest.mark.parametrize(
    ("images", "labels"), [("images", "labels"), ("x", "y"), ("X", "y"), ("x_train", "y_train")]
)
@pytest.mark.parametrize("shape", [(40, 28, 28), (40, 784), (40, 28, 28, 1)])
def test_npz_comes_under_several_names_and_shapes(
    digits: Dataset, images: str, labels: str, shape: tuple[int, ...]
) -> None:
    content = npz(**{images: digits.images.reshape(shape), labels: digits.labels})
    read = uploads.read([("my.npz", content)])
    np.testing.assert_array_equal(read.images, digits.images)
    np.testing.assert_array_equal(read.labels, digits.labels)
    assert read.images.dtype == np.uint8
    assert read.labels.dtype == np.int64


@pytest.mark.parametrize("scale", [1, 255], ids=["0 to 255", "0 to 1"])
@pytest.mark.parametrize("dtype", ["<f4", ">f4", "f8", "i8"])
def test_npz_comes_in_any_type_of_number(digits: Dataset, scale: int, dtype: str) -> None:
    if dtype == "i8" and scale == 255:
        pixels = (digits.images > 127).astype("i8")
        expected = np.where(pixels, 255, 0)
    else:
        pixels = (digits.images / scale).astype(dtype)
        expected = digits.images
    read = uploads.read([("my.npz", npz(x=pixels, y=digits.labels.astype(dtype)[:, None]))])
    np.testing.assert_array_equal(read.images, expected)
    np.testing.assert_array_equal(read.labels, digits.labels)


def test_npz_of_ink_or_no_ink_is_black_and_white(digits: Dataset) -> None:
    read = uploads.read([("my.npz", npz(x=digits.images > 127, y=digits.labels))])
    np.testing.assert_array_equal(read.images, np.where(digits.images > 127, 255, 0))


def test_a_training_and_a_test_part_are_taken_as_one(digits: Dataset) -> None:
    i, y = digits.images, digits.labels
    read = uploads.read([("mnist.npz", npz(x_train=i[:30], y_train=y[:30], x_test=i[30:], y_test=y[30:]))])
    np.testing.assert_array_equal(read.images, i)
    np.testing.assert_array_equal(read.labels, y)


def test_what_is_of_no_use_in_a_file_is_named(digits: Dataset) -> None:
    i, y = digits.images, digits.labels
    found = uploads.look([("my.npz", npz(x_train=i, y_train=y, x_test=i[:, :5], y_test=y))])
    assert "not used: x_test (40, 5, 28)" in found.said
    assert len(found) == 40


def bomb() -> bytes:
    """An archive of a few kB that says of itself, and truly, that it unpacks to 10 GB."""
    return npz(images=np.zeros((400, 784)), labels=np.zeros(400)).replace(
        struct.pack("<I", 400 * 784 * 8 + 128), struct.pack("<I", 4_000_000_000)
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (lambda i, y: npz(images=i), "does not tell which digits these are: expected their labels"),
        (lambda i, y: npz(images=np.tile(i, (11, 1, 1))), "holds 440 digits and no labels"),
        (lambda i, y: npz(a=i[0, 0], b=y), "holds a (28,), b (40,): expected pictures (n, 28, 28)"),
        (lambda i, y: npz(), "holds no arrays of numbers"),
        (lambda i, y: npz(images=i, labels=np.array([{}])), "pickled Python objects, which are never opened"),
        (lambda i, y: npz(images=i[:, :27], labels=y), "holds images (40, 27, 28), labels (40,)"),
        (lambda i, y: npz(images=i.reshape(-1), labels=y), "images (31360,)"),
        (lambda i, y: npz(images=i[0, 0, 0], labels=y), "images ()"),
        (lambda i, y: npz(images=i, labels=y[:-1]), "labels (39,), and no labels for 40 pictures"),
        (lambda i, y: npz(images=i, labels=np.eye(9)[y % 9]), "labels of shape (40, 9) in “labels”"),
        (lambda i, y: npz(images=i, labels=np.eye(10)[y] + 0.1 * y[:, None]), "labels of shape (40, 10)"),
        (lambda i, y: npz(images=i, labels=np.array(["?"] * 40)), "“?” among its labels"),
        (lambda i, y: npz(images=i.astype(str), labels=y), "holds images (40, 28, 28)"),
        (lambda i, y: npz(images=i, labels=y + 2), "labels from 2 to 11 in “labels”, which are not digits"),
        (lambda i, y: npz(images=i, labels=y - 0.5), "labels from -0.5 to 8.5"),
        (lambda i, y: npz(images=i, labels=y * np.nan), "labels from nan to nan"),
        (lambda i, y: npz(images=i / 2.0 - i.mean(axis=0), labels=y), "a mean had been taken away"),
        (lambda i, y: npz(images=i * 258.0, labels=y), "go from 0 to 65790"),
        (lambda i, y: npz(images=np.where(i > 0, np.nan, i), labels=y), "empty or not numbers"),
        (lambda i, y: npz(images=np.where(i > 0, np.inf, i), labels=y), "inf"),
        (lambda i, y: npz(images=i / 100, labels=y), "go from 0 to 2.55"),
        (lambda i, y: npz(images=i * 0, labels=y), "blank"),
        (lambda i, y: npz(images=i[:0], labels=y[:0]), "There are 0 digits"),
        (lambda i, y: npz(images=i, labels=y)[:2000], "damaged"),
        (lambda i, y: bomb(), "unpacks to"),
    ],
)
def test_a_bad_npz_is_refused_with_what_was_expected(
    digits: Dataset, content: Callable[[Array, Array], bytes], expected: str
) -> None:
    refused([("my.npz", content(digits.images, digits.labels))], re.escape(expected))


# Pictures


def named(
    make: Callable[[Array], bytes], digits: Dataset, name: str = "{label}_{number}.png"
) -> list[tuple[str, bytes]]:
    return [
        (name.format(label=label, number=number), make(image))
        for number, (image, label) in enumerate(zip(digits.images, digits.labels, strict=True))
    ]


@pytest.mark.parametrize(
    "make",
    [
        lambda image: picture(Image.fromarray(image)),
        lambda image: picture(Image.fromarray(255 - image)),
        lambda image: picture(Image.fromarray(image).convert("RGB")),
        lambda image: picture(Image.fromarray(np.dstack([np.zeros_like(image)] * 3 + [image]))),
        lambda image: picture(Image.fromarray(255 - image).quantize(256)),
        lambda image: picture(Image.fromarray(image.astype(np.uint16) * 257)),
    ],
    ids=["light on dark", "dark on light", "colour", "transparent", "palette", "16 bits"],
)
def test_a_png_of_28_x_28_is_taken_pixel_for_pixel(digits: Dataset, make: Callable[[Array], bytes]) -> None:
    read = uploads.read(named(make, digits))
    np.testing.assert_array_equal(read.images, digits.images)
    np.testing.assert_array_equal(read.labels, digits.labels)


@pytest.mark.parametrize("dark", [True, False], ids=["dark on light", "light on dark"])
def test_a_larger_picture_becomes_what_a_drawing_would(digits: Dataset, dark: bool) -> None:
    def large(image: Array) -> Image.Image:
        canvas = Image.new("L", (300, 200), 235 if dark else 20)
        ink = Image.fromarray(image).resize((140, 140))
        canvas.paste(Image.new("L", (140, 140), 30 if dark else 250), (120, 20), ink)
        return canvas

    read = uploads.read(named(lambda image: picture(large(image)), digits))
    for image, taken in zip(digits.images, read.images, strict=True):
        expected = preprocessing.to_mnist(np.asarray(large(image).convert("RGBA")))
        np.testing.assert_allclose(taken / 255, expected, atol=0.5 / 255 + 1e-6)
    assert np.abs(read.images.astype(float) - digits.images).mean() < 12


def test_a_jpeg_is_nearly_what_its_png_would_be(digits: Dataset) -> None:
    def large(image: Array) -> Image.Image:
        return Image.fromarray(255 - image).resize((280, 280))

    png = uploads.read(named(lambda image: picture(large(image)), digits))
    jpeg = uploads.read(named(lambda image: picture(large(image), "JPEG", quality=90), digits))
    assert np.abs(png.images.astype(float) - jpeg.images).mean() < 4


def test_a_photograph_taken_sideways_is_turned_upright(digits: Dataset) -> None:
    upright = Image.fromarray(255 - digits.images[0]).resize((280, 280))
    exif = Image.Exif()
    exif[0x0112] = 6  # EXIF orientation: to be turned right by a quarter
    sideways = picture(upright.rotate(90), "JPEG", exif=exif, quality=95)
    rest = named(lambda image: picture(Image.fromarray(image)), digits)
    name = f"{digits.labels[0]}_photo.jpg"
    turned = uploads.read([(name, sideways), *rest]).images[0]
    plain = uploads.read([(name, picture(upright, "JPEG", quality=95)), *rest]).images[0]
    assert np.abs(turned.astype(float) - plain).mean() < 4


@pytest.mark.parametrize(
    "name",
    [
        "7_anything.png",
        "7.png",
        "7-a.JPG",
        "digit-7.png",
        "Digit_7_b.png",
        "digit7.png",
        "label 7 (2).png",
        "a/b\\7.png",
    ],
)
def test_a_name_tells_the_digit(name: str) -> None:
    assert upload_pictures._places([name], np.zeros((1, 28, 28), np.uint8))[0].labels == [7]


@pytest.mark.parametrize("name", ["77.png", "2024.png", "eleven.png", "", ".png", "\u0667.png"])
def test_a_name_that_tells_no_digit_is_asked_for_its_label(name: str, digits: Dataset) -> None:
    refused([(name, picture(Image.fromarray(digits.images[0])))], "does not tell which digits these are")


def test_a_number_that_a_picture_denies_is_no_label(digits: Dataset) -> None:
    for name in ("{}.png", "digit-{}.png", "IMG_{}.png"):
        wrong = name.format((digits.labels[0] + 1) % 10)
        refused([(wrong, picture(Image.fromarray(digits.images[0])))], "expected that you choose")


def png_of(width: int, height: int) -> bytes:
    """A PNG whose header announces a size, and which has no pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (picture(Image.new("L", (28, 28), 255)), "is blank"),
        (picture(Image.new("RGB", (300, 300), "white")), "is blank"),
        (picture(Image.new("RGBA", (300, 300))), "is blank"),
        (picture(Image.effect_noise((200, 200), 60))[:3000], "is damaged"),
        (picture(Image.effect_noise((200, 200), 60), "JPEG")[:3000], "is damaged"),
        (b"\x89PNG\r\n\x1a\n", "is damaged"),
        (b"\xff\xd8\xff hello", "is damaged"),
        (png_of(5_001, 5_000), "is 5,001 x 5,000 pixels"),
        (png_of(60_000, 60_000), "pixels|damaged"),
        (png_of(0, 0), "is damaged"),
        (png_of(100, 100), "is damaged"),
    ],
)
def test_a_bad_picture_is_refused_with_what_was_expected(content: bytes, expected: str) -> None:
    refused([("7_bad.png", content)], expected)


def test_a_picture_of_another_kind_is_refused() -> None:
    for kind in ("AVIF", "ICO", "JPEG2000"):
        refused([("7.png", picture(Image.new("L", (28, 28)), kind))], "xpected .*pictures of digits")


# All kinds


def test_no_file_is_refused() -> None:
    refused([], "There is no file")


def test_what_is_brought_last_takes_the_place_of_what_was_there(digits: Dataset) -> None:
    table = ("a.csv", csv(digits.images, digits.labels))
    array = ("b.npz", npz(x=digits.images, y=digits.labels))
    pictures = [(f"{d}.png", picture(Image.fromarray(digits.images[d]))) for d in (0, 1)]
    assert uploads.latest([table, array]) == [array]
    assert uploads.latest([array, ("c.csv", b""), table]) == [table]
    assert uploads.latest([pictures[0], array, pictures[1]]) == pictures
    assert uploads.latest([*pictures, table]) == [table]


def test_kinds_are_not_mixed(digits: Dataset) -> None:
    table, array = csv(digits.images, digits.labels), npz(x=digits.images, y=digits.labels)
    image = picture(Image.fromarray(digits.images[0]))
    for files in ([table, table], [table, array], [array, image], [image, table]):
        refused([(f"{number}.x", content) for number, content in enumerate(files)], "do not belong together")


def test_too_much_at_once_is_refused(monkeypatch: pytest.MonkeyPatch, digits: Dataset) -> None:
    image = picture(Image.fromarray(digits.images[0]))
    monkeypatch.setattr(upload_pictures, "MOST_PICTURES", 3)
    refused([("7.png", image)] * 4, "Those are 4 pictures: expected at most 3")
    monkeypatch.setattr(upload_files, "MOST_BYTES", 2**20)
    refused([("7.png", b"0" * (2**20 + 1))], "at most 1 MB")


@pytest.mark.parametrize(
    ("labels", "expected"),
    [([3] * 40, "only 3s"), ([*([3, 4] * 19), 5, 3], "only one 5: expected at least two of each")],
)
def test_digits_that_cannot_be_split_are_refused(digits: Dataset, labels: list[int], expected: str) -> None:
    refused([("my.npz", npz(x=digits.images, y=np.array(labels)))], expected)


def test_a_name_is_shown_short_and_without_what_a_terminal_or_page_would_obey() -> None:
    name = "../../" + "a" * 100 + "\x1b[31m\n.csv"
    with pytest.raises(DataError) as refusal:
        uploads.read([(name, b"")])
    assert str(refusal.value).startswith("a" * 36 + "... is empty")


# Kept for a job


def test_kept_digits_are_loaded_by_their_name_and_split(digits: Dataset) -> None:
    read = uploads.read([("my.npz", npz(x=digits.images, y=digits.labels))])
    spec = kept_digits.keep(read)
    assert spec == DataSpec("upload", digest=digits.digest)
    again = splits.load_dataset(spec)
    np.testing.assert_array_equal(again.images, digits.images)
    np.testing.assert_array_equal(again.labels, digits.labels)
    assert (again.name, again.source) == ("upload: my.npz", "Uploaded by the user: my.npz")
    split = splits.load_split(spec)
    assert np.bincount(split.y_train).tolist() == [3] * 10
    assert np.bincount(split.y_test).tolist() == [1] * 10


def test_the_smallest_upload_that_is_taken_can_be_split(digits: Dataset) -> None:
    chosen = np.concatenate([np.flatnonzero(digits.labels == digit)[:2] for digit in (4, 9)])
    spec = kept_digits.keep(uploads.read([("my.npz", npz(x=digits.images[chosen], y=digits.labels[chosen]))]))
    split = splits.load_split(spec)
    assert sorted(split.y_train) == sorted(split.y_test) == [4, 9]


@pytest.mark.parametrize("damage", ["truncated", "other digits", "gone", "other names"])
def test_a_kept_upload_that_was_damaged_is_not_taken_for_it(digits: Dataset, damage: str) -> None:
    spec = kept_digits.keep(digits)
    path = splits.upload_path(spec.digest)
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[:1000])
    elif damage == "gone":
        path.unlink()
    else:
        name = "images" if damage == "other digits" else "pixels"
        path.write_bytes(
            npz(**{name: digits.images[::-1]}, labels=digits.labels, name=np.array("x"), source=np.array("y"))
        )
    with pytest.raises(DataError, match="no longer here; please upload them again"):
        splits.load_split(spec)


# Noise: nothing but a DataError may come of it

NAMES = st.one_of(st.text(max_size=20), st.sampled_from(["7.png", "3_a.jpg", "a.csv", "b.npz"]))
STARTS = st.sampled_from(
    [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"PK\x03\x04", b"1,2,3\n", b"label,"]
)


@given(st.lists(st.tuples(NAMES, st.builds(bytes.__add__, STARTS, st.binary(max_size=400))), max_size=3))
def test_noise_is_refused(files: list[tuple[str, bytes]]) -> None:
    with pytest.raises(DataError):
        uploads.read(files)


@given(
    st.text(alphabet="0123456789.,;-+eEnaif \"'\n\r\t#", max_size=200),
    st.integers(0, 40),
    st.integers(0, 1000),
)
def test_a_table_with_noise_in_it_is_read_or_refused(noise: str, row: int, place: int) -> None:
    rows = csv(np.eye(28, dtype=np.uint8)[None].repeat(40, 0), np.arange(40) % 10).decode().split("\n")
    rows[row % 40] = rows[row % 40][:place] + noise + rows[row % 40][place:]
    read_or_refused("a.csv", "\n".join(rows).encode())


@given(st.data())
def test_a_file_with_changed_bytes_is_read_or_refused(draw: st.DataObject) -> None:
    image = np.random.default_rng(0).integers(0, 255, (4, 28, 28), np.uint8)
    name, content = draw.draw(
        st.sampled_from(
            [
                ("a.npz", npz(x=image, y=np.array([1, 1, 2, 2]))),
                ("7.png", picture(Image.fromarray(image[0]))),
                ("7.jpg", picture(Image.fromarray(image[0]).resize((90, 90)), "JPEG")),
                ("7.png", picture(Image.fromarray(image[0]).resize((90, 90)).quantize(16))),
            ]
        )
    )
    changed = bytearray(content)
    for _ in range(draw.draw(st.integers(1, 4))):
        changed[draw.draw(st.integers(0, len(content) - 1))] = draw.draw(st.integers(0, 255))
    read_or_refused(name, bytes(changed[: draw.draw(st.integers(1, len(content)))]))


def read_or_refused(name: str, content: bytes) -> None:
    try:
        read = uploads.read([(name, content)])
    except DataError:
        return
    assert read.images.shape == (len(read.labels), 28, 28)
    assert set(read.labels) <= set(range(10))


def test_an_archive_within_an_archive_is_no_digits() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("images.npy", npz(x=np.zeros(3)))
        archive.writestr("labels.npy", "1,2,3")
    refused([("my.npz", buffer.getvalue())], "damaged")
