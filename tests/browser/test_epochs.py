"""The slider of epochs: pages and the pad show a network as it was then, with the numbers of NumPy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from nnviz.core import numbers
from nnviz.data.splits import judge_by, load_split
from nnviz.evaluation import metrics
from nnviz.inference.graph import Network
from nnviz.model_store import formats, snapshots, store
from tests.browser.acting import channel, draw, idle, open_tab
from tests.browser.serving import Server
from tests.browser.test_pad import reading
from tests.forgetting import without_epochs

if TYPE_CHECKING:
    from playwright.sync_api import Page


def at(name: str, epoch: int) -> Network:
    path = store.find(name).path
    whole = formats.read_network(path)
    return snapshots.at(whole, snapshots.read(path.read_bytes(), whole), epoch)


def score(name: str, epoch: int) -> str:
    split = load_split(judge_by(store.find(name).card.spec)[0])
    found = metrics.evaluate(split.y_test, at(name, epoch).predict(split.x_test))
    return f"after epoch {epoch} · {found.accuracy:.2%} on"


def test_the_slider_moves_a_page_and_the_readings_of_the_pad(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/MLP?epoch=3")
    idle(page)
    head = page.locator(".st-key-network_menu")
    expect(head).to_contain_text(score("mlp_study", 3))
    slider = page.locator(".st-key-epochs").get_by_role("slider")
    slider.focus()
    slider.press("ArrowRight")
    expect(head).to_contain_text(score("mlp_study", 4))
    assert "epoch=4" in page.url

    page.get_by_role("button", name="Use on the pad").click()
    idle(page)
    draw(page, 3)
    reading(page)
    seen = channel(page, "seen").astype(np.float32) / 255
    slider = page.locator(".st-key-epochs").get_by_role("slider")
    for epoch in (4, 3, 2):
        expect(slider).to_have_attribute("aria-valuetext", f"epoch {epoch}")
        said = at("mlp_study", epoch).predict(seen)[0]
        answer = page.get_by_test_id("prediction-mlp")
        read, sure = int(said.argmax()), numbers.chance(float(said.max()))
        expect(answer).to_have_attribute("aria-label", re.compile(rf"reads {read}.*{re.escape(sure)}"))
        slider.focus()
        slider.press("ArrowLeft")


def test_play_goes_from_epoch_to_epoch_to_the_end(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/MLP?epoch=60")
    idle(page)
    open_tab(page, "Layers")
    page.locator(".st-key-epochs").get_by_role("button", name="Play").click()
    expect(page.locator(".st-key-network_menu")).to_contain_text("after epoch 88")
    expect(page.locator(".st-key-network_menu")).not_to_contain_text("after epoch")
    assert "epoch=" not in page.url


def test_a_network_that_kept_no_epochs_has_no_slider_and_says_so(
    page: Page, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(server.home))
    page.goto(f"{server.url}/MLP?model={without_epochs('mlp')}&epoch=5")
    idle(page)
    expect(page.locator(".st-key-network_menu")).to_contain_text("MLP for drawn digits · 99")
    expect(page.locator(".st-key-epochs")).to_have_count(0)
    open_tab(page, "When learned")
    expect(page.get_by_text("This network kept no epochs of its training")).to_be_visible()
