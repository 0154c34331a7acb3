"""What docs/layout.md promises, measured: the bar stays, and what is looked at is in view."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.acting import fill, idle, open_tab, opened
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

SCREENS = {"phone": (390, 844), "tablet": (768, 1024), "laptop": (1280, 800), "projector": (1920, 1080)}
LESSONS = ["MLP", "CNN", "Autoencoder"]
PAGES = ["", *LESSONS, "Experiments", "History", "Compare", "Class", "Lessons"]
BAR = ".st-key-bar"
# The first thing to be looked at in the open tab: a chart, a picture, a table, or code.
PICTURE = """() => {
    const panel = [...document.querySelectorAll('[role="tabpanel"]')].find((e) => e.offsetParent !== null);
    if (!panel) return null;
    const kinds = ["stPlotlyChart", "stImage", "table", "stCode", "stBidiComponent"];  // their classes
    const found = [...panel.querySelectorAll(kinds.map((kind) => `.${kind}`).join())]
        .filter((e) => e.checkVisibility()); // what is folded away has a place, too
    const boxes = found.filter((e) => !e.closest('[class*="_choice"], [class*="unseen_"]'))
        .map((e) => e.getBoundingClientRect()).filter((box) => box.width > 100 && box.height > 60);
    return boxes.length ? [boxes[0].top, boxes[0].bottom] : null;
}"""
LIVE = ".st-key-training"


def on(open_page: Callable[..., Page], screen: str, **more: Any) -> Page:
    width, height = SCREENS[screen]
    touch = {"has_touch": True, "is_mobile": True} if screen == "phone" else {}
    return open_page(viewport={"width": width, "height": height}, **touch, **more)


def tabs(page: Page) -> list[str]:
    return [words.strip() for words in page.get_by_role("tab").all_text_contents()]


def shows_sideways(page: Page) -> int:
    """Pixels by which the page is wider than its screen."""
    return int(
        page.evaluate(
            "Math.max(...[document.documentElement, document.querySelector('[data-testid=\"stMain\"]')]"
            ".map((e) => e.scrollWidth - e.clientWidth))"
        )
    )


def turned_to(page: Page, screen: str) -> Page:
    """The page as it is once it has another size."""
    width, height = SCREENS[screen]
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(300)  # the charts follow
    idle(page)
    return page


def stays_sideways(page: Page) -> int:
    """Pixels by which the page is wider than its screen, and stays so for two seconds."""
    for _ in range(10):
        if (wide := shows_sideways(page)) <= 0:
            return 0
        page.wait_for_timeout(200)
    return wide


def the_bar_stays_and_marks(page: Page, name: str) -> None:
    """What holds of each page, opened already, on a phone and on a laptop."""
    bar = page.get_by_role("navigation", name="Pages")
    bar.wait_for()
    assert bar.locator("[aria-current='page']").all_text_contents()[0].endswith(name or "Draw")
    assert bar.get_by_role("link").count() == len(PAGES)
    box = page.locator(BAR).bounding_box()
    assert box
    assert box["y"] == 0
    assert box["height"] <= 54, "3 rem of 18 px"
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 700)")
    assert page.locator(BAR).bounding_box() == box
    heading = page.get_by_role("heading", level=1)
    assert heading.count() == 1
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    top = heading.bounding_box()
    assert top
    assert top["y"] < 100, "nothing is between the bar and the head"


def in_view(page: Page, place: Locator) -> bool:
    """Whether more than half of a place, or of the screen, is seen of it below the bar."""
    top, bottom, height = place.evaluate(
        "e => { const b = e.getBoundingClientRect(); return [b.top, b.bottom, innerHeight]; }"
    )
    return bool((min(bottom, height) - max(top, 54)) >= 0.5 * min(bottom - top, height - 54))


@pytest.mark.parametrize("screen", ["phone", "tablet", "laptop"])
@pytest.mark.parametrize("name", ["MLP", "CNN"])
def test_a_pressed_mistake_is_in_view_with_the_network_that_reads_it(
    open_page: Callable[..., Page], server: Server, name: str, screen: str
) -> None:
    page = opened(on(open_page, screen), f"{server.url}/{name}")
    open_tab(page, "Mistakes")
    digit = page.get_by_test_id("gallery").get_by_test_id("digit").nth(1)
    digit.click()
    shown = page.locator(f".st-key-{name.lower()}_pressed")
    shown.get_by_test_id("stage").first.wait_for()
    idle(page)
    page.wait_for_timeout(1500)  # it is looked after until charts have their heights
    assert in_view(page, shown)
    if screen == "laptop":
        places = [each.bounding_box() for each in (page.get_by_test_id("confusion"), digit, shown)]
        matrix, gallery, beside = [place for place in places if place]
        assert matrix["x"] < gallery["x"] < beside["x"]
        assert page.get_by_test_id("stMain").evaluate("main => main.scrollTop") == 0, "nothing had to move"
    else:
        assert page.evaluate("document.activeElement.className").count(f"{name.lower()}_pressed"), "the focus"


def test_digits_are_chosen_by_label_one_of_each_first(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/MLP")
    open_tab(page, "Inside")
    strip = page.get_by_test_id("gallery").get_by_test_id("digit")
    strip.first.wait_for()
    names = [each.get_attribute("aria-label") for each in strip.all()]
    wanted = [f"an {d}" if d == 8 else f"a {d}" for d in range(10)]
    assert names == [*wanted, "a mistake", "my drawing"]
    strip.nth(7).click()
    page.get_by_text("A 7, read as").first.wait_for()
    pixels = "c => [...c.getContext('2d').getImageData(0, 0, 28, 28).data].join()"
    before = strip.nth(7).locator("canvas").evaluate(pixels)
    page.get_by_role("button", name="Another one").click()
    for _ in range(50):
        if strip.nth(7).locator("canvas").evaluate(pixels) != before:
            break
        page.wait_for_timeout(100)
    assert strip.nth(7).locator("canvas").evaluate(pixels) != before
    assert strip.nth(7).get_attribute("aria-pressed") == "true"
    page.get_by_text("A 7, read as").first.wait_for()


def test_pictures_of_layers_fill_a_large_screen_and_are_whole_with_their_titles_on_a_tablet(
    open_page: Callable[..., Page], server: Server
) -> None:
    page = opened(on(open_page, "projector"), f"{server.url}/MLP?mlp_section=Inside")
    charts = page.locator(".js-plotly-plot")
    expect(charts).to_have_count(6)  # digit, two layers, answer; and below, the deltas of both layers
    # What is painted of it: as wide as its column, or nearly.
    painted = "e => e.querySelector('.heatmaplayer image, .bg').getBoundingClientRect().width / e.clientWidth"
    assert all(chart.evaluate(painted) > 0.85 for chart in (*charts.all()[:3], *charts.all()[4:]))
    width, height = SCREENS["tablet"]
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function(
        """() => [...document.querySelectorAll('.js-plotly-plot')].every((chart, i) => {
            const parts = [chart.querySelector('.gtitle'), chart];
            const [title, box] = parts.map((e) => e.getBoundingClientRect());
            return title.width > 0 && title.right <= box.right && (i > 3 || box.bottom <= innerHeight);
        })"""
    )


def test_what_is_searched_for_is_said_whole_on_a_phone(
    open_page: Callable[..., Page], server: Server
) -> None:
    page = opened(on(open_page, "phone"), f"{server.url}/History")
    field = page.get_by_role("textbox", name="Search")
    assert field.evaluate(
        """(e) => {
            const words = document.createElement('span');
            words.style.cssText = `position: fixed; white-space: pre; font: ${getComputedStyle(e).font}`;
            words.textContent = e.placeholder;
            document.body.append(words);
            const { paddingLeft, paddingRight } = getComputedStyle(e);
            return words.offsetWidth <= e.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
        }"""
    )


def test_a_training_is_followed_beside_its_form_and_told_to_those_who_hear_the_page(
    open_page: Callable[..., Page], server: Server
) -> None:
    # A picture of a tab that is left at once may be asked for when Streamlit has put it away already.
    left = (r"status of 404 .*/media/",)
    page = opened(on(open_page, "laptop", tolerate=left), f"{server.url}/MLP")
    open_tab(page, "Train")
    fill(page, "Epochs", "10000")
    page.get_by_text("Epochs: 1 to 1,000").first.wait_for()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_disabled()
    fill(page, "Epochs", "400")
    train = page.get_by_role("button", name="Train", exact=True)
    train.click()
    page.locator(LIVE).get_by_text("Epoch").first.wait_for(timeout=60_000)
    assert train.evaluate("e => e.ownerDocument.activeElement === e"), "the focus has stayed"
    form, panel = train.bounding_box(), page.locator(LIVE).bounding_box()
    assert form
    assert panel
    assert panel["x"] > form["x"] + form["width"]
    assert panel["y"] < 400
    said = page.get_by_test_id("announcer")
    assert said.get_attribute("role") == "status"
    assert "training" in (said.text_content() or "")
    open_tab(page, "Mistakes")
    page.locator(".st-key-head").get_by_text("training").first.wait_for()
    open_tab(page, "Train")
    page.locator(LIVE).get_by_role("button", name="Stop").click()
    page.locator(LIVE).get_by_text("stopped").first.wait_for(timeout=60_000)
    page.wait_for_function(
        "() => [...document.querySelectorAll('*')].some((e) => e.shadowRoot?.querySelector("
        "'[data-testid=announcer]')?.textContent.includes('stopped'))"
    )


def test_on_a_phone_a_training_is_above_its_form(open_page: Callable[..., Page], server: Server) -> None:
    page = opened(on(open_page, "phone"), f"{server.url}/MLP")
    open_tab(page, "Train")
    fill(page, "Epochs", "400")
    page.get_by_role("button", name="Train", exact=True).click()
    panel = page.locator(LIVE)
    panel.get_by_text("Epoch").first.wait_for(timeout=60_000)
    page.wait_for_timeout(1500)
    form, above = page.get_by_label("Seed", exact=True).bounding_box(), panel.bounding_box()
    assert form
    assert above
    assert above["y"] < form["y"]
    assert in_view(page, panel)
    panel.get_by_role("button", name="Stop").click()
    panel.get_by_text("stopped").first.wait_for(timeout=60_000)


def test_the_bar_can_be_seen_in_forced_colours(open_page: Callable[..., Page], server: Server) -> None:
    page = opened(on(open_page, "laptop", forced_colors="active"), f"{server.url}/MLP")
    current = page.get_by_role("navigation").locator("[aria-current='page']")
    current.wait_for()
    line = current.evaluate(
        "e => [getComputedStyle(e).borderBottomColor, getComputedStyle(e).backgroundColor]"
    )
    assert line[0] != line[1]


@pytest.mark.parametrize("screen", ["tablet", "laptop", "projector"])
def test_matrices_that_are_compared_show_all_their_columns(
    open_page: Callable[..., Page], server: Server, screen: str
) -> None:
    page = opened(on(open_page, screen), f"{server.url}/Compare?runs=mlp,cnn_k3")
    open_tab(page, "Confusion")
    matrices = page.get_by_test_id("confusion")
    for place in range(3):
        matrices.nth(place).wait_for()
    assert all(
        each.evaluate("e => e.scrollWidth <= e.parentElement.clientWidth + 1") for each in matrices.all()
    )
    assert shows_sideways(page) == 0


def test_what_came_of_a_press_covers_nothing_and_moves_nothing(
    open_page: Callable[..., Page], server: Server
) -> None:
    page = opened(on(open_page, "laptop"), f"{server.url}/")
    pad = page.get_by_test_id("pad")
    pad.wait_for()
    before = pad.bounding_box()
    opened(page, f"{server.url}/CNN")
    page.get_by_role("button", name="Use on the pad").click()
    said = page.locator(".st-key-first")
    said.get_by_text("now reads the pad").wait_for()
    page.wait_for_function("() => document.querySelector('.st-key-first').getAttribute('role') === 'status'")
    pad.wait_for()
    assert pad.bounding_box() == before
    assert page.get_by_test_id("stToast").count() == 0
