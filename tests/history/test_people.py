"""Who somebody is besides a browser: nicknames, the teacher, and codes that take one's things along."""

from __future__ import annotations

import subprocess
import sys

import pytest
import sqlalchemy as sa

from nnviz.core.identity import Actor
from nnviz.core.tries import TooManyTries, Tries
from nnviz.history import database, people
from nnviz.history.database import DatabaseUnavailable
from nnviz.history.people import NameRefused, WrongCode

KEY = "open sesame"
WIDE_TEACHER, WIDE_ADA = ("".join(chr(ord(c) + 0xFEE0) for c in word) for word in ("TEACHER", "ADA"))


@pytest.fixture(autouse=True)
def few_tries(history: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNVIZ_TEACHER_KEY", KEY)
    monkeypatch.setattr(people, "_tries", Tries(3, 600.0))


def who(browser: str) -> Actor:
    return people.known().actor(browser)


def test_whose_something_is_depends_on_who_asks() -> None:
    people.choose_name(who("ada"), "  Ada \x00 L. ")
    people.become_teacher(who("t"), KEY)
    people.choose_name(who("t"), "Mr. T")
    said = people.known()
    for theirs, words in {
        "ada": "Ada L.",
        "t": "the teacher's",
        "bob": "yours",
        "eve": "somebody else's",
        "": "nobody's",
    }.items():
        assert said.whose(theirs, who("bob")) == words
    assert said.whose("t", who("t")) == "yours"
    people.choose_name(who("ada"), "")
    assert people.known().whose("ada", who("bob")) == "somebody else's"


@pytest.mark.parametrize(
    "name",
    ["x" * 25, "The Teacher", WIDE_TEACHER, "t e a c h e r", "yours", "Somebody else's", "nobody's"],
)
def test_no_nickname_can_be_taken_for_a_word_of_the_app_s(name: str) -> None:
    with pytest.raises(NameRefused):
        people.choose_name(who("bob"), name)
    assert people.known().names == {}


def test_no_two_have_nicknames_that_look_alike() -> None:
    people.choose_name(who("ada"), "Ada")
    for name in ("ada", WIDE_ADA, "A-d-a!"):
        with pytest.raises(NameRefused, match="already"):
            people.choose_name(who("bob"), name)
    people.choose_name(who("ada"), "ADA")
    people.choose_name(who("ada"), "")
    people.choose_name(who("bob"), "Ada")


def test_the_teacher_is_who_has_given_the_key_until_they_resign() -> None:
    with pytest.raises(WrongCode, match="not the teacher's key"):
        people.become_teacher(who("t"), "sesame")
    assert not who("t").is_teacher
    people.become_teacher(who("t"), KEY)
    assert who("t").may_change("anybody")
    assert not who("bob").is_teacher
    people.resign(who("t"))
    assert not who("t").is_teacher


def test_guessing_has_an_end_also_with_a_new_browser_each_time() -> None:
    for _ in range(3):
        with pytest.raises(WrongCode):
            people.become_teacher(who("bob"), "guess", address="10.0.0.7")
    with pytest.raises(TooManyTries):
        people.become_teacher(who("bob"), KEY, address="10.0.0.7")
    for number in range(12):
        with pytest.raises(WrongCode):
            people.take_along(who(f"new {number}"), "guess", address="10.0.0.8")
    for number in range(3):
        with pytest.raises(WrongCode):
            people.take_along(who(f"newer {number}"), "guess", address="10.0.0.8")
    with pytest.raises(TooManyTries):
        people.take_along(who("newest"), "guess", address="10.0.0.8")
    people.become_teacher(who("t"), KEY, address="10.0.0.9")


def test_a_code_makes_two_browsers_one_person() -> None:
    people.choose_name(who("old"), "Ada")
    code = people.new_code(who("old"))
    people.choose_name(who("new"), "Nobel")
    people.take_along(who("new"), code.lower().replace("-", " "))
    for browser in ("old", "new"):
        assert who(browser).owner == "old", "what is made from now on"
        assert who(browser).may_change("old")
        assert who(browser).may_change("new"), "and what was made before"
    assert people.known().whose("new", who("bob")) == "Ada"
    assert not who("bob").may_change("new")
    people.take_along(who("new"), code)
    assert who("new").owner == "old", "and once more does no harm"


def test_codes_lead_on_from_one_person_to_the_next() -> None:
    first, second = people.new_code(who("a")), people.new_code(who("b"))
    people.take_along(who("c"), second)
    people.take_along(who("b"), first)
    for browser in "abc":
        assert who(browser).names == ("a", "b", "c")
    with pytest.raises(WrongCode):
        people.take_along(who("d"), second)
    people.take_along(who("d"), people.new_code(who("c")))
    assert who("d").owner == "a"


def test_a_newer_code_makes_the_older_useless_and_none_can_be_read_in_the_database() -> None:
    older, newer = people.new_code(who("a")), people.new_code(who("a"))
    with database.reading() as connection:
        kept = str(connection.execute(sa.select(database.people)).all())
    assert not any(code in kept or code.replace("-", "") in kept for code in (older, newer))
    for wrong in (older, "", "-" * 19, "x" * 10_000):
        with pytest.raises(WrongCode):
            people.take_along(Actor(f"b {wrong[:3]}"), wrong)
    people.take_along(who("b"), newer)
    assert who("b").owner == "a"


def test_the_teacher_gives_nobody_the_part_by_mistake() -> None:
    code = people.new_code(who("pupil"))
    people.become_teacher(who("t"), KEY)
    with pytest.raises(WrongCode, match="stop being the teacher first"):
        people.take_along(who("t"), code)
    assert not who("pupil").is_teacher
    people.take_along(who("t at home"), people.new_code(who("t")))
    assert who("t at home").is_teacher


def test_another_process_knows_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    script = (
        "from nnviz.history import people\n"
        "me = people.known().actor('ada')\n"
        "people.choose_name(me, 'Ada')\n"
        "print(people.new_code(me))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    people.take_along(who("new"), done.stdout.strip())
    assert who("new").owner == "ada"
    assert people.known().names == {"ada": "Ada"}


def test_there_is_an_end_to_how_many_are_known_but_not_for_the_teacher(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(people, "MOST_PEOPLE", 1)
    people.choose_name(who("a"), "A")
    for ask in (lambda: people.choose_name(who("b"), "B"), lambda: people.new_code(who("b"))):
        with pytest.raises(NameRefused, match="Too many"):
            ask()
    people.become_teacher(who("t"), KEY)
    assert who("t").is_teacher


def test_while_the_database_is_away_everybody_is_their_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    people.become_teacher(who("t"), KEY)
    monkeypatch.setenv("NNVIZ_DATABASE_URL", "mysql://away/x")
    assert who("t") == Actor("t")
    with pytest.raises(DatabaseUnavailable):
        people.choose_name(who("t"), "T")
