"""A component says the same as Python does, from the same translation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nnviz.components import served
from nnviz.core import paths, words
from tests.components import javascript
from tests.core.test_words import POLISH

SAYS = """(script, ...texts) => {
    (0, eval)(script);
    return texts.map((given) => typeof given[0] === "number" ? sayMany(...given) : say(...given));
}"""


def said(script: str, *texts: list[Any]) -> list[str]:
    answer: list[str] = javascript.evaluate({"shared/words": "say, sayMany"}, SAYS, script, *texts)
    return answer


def test_english_needs_nothing() -> None:
    texts = [["Layer {name}", {"name": "{n}"}], ["{x} stays"], [1, "{n} digit", "{n} digits"]]
    assert said("", *texts, [1200, "{n} digit", "{n} digits"]) == [
        "Layer {n}", "{x} stays", "1 digit", "1,200 digits"
    ]  # fmt: skip


def test_a_component_has_the_translation_of_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "pl.po").write_text(POLISH, encoding="utf-8")
    monkeypatch.setattr(paths, "assets", lambda: tmp_path)
    monkeypatch.setattr(words, "LANGUAGE", "pl")
    words.catalogue.cache_clear()
    served.frontend.cache_clear()
    try:
        script = served.frontend().files[served.TRANSLATION].plain.decode()
    finally:
        words.catalogue.cache_clear()
        served.frontend.cache_clear()
    texts = [[n, "{n} run", "{n:,} runs"] for n in (1, 2, 5, 22)]
    assert said(script, *texts, ["Undo"]) == [
        "1 przebieg", "2 przebiegi", "5 przebiegów", "22 przebiegi", "Undo"
    ]  # fmt: skip


def test_the_pseudo_language_marks_the_same_on_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "LANGUAGE", words.PSEUDO)
    served.frontend.cache_clear()
    try:
        script = served.frontend().files[served.TRANSLATION].plain.decode()
    finally:
        served.frontend.cache_clear()
    here = [words.say("Layer {name}, {n} units", name="a", n=3), words.say("Undo")]
    assert said(script, ["Layer {name}, {n} units", {"name": "a", "n": 3}], ["Undo"]) == here
