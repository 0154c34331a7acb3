"""Digits as arrays: NPZ, NPY, IDX (MNIST's own form) and MATLAB's .mat, read without running anything.

Whatever a file announces is compared with its limit and with the bytes that are there before an array is
made. Which arrays are pictures is told by their shapes, which are labels by their lengths and their names.
"""

from __future__ import annotations

import io
import math
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np
from numpy.lib import format as npy

from nnviz.core import safe_files
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.data import upload_json, upload_labels, upload_pixels, upload_tables
from nnviz.data.mnist import DataError
from nnviz.data.upload_files import Brought, short
from nnviz.data.upload_labels import Place
from nnviz.data.upload_pixels import SIDES, Extent
from nnviz.data.upload_tables import MOST_DIGITS, Part, too_many

MOST_LAID_OUT = MOST_DIGITS * (784 + 2) * 4  # bytes: all of MNIST as float32

_FORM = say("pictures (n, 28, 28) or (n, 784) and labels (n,)")
_LONGEST_WORD = 800  # bytes of what tells whose hand a digit is
_IDX = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
_MAT = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_MAT_CLASSES = range(6, 16)  # arrays of numbers; before them cells, structures, objects, text and sparse ones
_MATRIX, _COMPRESSED = 14, 15
Order = Literal["<", ">"]
_LABEL_WORDS = re.compile(
    r"(^|[^a-z])(y|t|labels?|lbls?|targets?|class(es)?|digits?|answers?|gt)(?![a-rt-z])", re.I
)
_NOT_LABELS = re.compile(r"(index|indices|idx|ids?)$", re.I)
_TOKENS = re.compile(
    r"images?|imgs?|pictures?|pixels?|data|digits?|features?|samples?|labels?|lbls?|targets?|class(es)?|answers?"
    r"|idx[0-9]|ubyte|[^a-z0-9]+|(?<![a-z])[xyt](?![a-z])", re.I)  # fmt: skip


def parts(files: list[Brought]) -> list[Part]:
    """The digits in files of arrays, which may keep pictures and labels apart.

    Raises
    ------
    DataError
        For anything that holds no digits with labels.
    """
    arrays: dict[str, Array] = {}
    for file in files:
        for key, array in _READERS[file.kind](file).items():
            name = key if len(files) == 1 else f"{_stem(file.name)} {key}".strip()
            arrays[name] = array
    if sum(array.nbytes for array in arrays.values()) > MOST_LAID_OUT:
        raise DataError(
            say("These arrays take {size:,.0f} MB: expected at most {most:,.0f} MB. Save pictures as uint8.",
                size=sum(array.nbytes for array in arrays.values()) / safe_files.MEGABYTE,
                most=MOST_LAID_OUT / safe_files.MEGABYTE)
        )  # fmt: skip
    return _paired(short(files[0].name), arrays)


def paired(name: str, arrays: Mapping[str, Array]) -> list[Part]:
    """The digits of arrays by their names, pictures with the labels that go with them.

    Raises
    ------
    DataError
        For anything that holds no digits.
    """
    return _paired(short(name), arrays)


def _npz(file: Brought) -> dict[str, Array]:
    try:
        return dict(safe_files.read_npz(file.content, limit=MOST_LAID_OUT))
    except (safe_files.BadFile, OSError, MemoryError) as error:
        reason = str(error) if isinstance(error, safe_files.BadFile) else say("cannot be read")
        raise DataError(
            say("{name} {reason}: expected arrays of numbers, {form}.",
                name=short(file.name), reason=reason, form=_FORM)
        ) from error  # fmt: skip


def _npy(file: Brought) -> dict[str, Array]:
    name = short(file.name)
    try:
        stream = io.BytesIO(file.content)
        version = npy.read_magic(stream)
        header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, by_column, dtype = header(stream)
    except Exception as error:  # a hostile header makes NumPy raise nearly anything
        raise _damaged(name, ".npy") from error
    if dtype.hasobject:
        raise DataError(
            say("{name} holds pickled Python objects, which are never opened: expected numbers, {form}.",
                name=name, form=_FORM)
        )  # fmt: skip
    at = stream.tell()
    if dtype.kind not in "biufSU" or dtype.itemsize == 0 or min(shape, default=0) < 0:
        raise DataError(say("{name} is not of numbers: expected {form}.", name=name, form=_FORM))
    if at + math.prod(shape) * dtype.itemsize != len(file.content):
        raise _damaged(name, ".npy")
    array = np.frombuffer(file.content, dtype, offset=at)
    if dtype.kind == "U" and array.size and (array.view(dtype.str[0] + "u4") > safe_files.LAST_LETTER).any():
        raise _damaged(name, ".npy")
    return {"": array.reshape(shape, order="F" if by_column else "C")}


