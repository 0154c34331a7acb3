"""Digits as they are in the world, by kind: read as they are meant, or refused with what was expected.

Each case makes its own input from digits of MNIST, so what is right is known to the pixel.
"""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable

import numpy as np
import pandas as pd
import pillow_heif
import pytest
import scipy.io
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nnviz.core.records import Array, Dataset
from nnviz.data import mnist, upload_files, upload_labels, upload_parquet, upload_pixels, uploads
from nnviz.data.mnist import DataError
from nnviz.data.uploads import Choice

N = 60
_EMBEDDED = mnist.embedded()
_AT = np.random.default_rng(1).permutation(np.arange(3, 5000, 5000 // N)[:N])
X, Y = _EMBEDDED.images[_AT], _EMBEDDED.labels[_AT]
ROWS = X.reshape(N, -1)
NOISE = np.random.default_rng(2).integers(0, 7, N)
GERMAN = np.array(["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"])
WORDS = np.array(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])


def text(columns: list[Array], header: str = "", mark: str = ",", form: str = "{}", end: str = "\n") -> str:
    lines = [mark.join(form.format(value) for column in each for value in column.tolist()) for each in zip(
        *[column.reshape(N, -1) for column in columns], strict=True)]  # fmt: skip
    return end.join([*([header] if header else []), *lines]) + end


def names(*first: str, n: int = 784) -> str:
    return ",".join([*first, *(f"pixel{i}" for i in range(n))])


def savetxt(table: Array, **options: object) -> bytes:
    file = io.BytesIO()
    np.savetxt(file, table, **options)  # type: ignore[arg-type]
    return file.getvalue()


def npz(**arrays: Array) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=True, **arrays)
    return file.getvalue()


