"""Phones and tablets: nothing is cut without a sign, every control has a name, and close-ups fit in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.acting import open_tab, opened
from tests.browser.serving import Server
from tests.browser.test_layout import LESSONS, PICTURE, tabs

if TYPE_CHECKING:
    from playwright.sync_api import Page

COMPARE = "Compare?runs=mlp,mlp_study,cnn_k3"
# Boxes that can be moved sideways and do not fade where they go on.
UNSIGNED = """() => {
    const all = (root) =>
        [...root.querySelectorAll("*")].flatMap((e) => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])]);
    const style = (e) => getComputedStyle(e);
    const fades = (e) => [e, e.parentElement].some((each) => style(each).maskImage.includes("right"));
    return all(document)
        .filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 40)
        .filter((e) => !e.matches("input, textarea") && e.checkVisibility())
        .filter((e) => ["auto", "scroll"].includes(style(e).overflowX))
        .filter((e) => !fades(e))
        .map((e) => e.outerHTML.slice(0, 120));
}"""
# Of the buttons in the head: those without words, and those whose words do not lie within them or are cut.
UNNAMED = """() => [...document.querySelectorAll(".st-key-head button")].filter((button) => {
    if (!button.checkVisibility()) return false;
    const words = button.querySelector("p");
    if (!words || !words.textContent.trim()) return true;
    const [outer, inner] = [button, words].map((e) => e.getBoundingClientRect());
    const cut = [words, words.parentElement].some((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth);
    return cut || inner.width < 20 || inner.left < outer.left || inner.right > outer.right + 1 ||
        inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1;
}).map((e) => e.textContent)"""
WITHIN = """tab => {
    const [row, own] = [tab.parentElement, tab].map((e) => e.getBoundingClientRect());
    return own.left >= row.left - 1 && own.right <= row.right + 1;
}"""


def quiet(page: Page, script: str) -> list[str]:
    """What the script still finds when the page has had two seconds to mend it."""
    found: list[str] = []
    for _ in range(10):
        found = page.evaluate(script)
        if not found:
            break
        page.wait_for_timeout(200)
    return found


@pytest.mark.parametrize(
    ("address", "some"),
    [("MLP", ("Inside",)), (COMPARE, ())],  # the lessons' other tabs: test_every_tab.py
)
def test_on_a_phone_whatever_goes_on_beyond_an_edge_fades_there_and_the_open_tab_is_seen(
    phone: Page, server: Server, address: str, some: tuple[str, ...]
) -> None:
    opened(phone, f"{server.url}/{address}")
    unsigned = {}
    for name in some or tabs(phone):
        open_tab(phone, name)
        if found := quiet(phone, UNSIGNED):
            unsigned[name] = found
        tab = phone.get_by_role("tab", name=name, exact=True)
        assert tab.evaluate(WITHIN), name
    assert not unsigned
    row = phone.get_by_role("tablist").first
    row.evaluate("e => e.scrollTo(0, 0)")
    expect(row).to_have_attribute("data-fades", re.compile(r"#000 0px calc\(100% - [1-9]"))
    row.evaluate("e => e.scrollTo(e.scrollWidth, 0)")
    expect(row).to_have_attribute("data-fades", re.compile(r"#000 [1-9]\d*px calc\(100% - 0px"))


@pytest.mark.parametrize("name", LESSONS)
def test_nothing_in_the_head_is_cut_or_without_a_name_and_a_phone_on_its_side_has_room_for_the_picture(
    phone: Page, server: Server, name: str
) -> None:
    opened(phone, f"{server.url}/{name}")
    for width, height in ((390, 844), (320, 700), (768, 1024), (844, 390)):
        phone.set_viewport_size({"width": width, "height": height})
        assert not quiet(phone, UNNAMED), f"at {width}"
    for tab in ("Network", "Mistakes", "Layers"):
        if tab in tabs(phone):
            open_tab(phone, tab)
            phone.wait_for_function(f"() => ({PICTURE})()?.[0] < 310")
            if tab == "Network":
                expect(phone.get_by_test_id("stage").last).to_be_in_viewport(ratio=0.1)


def test_what_compares_stands_in_columns_on_a_phone(phone: Page, server: Server) -> None:
    opened(phone, f"{server.url}/{COMPARE}")
    phone.get_by_text("where they differ").wait_for()
    heads = phone.locator(".st-key-compare_tables table").evaluate_all(
        "all => all.map((t) => [...t.querySelectorAll('thead th')].map((e) => Math.round(e.offsetLeft)))"
    )
    assert len(heads) == 2
    assert heads[0] == heads[1]
    sizes = phone.locator(".st-key-compare_tables :is(th, td)").evaluate_all(
        "all => all.map((e) => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 12
    box = phone.get_by_test_id("stMultiSelect").bounding_box()
    assert box
    for chip in phone.get_by_test_id("stMultiSelect").locator("[data-tag]").all():
        own = chip.bounding_box()
        assert own
        assert own["x"] + own["width"] <= box["x"] + box["width"]
        assert own["y"] + own["height"] <= box["y"] + box["height"]


def test_a_close_up_fits_a_phone_s_screen_and_escape_closes_it_wherever_the_focus_is(
    phone: Page, server: Server
) -> None:
    opened(phone, f"{server.url}/CNN?model=cnn_best")
    stage = phone.get_by_test_id("stage").nth(3)
    stage.and_(phone.locator("[aria-valuetext]")).wait_for()
    stage.tap()
    close_up = phone.get_by_test_id("inspector")
    expect(close_up).to_be_visible()
    phone.wait_for_timeout(500)
    box = close_up.bounding_box()
    assert box
    assert box["y"] >= 54, "below the bar"
    assert box["y"] + box["height"] <= 844
    inside = close_up.locator(".parts")
    moved = inside.evaluate("e => { e.scrollTo(0, 1e4); return e.scrollTop; }")
    assert moved > 100, "what does not fit is reached inside"
    phone.get_by_role("tab", name="Network").focus()
    phone.keyboard.press("Escape")
    expect(close_up).to_be_hidden()
    expect(phone.get_by_role("tab", name="Network")).to_be_focused()