def _idx(file: Brought) -> dict[str, Array]:
    content = file.content
    dtype = np.dtype(_IDX.get(content[2], "u1"))
    start = 4 + 4 * content[3]
    if content[2] not in _IDX or len(content) < start:
        raise _damaged(short(file.name), "IDX")
    shape = struct.unpack(f">{content[3]}I", content[4:start])
    if start + math.prod(shape) * dtype.itemsize != len(content):
        raise DataError(
            say("{name} announces {shape} numbers and holds {held:,} bytes: expected a whole IDX file.",
                name=short(file.name), shape=" × ".join(map(str, shape)), held=len(content) - start)
        )  # fmt: skip
    return {"": np.frombuffer(content, dtype, offset=start).reshape(shape)}


def _mat(file: Brought) -> dict[str, Array]:
    """The arrays of numbers in a .mat file of MATLAB 5 to 7.2; all else in it is passed over."""
    name, content = short(file.name), memoryview(file.content)
    orders: dict[bytes, Order] = {b"IM": "<", b"MI": ">"}
    order = orders.get(bytes(content[126:128]))
    if order is None:
        raise _damaged(name, ".mat")
    found: dict[str, Array] = {}
    at, left = 128, MOST_LAID_OUT
    try:
        while at + 8 <= len(content):
            kind, size = struct.unpack_from(f"{order}II", content, at)
            body = content[at + 8 : at + 8 + size]
            if len(body) != size:
                raise ValueError("cut off")
            at += 8 + size
            if kind == _COMPRESSED:
                stream = zlib.decompressobj()
                head = stream.decompress(body, 8)
                kind, inside = struct.unpack(f"{order}II", head)
                if inside > left:
                    raise DataError(_too_large(name))
                body = memoryview(stream.decompress(stream.unconsumed_tail, inside))
            if kind == _MATRIX:
                left -= len(body)
                found |= _matrix(body, order)
    except DataError:
        raise
    except (struct.error, ValueError, zlib.error, KeyError) as error:
        raise _damaged(name, ".mat") from error
    return found


def _matrix(body: memoryview, order: Order) -> dict[str, Array]:
    """One array of a .mat by its name; none where it is not of real numbers."""
    elements = _elements(body, order)
    flags = struct.unpack(f"{order}I", next(elements)[1][:4])[0]
    if flags & 0xFF not in _MAT_CLASSES:
        return {}
    shape = np.frombuffer(next(elements)[1], f"{order}i4")
    name = bytes(next(elements)[1]).decode("ascii", "replace")
    kind, numbers = next(elements)
    array = np.frombuffer(numbers, np.dtype(_MAT[kind]).newbyteorder(order))
    if min(shape, default=-1) < 0 or math.prod(shape.tolist()) != len(array):
        raise ValueError("another shape than numbers")
    return {name: array.reshape(shape, order="F")}


def _elements(body: memoryview, order: Order) -> Iterator[tuple[int, memoryview]]:
    """The tagged pieces of an array: flags, shape, name, numbers."""
    at = 0
    while at + 8 <= len(body):
        kind, size = struct.unpack_from(f"{order}II", body, at)
        if kind >> 16:  # a small one: both in four bytes
            kind, size = kind & 0xFFFF, kind >> 16
            yield kind, body[at + 4 : at + 4 + size]
            at += 8
        else:
            if at + 8 + size > len(body):
                break
            yield kind, body[at + 8 : at + 8 + size]
            at += 8 + size + -size % 8
    raise ValueError("cut off")


