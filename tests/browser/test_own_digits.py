"""Digits of one's own in a real browser: looked at, put right, and only then kept."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from playwright.sync_api import expect

from nnviz.data import mnist
from tests.browser.acting import open_tab, opened
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_digits_that_are_brought_are_shown_with_what_was_done_and_kept_when_they_are_taken(
    page: Page, server: Server
) -> None:
    digits = mnist.embedded()
    images, labels = digits.images[::100], digits.labels[::100]
    dark = io.BytesIO()
    np.savez_compressed(dark, arr_0=255 - images, arr_1=np.arange(50), arr_2=labels)
    opened(page, f"{server.url}/MLP")
    open_tab(page, "Train")
    page.get_by_role("combobox", name="Digits").first.click()
    page.get_by_role("option", name="My own file").click()
    expect(page.get_by_text("128MB per file")).to_be_visible()
    page.locator("input[type=file]").first.set_input_files(
        {"name": "mine.npz", "mimeType": "application/octet-stream", "buffer": dark.getvalue()}
    )
    expect(page.get_by_text("Look before anything is kept: 50 digits.")).to_be_visible()
    expect(page.get_by_role("button", name="a digit with label")).to_have_count(20)
    expect(page.get_by_text("label from “arr_2”")).to_be_visible()
    expect(page.get_by_role("switch", name="Turn over")).to_be_checked()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Use these digits").click()
    expect(page.get_by_text("50 digits from upload: mine.npz: 5 × 0, 5 × 1")).to_be_visible()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