def npy(array: Array) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def png(image: Array | Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    plain = image if isinstance(image, Image.Image) else Image.fromarray(image)
    plain.save(file, kind, **options)  # type: ignore[arg-type]
    return file.getvalue()


def idx(array: Array) -> bytes:
    return (
        bytes([0, 0, 8, array.ndim])
        + struct.pack(f">{array.ndim}I", *array.shape)
        + array.astype("u1").tobytes()
    )


def zipped(**files: bytes) -> bytes:
    return packed(files)


def packed(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def mat(*, compressed: bool = True, **arrays: Array) -> bytes:
    file = io.BytesIO()
    scipy.io.savemat(file, arrays, do_compression=compressed)
    return file.getvalue()


def parquet(codec: str = "snappy", **first: Array) -> bytes:
    file = io.BytesIO()
    frame = pd.DataFrame(ROWS, columns=[f"pixel{i}" for i in range(784)])
    pd.concat([pd.DataFrame(first), frame], axis=1).to_parquet(file, compression=codec)  # type: ignore[call-overload]
    return file.getvalue()


def same(read: Dataset, images: Array = X, labels: Array = Y) -> None:
    np.testing.assert_array_equal(read.labels, labels)
    np.testing.assert_array_equal(read.images, images)


def mangled(rows: Array) -> str:
    """What pandas makes of a first row that it takes for names, and writes."""
    seen: dict[str, int] = {}
    out = []
    for value in map(str, rows[0].tolist()):
        out.append(f"{value}.{seen[value]}" if value in seen else value)
        seen[value] = seen.get(value, 0) + 1
    return ",".join(out)


TABLE = np.column_stack([Y, ROWS])
NOISY = np.column_stack([ROWS[:, :-1], NOISE])

PLAIN = text([Y, ROWS]).encode()
TITLED = text([Y, ROWS], names("label")).encode()

TABLES: dict[str, str | bytes] = {
    "an index column with a name": text([np.arange(N), Y, ROWS], names("", "label")),
    "an index column without a header": text([np.arange(N), Y, ROWS]),
    "an index column from 1, label last": text([np.arange(1, N + 1), ROWS, Y]),
    "two columns that count": text([np.arange(N), np.arange(N), Y, ROWS], names("", "Unnamed: 0", "label")),
    "an id of letters": text([np.array([f"id{i}" for i in range(N)]), Y, ROWS], names("id", "label")),
    "a header that lacks the index": text([np.arange(N), Y, ROWS], names("label")),
    "a trailing comma": text([Y, ROWS]).replace("\n", ",\n"),
    "a trailing comma, not in the header": names("label") + "\n" + text([Y, ROWS]).replace("\n", ",\n"),
    "a trailing comma, label last": text([ROWS, Y]).replace("\n", ",\n"),
    "a column of names at the end": text([Y, ROWS, np.array(["train"] * N)]),
    "a decimal comma": text([Y.astype(float), ROWS / 255], mark=";", form="{:.6f}").replace(".", ","),
    "a decimal comma and tabs": text([Y, ROWS / 255], mark="\t").replace(".", ","),
    "spaces": text([Y, ROWS], mark=" "),
    "many spaces": text([Y, ROWS], mark="   ", form="{:>4}"),
    "np.savetxt": savetxt(TABLE),
    "np.savetxt with commas and a comment": savetxt(TABLE, delimiter=",", header="my digits", fmt="%.3f"),
    "a byte order mark": "\ufeff" + text([Y, ROWS], names("label")),
    "UTF-16": text([Y, ROWS], names("label")).encode("utf-16"),
    "UTF-16 without a mark": text([Y, ROWS]).encode("utf-16-le"),
    "UTF-16 the other way": b"\xfe\xff" + text([Y, ROWS], names("label")).encode("utf-16-be"),
    "an accent in another encoding": text([Y, ROWS], names("étiquette")).encode("latin-1"),
    "ends of lines of Windows": text([Y, ROWS], names("label"), end="\r\n"),
    "ends of lines of old Macs": text([Y, ROWS], end="\r"),
    "text labels": text([WORDS[Y], ROWS], names("label")),
    "text labels without a header": text([ROWS, WORDS[Y]]),
    "labels as digit_7": text([np.array([f"digit_{y}" for y in Y]), ROWS]),
    "quoted cells": text([Y, ROWS], form='"{}"'),
    "labels with a fraction": text([Y.astype(float), ROWS.astype(float)]),
    "fractions a hair over 1": text([Y, ROWS / 255 * 1.000001], names("label")),
    "ten columns, one marked, at the end": text([ROWS, np.eye(10, dtype=int)[Y]], mark=" ") + "\n",
    "ten columns, one marked, first": text([np.eye(10)[Y], ROWS], mark=","),
    "a noisy last corner": text([Y, NOISY]),
    "a noisy first corner": text([NOISY[:, ::-1], Y]),
    "a noisy corner and an index": text([np.arange(N), Y, NOISY]),
}  # fmt: skip


@pytest.mark.parametrize("kind", TABLES)
def test_a_table_is_read_however_it_is_written(kind: str) -> None:
    content = TABLES[kind]
    read = uploads.read([("my.csv", content if isinstance(content, bytes) else content.encode())])
    images = X
    if "noisy last" in kind or "and an index" in kind:
        images = NOISY.reshape(N, 28, 28)
    elif "noisy first" in kind:
        images = NOISY[:, ::-1].reshape(N, 28, 28)
    np.testing.assert_array_equal(read.labels, Y)
    np.testing.assert_array_equal(read.images, images)


@pytest.mark.parametrize("index", [False, True])
def test_a_header_that_was_the_first_digit_is_no_digit(index: bool) -> None:
    lines = [",".join(map(str, row)) for row in TABLE[1:].tolist()]
    if index:
        lines = [f"{i},{line}" for i, line in enumerate(lines)]
    rows = "\n".join([("," if index else "") + mangled(TABLE), *lines])
    found = uploads.look([("my.csv", rows.encode())])
    assert any("the first digit had become a header" in words for words in found.said)
    same(found.dataset(), X[1:], Y[1:])


def halves(*keys: str) -> dict[str, Array]:
    return dict(zip(keys, (X[:40], Y[:40], X[40:], Y[40:]), strict=True))


ARRAYS: dict[str, Callable[[], dict[str, Array]]] = {
    "x_train, y_train and tests": lambda: halves("x_train", "y_train", "x_test", "y_test"),
    "train_images, train_labels": lambda: halves(
        "train_images", "train_labels", "test_images", "test_labels"
    ),
    "X, y": lambda: {"X": ROWS, "y": Y},
    "data, target": lambda: {"data": ROWS, "target": Y},
    "images, labels": lambda: {"images": X, "labels": Y},
    "image, label": lambda: {"image": X, "label": Y},
    "arr_0, arr_1": lambda: {"arr_0": X, "arr_1": Y},
    "arr_0 to arr_3": lambda: halves("arr_0", "arr_1", "arr_2", "arr_3"),
    "training and test, as medmnist does": lambda: {"train_images": X, "train_labels": Y[:, None]},
    "an index beside the labels": lambda: {"x": X, "y": Y, "index": np.arange(N)},
    "a running number beside arr_1": lambda: {"arr_0": X, "arr_1": np.arange(N), "arr_2": Y},
    "noise beside arr_1": lambda: {"arr_0": X, "arr_1": NOISE, "arr_2": Y},
    "(n, 1, 28, 28)": lambda: {"x": X[:, None], "y": Y},
    "(n, 28, 28, 1)": lambda: {"x": X[..., None], "y": Y},
    "(n, 28, 28, 3)": lambda: {"x": np.repeat(X[..., None], 3, 3), "y": Y},
    "(28, 28, n)": lambda: {"x": np.moveaxis(X, 0, 2), "y": Y},
    "(784, n)": lambda: {"x": ROWS.T, "y": Y[None]},
    "one-hot": lambda: {"x": X, "y": np.eye(10)[Y]},
    "one-hot, whole": lambda: {"x": X, "y": np.eye(10, dtype=np.uint8)[Y]},
    "text labels": lambda: {"x": X, "y": WORDS[Y]},
    "digits as text": lambda: {"x": X, "y": Y.astype(str)},
    "bytes as labels": lambda: {"x": X, "y": Y.astype("S1")},
    "float labels": lambda: {"x": X, "y": Y.astype(np.float32)},
    "a hair over 1": lambda: {"x": (X / 255 * 1.0001).astype(np.float32), "y": Y},
    "floats from 0 to 255": lambda: {"x": X.astype(np.float64), "y": Y},
    "from -1 to 1": lambda: {"x": X / 127.5 - 1, "y": Y},
    "as PyTorch has them": lambda: {"x": ((X / 255 - 0.1307) / 0.3081).astype(np.float32), "y": Y},
    "10 bits": lambda: {"x": np.rint(X / 255 * 1023).astype(np.uint16), "y": Y},
    "16 bits": lambda: {"x": X.astype(np.uint16) * 257, "y": Y},
    "32 x 32 with a blank frame": lambda: {"x": np.pad(X, ((0, 0), (2, 2), (2, 2))), "y": Y},
    "one array, label first": lambda: {"arr_0": TABLE},
}  # fmt: skip


@pytest.mark.parametrize("kind", ARRAYS)
def test_arrays_are_read_by_what_they_are(kind: str) -> None:
    same(uploads.read([("my.npz", npz(**ARRAYS[kind]()))]))


def gz(content: bytes) -> bytes:
    return gzip.compress(content, 1)


KAGGLE = {
    "sample_submission.csv": b"ImageId,Label\n1,0\n",
    "test.csv": text([ROWS], names()).encode(),
    "train.csv": TITLED,
}
MAC = {"d/my.csv": PLAIN, "__MACOSX/d/._my.csv": b"\0\5\x16\7"}
TWO = {"train.csv": b"\n".join(PLAIN.split(b"\n")[:40]), "zest.csv": b"\n".join(PLAIN.split(b"\n")[40:])}
BESIDE = {"names": np.array(["a", 2], object), "more": np.array([(1,)], [("a", "f8")])}

FILES: dict[str, Callable[[], list[tuple[str, bytes]]]] = {
    "CSV in a zip": lambda: [("my.zip", packed({"a/train.csv": TITLED}))],
    "CSV in gz": lambda: [("my.csv.gz", gz(PLAIN))],
    "gz in two members": lambda: [("my.csv.gz", gz(PLAIN[:90_000]) + gz(PLAIN[90_000:]))],
    "NPZ in a zip": lambda: [("my.zip", packed({"my.npz": npz(x=X, y=Y)}))],
    "NPY in a zip": lambda: [("my.zip", packed({"x.npy": npy(X), "y.npy": npy(Y)}))],
    "as a Mac packs": lambda: [("my.zip", packed(MAC))],
    "Kaggle's zip": lambda: [("digits.zip", packed(KAGGLE))],
    "two tables in a zip": lambda: [("my.zip", packed(TWO))],
    "IDX": lambda: [("train-images-idx3-ubyte", idx(X)), ("train-labels-idx1-ubyte", idx(Y))],
    "IDX, labels first, in gz": lambda: [("t10k-labels.gz", gz(idx(Y))), ("t10k-images.gz", gz(idx(X)))],
    "IDX in a zip": lambda: [("my.zip", packed({"labels-idx1-ubyte": idx(Y), "images-idx3-ubyte": idx(X)}))],
    "IDX of 784 columns": lambda: [("images", idx(ROWS)), ("labels", idx(Y))],
    "two NPY": lambda: [("images.npy", npy(X)), ("labels.npy", npy(Y))],
    "Parquet": lambda: [("my.parquet", parquet(label=Y))],
    "Parquet, in one codec after another": lambda: [("my.parquet", parquet("gzip", label=Y))],
    "Parquet with words": lambda: [("my.parquet", parquet(label=WORDS[Y]))],
    "Parquet with an index": lambda: [("my.parquet", parquet("zstd", index=np.arange(N)[::-1], label=Y))],
    "Parquet in a zip": lambda: [("my.zip", packed({"train.parquet": parquet(label=Y)}))],
    "MATLAB": lambda: [("my.mat", mat(data=ROWS.T, label=Y[None].astype(float)))],
    "MATLAB, not compressed": lambda: [("my.mat", mat(compressed=False, X=X, y=Y))],
    "MATLAB with cells and structures beside": lambda: [("my.mat", mat(X=X, y=Y[:, None], **BESIDE))],
}


@pytest.mark.parametrize("kind", FILES)
def test_files_are_known_by_their_content(kind: str) -> None:
    brought = uploads.latest(FILES[kind]())
    same(uploads.read(brought))


def test_four_files_of_mnist_are_put_together() -> None:
    brought = [
        ("t10k-images-idx3-ubyte.gz", gzip.compress(idx(X[40:]))),
        ("t10k-labels-idx1-ubyte.gz", gzip.compress(idx(Y[40:]))),
        ("train-images-idx3-ubyte.gz", gzip.compress(idx(X[:40]))),
        ("train-labels-idx1-ubyte.gz", gzip.compress(idx(Y[:40]))),
    ]
    same(uploads.read(brought), np.concatenate([X[40:], X[:40]]), np.concatenate([Y[40:], Y[:40]]))


# Ink and paper


@pytest.mark.parametrize(
    "content",
    [
        lambda: npz(x=255 - X, y=Y),
        lambda: npz(x=1 - X / 255, y=Y),
        lambda: npz(x=1 - X / 127.5, y=Y),
        lambda: text([Y, 255 - ROWS]).encode(),
        lambda: npz(x=255 - np.pad(X, ((0, 0), (2, 2), (2, 2))), y=Y),
    ],
    ids=["bytes", "fractions", "from 1 to -1", "a table", "32 x 32"],
)
def test_dark_on_light_is_turned_over_and_said_so(content: Callable[[], bytes]) -> None:
    found = uploads.look([("my", content())])
    assert found.turned
    same(found.dataset())
    if np.asarray(found.few(Choice())[0]).shape == X[:20].shape and found.said == ():
        np.testing.assert_array_equal(found.few(Choice(turned=False))[0], 255 - found.few(Choice())[0])


@pytest.mark.parametrize("dark", [True, False])
def test_grey_paper_becomes_black(dark: bool) -> None:
    grey = (200 - X * 0.6 if dark else 40 + X * 0.8).astype(np.uint8)
    found = uploads.look([("my.npz", npz(x=grey, y=Y))])
    assert found.turned == dark
    assert any("grey paper" in words for words in found.said)
    read = found.dataset()
    assert np.abs(read.images.astype(float) - X).max() < 4
    assert not read.images[:, 0].any()


def test_swapped_rows_and_columns_are_noticed() -> None:
    for x, swapped in ((X, False), (X.transpose(0, 2, 1), True)):
        found = uploads.look([("my.npz", npz(x=x, y=Y))])
        assert found.swapped == swapped
        same(found.dataset())
        same(found.dataset(Choice(swapped=False)), x)


@pytest.mark.parametrize("side", [8, 16, 20, 32])
@pytest.mark.parametrize("form", ["array", "table", "pictures"])
def test_other_sizes_are_fitted_and_it_is_said(side: int, form: str) -> None:
    small = np.stack(
        [
            np.asarray(Image.fromarray(each[3:25, 3:25]).resize((side, side), Image.Resampling.BOX))
            for each in X
        ]
    )
    if side == 8 and form != "pictures":
        small = np.rint(small / 255 * 16).astype(np.uint8)
    files = {
        "array": lambda: [("my.npz", npz(images=small, target=Y))],
        "table": lambda: [("my.csv", text([small, Y]).encode())],
        "pictures": lambda: named([png(each) for each in small]),
    }  # fmt: skip
    found = uploads.look(files[form]())
    assert any("fitted into 28 × 28" in words for words in found.said)
    read = found.dataset()
    np.testing.assert_array_equal(read.labels, Y)
    assert (upload_pixels.readings(read.images) == Y).mean() > 0.6
    for image in read.images:
        rows, columns = (np.flatnonzero(image.any(axis=axis)) for axis in (1, 0))
        assert max(np.ptp(rows), np.ptp(columns)) == 19, "20 pixels, as MNIST's"


# Pictures


def named(pictures: list[bytes]) -> list[tuple[str, bytes]]:
    return [(f"{y}_{i}.png", each) for i, (y, each) in enumerate(zip(Y, pictures, strict=True))]


def names_of(form: str) -> list[str]:
    return [form.format(y=y, i=i) for i, y in enumerate(Y)]


@pytest.mark.parametrize(
    "form",
    ["{y}_{i}.png", "digit-{y}.png", "img_{i:04d}_{y}.png", "{y}/img_{i}.png", "train/label_{y}/{i}.png"],
)
def test_labels_are_found_in_names_and_folders(form: str) -> None:
    same(uploads.read([(name, png(x)) for name, x in zip(names_of(form), X, strict=True)]))


@pytest.mark.parametrize("form", ["{i}.png", "digit-{i}.png", "scan_{i:03d}.png"])
@pytest.mark.parametrize("n", [1, 8, N])
def test_a_running_number_is_no_label_and_the_user_is_asked(form: str, n: int) -> None:
    order = np.argsort(np.arange(N) % 10 == Y, kind="stable")[:n]  # none is called what it shows by chance
    files = [(form.format(i=i), png(X[at])) for i, at in enumerate(order)]
    found = uploads.look(files)
    assert found.place is None
    assert "xpected" in found.problem(Choice())
    typed = "".join(map(str, Y[order]))
    assert found.few(Choice(typed=typed), n)[1] == Y[order].tolist()
    if n == N:
        same(found.dataset(Choice(typed=typed)), X[order], Y[order])


def test_typed_labels_have_to_be_as_many_as_digits() -> None:
    found = uploads.look([(f"{i}.png", png(x)) for i, x in enumerate(X[:6])])
    assert found.problem(Choice(typed="112233")) == ""
    assert "There are 5 labels for 6 digits" in found.problem(Choice(typed="11223"))
    assert "only 0 to 9, found “11223x”" in found.problem(Choice(typed="11223x"))
    with pytest.raises(DataError, match="only one 3"):
        found.dataset(Choice(typed="111223"))


def rgba(ink: Array, alpha: Array | int, colour: int = 0) -> Array:
    out = np.full((*ink.shape, 4), colour, np.uint8)
    out[..., :3] = ink[..., None]
    out[..., 3] = alpha
    return out


def sheet(x: Array) -> Array:
    large = np.full((60, 60), 255, np.uint8)
    large[16:44, 16:44] = 255 - x
    alpha = np.zeros((60, 60), np.uint8)
    alpha[8:52, 8:52] = 255
    return rgba(large * (alpha > 0), alpha)


PICTURES: dict[str, Callable[[Array], Array | Image.Image]] = {
    "254 of 255 opaque": lambda x: rgba(255 - x, 254),
    "nearly opaque here and there": lambda x: rgba(255 - x, np.where(x > 100, 253, 255)),
    "black ink on nothing": lambda x: rgba(np.zeros_like(x), x),
    "white ink on nothing": lambda x: rgba(np.full_like(x, 255), x),
    "dark on light": lambda x: 255 - x,
    "10 bits": lambda x: Image.fromarray(np.rint(x / 255 * 1023).astype(np.uint16)),
    "12 bits": lambda x: Image.fromarray(np.rint(x / 255 * 4095).astype(np.uint16)),
    "12 bits, dark on light": lambda x: Image.fromarray(np.rint((255 - x) / 255 * 4095).astype(np.uint16)),
    "16 bits": lambda x: Image.fromarray(x.astype(np.uint16) * 257),
    "one bit": lambda x: Image.fromarray(np.where(x > 127, 255, 0).astype(np.uint8)).convert("1"),
    "a palette": lambda x: Image.fromarray(255 - x).quantize(256),
}  # fmt: skip


@pytest.mark.parametrize("kind", PICTURES)
def test_a_small_picture_is_the_digit_to_the_pixel(kind: str) -> None:
    read = uploads.read(
        [(f"{y}_{i}.png", png(PICTURES[kind](x))) for i, (y, x) in enumerate(zip(Y, X, strict=True))]
    )
    same(read, np.where(X > 127, 255, 0) if kind == "one bit" else X)


def test_a_transparent_margin_is_paper() -> None:
    read = uploads.read([(f"{y}_{i}.png", png(sheet(x))) for i, (y, x) in enumerate(zip(Y, X, strict=True))])
    assert (upload_pixels.readings(read.images) == Y).mean() > 0.9
    assert read.images.mean() < 60, "no solid square"


def test_grey_paper_of_single_pictures_becomes_black() -> None:
    files = [
        (f"{y}_{i}.png", png((120 + 10 * (i % 9) - x * 0.4).clip(0, 255).astype(np.uint8)))
        for i, (y, x) in enumerate(zip(Y, X, strict=True))
    ]
    read = uploads.read(files)
    assert np.abs(read.images.astype(float) - X).max() < 6


def test_all_pictures_tell_what_ink_is_where_one_cannot() -> None:
    tight = 255 - X.copy()
    tight[0, :, :6] = tight[0, :, -6:] = 0  # dark at two edges: alone it could be light on dark
    read = uploads.read([(f"{y}_{i}.png", png(x)) for i, (y, x) in enumerate(zip(Y, tight, strict=True))])
    np.testing.assert_array_equal(read.images, 255 - tight)


# Labels


def test_two_places_that_do_equally_well_are_the_users_choice() -> None:
    twice = np.column_stack([Y, ROWS[:, :-1], Y])
    found = uploads.look([("my.csv", text([twice]).encode())])
    assert found.place is None
    assert set(found.places) == {"the first column", "the last column"}
    for place in (0, 1):
        np.testing.assert_array_equal(found.dataset(Choice(place=place)).labels, Y)
    with pytest.raises(DataError, match="expected that you choose"):
        found.dataset()


def test_a_label_moves_the_pixels_with_it() -> None:
    found = uploads.look([("my.csv", text([Y, NOISY]).encode())])
    first, last = (found.places.index(f"the {which} column") for which in ("first", "last"))
    assert found.place == first
    chosen = found.dataset(Choice(place=last, typed=None)) if (np.bincount(NOISE)[:7] > 1).all() else None
    assert chosen is not None
    same(chosen, np.column_stack([Y, NOISY])[:, :784].reshape(N, 28, 28), NOISE)


@pytest.mark.parametrize(("shift", "said"), [(0, "10 stands for 0"), (1, "count from 1")])
def test_labels_from_1_to_10_are_read_as_the_digits_tell(shift: int, said: str) -> None:
    labels = Y + 1 if shift else np.where(Y == 0, 10, Y)
    found = uploads.look([("my.npz", npz(X=ROWS, y=labels))])
    assert any(said in words for words in found.said)
    same(found.dataset())


@pytest.mark.parametrize("values", [np.arange(5), np.arange(1, 9), np.arange(3, 60)])
def test_numbers_that_only_count_are_known(values: Array) -> None:
    assert upload_labels.is_running(values)
    assert not upload_labels.is_running(values[::-1])


@given(
    st.lists(st.integers(0, 9), min_size=3, max_size=40),
    st.sampled_from(["i8", "f4", "U", "S", "word", "hot"]),
)
def test_labels_in_any_form_come_out_the_same(labels: list[int], form: str) -> None:
    digits = np.array(labels)
    made = {
        "U": digits.astype(str),
        "S": digits.astype("S"),
        "word": WORDS[digits],
        "hot": np.eye(10)[digits],
    }
    ways = upload_labels.digits_of(
        made.get(form, digits if form in made else digits.astype(form if len(form) == 2 else "i8"))
    )
    np.testing.assert_array_equal(ways[0][0], digits)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**16), st.booleans(), st.booleans(), st.sampled_from([1, 255, 1023, 65535]), st.booleans()
)
def test_any_order_turn_and_scale_gives_the_same_digits(
    seed: int, dark: bool, swapped: bool, most: int, last: bool
) -> None:
    order = np.random.default_rng(seed).permutation(N)
    x, y = X[order], Y[order]
    turned = (255 - x if dark else x).transpose(0, 2, 1) if swapped else (255 - x if dark else x)
    scaled = turned / 255 if most == 1 else np.rint(turned / 255.0 * most).astype(np.int64)
    rows = scaled.reshape(N, -1)
    table = np.column_stack([rows, y] if last else [y, rows])
    read = uploads.read([("my.npy", npy(table))])
    same(read, x, y)


