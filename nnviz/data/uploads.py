"""Somebody's own digits: a table, arrays or pictures, told apart by what they hold and not by their names.

`look` reads them and says what it found: which numbers are ink, whether ink is darker than paper, whether
rows and columns have been swapped, where the labels may be. All of that is judged over the whole upload and
can be overruled (`Choice`); nothing is kept before. What can be read, and from where:

- tables as text (`upload_tables`) or Parquet (`upload_parquet`), arrays of NPZ, NPY, IDX and MAT
  (`upload_arrays`) and of JSON (`upload_json`), pictures (`upload_pictures`; other forms than PNG and JPEG,
  `picture_forms`), each also in .zip, .tar or .gz (`upload_files`);
- 28 x 28 pixels as they are; other squares from 8 x 8 to 64 x 64 are fitted (`upload_pixels`);
- labels in a column, an array, a table of names, the names of pictures or their folders (`upload_labels`);
  or typed, where there are none.

Whatever cannot be used is refused by a DataError whose sentence says what was found and what was expected.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnviz.core.records import Array, Dataset
from nnviz.core.words import say, say_many
from nnviz.data import (
    upload_arrays,
    upload_files,
    upload_labels,
    upload_parquet,
    upload_pictures,
    upload_pixels,
    upload_tables,
)
from nnviz.data.mnist import DataError, make_dataset
from nnviz.data.upload_files import MOST_BYTES, MOST_MB, Brought, short
from nnviz.data.upload_pictures import MOST_PIXELS, opened
from nnviz.data.upload_pixels import Advance
from nnviz.data.upload_tables import MOST_DIGITS, Part

__all__ = [
    "MOST_BYTES",
    "MOST_DIGITS",
    "MOST_MB",
    "MOST_PIXELS",
    "Choice",
    "Upload",
    "latest",
    "look",
    "opened",
    "read",
]

SHOWN = 20
"""How many digits are shown before any is kept."""
MOST_TYPED = 400  # labels that somebody may type

_LONGEST_LIST = 8 * 2**20  # bytes of a table that names pictures
_TOGETHER = ("picture", "idx", "npy")  # kinds of which several files make one upload


@dataclass(frozen=True)
class Choice:
    """What the user says about an upload; None where it is as `look` found it.

    Attributes
    ----------
    turned
        Whether light and dark are swapped.
    swapped
        Whether rows and columns are swapped.
    place
        Where the labels are, of `Upload.places`.
    typed
        The labels themselves, in the order of the digits; None where they are in the upload.
    """

    turned: bool | None = None
    swapped: bool | None = None
    place: int | None = None
    typed: str | None = None


@dataclass(frozen=True, eq=False)
class Upload:
    """Digits that were brought, before any of them is kept.

    Attributes
    ----------
    name
        Of the file, or how many pictures there are.
    places
        Where the labels may be, in words.
    place
        Where they are, of `places`; None if only the user can tell.
    turned
        Whether ink is darker than paper, so that light and dark have to be swapped.
    swapped
        Whether rows and columns seem to be swapped.
    said
        What else was done to the digits, in words.
    """

    name: str
    places: tuple[str, ...]
    place: int | None
    turned: bool
    swapped: bool
    said: tuple[str, ...]
    _parts: tuple[Part, ...]

    def __len__(self) -> int:
        return sum(len(part.pixels) for part in self._parts)

    def few(self, choice: Choice, n: int = SHOWN) -> tuple[Array, list[int | None]]:
        """Some of the digits, (n, 28, 28) uint8, with their labels, None where they are not known.

        All of them if they are to be labelled by hand.
        """
        rows = np.arange(len(self)) if len(self) <= n else _some(len(self), n)
        place = self.place if choice.place is None else choice.place
        images, start = [], 0
        for part in self._parts:
            here = rows[(rows >= start) & (rows < start + len(part.pixels))] - start
            images.append(self._images(part, place or 0, here, choice))
            start += len(part.pixels)
        labels = self._labels(choice)
        shown: list[int | None] = [
            None if labels is None or at >= len(labels) else int(labels[at]) for at in rows
        ]
        return np.concatenate(images), shown

    def dataset(self, choice: Choice | None = None) -> Dataset:
        """The digits as they are kept.

        Raises
        ------
        DataError
            When the labels are not known or not enough, or the digits blank.
        """
        choice = choice or Choice()
        if problem := self.problem(choice):
            raise DataError(problem)
        labels = self._labels(choice)
        assert labels is not None, "there is no problem"
        place = self.place if choice.place is None else choice.place
        parts = [self._images(part, place or 0, None, choice) for part in self._parts]
        images = parts[0] if len(parts) == 1 else np.concatenate(parts)
        if not images.any():
            raise DataError(say("The pictures are blank: expected ink that differs from its paper."))
        return make_dataset(
            f"upload: {self.name}",
            images,
            labels,
            say("Uploaded by the user: {name}", name=self.name),
            self._hands(),
        )

    def _hands(self) -> Array | None:
        """(n,) a number for each that wrote, who is named by nothing else from here on."""
        told = [part.hands for part in self._parts if part.hands is not None]
        if len(told) < len(self._parts):
            return None
        words = np.concatenate(told)
        if all(word.isdecimal() and len(word) < 16 for word in words.tolist()):
            words = words.astype(np.int64)  # so that the 10th comes after the 9th
        numbers: Array = np.unique(words, return_inverse=True)[1]
        return numbers

    def problem(self, choice: Choice) -> str:
        """Why the digits cannot be kept so: a sentence, "" if they can."""
        labels = self._labels(choice)
        if labels is None:
            return self._question()
        if choice.typed and not re.fullmatch("[0-9]+", choice.typed):
            return say("Labels are digits: expected only 0 to 9, found “{typed}”.", typed=short(choice.typed))
        if not len(labels):
            return say("Which digits are these? Expected a label for each, typed in their order.")
        if len(labels) != len(self):
            return say(
                "There are {n:,} labels for {all:,} digits: expected one for each, in their order.",
                n=len(labels),
                all=len(self),
            )
        return _share(labels)

    def _question(self) -> str:
        """What has to be asked where the labels cannot be told."""
        if not self.places:
            return say(
                "{name} does not tell which digits these are: expected their labels, typed in this order.",
                name=self.name,
            )
        if len(self.places) == 1:
            return say(
                "{name} may have its labels in {place}, but the digits look otherwise: expected that you "
                "choose where they are, or type them.",
                name=self.name,
                place=self.places[0],
            )
        return say(
            "{name} could have its labels in more than one place ({places}): expected that you "
            "choose where they are.",
            name=self.name,
            places=", ".join(self.places[:4]),
        )

    def _labels(self, choice: Choice) -> Array | None:
        """As many as are known; None where it is not known where they are."""
        if choice.typed is not None:
            return np.array([int(letter) for letter in choice.typed if letter in "0123456789"], np.int64)
        place = self.place if choice.place is None else choice.place
        if place is None or not 0 <= place < len(self.places):
            return None
        return np.concatenate([part.places[place].labels for part in self._parts])

    def _images(self, part: Part, place: int, rows: Array | None, choice: Choice) -> Array:
        turned = self.turned if choice.turned is None else choice.turned
        swapped = self.swapped if choice.swapped is None else choice.swapped
        return _made(part, place, rows, turned=turned, clean=turned == self.turned, swapped=swapped)


def look(uploaded: Sequence[tuple[str, bytes]], advance: Advance = lambda part: None) -> Upload:
    """Read an upload, and find out what it is.

    Parameters
    ----------
    uploaded
        The files as (name, content).
    advance
        Told how much has been read, from 0 to 1, now and then.

    Raises
    ------
    DataError
        On anything that holds no digits; nothing else is raised.
    """
    files = upload_files.unpacked(uploaded)
    parts = _parts(files, advance, archive=len(uploaded) == 1 and len(files) > 1)
    first = parts[0]
    if any(len(part.places) != len(first.places) or part.side != first.side for part in parts):
        parts = [max(parts, key=lambda part: len(part.pixels))]
        first = parts[0]
    big = max(parts, key=lambda part: len(part.pixels))
    start = big.begin(0)
    if not any(len(part.places) for part in parts):
        _check_few(parts, short(uploaded[0][0]) if len(uploaded) == 1 else first.name)
    _same_polarity(parts)
    # Of pictures each has been looked at already.
    turned = not big.strict and upload_pixels.is_dark_on_light(
        big.pixels[:, start : start + big.side**2], big.side
    )
    rows = _some(len(big.pixels), upload_pixels.SAMPLE)
    samples = [_made(big, at, rows, turned=turned) for at in range(max(1, len(big.places)))]
    swapped = upload_pixels.looks_swapped(samples[0])
    if swapped:
        samples = [each.transpose(0, 2, 1) for each in samples]
    place = upload_labels.chosen(big.places, samples, rows, strict=big.strict) if big.places else None
    said = list(dict.fromkeys(words for part in parts for words in part.said))
    if place is not None and big.places[place].said:
        said.append(big.places[place].said)
    if not big.strict and big.side != 28:
        said.append(say("{side} × {side} pixels were fitted into 28 × 28", side=big.side))
    if not big.strict and _is_grey(big, place or 0, turned):
        said.append(say("grey paper became black"))
    if hands := [set(part.hands.tolist()) for part in parts if part.hands is not None]:
        n = len(set().union(*hands))
        said.append(
            say_many(
                n, "the file tells who wrote them: {n:,} hand", "the file tells who wrote them: {n:,} hands"
            )
        )
    name = short(uploaded[0][0]) if len(uploaded) == 1 else first.name
    return Upload(
        name, tuple(each.words for each in first.places), place, turned, swapped, tuple(said), tuple(parts)
    )


def read(uploaded: Sequence[tuple[str, bytes]]) -> Dataset:
    """The digits of an upload, all being as `look` finds it.

    Raises
    ------
    DataError
        On anything that cannot be learned from, and where only the user can tell where the labels are.
    """
    return look(uploaded).dataset()


def latest(uploaded: Sequence[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Of files in the order they were brought: the last one, and those of its kind that belong together."""
    kinds = [_kind_within(content) for _, content in uploaded]
    if kinds[-1] not in _TOGETHER:
        return list(uploaded[-1:])
    return [file for file, kind in zip(uploaded, kinds, strict=True) if kind == kinds[-1]]


