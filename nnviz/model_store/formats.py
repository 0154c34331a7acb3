"""The kinds of file that models are kept in: a module for each, which `core.kinds` names by its suffix.

A network from scratch is an `.npz` (`mlp_file`), a CNN or an autoencoder Keras' own `.keras` (`keras_file`).
An `.onnx` file (`onnx_file`) is only brought: it can be received, and is kept as a `.keras`.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from nnviz.core import kinds, safe_files
from nnviz.core.json_records import clean
from nnviz.core.protocols import Trained
from nnviz.core.records import ModelCard
from nnviz.core.storage import Place
from nnviz.core.words import say
from nnviz.inference.graph import Network
from nnviz.inference.own_input import OwnInput
from nnviz.model_store import foreign_files
from nnviz.model_store.errors import ModelRefused, within_memory

# What is brought, and kept as a file of another kind.
_BROUGHT = {".onnx": "nnviz.model_store.onnx_file"}
_OLDER = {".h5": ".keras", ".hdf5": ".keras"}  # what files of a kind were once called


class Format(Protocol):
    """What a module does that reads and writes one kind of file. What it cannot do raises ModelRefused."""

    SUFFIX: str

    def writes(self, model: object, /) -> bool:
        """Whether this is the file for that model."""

    def pack(self, model: Any, card: ModelCard | None = None, /) -> bytes:
        """The file's bytes, with the card inside if one is given."""

    def embed(self, content: bytes, card: ModelCard, /) -> bytes:
        """The same file with this card inside."""

    def with_network(self, content: bytes, network: Network, /) -> bytes:
        """The same file with that network's weights, and without a card or epochs."""

    def read_model(self, content: bytes, card: ModelCard | None = None, /) -> Trained:
        """The model in a file of the store.

        Parameters
        ----------
        card
            The one that stands beside the file.
        """

    def receive(self, content: bytes, /) -> tuple[Trained, ModelCard | None]:
        """The model in a file that a user sent, and the card in it, if there is one."""

    def check(self, content: bytes, /) -> None:
        """Refuse a file that a user sent whose network `receive` would refuse; without Keras."""

    def remarks(self, content: bytes, /) -> str:
        """What was done to the model in a file that a user sent, as sentences, "" if nothing."""

    def network(self, content: bytes, /) -> tuple[Network, ModelCard | None]:
        """The same in plain NumPy, with neither scikit-learn nor Keras."""

    def with_input(self, content: bytes, own: OwnInput, /) -> Trained:
        """The model in a file of the store, given its digits so."""

    def describe(self, model: Any, /) -> dict[str, Any]:
        """kind, settings, layers and parameters as the model itself has them, for a card."""

    def settings(self, card: ModelCard, told: Mapping[str, Any], /) -> dict[str, Any]:
        """Of an uploaded model: what `describe` has `told`, and what its own card can add."""


def suffixes() -> tuple[str, ...]:
    """Of the files that some kind of network has."""
    return tuple(_addresses())


def format_of(filename: str) -> Format:
    """The handler of that kind of file.

    Raises
    ------
    ModelRefused
        When no kind of network has such files.
    """
    suffix = Path(filename.replace("\\", "/")).suffix.lower()
    address = (_addresses() | _BROUGHT).get(_OLDER.get(suffix, suffix))
    if address is None:
        name = clean(Path(filename).name)
        if said := foreign_files.by_name(name):
            raise ModelRefused(
                say(
                    "The file {name!r} {said}; expected was an .npz file as this app saves it, a .keras "
                    "or .h5 file of Keras, or an .onnx file.",
                    name=name,
                    said=said,
                )
            )
        raise ModelRefused(
            say(
                "The file {name!r} is not a model: expected was an .npz file as this app saves it, a .keras "
                "or .h5 file of Keras, or an .onnx file.",
                name=name,
            )
        )
    handler: Format = pkgutil.resolve_name(address)
    return handler


def format_for(model: Trained) -> Format:
    """The handler that can write that model.

    Raises
    ------
    ModelRefused
        When there is none.
    """
    for suffix in suffixes():
        handler = format_of(f"model{suffix}")
        if handler.writes(model):
            return handler
    raise ModelRefused(
        say("A {name} is not one of the models that are kept here.", name=type(model).__name__)
    )


def _addresses() -> dict[str, str]:
    """Where the modules are, by suffix."""
    return {kind.suffix: kind.file_format for kind in kinds.KINDS.values()}


def read_network(path: Place) -> Network:
    """The model in that file in plain NumPy.

    Raises
    ------
    ModelRefused
        When the file holds no network known here.
    OSError
        When the file cannot be read.
    """
    safe_files.mark_used(path)
    with within_memory():
        return format_of(path.name).network(path.read_bytes())[0]
