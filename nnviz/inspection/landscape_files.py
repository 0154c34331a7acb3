"""Landscapes as files: found once, and known again by what they were made from."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path

import numpy as np

from nnviz.core import json_records, paths, safe_files, storage
from nnviz.core.landscapes import Landscape, Track
from nnviz.core.storage import Place
from nnviz.core.words import say

MOST = 300  # that are kept, about 5 MB
UNUSED = 60 * 86_400.0  # seconds after which one that nobody has looked at is removed
_SHIPPED = "landscape-"
_LARGEST = 4 * safe_files.MEGABYTE


def keep(found: Landscape, of: str) -> None:
    """Keep a landscape for later; the one that nobody has looked at for longest makes room.

    Raises
    ------
    OSError
        When the disk cannot take it.
    """
    path = _path(of)
    _write(path, found)
    safe_files.remove_oldest(storage.files_in(path.parent, "*.npz"), MOST, spared=path)


def ship(found: Landscape, of: str) -> Path:
    """Let a landscape come with the project, beside the models."""
    path = paths.shipped() / f"{_SHIPPED}{_checked(of)}.npz"
    _write(path, found)
    return path


def shipped() -> list[Path]:
    """The landscapes that come with the project."""
    return sorted(paths.shipped().glob(f"{_SHIPPED}*.npz"))


def _write(path: Place, found: Landscape) -> None:
    arrays = {"xs": found.xs, "ys": found.ys, "losses": found.losses, "explained": found.explained}
    for i, track in enumerate(found.tracks):
        arrays |= {f"steps_{i}": track.steps, f"points_{i}": track.points, f"losses_{i}": track.losses}
    told = json.dumps({"names": [track.name for track in found.tracks], "seconds": found.seconds})
    safe_files.write_npz(path, told=np.array(told), accuracies=found.accuracies, **arrays)


def find(of: str) -> Landscape | None:
    """The landscape, if it came with the project or was found here before, and its file is in order."""
    with contextlib.suppress(OSError, safe_files.BadFile, KeyError, TypeError, ValueError, OverflowError):
        return _read(paths.shipped() / f"{_SHIPPED}{_checked(of)}.npz")
    path = _path(of)
    with contextlib.suppress(OSError, safe_files.BadFile, KeyError, TypeError, ValueError, OverflowError):
        found = _read(path)
        safe_files.mark_used(path)
        return found
    return None


def tidy(now: float | None = None) -> None:
    """Remove landscapes that nobody has looked at for long.

    Parameters
    ----------
    now
        Unix time, if it is not to be the clock's.
    """
    safe_files.remove_unused(storage.files_in(_folder(), "*.npz"), UNUSED, now)


def _read(path: Place) -> Landscape:
    """Raises OSError, BadFile, KeyError, TypeError, ValueError, OverflowError."""
    arrays = safe_files.read_npz(path, limit=_LARGEST)
    told = json_records.read(dict[str, object], json_records.parse(str(arrays["told"])))
    names, seconds = told["names"], told["seconds"]
    if not isinstance(names, list) or not isinstance(seconds, int | float):
        raise safe_files.BadFile(say("is not one of landscapes"))
    tracks = tuple(
        Track(str(name), arrays[f"steps_{i}"], arrays[f"points_{i}"], arrays[f"losses_{i}"])
        for i, name in enumerate(names)
    )
    xs, ys, losses = arrays["xs"], arrays["ys"], arrays["losses"]
    if any(array.dtype.kind not in "iuf" for name, array in arrays.items() if name != "told"):
        raise safe_files.BadFile(say("is not one of landscapes"))
    if losses.shape != (max(1, len(ys)), len(xs)) or any(
        track.points.shape != (len(track.steps), 2) or track.losses.shape != (len(track.steps),)
        for track in tracks
    ):
        raise safe_files.BadFile(say("is not one of landscapes"))
    return Landscape(xs, ys, losses, tracks, arrays["explained"], arrays["accuracies"], float(seconds))


def _path(of: str) -> Place:
    return _folder() / f"{_checked(of)}.npz"


def _checked(of: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{16}", of):
        raise ValueError(f"A landscape is known by 16 hex characters, not by {of!r}.")
    return of


def _folder() -> Place:
    return storage.shared() / "landscapes"
