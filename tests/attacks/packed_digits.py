"""Hostile files of digits in the other forms that are read: IDX, MAT, Parquet, gzip, zip, named pictures.

As in `readers`: what is good is spoilt by number, and every so often there is one as large as can be sent.
"""

from __future__ import annotations

import functools
import gzip
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import scipy.io
from PIL import Image

from nnviz.core.records import Array
from nnviz.data import mnist, upload_files
from tests.attacks.hostile import NASTY, chance, spoilt_archive, spoilt_bytes

LARGE = 300  # every so many inputs, one that is as large as can be sent
Files = list[tuple[str, bytes]]


@functools.cache
def _digits(n: int = 40) -> tuple[Array, Array]:
    embedded = mnist.embedded()
    return embedded.images[:: 5000 // n], embedded.labels[:: 5000 // n]


def _reader(
    what: str,
    name: str,
    good: Callable[[random.Random], bytes],
    large: Callable[[], list[bytes]],
    *,
    spoil: float = 0.6,
) -> Callable[[int], Files]:
    """What makes the inputs of one form: `good` files in all their varieties, that share of them spoilt."""
    kept = functools.cache(large)

    def make(number: int) -> Files:
        lot = chance(what, number)
        if number < 0:
            return [(name, good(random.Random(0)))]
        if number % LARGE == 0:
            return [(name, kept()[number // LARGE % len(kept())])]
        whole = good(lot)
        called = name if lot.random() < 0.9 else lot.choice(("a", "=x.csv", "7.png", "../a.gz", "a.npz"))
        return [(called, spoilt_bytes(whole, lot) if lot.random() < spoil else whole)]

    return make


# IDX: four bytes, the sides, the numbers


def _idx(array: Array, kind: int = 8, sides: tuple[int, ...] | None = None) -> bytes:
    shape = sides or array.shape
    return bytes([0, 0, kind, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + array.tobytes()


def _good_idx(lot: random.Random) -> bytes:
    images, labels = _digits()
    kind, code = lot.choice([("u1", 8)] * 4 + [("i1", 9), (">i2", 11), (">i4", 12), (">f4", 13), (">f8", 14)])
    sides = lot.choice(
        [None] * 9 + [(40, 784), (40, 28, 28, 1), (0, 28, 28), (2**32 - 1, 28, 28), (40, 2**31, 2**31), ()]
    )
    inside = _idx(images.reshape(-1, 28, 28).astype(kind), lot.choice([code] * 9 + [8, 0, 255]), sides)
    if lot.random() < 0.4:
        inside = spoilt_bytes(inside[:16], lot) + inside[16:]
    wrong = labels.astype("u1")[: lot.choice((40, 40, 40, 40, 39, 0))]
    files = {"train-images-idx3-ubyte": inside, "train-labels-idx1-ubyte": _idx(wrong)}
    if lot.random() < 0.3:
        files["t10k-images-idx3-ubyte"] = spoilt_bytes(inside, lot)
    return _zip(files)


def _large_idx() -> list[bytes]:
    blank = np.zeros((70_000, 28, 28), "u1")
    few = _idx(blank[:1])
    return [
        gzip.compress(_idx(blank), 1),
        _zip({"a-images-idx3-ubyte": _idx(blank), "a-labels-idx1-ubyte": _idx(np.zeros(70_000, "u1"))}),
        _zip({f"{number}-images-idx3-ubyte": few for number in range(3000)}),
        _idx(np.zeros(0, "u1"), 8, (2**32 - 1,) * 255),
    ]


# MAT: MATLAB's files of version 5


def _good_mat(lot: random.Random) -> bytes:
    images, labels = _digits()
    kind = lot.choice(["u1", "u1", "f8", "f4", "i2", "i8", "c16", "?"])
    shaped = lot.choice([images, images.reshape(40, -1), images.reshape(40, -1).T, images[:, :9], images[:0]])
    told: dict[str, Any] = {
        lot.choice(("X", "x", "images", "data", "x__")): shaped.astype(kind),
        lot.choice(("y", "Y", "labels", "label")): lot.choice([labels, labels[:, None], labels[:39]]),
    }
    if lot.random() < 0.3:
        told["more"] = lot.choice([{"a": {"b": images}}, "x" * 5000, np.array([1.0, "a"], object), 1j])
    file = io.BytesIO()
    scipy.io.savemat(file, told, do_compression=lot.random() < 0.6)
    return file.getvalue()


def _mat_of_zeros(size: int, rows: int) -> bytes:
    """A compressed array of nothing but zeros that says that it has so many bytes."""
    flags = struct.pack("<IIII", 6, 8, 9, 0)
    sides = struct.pack("<IIii", 5, 8, rows, size // max(1, rows) % 2**31)
    inside = (
        flags + sides + struct.pack("<IIII", 1, 1, ord("X"), 0)[:16] + struct.pack("<II", 2, size % 2**32)
    )
    squeezed = zlib.compressobj(9)
    body = squeezed.compress(struct.pack("<II", 14, (len(inside) + size) % 2**32) + inside)
    for _ in range(0, min(size, 600_000_000), 10_000_000):
        body += squeezed.compress(bytes(10_000_000))
    body += squeezed.flush()
    head = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H2s", 0x0100, b"IM")
    return head + struct.pack("<II", 15, len(body)) + body


def _large_mat() -> list[bytes]:
    images = np.zeros((60_000, 784), "u1")
    file = io.BytesIO()
    scipy.io.savemat(file, {"X": images, "y": np.arange(60_000) % 10}, do_compression=True)
    return [file.getvalue(), _mat_of_zeros(2**29, 60_000), _mat_of_zeros(2**32 - 8, 2**30)]


# Parquet


@functools.cache
def _parquet(codec: str, kind: str, n: int, words: bool) -> bytes:
    images, labels = _digits()
    rows = np.resize(images.reshape(40, -1), (n, 784)).astype(kind)
    frame = pd.DataFrame(rows, columns=[f"pixel{number}" for number in range(784)])
    told = np.resize(labels, n)
    frame.insert(0, "label", [f"digit {each}" for each in told] if words else told)
    file = io.BytesIO()
    frame.to_parquet(file, compression=codec)  # type: ignore[call-overload]
    return file.getvalue()


def _good_parquet(lot: random.Random) -> bytes:
    whole = _parquet(lot.choice(("snappy", "gzip", "zstd")), lot.choice(("u1", "f4")), 40, lot.random() < 0.2)
    if lot.random() < 0.3:  # the foot, which says where all is and how large
        at = len(whole) - 8 - lot.randrange(1, struct.unpack("<I", whole[-8:-4])[0])
        return whole[:at] + lot.randbytes(lot.choice((1, 1, 2, 4))) + whole[at + 1 :]
    return whole


def _large_parquet() -> list[bytes]:
    blank = pd.DataFrame(np.zeros((70_000, 785), "u1")).rename(columns=str)
    file, foreign = io.BytesIO(), io.BytesIO()
    blank.to_parquet(file, compression="zstd")
    pd.DataFrame({"a": ["x" * 50_000_000]}).to_parquet(foreign, compression="zstd")
    wide = io.BytesIO()
    pd.DataFrame(np.zeros((1, 20_000), "u1")).rename(columns=str).to_parquet(wide)
    return [file.getvalue(), foreign.getvalue(), _parquet("gzip", "f4", 9000, False), wide.getvalue()]


# gzip, and zip


def _inside(lot: random.Random) -> bytes:
    return lot.choice(
        [_csv(), _idx(_digits()[0].reshape(-1, 28, 28).astype("u1")), _good_mat(random.Random(1)), b"", b"PK"]
    )


@functools.cache
def _csv() -> bytes:
    images, labels = _digits()
    rows = np.column_stack([labels, images.reshape(40, -1)])
    return "\n".join(",".join(map(str, row)) for row in rows.tolist()).encode()


def _good_gzip(lot: random.Random) -> bytes:
    parts = [gzip.compress(_inside(lot), 1) for _ in range(lot.choice((1, 1, 1, 2, 30)))]
    whole = b"".join(parts)
    for _ in range(lot.choice((0, 0, 1, 5))):
        whole = gzip.compress(spoilt_bytes(whole, lot) if lot.random() < 0.3 else whole, 1)
    return whole + lot.choice((b"", b"", bytes(99), b"x" * 99))


@functools.cache
def _bomb(megabytes: int) -> bytes:
    squeezed = zlib.compressobj(9, wbits=31)
    return b"".join(squeezed.compress(bytes(1_000_000)) for _ in range(megabytes)) + squeezed.flush()


def _large_gzip() -> list[bytes]:
    return [
        _bomb(3000),
        gzip.compress(_bomb(3000)),
        gzip.compress(_csv(), 1) * 800,
        gzip.compress(b"", 1) * 200_000,
        gzip.compress(b"\n" * upload_files.MOST_BYTES),
    ]


def _zip(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method, compresslevel=1) as archive:
        for name, inside in files.items():
            archive.writestr(name, inside)
    return content.getvalue()


def _good_zip(lot: random.Random) -> bytes:
    names = [
        "a.csv",
        "a.csv.gz",
        "../a.csv",
        "/etc/a.csv",
        "__MACOSX/a",
        "a\\b.csv",
        "a.mat",
        "b.idx",
        "é.csv",
    ]
    files = {lot.choice(names): _inside(lot) for _ in range(lot.randint(1, 4))}
    if lot.random() < 0.4:
        files["within.zip"] = spoilt_archive(files, lot)
    if lot.random() < 0.3:
        files["packed.csv.gz"] = _good_gzip(lot)
    if lot.random() < 0.5:
        return spoilt_archive(files, lot)
    whole = bytearray(_zip(files, lot.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))))
    at = whole.rfind(b"PK\1\2") + lot.randrange(46)  # the list of members: sizes, sums, places
    whole[at : at + 1] = lot.randbytes(1)
    return bytes(whole)


def _large_zip() -> list[bytes]:
    zeros = bytes(60_000_000)
    within = _zip({"a.csv": zeros})
    for _ in range(6):
        within = _zip({"a.zip": within, "b.zip": within})
    return [
        _zip({f"{number}.csv": zeros for number in range(10)}),
        within,
        _zip({f"{number}": b"" for number in range(70_000)}),
        _zip({f"{number}.png": _png(28, "L", random.Random(number)) for number in range(4000)}),
    ]


# Pictures whose names say what they show


def _png(side: int, mode: str, lot: random.Random, kind: str = "PNG", digit: int | None = None) -> bytes:
    images, _ = _digits()  # four of each, in order
    at = lot.randrange(40) if digit is None else 4 * digit + lot.randrange(4)
    image = Image.fromarray(images[at].reshape(28, 28)).resize((side, lot.choice((side, 28))))
    if lot.random() < 0.3:
        image = image.point(lambda value: 255 - value)
    file = io.BytesIO()
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
    else:
        image = image.convert(mode)
    more: dict[str, Any] = {}
    if kind == "PNG" and mode in ("L", "P", "RGB") and lot.random() < 0.3:
        more["transparency"] = lot.randrange(256) if mode != "RGB" else (0, 0, 0)
    image.save(file, kind, **more)
    return file.getvalue()


def _make_labelled(number: int) -> Files:
    lot = chance("labelled", number)
    if number > 0 and number % LARGE == 0:
        side = (28, 90, 700, 2500)[number // LARGE % 4]
        return [(f"{n % 10}/{n}.png", _png(side, "RGB", lot, digit=n % 10)) for n in range(20)]
    files = []
    named = lot.choice(("{digit}/{n}.png", "digit-{digit}_{n}.png", "{n:04}_{digit}.jpg"))
    kind = lot.choice(("PNG", "PNG", "JPEG"))
    modes = ("L", "RGB", "RGBA", "LA", "P", "1", "I;16") if kind == "PNG" else ("L", "RGB", "CMYK")
    for n in range(lot.choice((10, 20, 40))):
        digit, side = n // 2 % 10, lot.choice((28, 28, 28, 28, 60, 60, 200, 200, 1 + n))
        content = _png(side, lot.choice(modes), lot, kind, digit)
        files.append((named.format(digit=digit, n=n), content))
    for _ in range(lot.choice((0, 0, 1, 2))):  # so that the good ones beside it are looked at all the same
        at = lot.randrange(len(files))
        name, content = files[at]
        odd = str(lot.choice(NASTY))[:50].encode("utf-8", "replace").decode()
        files[at] = (lot.choice((name, f"{odd}.png")), spoilt_bytes(content, lot))
    if lot.random() < 0.3:
        return [("digits.zip", _zip({name.replace("\0", ""): content for name, content in files}))]
    return files


MAKERS: dict[str, Callable[[int], Files]] = {
    "digits, IDX": _reader("idx", "digits.zip", _good_idx, _large_idx, spoil=0.1),
    "digits, MAT": _reader("mat", "digits.mat", _good_mat, _large_mat),
    "digits, Parquet": _reader("parquet", "digits.parquet", _good_parquet, _large_parquet),
    "digits, gzip": _reader("gzip", "digits.csv.gz", _good_gzip, _large_gzip),
    "digits, zip": _reader("zip", "digits.zip", _good_zip, _large_zip, spoil=0.2),
    "digits, labelled pictures": _make_labelled,
}
