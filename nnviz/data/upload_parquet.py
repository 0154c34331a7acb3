"""Tables of digits as Parquet: columns of numbers, and of words where the labels are.

The library that reads them lays out whatever size a page announces. So the pages' heads are read here first,
which are in Thrift's compact form, and no page is opened that announces too much.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.data import upload_arrays, upload_labels, upload_pictures, upload_tables
from nnviz.data.mnist import DataError
from nnviz.data.upload_files import MOST_BYTES, kind_of, short
from nnviz.data.upload_labels import Place
from nnviz.data.upload_pixels import Advance, Extent
from nnviz.data.upload_tables import OUTER, Part

_MOST_OF_PAGE = 64 * 2**20  # bytes of a page, unpacked
_MOST_PAGES = 200_000
_ROWS = 1000  # laid out together
_MOST_VALUES = 64_000_000  # in lists: as many as MNIST has, and some more
_LONGEST = 100  # letters of a label


def read(name: str, content: bytes, advance: Advance) -> Part:
    """The digits of a table in a Parquet file.

    Raises
    ------
    DataError
        For anything else.
    """
    name = short(name)
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:  # it comes with Streamlit
        raise DataError(
            say("{name} is a Parquet file, which cannot be read here: save it as CSV.", name=name)
        ) from error
    try:
        file = parquet.ParquetFile(pa.BufferReader(content))
        names = list(file.schema_arrow.names)  # asked for once: it is laid out anew each time
        if whole := [field.name for field in file.schema_arrow if _is_whole(field.type)]:
            return _of_whole(name, content, file, whole, advance)
        words = _words(name, file)
        shape = upload_tables.shape_of(len(names))
        if shape is None:
            raise DataError(
                say("{name} has {n:,} columns: expected {row}.",
                    name=name, n=len(names), row=upload_tables.ROW)
            )  # fmt: skip
        if file.metadata.num_rows > upload_tables.MOST_DIGITS:
            raise upload_tables.too_many(file.metadata.num_rows)
        _check_pages(name, content, file.metadata)
        file = parquet.ParquetFile(pa.BufferReader(content), read_dictionary=words)
        table = _table(name, file, words, advance)
    except DataError:
        raise
    except Exception as error:  # a hostile file makes the library raise nearly anything
        raise DataError(say("{name} is damaged: expected a whole Parquet file.", name=name)) from error
    return upload_tables.part(name, table, [each.lower() for each in names], *shape, [])


def _is_whole(kind: Any) -> bool:
    """Whether a column of that type may hold a whole digit in each row: a picture, or all of its pixels."""
    from pyarrow import types

    if types.is_struct(kind):
        return any(kind.field(i).name == "bytes" for i in range(kind.num_fields))
    return bool(
        types.is_list(kind)
        or types.is_large_list(kind)
        or types.is_fixed_size_list(kind)
        or types.is_binary(kind)
        or types.is_large_binary(kind)
        or types.is_fixed_size_binary(kind)
    )


def _of_whole(name: str, content: bytes, file: Any, whole: list[str], advance: Advance) -> Part:
    """The digits of a table with a digit a row, as data sets of Hugging Face have it."""
    if file.metadata.num_rows > upload_tables.MOST_DIGITS:
        raise upload_tables.too_many(file.metadata.num_rows)
    told = _check_pages(name, content, file.metadata)
    if told.together > 2 * MOST_BYTES or told.values > _MOST_VALUES:
        raise DataError(
            say("{name} unpacks to more than {most} MB: expected at most that much.",
                name=name, most=2 * MOST_BYTES // 2**20)
        )  # fmt: skip
    at_once = max(1, min(_ROWS, _MOST_OF_PAGE // max(1, told.largest)))  # each row may be all of that page
    others = [field.name for field in file.schema_arrow if field.name not in whole]
    values: dict[str, list[Any]] = {column: [] for column in (*whole, *others)}
    done = held = 0
    for batch in file.iter_batches(batch_size=at_once, use_threads=False):
        for column in whole:
            rows = _whole_digits(batch.column(batch.schema.names.index(column)))
            held += sum(len(row) if isinstance(row, bytes) else row.nbytes for row in rows)
            values[column] += rows
        for column in others:
            cells = batch.column(batch.schema.names.index(column)).to_pylist()
            values[column] += ["" if cell is None else cell for cell in cells]
        if held > MOST_BYTES * 2:
            raise DataError(
                say("{name} unpacks to more than {most} MB: expected at most that much.",
                    name=name, most=MOST_BYTES * 2 // 2**20)
            )  # fmt: skip
        done += len(batch)
        advance(min(1.0, done / max(1, 2 * file.metadata.num_rows)))
    arrays = {column: array for column in others if (array := _plain(values[column])) is not None}
    for column in whole:
        packed = [row for row in values[column] if isinstance(row, bytes)]
        pixels = [row for row in values[column] if not isinstance(row, bytes)]
        if packed and not pixels and all(kind_of(row) == "picture" for row in packed):
            part = upload_pictures.part([(f"{name} {i + 1}", row) for i, row in enumerate(packed)], advance)
            if len(part.pixels) == len(packed):
                return Part(name, part.pixels, part.side, _labels(arrays), part.said, strict=True)
        if packed and not pixels:
            pixels = [np.frombuffer(row, np.uint8) for row in packed]
        if pixels and len(pixels) == len(values[column]) and len({row.shape for row in pixels}) == 1:
            arrays[column] = np.stack(pixels)
    return upload_arrays.paired(name, arrays)[0]


def _whole_digits(column: Any) -> list[bytes] | list[Array]:
    """Each row's picture as it is, or its numbers. Raises ValueError for anything else."""
    from pyarrow import types

    if types.is_struct(column.type):
        column = column.field("bytes")
    if "binary" in str(column.type):
        cells: list[bytes] = column.to_pylist()
        if not all(isinstance(cell, bytes) for cell in cells):
            raise ValueError("a row without a picture")
        return cells
    rows = len(column)
    while not types.is_primitive(column.type):
        column = column.flatten()
    numbers: Array = column.to_numpy(zero_copy_only=False)
    return list(numbers.astype(np.float32).reshape(rows, -1))


