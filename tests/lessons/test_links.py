"""A link opens the view it was made of, whoever changes it opens nothing, and no answer is in it."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path

import numpy as np
import pytest
from itsdangerous import URLSafeTimedSerializer

from nnviz.core import qr
from nnviz.core.identity import Actor, NotYours
from nnviz.lessons import links, shelf
from nnviz.lessons.lesson import Question
from nnviz.lessons.links import BadLink
from nnviz.lessons.views import View

ASKED = Question("Which one?", ("a mistake", "the bramble"), frozenset({1}), because="Brambles have thorns.")
TYPED = Question("What is it?", answer="hippopotamus", because="It is grey.")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.delenv(links.SECRET, raising=False)


def view() -> View:
    image = np.zeros((28, 28), np.float32)
    image[4:24, 12:16] = np.linspace(0, 1, 20)[:, None]
    settings = {"λ": 0.5, "Epochs": 30, "Network": "somebodys-network"}
    return View("MLP", "Inside", settings, {"epoch": "3"}, ("a 7", 2), links.packed(image), ("tabs", "λ"))


def everything_in(token: str) -> str:
    """All that can be read in a link without its key."""
    body = token.rsplit(".", 2)[0]
    packed = body.startswith(".")
    raw = base64.urlsafe_b64decode(body.strip(".") + "==")
    return (zlib.decompress(raw) if packed else raw).decode()


def opened(token: str) -> View | None:
    try:
        return links.unseal(token).view
    except BadLink:
        return None


def test_what_was_sealed_is_what_is_opened() -> None:
    assert links.unseal(links.seal(view(), None, owner="me")).view == view()


@pytest.mark.parametrize(("question", "secrets"), [(ASKED, ["thorns", "right"]), (TYPED, ["hippo", "grey"])])
def test_the_answer_is_not_in_the_link(question: Question, secrets: list[str]) -> None:
    read = everything_in(links.seal(view(), question, owner="me"))
    assert question.asks in read, "what is read is the whole of it"
    assert not [each for each in secrets if each in read]


def test_an_answer_is_judged_by_what_is_kept() -> None:
    shared = links.unseal(links.seal(view(), ASKED, owner="me"))
    assert links.judge(shared, [1])[0]
    assert not links.judge(shared, [0])[0]
    assert not links.judge(shared, [0, 1])[0]
    typed = links.unseal(links.seal(view(), TYPED, owner="me"))
    assert links.judge(typed, " Hippopotamus. ")[0]
    assert not links.judge(typed, "hippo")[0]
    for name in shelf.ANSWERS.own(Actor("me")):
        shelf.ANSWERS.delete(name, by=Actor("me"))
    with pytest.raises(BadLink, match="no longer kept"):
        links.judge(shared, [1])


def test_whoever_changes_a_link_opens_nothing() -> None:
    token = links.seal(view(), None, owner="me")
    for at in range(0, len(token), 7):
        other = "A" if token[at] != "A" else "B"
        changed = token[:at] + other + token[at + 1 :]
        if changed != token:
            assert opened(changed) in (None, view()), "but for bits that a base64 letter has too many"
    for wrong in ("", "x", token[:-1], token + "x", token * 2):
        with pytest.raises(BadLink):
            links.unseal(wrong)


def test_another_servers_link_and_too_long_a_link_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    token = links.seal(view(), None, owner="me")
    monkeypatch.setenv(links.SECRET, "another key")
    with pytest.raises(BadLink, match="another server"):
        links.unseal(token)
    with pytest.raises(BadLink, match="too long"):
        links.unseal("x" * (links.LONGEST + 1))


@pytest.mark.parametrize("token", ["", ".", "é", "\ud800", "a" * 4_001, "=" * 4_000, "\x00.\x00.\x00"])
def test_what_was_never_a_link_gets_a_sentence(token: str) -> None:
    with pytest.raises(BadLink):
        links.unseal(token)


def test_an_old_link_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    token = links.seal(view(), None, owner="me")
    monkeypatch.setattr(links, "DAYS", -1)
    with pytest.raises(BadLink, match="Ask for a new one"):
        links.unseal(token)


@pytest.mark.parametrize(
    "plain",
    [
        {},
        [],
        "MLP",
        {"p": "Nowhere"},
        {"p": "MLP", "t": "Nowhere"},
        {"p": "MLP", "s": {"λ": 1e9}},
        {"p": "MLP", "s": {"λ": True}},
        {"p": "MLP", "s": {"Network": "x" * 100}},
        {"p": "MLP", "s": {"__class__": 1}},
        {"p": "MLP", "s": 5},
        {"p": "MLP", "h": ["body { }"]},
        {"p": "MLP", "t": "Inside", "d": ["a 7"]},
        {"p": "MLP", "t": "Inside", "d": ["a 7", float("inf")]},
        {"p": "MLP", "i": "zzz"},
        {"p": "MLP", "i": base64.b85encode(zlib.compress(bytes(10_000_000))).decode()},
        {"p": "MLP", "q": {"asks": "x"}},
    ],
)
def test_even_a_signed_link_sets_only_what_there_is(plain: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(links.SECRET, "key")
    token = str(URLSafeTimedSerializer("key", salt="nnviz view").dumps(plain))
    with pytest.raises(BadLink, match=r"out of date|too long"):
        links.unseal(token)


def test_a_keeper_has_a_limit_and_may_delete_only_what_is_theirs() -> None:
    few = shelf.Shelf("few", 2, 3, 1)
    one = few.keep("one", owner="anna")
    few.keep("two", owner="anna")
    with pytest.raises(shelf.NoRoom, match="Delete one first"):
        few.keep("three", owner="anna")
    few.keep("three", owner="berta")
    with pytest.raises(shelf.NoRoom, match="no room"):
        few.keep("four", owner="carla")
    with pytest.raises(NotYours):
        few.delete(one, by=Actor("berta"))
    few.delete(one, by=Actor("anna"))
    for gone in (one, "../../etc/passwd", "", "x" * 16):
        with pytest.raises(shelf.Gone):
            few.read(gone)


def test_a_qr_code_has_black_squares_on_white_and_no_script() -> None:
    picture = qr.svg("https://example.org/MLP?view=" + "x" * 900)
    assert picture.startswith("<svg")
    assert "#fff" in picture
    assert "script" not in picture
    with pytest.raises(ValueError, match="Data too large"):
        qr.svg("x" * 5_000)


def test_what_is_kept_of_a_question_is_plain_json() -> None:
    links.seal(view(), ASKED, owner="me")
    (name,) = shelf.ANSWERS.own(Actor("me"))
    assert json.loads(shelf.ANSWERS.read(name))["right"] == [1]