def _paired(name: str, arrays: Mapping[str, Array]) -> list[Part]:
    """Pictures with the labels that go with them."""
    if not arrays:
        raise DataError(say("{name} holds no arrays of numbers: expected {form}.", name=name, form=_FORM))
    pictures = {key: shaped for key, array in arrays.items() if (shaped := _pictures(array)) is not None}
    if not pictures:
        tables = [key for key, array in arrays.items() if _is_table(array)]
        if tables:
            return [upload_tables.of_array(name, arrays[key]) for key in tables]
        raise DataError(
            say("{name} holds {listed}: expected {form}.", name=name, listed=_listed(arrays), form=_FORM)
        )
    n = sum(len(images) for images, _ in pictures.values())
    if n > upload_tables.MOST_DIGITS:
        raise too_many(n)
    others = {key: array for key, array in arrays.items() if key not in pictures}
    parts = [_part(name, key, *shaped, others, arrays) for key, shaped in _largest(pictures).items()]
    unused = [key for key, array in others.items() if array.ndim > 2]
    if unused:
        left_out = {key: arrays[key] for key in unused}
        parts[0].said.append(say("not used: {files}", files=_listed(left_out)))
    return parts


def _largest(pictures: dict[str, tuple[Array, int]]) -> dict[str, tuple[Array, int]]:
    """Of pictures in several sizes those that there are most of: a file may hold the same ones twice."""
    counts: dict[int, int] = {}
    for images, side in pictures.values():
        counts[side] = counts.get(side, 0) + len(images)
    most = max(counts, key=lambda side: (counts[side], side))
    return {key: shaped for key, shaped in pictures.items() if shaped[1] == most}


def _part(
    name: str,
    key: str,
    images: Array,
    side: int,
    others: Mapping[str, Array],
    arrays: Mapping[str, Array],
) -> Part:
    if not len(images):
        raise DataError(
            say("There are 0 digits: expected at least one and at most {most:,}.", most=MOST_DIGITS)
        )
    hands = _hands(others, len(images))
    others = {other: array for other, array in others.items() if not _is_hands(other)}
    fitting = {
        other: array
        for other, array in others.items()
        if not _NOT_LABELS.search(other) and len(images) in array.shape[:2] and array.ndim <= 2
    }
    same = {other: array for other, array in fitting.items() if _base(other) == _base(key)}
    told = {other: array for other, array in fitting.items() if _LABEL_WORDS.search(other)}
    both = {other: array for other, array in told.items() if other in same}
    places, strange = [], ""
    for other, array in (both or told or same or fitting).items():
        values = array if len(array) == len(images) else array.T
        ways = upload_labels.digits_of(values)
        if upload_labels.is_running(values.reshape(-1)) and not (len(fitting) == 1 and other in told):
            continue
        if not ways:
            strange = strange or _strange(name, other, array)
        for labels, said in ways:
            words = say("“{key}”", key=short(other)) + (f" ({said})" if len(ways) > 1 else "")
            places.append(Place(words, labels, 0, other in told, said))
    if not places:
        if strange:
            raise DataError(strange)
        if any(array.ndim <= 2 for array in others.values()):
            raise DataError(
                say("{name} holds {listed}, and no labels for {n:,} pictures: expected {form}.",
                    name=name, listed=_listed(arrays), n=len(images), form=_FORM)
            )  # fmt: skip
    done: list[str] = []
    if images.dtype == np.int8 and images.min() < 0 and float(np.median(images)) > -100:
        images = images.view(np.uint8)
        done.append(say("bytes with a sign were read as 0 to 255"))
    extent = Extent()
    for start in range(0, len(images), 1000):
        extent.add(images[start : start + 1000])
    scale = upload_pixels.scale(extent)
    pixels = np.empty((len(images), side * side), np.uint8)
    for start in range(0, len(images), 1000):
        pixels[start : start + 1000] = scale.apply(images[start : start + 1000])
    done += [scale.said] if scale.said else []
    return Part(name, pixels, side, places, done, hands=hands)


def _is_hands(key: str) -> bool:
    return bool(set(re.split(r"[^a-z_]+", key.lower())) & upload_tables.HANDS)