def _plain(cells: list[Any]) -> Array | None:
    """Numbers or short words as an array; None of anything else."""
    if any(isinstance(cell, str) and len(cell) > _LONGEST for cell in cells):
        return None
    if not all(isinstance(cell, str | int | float | bool) for cell in cells):
        return None
    array = np.array(cells)
    return array if array.dtype.kind in "biufU" else None


def _labels(arrays: dict[str, Array]) -> list[Place]:
    """The columns that may be labels; those alone that are called so, if any is."""
    found = [
        Place(say("“{key}”", key=short(key)), labels, 0, key.lower() in upload_tables.LABELS, said)
        for key, array in arrays.items()
        if not upload_labels.is_running(array)
        for labels, said in upload_labels.digits_of(array)
    ]
    return [place for place in found if place.named] or found


def _words(name: str, file: Any) -> list[str]:
    """The columns of words; all others have to be of numbers."""
    from pyarrow import types

    found = []
    for field in file.schema_arrow:
        if (
            types.is_string(field.type)
            or types.is_large_string(field.type)
            or types.is_dictionary(field.type)
        ):
            found.append(field.name)
        elif not (
            types.is_integer(field.type) or types.is_floating(field.type) or types.is_boolean(field.type)
        ):
            raise DataError(
                say("{name} has “{column}” of the type {kind}: expected columns of numbers, {row}.",
                    name=name, column=short(field.name), kind=short(str(field.type)), row=upload_tables.ROW)
            )  # fmt: skip
    return found


def _table(name: str, file: Any, words: list[str], advance: Advance) -> upload_tables.Table:
    extent, chunks, outers, done = Extent(), [], [], 0
    texts: list[list[str]] = [[] for _ in range(2 * OUTER)]
    for batch in file.iter_batches(batch_size=_ROWS, use_threads=False):
        named = zip(batch.schema.names, batch.columns, strict=True)
        columns = [_numbers(name, column, called in words) for called, column in named]
        ends = [*range(OUTER), *range(len(columns) - OUTER, len(columns))]
        for text, at in zip(texts, ends, strict=True):
            text += ["" if each is None else str(each) for each in batch.column(at).to_pylist()]
        outers.append(np.stack([columns[at] for at in ends], axis=1))
        with np.errstate(over="ignore"):  # what is too large is judged as infinite
            middle = np.stack(columns[OUTER:-OUTER], axis=1).astype(np.float32)
        extent.add(middle)
        whole = extent.whole and middle.min() >= 0 and middle.max() <= 255
        chunks.append(middle.astype(np.uint8) if whole else middle)
        done += len(middle)
        advance(min(1.0, done / max(1, file.metadata.num_rows)))
    if not chunks:
        raise DataError(say("{name} has no rows: expected {row}.", name=name, row=upload_tables.ROW))
    return upload_tables.Table(np.concatenate(outers), texts, chunks, extent)