# Forms that other programs and sites use


def large(image: Array) -> Array:
    """Dark on light, as somebody draws it."""
    return 255 - np.asarray(Image.fromarray(image).resize((140, 140)))


def shown(files: list[tuple[str, bytes]], close: float = 10.0) -> list[int | None]:
    """The labels of digits that look like those of the test, in their order."""
    images, labels = uploads.look(files).few(Choice(), N)
    assert np.abs(images.astype(float) - X[: len(images)]).mean() < close
    return labels


def of_pictures(**columns: list[object]) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet as pq

    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def arff() -> bytes:
    head = ["% from Weka", "@RELATION digits", *(f"@ATTRIBUTE 'pixel {i}' real" for i in range(784))]
    rows = text([ROWS, Y.astype(str)])
    return "\n".join([*head, "@ATTRIBUTE class {0,1,2,3,4,5,6,7,8,9}", "@DATA", rows]).encode()


def sparse() -> bytes:
    lines = [f"{y} " + " ".join(f"{i + 1}:{v}" for i, v in enumerate(row) if v)
             for y, row in zip(Y.tolist(), ROWS.tolist(), strict=True)]  # fmt: skip
    return "\n".join(lines).encode()


RECORDS = [{"label": y, "pixels": row} for y, row in zip(Y.tolist(), ROWS.tolist(), strict=True)]
FORMS: dict[str, Callable[[], bytes]] = {
    "a list of records": lambda: json.dumps(RECORDS).encode(),
    "a record a line": lambda: "\n".join(map(json.dumps, RECORDS)).encode(),
    "lists by name": lambda: json.dumps({"images": X.tolist(), "labels": Y.tolist()}).encode(),
    "rows with a label first": lambda: json.dumps(TABLE.tolist()).encode(),
    "ARFF": arff,
    "places and values": sparse,
    "pictures in Parquet": lambda: of_pictures(
        image=[{"bytes": png(x), "path": None} for x in X], label=Y.tolist()
    ),
    "bytes of pictures": lambda: of_pictures(image=[png(x) for x in X], digit=Y.tolist()),
    "bytes of pixels": lambda: of_pictures(id=list(range(N)), image=[x.tobytes() for x in X], y=Y.tolist()),
    "rows of lists": lambda: of_pictures(label=Y.tolist(), image=[x.tolist() for x in X]),
    "words of other languages": lambda: text(
        [GERMAN[Y], ROWS]
    ).encode(),
    "per cent": lambda: text([Y, ROWS / 255 * 100]).encode(),
    "per cent with their sign": lambda: text(
        [Y, np.array([f"{value / 2.55}%" for value in ROWS.ravel()]).reshape(N, -1)]
    ).encode(),
    "bytes with a sign": lambda: npz(X=X.astype("i1"), y=Y),
    "128 taken away": lambda: npz(X=X.astype("i2") - 128, y=Y),
    "mean and deviation of all": lambda: npz(X=(X / 255 - 0.1307) / 0.3081, y=Y),
    "pictures in folders of a tar": lambda: tarred({f"data/{y}/{i}.png": png(x) for i, (y, x) in NUMBERED}),
    "pictures and a table of their names": lambda: packed(
        {f"all/{i:05d}.png": png(x) for i, (_, x) in NUMBERED}
        | {"labels.csv": "\n".join(["file,label", *(f"{i:05d}.png,{y}" for i, (y, _) in NUMBERED)]).encode()}
    ),
    "pixels and labels in two tables": lambda: packed(
        {"images.csv": text([ROWS]).encode(), "labels.csv": text([Y]).encode()}
    ),
    "folders of a training and a test": lambda: packed(
        {f"{'train' if i % 3 else 'test'}/{y}/img{i}.png": png(x) for i, (y, x) in NUMBERED}
        | {"train/Thumbs.db": b"\xd0\xcf\x11\xe0", "__MACOSX/train/._img1.png": b"\0\5\26\7"}
    ),
    "WebP in folders": lambda: packed(
        {f"{y}/{i}.webp": png(Image.fromarray(x), "WEBP", lossless=True) for i, (y, x) in NUMBERED}
    ),
}  # fmt: skip
NUMBERED = list(enumerate(zip(Y.tolist(), X, strict=True)))


