"""The glossary holds every term that the pages' prose marks, once, and its pictures can be drawn."""

from __future__ import annotations

import re
from pathlib import Path
from xml.dom import minidom

import pytest

from nnviz.core import glossary, paths

PROSE = sorted(paths.assets().glob("*.md"))


@pytest.mark.parametrize("path", PROSE, ids=lambda path: path.stem)
def test_every_marked_term_leads_to_its_entry(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    slugs = {term.slug for term in glossary.marked(text)}
    linked = glossary.linked(text)
    assert set(re.findall(r"\]\(#term-([^)]+)\)", linked)) == slugs
    assert "[[" not in linked


@pytest.mark.parametrize("path", PROSE, ids=lambda path: path.stem)
def test_prose_says_nothing_that_only_holds_for_one_screen_or_one_hand(path: Path) -> None:
    words = glossary.unmarked(path.read_text(encoding="utf-8")).lower()
    assert not re.search(r"\b(?:click|hover|wheel|on the (?:left|right))", words)


def test_no_word_has_two_entries() -> None:
    words = [word.lower() for term in glossary.terms() for word in (term.name, *term.forms)]
    assert len(words) == len(set(words))
    assert len({term.slug for term in glossary.terms()}) == len(glossary.terms())


def test_a_mark_can_show_another_form_of_the_word() -> None:
    assert glossary.linked("two [[epochs|epoch]] and [[Hidden layer]]") == (
        "two [epochs](#term-epoch) and [Hidden layer](#term-hidden-layer)"
    )
    assert glossary.unmarked("two [[epochs|epoch]]") == "two epochs"
    with pytest.raises(KeyError):
        glossary.linked("[[flux capacitor]]")


def test_every_picture_is_a_drawing_and_nothing_that_runs() -> None:
    for term in glossary.terms():
        drawn = minidom.parseString(f"<svg>{term.picture}</svg>")
        assert {node.tagName for node in drawn.getElementsByTagName("*")} <= {
            "svg",
            "g",
            "path",
            "rect",
            "circle",
        }
