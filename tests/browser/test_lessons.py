"""A lesson walked through in a browser, and a shared view opened by another one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.acting import idle, opened
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_a_lesson_leads_on_sees_what_is_done_and_is_there_after_a_reload(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/?lesson=mistakes")
    bar = page.get_by_role("region", name="Lesson")
    expect(bar).to_contain_text("Read the matrix · 1 of 5")
    page.wait_for_url(re.compile("/MLP"))
    expect(page.get_by_role("tab", name="Mistakes")).to_have_attribute("aria-selected", "true")
    expect(bar.get_by_role("button", name="Go on anyway")).to_be_visible()
    page.locator("[data-testid=cell-4-9]").click()
    expect(bar.get_by_role("button", name="Next")).to_be_visible()
    bar.get_by_role("textbox").fill("24")
    bar.get_by_role("button", name="Answer").click()
    expect(bar).to_contain_text("Right.")
    bar.get_by_role("button", name="Next").click()
    expect(bar).to_contain_text("2 of 5")
    idle(page)
    page.reload()
    expect(bar).to_contain_text("2 of 5")
    bar.get_by_role("button", name="Fold").click()
    expect(bar.get_by_text("could you read")).to_have_count(0)
    bar.get_by_role("button", name="Leave").click()
    expect(bar).to_have_count(0)


def test_a_shared_view_opens_as_it_was_and_keeps_its_answer(
    page: Page, server: Server, open_page: Callable[..., Page]
) -> None:
    opened(page, f"{server.url}/MLP?mlp_section=Layers")
    page.get_by_role("button", name="Share").click()
    page.get_by_text("Ask a question with it").click()
    page.get_by_label("Question").fill("Which layer is the largest?")
    page.get_by_label("Choices, or the answer").fill("* the first\nthe last")
    page.get_by_label("What is said after").fill("Sesame.")
    page.get_by_role("button", name="Make the link").click()
    address = page.locator("[data-testid=stCode]").filter(has_text="view=").inner_text().strip()
    expect(page.get_by_role("img", name="The address as a QR code")).to_be_visible()
    other = open_page()
    frames: list[bytes] = []
    other.on("websocket", lambda socket: socket.on("framereceived", lambda data: frames.append(_bytes(data))))
    opened(other, address)
    expect(other.get_by_text("Which layer is the largest?")).to_be_visible()
    expect(other.get_by_role("tab", name="Layers")).to_have_attribute("aria-selected", "true")
    assert any(b"Which layer is the largest?" in each for each in frames)
    assert not any(b"Sesame" in each for each in frames)
    other.get_by_role("button", name="the first").click()
    other.get_by_role("button", name="Answer").click()
    expect(other.get_by_text("Sesame.")).to_be_visible()


def _bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data


def test_a_teacher_takes_all_screens_to_a_step_and_asks_for_attention(
    page: Page, server: Server, open_page: Callable[..., Page]
) -> None:
    opened(page, f"{server.url}/Class")
    page.get_by_role("button", name="Start a class").click()
    code = page.get_by_test_id("class-code").inner_text().replace(" ", "")
    pupil = open_page(phone=True)
    opened(pupil, f"{server.url}/Class?class={code}")
    expect(pupil.get_by_role("heading", name="Class", level=1)).to_be_visible()
    page.get_by_role("button", name="Ask for attention").click()
    expect(pupil.get_by_role("heading", name="Please look to the front.")).to_be_visible()
    within = "document.activeElement?.closest('.st-key-class_attention_asked') !== null"
    pupil.wait_for_function(within)
    for _ in range(3):
        pupil.keyboard.press("Tab")
    assert pupil.evaluate(within), "what lies below is out of reach of keys too"
    page.get_by_role("button", name="Let the screens go on").click()
    expect(pupil.get_by_role("heading", name="Please look to the front.")).to_have_count(0)
    pupil.keyboard.press("Tab")
    assert pupil.evaluate("document.activeElement !== document.body"), "keys go on as well"
    idle(page)
    opened(page, f"{server.url}/?lesson=mistakes&step=3")
    expect(page.get_by_role("region", name="Lesson")).to_contain_text("3 of 5")
    page.get_by_role("button", name="Everyone here").click()
    expect(pupil.get_by_role("region", name="Lesson")).to_contain_text("3 of 5")
    pupil.wait_for_url(re.compile("/MLP"))
    expect(pupil.get_by_role("button", name="Everyone here")).to_have_count(0)
    opened(page, f"{server.url}/CNN?cnn_section=Layers")
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Make the link").click()
    page.get_by_role("button", name="Send to all screens").click()
    pupil.wait_for_url(re.compile("/CNN"))
    expect(pupil.get_by_role("tab", name="Layers")).to_have_attribute("aria-selected", "true")
