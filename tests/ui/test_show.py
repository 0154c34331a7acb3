"""What is pressed may be gone by the time the server hears of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
import streamlit as st

from nnviz import figures
from nnviz.core.kinds import ACCURACY
from nnviz.ui.experiments import live
from nnviz.ui.shared import show


def test_a_press_on_what_is_no_longer_drawn_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Callable[[], None]] = []

    def drawn(*_: object, on_select: Callable[[], None], **__: Any) -> None:
        told.append(on_select)

    monkeypatch.setattr(st, "plotly_chart", drawn)
    monkeypatch.setattr(live, "_dataframe", drawn)
    picture = figures.repeats(["A: 0", "B: 1"], ((0.8, 0.9), (0.9, 0.9)), [(0.7, 0.9), (0.8, 1.0)], [1, 2])
    show.figure(picture, key="gone", on_point=lambda _: pytest.fail("There is no point."))
    live._numbers("gone", (), pd.DataFrame(), "Rows", ACCURACY)
    for press in told:
        press()
    assert len(told) == 2
