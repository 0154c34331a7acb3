"""Who may change what, secrets that people type, and how often somebody may guess."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from nnviz.core import secret_words
from nnviz.core.identity import PROGRAM, Actor, NotYours
from nnviz.core.tries import TooManyTries, Tries


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.delenv(secret_words.KEY, raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("actor", "mine", "theirs", "nobodys"),
    [
        (Actor("me"), True, False, False),
        (Actor("now", frozenset({"me"})), True, False, False),
        (Actor(""), False, False, False),
        (Actor("other", is_teacher=True), True, True, True),
        (PROGRAM, True, True, True),
    ],
)
def test_everybody_may_change_their_own_and_the_teacher_all(
    actor: Actor, mine: bool, theirs: bool, nobodys: bool
) -> None:
    for owner, may in (("me", mine), ("you", theirs), ("", nobodys)):
        assert actor.may_change(owner) == may
        if may:
            actor.check(owner, "touch it")
        else:
            with pytest.raises(NotYours, match="Only its owner or the teacher may touch it"):
                actor.check(owner, "touch it")


def test_a_key_is_made_once_and_read_by_nobody_else(home: Path) -> None:
    command = [sys.executable, "-c", "from nnviz.core import secret_words as s; print(s.teacher_key())"]
    makers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = {maker.communicate()[0].strip() for maker in makers}
    assert told == {secret_words.teacher_key()}, "whichever process comes first"
    assert [path.name for path in home.iterdir()] == ["teacher-key"]
    if os.name == "posix":
        assert stat.S_IMODE((home / "teacher-key").stat().st_mode) == 0o600


def test_a_key_that_was_made_is_typed_in_any_case_and_one_that_was_set_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = secret_words.teacher_key()
    assert secret_words.is_teacher_key(f" {made.lower().replace('-', ' ')} ")
    assert not secret_words.is_teacher_key(made[:-1])
    assert not secret_words.is_teacher_key("")
    monkeypatch.setenv(secret_words.KEY, "Süße Kirschen")
    assert secret_words.is_teacher_key("Süße Kirschen")
    for other in (made, "süße kirschen", "SüßeKirschen", "Süße Kirschen!", "x" * 100_000):
        assert not secret_words.is_teacher_key(other)


def test_codes_are_four_groups_of_four_and_none_comes_twice() -> None:
    codes = {secret_words.new_code() for _ in range(200)}
    assert len(codes) == 200
    assert all([len(group) for group in code.split("-")] == [4, 4, 4, 4] for code in codes)
    assert len({secret_words.digest(code) for code in codes}) == 200


def test_who_guesses_too_often_waits_and_nobody_waits_for_another() -> None:
    tries = Tries(3, 60.0)
    for _ in range(3):
        tries.begin(["me"], now=0.0)
    with pytest.raises(TooManyTries, match="1 minute"):
        tries.begin(["me"], now=59.0)
    tries.begin(["you"], now=59.0)
    tries.begin(["me"], now=60.5)


def test_an_address_that_many_share_has_more_tries_and_an_end() -> None:
    tries = Tries(2, 60.0)
    for number in range(10):
        tries.begin([f"browser {number}", "school"], now=1.0)
    with pytest.raises(TooManyTries):
        tries.begin(["a new browser", "school"], now=2.0)


def test_a_right_try_does_not_count() -> None:
    tries = Tries(2, 60.0)
    for _ in range(9):
        tries.begin(["me"], now=1.0)
        tries.forgive(["me"])
    tries.begin(["me"], now=1.0)
