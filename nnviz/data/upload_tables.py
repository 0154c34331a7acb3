"""Tables of digits as text: a row a digit, its pixels and its label, in whatever way programs write them.

Read in a stream: no more than some megabytes of text are laid out as numbers at a time. Of every row the
first and the last few cells are kept as text, since that is where labels, running numbers and nothing at all
(after a trailing comma) stand; all others are pixels.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say, say_many
from nnviz.data import upload_labels, upload_pixels
from nnviz.data.mnist import DataError
from nnviz.data.upload_files import EXPECTED, short
from nnviz.data.upload_labels import Place
from nnviz.data.upload_pixels import SIDES, Advance, Extent

MOST_DIGITS = 70_000  # as many as MNIST has

OUTER = 4  # cells of a row's either end that may be something else than pixels
_EXTRA = 4  # of them, besides the pixels
_MARKS = 10  # columns of which one is marked, in place of a label
_LONGEST = 200_000  # letters of a row
_TOGETHER = 1_000_000  # letters that are laid out as numbers together, while nothing else goes on
_BLANK = 1_000_000  # empty rows
LABELS = frozenset(
    ["label", "labels", "digit", "digits", "class", "target", "targets", "y", "number", "true", "truth"]
)
_COUNTS = frozenset(["id", "index", "idx", "no", "nr", "#", "row", "rowid", "imageid", "image_id"]) | {
    "rownames",
    "row_names",
    "unnamed: 0",
    "__index_level_0__",
}
HANDS = frozenset(
    f"{word}{end}"
    for word in ("hand", "writer", "pupil", "student")
    for end in ("", "s", "_id", "_ids", "id", "ids")
)
_LONGEST_WORD = 200  # of a cell beside the pixels: an array of texts takes the longest for each of them
_SPARSE = re.compile(r"\s*[-+]?[0-9.]+(\s+[0-9]+:[-+0-9.eE]+)+\s*$")
_MANGLED = re.compile(r"(.*)\.(\d+)")

ROW = say(
    "a row of 784 pixels and a label, 785 numbers, for each digit (or of another square, 8 × 8 to 64 × 64)"
)


@dataclass(eq=False)
class Part:
    """Digits of one table or array.

    Attributes
    ----------
    name
        Of the file.
    pixels
        (n, columns) uint8; those of a place's digits begin at its `start`.
    side
        Of the digits, in pixels.
    places
        Where their labels may be.
    said
        What was done.
    hands
        (n,) text, a word for each that wrote; None where the file does not tell.
    strict
        Whether even a single place has to prove itself.
    start
        The first column of the pixels where there are no places.
    """

    name: str
    pixels: Array
    side: int
    places: list[Place]
    said: list[str] = field(default_factory=list)
    strict: bool = False
    start: int = 0
    hands: Array | None = None

    def begin(self, place: int) -> int:
        """The first column of the pixels, with the labels at that place."""
        return self.places[place].start if self.places else self.start


def read(name: str, content: bytes, advance: Advance) -> Part:
    """The digits of a table in a text file.

    Raises
    ------
    DataError
        For anything else.
    """
    name = short(name)
    lines = _Lines(name, content, advance)
    header: list[str] = []
    if lines.first.strip().lower().startswith("@relation"):
        header = _attributes(name, lines)
    elif _SPARSE.match(lines.first):
        return _sparse(name, lines)
    separator = _separator(lines.first)
    cells = _split(lines.first, separator)
    said = []
    if shape_of(len(cells)) is None and shape_of(len(cells) + 1) is None:
        raise _of_cells(name, len(cells), 1)
    if not header and (why := _header(cells)):
        header = [cell.strip(" \"'").lower() for cell in cells]
        if why != "names":
            said.append(why)
        next(lines, None)
        if lines.done:
            raise DataError(
                say("{name} has a header and nothing below it: expected {row}.", name=name, row=ROW)
            )
    width = len(_split(lines.first, separator))
    side, extra = _shape(name, width, lines.number, lines.first, separator)
    header = _fitting(header, width, lines.first.rstrip().endswith(separator.strip() or "\0"))
    table = _numbers(name, lines, separator, width)
    return part(name, table, header, side, extra, said)


def _attributes(name: str, lines: _Lines) -> list[str]:
    """The names of the columns at the head of an ARFF file, as Weka and OpenML have it; its rows are next."""
    header = []
    while not lines.done and not lines.first.strip().lower().startswith("@data"):
        words = next(lines).split(None, 2)
        if words[0].lower() == "@attribute" and len(words) > 1:
            header.append(words[1].strip("'\"").lower())
    next(lines, None)
    if lines.done or lines.first.lstrip().startswith("{"):
        raise DataError(
            say(
                "{name} is an ARFF file without rows, or with sparse ones: expected {row}.",
                name=name,
                row=ROW,
            )
        )
    return header


def _sparse(name: str, lines: _Lines) -> Part:
    """A table in which each row has its label and then place:value of what is not zero (LIBSVM)."""
    labels, rows, widest = [], [], 0
    while not lines.done:
        number, (label, *pairs) = lines.number, next(lines).split()
        try:
            places = np.array([int(pair.split(":")[0]) for pair in pairs], int)
            values = np.array([float(pair.split(":")[1]) for pair in pairs], np.float32)
        except (ValueError, IndexError) as error:
            raise DataError(
                say("{name} has something else than “place:value” in row {number:,}: expected {row}.",
                    name=name, number=number, row=ROW)
            ) from error  # fmt: skip
        if len(places) and not (places.min() >= 0 and places.max() <= SIDES[0] ** 2):
            raise DataError(
                say("{name} has a place {place:,} in row {number:,}: expected places from 1 to 784.",
                    name=name, place=int(places.max()), number=number)
            )  # fmt: skip
        labels.append(label)
        rows.append((places, values))
        widest = max(widest, int(places.max(initial=0)))
        if len(rows) > MOST_DIGITS:
            raise too_many(len(rows))
        lines.tell()
    side = min((side for side in SIDES[:5] + SIDES[-1:] if side * side >= widest), default=28)
    first = min((int(places.min()) for places, _ in rows if len(places)), default=1)
    table = np.zeros((len(rows), side * side), np.float32)
    for row, (places, values) in zip(table, rows, strict=True):
        row[places - min(first, 1)] = values
    extent = Extent()
    extent.add(table)
    scale = upload_pixels.scale(extent)
    ways = upload_labels.digits_of(numbers_in(labels))
    if not ways:
        raise DataError(_wrong(name, np.array(labels)))
    places_of = [Place(say("the first word of each row"), found, named=len(ways) == 1, said=words)
                 for found, words in ways]  # fmt: skip
    said = [say("what the rows do not name is paper"), *([scale.said] if scale.said else [])]
    return Part(name, scale.apply(table), side, places_of, said)


def of_array(name: str, numbers: Array) -> Part:
    """The digits of (n, pixels and some more) numbers, as a table's."""
    side, extra = shape_of(numbers.shape[1]) or (0, 0)
    extent = Extent()
    middle = numbers[:, OUTER:-OUTER]
    for start in range(0, len(numbers), 1000):
        extent.add(middle[start : start + 1000])
    outer = np.concatenate([numbers[:, :OUTER], numbers[:, -OUTER:]], axis=1).astype(float)
    chunks = [middle[start : start + 1000] for start in range(0, len(numbers), 1000)]
    return part(short(name), Table(outer, None, chunks, extent), [], side, extra, [])


