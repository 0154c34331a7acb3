"""What is pressed may be gone by the time the server hears of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd
import pytest
import streamlit as st

from nnviz import figures
from nnviz.core.identity import Actor
from nnviz.core.kinds import ACCURACY
from nnviz.history import repository
from nnviz.ui.experiments import live
from nnviz.ui.shared import run_actions, show, you_panel


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


def test_a_button_whose_field_is_no_longer_drawn_takes_nothing_from_it(
    monkeypatch: pytest.MonkeyPatch, nnviz_home: object
) -> None:
    presses: list[Callable[[], None]] = []
    done: list[str] = []

    @contextmanager
    def form(_key: str, _label: str, press: Callable[[], None]) -> Iterator[None]:
        presses.append(press)
        yield

    monkeypatch.setattr(you_panel, "_form", form)
    monkeypatch.setattr(you_panel, "_try", lambda _, said: done.append(said))
    monkeypatch.setattr(repository, "rename_run", lambda *_, **__: pytest.fail("There is no name."))
    me = Actor("ada")
    for draw in (you_panel._name, you_panel._code, you_panel._teacher):
        draw(me)
    st.session_state.clear()
    for press in presses:
        press()
    assert len(done) == 3
    run_actions._named("0" * 16, "gone")
