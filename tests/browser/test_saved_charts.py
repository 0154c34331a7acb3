"""A chart is taken along as a picture, as lines and as its numbers."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from PIL import Image
from playwright.sync_api import expect

from tests.browser.acting import opened
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_a_chart_is_saved_as_a_picture_as_lines_and_as_its_numbers(page: Page, server: Server) -> None:
    opened(page, server.url)
    page.get_by_role("button", name="How far may a digit be moved").click()
    opener = page.get_by_role("button", name="Save this chart")
    opener.focus()  # as Tab does, without a mouse on the chart
    page.keyboard.press("Enter")
    saved = {}
    for name in ("Picture (PNG)", "Lines (SVG)", "Numbers (CSV)"):
        if not page.get_by_role("button", name=name).is_visible():
            opener.click()
        with page.expect_download() as found:
            page.get_by_role("button", name=name).click()
        stem = "how-many-of-200-digits-are-read-right-when-they-are-moved"
        assert found.value.suggested_filename.rpartition(".")[0] == stem
        saved[name] = Path(found.value.path()).read_bytes()

    lines = list(csv.reader(io.StringIO(saved["Numbers (CSV)"].decode("utf-8-sig"))))
    assert lines[0] == ["series", "pixels away from the middle", "read right"]
    alt = page.get_by_test_id("stPlotlyChart").get_attribute("aria-label") or ""
    for series in ("MLP for drawn digits", "CNN for drawn digits"):
        values = [float(line[2]) for line in lines[1:] if line[0] == series]
        assert f"{series}: {values[0]:.2%} in the middle, {values[6]:.2%} moved by 6 pixels" in alt
    whole = ElementTree.fromstring(saved["Lines (SVG)"])
    assert "read right" in "".join(whole.itertext())
    width, height = Image.open(io.BytesIO(saved["Picture (PNG)"])).size
    assert (width, height) == (2 * int(whole.attrib["width"]), 2 * int(whole.attrib["height"]))
    opener.click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Numbers (CSV)")).to_be_hidden()
