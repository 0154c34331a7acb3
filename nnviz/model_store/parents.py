"""From which network a training goes on, and from which of its epochs: as a text that a run is kept with."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nnviz.core.records import Array
from nnviz.inference import flat
from nnviz.model_store import formats, snapshots, store

_TOLD = re.compile(r"([a-z0-9][a-z0-9_-]{0,63})(?:@(\d{1,7}))?")


@dataclass(frozen=True)
class Parent:
    """A network and one of its kept epochs; None for the network as it ended."""

    name: str
    epoch: int | None = None

    def __str__(self) -> str:
        return self.name if self.epoch is None else f"{self.name}@{self.epoch}"

    def weights(self) -> Array:
        """Its weights, all layers in a row: (parameters,) float32.

        Raises
        ------
        ModelMissing
            When it is gone.
        ModelRefused
            When it cannot be opened.
        NoSnapshots
            When it kept no epochs, or they are damaged.
        """
        path = store.find(self.name).path
        network = formats.read_network(path)
        if self.epoch is None:
            return flat.values(network)
        return snapshots.read(path.read_bytes(), network).at(self.epoch)


def read(told: str) -> Parent | None:
    """The parent that a text names; None where it names none."""
    found = _TOLD.fullmatch(told)
    if found is None:
        return None
    return Parent(found[1], None if found[2] is None else int(found[2]))
