"""What a network was after its epochs, in its own file: kept by every trainer, checked by every reader."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from nnviz.core.identity import Actor, NotYours
from nnviz.core.kinds import KINDS
from nnviz.core.records import Array, Epoch
from nnviz.core.snapshots import Snapshots
from nnviz.data.splits import DataSpec, load_split
from nnviz.inference.graph import Network
from nnviz.model_store import formats, snapshots, store
from nnviz.model_store.snapshots import NoSnapshots
from nnviz.trainers import base
from nnviz.trainers.base import TrainingRefused

SETTINGS: dict[str, dict[str, Any]] = {
    "mlp": {"hidden_layer_sizes": (6, 5), "batch_size": 32, "random_state": 5},
    "cnn": {"kernel_size": 5, "filters": 2, "dense": 4, "learning_rate": "constant"},
    "autoencoder": {"code_size": 3, "learning_rate": "constant"},
}


class Silent:
    def epoch(self, epoch: Epoch) -> bool:
        return False

    def batch(self, done: int, total: int) -> bool:
        return False


@cache
def trained(kind: str, epochs: int, start: bool = False) -> bytes:
    """The file of a network that has learned for so long, from the first epoch of another on if `start`."""
    split = load_split(DataSpec(n=300, n_test=60))
    settings = SETTINGS[kind] | {"max_iter": epochs}
    begin = {"start": kept(trained(kind, 3), kind).at(1)} if start else {}
    return base.trainer_of(kind).train(split, settings, Silent(), "t", **begin).model


def network(content: bytes, kind: str) -> Network:
    return formats.format_of(f"x{KINDS[kind].suffix}").network(content)[0]


def kept(content: bytes, kind: str) -> Snapshots:
    return snapshots.read(content, network(content, kind))


def digits() -> Array:
    return load_split(DataSpec(n=300, n_test=60)).x_test


@pytest.mark.parametrize("kind", SETTINGS)
def test_a_snapshot_is_the_network_that_a_training_of_so_many_epochs_ends_with(kind: str) -> None:
    content = trained(kind, 3)
    whole = network(content, kind)
    found = snapshots.read(content, whole)

    assert found.epochs.tolist()[:3] == [0, 1, 2]
    for epoch in (1, 2):
        again = snapshots.at(whole, found, epoch).predict(digits())
        expected = network(trained(kind, epoch), kind).predict(digits())
        np.testing.assert_allclose(again, expected, atol=2e-3)
    before = snapshots.at(whole, found, 0).predict(digits())
    assert np.abs(before - whole.predict(digits())).max() > 0.01


@pytest.mark.parametrize("kind", SETTINGS)
def test_a_training_goes_on_from_the_weights_of_any_epoch(kind: str) -> None:
    begun, other = kept(trained(kind, 1, start=True), kind), kept(trained(kind, 3), kind)

    np.testing.assert_array_equal(begun.values[0], other.values[1])


@pytest.mark.parametrize("kind", SETTINGS)
def test_weights_of_another_size_are_refused_in_a_sentence(kind: str) -> None:
    split = load_split(DataSpec(n=300, n_test=60))
    with pytest.raises(TrainingRefused, match="7 parameters"):
        base.trainer_of(kind).train(split, SETTINGS[kind], Silent(), "", start=np.zeros(7, np.float32))


def npz(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def spoilt(content: bytes, inside: bytes) -> bytes:
    file = io.BytesIO(snapshots.remove(content))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(snapshots.MEMBER, inside)
    return file.getvalue()


DAMAGED: dict[str, Callable[[Array, Array], bytes]] = {
    "no archive": lambda epochs, values: b"PK\x03\x04" + bytes(range(200)),
    "nothing": lambda epochs, values: b"",
    "cut off": lambda epochs, values: npz(epochs=epochs, values=values)[:-300],
    "pickled": lambda epochs, values: npz(epochs=epochs, values=np.array([{"a": 1}], object)),
    "a name too many": lambda epochs, values: npz(epochs=epochs, values=values, more=epochs),
    "other names": lambda epochs, values: npz(epoch=epochs, value=values),
    "another network's": lambda epochs, values: npz(epochs=epochs, values=values[:, 1:]),
    "more than are kept": lambda epochs, values: npz(
        epochs=np.arange(41, dtype=np.int32), values=np.zeros((41, values.shape[1]), np.float16)
    ),
    "larger than there is room for": lambda epochs, values: npz(
        epochs=epochs, values=np.zeros((len(epochs), 10**7), np.float16)
    ),
    "float64": lambda epochs, values: npz(epochs=epochs, values=values.astype(np.float64)),
    "twice the same epoch": lambda epochs, values: npz(epochs=epochs * 0, values=values),
    "before the start": lambda epochs, values: npz(epochs=epochs - 1, values=values),
    "the last day": lambda epochs, values: npz(epochs=epochs + 2_000_000_000, values=values),
    "not finite": lambda epochs, values: npz(epochs=epochs, values=values * np.float16(np.nan)),
}


@pytest.mark.parametrize("kind", ["mlp", "cnn"])
@pytest.mark.parametrize("damage", DAMAGED)
def test_damaged_snapshots_cost_the_slider_and_never_the_network(kind: str, damage: str) -> None:
    content = trained(kind, 3)
    good = kept(content, kind)
    bad = spoilt(content, DAMAGED[damage](good.epochs, good.values))

    with pytest.raises(NoSnapshots, match="network itself is whole"):
        kept(bad, kind)
    expected = network(content, kind).predict(digits())
    np.testing.assert_array_equal(network(bad, kind).predict(digits()), expected)
    if damage not in ("no archive", "not finite"):
        return  # one of each sort is enough for the way through the store
    entry = store.receive(f"x{KINDS[kind].suffix}", bad)
    assert not snapshots.has(entry.path.read_bytes())
    np.testing.assert_allclose(network(entry.path.read_bytes(), kind).predict(digits()), expected, atol=1e-6)


@pytest.mark.parametrize("kind", SETTINGS)
def test_downloaded_and_sent_again_a_network_has_its_snapshots(kind: str) -> None:
    card = (
        base.trainer_of(kind)
        .train(load_split(DataSpec(n=300, n_test=60)), SETTINGS[kind] | {"max_iter": 1}, Silent(), "Mine")
        .card
    )
    entry = store.put(trained(kind, 3), KINDS[kind].suffix, card, "saved", owner="me")
    again = store.receive(entry.path.name, store.content(entry), owner="me")

    for each in (entry, again):
        np.testing.assert_array_equal(
            kept(each.path.read_bytes(), kind).values, kept(trained(kind, 3), kind).values
        )
    with pytest.raises(NotYours):
        store.forget_epochs(again, by=Actor("another"))
    store.forget_epochs(again, by=Actor("me"))
    with pytest.raises(NoSnapshots, match="kept no epochs"):
        kept(again.path.read_bytes(), kind)
    np.testing.assert_allclose(
        network(again.path.read_bytes(), kind).predict(digits()),
        network(trained(kind, 3), kind).predict(digits()),
        atol=1e-6,
    )


@pytest.mark.parametrize("kind", SETTINGS)
def test_without_them_a_file_is_to_the_last_byte_what_it_was(kind: str) -> None:
    content = trained(kind, 3)
    without = snapshots.remove(content)

    assert not snapshots.has(without)
    assert snapshots.attach(without, kept(content, kind)) == content
    assert snapshots.remove(snapshots.attach(without, kept(content, kind))) == without
    with zipfile.ZipFile(io.BytesIO(without)) as archive:
        assert archive.testzip() is None
    shipped = store.find(KINDS[kind].default).path.read_bytes()
    row = Snapshots(np.array([1], np.int32), np.zeros((1, 3), np.float16))
    assert snapshots.remove(snapshots.attach(snapshots.remove(shipped), row)) == snapshots.remove(shipped)


def test_a_shipped_file_is_made_to_keep_fewer() -> None:
    content = trained("mlp", 3)
    row = 2 * kept(content, "mlp").values.shape[1]

    assert kept(snapshots.thin(content, 10 * row), "mlp").epochs.tolist() == [0, 1, 2]
    assert not snapshots.has(snapshots.thin(content, 2 * row))
