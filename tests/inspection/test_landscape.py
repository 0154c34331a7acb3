"""Landscapes: the numbers of a place are those of the network that stands there."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from nnviz.core.landscapes import Landscape, to_csv
from nnviz.core.records import Array
from nnviz.inference import flat, graph
from nnviz.inference.graph import Network
from nnviz.inference.losses import mean_loss
from nnviz.inspection import landscape, landscape_files
from nnviz.inspection.landscape import NoPlane, filter_normalised
from nnviz.model_store import formats, snapshots, store

OF = "0123456789abcdef"


def toy(seed: int) -> Network:
    """784 -> 6 tanh units -> 10."""
    rng = np.random.default_rng(seed)
    sizes = (784, 6, 10)
    weights = [rng.normal(0, 0.2, shape).astype(np.float32) for shape in pairwise(sizes)]
    biases = [rng.normal(0, 0.2, n).astype(np.float32) for n in sizes[1:]]
    return graph.dense(weights, biases, "tanh")


def digits(n: int = 40) -> tuple[Array, Array]:
    rng = np.random.default_rng(9)
    return rng.random((n, 784), np.float32), rng.integers(0, 10, n)


def by_hand(row: Array, x: Array, labels: Array) -> float:
    """The mean loss of a toy with these weights, in float64 and without any of the app's code."""
    w1, b1, w2, b2 = np.split(row.astype(np.float64), np.cumsum([784 * 6, 6, 60]))
    hidden = np.tanh(x.astype(np.float64) @ w1.reshape(784, 6) + b1)
    sums = hidden @ w2.reshape(6, 10) + b2
    sure = np.exp(sums - sums.max(axis=1, keepdims=True))
    told = sure / sure.sum(axis=1, keepdims=True)
    return float(-np.log(told[np.arange(len(x)), labels]).mean())


def test_along_a_line_each_loss_is_that_of_the_mixed_weights() -> None:
    a, b = (flat.values(toy(seed)) for seed in (1, 2))
    x, labels = digits()
    plane = landscape.line(a, b)
    tracks = [("corners", np.arange(2), np.stack([a, b]))]
    found = landscape.draw(landscape.survey(toy(1), x, labels, plane, tracks, side=4))
    assert found.xs.tolist() == [-0.5, -0.25, 0, 0.25, 0.5, 0.75, 1, 1.25, 1.5]
    expected = [by_hand((1 - t) * a.astype(np.float64) + t * b, x, labels) for t in found.xs]
    np.testing.assert_allclose(found.losses[0], expected, rtol=1e-5)
    np.testing.assert_allclose(found.tracks[0].losses, found.losses[0][[2, 6]], rtol=1e-6)


@pytest.mark.parametrize("how", ["three", "principal"])
def test_at_a_network_s_own_place_on_a_plane_stands_its_own_loss(how: str) -> None:
    rows = np.stack([flat.values(toy(seed)) for seed in (1, 2, 3)])
    x, labels = digits()
    plane = landscape.through(*rows) if how == "three" else landscape.principal(rows)
    own = [mean_loss(flat.with_values(toy(1), row), x, labels) for row in rows]
    there = [mean_loss(flat.with_values(toy(1), plane.at(*place)), x, labels) for place in plane.place(rows)]
    np.testing.assert_allclose(there, own, rtol=1e-6)
    np.testing.assert_allclose(own, [by_hand(row, x, labels) for row in rows], rtol=1e-5)
    asked = landscape.survey(toy(1), x, labels, plane, [("training", np.arange(3), rows)], side=3)
    found = landscape.draw(asked)
    np.testing.assert_allclose(found.tracks[0].losses, own, rtol=1e-6)
    for i, y in enumerate(found.ys):
        for j, place in enumerate(found.xs):
            row = plane.origin + place * plane.across + y * plane.up
            assert found.losses[i, j] == pytest.approx(by_hand(row, x, labels), rel=1e-5)


def test_the_way_of_a_shipped_training_has_the_losses_of_its_snapshots() -> None:
    entry = store.find("mlp_study")
    whole = formats.read_network(entry.path)
    kept = snapshots.read(entry.path.read_bytes(), whole)
    rows = kept.values.astype(np.float32)[:4]
    x, labels = digits(20)
    plane = landscape.principal(rows)
    asked = landscape.survey(whole, x, labels, plane, [("training", kept.epochs[:4], rows)], side=2)
    (way,) = landscape.draw(asked).tracks
    direct = [mean_loss(snapshots.at(whole, kept, int(epoch)), x, labels) for epoch in kept.epochs[:4]]
    assert way.losses.tolist() == direct