def shape_of(width: int) -> tuple[int, int] | None:
    """The side of the digits in rows of so many cells, and how many cells are something else."""
    for side in SIDES:
        if side * side <= width <= side * side + _EXTRA or width == side * side + _MARKS:
            return side, width - side * side
    return None


class _Lines:
    """The rows of a text file that hold anything, one at a time. first: the next; number: its own."""

    def __init__(self, name: str, content: bytes, advance: Advance) -> None:
        self._name, self._raw, self._size, self._advance = name, io.BytesIO(content), len(content), advance
        if b"\0" in content[:4096] and _encoding(content) == "utf-8-sig":
            raise DataError(
                say("{name} is neither text nor anything else known: expected {expected}.",
                    name=name, expected=EXPECTED)
            )  # fmt: skip
        self._text = io.TextIOWrapper(self._raw, _encoding(content), errors="replace")
        self.first, self.number, self.done, self._blank = "", 0, False, 0
        next(self, None)
        if self.done:
            raise DataError(say("{name} is empty: expected {expected}.", name=name, expected=EXPECTED))

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """The row that was first, the next one taking its place."""
        if self.done:
            raise StopIteration
        taken = self.first
        while True:
            line = self._text.readline(_LONGEST)
            if not line:
                self.done = True
                break
            if len(line) == _LONGEST:
                raise DataError(
                    say("{name} has {n:,} letters and more in row {number:,}: expected {row}.",
                        name=self._name, n=_LONGEST, number=self.number + 1, row=ROW)
                )  # fmt: skip
            if line.strip() and not line.startswith(("#", "%")):
                self.number += 1
                break
            self._blank += 1
            if self._blank > _BLANK:
                raise DataError(
                    say("{name} has more than {n:,} empty rows: expected {row}.",
                        name=self._name, n=_BLANK, row=ROW)
                )  # fmt: skip
        self.first = line.rstrip("\r\n")
        return taken

    def tell(self) -> None:
        """Say how far the file has been read."""
        self._advance(min(1.0, self._raw.tell() / max(1, self._size)))


