"""A small file never takes much memory: what reading a digit lays out is worked out before it is laid out."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from nnviz.core.safe_files import MEGABYTE
from nnviz.inference import graph
from nnviz.model_store import keras_file, mlp_file, store
from nnviz.trainers.base import TrainingRefused
from nnviz.trainers.mlp import MLP
from tests.attacks.networks import Layer, conv, keras_bytes

MOST = 300 * MEGABYTE


@contextmanager
def at_most(megabytes: float) -> Iterator[None]:
    """Fails when arrays made within take more than that together at any moment."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < megabytes * MEGABYTE, f"{peak / MEGABYTE:,.0f} MB"


GREEDY: dict[str, tuple[Layer, ...]] = {
    "wide windows over many maps": (conv(512), conv(1, 28)),
    "wide drawings of many maps": (conv(1), conv(512, 28, "Conv2DTranspose")),
    "wide windows of every map": (
        conv(512),
        ("DepthwiseConv2D", {"kernel_size": 28, "padding": "same"}),
    ),
    "wide windows, separated": (conv(512), conv(1, 28, "SeparableConv2D")),
}


@pytest.mark.parametrize("what", GREEDY)
def test_a_network_that_lays_out_too_much_is_refused_before_it_is_built(what: str) -> None:
    content = keras_bytes(*GREEDY[what])
    assert len(content) < 20_000
    with at_most(20), pytest.raises(store.ModelRefused, match="MB of memory"):
        store.receive("greedy.keras", content)


LARGE: dict[str, tuple[Layer, ...]] = {
    "windows": (conv(512), conv(1, 6)),
    "drawings": (conv(1), conv(512, 5, "Conv2DTranspose")),
    "maps": tuple(conv(256) for _ in range(9)),
}


@pytest.mark.parametrize("what", LARGE)
def test_the_largest_that_are_taken_read_many_digits_in_little_memory(what: str) -> None:
    content = keras_bytes(*LARGE[what])
    with at_most(300):
        network, _ = keras_file.network(content)
        assert graph.room(network) > 10 * MEGABYTE, "or this is no attack"
        assert np.isfinite(network.predict(np.zeros((12, 784)))).all()


def _failing(*_: Any) -> Any:
    raise MemoryError


@pytest.mark.parametrize("opens", [store.load, lambda path: store.receive(path.name, path.read_bytes())])
@pytest.mark.parametrize(("suffix", "place"), [(".npz", mlp_file), (".keras", keras_file)])
def test_a_network_for_which_there_is_no_memory_is_refused_in_a_sentence(
    opens: Callable[[Any], Any], suffix: str, place: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    path = tmp_path / f"mine{suffix}"
    path.write_bytes(b"")
    for name in ("receive", "read_model"):
        monkeypatch.setattr(place, name, _failing)
    with pytest.raises(store.ModelRefused, match="not enough memory"):
        opens(path)


def test_a_network_from_scratch_of_too_many_weights_is_neither_taken_nor_trained() -> None:
    sizes = [784, 4096, 4096, 4096, 10]
    arrays = {f"coefs_{i}": np.broadcast_to(np.float32(0), shape) for i, shape in enumerate(pairwise(sizes))}
    arrays |= {f"intercepts_{i}": np.zeros(size, np.float32) for i, size in enumerate(sizes[1:])}
    with pytest.raises(store.ModelRefused, match="up to 12,500,000 weights"):
        mlp_file._weights(arrays)
    with pytest.raises(TrainingRefused, match="up to 12,500,000"):
        MLP.epochs({"hidden_layer_sizes": sizes[1:-1]})
