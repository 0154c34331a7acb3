"""The snapshots of a training in the file of its network: one member more of the archive that it is.

`.npz` and `.keras` are both zip archives, so both have them in one way: an .npz of plain arrays,
`epochs.npz`, not squeezed, as numbers like these hardly get smaller. The network never depends on it: who
reads a network leaves it alone, and where it is damaged or too large there are no snapshots. Nothing is
pickled, sizes are compared before anything is unpacked, and every snapshot has to answer in finite numbers.
"""

from __future__ import annotations

import io
import struct
import zipfile

import numpy as np

from nnviz.core import safe_files
from nnviz.core.json_records import MOST_EPOCHS
from nnviz.core.records import Array
from nnviz.core.safe_files import BadFile
from nnviz.core.snapshots import MOST, MOST_BYTES, Snapshots
from nnviz.core.words import say
from nnviz.inference import flat
from nnviz.inference.graph import BadNetwork, Network

MEMBER = "epochs.npz"
_MOST_SIZE = MOST_BYTES + 50_000  # with the heads of its arrays
_ENTRY, _ENTRY_SIZE = b"PK\x01\x02", 46  # of a zip's directory: how it begins, and its least bytes
_THEN = (2020, 1, 1, 0, 0, 0)


class NoSnapshots(ValueError):
    """There are none that can be shown; the message is a sentence."""


def attach(content: bytes, kept: Snapshots | None) -> bytes:
    """The same file of a network with these snapshots, or with none."""
    if kept is None:
        return remove(content)
    inside = io.BytesIO()
    np.savez(inside, allow_pickle=False, epochs=kept.epochs, values=kept.values)
    return _with(remove(content), inside.getvalue())


def carry(before: bytes, content: bytes) -> bytes:
    """The file `content` with the snapshots that the file `before` has, as they are."""
    inside = _member(before)
    return content if inside is None else _with(content, inside)


def remove(content: bytes) -> bytes:
    """The same file without its snapshots: to the last byte what `attach` was given, where they come last.

    So what was found with a network (a map of its codes) is known again by the rest of its file.
    """
    if not has(content):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        members = old.infolist()
        (own,) = [member for member in members if member.filename == MEMBER][-1:]
        if own.header_offset == max(member.header_offset for member in members):
            return _cut(content, own.header_offset, old.start_dir)
        smaller = io.BytesIO()
        with zipfile.ZipFile(smaller, "w") as new:
            for member in members:
                if member.filename != MEMBER:
                    new.writestr(member, old.read(member))
    return smaller.getvalue()


def thin(content: bytes, most_bytes: int) -> bytes:
    """The same file of our own with so few snapshots that they take no more than that."""
    inside = _member(content)
    if inside is None:
        return content
    return attach(content, Snapshots(**safe_files.read_npz(inside)).thinned(most_bytes))


def has(content: bytes) -> bool:
    """Whether there is anything that is called snapshots in a file, in order or not."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return MEMBER in archive.namelist()
    except Exception:  # a hostile archive makes zipfile raise nearly anything
        return False


def read(content: bytes, network: Network) -> Snapshots:
    """The snapshots in a file of that network.

    Raises
    ------
    NoSnapshots
        When there are none, or none that are in order.
    """
    inside = _member(content)
    if inside is None:
        raise NoSnapshots(
            say("This network kept no epochs of its training, so there is nothing to go back to.")
        )
    try:
        found = _checked(safe_files.read_npz(inside, limit=_MOST_SIZE), _parameters(network))
        papers = np.random.default_rng(0).random((2, 28, 28), np.float32)
        papers[0] = 1
        for epoch in found.epochs:
            with np.errstate(all="ignore"):
                if not np.isfinite(at(network, found, int(epoch)).predict(papers)).all():
                    raise BadFile("answers")
    except (BadFile, BadNetwork) as error:
        raise NoSnapshots(
            say("The kept epochs of this network are damaged. The network itself is whole.")
        ) from error
    return found


def at(network: Network, kept: Snapshots, epoch: int) -> Network:
    """The network as it was after that epoch, or after the last that was kept before it."""
    return flat.with_values(network, kept.at(epoch))


def _cut(content: bytes, end: int, directory: int) -> bytes:
    """An archive up to the member that begins at `end`, its last."""
    entries, at = b"", directory
    count = 0
    while content[at : at + 4] == _ENTRY:
        size = _ENTRY_SIZE + sum(struct.unpack_from("<3H", content, at + 28))
        entry = content[at : at + size]
        if struct.unpack_from("<I", entry, 42)[0] != end:
            entries += entry
            count += 1
        at += size
    ending = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(entries), end, 0)
    return content[:end] + entries + ending


def _parameters(network: Network) -> int:
    return sum(w.size for part in network.parts for w in part.weights.values())


def _checked(arrays: dict[str, Array], parameters: int) -> Snapshots:
    """Raises BadFile."""
    epochs, rows = arrays.get("epochs"), arrays.get("values")
    if epochs is None or rows is None or len(arrays) != 2:
        raise BadFile("names")
    if epochs.dtype != np.int32 or epochs.ndim != 1 or not 1 <= len(epochs) <= MOST:
        raise BadFile("epochs")
    if rows.dtype != np.float16 or rows.shape != (len(epochs), parameters):
        raise BadFile("values")
    if epochs[0] < 0 or epochs[-1] > MOST_EPOCHS or (np.diff(epochs) <= 0).any():
        raise BadFile("order")
    if not np.isfinite(rows).all():
        raise BadFile("finite")
    return Snapshots(epochs, rows)


def _member(content: bytes) -> bytes | None:
    """The member's bytes, b"" where it is there and cannot be read; None where it is not there."""
    if not has(content):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.getinfo(MEMBER).file_size > _MOST_SIZE:
                return b""
            return archive.read(MEMBER)
    except Exception:  # as above
        return b""


def _with(content: bytes, inside: bytes) -> bytes:
    file = io.BytesIO(content)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(zipfile.ZipInfo(MEMBER, _THEN), inside)
    return file.getvalue()
