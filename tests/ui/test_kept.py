"""What is kept of a browser's pad: its own, bounded, and the last."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import pytest

from nnviz.ui.shared import kept


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_browsers", OrderedDict())


def test_a_browser_is_given_what_it_had_last_and_no_other_is() -> None:
    digit = np.ones((28, 28), np.float32)
    kept.keep_drawing("anna", {"strokes": []}, np.zeros((28, 28), np.float32))
    kept.keep_drawing("anna", {"strokes": [1]}, digit)
    kept.keep_network("anna", "pad_cnn", "cnn_k24")
    mine = kept.kept("anna")
    assert (mine.message, mine.networks) == ({"strokes": [1]}, {"pad_cnn": "cnn_k24"})
    assert mine.digit is digit
    theirs = kept.kept("berta")
    assert (theirs.message, theirs.digit, theirs.networks) == (None, None, {})


def test_a_cleared_pad_stays_empty_and_keeps_its_networks() -> None:
    kept.keep_network("anna", "pad_cnn", "cnn_k24")
    kept.keep_drawing("anna", {"strokes": [1]}, np.ones((28, 28), np.float32))
    kept.keep_drawing("anna", None, None)
    assert kept.kept("anna").message is None
    assert kept.kept("anna").networks == {"pad_cnn": "cnn_k24"}


def test_which_digit_is_looked_at_is_kept_by_the_place_and_not_without_end() -> None:
    for place in range(60):
        kept.keep_digit("anna", f"place {place}", "a 7", place)
    digits = kept.kept("anna").digits
    assert digits["place 59"] == ("a 7", 59)
    assert len(digits) == 50
    assert kept.kept("berta").digits == {}


def test_of_many_browsers_the_one_that_drew_longest_ago_is_forgotten() -> None:
    for number in range(600):
        kept.keep_drawing(f"browser {number}", {"strokes": [number]}, None)
        kept.keep_drawing("busy", {"strokes": []}, None)
    assert kept.kept("browser 0").message is None
    assert kept.kept("browser 599").message == {"strokes": [599]}
    assert kept.kept("busy").message == {"strokes": []}
