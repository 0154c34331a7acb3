"""Lessons come and go, and the server holds no more after them than before: the quick form of `make soak`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from benchmarks import soak
from benchmarks.replay import record
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

SECONDS = 30.0
PUPILS, LESSON = 6, 2.5  # what is left behind is left by those who come and go, not by those who stay
MEGABYTES = 20  # of 210
RESUMABLE = 3  # descriptors that Streamlit keeps for two minutes for each browser that may come back


@pytest.mark.slow
def test_lessons_leave_neither_memory_nor_sessions_threads_or_files_behind(
    page: Page, make_server: Callable[..., Server]
) -> None:
    server = make_server()
    steps = record(page, server.url, trains=False)
    page.goto("about:blank")
    after = []
    for _, held, failures in soak.lessons(server, steps, SECONDS, pupils=PUPILS, lesson=LESSON, trainers=0):
        assert failures == []
        after.append(held)
    assert after[-1].sessions == 0
    grown = soak.growth(after)
    assert grown.memory < MEGABYTES, after
    assert grown.threads <= 4, after
    assert after[-1].descriptors - after[0].descriptors <= RESUMABLE * PUPILS * (len(after) - 1) + 8, after