def _hands(others: Mapping[str, Array], n: int) -> Array | None:
    """Who wrote each of n digits, of the one array that says so."""
    told = [array.reshape(-1) for key, array in others.items() if _is_hands(key) and array.size == n]
    if len(told) != 1 or told[0].dtype.itemsize > _LONGEST_WORD:
        return None
    return np.array([str(value) for value in told[0].tolist()])


def _pictures(array: Array) -> tuple[Array, int] | None:
    """(n, side * side) numbers of an array that holds pictures, and the side; None of any other."""
    if array.dtype.kind not in "biuf" or array.ndim < 2:
        return None
    shape = array.shape
    if array.dtype.kind == "b":
        array = array.view(np.uint8)
    if array.ndim == 2 and shape[0] == shape[1] and shape[0] in SIDES:  # a single digit
        return array.reshape(1, -1), shape[0]
    for side in SIDES:
        pair = (side, side)
        if array.ndim == 2 and shape[1] == side * side:
            return array, side
        if array.ndim == 2 and shape[0] == side * side:
            return array.T, side
        if array.ndim == 3 and shape[1:] == pair:
            return array.reshape(shape[0], side * side), side
        if array.ndim == 3 and shape[:2] == pair:
            return np.moveaxis(array, 2, 0).reshape(shape[2], side * side), side
        if array.ndim == 4:
            for arranged in (array, np.moveaxis(array, 1, 3), np.moveaxis(array, 3, 0)):
                if arranged.shape[1:3] == pair and arranged.shape[3] in (1, 3, 4):
                    return _grey(arranged).reshape(len(arranged), side * side), side
    return None


def _grey(images: Array) -> Array:
    """(n, h, w, 1, 3 or 4) -> (n, h, w), colours as bright as an eye sees them."""
    if images.shape[3] == 1:
        return images[:, :, :, 0]
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    grey = np.empty(images.shape[:3], np.float32)
    for start in range(0, len(images), 1000):
        grey[start : start + 1000] = images[start : start + 1000, :, :, :3] @ weights
    return np.rint(grey) if images.dtype.kind in "iu" else grey


def _is_table(array: Array) -> bool:
    return (
        array.ndim == 2 and array.dtype.kind in "iuf" and upload_tables.shape_of(array.shape[1]) is not None
    )


def _base(key: str) -> str:
    """What names of pictures and of their labels have in common: "train" of x_train and y_train."""
    return _TOKENS.sub("", key.lower()).strip()


def _strange(name: str, key: str, labels: Array) -> str:
    """What is wrong with labels."""
    if labels.dtype.kind in "iuf" and labels.ndim == 1 and len(labels):
        return say(
            "{name} has labels from {low:g} to {high:g} in “{key}”, which are not digits: expected 0 to 9.",
            name=name, low=float(labels.min()), high=float(labels.max()), key=short(key),
        )  # fmt: skip
    if labels.dtype.kind in "US" and labels.ndim == 1:
        each = next((x for x in labels.tolist() if not upload_labels.digits_of(np.array([x]))), "")
        return say(
            "{name} has “{strange}” among its labels, which is not a digit: expected 0 to 9.",
            name=name, strange=short(str(each)),
        )  # fmt: skip
    return say(
        "{name} has labels of shape {shape} in “{key}”: expected {form}.",
        name=name, shape=labels.shape, key=short(key), form=_FORM,
    )  # fmt: skip


def _listed(arrays: Mapping[str, Array]) -> str:
    shown = ", ".join(
        f"{short(key) if key else say('an array')} {array.shape}" for key, array in list(arrays.items())[:4]
    )
    return f"{shown}{', …' if len(arrays) > 4 else ''}"


def _stem(name: str) -> str:
    return re.split(r"[/\\]", name)[-1].split(".")[0]


def _damaged(name: str, form: str) -> DataError:
    return DataError(say("{name} is damaged: expected a whole {form} file.", name=name, form=form))


def _too_large(name: str) -> str:
    return say("{name} unpacks to more than {most:,.0f} MB: expected at most that much.",
               name=name, most=MOST_LAID_OUT / safe_files.MEGABYTE)  # fmt: skip


_READERS = {"npz": _npz, "npy": _npy, "idx": _idx, "mat": _mat, "json": upload_json.arrays}
KINDS = tuple(_READERS)