@pytest.mark.parametrize("form", FORMS)
def test_digits_in_the_forms_of_other_programs_are_read(form: str) -> None:
    read = uploads.read([("mine", FORMS[form]())])
    np.testing.assert_array_equal(read.labels, Y)
    assert np.abs(read.images.astype(int) - X).max() <= 1


@pytest.mark.parametrize("what", ["one long cell for all rows", "pages of zeros", "rows of many zeros"])
def test_a_table_of_whole_digits_is_measured_before_it_is_opened(what: str) -> None:
    import pyarrow as pa
    from pyarrow import parquet as pq

    file = io.BytesIO()
    column = {
        "one long cell for all rows": lambda: pa.array([bytes(1_000_000)] * 300),
        "pages of zeros": lambda: pa.array([bytes(8_000_000 + i) for i in range(35)]),
        "rows of many zeros": lambda: pa.array([np.zeros(70_000_000, np.uint8)]),
    }[what]()
    pq.write_table(pa.table({"image": column}), file, compression="zstd")
    content = file.getvalue()
    del column
    tracemalloc.start()
    before = pa.total_allocated_bytes()
    with pytest.raises(DataError, match=r"more than|pages of at most"):
        uploads.look([("bomb.parquet", content)])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak + pa.total_allocated_bytes() - before < 400 * 2**20


