"""Which epochs of a training are kept, by a training that does not know how long it will last."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnviz.core.snapshots import FIRST, MOST, Keeper, halved


def kept(epochs: int, size: int = 4, most_bytes: int = 10**6) -> list[int]:
    keeper = Keeper(most_bytes)
    for number in range(epochs + 1):
        keeper(number, [np.full(size, number, np.float32)])
    found = keeper.snapshots([np.full(size, -1, np.float32)])
    return [] if found is None else found.epochs.tolist()


@given(st.integers(0, 2000))
def test_every_epoch_up_to_20_is_kept_then_ever_rarer_ones_and_never_more_than_40(epochs: int) -> None:
    found = kept(epochs)

    assert found[: FIRST + 1] == list(range(min(epochs, FIRST) + 1))
    assert found[-1] == epochs
    assert len(found) == min(epochs + 1, MOST)
    # No gap of the later ones is far wider, beside where it is, than others: nothing is lost from the middle.
    later = [b / a for a, b in zip(found[FIRST:], found[FIRST + 1 :], strict=False)]
    assert max(later, default=1) <= max(1.1, (epochs / FIRST) ** (2.5 / 19))


@pytest.mark.parametrize(("size", "room"), [(10, 200), (10, 61), (10, 99)])
def test_no_more_bytes_are_kept_than_there_is_room_for(size: int, room: int) -> None:
    found = kept(300, size, room)

    assert len(found) == room // (2 * size)
    assert (found[0], found[-1]) == (0, 300)


def test_a_network_of_which_not_even_three_have_room_keeps_none() -> None:
    assert kept(5, size=10, most_bytes=59) == []


def test_the_last_epoch_is_not_kept_twice_and_numbers_that_float16_has_not_are_left_out() -> None:
    keeper = Keeper()
    rows = [np.float32([0.1, i]) for i in range(3)]
    for number, row in enumerate(rows):
        keeper(number, [row])
    keeper(3, [np.float32([1e9, 1])])

    same, other = keeper.snapshots([rows[2]]), keeper.snapshots([np.float32([7, 7])])
    assert same is not None
    assert other is not None
    assert same.epochs.tolist() == [0, 1]
    assert other.epochs.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(other.at(99), halved([rows[2]]))
    np.testing.assert_array_equal(other.at(1), halved([rows[1]]))
