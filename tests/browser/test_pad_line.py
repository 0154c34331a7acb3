"""The pad without its server: drawing goes on, nothing covers it, and what was drawn arrives later."""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.browser.acting import IDLE, draw
from tests.browser.acting import opened as opened_at
from tests.browser.serving import Server
from tests.browser.test_pad import opened, reading
from tests.browser.test_pad_kept import looks_at_the_drawing

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

LOST = (
    r"WebSocket",
    r"not responding",
    r"disconnected from server",
    r"_stcore",
    r"ERR_CONNECTION_REFUSED",
    r"Failed to load resource",
    r"CORS|Cross-Origin",
)


def test_a_lost_line_does_not_come_between_hand_and_pad(
    open_page: Callable[..., Page], make_server: Callable[..., Server]
) -> None:
    page = open_page(tolerate=LOST)
    server = make_server()
    opened(page, server)
    draw(page, 1)
    assert reading(page)[0] == 1
    server.stop()
    page.wait_for_selector('[data-testid="stApp"]:not([data-test-connection-state="CONNECTED"])')
    line = page.get_by_test_id("offline")
    line.get_by_text("Not connected: drawing goes on").wait_for()
    page.wait_for_timeout(6000)  # Streamlit opens its dialog once it has tried for some time
    assert page.get_by_role("dialog").count() == 0
    page.get_by_test_id("pad-clear").click()
    draw(page, 7)
    assert reading(page)[0] == 7
    server.start()
    page.wait_for_selector(IDLE)
    line.get_by_text("Not connected").wait_for(state="detached")
    assert reading(page)[0] == 7
    opened_at(page, f"{server.url}/MLP?drawn=yes")  # of what was drawn meanwhile the server knows
    looks_at_the_drawing(page)


def test_a_network_that_is_on_its_way_is_said_to_be(page: Page, server: Server) -> None:
    held: list[Route] = []
    page.route("**/networks/*", lambda route: held.append(route))
    page.goto(server.url)
    for slot, title in (("mlp", "MLP"), ("cnn", "CNN"), ("autoencoder", "Autoencoder")):
        card = page.get_by_test_id(f"prediction-{slot}")
        card.get_by_text("is coming").wait_for()
        assert card.get_attribute("aria-label") == f"{title} is coming"
    draw(page, 7)
    for route in held:
        route.continue_()
    page.locator('[data-testid="prediction-mlp"][aria-label*=" reads 7,"]').wait_for()
    assert page.get_by_test_id("prediction-mlp").get_by_text("is coming").count() == 0


def test_what_comes_over_the_websocket_is_compressed(server: Server) -> None:
    address = urlsplit(server.url)
    asked = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Origin": server.url,
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Extensions": "permessage-deflate",
    }
    line = HTTPConnection(address.netloc, timeout=10)
    line.request("GET", "/_stcore/stream", headers=asked)
    answer = line.getresponse()
    line.close()
    assert answer.status == 101
    assert "permessage-deflate" in (answer.getheader("Sec-WebSocket-Extensions") or "")
