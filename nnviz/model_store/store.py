"""Models and their cards on disk: those that came with the project, those kept, and those trained lately.

A model is two files side by side, `<name>.npz` (or whatever `formats` knows) and its card `<name>.json`. The
card is written last and removed first, so that a name with a card is a model that is whole, however many
processes share the folders and whenever one of them dies. A network's curve is in its card and nowhere else
here: a card goes into the model's file when that is downloaded (`content`) or shipped. Names are made here
and safe in any path or URL; titles are what people call a model, and go nowhere but into the card.

Whose a model is, and when it was stored by this computer's clock, stands in the file of its card, beside the
card: it goes into no download, and no uploaded card has a say in it. What is deleted lies in `trash` for a
while; how much there is room for, `quotas` says.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import re
import secrets
import time
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from nnviz.core import kinds, paths, safe_files, storage
from nnviz.core.identity import WORDS, Actor
from nnviz.core.json_records import MOST_CHARACTERS, clean
from nnviz.core.protocols import Trained
from nnviz.core.quotas import Used
from nnviz.core.records import ModelCard, Origin
from nnviz.core.storage import Place
from nnviz.core.words import say
from nnviz.data import splits
from nnviz.inference.own_input import OwnInput
from nnviz.model_store import cards, formats, quotas, rebuilding, snapshots, trash
from nnviz.model_store.errors import ModelMissing, ModelRefused, within_memory
from nnviz.model_store.snapshots import NoSnapshots
from nnviz.model_store.trash import Deleted

__all__ = [
    "Deleted",
    "Entry",
    "ModelMissing",
    "ModelRefused",
    "content",
    "copy",
    "delete",
    "deleted",
    "entries",
    "expire",
    "fate",
    "find",
    "forget_epochs",
    "give_input",
    "keep",
    "kept_days",
    "load",
    "put",
    "receive",
    "rename",
    "restore",
    "save",
    "tidy",
    "used",
]

SHELVES: tuple[Origin, ...] = ("shipped", "saved", "recent")  # in the order of lists
_READ = 800  # cards that are kept in memory
_COUNTS = 1.0  # seconds for which the list of a folder counts that has not changed
_TICK = 0.1  # seconds, more than file systems' clocks take for one step
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """A model in the store.

    Attributes
    ----------
    path
        Of the model's file.
    card
        What it tells of itself.
    origin
        Its folder.
    owner
        Whose it is, "" when nobody knows.
    stored
        When, by the clock of the server that stored it, Unix time; 0 of a shipped one.
    brought
        Whether somebody brought it as a file, so that nobody here knows if its card tells the truth.
    """

    path: Place
    card: ModelCard
    origin: Origin
    owner: str = ""
    stored: float = 0.0
    brought: bool = False

    @property
    def name(self) -> str:
        """The stem of its file."""
        return self.path.stem


def folder(origin: Origin) -> Place:
    """Where the models of that origin live. It need not exist yet."""
    return paths.shipped() if origin == "shipped" else storage.shared() / "models" / origin


def _by_numbers(name: str) -> list[tuple[str, int]]:
    """What a name is sorted by, so that cnn_k3 comes before cnn_k24."""
    return [(letters, int(digits or 0)) for letters, digits in re.findall(r"(\D*)(\d*)", name)]


def entries(kind: str | None = None) -> tuple[Entry, ...]:
    """Every model there is, or those of one kind: shipped by name, then saved, then recent, newest first.

    Cheap enough for every run of a page: a card is read again only when its file has changed.
    """
    found = [entry for origin in SHELVES for entry in _scan(origin)]
    return tuple(entry for entry in found if kind in (None, entry.card.kind))


def find(name: str) -> Entry:
    """The model of that name.

    Raises
    ------
    ModelMissing
        When there is none.
    """
    if _NAME.fullmatch(name):
        for origin in SHELVES:
            for suffix in formats.suffixes():
                entry = _there(folder(origin) / f"{name}{suffix}", origin)
                if entry is not None:
                    return entry
    there = ", ".join(entry.name for entry in entries()[:8]) or say("none yet")
    raise ModelMissing(
        say(
            "No model {clean!r}: choose one of those there are ({there}), or train one.",
            clean=clean(name),
            there=there,
        )
    )


def load(path: str | Place) -> Trained:
    """The model in that file, or of that name, ready to predict.

    Parameters
    ----------
    path
        A file or a name. A relative path counts from the working folder, else from the project's.

    Returns
    -------
    Trained
        An MLPClassifier or a keras.Model.

    Raises
    ------
    ModelMissing
        When there is no such file or name.
    ModelRefused
        When the file cannot be read, or holds no model known here.
    """
    place: Place
    if isinstance(path, str) and _NAME.fullmatch(path):
        place = find(path).path
    else:
        place = storage.place(str(path))
        if isinstance(place, Path) and not place.is_file():
            place = paths.shipped().parent / place
    handler = formats.format_of(place.name)
    safe_files.mark_used(place)
    beside = _entry(str(place.parent), place.stem, place.suffix, "saved")
    try:
        with within_memory():
            return handler.read_model(place.read_bytes(), beside.card if beside else None)
    except ModelRefused as error:
        raise ModelRefused(
            say("The file {name!r} cannot be opened. {error}", name=place.name, error=error)
        ) from error
    except FileNotFoundError:
        raise ModelMissing(say("There is no model file {clean!r}.", clean=clean(str(path), 200))) from None
    except OSError as error:
        raise ModelRefused(
            say(
                "The model file {name!r} could not be read: {strerror}.",
                name=place.name,
                strerror=error.strerror,
            )
        ) from error


def save(model: Trained, card: ModelCard, origin: Origin, *, owner: str = "") -> Entry:
    """Keep a model with its card. Shipped models take the card's own name, all others get a new one.

    Parameters
    ----------
    owner
        Whose it is.

    Raises
    ------
    ModelRefused
        When nothing here can write such a model, or there is no room for one more that is saved.
    OSError
        When the disk cannot take it.
    """
    handler = formats.format_for(model)
    return put(handler.pack(model), handler.SUFFIX, card, origin, owner=owner)


def put(
    model: bytes, suffix: str, card: ModelCard, origin: Origin, *, owner: str = "", brought: bool = False
) -> Entry:
    """Keep a model that was packed elsewhere, as a trainer's Outcome carries it.

    Parameters
    ----------
    owner
        Whose it is.
    brought
        Whether nobody here knows if its card tells the truth.

    Raises
    ------
    ModelRefused
        When there is no room for one more that is saved.
    OSError
        When the disk cannot take it.
    """
    card = _named(card, origin)
    if origin == "shipped":
        model = formats.format_of(card.name + suffix).embed(model, card)
    return _write(model, suffix, card, origin, owner, brought=brought)


def keep(entry: Entry, title: str, *, by: Actor) -> Entry:
    """Move a recent model, under the same name, to the saved ones, and title it. A shipped one is copied.

    Raises
    ------
    ModelRefused
        When there is no room for one more.
    NotYours
        When it is another's.
    ModelMissing
        When it is gone.
    """
    if entry.origin == "shipped":
        return copy(entry, title, by=by)
    if entry.origin == "saved":
        return rename(entry, title, by=by)
    current = _current(entry)
    by.check(current.owner, say("save this network under another name"))
    card = dataclasses.replace(current.card, title=_title(title, current.card))
    kept = _write(
        _bytes(entry), entry.path.suffix, card, "saved", current.owner, current.stored, current.brought
    )
    _remove(entry)
    return kept


def copy(entry: Entry, title: str, *, by: Actor) -> Entry:
    """Keep another model like this one, whosever it is, under a new name and as one's own.

    Raises
    ------
    ModelRefused
        When there is no room for one more.
    ModelMissing
        When it is gone.
    """
    current = _current(entry)
    card = _named(dataclasses.replace(current.card, title=_title(title, current.card)), "saved")
    return _write(_bytes(entry), entry.path.suffix, card, "saved", by.owner, brought=current.brought)


def rename(entry: Entry, title: str, *, by: Actor) -> Entry:
    """Give a model another title; its name stays.

    Raises
    ------
    ModelRefused
        For shipped ones.
    NotYours
        When it is another's.
    ModelMissing
        When it is gone.
    """
    if entry.origin == "shipped":
        raise ModelRefused(
            say("A model that came with the project keeps its title; save it as your own first.")
        )
    current = _current(entry)
    by.check(current.owner, say("rename this network"))
    card = dataclasses.replace(current.card, title=_title(title, current.card))
    return _write_card(entry.path, card, entry.origin, current.owner, current.stored, current.brought)


def give_input(entry: Entry, own: OwnInput, *, by: Actor) -> Entry:
    """Have a network given its digits so from now on, wherever it reads.

    Raises
    ------
    ModelRefused
        For shipped ones, and for those whose kind takes digits as they are.
    NotYours
        When it is another's.
    ModelMissing
        When it is gone.
    OSError
        When the disk cannot take it.
    """
    current = _changeable(entry, by, say("change the digits of this network"))
    with within_memory():
        found = rebuilding.rebuilt(entry.path.suffix, _bytes(entry), own)
    card = dataclasses.replace(current.card, layers=found.told["layers"], parameters=found.told["parameters"])
    _replace(entry.path, snapshots.carry(_bytes(entry), found.packed))
    return _write_card(entry.path, card, entry.origin, current.owner, current.stored, current.brought)


def forget_epochs(entry: Entry, *, by: Actor) -> Entry:
    """Take out of a network's file what it was after its epochs; the network stays as it is.

    Raises
    ------
    ModelRefused
        For shipped ones.
    NotYours
        When it is another's.
    ModelMissing
        When it is gone.
    OSError
        When the disk cannot take it.
    """
    current = _changeable(entry, by, say("remove the epochs of this network"))
    _replace(entry.path, snapshots.remove(_bytes(entry)))
    return current


def delete(entry: Entry, *, by: Actor, now: float | None = None) -> None:
    """Take a model off the shelves; `restore` brings it back. One that is gone already is no error.

    Parameters
    ----------
    now
        Unix time, if it is not to be the clock's.

    Raises
    ------
    ModelRefused
        For shipped ones.
    NotYours
        When it is another's.
    OSError
        When the disk cannot take it.
    """
    if entry.origin == "shipped":
        raise ModelRefused(say("A model that came with the project stays with it."))
    trash.tidy(now)
    with suppress(ModelMissing):
        current = _current(entry)
        by.check(current.owner, say("delete this network"))
        gone = Deleted(
            entry.name,
            current.card,
            current.owner,
            entry.origin,
            when=time.time() if now is None else now,
            part=by.part(current.owner),
            suffix=entry.path.suffix,
            stored=current.stored,
            brought=current.brought,
        )
        model = _bytes(entry)
        trash.put(gone, model)  # whole in the trash before it leaves the shelf
        _remove(entry)
        if not trash.holds(
            gone
        ):  # another process has just brought it back, to the place it was removed from
            trash.put(gone, model)
        return
    _remove(entry)


def deleted(by: Actor, *, now: float | None = None) -> tuple[Deleted, ...]:
    """What this actor may still `restore`, the latest first."""
    there = (gone for gone in trash.entries(now) if by.may_change(gone.owner))
    return tuple(gone for gone in there if not _on_a_shelf(gone))


def restore(name: str, *, by: Actor, now: float | None = None) -> Entry:
    """Put a deleted model back where it was.

    Raises
    ------
    ModelMissing
        When it is not in the trash, or has been there for too long.
    NotYours
        When it is another's.
    OSError
        When the disk cannot take it.
    """
    gone = trash.find(name, now)
    by.check(gone.owner, say("bring this network back"))
    path = folder(gone.origin) / f"{gone.name}{gone.suffix}"
    model = trash.content(gone)
    _replace(path, model)
    entry = _write_card(path, gone.card, gone.origin, gone.owner, gone.stored, gone.brought)
    trash.remove(gone)
    if not _on_a_shelf(gone):  # another process has just deleted it there
        trash.put(gone, model)
    return entry


def fate(name: str) -> str:
    """What became of a model that is no longer there, as a sentence."""
    try:
        gone = trash.find(name) if _NAME.fullmatch(name) else None
    except ModelMissing:
        gone = None
    if gone is None:
        return say("There is nothing of that name here: it was deleted long ago, or the address is wrong.")
    return say("The network “{title}” was deleted by {words}.", title=gone.card.title, words=WORDS[gone.part])


def content(entry: Entry) -> bytes:
    """The file to download, which has the card inside and can be uploaded again.

    Raises
    ------
    ModelMissing
        When it is gone.
    """
    return formats.format_of(entry.path.name).embed(_bytes(entry), _current(entry).card)


def receive(filename: str, content: bytes, *, owner: str = "") -> Entry:
    """An uploaded model, checked before anything in it is believed, and saved under a new name.

    Parameters
    ----------
    owner
        Who sent it.

    Raises
    ------
    ModelRefused
        One sentence that says what was expected.
    OSError
        When the disk cannot take it.
    """
    with within_memory():
        return _receive(filename, content, owner)


WITHOUT_CARD = say("Uploaded without a card: what it was trained on is not known.")


def _receive(filename: str, content: bytes, owner: str) -> Entry:
    handler = formats.format_of(filename)
    found = rebuilding.rebuilt(handler.SUFFIX, content)
    remarks = handler.remarks(content)
    card, told = found.card, dict(found.told)
    kept = formats.format_of(f"model{found.suffix}")
    if card is None:
        card = cards.new_card(
            Path(filename.replace("\\", "/")).stem,
            kind=told["kind"],
            data="unknown",
            note=f"{WITHOUT_CARD} {remarks}".strip(),
        )
    told["kind"] = _kind(card, told["kind"], kept.SUFFIX)
    told["settings"] = kept.settings(card, told)
    told["spec"] = card.spec if splits.told(card.spec) else {}
    card = _named(dataclasses.replace(card, **told), "saved")
    packed = found.packed
    with suppress(NoSnapshots):
        packed = snapshots.attach(packed, snapshots.read(content, kept.network(packed)[0]))
    return _write(packed, kept.SUFFIX, card, "saved", owner, brought=True)


def _kind(card: ModelCard, seen: str, suffix: str) -> str:
    """The kind that the model itself is; of several that are alike, the one that its card says."""
    said, known = kinds.kind_of(card.kind), kinds.kind_of(seen)
    alike = (said.suffix, said.classifies, said.encodes) == (suffix, known.classifies, known.encodes)
    return said.name if alike else seen


def used(owner: str) -> Used:
    """How much of the room for saved networks is that owner's."""
    return quotas.used(_scan("saved"), owner)


