"""The pad in a real browser: by mouse, finger and keyboard, taken back, left and found again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from nnviz.inspection import activations
from nnviz.model_store import store
from tests.browser.acting import draw, draw_by_touch, finger_stroke, idle, mouse_stroke
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route

ANSWER = re.compile(r"^MLP reads (\d), (\d+\.\d)%$")
DOWN = [(0.5, 0.15), (0.5, 0.85)]
ACROSS = [(0.3, 0.5), (0.7, 0.5)]


def opened(page: Page, server: Server) -> Page:
    page.goto(server.url)
    idle(page)
    page.get_by_test_id("pad").wait_for()
    prediction(page).wait_for()
    return page


def prediction(page: Page) -> Locator:
    return page.get_by_test_id("prediction-mlp")


def settled(page: Page) -> str:
    """The answer to what is on the pad now: nothing is under way and the page has stopped changing."""
    before = None
    for _ in range(100):
        page.wait_for_timeout(150)
        now = (prediction(page).get_attribute("aria-label"), seen(page))
        if now == before:
            return now[0] or ""
        before = now
    raise AssertionError(f"the pad still changes after 15 s, last to {before}")


def reading(page: Page) -> tuple[int, float]:
    """The digit the page says the MLP reads, and its percentage."""
    page.locator('[data-testid="prediction-mlp"][aria-label*=" reads "]').wait_for()
    answer = ANSWER.match(settled(page))
    assert answer, f"the page says {settled(page)!r}"
    return int(answer[1]), float(answer[2])


def sheet(page: Page) -> str:
    """The picture on the pad, to compare."""
    page.wait_for_timeout(50)
    picture: str = page.get_by_test_id("pad").evaluate("canvas => canvas.toDataURL()")
    return picture


def seen(page: Page) -> list[int]:
    """The 784 grey values in the picture of what the network gets."""
    values: list[int] = page.get_by_test_id("seen").evaluate(
        "canvas => [...canvas.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0)"
    )
    return values


def is_empty(page: Page) -> bool:
    return not re.search(r"\d", prediction(page).inner_text()) and not any(seen(page))


@pytest.mark.parametrize("digit", [7, 3, 0, 1])
def test_a_digit_drawn_with_the_mouse_is_read(page: Page, server: Server, digit: int) -> None:
    opened(page, server)
    draw(page, digit)
    winner, sure = reading(page)
    assert winner == digit
    numbers = [float(n) for n in re.findall(r"(\d+\.\d)%", prediction(page).locator("ol").inner_text())]
    assert len(numbers) == 10
    assert sum(numbers) == pytest.approx(100, abs=0.6)
    assert numbers[digit] == max(numbers) == sure


def test_an_empty_pad_shows_an_invitation_and_no_number(page: Page, server: Server) -> None:
    opened(page, server)
    expect(page.get_by_text("with mouse, pen or finger")).to_be_visible()
    assert is_empty(page)
    assert prediction(page).get_attribute("aria-label") == "MLP waits for a digit"
    expect(page.locator(".scale", has_text="max").first).to_be_hidden()
    for tool in ("pad-undo", "pad-redo", "pad-clear"):
        expect(page.get_by_test_id(tool)).to_be_disabled()


def test_the_answer_moves_while_the_stroke_is_still_being_drawn(page: Page, server: Server) -> None:
    opened(page, server)
    box = page.get_by_test_id("pad").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 5
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 10, y + box["height"] / 2, steps=10)
    reading(page)  # the button is still down
    first = seen(page)
    page.mouse.move(x + 90, y + box["height"] / 2, steps=10)
    settled(page)
    assert seen(page) != first
    page.mouse.up()


def test_what_is_shown_is_what_the_network_computes(
    page: Page, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(server.home))
    opened(page, server)
    draw(page, 3)
    winner, sure = reading(page)
    image = np.array(seen(page), np.float32).reshape(28, 28) / 255
    inside = activations.activations(store.load(store.entries("mlp")[0].path), image)
    assert int(inside.probabilities.argmax()) == winner
    assert 100 * inside.probabilities[winner] == pytest.approx(sure, abs=0.06), "one decimal is shown"
    page.locator("[data-testid=stage][aria-valuetext]").first.wait_for()
    for index, (_, values) in enumerate(inside.layers, 1):
        stage = page.get_by_test_id("stage").nth(index)
        strongest = rf"unit {int(values.argmax()) + 1}: {float(values.max()):.3f}$"
        assert re.search(strongest, stage.get_attribute("aria-valuetext") or ""), "where the keyboard begins"
        stage.hover()
        unit, value = re.search(r"unit (\d+): (\d+\.\d{3})$", page.locator(".readout").inner_text()).groups()  # type: ignore[union-attr]
        assert float(value) == pytest.approx(float(values[int(unit) - 1]), abs=0.0006)


def tip(page: Page) -> str:
    return page.locator("[data-testid=tip]:visible").inner_text()


def test_every_pixel_and_every_unit_tells_its_value_to_mouse_and_keyboard(page: Page, server: Server) -> None:
    opened(page, server)
    draw(page, 1)
    reading(page)
    page.get_by_test_id("seen").hover()
    row, column, value = re.match(r"row (\d+), column (\d+): (\d\.\d\d)$", tip(page)).groups()  # type: ignore[union-attr]
    assert {int(row), int(column)} <= {14, 15}, "the mouse is in the middle"
    assert float(value) == pytest.approx(seen(page)[28 * (int(row) - 1) + int(column) - 1] / 255, abs=0.006)
    page.mouse.move(0, 0)
    layer = page.get_by_test_id("stage").nth(1)
    layer.focus()
    for key in ("Home", "ArrowRight", "ArrowRight"):
        layer.press(key)
    assert (layer.get_attribute("aria-valuetext") or "").startswith("Hidden layer 1, unit 3: ")
    layer.press("Enter")
    assert page.get_by_role("status").filter(has_text="unit 3: ").count() == 1


def test_undo_redo_and_clear_are_exact_and_clear_can_be_taken_back(page: Page, server: Server) -> None:
    opened(page, server)
    blank = sheet(page)
    mouse_stroke(page, DOWN)
    one, one_answer = sheet(page), (reading(page), seen(page))
    mouse_stroke(page, ACROSS)
    two = sheet(page)
    assert len({blank, one, two}) == 3
    settled(page)
    page.get_by_test_id("pad-undo").click()
    assert sheet(page) == one
    settled(page)
    assert (reading(page), seen(page)) == one_answer
    page.get_by_test_id("pad-redo").click()
    assert sheet(page) == two
    page.get_by_test_id("pad-clear").click()
    assert sheet(page) == blank
    settled(page)
    assert is_empty(page)
    page.get_by_test_id("pad-undo").click()
    assert sheet(page) == two
    reading(page)
    page.get_by_test_id("pad-undo").click()
    page.get_by_test_id("pad-undo").click()
    settled(page)
    assert is_empty(page)
    expect(page.get_by_test_id("pad-undo")).to_be_disabled()


def test_a_new_stroke_ends_what_could_be_redone(page: Page, server: Server) -> None:
    opened(page, server)
    mouse_stroke(page, DOWN)
    page.get_by_test_id("pad-undo").click()
    mouse_stroke(page, ACROSS)
    sheet(page)
    expect(page.get_by_test_id("pad-redo")).to_be_disabled()


def test_what_the_eraser_went_over_is_no_ink_any_more(page: Page, server: Server) -> None:
    opened(page, server)
    mouse_stroke(page, ACROSS)
    reading(page)
    page.get_by_role("radio", name="Eraser").click()
    mouse_stroke(page, [(0.2, 0.5), (0.8, 0.5)])
    settled(page)
    assert is_empty(page)


def test_the_pad_is_not_shown_before_it_takes_strokes(page: Page, server: Server) -> None:
    held: list[Route] = []
    page.route("**/all.js", lambda route: held.append(route))
    with page.expect_request("**/all.js"):
        page.goto(server.url)
    pad = page.get_by_test_id("pad")
    pad.wait_for(state="attached")
    expect(pad, "its strokes would be lost").to_be_hidden()
    for route in held:
        route.continue_()
    draw(page, 7)
    page.locator('[data-testid="prediction-mlp"][aria-label*=" reads 7,"]').wait_for()


def said(page: Page, words: str) -> None:
    """Waits until that is said aloud."""
    spoken = page.get_by_role("status").filter(has_text=re.compile(f"^{re.escape(words)}$"))
    spoken.wait_for(state="attached")


def test_a_digit_is_drawn_with_the_keyboard_alone(page: Page, server: Server) -> None:
    opened(page, server)
    pad = page.get_by_test_id("pad")
    idle(page)
    page.wait_for_timeout(500)  # until nothing is drawn anew below the hand
    pad.focus()
    for _ in range(9):
        pad.press("ArrowUp")
    pad.press("Space")
    said(page, "Pen down, 50% from the left, 18% from the top")
    for _ in range(18):
        pad.press("ArrowDown")
    pad.press("Space")
    assert reading(page)[0] == 1
    pad.press("Control+z")
    settled(page)
    assert is_empty(page)
    pad.press("Control+y")
    assert reading(page)[0] == 1
    pad.press("Delete")
    said(page, "Pad cleared")
    settled(page)
    assert is_empty(page)


def test_the_answer_is_said_aloud_when_the_pen_rests(page: Page, server: Server) -> None:
    opened(page, server)
    draw(page, 7)
    reading(page)
    page.get_by_role("status").filter(has_text=re.compile(r"MLP reads 7, \d")).wait_for(state="attached")


def scrolled(page: Page) -> float:
    down: float = page.evaluate(
        "window.scrollY + [...document.querySelectorAll('*')].reduce((sum, e) => sum + e.scrollTop, 0)"
    )
    return down


def test_a_finger_draws_on_a_phone_and_the_page_does_not_scroll(phone: Page, server: Server) -> None:
    opened(phone, server)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.get_by_test_id("pad").scroll_into_view_if_needed()
    before = scrolled(phone)
    draw_by_touch(phone, 7)
    assert reading(phone)[0] == 7
    finger_stroke(phone, [(0.5, 0.8), (0.5, 0.6), (0.5, 0.4), (0.5, 0.2)])
    phone.wait_for_timeout(300)
    assert scrolled(phone) == before
    # The same finger beside the pad does scroll: so the page could have.
    finger_stroke(phone, [(0.5, 0.9), (0.5, 0.6), (0.5, 0.3), (0.5, 0.1)], prediction(phone))
    phone.wait_for_timeout(500)
    assert scrolled(phone) > before


Place = tuple[float, float]


def touching(page: Page) -> Callable[..., None]:
    """touch(kind, *places): fingers on the pad, places in a unit square over it."""
    box = page.get_by_test_id("pad").bounding_box()
    assert box
    devtools = page.context.new_cdp_session(page)

    def touch(kind: str, *places: Place) -> None:
        points = [
            {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"], "id": i}
            for i, (x, y) in enumerate(places)
        ]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    return touch


def test_two_fingers_zoom_and_draw_nothing_and_the_next_finger_draws(phone: Page, server: Server) -> None:
    opened(phone, server)
    blank = sheet(phone)
    touch = touching(phone)
    touch("touchStart", (0.4, 0.4))
    touch("touchMove", (0.38, 0.38))
    touch("touchStart", (0.38, 0.38), (0.6, 0.6))
    for step in range(1, 11):
        touch("touchMove", (0.38 - 0.03 * step, 0.38 - 0.03 * step), (0.6 + 0.03 * step, 0.6 + 0.03 * step))
    touch("touchEnd")
    phone.wait_for_function("visualViewport.scale > 1.2")
    assert sheet(phone) == blank
    expect(phone.get_by_test_id("pad-undo")).to_be_disabled()
    phone.reload()
    opened(phone, server)
    draw_by_touch(phone, 7)
    assert reading(phone)[0] == 7


def test_the_drawing_is_still_there_after_a_visit_to_another_page(page: Page, server: Server) -> None:
    opened(page, server)
    blank = sheet(page)
    mouse_stroke(page, DOWN)
    one = sheet(page)
    draw(page, 7)
    before = (sheet(page), settled(page), seen(page))
    page.get_by_role("link", name="MLP").first.click()
    page.get_by_test_id("pad").wait_for(state="detached")
    idle(page)
    page.get_by_role("link", name="Draw").first.click()
    page.get_by_test_id("pad").wait_for()
    idle(page)
    reading(page)
    assert (sheet(page), settled(page), seen(page)) == before
    page.get_by_test_id("pad-undo").click()
    assert sheet(page) == one
    page.get_by_test_id("pad-undo").click()
    assert sheet(page) == blank


@pytest.mark.parametrize(
    ("width", "scheme"), [(390, "light"), (800, "dark"), (1280, "light"), (1920, "dark")]
)
def test_nothing_is_cut_off(open_page: Callable[..., Page], server: Server, width: int, scheme: str) -> None:
    page = open_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    opened(page, server)
    draw(page, 3)
    reading(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    board = page.locator(".board").bounding_box()
    assert board
    for part in ("pad", "pad-clear", "pad-undo", "seen", "prediction-mlp"):
        box = page.get_by_test_id(part).bounding_box()
        assert box
        assert box["x"] >= board["x"] - 1
        assert box["x"] + box["width"] <= board["x"] + board["width"] + 1
    cut = page.locator(".board").evaluate(
        "board => [...board.querySelectorAll('p:not(.unseen), span, strong, li, button')]"
        ".filter((e) => e.offsetParent && e.scrollWidth > e.clientWidth + 1 && e.clientWidth)"
        ".map((e) => e.className + ': ' + e.textContent)"
    )
    assert cut == []