def _kind_within(content: bytes) -> str:
    kind = upload_files.kind_of(content)
    if kind != "gz":
        return kind
    try:
        return upload_files.kind_of(zlib.decompressobj(31).decompress(content[:4096], 64))
    except zlib.error:
        return kind


def _parts(files: list[Brought], advance: Advance, *, archive: bool) -> list[Part]:
    """The digits in files of one kind; of an archive's, those that can be read."""
    kinds = {file.kind for file in files}
    if kinds == {"picture"}:
        return [upload_pictures.part([(file.name, file.content) for file in files], advance)]
    if kinds <= set(upload_arrays.KINDS) and (kinds <= set(_TOGETHER) or len(files) == 1):
        return upload_arrays.parts(files)
    if len(files) == 1 and files[0].kind == "parquet":
        return [upload_parquet.read(files[0].name, files[0].content, advance)]
    if len(files) == 1:
        return [upload_tables.read(files[0].name, files[0].content, advance)]
    if not archive:
        raise DataError(
            say("These are {n:,} files that do not belong together: expected one file, "
                "only pictures, or pictures and labels as IDX or NPY.", n=len(files))
        )  # fmt: skip
    return _of_archive(files, advance)


def _of_archive(files: list[Brought], advance: Advance) -> list[Part]:
    """An archive may hold pages of explanations and tables without labels beside what is wanted."""
    if listed := _listed_pictures(files, advance):
        return listed
    for kind in ("picture", "idx", "npy"):
        some = [file for file in files if file.kind == kind]
        if len(some) > 1 and sum(len(file.content) for file in some) * 2 > sum(
            len(file.content) for file in files
        ):
            return _parts(some, advance, archive=False)
    found: list[Part] = []
    left_out: list[str] = []
    reason: DataError | None = None
    pictures = [file for file in files if file.kind == "picture"]
    groups = [pictures] * bool(pictures) + [[file] for file in files if file.kind != "picture"]
    for number, group in enumerate(groups):
        try:
            found += _parts(group, _stretched(advance, number, len(groups)), archive=False)
        except DataError as error:
            reason = reason or error
            left_out += [short(file.name) for file in group]
    if not found:
        raise reason or DataError(
            say("There is no file: expected {expected}.", expected=upload_files.EXPECTED)
        )
    if sum(len(part.pixels) for part in found) > upload_tables.MOST_DIGITS:
        raise upload_tables.too_many(sum(len(part.pixels) for part in found))
    if len(found) == 1 and not found[0].places:
        for file in files:
            if file.kind == "text" and short(file.name) in left_out:
                found[0].places = upload_labels.in_column(
                    file.content, short(file.name), len(found[0].pixels)
                )
            if found[0].places:
                left_out.remove(short(file.name))
                break
    if any(part.places for part in found):
        left_out += [short(part.name) for part in found if not part.places]
        found = [part for part in found if part.places]
    if left_out:
        found[0].said.append(say("not used: {files}", files=", ".join(left_out[:4])))
    return found