def kept_days() -> float:
    """Days after which a saved network that nobody has opened is removed; 0 where none is."""
    return quotas.kept_days()


def expire(spared: Iterable[str], *, now: float | None = None) -> None:
    """Remove saved networks that nobody has opened for long.

    Parameters
    ----------
    spared
        Whose networks stay.
    """
    for entry in quotas.expired(_scan("saved"), spared, time.time() if now is None else now):
        log.warning("The network %s has not been opened for long and is removed.", entry.name)
        _remove(entry)


def tidy(now: float | None = None) -> None:
    """Forget trainings that nobody has opened for long, and what a process that died left half written.

    Parameters
    ----------
    now
        Unix time, if it is not to be the clock's.
    """
    now = time.time() if now is None else now
    for entry in quotas.unused(_scan("recent"), now):
        _remove(entry)
    for origin in ("saved", "recent"):
        here = folder(origin)
        safe_files.sweep(here)
        for path in storage.files_in(here, "*"):
            halves = [".json"] if path.suffix in formats.suffixes() else list(formats.suffixes())
            with suppress(OSError):  # another process is tidying too
                alone = not any(path.with_suffix(half).exists() for half in halves)
                if alone and now - path.stat().st_mtime > safe_files.SETTLED:
                    path.unlink()


def _title(title: str, card: ModelCard) -> str:
    return clean(title) or card.title


