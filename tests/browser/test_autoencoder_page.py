"""The autoencoder page in a real browser: errors are the pictures', a pulled bar changes the digit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from nnviz.data import mnist, splits
from nnviz.experiments import studies, trial
from nnviz.keras_models import autoencoder
from nnviz.model_store import store
from tests.browser.acting import choose_network, idle, network_menu, open_menu, open_tab, unfold
from tests.browser.serving import Server
from tests.browser.test_mlp_page import opened

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

GREY = "c => [...c.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0)"
SHOWN = "the error is written with four decimals, and a picture has 256 greys"


def grey(canvas: Locator) -> np.ndarray:
    return np.array(canvas.evaluate(GREY)) / 255


def section(page: Page, name: str, testid: str) -> Locator:
    page.get_by_role("tab", name=name, exact=True).click()
    idle(page)
    found = page.get_by_test_id(testid)
    found.first.wait_for()
    return found


def test_ten_digits_stand_above_their_reconstructions_and_differ_by_the_error_shown(
    page: Page, server: Server
) -> None:
    opened(page, f"{server.url}/Autoencoder")
    open_tab(page, "Reconstructions")
    rows = page.get_by_test_id("strip").locator("tbody tr")
    rows.first.locator("canvas").nth(9).wait_for()
    upper, lower = (rows.nth(i).locator("canvas") for i in (0, 1))
    notes = rows.nth(1).locator(".note").all_text_contents()
    assert (upper.count(), lower.count(), len(notes)) == (10, 10, 10)
    for i, note in enumerate(notes):
        error = np.mean((grey(upper.nth(i)) - grey(lower.nth(i))) ** 2)
        assert error == pytest.approx(float(note), abs=1.5e-4), SHOWN


def test_a_pulled_bar_changes_the_decoded_digit_and_its_own_code_brings_it_back(
    page: Page, server: Server
) -> None:
    opened(page, f"{server.url}/Autoencoder")
    panel = section(page, "Code", "code-panel").first
    before = grey(panel.get_by_test_id("decoded"))
    bar = page.get_by_label("Autoencoder, 32 numbers, number 5", exact=True)
    for _ in range(3):
        bar.press("PageUp")
    page.wait_for_function("() => new Promise(done => requestAnimationFrame(() => done(true)))")
    assert np.abs(grey(panel.get_by_test_id("decoded")) - before).max() > 0.1
    panel.get_by_role("button", name="The digit's own code").click()
    np.testing.assert_array_equal(grey(panel.get_by_test_id("decoded")), before)


def test_the_browser_decodes_convolutions_as_keras_does(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/Autoencoder")
    choose_network(page, "convolutional")
    panel = section(page, "Code", "code-panel").first
    digits = splits.load_split(splits.DataSpec("unseen"))
    zero = digits.x_test[np.flatnonzero(digits.y_test == 0)[0]]  # the first of those that are shown
    by_keras = autoencoder.reconstruct(store.load("autoencoder_conv"), zero)[0].ravel()
    np.testing.assert_allclose(grey(panel.get_by_test_id("decoded")), by_keras, atol=1 / 255)


def test_another_digit_sends_no_decoder_again(page: Page, server: Server) -> None:
    # What a decoder weighs, some 400 kB, comes once and by HTTP; a digit is a few kilobytes.
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: sent.append(len(frame))))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, f"{server.url}/Autoencoder")
    panel = section(page, "Code", "code-panel").first
    expect(panel.get_by_test_id("code-error")).to_contain_text("Error")
    before = panel.get_by_test_id("code-error").inner_text()
    assert len([url for url in asked if "/networks/" in url]) >= 2
    sent.clear()
    asked.clear()
    page.get_by_role("button", name="a 7", exact=True).click()
    expect(panel.get_by_test_id("code-error")).not_to_have_text(before)
    idle(page)
    assert sum(sent) < 100_000
    assert not [url for url in asked if "/networks/" in url]


def test_a_morph_starts_at_one_digit_and_ends_at_the_other(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/Autoencoder")
    panel = section(page, "Morph", "code-panel").first
    slider = page.get_by_test_id("morph")
    for way, end in (("Home", "digit"), ("End", "difference")):
        slider.press(way)
        page.wait_for_function("() => new Promise(done => requestAnimationFrame(() => done(true)))")
        np.testing.assert_array_equal(grey(panel.get_by_test_id("decoded")), grey(panel.get_by_test_id(end)))


@pytest.mark.slow
def test_the_table_of_representations_is_filled_by_a_run_and_found_again(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/Autoencoder")
    page.get_by_role("tab", name="Worth", exact=True).click()
    idle(page)
    for label, value in (("Seeds", "1"), ("Epochs each", "2")):
        field = page.get_by_role("spinbutton", name=label)
        field.fill(value)
        field.press("Enter")
        idle(page)
    page.get_by_text("Also the two best settings found").click()
    idle(page)
    page.get_by_role("button", name="Measure them all").click()
    page.get_by_text("The share of digits read right").wait_for()
    page.wait_for_url(re.compile(r"[?&]worth="))
    page.reload()
    rows = page.get_by_role("row", name=re.compile("Raw pixels|PCA|Codes"))
    done = page.get_by_label("A row closer")
    done.wait_for(timeout=300_000)
    page.get_by_test_id("stProgress").wait_for(state="detached", timeout=300_000)
    idle(page)
    cells = [row.get_by_role("cell").all_text_contents() for row in rows.all()]
    assert [row[1] for row in cells] == ["91.67%", "88.67%", "91.67%", "93.00%", "92.67%"], "the report's"
    asked = studies.representations(seeds=(1,), epochs=2)
    (by_hand,) = (
        trial.execute(mnist.embedded(), each).card.metrics for each in asked.trials() if each.number == 1
    )
    assert (cells[1][0], cells[1][3]) == (
        f"{by_hand['test_accuracy']:.2%}",
        f"{by_hand['train_accuracy']:.2%}",
    )
    assert cells[4][-1] == "10,414"
    open_menu(page, "A row closer")
    page.get_by_role("option", name=re.compile("Codes of")).click()
    idle(page)
    page.get_by_role("button", name="Use on the pad").last.click()
    page.get_by_role("heading", name="Draw a digit").wait_for()
    page.get_by_role("link", name="Autoencoder").first.click()
    page.get_by_role("tab", name="Worth", exact=True).click()
    done.wait_for()
    page.wait_for_url(re.compile(r"[?&]worth="))


@pytest.mark.slow
def test_a_training_is_stopped_and_its_network_downloaded_and_opened_again(
    page: Page, server: Server, tmp_path: Path
) -> None:
    opened(page, f"{server.url}/Autoencoder")
    open_tab(page, "Train")
    for label, value in (("Epochs", "300"), ("Numbers in the code", "5")):
        field = page.get_by_role("spinbutton", name=label, exact=True)
        field.fill(value)
        field.press("Enter")
        idle(page)
    page.get_by_text("8,629 parameters").wait_for()
    page.get_by_role("button", name="Train", exact=True).click()
    training = page.locator(".st-key-training")
    training.get_by_text(re.compile(r"Epoch [3-9] of 300|Epoch \d{2,} of 300")).wait_for(timeout=120_000)
    training.get_by_test_id("stPlotlyChart").first.wait_for()
    training.get_by_role("button", name="Stop").click()
    training.get_by_text("stopped; the network is kept as it was").wait_for(timeout=120_000)
    idle(page)
    menu = network_menu(page)
    error = page.get_by_test_id("stMetricValue").first.text_content()
    with page.expect_download() as downloading:
        menu.get_by_test_id("stDownloadButton").get_by_role("button").click()
    path = tmp_path / downloading.value.suggested_filename
    downloading.value.save_as(path)
    unfold(menu, "Delete")
    page.get_by_role("button", name="Yes, delete").click()
    page.get_by_text("is deleted").wait_for()
    idle(page)
    menu = network_menu(page)
    assert page.get_by_test_id("stMetricValue").first.text_content() != error, "the shipped one again"
    unfold(menu, "Open a network from a file")
    page.locator("input[type=file]").last.set_input_files(path)
    page.get_by_text("“Autoencoder, 5 numbers” is open").wait_for()
    idle(page)
    network_menu(page)
    assert page.get_by_test_id("stMetricValue").first.text_content() == error
    assert page.get_by_test_id("stMetricValue").nth(2).text_content() == "5"
