"""The pad as one file, opened from the disk without any network: it reads as the server would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from playwright.sync_api import expect

from nnviz import components
from nnviz.model_store import formats, store
from nnviz.ui.pad import one_file
from tests.browser.acting import channel, draw

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = "</script><img src=x onerror=alert(1)> & “CNN”"
ANSWERS = """() => {
    const told = {};
    const tell = ({ networks }) => networks.forEach(({ slot, network }) =>
        told[slot] = Array.from(network.layers[network.layers.length - 1].values));
    document.dispatchEvent(new CustomEvent("nnviz-pad-networks-replay", { detail: tell }));
    return told;
}"""


def test_it_reads_as_the_server_does_without_any_network(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    file = tmp_path / "my pad.html"
    names = {"mlp": "mlp", "cnn": "cnn_best", "autoencoder": "autoencoder"}
    assert one_file.write(file, list(names.values())) == file.stat().st_size < 2_000_000
    mlp, cnn, autoencoder = one_file.packed(list(names.values()))
    cnn = replace(cnn, slot=replace(cnn.slot, title=HOSTILE), title=HOSTILE)
    file.write_bytes(components.pad_file([mlp, cnn, autoencoder]))

    page = open_page(offline=True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    draw(page, 3)
    expect(page.get_by_test_id("prediction-mlp")).to_have_attribute("aria-label", "MLP reads 3, 100.0%")
    digit = channel(page, "seen").reshape(1, 784) / 255
    found = page.evaluate(ANSWERS)
    for slot, name in names.items():
        server = formats.read_network(store.find(name).path).predict(digit).ravel()
        np.testing.assert_allclose(found[slot], server, rtol=0, atol=1e-5)
    expect(page.get_by_test_id("prediction-cnn").locator(".title")).to_contain_text(HOSTILE)
    expect(page.locator("dt")).to_have_text(["MLP for drawn digits", HOSTILE, "Autoencoder, 32 numbers"])
    expect(page.locator("dd").first).to_contain_text("% of 5,000 others right")

    page.get_by_role("tab", name=HOSTILE).click()
    expect(page.get_by_test_id("network").locator(".stage").first).to_be_visible()
    page.get_by_test_id("pad-undo").click()
    expect(page.get_by_test_id("pad-clear")).to_be_disabled()
    page.get_by_test_id("pad-redo").click()
    page.reload()
    expect(page.get_by_test_id("prediction-mlp")).to_have_attribute("aria-label", "MLP reads 3, 100.0%")
    assert asked == 2 * [file.as_uri()], "nothing but the file is asked for"