def test_filters_are_made_as_long_as_the_network_s_own_ones() -> None:
    weights = np.array([[3.0, 0.0], [4.0, 2.0]])  # two units, 5 and 2 long
    direction = np.array([[1.0, 1.0], [0.0, 1.0]])  # 1 and the root of 2 long
    found = filter_normalised(direction, weights, (0,))
    np.testing.assert_allclose(found, [[5, np.sqrt(2)], [0, np.sqrt(2)]])
    kernels = np.zeros((2, 2, 1, 2))
    kernels[..., 0] = 1  # 2 long
    kernels[0, 0, 0, 1] = 3  # 3 long
    found = filter_normalised(np.ones((2, 2, 1, 2)), kernels, (0, 1, 2))
    np.testing.assert_allclose(found[..., 0], 1)
    np.testing.assert_allclose(found[..., 1], 1.5)
    assert not filter_normalised(np.ones(3), np.ones(3), ()).any(), "a bias has no filter, and stays"


def test_a_plane_by_chance_moves_every_unit_by_its_own_length_and_no_bias() -> None:
    network = toy(1)
    plane = landscape.random_plane(network, np.random.default_rng(3))
    w1, b1, w2, b2 = np.split(plane.across, np.cumsum([784 * 6, 6, 60]))
    first = network.parts[1].weights["kernel"]
    np.testing.assert_allclose(
        np.linalg.norm(w1.reshape(784, 6), axis=0), np.linalg.norm(first, axis=0), rtol=1e-5
    )
    assert w2.any()
    assert not b1.any()
    assert not b2.any()
    again = landscape.random_plane(network, np.random.default_rng(3))
    np.testing.assert_array_equal(again.up, plane.up)


def test_the_movement_that_a_plane_holds_is_told_by_its_singular_values() -> None:
    rows = np.random.default_rng(1).normal(size=(5, 300)) * np.linspace(1, 3, 300)
    plane = landscape.principal(rows)
    squares = np.linalg.svd(rows - rows.mean(axis=0), compute_uv=False) ** 2
    np.testing.assert_allclose(plane.explained, squares[:2] / squares.sum())


def test_what_spans_no_plane_is_refused_in_a_sentence() -> None:
    a = np.ones(9, np.float32)
    with pytest.raises(NoPlane, match="same weights"):
        landscape.line(a, a)
    with pytest.raises(NoPlane, match="one line"):
        landscape.through(a, 2 * a, 3 * a)
    with pytest.raises(NoPlane, match="one line"):
        landscape.principal(np.stack([a, 2 * a, 3 * a]))


def small() -> Landscape:
    x, labels = digits(5)
    a, b = (flat.values(toy(seed)) for seed in (1, 2))
    tracks = [("corners", np.arange(2), np.stack([a, b]))]
    return landscape.draw(landscape.survey(toy(1), x, labels, landscape.line(a, b), tracks, side=2))


def test_it_stops_when_it_is_asked_to() -> None:
    x, labels = digits(5)
    asked = landscape.survey(
        toy(1), x, labels, landscape.random_plane(toy(1), np.random.default_rng(0)), [], side=5, reach=1.0
    )
    told: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> bool:
        told.append((done, total))
        return done == 3

    with pytest.raises(landscape.Stopped):
        landscape.draw(asked, stop)
    assert told == [(0, 25), (1, 25), (2, 25), (3, 25)]


def test_what_was_found_is_kept_and_a_damaged_file_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    assert landscape_files.find(OF) is None
    found = small()
    landscape_files.keep(found, OF)
    again = landscape_files.find(OF)
    assert again is not None
    np.testing.assert_array_equal(again.losses, found.losses)
    np.testing.assert_array_equal(again.tracks[0].points, found.tracks[0].points)
    assert again.tracks[0].name == "corners"
    assert again.on_a_line
    (path,) = tmp_path.rglob(f"{OF}.npz")
    path.write_bytes(path.read_bytes()[:200])
    assert landscape_files.find(OF) is None
    landscape_files.keep(replace(found, seconds=10**400), OF)
    assert landscape_files.find(OF) is None, "no float is as large"
    landscape_files.tidy(now=1e12)
    assert not path.exists()


def test_the_table_has_a_row_for_every_place_and_every_network() -> None:
    header, *rows = to_csv(small()).splitlines()
    assert header == "of,step,x,y,loss"
    assert len(rows) == 5 + 2
    assert rows[0].startswith("grid,,-0.5,0.0,")
    assert rows[-1].startswith("corners,1,")
