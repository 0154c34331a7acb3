"""A shipped network without the epochs of its training, as somebody may keep one."""

from __future__ import annotations

import dataclasses

from nnviz.model_store import snapshots, store


def without_epochs(name: str) -> str:
    """A copy in this home, without them; its name."""
    entry = store.find(name)
    card = dataclasses.replace(entry.card, name=f"{name}_bare")
    bare = snapshots.remove(store.content(entry))
    assert not snapshots.has(bare)
    return store.put(bare, entry.path.suffix, card, "saved").name
