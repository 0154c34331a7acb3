"""A camera that a browser would not give to a page is not offered by it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from nnviz.ui.pad import photo


@pytest.mark.parametrize(
    ("address", "offered"),
    [
        ("https://digits.school.org/", True),
        ("http://127.0.0.1:8501/", True),
        ("http://localhost:8501/", True),
        ("http://192.168.1.20:8501/", False),
        ("http://classroom.local:8501/", False),
        (None, True),
    ],
)
def test_the_live_camera_is_offered_where_browsers_allow_it(
    address: str | None, offered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo.st, "context", SimpleNamespace(url=address))
    assert photo._has_live_camera() == offered
