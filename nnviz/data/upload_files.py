"""What was brought, unpacked: archives are opened within one limit, and files are known by their first bytes.

Sizes are added up before anything is unpacked, and again while it is: an archive may say what it likes of
itself. Nothing is written to the disk, and no name out of an archive is ever used as a path.
"""

from __future__ import annotations

import io
import re
import tarfile
import zipfile
import zlib
from collections.abc import Sequence
from typing import NamedTuple

from nnviz.core.words import say
from nnviz.data import picture_forms
from nnviz.data.mnist import DataError

MOST_MB = 128
"""What an upload may have, packed and unpacked, in Streamlit's megabytes: `.streamlit/config.toml` says the
same. Kaggle's train.csv has 74 of them, a CSV of MNIST's 60,000 digits 105."""
MOST_BYTES = MOST_MB * 1024 * 1024
MOST_MEMBERS = 80_000  # of an archive: MNIST as pictures, and their folders
MOST_OTHERS = 3_000  # of them that are not pictures

_PNG, _JPEG, _ZIP, _GZIP = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"PK", b"\x1f\x8b"
_TAR = b"ustar"
_NPY, _MAT, _PARQUET = b"\x93NUMPY", b"MATLAB 5.0", b"PAR1"
_IN_JSON = tuple(bytes([letter]) for letter in b'"[{-0123456789')  # what a list or a record begins with
_PIECE, _SIP = 1 << 20, 1 << 14  # bytes that are unpacked, and that are looked at, together
_DEEPEST = 3  # archives within archives
_CONTAINERS = {  # forms that hold digits now and then, and are not read: what they are, what to do
    b"\x89HDF": say("an HDF5 file (.h5, or .mat of MATLAB 7.3): save it as .npz, or with -v7 in MATLAB"),
    b"\xd0\xcf\x11\xe0": say("an old Excel file: save it as CSV"),
    b"\x80\x02": say("a Python pickle, which could run code and is never opened: save it as .npz"),
    b"\x80\x03": say("a Python pickle, which could run code and is never opened: save it as .npz"),
    b"\x80\x04": say("a Python pickle, which could run code and is never opened: save it as .npz"),
    b"\x80\x05": say("a Python pickle, which could run code and is never opened: save it as .npz"),
    b"SQLite format": say("a database: save its table as CSV"),
    b"7z\xbc\xaf": say("a 7z archive: unpack it first, or pack it as .zip"),
    b"Rar!": say("a RAR archive: unpack it first, or pack it as .zip"),
    b"\xfd7zXZ": say("an xz archive: unpack it first, or pack it as .zip"),
    b"BZh": say("a bz2 archive: unpack it first, or pack it as .zip"),
    b"RIFF": say("a sound or a film: expected were pictures"),
    b"<svg": say("an SVG picture: save it as PNG"),
    b"<?xml": say("an XML file: save pictures as PNG, and tables as CSV"),
    b"8BPS": say("a Photoshop picture: save it as PNG"),
    b"\0\0\0\x1cftypavif": say("an AVIF picture: save it as PNG"),
    b"\0\0\0 ftypavif": say("an AVIF picture: save it as PNG"),
    b"ARROW1": say("an Arrow or Feather file: save it as Parquet or CSV"),
    b"FEA1": say("an Arrow or Feather file: save it as Parquet or CSV"),
    b"RDX2": say("a file of R: save it as CSV, with write.csv"),
    b"RDX3": say("a file of R: save it as CSV, with write.csv"),
    b"X\n\0\0": say("a file of R: save it as CSV, with write.csv"),
    b"\x28\xb5\x2f\xfd": say("a zst archive: unpack it first, or pack it as .zip"),
    b"version https://git-lfs": say(
        "a pointer of Git LFS, not the file itself: download the file with git lfs pull"
    ),
    b"(lp": say("a Python pickle, which could run code and is never opened: save it as .npz"),
    b"(dp": say("a Python pickle, which could run code and is never opened: save it as .npz"),
    b"(c": say("a Python pickle, which could run code and is never opened: save it as .npz"),
    b"cnumpy": say("a Python pickle, which could run code and is never opened: save it as .npz"),
    b"(cnumpy": say("a Python pickle, which could run code and is never opened: save it as .npz"),
    b"x\x9c": say("compressed by joblib, a pickle that could run code and is never opened: save it as .npz"),
    b"x\x01": say("compressed by joblib, a pickle that could run code and is never opened: save it as .npz"),
    b"x\xda": say("compressed by joblib, a pickle that could run code and is never opened: save it as .npz"),
    b"x^": say("compressed by joblib, a pickle that could run code and is never opened: save it as .npz"),
    b"%PDF": say("a PDF: save its pictures as PNG"),
    b"<!DOCTYPE": say("a web page, not the file itself: download the file anew"),
    b"<!doctype": say("a web page, not the file itself: download the file anew"),
    b"<html": say("a web page, not the file itself: download the file anew"),
}