@dataclass(frozen=True, eq=False)
class Table:
    """What stands in a table.

    Attributes
    ----------
    outer
        (n, 8) numbers of the first and the last columns, nan where there are none.
    texts
        The same columns as text, where it was text.
    chunks
        The pixels between, some rows each.
    extent
        Of those pixels.
    """

    outer: Array
    texts: list[list[str]] | None
    chunks: list[Array]
    extent: Extent


def _encoding(content: bytes) -> str:
    if content.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    few = content[:400]
    if len(few) >= 8 and not any(few[1::2]) and all(few[0::2]):
        return "utf-16-le"
    if len(few) >= 8 and not any(few[0::2]) and all(few[1::2]):
        return "utf-16-be"
    return "utf-8-sig"


def _separator(line: str) -> str:
    """What is between the cells; a decimal comma is not, where there are semicolons, tabs or spaces."""
    counts = {mark: line.count(mark) for mark in (";", "\t", "|", ",")}
    for mark, count in counts.items():
        if count >= SIDES[-1] ** 2 - 1:
            return mark
    if len(line.split()) >= SIDES[-1] ** 2:
        return " "
    return max((",", ";", "\t", "|"), key=counts.__getitem__)


def _split(line: str, separator: str) -> list[str]:
    return line.split() if separator == " " else line.split(separator)


def _header(cells: list[str]) -> str:
    """Whether a first row names columns: "names", or a sentence if that has to be said, or ""."""
    cells = [cell.strip(" \"'") for cell in cells]
    words = [cell for cell in cells if cell and not _is_number(cell)]
    numbers = [cell for cell in cells if cell and _is_number(cell)]
    if len(words) > len(cells) / 2:
        return "names"
    if any(numbers == [str(first + i) for i in range(len(numbers))] for first in (0, 1)):
        return "names"
    if len(set(numbers)) == len(numbers) > SIDES[-1] ** 2 - 1:
        seen: dict[str, int] = {}
        counted = 0
        for cell in numbers:
            match = _MANGLED.fullmatch(cell)
            if match and seen.get(match[1], 0) == int(match[2]):
                seen[match[1]] += 1
                counted += 1
            else:
                seen[cell] = seen.get(cell, 0) + 1
        if counted > len(numbers) / 2:
            return say("the first digit had become a header (0, 0.1, 0.2 …) and is left out")
    return ""


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", ".").removesuffix("%"))
    except ValueError:
        return False
    return True


def _fitting(header: list[str], width: int, trailing: bool) -> list[str]:
    """The names of the columns, one each: a header may lack one for a column of names or a trailing comma."""
    if len(header) == width - 1:
        return [*header, ""] if trailing else ["", *header]
    if len(header) == width + 1 and header[-1] == "":
        return header[:-1]
    return header if len(header) == width else []


def _shape(name: str, width: int, number: int, line: str, separator: str) -> tuple[int, int]:
    found = shape_of(width)
    if found is None:
        raise _of_cells(name, width, number)
    return found


