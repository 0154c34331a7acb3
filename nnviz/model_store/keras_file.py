"""Keras' own kind of file, .keras: a zip of a configuration, of weights in HDF5, and here of a card as well.

`pack` writes, and `read_model` opens what is in the store: names and sizes are checked, and that Keras will
meet no class but its own plain ones. `network` opens a file that nobody vouches for, of Keras 3 or 2 and also
the older .h5, without Keras and without running anything: it adds up the declared sizes before it unpacks,
compares what the configuration says with the layers that are known here, and takes from the HDF5 part only
what those layers need (`keras_weights`).
"""

from __future__ import annotations

import errno
import io
import json
import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from nnviz.core import kinds
from nnviz.core.json_records import clean
from nnviz.core.protocols import KerasModel
from nnviz.core.records import Array, ModelCard
from nnviz.core.safe_files import MEGABYTE, BadFile
from nnviz.core.words import say
from nnviz.inference import keras_config, own_input
from nnviz.inference.graph import BadNetwork, Network
from nnviz.inference.keras_config import Plan
from nnviz.inference.own_input import OwnInput
from nnviz.keras_models import autoencoder, backend, cnn
from nnviz.model_store import cards, foreign_files, keras_weights, snapshots, trying
from nnviz.model_store.errors import ModelRefused

Stored = Mapping[str, Sequence[Array]]

SUFFIX = ".keras"
DIGITS = 10
_CARD, _CONFIG, _WEIGHTS, _METADATA = "card.json", "config.json", "model.weights.h5", "metadata.json"
_MOST_SENT = 80 * MEGABYTE  # four numbers for each of the most weights: an optimizer keeps up to three more
_MOST_UNPACKED = 100 * MEGABYTE
_MOST_TEXT = 2 * MEGABYTE
_OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EMFILE}  # no fault of a file
_THEN = (2020, 1, 1, 0, 0, 0)  # the time stamp of every member, so that the same model is the same file


def writes(model: object) -> bool:
    """Whether this is the file for that model."""
    return any(base.__module__.startswith("keras.") for base in type(model).__mro__)


def pack(model: KerasModel, card: ModelCard | None = None) -> bytes:
    """The bytes of a .keras file.

    Parameters
    ----------
    model
        A keras.Model, of which what only training needs is left out.
    card
        Goes inside if given.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model{SUFFIX}"
        try:
            model.save(path, include_optimizer=False)
        except (OSError, RuntimeError) as error:  # of HDF5, which says in its own way that the disk is full
            raise OSError(getattr(error, "errno", None) or errno.EIO, str(error)) from error
        return embed(path.read_bytes(), card)


def embed(content: bytes, card: ModelCard | None) -> bytes:
    """The same file with this card inside, or as it is."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w") as new:
        members = {member.filename: old.read(member) for member in old.infolist()}
        if card is not None:
            members[_CARD] = cards.to_json(card).encode()
        for name, inside in members.items():
            squeezed = zipfile.ZIP_STORED if name == snapshots.MEMBER else zipfile.ZIP_DEFLATED
            new.writestr(zipfile.ZipInfo(name, _THEN), inside, squeezed)
    return packed.getvalue()


def with_network(content: bytes, network: Network) -> bytes:
    """The same file with that network's weights, and without a card or epochs. Without Keras.

    Raises
    ------
    ModelRefused
        When the file has no place for these weights, or the network does not answer with finite numbers.
    """
    weights = {part.name: list(part.weights.values()) for part in network.parts}
    with _opened(content) as archive:
        config = _json(archive, _CONFIG)
        plan = keras_config.read_config(config["config"], config["class_name"], config.get("build_config"))
        members = {name: archive.read(name) for name in archive.namelist()}
        members[_WEIGHTS] = keras_weights.write_by_class(members[_WEIGHTS], plan, weights)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as new:
        for name, inside in members.items():
            if name not in (_CARD, snapshots.MEMBER):
                new.writestr(zipfile.ZipInfo(name, _THEN), inside, zipfile.ZIP_DEFLATED)
    check(packed.getvalue())
    return packed.getvalue()


