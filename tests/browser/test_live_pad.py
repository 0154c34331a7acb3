"""Networks computed in the browser while somebody draws: what is sent and when, and when the server reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from nnviz.core.identity import PROGRAM
from nnviz.core.records import Array, ModelCard
from nnviz.inspection import activations
from nnviz.model_store import cards, formats, mlp_file, store
from nnviz.numpy_nn.classifier import MLPClassifier
from tests.browser.acting import DIGITS, PAD, draw, idle, mouse_stroke, open_menu
from tests.browser.serving import Server
from tests.browser.test_pad import DOWN, opened, reading, seen, settled, sheet

if TYPE_CHECKING:
    from playwright.sync_api import Page, WebSocket

# A browser that does not tell a page what is on its canvas, as some do against tracking.
BLIND = "CanvasRenderingContext2D.prototype.getImageData = () => { throw new DOMException('hidden'); };"


class Wire:
    """What goes over the page's WebSocket: the drawings sent, and how many bytes came."""

    def __init__(self, page: Page) -> None:
        self.drawings: list[bytes] = []
        self.traffic: list[str] = []
        self.received = 0
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: self._sent(_bytes(frame)))
        socket.on("framereceived", lambda frame: self._received(_bytes(frame)))

    def _sent(self, frame: bytes) -> None:
        if b'"strokes"' in frame:
            self.drawings.append(frame)
            self.traffic.append("sent")

    def _received(self, frame: bytes) -> None:
        self.received += len(frame)
        if re.search(rb'"answers": \d', frame):
            self.traffic.append("answered")


def _bytes(frame: str | bytes) -> bytes:
    return frame if isinstance(frame, bytes) else frame.encode()


@pytest.fixture
def put(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., store.Entry]]:
    """put(title, hidden, always): an MLP on the server's shelf that reads the same digit in everything."""
    monkeypatch.setenv("NNVIZ_HOME", str(server.home))
    made = []

    def make(title: str, hidden: int, always: int) -> store.Entry:
        coefs = [np.zeros(shape, np.float32) for shape in ((784, hidden), (hidden, 10))]
        intercepts = [np.zeros(hidden, np.float32), np.eye(10, dtype=np.float32)[always] * 5]
        model = MLPClassifier.from_weights(coefs, intercepts)
        card = ModelCard(
            name="",
            title=title,
            created=cards.now(),
            data="no digits",
            data_digest="",
            n_train=0,
            n_test=0,
            seed=0,
            **mlp_file.describe(model),
        )
        made.append(store.save(model, card, "saved"))
        return made[-1]

    yield make
    for entry in made:
        store.delete(entry, by=PROGRAM)


def choose(page: Page, place: str, network: str) -> None:
    page.get_by_role("button", name="Networks").click()
    open_menu(page, f"{place} network on the pad")
    page.get_by_role("option", name=network).click()
    idle(page)
    page.keyboard.press("Escape")


def drawn_again(page: Page) -> Array:
    grey = page.get_by_test_id("drawn-autoencoder").evaluate(
        "c => [...c.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0)"
    )
    return np.array(grey) / 255


def test_nothing_is_sent_while_a_stroke_is_drawn_and_one_message_at_its_end(
    page: Page, server: Server
) -> None:
    wire = Wire(page)
    opened(page, server)
    box = page.locator(PAD).bounding_box()
    assert box
    received = wire.received
    page.mouse.move(box["x"] + 90, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 80, box["y"] + 250, steps=25)
    reading(page)
    assert wire.drawings == []
    page.mouse.up()
    page.wait_for_timeout(400)
    (message,) = wire.drawings
    assert len(message) < 4000
    (here,) = re.findall(rb'"have":\[([^]]*)\]', message)
    assert here.count(b",") == 2, "three networks that need not be sent again"
    assert wire.received - received < 20_000, "weights and code go over the wire once"
    expect(page.get_by_test_id("faulty")).to_be_hidden()


def test_all_three_networks_show_what_they_compute_for_the_digit_that_is_shown(
    page: Page, server: Server
) -> None:
    opened(page, server)
    draw(page, 3)
    settled(page)
    image = np.array(seen(page), np.float32).reshape(28, 28) / 255
    for slot, name in (("mlp", "mlp"), ("cnn", "cnn_best")):
        inside = activations.activations(formats_network(name), image)
        winner = int(inside.probabilities.argmax())
        label = page.get_by_test_id(f"prediction-{slot}").get_attribute("aria-label") or ""
        found = re.search(r"reads (\d), (\d+\.\d)", label)
        assert found
        assert int(found[1]) == winner
        assert float(found[2]) == pytest.approx(100 * inside.probabilities[winner], abs=0.06)
    inside = activations.activations(formats_network("autoencoder"), image)
    assert inside.reconstruction is not None
    np.testing.assert_allclose(drawn_again(page), inside.reconstruction.ravel(), atol=0.003)
    error = np.mean((inside.reconstruction - image) ** 2)
    label = page.get_by_test_id("prediction-autoencoder").get_attribute("aria-label") or ""
    assert float(label.split()[-1]) == pytest.approx(error, abs=0.0001)