def _of_cells(name: str, n: int, number: int) -> DataError:
    return DataError(
        say_many(
            n,
            "{name} has {n:,} cell in row {number:,}: expected {row}.",
            "{name} has {n:,} cells in row {number:,}: expected {row}.",
            name=name,
            number=number,
            row=ROW,
        )
    )


def _numbers(name: str, lines: _Lines, separator: str, width: int) -> Table:
    """All the rows that are left."""
    extent, chunks, texts, n = Extent(), [], [[] for _ in range(2 * OUTER)], 0  # type: ignore[var-annotated]
    while not lines.done:
        begun, rows, letters = lines.number, [], 0
        while not lines.done and letters < _TOGETHER:
            number, line = lines.number, next(lines)
            if separator == " ":
                line = ",".join(line.split())
            cells = line.count("," if separator == " " else separator) + 1
            if cells != width:
                raise _of_cells(name, cells, number)
            rows.append(line)
            letters += len(line)
        n += len(rows)
        if n > MOST_DIGITS:
            raise too_many(n)
        part = _laid_out(name, rows, "," if separator == " " else separator, begun, texts)
        extent.add(part)
        whole = part.min() >= 0 and part.max() <= 255 and extent.whole
        chunks.append(part.astype(np.uint8) if whole else part)
        lines.tell()
    outer = np.stack([numbers_in(column) for column in texts], axis=1)
    return Table(outer, texts, chunks, extent)


def too_many(n: int) -> DataError:
    """What is raised for more digits than are read."""
    return DataError(
        say("There are {n:,} digits and maybe more: expected at most {most:,}.", n=n, most=MOST_DIGITS)
    )


def _laid_out(name: str, rows: list[str], separator: str, begun: int, texts: list[list[str]]) -> Array:
    """(k, width - 8) float32 of some rows; their outer cells go to `texts`."""
    middles = []
    for row in rows:
        *first, rest = row.split(separator, OUTER)
        middle, *last = rest.rsplit(separator, OUTER)
        for column, cell in zip(texts, (*first, *last), strict=True):
            column.append(cell.strip(" \"'%"))
        middle = middle.replace("%", "")
        middles.append(middle if separator == "," else middle.replace(",", "."))
    try:
        numbers: Array = np.loadtxt(
            middles, np.float32, comments=None, delimiter=separator, quotechar='"', ndmin=2
        )
    except ValueError as error:
        raise _bad_cell(name, middles, separator, begun) from error
    return numbers


def _bad_cell(name: str, rows: list[str], separator: str, begun: int) -> DataError:
    for number, row in enumerate(rows, start=begun):
        for column, cell in enumerate(row.split(separator), start=OUTER + 1):
            if not _is_number(cell.strip(" \"'")):
                return DataError(
                    say(
                        "{name} has “{cell}” in row {number:,}, column {column:,}: expected numbers there, "
                        "{row}.",
                        name=name,
                        cell=short(cell.strip()) if cell.strip() else "",
                        number=number,
                        column=column,
                        row=ROW,
                    )
                )
    return DataError(say("{name} has cells that are not numbers: expected {row}.", name=name, row=ROW))


def numbers_in(texts: list[str]) -> Array:
    """(n,) float64, nan where there is no number."""
    try:
        return np.array([float(text) for text in texts])
    except ValueError:
        numbers = [float(text.replace(",", ".")) if _is_number(text) else np.nan for text in texts]
        return np.array(numbers)


