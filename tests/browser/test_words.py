"""In a real browser and the pseudo-language every word of ours stands in marks: what scripts write, too."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nnviz.core import words
from nnviz.experiments.studies import STUDIES
from nnviz.history import repository
from tests import marking
from tests.browser.acting import draw, idle, opened
from tests.browser.serving import Server
from tests.pages.test_experiments_page import invented
from tests.recording import RUN

if TYPE_CHECKING:
    from playwright.sync_api import Page

RUN_ID = "0123456789abcdef"
PAGES = ["", "MLP", "CNN", "Autoencoder", "Experiments", "Experiments?study=batch-2", "History"]
PAGES += [f"History?run={RUN_ID}", "Compare", "Compare?runs=mlp,mlp_study", "Class", "Lessons"]
# What is there to be read or heard: texts, those of one paragraph together, and the names of things.
READ = """([unread, names]) => {
    const found = new Map();
    const block = (e) => {
        const within = ["inline", "contents"];
        const inline = (e) => e.tagName !== "text" && within.includes(getComputedStyle(e).display);
        while (e.parentElement && inline(e)) e = e.parentElement;
        return e;
    };
    const visit = (root) => {
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const e = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
            if (!e || !e.checkVisibility({ visibilityProperty: true }) || e.closest(unread)) continue;
            if (node !== e) found.set(block(e), (found.get(block(e)) ?? "") + node.data);
            else for (const name of names) if (e.getAttribute(name)) found.set({}, e.getAttribute(name));
            if (node === e && e.shadowRoot) visit(e.shadowRoot);
        }
    };
    visit(document.body);
    return [...new Set([...found.values()].map((text) => text.replace(/\\s+/g, " ").trim()))];
}"""
NAMES = ["aria-label", "aria-description", "aria-roledescription", "aria-valuetext"]
NAMES += ["title", "alt", "placeholder", "data-title"]
# Code, symbols whose name is a word, and Streamlit's own buttons and what they are called.
UNREAD = "pre, code, script, style, noscript, [data-testid*='Icon'], [data-testid$='Toolbar'], .modebar"
UNREAD += ", [role='img'][aria-label$=' icon']"
STREAMLIT = re.compile(
    r"Skip to main content|Link to heading|Increment|Decrement|Open|Clear value|Choose an option|Help for .*"
    r"|Fullscreen|Scroll tabs (?:left|right)|Download plot as a PNG|Clear all|Remove .*"
)
FILLED = """() => [...document.querySelectorAll('[role="tabpanel"]')].some((e) =>
    e.checkVisibility() && e.querySelector('[data-testid="stElementContainer"]'))
    && !document.querySelector('[data-stale="true"], [data-testid="stSkeleton"]')"""


@pytest.fixture(scope="module")
def marked(make_lasting_server: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """The app in the pseudo-language, with a history."""
    home: Path = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NNVIZ_HOME", str(home))
        patch.delenv("NNVIZ_DATABASE_URL", raising=False)
        repository.record_run(replace(RUN, id=RUN_ID, name="", owner=""))
        asked = replace(STUDIES["batch-2"].plan, title="12")
        begun = repository.begin_experiment(repository.new_experiment(asked, study="batch-2"))
        for trial in asked.trials(begun.id):
            repository.record_run(invented(trial))
        repository.end_experiment(begun.id, "done")
        repository.close()
    return make_lasting_server(home, environment={"NNVIZ_LANGUAGE": words.PSEUDO})


def forgotten(page: Page, *, still: float = 400) -> list[str]:
    """The texts that have words without marks, once nothing on the page has changed for so many ms."""
    texts: list[str] = []
    for _ in range(30):
        idle(page)
        before, texts = texts, page.evaluate(READ, [UNREAD, NAMES])
        if texts == before:
            break
        page.wait_for_timeout(still)
    assert any("⟦" in text for text in texts), "the language is in use"
    return sorted(text for text in texts if marking.unmarked(text) and not STREAMLIT.fullmatch(text))


def behind_stages(page: Page) -> list[str]:
    """The same while one unit after the other is open in the picture of a network, one of every layer."""
    found = []
    for stage in page.get_by_test_id("stage").all():
        stage.press("Enter")
        page.get_by_test_id("value").first.wait_for()
        found += forgotten(page, still=100)  # the browser shows it without asking the server
        stage.press("Escape")
    return found


@pytest.mark.parametrize("name", PAGES)
def test_every_word_that_a_browser_shows_can_be_translated(page: Page, marked: Server, name: str) -> None:
    opened(page, f"{marked.url}/{name}")
    page.get_by_role("heading", level=1).wait_for()
    found = {"first": forgotten(page)}
    if not name:
        draw(page, 7)
        found["drawn"] = forgotten(page) + behind_stages(page)
    for tab in page.get_by_role("tab").all() if name else []:
        tab.click()
        page.wait_for_timeout(200)
        idle(page)
        page.wait_for_function(FILLED)
        found[tab.text_content() or ""] = forgotten(page) + behind_stages(page)
    assert {where: texts for where, texts in found.items() if texts} == {}
