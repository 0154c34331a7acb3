"""What a browser says was chosen among maps is believed only where there is such a place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnviz import figures
from nnviz.components import MapPosition, feature_maps
from nnviz.components.feature_maps import checked_place

SHAPE = (21, 20, 32)


def test_a_place_within_the_maps_is_taken() -> None:
    assert checked_place({"token": "x", "map": 31, "row": 20, "column": 19}, SHAPE) == MapPosition(31, 20, 19)


def test_a_place_of_larger_maps_becomes_the_nearest_there_is() -> None:
    assert checked_place({"map": 3, "row": 26, "column": 26}, SHAPE) == MapPosition(3, 20, 19)


@pytest.mark.parametrize(
    "message",
    [
        None,
        7,
        {},
        {"map": 32, "row": 0, "column": 0},
        {"map": -1, "row": 0, "column": 0},
        {"map": True, "row": 0, "column": 0},
        {"map": 1, "row": 1.5, "column": 0},
        {"map": "1", "row": 0, "column": 0},
    ],
)
def test_anything_else_is_no_choice(message: Any) -> None:
    assert checked_place(message, SHAPE) is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    )
)
def test_nothing_that_is_sent_raises(message: Any) -> None:
    place = checked_place(message, SHAPE)
    assert place is None or place.map < 32


def test_kernels_have_to_be_as_many_as_maps() -> None:
    with pytest.raises(ValueError, match="Maps are"):
        feature_maps(np.zeros((4, 4, 3), np.float32), kernels=np.zeros((2, 2, 4), np.float32), key="k")


def test_tiles_stand_as_many_side_by_side_as_is_asked_for() -> None:
    values = np.arange(2 * 3 * 7, dtype=np.float32).reshape(2, 3, 7)
    tiles = np.asarray(figures.map_tiles(values, title="t", across=3).data[0].z)
    assert tiles.shape == (3 * 3 - 1, 3 * 4 - 1)
    np.testing.assert_array_equal(tiles[3:5, 4:7], values[:, :, 4])
    assert np.isnan(tiles[6:, 4:]).all()
