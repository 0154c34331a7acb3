"""Texts are looked up in the language in use, then filled in; whatever is missing or wrong stays English."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from nnviz.core import paths, words
from nnviz.core.words import say, say_many

ROOT = Path(__file__).resolve().parents[2]
POLISH = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);\n"

#: nnviz/ui/shared/run_view.py
msgid "Trained for {seconds:.1f} s"
msgstr ""
"Uczone "
"{seconds:.2f} s"

#: pages/5_History.py
msgid "{n} run"
msgid_plural "{n:,} runs"
msgstr[0] "{n} przebieg"
msgstr[1] "{n} przebiegi"
msgstr[2] "{n} przebiegów"

#, fuzzy
msgid "Undo"
msgstr "Usuń"

msgid "Save"
msgstr ""

msgid "Say \"{name}\""
msgstr "Powiedz \"{nome}\""

#~ msgid "Gone"
#~ msgstr "Nie ma"
"""


@pytest.fixture
def polish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The assets of a translation."""
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "pl.po").write_text(POLISH, encoding="utf-8")
    (tmp_path / "home.md").write_text("Draw.", encoding="utf-8")
    monkeypatch.setattr(paths, "assets", lambda: tmp_path)
    monkeypatch.setattr(words, "LANGUAGE", "pl")
    words.catalogue.cache_clear()
    yield tmp_path
    words.catalogue.cache_clear()


def test_english_is_what_stands_in_the_code() -> None:
    assert say("Trained for {seconds:.1f} s", seconds=2.25) == "Trained for 2.2 s"
    assert say("{} in braces") == "{} in braces"
    assert [say_many(n, "{n} run", "{n:,} runs") for n in (0, 1, 1200)] == ["0 runs", "1 run", "1,200 runs"]


def test_a_value_is_never_taken_for_a_text() -> None:
    assert say("Hello {name}", name="{seconds} {0.__class__}") == "Hello {seconds} {0.__class__}"


def test_a_translation_has_its_own_order_format_and_plurals(polish: Path) -> None:
    assert say("Trained for {seconds:.1f} s", seconds=2.25) == "Uczone 2.25 s"
    counted = [say_many(n, "{n} run", "{n:,} runs") for n in (1, 2, 5, 12, 22)]
    assert counted == ["1 przebieg", "2 przebiegi", "5 przebiegów", "12 przebiegów", "22 przebiegi"]


def test_what_is_not_translated_stays_english(polish: Path) -> None:
    assert [say("Undo"), say("Save"), say("Gone")] == ["Undo", "Save", "Gone"]  # unsure, empty, given up
    assert say('Say "{name}"', name="x") == 'Say "x"', "a translation with a value that there is not"
    assert words.read("home.md") == "Draw."


def test_prose_is_read_in_the_language_in_use(polish: Path) -> None:
    (polish / "pl").mkdir()
    (polish / "pl" / "home.md").write_text("Rysuj.", encoding="utf-8")
    assert words.read("home.md") == "Rysuj."


def test_an_unknown_language_is_english(polish: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for language in ("xx", "../words/pl", "p" * 5000):
        monkeypatch.setattr(words, "LANGUAGE", language)
        words.catalogue.cache_clear()
        assert say("Undo") == "Undo"


def test_what_is_no_catalogue_is_refused() -> None:
    with pytest.raises(ValueError, match="No line of a catalogue"):
        words.parsed('msgid "a"\nmsgstr b')


def test_the_pseudo_language_marks_what_is_ours_and_not_its_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "LANGUAGE", words.PSEUDO)
    assert say("Trained for {seconds:.1f} s", seconds=2) == "⟦Trained for ⟧2.0⟦ s⟧"
    assert say_many(2, "{n} run", "{n:,} runs") == "2⟦ runs⟧"
    assert words.own("# Head\n\n- 1 item") == "# ⟦Head⟧\n\n- ⟦1 item⟧"


def named(text: str) -> set[str]:
    """The values that a text names, also in the format of another one."""
    parts = [(name, spec or "") for _, name, spec, _ in string.Formatter().parse(text) if name]
    return {name for name, _ in parts} | {name for _, spec in parts for name in named(spec)}


@pytest.mark.parametrize("folder", sorted(path.name for path in (ROOT / "nnviz").iterdir() if path.is_dir()))
def test_every_text_is_given_the_values_that_it_names(folder: str) -> None:
    wrong = []
    for path in (ROOT / "nnviz" / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            if called not in ("say", "say_many"):
                continue
            assert isinstance(node, ast.Call)
            texts = node.args[:1] if called == "say" else node.args[1:3]
            given = {each.arg or "" for each in node.keywords}
            used = {name for text in texts for name in named(ast.literal_eval(text))}
            if (given or called == "say_many") and used - {"n"} != given - {"n"}:
                wrong.append(f"{path.name}:{node.lineno} {used ^ given}")
    assert not wrong