def read_model(content: bytes, _card: ModelCard | None = None) -> KerasModel:
    """The keras.Model in a file of the store, opened in its safe mode.

    Raises
    ------
    ModelRefused
        When it cannot be opened.
    """
    with _opened(content) as archive:
        keras_config.check_classes(_json(archive, _CONFIG))
        keras = backend.keras()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"model{SUFFIX}"
            path.write_bytes(content)
            model: KerasModel = keras.saving.load_model(path, safe_mode=True, compile=False)
            return model


def receive(content: bytes) -> tuple[KerasModel, ModelCard | None]:
    """A keras.Model put together anew from the weights in a file from anywhere, and its card if there is one.

    Nothing in the file is ever run.

    Raises
    ------
    ModelRefused
        When the file holds no network known here.
    """
    found, card = _checked(content)
    try:
        return found.to_keras(), card
    except MemoryError:
        raise
    except Exception as error:  # Keras has limits of its own, and says so in its own ways
        raise ModelRefused(
            say("Keras cannot build this network: {clean}", clean=clean(str(error), 200))
        ) from error


def check(content: bytes) -> None:
    """Refuse a file from anywhere whose network cannot be used here. Without Keras.

    Raises
    ------
    ModelRefused
        When the file holds no network known here.
    """
    _checked(content)


def _checked(content: bytes) -> tuple[Network, ModelCard | None]:
    found, card = network(content)
    try:
        trying.check_on_digits(found)
    except BadNetwork as error:
        raise ModelRefused(str(error)) from error
    return found, card


def network(content: bytes) -> tuple[Network, ModelCard | None]:
    """The network in the bytes of a .keras file from anywhere, or of the older .h5, and its card.

    Raises
    ------
    ModelRefused
        When the file holds no network known here.
    """
    with _planned(content) as (plan, stored, card):
        return trying.answering(plan.with_weights(stored(plan))), card


def remarks(content: bytes) -> str:
    """What was done to the network in the bytes of a file so that it can be used here, "" if nothing.

    Raises
    ------
    ModelRefused
        When the file holds no network known here.
    """
    with _planned(content) as (plan, _, _):
        return " ".join(plan.remarks)


@contextmanager
def _planned(content: bytes) -> Iterator[tuple[Plan, Callable[[Plan], Stored], ModelCard | None]]:
    """What a file describes, the way to its weights, and its card."""
    with _refusing():
        if content.startswith(keras_weights.HDF5):
            _check_sent(content)
            with keras_weights.opened(io.BytesIO(content)) as file:
                said = json.loads(keras_weights.configuration(file))
                plan = keras_config.read_config(said["config"], said["class_name"], said.get("build_config"))
                yield plan, partial(keras_weights.by_name, file), None
            return
    with _opened(content) as archive:
        config = _json(archive, _CONFIG)
        plan = keras_config.read_config(config["config"], config["class_name"], config.get("build_config"))
        with _unpacked(archive) as file, keras_weights.opened(file) as weights:
            yield plan, partial(keras_weights.by_class, weights), _card(archive)


