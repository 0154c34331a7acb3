"""Each test has a server of its own as far as browsers are remembered."""

from __future__ import annotations

import pytest

from nnviz.ui.shared import kept


@pytest.fixture(autouse=True)
def no_browser_came_before() -> None:
    """What one test chose is not what the next one's browser had open before."""
    kept._browsers.clear()
