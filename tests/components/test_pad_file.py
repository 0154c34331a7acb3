"""The pad as one file: what is in it, what is kept out of it, and that no name gets out of its place."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from nnviz.components import Packed, Slot, pad_file

HOSTILE = "</script><script>alert(1)</script><!-- <b>\"&amp;' ]]>"
SLOT = Slot("mlp", "MLP", draws=False, digest="0123456789abcdef", message=b"\0\1\2")


class Parsed(HTMLParser):
    """The elements of a page as a browser would find them, and what stands in scripts and styles."""

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[tuple[str, str]] = []
        self.text = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.raw.append((tag, ""))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem:  # type: ignore[attr-defined]
            self.raw[-1] = (self.raw[-1][0], self.raw[-1][1] + data)
        else:
            self.text += data


def content(page: Parsed) -> Any:
    return json.loads(page.raw[-2][1])


def test_the_policy_lets_its_own_script_and_styles_run_and_nothing_be_fetched() -> None:
    page = Parsed(pad_file([Packed(SLOT, "MLP", "")]))
    policy = next(
        each["content"] or ""
        for tag, each in page.tags
        if each.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert set(rules) == {"default-src", "script-src", "style-src", "base-uri", "form-action"}
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"

    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    styles = [text for tag, text in page.raw if tag == "style"]
    scripts = [text for tag, text in page.raw if tag == "script"]
    assert rules["style-src"].split() == [digest(text) for text in styles]
    assert rules["script-src"] == digest(scripts[1]), "the first one is data, which is not run"
    assert not any({"src", "href", "style"} & set(each) for _, each in page.tags)


def test_a_hostile_name_stays_a_name() -> None:
    tame = Parsed(pad_file([Packed(SLOT, "MLP", "It reads.")]))
    page = Parsed(pad_file([Packed(replace(SLOT, title=HOSTILE), HOSTILE, HOSTILE)]))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in tame.tags]
    assert page.raw[-1] == tame.raw[-1], "the script is the same"
    assert page.text.count(HOSTILE) == 2
    assert content(page)["slots"][0]["title"] == HOSTILE


def test_networks_and_drawing_are_in_it_once_and_nothing_else_of_the_message() -> None:
    drawing = {"strokes": [{"width": 96, "erase": False, "points": [1, 2]}], "digit": "AAAA", "have": ["x"]}
    twice = [Packed(SLOT, "A", ""), Packed(replace(SLOT, slot="mlp-2"), "B", "")]
    found = content(Parsed(pad_file(twice, drawing)))
    assert [slot["slot"] for slot in found["slots"]] == ["mlp", "mlp-2"]
    assert [base64.b64decode(each) for each in found["networks"]] == [SLOT.message]
    options = {"centre": True, "fit": True}
    assert found["start"] == {"strokes": drawing["strokes"], "base": None, "options": options}
    without = content(Parsed(pad_file(twice)))
    assert without["start"]["strokes"] == []
    assert without["key"] != found["key"], "what a tab has kept of one is not begun with in the other"


def test_what_no_browser_computes_cannot_be_in_it_and_without_a_network_there_is_none() -> None:
    with pytest.raises(ValueError, match="Choose a network"):
        pad_file([])
    with pytest.raises(ValueError, match="only the server computes it"):
        pad_file([Packed(replace(SLOT, message=b""), "<b>", "")])