@pytest.mark.parametrize("kind", ["WEBP", "HEIF", "BMP", "GIF", "TIFF"])
def test_pictures_of_other_forms_are_read(kind: str) -> None:
    pillow_heif.register_heif_opener(thumbnails=False)
    for mode in ("1", "L", "RGB") if kind == "BMP" else ("RGB",):
        some = [
            (f"{y}_{i}", png(Image.fromarray(large(x)).convert(mode), kind)) for i, (y, x) in NUMBERED[:9]
        ]
        assert shown(some) == Y[:9].tolist()
        assert shown([("all.zip", packed(dict(some)))]) == Y[:9].tolist()


def test_a_note_may_lie_beside_each_of_thousands_of_pictures() -> None:
    pictures = {f"{y}_{i}.png": png(x) for i, (y, x) in NUMBERED}
    notes = dict.fromkeys((f"{number}.txt" for number in range(upload_files.MOST_OTHERS)), b"from a form")
    assert shown([("all.zip", packed(pictures | notes))]) == Y.tolist()


def test_each_page_of_a_tiff_is_a_digit() -> None:
    pages = [Image.fromarray(large(x)) for x in X[:7]]
    assert shown([("all.tif", png(pages[0], "TIFF", save_all=True, append_images=pages[1:]))]) == [None] * 7


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("digit-{y} ({i}).png", "the digit that the names begin with"),
        ("{i:04d}_label{y}.png", "number 2 of the names"),
        ("{word}_{i}.png", "the word in the names"),
    ],
)
def test_names_tell_labels_in_many_ways(name: str, words: str) -> None:
    files = [(name.format(y=y, i=i, word=WORDS[y]), png(x)) for i, (y, x) in NUMBERED]
    found = uploads.look(files)
    assert found.places[found.place or 0] == words
    same(found.dataset())


