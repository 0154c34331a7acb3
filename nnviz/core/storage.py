"""Where that lives which several servers of one app share: networks, digits, maps, and records of jobs.

That is a folder, `home()`, unless `NNVIZ_STORAGE` names another place: a folder, any address that fsspec can
reach (`s3://bucket/folder`, with its library installed), or `database`, the one that the history is in. A
folder is given out as a `pathlib.Path` and costs nothing more than one. Any other place is a `RemotePath`,
which does what is asked of a path here, in few questions: a folder's list counts for a second, and what this
process changes it knows at once. Files appear whole in either, or not at all.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from nnviz.core import paths

SETTING = "NNVIZ_STORAGE"
DATABASE = "database"
_FRESH = 1.0  # seconds for which the list of a folder counts
MARK = "nnviz-storage:"
"""Begins the text of a path that is elsewhere."""
_IN_DATABASE = "nnviz.history.stored_files"  # whose `backend()` it is; imported when it is asked for
# What these keep is there as a whole or not at all; elsewhere a file is renamed when it is written.
_WHOLE = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "memory"}


@dataclass(frozen=True)
class About:
    """What is known of a file.

    Attributes
    ----------
    size
        Bytes.
    changed
        Unix time, by the clock of the place.
    mark
        Another one after every change.
    """

    size: int
    changed: float
    mark: str = ""


class Backend(Protocol):
    """A place for files by key, `folder/name`. All functions raise OSError where the place cannot do it."""

    def names(self, folder: str) -> Mapping[str, About]:
        """The files of a folder by name; of one that is not there, none."""

    def read(self, key: str) -> bytes:
        """What is in a file; FileNotFoundError where there is none."""

    def write(self, key: str, content: bytes) -> None:
        """Put it there as a whole, in place of what was there."""

    def create(self, key: str) -> None:
        """Put an empty file there; FileExistsError where there is one: of several who try, one can."""

    def remove(self, key: str) -> None:
        """Remove a file; nothing where there is none."""


class Store:
    """A backend, and what is known of it."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self._lock = threading.Lock()
        self._lists: dict[str, tuple[float, Mapping[str, About]]] = {}
        self._ahead: tuple[float, float] | None = None  # of our clock, and when that was found out

    def names(self, folder: str) -> Mapping[str, About]:
        """The files of a folder by name, at most a second old."""
        with self._lock:
            until, there = self._lists.get(folder, (0.0, {}))
        if time.monotonic() >= until:
            asked = time.monotonic()
            there = self.backend.names(folder)
            with self._lock:
                self._lists[folder] = asked + _FRESH, there
        return there

    def forget(self, folder: str) -> None:
        """Ask for that folder's list again."""
        with self._lock:
            self._lists.pop(folder, None)

    def now(self) -> float:
        """Unix time by the clock of the place, asked for once a minute."""
        if self._ahead is None or time.monotonic() - self._ahead[1] > 60.0:
            clock = RemotePath(self, f".clock-{secrets.token_hex(4)}")
            clock.write_bytes(b"")
            try:
                self._ahead = clock.stat().st_mtime - time.time(), time.monotonic()
            finally:
                clock.unlink(missing_ok=True)
        return time.time() + self._ahead[0]


