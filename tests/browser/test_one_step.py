"""The tab "One step" in a browser: five stations, a gradient multiplied out, and steps there and back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from nnviz.core import numbers
from tests.browser.acting import open_tab, opened
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

NUMBER = r"\(?(−?[\d,.]+(?: × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?)\)?"


def told(page: Page, pattern: str) -> list[float]:
    """The numbers of the line that a pattern fits, in which N stands for a number."""
    expression = re.compile(pattern.replace("N", NUMBER))
    lines = page.get_by_test_id("lines").locator("li")
    expect(lines.filter(has_text=re.compile(pattern.replace("N", ".+")))).not_to_have_count(0)
    (found,) = [match for text in lines.all_text_contents() if (match := expression.fullmatch(text))]
    return [float(numbers.typed(each)) for each in found.groups()]


def test_five_stations_and_a_gradient_that_is_multiplied_out_from_the_page_s_numbers(
    page: Page, server: Server
) -> None:
    opened(page, f"{server.url}/MLP")
    open_tab(page, "One step")
    heading = page.get_by_test_id("one-step").get_by_role("heading")
    expect(heading).to_contain_text("1. Forward")
    expect(page.get_by_test_id("station-back")).to_be_disabled()
    page.get_by_test_id("station-next").click()
    expect(heading).to_contain_text("2. The loss")
    share, loss = told(page, r"−ln\(p\(\d\)\) = −ln\(N\) = N")
    assert 0 < share < 1
    assert loss > 0

    page.get_by_test_id("station").focus()
    page.keyboard.press("ArrowRight")
    expect(heading).to_contain_text("3. Back")
    slope, onward, delta = told(page, "δ = N × N = N")
    assert slope * onward == pytest.approx(delta, rel=2e-3)

    page.get_by_role("button", name="4. Gradients").click()
    expect(heading).to_contain_text("4. The gradient")
    given, again, product = told(page, "N × N = N")
    assert again == delta, "of the same unit"
    assert given * delta == pytest.approx(product, rel=2e-3)
    first, share_of_λ, weight, gradient = told(page, r"N \+ N × N = N")
    assert first == product
    assert product + share_of_λ * weight == pytest.approx(gradient, rel=2e-3)

    page.get_by_test_id("station-next").click()
    expect(heading).to_contain_text("5. Every weight")
    expect(page.get_by_test_id("station-next")).to_be_disabled()
    before, rate, same, after = told(page, "N − N × N = N")
    assert (before, same) == (weight, gradient)
    assert before - rate * gradient == pytest.approx(after, rel=2e-3)

    slider = page.get_by_test_id("rate")
    slider.focus()
    slider.press("ArrowRight")
    expect(page.get_by_test_id("rate-value")).to_have_text("0.011")
    verdict = page.get_by_test_id("verdict")
    expect(verdict).to_contain_text("it falls")
    told_by_server = page.get_by_test_id("server")
    expect(told_by_server).to_contain_text("float64")
    lower = re.search(rf"→ {NUMBER}:", verdict.inner_text())
    exact = re.search(r"step ([\d.]+) in float64, ([\d.]+) in float32", told_by_server.inner_text())
    assert lower
    assert exact
    assert float(exact[1]) == pytest.approx(float(lower[1]), rel=1e-3)
    assert float(exact[2]) == pytest.approx(float(exact[1]), rel=1e-3)
    counted = re.search(r"better (\d+) · worse (\d+)", page.get_by_test_id("others").inner_text())
    assert counted
    assert f"{counted[1]} better, {counted[2]} worse" in told_by_server.inner_text()

    path = page.get_by_test_id("path")
    page.get_by_test_id("take").click()
    expect(path).to_contain_text("1 step taken.")
    expect(path).to_contain_text(f"→ {lower[1]}")
    page.get_by_test_id("take-back").click()
    expect(path).to_contain_text("No step taken yet.")
    expect(verdict).to_contain_text(f"→ {lower[1]}:")
    page.get_by_test_id("take-ten").click()
    expect(path).to_contain_text("10 steps taken.")


def test_the_best_network_s_normalisings_have_gradients_and_say_by_which_statistics(
    page: Page, server: Server
) -> None:
    opened(page, f"{server.url}/CNN?model=cnn_best")
    open_tab(page, "One step")
    expect(page.get_by_text("the mean and variance kept from training are used")).to_be_visible()
    page.get_by_role("button", name="4. Gradients").click()
    page.get_by_role("button", name="Normalising 1: 16 × γ").click()
    expect(page.get_by_text("β, which is added, gets the sum of all δ")).to_be_visible()
    (gradient,) = told(page, r".+ \+ \d+ more = N")
    page.get_by_test_id("station-next").click()
    before, rate, same, after = told(page, "N − N × N = N")
    assert same == gradient
    assert before - rate * gradient == pytest.approx(after, rel=2e-3)


def test_a_kernel_s_gradient_and_steps_of_a_convolutional_network(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/CNN?model=cnn_k3")
    open_tab(page, "One step")
    page.get_by_role("button", name="4. Gradients").click()
    (gradient,) = told(page, r".+ \+ \d+ more = N")
    chosen = page.get_by_test_id("kernel-numbers").locator("td.chosen")
    assert float(numbers.typed(chosen.inner_text())) == gradient, "in the table as in the formula"
    page.get_by_test_id("station-next").click()
    before, rate, same, after = told(page, "N − N × N = N")
    assert same == gradient
    assert before - rate * gradient == pytest.approx(after, rel=2e-3)
    slider = page.get_by_test_id("rate")
    slider.focus()
    slider.press("ArrowRight")
    server_s = page.get_by_test_id("server")
    expect(server_s).to_contain_text("float64")
    counted = re.search(r"better (\d+) · worse (\d+)", page.get_by_test_id("others").inner_text())
    assert counted
    assert f"{counted[1]} better, {counted[2]} worse" in server_s.inner_text(), "the browser's as NumPy's"
    path = page.get_by_test_id("path")
    page.get_by_test_id("take").click()
    expect(path).to_contain_text("1 step taken.")
    page.get_by_test_id("take-back").click()
    expect(path).to_contain_text("No step taken yet.")
