"""Digits that a network has not learned from, by what its card says of its training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from nnviz.core.records import Array
from nnviz.data import mnist


def learned(spec: Mapping[str, Any]) -> Array | None:
    """Positions of the embedded digits that a network learned from, given the spec on its card.

    None where that cannot be told: all of MNIST holds them in an order of its own, an upload may hold them,
    and a card may tell nothing.
    """
    judge, _ = mnist.judge_by(spec)
    if spec.get("source") in ("honest", "unseen"):
        return np.arange(0)
    if spec.get("source") in ("study", "embedded") and judge.source == spec["source"]:
        return mnist.cut(judge, mnist.embedded()).train
    return None


def by_all(specs: Iterable[Mapping[str, Any]]) -> Array:
    """Positions of the embedded digits that none of these networks learned from, as far as can be told."""
    known = [positions for spec in specs if (positions := learned(spec)) is not None]
    everything = np.arange(len(mnist.embedded()))
    return np.setdiff1d(everything, np.concatenate([np.arange(0), *known]))
