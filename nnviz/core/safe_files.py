"""Files that appear whole or not at all, and arrays out of archives nobody vouches for.

NumPy's own `np.load` believes what an archive says of itself: a header of a few bytes may ask for terabytes,
and a pickled member may run code. `read_npz` believes nothing: it adds up the declared sizes before it
decompresses, compares every array's header with the bytes that are there, and knows no pickle.
"""

from __future__ import annotations

import io
import math
import os
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

from nnviz.core.records import Array
from nnviz.core.storage import Place, RemotePath
from nnviz.core.words import say

MEGABYTE = 1_000_000
SETTLED = 60.0  # seconds after which half a file is not somebody's writing, but a remainder
_PART = ".part"
_SELDOM = 3600.0  # seconds between two notes that a file is used
_SELDOM_ELSEWHERE = 10 * 86_400.0  # and where they are not on a disk
_AT_ONCE = MEGABYTE
LAST_LETTER = 0x10FFFF  # of Unicode; Python fails at texts with more than that in them
_KINDS = "biufSU"  # booleans, integers, floats and text: all that a file of ours, or of a user, needs


class BadFile(ValueError):
    """A file that is not what it should be; the message completes the sentence "The file ..."."""


@contextmanager
def replacing(path: Place) -> Iterator[IO[bytes]]:
    """A binary file to write to, which takes its place at `path` only if the block ends well.

    Several processes may do so at once: each writes beside the place, and the last one to finish stays.
    """
    if not isinstance(path, Path):
        whole = io.BytesIO()
        yield whole
        path.write_bytes(whole.getvalue())
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=_PART)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def sweep(folder: Place) -> None:
    """Remove what processes that died left half written, in a folder and those within it."""
    if not isinstance(folder, Path):
        return  # where nothing is half written
    for path in list(folder.rglob(f".*{_PART}")):
        with suppress(OSError):  # another process is sweeping too
            if time.time() - path.stat().st_mtime > SETTLED:
                path.unlink()


def mark_used(path: Place) -> None:
    """Note that a file was of use now, without a change to when it was written."""
    with suppress(OSError):
        if not isinstance(path, Path):
            # It has one time only, and every note is a file written again: the more seldom.
            if time.time() - last_used(path) > _SELDOM_ELSEWHERE:
                path.touch()
        elif time.time() - last_used(path) > _SELDOM:
            os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))


def last_used(path: Place) -> float:
    """When a file was written or of use, Unix time; 0 of one that is gone."""
    with suppress(OSError):
        status = path.stat()
        return max(status.st_atime, status.st_mtime)
    return 0.0


def remove_unused(files: Iterable[Place], seconds: float, now: float | None = None) -> None:
    """Remove what has been of no use for that long; now: Unix time, if it is not to be the clock's."""
    now = time.time() if now is None else now
    for path in files:
        if now - last_used(path) > seconds:
            path.unlink(missing_ok=True)


def remove_oldest(files: Iterable[Place], most: int, spared: Place) -> None:
    """Remove what was of no use for longest, until only so many are left; one of them is never removed."""
    for path in sorted(files, key=lambda each: (each == spared, last_used(each)))[:-most]:
        path.unlink(missing_ok=True)


def write_npz(path: Place, **arrays: Array) -> None:
    """Save arrays, compressed, so that nobody ever reads half of them.

    Raises
    ------
    OSError
        When they cannot be written.
    """
    with replacing(path) as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def read_npz(source: Place | bytes, *, limit: int = 512 * MEGABYTE, but: str = "") -> dict[str, Array]:
    """The arrays of an .npz file by name, read-only.

    Parameters
    ----------
    limit
        Bytes that the arrays may take up together, unpacked.
    but
        A member that is left alone.

    Raises
    ------
    BadFile
        On anything that is not an archive of plain arrays.
    OSError
        When a path cannot be read.
    MemoryError
        When there is none left for so many numbers.
    """
    if isinstance(source, RemotePath):
        source = source.read_bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source) as archive:
            members = [member for member in archive.infolist() if member.filename != but]
            unpacked = sum(member.file_size for member in members)
            if unpacked > limit:
                raise BadFile(
                    say(
                        "unpacks to {unpacked:,.0f} MB, more than {limit:,.0f} MB",
                        unpacked=unpacked / MEGABYTE,
                        limit=limit / MEGABYTE,
                    )
                )
            return {member.filename.removesuffix(".npy"): _array(archive, member) for member in members}
    except (BadFile, MemoryError):
        raise
    except Exception as error:  # a hostile archive makes zipfile and NumPy raise nearly anything
        if isinstance(error, OSError) and isinstance(source, Path):
            raise
        raise BadFile(say("is damaged, or not an .npz file of plain arrays")) from error


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Array:
    with archive.open(member) as stream:
        version = npy.read_magic(stream)
        if version == (1, 0):
            shape, by_column, dtype = npy.read_array_header_1_0(stream)
        elif version == (2, 0):
            shape, by_column, dtype = npy.read_array_header_2_0(stream)
        else:
            raise BadFile(say("holds an array in a format that is not read here"))
        if dtype.hasobject:
            raise BadFile(say("holds pickled Python objects, which are never opened"))
        if dtype.kind not in _KINDS or dtype.itemsize == 0 or min(shape, default=0) < 0:
            raise BadFile(say("holds an array that is not of numbers or text"))
        expected = math.prod(shape) * dtype.itemsize
        if stream.tell() + expected != member.file_size:
            raise BadFile(say("announces more numbers than it holds, or fewer"))
        content = np.empty(expected, np.uint8)  # filled bit by bit: `read` would hold all of it twice
        filled = 0
        while filled < expected and (part := stream.read(min(_AT_ONCE, expected - filled))):
            content[filled : filled + len(part)] = np.frombuffer(part, np.uint8)
            filled += len(part)
        # Asking past the end makes zipfile compare the checksum.
        if filled != expected or stream.read(1):
            raise BadFile(say("is damaged, or not an .npz file of plain arrays"))
    if dtype.kind == "U" and (content.view(dtype.str[0] + "u4") > LAST_LETTER).any():
        raise BadFile(say("is damaged, or not an .npz file of plain arrays"))
    content.setflags(write=False)
    return content.view(dtype).reshape(shape, order="F" if by_column else "C")
