"""A digit that is chosen on a photo is one of that photo's, whatever a browser sends."""

from __future__ import annotations

import pytest

from nnviz.components.photo_digits import checked


@pytest.mark.parametrize(
    ("message", "chosen"),
    [
        ({"token": "this", "index": 1}, 1),
        ({"token": "another", "index": 1}, None),
        ({"token": "this", "index": 2}, None),
        ({"token": "this", "index": -1}, None),
        ({"token": "this", "index": True}, None),
        ({"token": "this", "index": "1"}, None),
        ("1", None),
        (None, None),
    ],
)
def test_only_a_digit_of_this_very_photo_is_taken(message: object, chosen: int | None) -> None:
    assert checked(message, "this", 2) == chosen