def part(name: str, table: Table, header: list[str], side: int, extra: int, said: list[str]) -> Part:
    """The digits of a table, its header's names being one for each column or none.

    Raises
    ------
    DataError
        When there are no labels, or pixels that are none.
    """
    width = side * side + extra
    scale = upload_pixels.scale(table.extent)
    pixels = np.zeros((len(table.outer), width), np.uint8)
    start = 0
    for chunk in table.chunks:
        pixels[start : start + len(chunk), OUTER : width - OUTER] = scale.apply(chunk)
        start += len(chunk)
    numbers = np.nan_to_num(table.outer, nan=0.0, posinf=0.0, neginf=0.0)
    outer = scale.apply(numbers)
    pixels[:, :OUTER], pixels[:, width - OUTER :] = outer[:, :OUTER], outer[:, OUTER:]
    places = _places(name, table, header, side, extra)
    bare = 0 if places else _bare_at(table, header, extra, width) or 0
    if not places and extra:
        said = [*said, _unused(table, header, 0 if bare else width - 1, width)]
    low, high = (table.extent.low, table.extent.high)
    for first in [place.start for place in places] or [bare]:
        inside = [at for at in range(first, first + side * side) if _outer_at(at, width) is not None]
        for at in inside:
            column = table.outer[:, _outer_at(at, width) or 0]
            if np.isnan(column).any():
                raise _no_number(name, table, at, width)
            _check_pixels(column, low, high)
    said = [*said, scale.said] if scale.said else said
    return Part(name, pixels, side, places, said, start=bare, hands=_hands(table, header, extra, width))


def _hands(table: Table, header: list[str], extra: int, width: int) -> Array | None:
    """Who wrote each digit, where a column is called so and says it of each."""
    for at in [*range(extra), *range(width - extra, width)]:
        if header and header[at] in HANDS and _outer_at(at, width) is not None:
            told = np.array([str(value).strip() for value in _values(table, at, width).tolist()])
            are_words = all(word not in ("", "nan") and len(word) < _LONGEST_WORD for word in told.tolist())
            return told if are_words else None
    return None


def _bare_at(table: Table, header: list[str], extra: int, width: int) -> int | None:
    """Where the pixels begin in rows without labels, beside which there may be a column of no use.

    None where a column may be meant as labels that cannot be read.
    """
    if extra > 1:
        return None
    if not extra or _use(table, header, width - 1, width) > 1:
        return 0
    return 1 if _use(table, header, 0, width) > 1 else None


def _unused(table: Table, header: list[str], at: int, width: int) -> str:
    value = _values(table, at, width)[0]
    return say(
        "{place} was not used (“{value}”)",
        place=_ordinal(at, width, header),
        value=short(str(value)) if str(value) else "",
    )


def _check_pixels(column: Array, low: float, high: float) -> None:
    """The outer pixels have to be of the kind of all others. Raises DataError."""
    extent = Extent(min(low, 0), max(high, 1 if high <= 1 else 255 if high <= 255 else high))
    least, most = float(column.min()), float(column.max())
    if least < extent.low - 0.3 or most > extent.high + 0.3:
        raise DataError(
            say("The pixels go from {low:g} to {high:g}: expected whole numbers from 0 to 255, or fractions "
                "from 0 to 1.", low=min(low, least), high=max(high, most))
        )  # fmt: skip


def _no_number(name: str, table: Table, at: int, width: int) -> DataError:
    place = _outer_at(at, width) or 0
    row = int(np.argmax(np.isnan(table.outer[:, place])))
    cell = "" if table.texts is None else table.texts[place][row]
    return DataError(
        say("{name} has “{cell}” among its pixels, in column {column:,}: expected numbers there, {row}.",
            name=name, cell=short(cell) if cell else "", column=at + 1, row=ROW)
    )  # fmt: skip


def _outer_at(column: int, width: int) -> int | None:
    """Where a column is among the outer ones, None of one between."""
    if column < OUTER:
        return column
    return 2 * OUTER - (width - column) if column >= width - OUTER else None