EXPECTED = say("a CSV, NPZ, IDX, MAT, JSON or Parquet file, also as .zip or .gz, or pictures of digits")


class Brought(NamedTuple):
    """A file that is no archive. name: with its folders; kind: "picture", "npz", "idx" …, or "text"."""

    name: str
    content: bytes
    kind: str


def unpacked(uploaded: Sequence[tuple[str, bytes]]) -> list[Brought]:
    """The files of an upload, those in archives in place of the archives.

    Raises
    ------
    DataError
        For too much, for damaged archives, and for what is known and not read here.
    """
    if not uploaded:
        raise DataError(say("There is no file: expected {expected}.", expected=EXPECTED))
    if sum(len(content) for _, content in uploaded) > MOST_BYTES:
        raise DataError(say("That is too much: expected at most {most} MB.", most=MOST_BYTES // 2**20))
    budget = _Budget()
    return [file for name, content in uploaded for file in _opened(name, content, budget, 0)]


def kind_of(content: bytes) -> str:
    """What a file is by its first bytes."""
    if content.startswith((_PNG, _JPEG)) or picture_forms.form_of(content):
        return "picture"
    if content.startswith(_ZIP):
        return "zip"
    if content.startswith(_GZIP):
        return "gz"
    if content[257:262] == _TAR:
        return "tar"
    if content.startswith(_NPY):
        return "npy"
    if content.startswith(_MAT):
        return "mat"
    if content.startswith(_PARQUET) and content.endswith(_PARQUET):
        return "parquet"
    if len(content) > 4 and content[:2] == b"\0\0" and content[2] in range(8, 15) and 1 <= content[3] <= 4:
        return "idx"
    start = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] in (b"{", b"[") and start[1:].lstrip()[:1] in _IN_JSON:
        return "json"
    return "text"


def short(name: str) -> str:
    """A file's name as far as it can be shown: without folders, controls and what would fill the page."""
    name = "".join(letter for letter in re.split(r"[/\\]", name)[-1] if letter.isprintable())
    return (name if len(name) <= 40 else f"{name[:36]}...") or say("The file")


class _Budget:
    """How many bytes may still be unpacked."""

    def __init__(self) -> None:
        self.left = MOST_BYTES

    def take(self, name: str, size: int) -> None:
        if size > self.left:
            raise DataError(
                say(
                    "{name} unpacks to more than {most} MB: expected at most that much.",
                    name=short(name),
                    most=MOST_BYTES // 2**20,
                )
            )
        self.left -= size


def _opened(name: str, content: bytes, budget: _Budget, depth: int) -> list[Brought]:
    kind = kind_of(content)
    if kind in ("zip", "gz", "tar") and depth == _DEEPEST:
        raise DataError(
            say("{name} holds archives within archives: expected the files themselves.", name=short(name))
        )
    if kind == "gz":
        inside = _gunzipped(name, content, budget)
        return _opened(re.sub(r"\.gz$", "", name, flags=re.IGNORECASE), inside, budget, depth + 1)
    if kind == "zip":
        return _unzipped(name, content, budget, depth)
    if kind == "tar":
        return _untarred(name, content, budget, depth)
    if kind != "picture" and content.startswith(tuple(_CONTAINERS)):
        what = next(what for start, what in _CONTAINERS.items() if content.startswith(start))
        raise DataError(
            say("{name} is {what}. Expected {expected}.", name=short(name), what=what, expected=EXPECTED)
        )
    return [Brought(name, content, kind)]


def _gunzipped(name: str, content: bytes, budget: _Budget) -> bytes:
    """What it holds; several may lie one after the other, and what follows them is padding."""
    parts: list[bytes] = []
    at, rest, members = 0, b"", 0
    stream, begun, more = zlib.decompressobj(31), False, False
    try:
        while True:
            if not (rest or more):
                rest = content[at : at + _SIP]  # no more at once, as what is left of it is copied every time
                at += _SIP
            if not begun:
                rest = rest.lstrip(b"\0")
            if not (rest or more):
                if at < len(content):
                    continue
                if begun:
                    raise zlib.error("cut off")
                return b"".join(parts)
            part = stream.decompress(rest, _PIECE)
            budget.take(name, len(part))
            parts.append(part)
            begun, rest, more = True, stream.unconsumed_tail, len(part) == _PIECE
            if stream.eof:
                stream, begun, rest, more = zlib.decompressobj(31), False, stream.unused_data, False
                members += 1
                if members > MOST_MEMBERS:
                    raise zlib.error("more than anybody packs")
    except zlib.error as error:
        raise DataError(say("{name} is damaged: expected a whole .gz file.", name=short(name))) from error


def _unzipped(name: str, content: bytes, budget: _Budget, depth: int) -> list[Brought]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [member for member in archive.infolist() if _wanted(member)]
            if any(member.filename.endswith(".npy") for member in members) and not depth:
                names = {member.filename for member in members}
                if all(each.endswith(".npy") for each in names):
                    return [Brought(name, content, "npz")]
            if any(member.filename in ("[Content_Types].xml", "content.xml") for member in members):
                raise DataError(
                    say("{name} is a spreadsheet or a document: save it as CSV. Expected {expected}.",
                        name=short(name), expected=EXPECTED)
                )  # fmt: skip
            if any(member.filename.endswith("data.pkl") for member in members):
                raise DataError(
                    say("{name} is a file of PyTorch, which holds a pickle that could run code: save it as "
                        ".npz. Expected {expected}.", name=short(name), expected=EXPECTED)
                )  # fmt: skip
            if any(member.filename == "metadata.json" for member in members):
                raise DataError(
                    say("{name} is a trained network, not digits: expected {expected}.",
                        name=short(name), expected=EXPECTED)
                )  # fmt: skip
            if any(member.flag_bits & 1 for member in members):
                raise DataError(
                    say("{name} is locked by a password: expected one that is open.", name=short(name))
                )
            if len(members) > MOST_MEMBERS:
                raise DataError(
                    say("{name} holds {n:,} files: expected at most {most:,}.",
                        name=short(name), n=len(members), most=MOST_MEMBERS)
                )  # fmt: skip
            if not members:
                return [Brought(name, content, "npz")] if name.endswith(".npz") else _nothing(name)
            if sum(member.file_size for member in members) > budget.left:
                budget.take(name, sum(member.file_size for member in members))
            found: list[Brought] = []
            pictures = 0
            for member in members:
                inside = _member(archive, member)
                budget.take(name, len(inside))
                path = member.filename if len(members) > 1 or depth else member.filename.rsplit("/", 1)[-1]
                opened = _opened(path, inside, budget, depth + 1)
                found += opened
                pictures += opened[0].kind == "picture"
                _check_others(name, len(found) - pictures, pictures)
            return found
    except DataError:
        raise
    except Exception as error:  # a hostile archive makes zipfile raise nearly anything
        raise DataError(
            say("{name} is damaged: expected a whole .zip or .npz file.", name=short(name))
        ) from error


def _untarred(name: str, content: bytes, budget: _Budget, depth: int) -> list[Brought]:
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            found: list[Brought] = []
            members = pictures = 0
            for member in archive:
                members += 1
                if members > MOST_MEMBERS:
                    raise DataError(
                        say("{name} holds more than {most:,} files: expected at most that many.",
                            name=short(name), most=MOST_MEMBERS)
                    )  # fmt: skip
                if not member.isfile() or not _named_well(member.name):
                    continue
                budget.take(name, member.size)
                stream = archive.extractfile(member)
                opened = _opened(member.name, stream.read() if stream else b"", budget, depth + 1)
                found += opened
                pictures += opened[0].kind == "picture"
                _check_others(name, len(found) - pictures, pictures)
            return found or _nothing(name)
    except DataError:
        raise
    except Exception as error:  # a hostile archive makes tarfile raise nearly anything
        raise DataError(say("{name} is damaged: expected a whole .tar file.", name=short(name))) from error


def _check_others(name: str, others: int, pictures: int) -> None:
    """Only pictures come in tens of thousands, perhaps with a note beside each: so many tables nobody has."""
    if others > pictures + MOST_OTHERS:
        raise DataError(
            say(
                "{name} holds more than {most:,} files that are not pictures: expected at most that many.",
                name=short(name),
                most=MOST_OTHERS,
            )
        )


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as stream:
        content = stream.read(member.file_size)
        if len(content) != member.file_size or stream.read(1):
            raise zipfile.BadZipFile("another size than announced")
    return content


def _wanted(member: zipfile.ZipInfo) -> bool:
    """Not a folder, nor what systems and downloads leave in archives."""
    return not member.is_dir() and _named_well(member.filename)


def _named_well(name: str) -> bool:
    parts = name.split("/")
    if "__MACOSX" in parts or parts[-1].lower() in ("", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"):
        return False
    return not parts[-1].startswith(".") and not re.match(r"(readme|license)\b", parts[-1], re.IGNORECASE)


def _nothing(name: str) -> list[Brought]:
    raise DataError(say("{name} holds no file: expected {expected}.", name=short(name), expected=EXPECTED))