def _named(card: ModelCard, origin: Origin) -> ModelCard:
    """The card with a name that is safe as a file's, and not taken unless the model is a shipped one."""
    title = clean(card.title) or card.name or f"Untitled {card.kind}"
    if origin == "shipped":
        if not _NAME.fullmatch(card.name):
            raise ValueError(
                say("A shipped model needs a name of a-z, 0-9, - and _, not {name!r}.", name=card.name)
            )
        return dataclasses.replace(card, title=title)
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only.lower())[:40].strip("-") or card.kind
    return dataclasses.replace(card, title=title, name=f"{slug}-{secrets.token_hex(4)}")


def _write(
    model: bytes,
    suffix: str,
    card: ModelCard,
    origin: Origin,
    owner: str,
    stored: float | None = None,
    brought: bool = False,
) -> Entry:
    owner = clean(owner)
    if origin == "saved":
        quotas.check(_scan("saved"), owner, len(model))
    path = folder(origin) / f"{card.name}{suffix}"
    _replace(path, model)
    entry = _write_card(path, card, origin, owner, time.time() if stored is None else stored, brought)
    if origin != "shipped":
        for gone in quotas.outgrown(_scan("recent"), _scan("saved"), path):
            _remove(gone)
    return entry


def _write_card(
    path: Place, card: ModelCard, origin: Origin, owner: str, stored: float, brought: bool
) -> Entry:
    beside: dict[str, Any] = {"owner": clean(owner), "stored": stored, "brought": brought}
    if origin == "shipped":
        beside = {}
    _replace(path.with_suffix(".json"), cards.to_json(card, beside).encode())
    return Entry(path, card, origin, **beside)