def _numbers(name: str, column: Any, is_words: bool) -> Array:
    """(k,) float64, nan where there is no number."""
    if not is_words:
        numbers: Array = column.to_numpy(zero_copy_only=False).astype(np.float64)
        return numbers
    longest = max((len(each or "") for each in column.dictionary.to_pylist()), default=0)
    if longest > _LONGEST:
        raise DataError(
            say("{name} has words of {n:,} letters: expected labels from 0 to 9.", name=name, n=longest)
        )
    return upload_tables.numbers_in(["" if each is None else str(each) for each in column.to_pylist()])


@dataclass
class _Pages:
    """What the heads of pages announce.

    Attributes
    ----------
    together
        Bytes of all, unpacked.
    largest
        Bytes of the largest page of words and the like that rows only point to.
    values
        Of all columns.
    """

    together: int = 0
    largest: int = 0
    values: int = 0


def _check_pages(name: str, content: bytes, metadata: Any) -> _Pages:
    """Whether no page announces more than it may. Raises DataError, and others for nonsense."""
    pages, told = 0, _Pages()
    for group in range(metadata.num_row_groups):
        for column in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(column)
            at = chunk.data_page_offset
            if chunk.has_dictionary_page and 0 < chunk.dictionary_page_offset < at:
                at = chunk.dictionary_page_offset
            end = at + chunk.total_compressed_size
            if not 0 < at < end <= len(content):
                raise ValueError("outside of the file")
            while at < end:
                head, start = _struct(content, at)
                unpacked, packed = head.get(2, -1), head.get(3, -1)
                pages += 1
                if unpacked < 0 or packed < 0 or start + packed > end:
                    raise ValueError("another size than announced")
                if unpacked > _MOST_OF_PAGE or pages > _MOST_PAGES:
                    raise DataError(
                        say("{name} unpacks to too much: expected pages of at most {most} MB.",
                            name=name, most=_MOST_OF_PAGE // 2**20)
                    )  # fmt: skip
                told.together += unpacked
                told.values += max(0, head.get(5, 0), head.get(8, 0))
                if 7 in head:
                    told.largest = max(told.largest, unpacked)
                at = start + packed
    return told


def _struct(content: bytes, at: int, depth: int = 0) -> tuple[dict[int, int], int]:
    """The whole numbers of a structure in Thrift's compact form, by their fields, and where it ends.

    Of a structure within it the first field stands there.
    """
    if depth > 8:
        raise ValueError("too deep")
    found: dict[int, int] = {}
    number = 0
    while kind := content[at]:
        at += 1
        if kind >> 4:
            number += kind >> 4
        else:
            number, at = _whole(content, at)
        value, at = _value(content, at, kind & 15, depth)
        found[number] = value
    return found, at + 1


def _value(content: bytes, at: int, kind: int, depth: int) -> tuple[int, int]:
    """A value, 0 where it is no whole number, and where it ends."""
    if kind in (1, 2):  # true or false, which the kind says
        return 0, at
    if kind == 3:
        return 0, at + 1
    if kind in (4, 5, 6):
        return _whole(content, at)
    if kind == 7:
        return 0, at + 8
    if kind == 8:
        size, at = _unsigned(content, at)
        return 0, at + size
    if kind in (9, 10):
        size, of = content[at] >> 4, content[at] & 15
        at += 1
        if size == 15:
            size, at = _unsigned(content, at)
        if size > 1000:
            raise ValueError("too long")
        for _ in range(size):
            at = at + 1 if of in (1, 2) else _value(content, at, of, depth)[1]
        return 0, at
    if kind == 12:
        inside, at = _struct(content, at, depth + 1)
        return inside.get(1, 0), at
    raise ValueError("unknown")


def _unsigned(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 127) << shift
        if not byte & 128:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("too large")


def _whole(content: bytes, at: int) -> tuple[int, int]:
    value, at = _unsigned(content, at)
    return (value >> 1) ^ -(value & 1), at