class RemotePath:
    """A file or a folder elsewhere: what is asked of a `pathlib.Path` here, under the same names."""

    def __init__(self, store: Store, key: str) -> None:
        self.store, self._pure = store, PurePosixPath(key)

    @property
    def key(self) -> str:
        """Its folders and name."""
        text = str(self._pure)
        return "" if text == "." else text

    name = property(lambda self: str(self._pure.name))
    stem = property(lambda self: str(self._pure.stem))
    suffix = property(lambda self: str(self._pure.suffix))

    @property
    def parent(self) -> RemotePath:
        """The folder that it is in."""
        return self._other(self._pure.parent)

    def __truediv__(self, name: str) -> RemotePath:
        return self._other(self._pure / name)

    def with_suffix(self, suffix: str) -> RemotePath:
        """Another file beside it, of the same stem."""
        return self._other(self._pure.with_suffix(suffix))

    def with_name(self, name: str) -> RemotePath:
        """Another file beside it."""
        return self._other(self._pure.with_name(name))

    def _other(self, pure: PurePosixPath) -> RemotePath:
        return RemotePath(self.store, str(pure))

    def __str__(self) -> str:
        return MARK + self.key

    def __repr__(self) -> str:
        return f"RemotePath({self.key!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RemotePath) and (self.store, self.key) == (other.store, other.key)

    def __hash__(self) -> int:
        return hash(self.key)

    def __lt__(self, other: RemotePath) -> bool:
        return self.key < other.key

    def read_bytes(self) -> bytes:
        """What is in it."""
        with _as_os_errors():
            return self.store.backend.read(self.key)

    def read_text(self, encoding: str = "utf-8") -> str:
        """What is in it, as text."""
        return self.read_bytes().decode(encoding)

    def write_bytes(self, content: bytes) -> None:
        """Put that there as a whole, in place of what was there."""
        with _as_os_errors():
            self.store.backend.write(self.key, content)
        self.store.forget(self.parent.key)

    def touch(self, exist_ok: bool = True) -> None:
        """Have it there, changed now; what is in it stays. Or else FileExistsError where it is there."""
        if not exist_ok:
            self.store.forget(self.parent.key)
            with _as_os_errors():
                self.store.backend.create(self.key)
            return
        try:
            content = self.read_bytes()
        except FileNotFoundError:
            content = b""
        self.write_bytes(content)

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove it."""
        if not missing_ok:
            self.store.forget(self.parent.key)
            self.stat()
        with _as_os_errors():
            self.store.backend.remove(self.key)
        self.store.forget(self.parent.key)

    def mkdir(self, *, parents: bool = True, exist_ok: bool = True) -> None:
        """Folders are there as soon as something is in them."""

    def stat(self) -> os.stat_result:
        """Its size and times; st_mtime_ns and st_ino are others after every change."""
        with _as_os_errors():
            about = self.store.names(self.parent.key).get(self.name)
        if about is None:
            raise FileNotFoundError(2, "No such file", str(self))
        number = int.from_bytes(hashlib.sha256(about.mark.encode()).digest()[:6], "big")
        # To the millisecond the time; below that the mark, as a place's clock may tell seconds only.
        changed = int(about.changed * 1000) * 1_000_000 + number % 1_000_000
        seconds = about.changed
        whole = (0o100600, number, 0, 1, 0, 0, about.size, int(seconds), int(seconds), int(seconds))
        times = {"st_atime": seconds, "st_mtime": seconds, "st_ctime": seconds}
        nanoseconds = {"st_atime_ns": changed, "st_mtime_ns": changed, "st_ctime_ns": changed}
        return os.stat_result(whole, {**times, **nanoseconds})

    def exists(self) -> bool:
        """Whether there is such a file."""
        try:
            self.stat()
        except OSError:
            return False
        return True

    is_file = exists

    def glob(self, pattern: str) -> Iterator[RemotePath]:
        """The files in this folder whose names are like that."""
        try:
            with _as_os_errors():
                names = sorted(self.store.names(self.key))
        except OSError:
            return iter(())
        return (self / name for name in names if fnmatchcase(name, pattern))


Place = Path | RemotePath


def shared() -> Place:
    """The folder that several servers share.

    Raises
    ------
    ValueError
        When the setting names no place that can be used; one sentence.
    """
    address = os.environ.get(SETTING, "").strip()
    if not address:
        return paths.home()
    if folder := _own_folder(address):
        return folder
    return RemotePath(_store(address), "")


def is_remote() -> bool:
    """Whether it is no folder of this computer."""
    address = os.environ.get(SETTING, "").strip()
    return bool(address) and _own_folder(address) is None


def told() -> str:
    """The place as the setting has it, without a password that may be in it."""
    return re.sub(r"//[^/@]*@", "//", os.environ.get(SETTING, "").strip())


def place(text: str) -> Place:
    """The path that `str` has made that text of."""
    if text.startswith(MARK):
        return RemotePath(_store(os.environ.get(SETTING, "").strip()), text.removeprefix(MARK))
    return Path(text)


def names_in(folder: Place) -> set[str]:
    """The names of the files in a folder; none of one that is not there."""
    try:
        if isinstance(folder, Path):
            return set(os.listdir(folder))
        with _as_os_errors():
            return set(folder.store.names(folder.key))
    except OSError:
        return set()


def files_in(folder: Place, pattern: str) -> list[Place]:
    """The files in a folder whose names are like that, in no order; none of one that is not there."""
    return [*folder.glob(pattern)]


def now(folder: Place) -> float:
    """Unix time by the clock that the times of files in that folder are of."""
    try:
        if isinstance(folder, Path):
            clock = folder / ".clock"
            clock.touch()
            return clock.stat().st_mtime
        return folder.store.now()
    except OSError:  # a full disk, or one that is not to be written to
        return time.time()


def _own_folder(told: str) -> Path | None:
    """The folder of this computer that is meant; None where it is another place."""
    if told.startswith("file://"):
        return Path(told.removeprefix("file://"))
    return Path(told).expanduser() if "://" not in told and told != DATABASE else None


@lru_cache(maxsize=8)
def _store(told: str) -> Store:
    if told == DATABASE:
        backend: Callable[[], Backend] = importlib.import_module(_IN_DATABASE).backend
        return Store(backend())
    return Store(Fsspec(told))


class Fsspec:
    """Any place that fsspec can reach."""

    def __init__(self, address: str) -> None:
        from fsspec.core import url_to_fs  # type: ignore[import-untyped]  # with Dask's own requirements; late, as few need it

        try:
            # Without its own memory of folders: other servers change them.
            self.files, root = url_to_fs(address, use_listings_cache=False)
        except (ImportError, ValueError) as error:
            raise ValueError(f"{SETTING} is {told()}, which cannot be used: {error}") from error
        self.root = root.rstrip("/")
        protocol = self.files.protocol
        self.whole = bool(_WHOLE & ({protocol} if isinstance(protocol, str) else set(protocol)))

    def _at(self, key: str) -> str:
        return f"{self.root}/{key}" if key else self.root

    def names(self, folder: str) -> Mapping[str, About]:
        """As of every backend."""
        try:
            listed: list[dict[str, Any]] = self.files.ls(self._at(folder), detail=True)
        except FileNotFoundError:
            return {}
        there = {PurePosixPath(str(each["name"])).name: each for each in listed if each["type"] == "file"}
        return {name: _about(each) for name, each in there.items() if not name.endswith(".part")}

    def read(self, key: str) -> bytes:
        """As of every backend."""
        return bytes(self.files.cat_file(self._at(key)))

    def write(self, key: str, content: bytes) -> None:
        """As of every backend."""
        target = self._at(key)
        if self.whole:
            self.files.pipe_file(target, content)
            return
        folder, _, name = target.rpartition("/")
        self.files.makedirs(folder, exist_ok=True)
        part = f"{folder}/.{name}.{secrets.token_hex(4)}.part"
        try:
            self.files.pipe_file(part, content)
            self.files.mv(part, target)
        except BaseException:
            if self.files.exists(part):
                self.files.rm_file(part)
            raise

    def create(self, key: str) -> None:
        """As of every backend."""
        if self.whole:
            self.files.pipe_file(self._at(key), b"", mode="create")
            return
        self.files.makedirs(self._at(key).rpartition("/")[0], exist_ok=True)
        with self.files.open(self._at(key), "xb"):  # pipe_file looks first and then writes: two could
            pass

    def remove(self, key: str) -> None:
        """As of every backend."""
        with suppress(FileNotFoundError, KeyError):
            self.files.rm_file(self._at(key))


def _about(told: Mapping[str, Any]) -> About:
    """What a place tells of a file; each has its own words for when it was changed."""
    words = ("LastModified", "mtime", "last_modified", "modified", "updated", "created")
    changed = next((told[word] for word in words if told.get(word) is not None), 0.0)
    if isinstance(changed, str):
        changed = datetime.fromisoformat(changed.replace("Z", "+00:00"))
    seconds = changed.timestamp() if isinstance(changed, datetime) else float(changed)
    mark = told.get("ETag") or told.get("etag") or f"{told.get('ino', '')} {changed}"
    return About(int(told.get("size") or 0), seconds, str(mark))


@contextmanager
def _as_os_errors() -> Iterator[None]:
    """Whatever a library raises of its own, as what the disk would have raised."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise OSError(5, f"{type(error).__name__}: {error}"[:300]) from error