def _listed_pictures(files: list[Brought], advance: Advance) -> list[Part]:
    """Pictures beside a table that names each, with its label; nothing where it is otherwise."""
    pictures = [file for file in files if file.kind == "picture"]
    for table in files:
        if table.kind != "text" or len(pictures) < 2 or len(table.content) > _LONGEST_LIST:
            continue
        named = upload_labels.by_names(table.content, [file.name for file in pictures])
        if named is None:
            continue
        words, labels, rows = named
        part = upload_pictures.part([(pictures[i].name, pictures[i].content) for i in rows], advance)
        if len(part.pixels) != len(rows):  # a picture of several pages
            continue
        part.places = [upload_labels.Place(f"{short(table.name)}, {words}", labels, named=True)]
        if len(rows) < len(pictures):
            part.said.append(
                say("not used: {n:,} pictures that {name} does not name",
                    n=len(pictures) - len(rows), name=short(table.name))
            )  # fmt: skip
        return [part]
    return []


def _stretched(advance: Advance, number: int, n: int) -> Advance:
    """Tells how much of n files has been read, while the one of that number is."""
    return lambda part: advance((number + part) / n)


def _made(
    part: Part, place: int, rows: Array | None, *, turned: bool, clean: bool = True, swapped: bool = False
) -> Array:
    """(n, 28, 28) uint8 of some of the digits, or all."""
    start = part.begin(place)
    pixels = part.pixels[:, start : start + part.side**2]
    if rows is not None:
        pixels = pixels[rows]
    if not len(pixels):
        return np.zeros((0, 28, 28), np.uint8)
    if turned:
        pixels = np.invert(pixels)
    if clean and not part.strict:
        pixels, _ = upload_pixels.on_black(pixels, part.side)
    images = upload_pixels.fitted(pixels.reshape(-1, part.side, part.side))
    return np.ascontiguousarray(images.transpose(0, 2, 1)) if swapped else images