def _remove(entry: Entry) -> None:
    entry.path.with_suffix(".json").unlink(missing_ok=True)
    entry.path.unlink(missing_ok=True)


def _on_a_shelf(gone: Deleted) -> bool:
    """Whether a process died as it was deleting it, or bringing it back."""
    return _there(folder(gone.origin) / f"{gone.name}{gone.suffix}", gone.origin) is not None


def _replace(path: Place, content: bytes) -> None:
    with safe_files.replacing(path) as file:
        file.write(content)


def _bytes(entry: Entry) -> bytes:
    try:
        return entry.path.read_bytes()
    except FileNotFoundError:
        raise _gone(entry) from None


def _changeable(entry: Entry, by: Actor, doing: str) -> Entry:
    """The network as it is now, for somebody who may change its file. Raises as `give_input`."""
    if entry.origin == "shipped":
        raise ModelRefused(say("A model that came with the project stays as it is."))
    current = _current(entry)
    by.check(current.owner, doing)
    return current


def _current(entry: Entry) -> Entry:
    """The entry with the card as it is now: another session may have renamed the model, or deleted it."""
    current = _there(entry.path, entry.origin)
    if current is None:
        raise _gone(entry)
    return current


def _gone(entry: Entry) -> ModelMissing:
    return ModelMissing(
        say("The model {title!r} is no longer there: it has been deleted meanwhile.", title=entry.card.title)
    )


