"""keract's pictures: drawn of copies, whatever the filters are like, and nothing left behind."""

from __future__ import annotations

import io
from collections import OrderedDict

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from nnviz.core.records import Array
from nnviz.inspection import keract_plots


def picture(png: bytes) -> Array:
    """(h, w, 3) uint8."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


@pytest.fixture
def maps() -> Array:
    """Five maps of 6 x 6, the second dead, the fourth the same everywhere but not nought."""
    values = np.random.default_rng(0).random((1, 6, 6, 5), np.float32)
    values[..., 1] = 0
    values[..., 3] = 0.7
    return values


@pytest.fixture
def digit() -> Array:
    image = np.zeros((28, 28), np.float32)
    image[4:24, 12:16] = 1
    return image


@pytest.mark.parametrize("merged", [False, True])
def test_what_is_handed_in_stays_as_it_was_and_no_figure_stays_open(
    maps: Array, digit: Array, merged: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    before, image_before = maps.copy(), digit.copy()
    drawn = picture(keract_plots.heatmaps(OrderedDict(pooling=maps), digit, merged=merged, dpi=20))
    assert min(drawn.shape[:2]) > 100
    assert np.ptp(drawn) > 100
    np.testing.assert_array_equal(maps, before)
    np.testing.assert_array_equal(digit, image_before)
    assert plt.get_fignums() == []
    assert capsys.readouterr() == ("", "")


def test_dead_filters_make_no_difference_to_all_filters_together(maps: Array, digit: Array) -> None:
    with_dead = keract_plots.heatmaps({"conv": maps}, digit, merged=True, dpi=20)
    alive = keract_plots.heatmaps({"conv": maps[..., [0, 2, 4]]}, digit, merged=True, dpi=20)
    np.testing.assert_array_equal(picture(with_dead), picture(alive))


def test_a_layer_that_is_dead_altogether_shows_the_bare_digit(digit: Array) -> None:
    for merged in (False, True):
        drawn = picture(keract_plots.heatmaps({"conv": np.zeros((1, 6, 6, 1))}, digit, merged=merged, dpi=20))
        colours = {tuple(colour) for colour in drawn.reshape(-1, 3).tolist()}
        ends = {(68, 1, 84), (253, 231, 36)}  # viridis, in which keract draws the digit: paper and ink
        assert ends <= colours


def test_names_that_are_no_file_names_are_drawn_too(maps: Array, digit: Array) -> None:
    assert keract_plots.heatmaps({"../a/b": maps}, digit, dpi=10)


def test_what_is_no_single_layer_of_maps_is_refused(maps: Array, digit: Array) -> None:
    with pytest.raises(ValueError, match="One layer is drawn at a time, not 2"):
        keract_plots.heatmaps({"a": maps, "b": maps}, digit)
    with pytest.raises(ValueError, match=r"feature maps of one digit, not of \(1, 25\)"):
        keract_plots.heatmaps({"dense": np.zeros((1, 25))}, digit)
    with pytest.raises(ValueError, match="one digit"):
        keract_plots.heatmaps({"conv": np.zeros((2, 5, 5, 3))}, digit)