def test_one_picture_of_each_digit_is_told_by_its_number_and_other_numbers_are_not() -> None:
    first = [Y.tolist().index(digit) for digit in range(10)]
    found = uploads.look([(f"img_{digit}.png", png(X[at])) for digit, at in enumerate(first)])
    assert found.few(Choice())[1] == list(range(10))
    assert uploads.look([(f"img_{i}.png", png(X[i])) for i in range(9)]).place is None


@pytest.mark.parametrize("every", [2, 3, 20])
def test_of_mixed_digits_each_is_turned_over_that_needs_it(every: int) -> None:
    dark = np.arange(N) % every == 0
    for images in (np.where(dark[:, None, None], 255 - X, X), np.where(dark[:, None, None], X, 255 - X)):
        found = uploads.look([("my.npz", npz(x=images, y=Y))])
        n = int((images[:, 0, 0] > 127).sum())
        assert f"{n} of {N} were dark on light and were turned over, the others were not" in found.said
        same(found.dataset())


@pytest.mark.parametrize("form", ["npz", "npy", "csv", "idx", "parquet", "json"])
def test_digits_without_labels_are_labelled_by_hand(form: str) -> None:
    content = {
        "npz": lambda: npz(images=X),
        "npy": lambda: npy(ROWS),
        "csv": lambda: text([np.arange(N), ROWS], names("id")).encode(),
        "idx": lambda: idx(X),
        "parquet": lambda: of_pictures(image=[{"bytes": png(x)} for x in X]),
        "json": lambda: json.dumps(ROWS.tolist()).encode(),
    }[form]()
    found = uploads.look([("mine", content)])
    assert found.places == ()
    same(found.dataset(Choice(typed="".join(map(str, Y)))))