def _places(name: str, table: Table, header: list[str], side: int, extra: int) -> list[Place]:
    """Every way to read a row: which cells are pixels, which one is the label, the others being of no use."""
    width = side * side + extra
    if extra == _MARKS:
        return _marked(name, table, side)
    found: list[tuple[int, Place]] = []
    none = say(
        "{name} has no labels: expected whole numbers from 0 to 9 in the first or last column.", name=name
    )
    wrong = almost = ""
    for start in range(extra + 1):
        others = [*range(start), *range(start + side * side, width)]
        for at in others:
            called = header[at] if header else ""
            if called in HANDS:
                continue
            values = _values(table, at, width)
            named = called in LABELS
            ways = upload_labels.digits_of(values)
            if not ways and named:
                wrong = wrong or _wrong(name, values)
            elif not ways and not almost and _mostly_labels(values):
                almost = _wrong(name, values)
            useless = [_use(table, header, other, width) for other in others if other != at]
            if 0 in useless or (not named and upload_labels.is_running(values)):
                continue
            for labels, said in ways:
                words = _ordinal(at, width, header) + (f" ({said})" if len(ways) > 1 else "")
                found.append((sum(useless), Place(words, labels, start, named, said)))
    if wrong and not any(place.named for _, place in found):
        raise DataError(wrong)
    # A corner in which there never is ink is no label; nor is anything that never changes, beside what does.
    found = [each for each in found if each[1].named or each[1].labels.any()]
    if any(len(np.unique(place.labels)) > 1 for _, place in found):
        found = [each for each in found if each[1].named or len(np.unique(each[1].labels)) > 1]
    if not found:
        if almost or _bare_at(table, header, extra, width) is None:
            raise DataError(almost or none)
        return []
    best = max(score for score, _ in found)
    places = [place for score, place in found if score == best or place.named]
    return [place for place in places if place.named] or places


def _marked(name: str, table: Table, side: int) -> list[Place]:
    """Labels as ten columns of which one is marked, at either end of the rows."""
    inner = _MARKS - OUTER
    for words, outer, part, start in (
        (say("the last ten columns"), slice(OUTER, None), slice(-inner, None), 0),
        (say("the first ten columns"), slice(0, OUTER), slice(0, inner), _MARKS),
    ):
        middle = np.concatenate([chunk[:, part] for chunk in table.chunks])
        both = [middle, table.outer[:, outer]] if start == 0 else [table.outer[:, outer], middle]
        for labels, said in upload_labels.digits_of(np.concatenate(both, axis=1)):
            return [Place(words, labels, start, named=True, said=said)]
    raise DataError(
        say("{name} has {n} more columns than pixels, and not one in each row is marked: expected {row}.",
            name=name, n=_MARKS, row=ROW)
    )  # fmt: skip


def _values(table: Table, at: int, width: int) -> Array:
    place = _outer_at(at, width) or 0
    column: Array = table.outer[:, place]
    if table.texts is not None and np.isnan(column).any():
        return np.array([text[:_LONGEST_WORD] for text in table.texts[place]])
    return column


def _use(table: Table, header: list[str], at: int, width: int) -> int:
    """How surely a column is neither pixels nor labels: 0 not at all, 3 for one that is empty."""
    values = _values(table, at, width)
    called = header[at] if header else None
    if values.dtype.kind == "U" and not any(values.tolist()):
        return 3
    if called in _COUNTS or called in HANDS:
        return 3
    if values.dtype.kind == "f" and upload_labels.is_running(values):
        return 2
    if called == "" or (
        values.dtype.kind == "U" and np.isnan(table.outer[:, _outer_at(at, width) or 0]).all()
    ):
        return 2
    distinct = len(set(values.tolist())) == len(values) > 10
    return 1 if distinct else 0


def _ordinal(at: int, width: int, header: list[str]) -> str:
    if at == 0:
        return say("the first column")
    if at == width - 1:
        return say("the last column")
    if header and header[at]:
        return say("the column “{name}”", name=short(header[at]))
    return say("column {n}", n=at + 1)


def _mostly_labels(values: Array) -> bool:
    """Whether most of a column would do as labels, and only some would not."""
    if len(np.unique(values)) < 2:
        return False
    fit = sum(bool(upload_labels.digits_of(np.array([each]))) for each in values[:1000].tolist())
    return fit > 0.8 * min(len(values), 1000)


def _wrong(name: str, values: Array) -> str:
    if values.dtype.kind == "f":
        return say(
            "{name} has labels from {low:g} to {high:g}, which are not digits: expected 0 to 9.",
            name=name, low=float(np.min(values)), high=float(np.max(values)),
        )  # fmt: skip
    strange = next((each for each in values.tolist() if not upload_labels.digits_of(np.array([each]))), "")
    return say(
        "{name} has “{strange}” among its labels, which is not a digit: expected 0 to 9.",
        name=name, strange=short(strange) if strange else "",
    )  # fmt: skip
