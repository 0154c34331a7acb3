"""The workbench in a real browser: a change, the score that follows, and the same score once it is undone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.acting import idle, opened
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_a_change_moves_the_score_and_undo_gives_the_same_number_back(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/MLP?mlp_section=Workbench")
    bench, score = page.get_by_test_id("workbench"), page.get_by_test_id("workbench-score")
    expect(score).to_contain_text("before")
    before = score.inner_text()
    share = before.split("%")[0]
    assert before.endswith(f"{share}% before"), "what it scores and what it scored are one number at first"
    bench.get_by_label("Smallest, in %").fill("0")
    bench.get_by_role("button", name="Prune").click()
    expect(bench.locator(".says")).to_have_text("“Smallest, in %” takes a number from 1 to 99.")
    bench.get_by_label("Smallest, in %").fill("95")
    bench.get_by_role("button", name="Prune").click()
    expect(score).to_have_text(re.compile(rf"^(?!{re.escape(share)}%).*{re.escape(share)}% before$"))
    pruned = score.inner_text()
    bench.get_by_role("button", name="Silence it").click()
    expect(bench.locator(".edits li")).to_have_text(
        ["The smallest 95% of all weights are 0", "Hidden layer 1: number 1 silenced"]
    )
    bench.get_by_role("button", name="Undo").click()
    expect(score).to_have_text(pruned)
    bench.get_by_role("button", name="Undo").click()
    expect(score).to_have_text(before)
    bench.get_by_role("button", name="Redo").click()
    expect(score).to_have_text(pruned)
    bench.get_by_role("button", name="Reset").click()
    expect(score).to_have_text(before)
    bench.get_by_role("button", name="Which one is needed most?").click()
    expect(page.get_by_test_id("workbench-costs").locator("tbody tr")).to_have_count(10, timeout=60_000)
    bench.get_by_test_id("workbench-paint").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    expect(bench.locator(".edits li")).to_have_text(["Hidden layer 1: 1 weight painted"])
    expect(page.get_by_test_id("workbench-costs")).to_have_count(0)  # of other weights
    before = score.inner_text().split("%")[0]
    bench.get_by_role("button", name="Keep as a network").click()
    kept = page.get_by_text("Kept as “")
    expect(kept).to_contain_text(re.compile(rf"changed by hand”: {re.escape(before)}\d?% on .* 1 change to"))
    page.get_by_role("button", name="Repair: train on from it").click()
    expect(page.get_by_text(re.compile("Go on from “.*, changed by hand”"))).to_be_visible()


def test_the_smallest_change_that_fools_is_shown_and_a_present_answer_refused(
    page: Page, server: Server
) -> None:
    opened(page, f"{server.url}/MLP?mlp_section=Workbench")
    page.locator(".st-key-mlp_fool_shown label").click()
    expect(page.get_by_text(re.compile(r"of 784 changes? by more than a tenth"))).to_be_visible()
    expect(page.locator(".st-key-mlp_fool_shown")).to_have_count(1)
    expect(page.locator("[class*='st-key-growing_mlp_fool_'] .js-plotly-plot")).to_have_count(5)
    expect(page.get_by_role("region", name="What other networks read")).to_be_visible()
    asked = page.get_by_text(re.compile(r"It reads an? \d\. What shall it read instead"))
    given = re.findall(r"\d", asked.first.inner_text())[0]
    page.locator(".st-key-mlp_fool_target").get_by_text(given, exact=True).click()
    idle(page)
    expect(page.get_by_text(f"The network answers {given} already.")).to_be_visible()


def test_a_digit_painted_by_hand_fools_and_the_smallest_change_stays(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/MLP?mlp_section=Workbench")
    page.locator(".st-key-mlp_fool_shown label").click()
    part, far = page.get_by_test_id("paint-digit"), page.get_by_test_id("paint-digit-far")
    expect(far).to_have_text("0 pixels changed by more than a tenth; L2 0.00; largest change 0.00")
    expect(part.locator(".best")).to_have_text("Smallest that fooled it so far: none")
    canvas = page.get_by_test_id("paint-digit-canvas")
    canvas.focus()
    page.keyboard.press("+")
    expect(far).to_have_text("3 pixels changed by more than a tenth; L2 0.54; largest change 0.50")
    part.get_by_role("button", name="Undo").click()
    expect(far).to_have_text("0 pixels changed by more than a tenth; L2 0.00; largest change 0.00")
    part.get_by_role("button", name="Take ink away").click()
    canvas.evaluate("each => each.scrollIntoView({ block: 'center' })")
    box = canvas.bounding_box()
    assert box
    for _ in range(2):  # one takes half of the ink; a page without any is no 8
        page.mouse.move(box["x"] + 2, box["y"] + 0.5 * box["height"] / 28)
        page.mouse.down()
        for row in range(28):
            y = box["y"] + (row + 0.5) * box["height"] / 28
            page.mouse.move(box["x"] + (box["width"] - 2 if row % 2 == 0 else 2), y, steps=28)
            page.mouse.move(box["x"] + (box["width"] - 2 if row % 2 == 0 else 2), y + box["height"] / 28)
        page.mouse.up()
    expect(part.locator(".reads")).to_have_text(re.compile(r"Reads \d, no longer \d: fooled"))
    best = part.locator(".best")
    expect(best).to_have_text(re.compile(r"so far: L2 \d+\.\d\d, read as \d"))
    said = best.inner_text()
    part.get_by_role("button", name="Reset").click()
    expect(part.locator(".reads")).to_have_text(re.compile("not fooled yet"))
    expect(best).to_have_text(said)
