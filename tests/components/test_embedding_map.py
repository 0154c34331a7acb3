"""The map's component: what it is sent, and that what comes back is believed only where it can be."""

from __future__ import annotations

import base64
import io
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nnviz import components
from nnviz.components.embedding_map import _sheet, checked_position
from nnviz.data import mnist

ALBUM = "0123456789abcdef"


def test_a_digit_of_this_album_and_the_star_are_taken() -> None:
    assert checked_position({"album": ALBUM, "index": 0}, ALBUM, 5001) == 0
    assert checked_position({"album": ALBUM, "index": 5000}, ALBUM, 5001) == 5000


@pytest.mark.parametrize(
    "message",
    [
        None,
        7,
        "7",
        [],
        {},
        {"index": 7},
        {"album": ALBUM},
        {"album": "another", "index": 7},
        {"album": ALBUM, "index": 5000},
        {"album": ALBUM, "index": -1},
        {"album": ALBUM, "index": True},
        {"album": ALBUM, "index": 7.0},
        {"album": ALBUM, "index": "7"},
        {"album": ALBUM, "index": 10**30},
        {"album": [ALBUM], "index": 7},
    ],
    ids=repr,
)
def test_anything_else_is_no_choice(message: Any) -> None:
    assert checked_position(message, ALBUM, 5000) is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.sampled_from(["album", "index"]) | st.text(), x),
    )
)
def test_nothing_that_is_sent_raises(message: Any) -> None:
    position = checked_position(message, ALBUM, 5000)
    assert position is None or 0 <= position < 5000


def test_the_sheet_holds_every_digit_in_its_place_in_sixteen_greys() -> None:
    digits = mnist.embedded()
    packed = base64.b64decode(_sheet(digits.digest, digits.images))
    assert len(packed) < 600_000, "thirty telephones fetch it at once"
    sheet = np.asarray(Image.open(io.BytesIO(packed)).convert("L"), np.int16)
    for i in (0, 71, 72, 4999):
        row, column = divmod(i, 72)
        seen = sheet[28 * row : 28 * row + 28, 28 * column : 28 * column + 28]
        assert np.abs(seen - digits.images[i]).max() <= 9, "half of a sixteenth of 255"


def test_points_fill_the_map_and_keep_their_proportions(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: dict[str, Any] = {}

    class Result:
        chosen = None

    def mount(**how: Any) -> Any:
        sent.update(how["data"])
        return Result()

    monkeypatch.setattr(sys.modules[_sheet.__module__], "_mount", mount)
    few = mnist.embedded()
    digits = mnist.make_dataset("three", few.images[:3], few.labels[:3], "")
    points = np.array([[-10, 5], [30, 5], [10, 15]], np.float32)
    star = components.HighlightedPoint(
        np.array([10.0, 10.0]), np.zeros((28, 28), np.float32), np.array([0, 1])
    )
    assert (
        components.embedding_map(digits, points, np.array([[1], [0], [0]]), title="", star=star, key="k")
        is None
    )
    places = np.frombuffer(base64.b64decode(sent["points"]), "<u2").reshape(3, 2) / 65535
    np.testing.assert_allclose(places, [[0, 0.375], [1, 0.375], [0.5, 0.625]], atol=1e-4)
    assert sent["star"]["place"] == [0.5, 0.5]
    assert base64.b64decode(sent["labels"]) == bytes(few.labels[:3].astype(np.uint8))


def test_points_have_to_be_as_many_as_digits() -> None:
    digits = mnist.embedded()
    with pytest.raises(ValueError, match="as many points"):
        components.embedding_map(
            digits, np.zeros((7, 2), np.float32), np.zeros((7, 5), int), title="", key="k"
        )
