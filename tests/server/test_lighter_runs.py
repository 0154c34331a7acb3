"""What is made once for all runs says what Streamlit would say at every run."""

from __future__ import annotations

from copy import deepcopy

import pytest
from streamlit import config, cursor
from streamlit.proto.NewSession_pb2 import NewSession
from streamlit.runtime import app_session

from nnviz.server.lighter_runs import lighten_runs

SECTIONS = ("theme", "theme.light", "theme.dark", "theme.sidebar")


def theme() -> bytes:
    """As the first message of a run has it."""
    told = NewSession()
    own = told.custom_theme
    for message, section in zip((own, own.light, own.dark, own.sidebar), SECTIONS, strict=True):
        app_session._populate_theme_msg(message, section)
    return told.SerializeToString(deterministic=True)


def test_the_theme_that_is_kept_is_the_one_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    config.get_config_options(force_reparse=True)
    monkeypatch.setattr(app_session, "_populate_theme_msg", app_session._populate_theme_msg)
    asked = theme()
    lighten_runs()
    assert len(asked) > 500
    assert theme() == asked
    assert theme() == asked


def test_a_copied_place_goes_its_own_way() -> None:
    lighten_runs()
    place = cursor.RunningCursor(0, (3,))
    place.lock_element()
    twin = deepcopy(place)
    assert twin.delta_path == place.delta_path == [0, 3, 1]
    twin.lock_element()
    twin.get_transient_cursor()
    assert (place.delta_path, place._transient_index) == ([0, 3, 1], None)
    assert twin.delta_path == [0, 3, 2]
    locked = deepcopy(place.lock_element())
    assert (locked.is_locked, locked.delta_path) == (True, [0, 3, 1])
