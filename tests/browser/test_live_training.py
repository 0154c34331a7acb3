"""A network on the pad while it is trained: drawn on, stopped in its steps, and in its place at the end."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.acting import draw, fill, idle, open_tab, opened
from tests.browser.serving import Server
from tests.browser.test_mlp_page import LONG, TRAINING

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_the_answer_to_a_drawing_changes_while_the_network_learns_and_waits_when_it_is_told_to(
    page: Page, open_page: Callable[..., Page], make_server: Callable[..., Server]
) -> None:
    server = make_server()
    opened(page, f"{server.url}/MLP")
    open_tab(page, "Train")
    fill(page, "Epochs", "1000")
    page.get_by_role("button", name="Train", exact=True).click()
    seen = page.locator(".st-key-live_view")
    expect(seen).to_contain_text(re.compile(r"\d+ of 300 digits right"), timeout=LONG)
    expect(seen).to_contain_text("Weights of units 1 to 5")
    page.locator(TRAINING).get_by_text("On the pad").click()
    idle(page)

    draw(page, 3)
    panel, answer = page.get_by_test_id("live-training"), page.get_by_test_id("prediction-live")
    expect(panel).to_contain_text(re.compile(r"after epoch \d+ of 1000"))
    expect(answer).to_have_attribute("aria-label", re.compile(" reads "))
    panel.get_by_role("button", name="Pause").click()
    expect(panel).to_contain_text("paused, for 5 minutes at most")
    expect(panel.get_by_role("button", name="Go on")).to_be_visible()
    page.wait_for_timeout(2500)  # its last weights have come
    before, weights = panel.inner_text(), bars(page)
    page.wait_for_timeout(1200)
    assert (panel.inner_text(), bars(page)) == (before, weights)

    panel.get_by_role("button", name="One batch").click()
    page.wait_for_function(f"old => {BARS} !== old", arg=weights)
    batch = bars(page)
    at = epoch(page)
    panel.get_by_role("button", name="One epoch").click()
    expect(panel).to_contain_text(f"after epoch {at + 1} of 1000")
    page.wait_for_function(f"old => {BARS} !== old", arg=batch)

    other = open_page()
    opened(other, page.url)
    expect(other.get_by_test_id("live-training")).to_contain_text(f"after epoch {at + 1} of 1000")
    other.close()

    panel.get_by_role("button", name="Go on").click()
    expect(panel).not_to_contain_text("paused")
    panel.get_by_role("button", name="Its curves").click()
    page.locator(TRAINING).get_by_role("button", name="Stop").click()
    expect(page.locator(TRAINING)).to_contain_text("stopped; the network is kept")
    page.get_by_role("link", name="Draw").first.click()
    idle(page)
    expect(page.locator(".st-key-first")).to_contain_text("The finished network is on the pad.")
    expect(page.get_by_test_id("prediction-mlp")).to_have_attribute("aria-label", re.compile(" reads "))


# What the network in training gives each digit, to the width of its bars.
BARS = """(() => {
  const find = (root) => {
    const found = root.querySelector('[data-testid="prediction-live"]');
    if (found) return found;
    for (const each of root.querySelectorAll("*")) if (each.shadowRoot) {
      const inside = find(each.shadowRoot);
      if (inside) return inside;
    }
  };
  const answer = find(document);
  return answer ? [...answer.querySelectorAll("[style]")].map((e) => e.getAttribute("style")).join() : "";
})()"""


def bars(page: Page) -> str:
    return str(page.evaluate(BARS))


def epoch(page: Page) -> int:
    found = re.search(r"after epoch (\d+)", page.get_by_test_id("live-training").inner_text())
    assert found
    return int(found[1])