def _check_few(parts: Sequence[Part], name: str) -> None:
    """Labels that are in no file are typed, for as many digits as anybody would. Raises DataError."""
    n = sum(len(part.pixels) for part in parts)
    if n > MOST_TYPED:
        raise DataError(
            say(
                "{name} holds {n:,} digits and no labels: expected a label for each. Those of up to {most:,} "
                "digits can be typed here.",
                name=name,
                n=n,
                most=MOST_TYPED,
            )
        )


def _same_polarity(parts: Sequence[Part]) -> None:
    """Where some digits are dark on light and others are not, the dark ones are turned over."""
    for part in parts:
        start = part.begin(0)
        if part.strict:
            continue
        found = upload_pixels.polarities(part.pixels[:, start : start + part.side**2], part.side)
        dark, light = found == 1, found == 0
        if not (dark.any() and light.any()):
            continue
        unsure = ~dark & ~light
        if dark.sum() > light.sum():
            dark |= unsure
        part.pixels = np.where(dark[:, None], np.invert(part.pixels), part.pixels)
        part.said.append(
            say(
                "{n:,} of {all:,} were dark on light and were turned over, the others were not",
                n=int(dark.sum()),
                all=len(part.pixels),
            )
        )


def _is_grey(part: Part, place: int, turned: bool) -> bool:
    start = part.begin(place)
    few = part.pixels[_some(len(part.pixels), 1000), start : start + part.side**2]
    return upload_pixels.on_black(np.invert(few) if turned else few, part.side)[1]


def _some(n: int, most: int) -> Array:
    """Up to so many of n positions, in order, the same ones every time."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(0).permutation(n)[:most])


def _share(labels: Array) -> str:
    """Some of each digit are held back for testing, so there have to be two of each; or what is amiss."""
    digits, counts = np.unique(labels, return_counts=True)
    if len(digits) < 2:
        return say(
            "There are only {digit}s: expected at least two different digits to tell apart.", digit=digits[0]
        )
    if counts.min() < 2:
        return say(
            "There is only one {digit}: expected at least two of each digit, one to learn from and "
            "one to test with.",
            digit=digits[counts.argmin()],
        )
    return ""