@dataclass(frozen=True)
class _Scanned:
    """What a folder held, and the mark that it had; since when it had that, and when it was looked at."""

    mark: tuple[int, int]
    since: float
    at: float
    found: tuple[Entry, ...]


_scanned: dict[str, _Scanned] = {}


def _scan(origin: Origin) -> tuple[Entry, ...]:
    """The models of a folder, in the order of lists.

    For a second what was found counts, as long as no file has come, gone or been replaced: a class that opens
    a page together looks once, and not some hundred times.
    """
    here, now = folder(origin), time.monotonic()
    place, mark = str(here), _mark(here)
    known = _scanned.get(place)
    same = known is not None and mark is not None and known.mark == mark
    # Two changes within one tick of the file system's clock leave the same mark.
    if known and same and now - known.at < _COUNTS and known.at - known.since > _TICK:
        return known.found
    present = storage.names_in(here)
    stems = [name.removesuffix(".json") for name in present if name.endswith(".json")]
    pairs = [(stem, suffix) for stem in stems for suffix in formats.suffixes() if stem + suffix in present]
    entries = (_entry(place, stem, suffix, origin) for stem, suffix in pairs)
    found = [entry for entry in entries if entry is not None]
    if origin == "shipped":
        found.sort(key=lambda entry: _by_numbers(entry.name))
    else:
        found.sort(key=lambda entry: (entry.stored, entry.name), reverse=True)
    if mark is not None:
        _scanned[place] = _Scanned(mark, known.since if known and same else now, now, tuple(found))
    return tuple(found)


def _mark(here: Place) -> tuple[int, int] | None:
    """Another one when a file of the folder has come, gone or been replaced; None where nobody can tell."""
    if not isinstance(here, Path):
        return None
    try:
        status = os.stat(here)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino


def _there(path: Place, origin: Origin) -> Entry | None:
    return _entry(str(path.parent), path.stem, path.suffix, origin) if path.is_file() else None


def _entry(place: str, name: str, suffix: str, origin: Origin) -> Entry | None:
    """The model of that file, which is there; None when it has no card, or one that makes no sense."""
    try:
        if place.startswith(storage.MARK):
            status = (storage.place(place) / f"{name}.json").stat()
        else:
            status = os.stat(f"{place}/{name}.json")
    except OSError:
        return None
    return _read(place, name, suffix, origin, status.st_mtime_ns, status.st_size, status.st_ino)


@lru_cache(maxsize=_READ)
def _read(
    place: str, name: str, suffix: str, origin: Origin, changed: int, size: int, _inode: int
) -> Entry | None:
    """Reads the card; what begins with _ is there to have it read again when it has changed."""
    path = storage.place(place) / f"{name}{suffix}"
    try:
        if not _NAME.fullmatch(name):
            raise cards.BadCard("has a name that is not one of the store's")
        if size > 4 * MOST_CHARACTERS:
            raise cards.BadCard("is too long")
        text = path.with_suffix(".json").read_text("utf-8")
        card = cards.from_json(text)
        beside = {} if origin == "shipped" else cards.beside(text)
    except FileNotFoundError:
        return None  # deleted by another process since it was listed
    except (OSError, UnicodeDecodeError, cards.BadCard) as error:
        log.warning("The model %s is left out: its card %s", path.name, error)
        return None
    owner, stored = beside.get("owner"), beside.get("stored", changed / 1e9)  # older files do not say when
    return Entry(
        path,
        dataclasses.replace(card, name=name),
        origin,
        clean(owner) if isinstance(owner, str) else "",
        float(stored) if origin != "shipped" and isinstance(stored, int | float) else 0.0,
        beside.get("brought") is True,
    )