# What is refused, and with which words

SEVENTEEN = TITLED.decode().replace(f"\n{Y[4]},", "\nseventeen,", 1).encode()
BLANKS = b",0,0,0,0,0,0,0,0,0,"
INK, NOTHING = (TITLED.replace(BLANKS, b",0,0,0,0," + each + b",0,0,0,0,", 1) for each in (b"ink", b""))
PICKLED = "pickled Python objects, which are never opened"
DEEP = packed({"a": packed({"b": packed({"c": packed({"d": b"1"})})})})
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "a pickle of an old kind": (lambda: b"(lp0\nI1\naI2\na.", "never opened"),
    "compressed by joblib": (lambda: zlib.compress(b"anything at all" * 9), "joblib"),
    "a pointer of Git LFS": (lambda: b"version https://git-lfs.github.com/spec/v1\noid 4d\n", "git lfs pull"),
    "an SVG": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG picture"),
    "Arrow": (lambda: b"ARROW1\0\0" + bytes(40), "save it as Parquet or CSV"),
    "JSON of something else": (lambda: b'{"a": 3, "b": "hello"}', "JSON without lists of digits"),
    "JSON that is cut off": (lambda: json.dumps(TABLE.tolist()).encode()[:-900], "expected whole JSON"),
    "standardised pixel by pixel": (
        lambda: npz(X=(X - X.mean(0)) / (X.std(0) + 1), y=Y), "a mean had been taken away",
    ),
    "784 columns": (lambda: text([ROWS]).encode(), "does not tell which digits"),
    "a running number and pixels": (
        lambda: text([np.arange(N), ROWS]).encode(), "does not tell which digits",
    ),
    "arrays without labels": (lambda: npz(x=X), "expected their labels, typed in this order"),
    "a running number for labels": (lambda: npz(arr_0=X, arr_1=np.arange(N)), "no labels for 60 pictures"),
    "letters": (lambda: npz(x=X, y=np.arange(N) % 26), "labels from 0 to 25 in “y”, which are not digits"),
    "a word among labels": (lambda: SEVENTEEN, "“seventeen” among its labels"),
    "a word among pixels": (lambda: INK, "has “ink” in row 2, column"),
    "a short row": (lambda: TITLED + b"1,2,3\n", "has 3 cells in row 62"),
    "empty cells": (lambda: NOTHING, "has “” in row 2"),
    "other numbers": (lambda: npz(x=X * 3.7, y=Y), "go from 0 to 943.5"),
    "a row of one picture": (lambda: text([Y, ROWS[:, :300]]).encode(), "has 301 cells in row 1"),
    "a pickle": (lambda: b"\x80\x04\x95abc", "a Python pickle, which could run code"),
    "a pickled array": (lambda: npy(np.array([{}], object)), PICKLED),
    "labels as objects": (lambda: npz(x=X, y=Y.astype(object)), PICKLED),
    "HDF5": (lambda: b"\x89HDF\r\n\x1a\n" + bytes(100), "an HDF5 file"),
    "a workbook": (lambda: packed({"[Content_Types].xml": b"", "xl/workbook.xml": b""}), "a spreadsheet"),
    "a network": (lambda: packed({"metadata.json": b"", "config.json": b""}), "a trained network, not"),
    "a web page": (lambda: b"<!DOCTYPE html><html>", "a web page, not the file itself"),
    "an empty archive": (lambda: packed({}), "holds no file"),
    "half a zip": (lambda: packed({"a.csv": TITLED})[:5000], "is damaged: expected a whole .zip"),
    "half a gz": (lambda: gzip.compress(TITLED)[:5000], "is damaged: expected a whole .gz"),
    "half an IDX": (lambda: idx(X)[:5000], "announces 60 × 28 × 28 numbers"),
    "half a .mat": (lambda: mat(X=X, y=Y)[:5000], "is damaged: expected a whole .mat"),
    "half a Parquet": (lambda: parquet(label=Y)[:9000] + b"PAR1", "is damaged: expected a whole Parquet"),
    "Parquet of words": (lambda: parquet(label=np.array(["a" * 200] * N)), "has words of 200 letters"),
    "ten columns, none marked": (lambda: text([ROWS, np.zeros((N, 10))]).encode(), "10 more columns than"),
    "half an NPY": (lambda: npy(X)[:5000], "is damaged: expected a whole .npy"),
    "pictures only": (lambda: idx(X), "expected their labels, typed in this order"),
    "a zip of zips of zips": (lambda: DEEP, "archives within archives"),
    "thousands of empty files": (lambda: packed(dict.fromkeys(map(str, range(4000)), b"")), "that are not"),
    "tables beside a picture": (
        lambda: packed({"a.png": png(X[0]), **dict.fromkeys(map(str, range(4000)), TITLED[:500])}),
        "3,000 files that are not pictures",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_a_refusal_says_what_was_found_and_what_was_expected(kind: str) -> None:
    make, words = REFUSED[kind]
    with pytest.raises(DataError) as refusal:
        uploads.read([("my.file", make())])
    sentence = str(refusal.value)
    assert words in sentence
    assert "xpected" in sentence
    assert len(sentence) < 330
    assert "fraction" not in words


# Damage


BINARY: dict[str, Callable[[], bytes]] = {
    "IDX": lambda: idx(X[:4]),
    "a table in gz": lambda: gz(PLAIN),
    "a table in a zip": lambda: packed({"a.csv": PLAIN}),
    ".mat": lambda: mat(X=X, y=Y),
    ".mat, not compressed": lambda: mat(compressed=False, X=X, y=Y),
    ".npy": lambda: npy(TABLE),
    "Parquet": lambda: parquet(label=Y),
    "UTF-16": lambda: PLAIN.decode().encode("utf-16"),
}


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(BINARY)), st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
def test_a_damaged_file_is_read_or_refused(kind: str, seed: int, near: bool, cut: bool) -> None:
    content = bytearray(BINARY[kind]())
    rng = np.random.default_rng(seed)
    for _ in range(3):
        content[rng.integers(min(300, len(content)) if near else len(content))] = rng.integers(256)
    if cut:
        del content[rng.integers(len(content)) :]
    try:
        read = uploads.read([("my", bytes(content))])
    except DataError:
        return
    assert set(read.labels) <= set(range(10))