def _check_sent(content: bytes) -> None:
    if len(content) > _MOST_SENT:
        raise BadFile(say("is larger than {most_sent} MB", most_sent=_MOST_SENT // MEGABYTE))


@contextmanager
def _refusing() -> Iterator[None]:
    """While a file is read: whatever is found wrong becomes a ModelRefused."""
    try:
        yield
    except (MemoryError, ModelRefused):
        raise
    except BadNetwork as error:
        raise ModelRefused(clean(str(error), 450)) from error
    except Exception as error:  # a hostile archive makes zipfile, json and h5py raise nearly anything
        if isinstance(error, OSError) and error.errno in _OF_THE_DISK:
            raise
        why = str(error) if isinstance(error, BadFile) else say("is damaged, or not a .keras file")
        raise ModelRefused(
            say("The file {clean}; expected was a .keras file of a network of digits.", clean=clean(why, 200))
        ) from error


@contextmanager
def _opened(content: bytes) -> Iterator[zipfile.ZipFile]:
    """The archive, once its members' names and sizes have been found in order.

    Raises ModelRefused, also for whatever is found wrong while it is open.
    """
    with _refusing():
        _check_sent(content)
        if why := foreign_files.named(content):
            raise BadFile(why)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            sizes = Counter({member.filename: member.file_size for member in archive.infolist()})
            if len(sizes) != len(archive.infolist()):
                raise BadFile(say("holds two members of one name"))
            if why := foreign_files.zipped(list(sizes)):
                raise BadFile(why)
            if strange := set(sizes) - {_CARD, _CONFIG, _WEIGHTS, _METADATA, snapshots.MEMBER}:
                raise BadFile(
                    say("holds {clean!r}, which has no place in a model", clean=clean(min(strange), 60))
                )
            if missing := {_CONFIG, _WEIGHTS} - set(sizes):
                raise BadFile(say("holds no {missing!r}", missing=min(missing)))
            if sizes.total() > _MOST_UNPACKED:
                raise BadFile(
                    say("unpacks to {total:,.0f} MB, which is too much", total=sizes.total() / MEGABYTE)
                )
            yield archive


@contextmanager
def _unpacked(archive: zipfile.ZipFile) -> Iterator[BinaryIO]:
    """The weights' part as a file on the disk, of which only what is asked for is read."""
    with tempfile.TemporaryFile() as file, archive.open(_WEIGHTS) as packed:
        shutil.copyfileobj(packed, file)
        file.seek(0)
        yield file


def _json(archive: zipfile.ZipFile, name: str) -> Any:
    if archive.getinfo(name).file_size > _MOST_TEXT:
        raise BadFile(
            say("holds a {name!r} of more than {most_text} MB", name=name, most_text=_MOST_TEXT // MEGABYTE)
        )
    return json.loads(archive.read(name))


def _card(archive: zipfile.ZipFile) -> ModelCard | None:
    try:
        return cards.from_json(archive.read(_CARD).decode())
    except (KeyError, UnicodeDecodeError, cards.BadCard):
        return None


def with_input(content: bytes, own: OwnInput) -> KerasModel:
    """The network in a file of the store, given its digits so.

    Raises
    ------
    ModelRefused
        When the file cannot be opened.
    """
    found, _ = network(content)
    return own_input.with_input(found, own).to_keras()


def describe(model: KerasModel) -> dict[str, Any]:
    """kind, settings, layers and parameters of a ModelCard, told from the keras.Model itself."""
    if autoencoder.is_autoencoder(model):
        return {"kind": kinds.AUTOENCODER.name, **autoencoder.describe(model)}
    return {
        "kind": kinds.CNN.name,
        "settings": _settings(model),
        "layers": cnn.layers(model),
        "parameters": int(model.count_params()),
    }


def settings(card: ModelCard, told: Mapping[str, Any]) -> dict[str, Any]:
    """Settings for the card of an uploaded model.

    Parameters
    ----------
    card
        Its own, which says how it was trained, if that makes sense.
    told
        What it is, as `describe` has told.
    """
    found = dict(told["settings"])
    if not found:
        return {}
    made: Any = autoencoder.Settings if kinds.kind_of(told["kind"]).encodes else cnn.Settings
    known = {field.name for field in fields(made)}
    both = {name: value for name, value in card.settings.items() if name in known} | found
    try:
        made(**both).check()
    except (TypeError, ValueError):
        return found
    return both


def _settings(model: KerasModel) -> dict[str, Any]:
    """What `cnn.Settings` say of the architecture, where the model has it."""
    kinds = [type(layer).__name__ for layer in model.layers if type(layer).__name__ != "InputLayer"]
    if kinds != ["Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dropout", "Dense"]:
        return {}
    conv, _, _, dense, dropout, _ = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    return {
        "kernel_size": conv.kernel_size[0],
        "filters": conv.filters,
        "dense": dense.units,
        "dropout": dropout.rate,
    }
