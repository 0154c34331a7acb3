"""A class as it happens: a teacher at a desk, two phones and a tablet, from the code to the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.acting import idle, open_tab, opened
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

TABLET = {"viewport": {"width": 768, "height": 1024}, "has_touch": True, "is_mobile": True}
LOST = (r"ERR_INTERNET_DISCONNECTED", r"WebSocket connection", r"Failed to fetch", r"ERR_NETWORK")


def draw(page: Page) -> None:
    """A stroke on the pupil's pad."""
    sheet = page.get_by_test_id("class-pad")
    expect(sheet).to_be_visible()
    box = sheet.bounding_box()
    assert box is not None
    x, y, side = box["x"], box["y"], box["width"]
    page.mouse.move(x + side * 0.5, y + side * 0.2)
    page.mouse.down()
    page.mouse.move(x + side * 0.55, y + side * 0.5, steps=4)
    page.mouse.move(x + side * 0.5, y + side * 0.8, steps=4)
    page.mouse.up()


def give(page: Page) -> None:
    """Draw what is asked for, and give it."""
    draw(page)
    page.get_by_test_id("class-give").click()


def says(page: Page, n: int) -> None:
    """The pupil is told how many they have given."""
    words = f"You have given {n} digit{'' if n == 1 else 's'}."
    expect(page.get_by_test_id("class-given")).to_have_text(words if n else "")


@pytest.fixture
def teacher(open_page: Callable[..., Page], server: Server) -> Page:
    page = open_page()
    opened(page, f"{server.url}/Class")
    return page


def test_a_teacher_and_three_pupils_from_the_code_to_the_end(
    teacher: Page, open_page: Callable[..., Page], server: Server
) -> None:
    teacher.get_by_role("button", name="Start a class").click()
    code = teacher.get_by_test_id("class-code").inner_text().replace(" ", "")
    assert len(code) == 6
    expect(teacher.get_by_role("img", name="QR code of this class's address")).to_be_visible()

    # One scans, one types the code on the page of classes, one on the home page.
    scanned, typed, tablet = open_page(phone=True, tolerate=LOST), open_page(phone=True), open_page(**TABLET)
    opened(scanned, f"{server.url}/Class?class={code}")
    for page, address in ((typed, "/Class"), (tablet, "/")):
        opened(page, f"{server.url}{address}")
        if address == "/":
            page.get_by_role("button", name="Class code").click()
        field = page.get_by_label("Code of the class")
        field.fill(f"{code[:3].lower()} {code[3:].lower()}")
        field.press("Enter")
    pupils = (scanned, typed, tablet)
    for page in pupils:
        expect(page.get_by_test_id("class-ask")).to_contain_text("Draw a")
    expect(teacher.get_by_text("3 pupils are here.")).to_be_visible()

    # Collecting: on the wall as they come.
    open_tab(teacher, "Wall")
    for page in pupils:
        asked = page.get_by_test_id("class-ask").inner_text()
        give(page)
        says(page, 1)
        expect(page.get_by_test_id("class-ask")).not_to_have_text(asked)
    wall = teacher.get_by_test_id("wall-digit")
    expect(wall).to_have_count(3)

    # What is given while the line is down arrives when it is back, once.
    scanned.context.set_offline(True)
    give(scanned)
    expect(scanned.get_by_test_id("class-over")).to_contain_text("Your drawing is kept")
    scanned.context.set_offline(False)
    says(scanned, 2)
    expect(wall).to_have_count(4)

    typed.get_by_test_id("class-undo").click()
    says(typed, 0)
    expect(wall).to_have_count(3)

    # A pressed digit is seen closer, and taken out.
    wall.first.click()
    expect(teacher.get_by_test_id("replay")).to_be_visible()
    teacher.get_by_role("button", name="Take it out").click()
    expect(wall).to_have_count(2)
    open_tab(teacher, "Networks")
    expect(teacher.get_by_text("The hardest digits")).to_be_visible()
    open_tab(teacher, "Pupils")
    teacher.locator(".st-key-class_out_place").get_by_test_id("digit").click()
    expect(teacher.get_by_text("Digits you have taken out")).to_be_hidden()

    teacher.get_by_role("button", name="Close collecting").click()
    for page in pupils:
        expect(page.get_by_test_id("class-ask")).to_contain_text("Collecting is closed")
    idle(teacher)
    teacher.get_by_role("button", name="More", exact=False).click()
    teacher.get_by_text("Delete everything of this class").click()
    end = teacher.get_by_role("button", name="End the class")
    expect(end).to_be_enabled()
    end.click()
    expect(teacher.get_by_role("button", name="Start a class")).to_be_visible()
    opened(tablet, f"{server.url}/Class?class={code}")
    expect(tablet.get_by_text("There is no such class")).to_be_visible()


def test_a_pupil_s_pad_is_shown_live_until_the_pupil_ends_it(
    teacher: Page, open_page: Callable[..., Page], server: Server
) -> None:
    teacher.get_by_role("button", name="Start a class").click()
    code = teacher.get_by_test_id("class-code").inner_text().replace(" ", "")
    phone = open_page(phone=True)
    opened(phone, f"{server.url}/Class?class={code}")
    open_tab(teacher, "A pad")
    expect(teacher.get_by_text("Nobody offers their pad now")).to_be_visible()
    expect(phone.get_by_test_id("class-showing")).to_be_hidden()
    phone.get_by_role("button", name="Show my pad to the class").click()
    expect(phone.get_by_text("Your teacher may show your pad to the class.")).to_be_visible()
    offered = teacher.locator(".st-key-class_offers").get_by_role("button")
    offered.click()
    expect(phone.get_by_text("Everybody sees your pad now.")).to_be_visible()

    draw(phone)
    expect(teacher.get_by_text("It reads a")).to_be_visible()
    inked = """canvas => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
      .some((value, at) => at % 4 === 3 && value > 0)"""
    assert teacher.get_by_test_id("class-live").evaluate(inked), "the strokes"

    phone.get_by_role("button", name="Stop showing it").click()
    expect(phone.get_by_test_id("class-showing")).to_be_hidden()
    expect(teacher.get_by_text("This pad is no longer shown.")).to_be_visible()
    expect(teacher.get_by_text("Nobody offers their pad now")).to_be_visible()