def formats_network(name: str) -> object:
    path = store.find(name).path
    return formats.read_network(path)


def test_another_network_in_one_slot_sends_only_that_one_and_two_of_a_kind_stand_side_by_side(
    page: Page, server: Server
) -> None:
    wire = Wire(page)
    opened(page, server)
    page.get_by_test_id("prediction-autoencoder").wait_for()
    draw(page, 7)
    before = wire.received
    choose(page, "Third", re.compile(r"CNN, 24"))  # type: ignore[arg-type]
    second = page.locator('[data-testid="prediction-cnn-2"][aria-label*=" reads "]')
    second.wait_for()
    weights = store.find("cnn_k24").path.stat().st_size
    assert wire.received - before < 2 * weights + 60_000, "88 kB of weights, and the page's own words"
    titles = [
        page.get_by_test_id(f"prediction-{slot}").locator(".title").inner_text() for slot in ("cnn", "cnn-2")
    ]
    assert len(set(titles)) == 2
    assert page.get_by_test_id("prediction-autoencoder").count() == 0


def test_a_banner_says_so_when_the_networks_disagree(
    page: Page, server: Server, put: Callable[..., store.Entry]
) -> None:
    put("Always nought", 4, 0)
    opened(page, server)
    choose(page, "Third", re.compile("Always nought"))  # type: ignore[arg-type]
    banner = page.get_by_test_id("disagreement")
    mouse_stroke(page, DIGITS[7][0])
    page.get_by_role("status").filter(has_text="The networks disagree").first.wait_for()
    assert banner.get_attribute("role") == "status"
    assert "Always nought reads 0" in banner.inner_text()
    assert "CNN reads 7" in banner.inner_text()
    page.get_by_test_id("pad-clear").click()
    page.wait_for_timeout(200)
    assert "disagree" not in banner.inner_text()


def test_a_network_too_large_for_a_browser_is_read_by_the_server_and_a_line_says_so(
    page: Page, server: Server, put: Callable[..., store.Entry]
) -> None:
    put("A giant", 3000, 4)
    opened(page, server)
    choose(page, "First", re.compile("A giant"))  # type: ignore[arg-type]
    card = page.get_by_test_id("prediction-mlp")
    card.get_by_text("too large for a browser").wait_for()
    mouse_stroke(page, DOWN)
    page.locator('[data-testid="prediction-mlp"][aria-label*=" reads 4"]').wait_for()
    expect(page.get_by_test_id("faulty"), "the other networks are computed here").to_be_hidden()


def test_a_browser_that_hides_the_canvas_gets_the_servers_readings_one_message_at_a_time(
    page: Page, server: Server
) -> None:
    page.add_init_script(BLIND)
    wire = Wire(page)
    opened(page, server)
    page.get_by_text("does not let the page see what is drawn").first.wait_for()
    wire.traffic.clear()
    for stroke in DIGITS[7]:
        mouse_stroke(page, stroke)
    page.locator('[data-testid="prediction-mlp"][aria-label*=" reads 7"]').wait_for()
    page.locator('[data-testid="prediction-cnn"][aria-label*=" reads 7"]').wait_for()
    page.locator('[data-testid="prediction-autoencoder"][aria-label*="error"]').wait_for()
    page.wait_for_timeout(300)
    expect(page.get_by_role("region", name="The preparation"), "it could only be empty").to_be_hidden()
    assert all(pair != ("sent", "sent") for pair in pairwise(wire.traffic)), wire.traffic
    assert wire.traffic[-1] == "answered"
    page.get_by_test_id("pad-clear").click()
    page.locator('[data-testid="prediction-mlp"][aria-label*="waits"]').wait_for()


def test_the_same_strokes_are_the_same_digit_again(page: Page, server: Server) -> None:
    pictures = []
    for _ in range(2):
        opened(page, server)
        draw(page, 0)
        settled(page)
        pictures.append((sheet(page), seen(page)))
        page.get_by_test_id("pad-clear").click()
        page.reload()
    assert pictures[0] == pictures[1]
