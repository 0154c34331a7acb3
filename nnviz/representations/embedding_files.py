"""Maps of digits as files: drawn once, and found again by their subject.

A `subject` is which digits, seen through which model. The maps of the shipped autoencoders come with the
project.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from nnviz.core import json_records, paths, safe_files, storage
from nnviz.core.records import Dataset
from nnviz.core.storage import Place
from nnviz.core.words import say
from nnviz.model_store import snapshots
from nnviz.representations.embedding import METHODS, Map

MOST_MAPS = 500  # that are kept, about 20 MB
UNUSED = 60 * 86_400.0  # seconds after which a map that nobody has looked at is removed


def subject(model: Place, digits: Dataset, epoch: int | None = None) -> str:
    """16 hex characters for these digits seen through that model's file.

    Of the snapshots in it none has a part in this but that of `epoch`, if one is told. The codes themselves
    would not do: their last bits differ from processor to processor.
    """
    told = digits.digest if epoch is None else f"{digits.digest} {epoch}"
    return hashlib.sha256(snapshots.remove(model.read_bytes()) + told.encode()).hexdigest()[:16]


def keep_map(drawn: Map, of: str) -> None:
    """Keep a map of that subject for later.

    Raises
    ------
    OSError
        When the disk cannot take it.
    """
    path = _map_path(drawn.method, of, drawn.value, drawn.seed)
    write_maps(path, of, [drawn])
    safe_files.remove_oldest(storage.files_in(path.parent, "*.npz"), MOST_MAPS, spared=path)


def tidy(now: float | None = None) -> None:
    """Remove maps that nobody has looked at for long; they can be drawn again.

    Parameters
    ----------
    now
        Unix time, if it is not to be the clock's.
    """
    safe_files.remove_unused(storage.files_in(_folder(), "*.npz"), UNUSED, now)


def find_map(method: str, of: str, *, value: float | None = None, seed: int = 42) -> Map | None:
    """The map of that subject, if it came with the project or has been drawn here before; else None."""
    value = METHODS[method].value if value is None else float(value)
    for path in (*sorted(paths.shipped().glob("*_maps.npz")), _map_path(method, of, value, seed)):
        with contextlib.suppress(OSError, safe_files.BadFile):
            about, maps = read_maps(path)
            for drawn in maps:
                if about == of and (drawn.method, drawn.value, drawn.seed) == (method, value, seed):
                    safe_files.mark_used(path)
                    return drawn
    return None


def write_maps(path: Place, of: str, maps: Sequence[Map]) -> None:
    """A file of maps of one subject.

    Raises
    ------
    OSError
        When the disk cannot take it.
    """
    about = [{"method": m.method, "value": m.value, "seed": m.seed, "seconds": m.seconds} for m in maps]
    points = {f"points_{i}": drawn.points for i, drawn in enumerate(maps)}
    safe_files.write_npz(path, subject=np.array(of), maps=np.array(json.dumps(about)), **points)


def read_maps(path: Place) -> tuple[str, tuple[Map, ...]]:
    """The subject of such a file, and its maps.

    Raises
    ------
    safe_files.BadFile
        When it is no such file.
    OSError
        When it cannot be read.
    """
    status = path.stat()
    return _read(path, status.st_mtime_ns, status.st_size)


@dataclass(frozen=True)
class _MapFields:
    """What such a file says of a map beside its points."""

    method: str
    value: float
    seed: int
    seconds: float


@lru_cache(maxsize=32)
def _read(path: Place, _changed: int, _size: int) -> tuple[str, tuple[Map, ...]]:
    arrays = safe_files.read_npz(path, limit=64 * safe_files.MEGABYTE)
    try:
        about = json_records.read(list[_MapFields], json_records.parse(str(arrays["maps"])))
        maps = tuple(
            Map(each.method, each.value, each.seed, arrays[f"points_{i}"], each.seconds)
            for i, each in enumerate(about)
        )
        if any(m.points.ndim != 2 or m.points.shape[1] != 2 or m.points.dtype != np.float32 for m in maps):
            raise ValueError("a map's points are (n, 2) float32")
        return str(arrays["subject"]), maps
    except (KeyError, ValueError) as error:
        raise safe_files.BadFile(say("is not one of maps")) from error


def _map_path(method: str, of: str, value: float, seed: int) -> Place:
    if not re.fullmatch(r"[0-9a-f]{16}", of):
        raise ValueError(f"A map's subject is 16 hex characters, not {of!r}.")
    return _folder() / f"{of}-{METHODS[method].name}-{value:g}-{seed}.npz"


def _folder() -> Place:
    return storage.shared() / "maps"