# Greed


def bomb(n: int = 140_000_000) -> bytes:
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1) as stream:
        for _ in range(n // 1_000_000):
            stream.write(bytes(1_000_000))
    return file.getvalue()


def lying(size: int) -> bytes:
    """A .mat whose array says that its numbers take more than they may."""
    whole = bytearray(mat(compressed=False, X=X, y=Y))
    at = whole.index(struct.pack("<II", 2, X.size))
    whole[at : at + 8] = struct.pack("<II", 2, size)
    return bytes(whole)


def large_mat(size: int) -> bytes:
    """A compressed array of nothing but zeros."""
    squeeze = zlib.compressobj(1)
    inside = (
        squeeze.compress(struct.pack("<II", 14, size)) + squeeze.compress(bytes(100_000)) + squeeze.flush()
    )
    return mat(y=Y)[:128] + struct.pack("<II", 15, len(inside)) + inside


@pytest.mark.parametrize(
    "content",
    [
        lambda: bomb(),
        lambda: packed({"a.csv": bytes(140_000_000)}),
        lambda: idx(X)[:4] + struct.pack(">3I", 4_000_000_000, 28, 28) + bytes(100),
        lambda: lying(4_000_000_000),
        lambda: large_mat(300_000_000),
        lambda: npy(X).replace(b"(60, 28, 28)", b"(6000000000, 28, 28)"[:12].ljust(12)),
    ],
    ids=["gz", "zip", "IDX", ".mat", "large .mat", ".npy"],
)
def test_what_is_laid_out_is_bounded_before_it_is_built(content: Callable[[], bytes]) -> None:
    brought = content()
    tracemalloc.start()
    with pytest.raises(DataError):
        uploads.read([("my", brought)])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 300_000_000


def test_no_page_of_a_parquet_is_opened_that_announces_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_parquet, "_MOST_OF_PAGE", 75)  # those here take about 80
    monkeypatch.setattr(upload_parquet, "_table", lambda *_: pytest.fail("it was opened"))
    with pytest.raises(DataError, match="unpacks to too much"):
        uploads.read([("my.parquet", parquet("gzip", label=Y))])


def test_a_table_is_read_piece_by_piece_and_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnviz.data.upload_tables._TOGETHER", 20_000)
    told: list[float] = []
    uploads.look([("my.csv", text([Y, ROWS]).encode())], told.append)
    assert len(told) > 3
    assert told == sorted(told)
    assert told[-1] == 1


def test_the_limit_is_large_enough_for_kaggles_table_and_holds_unpacked_too() -> None:
    assert uploads.MOST_BYTES > 77_000_000
    assert uploads.MOST_BYTES == upload_files.MOST_MB * 2**20
    with pytest.raises(DataError, match=f"at most {uploads.MOST_MB} MB"):
        uploads.look([("my.csv", bytes(uploads.MOST_BYTES + 1))])
