"""What is written beside a run: who may, how much, how it is cleaned, and how runs are found by it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from alembic import command

from nnviz.core.identity import Actor, NotYours
from nnviz.history import database, notes, repository
from nnviz.history.notes import BadNote
from nnviz.history.repository import Query
from tests.history.test_repository import steps
from tests.recording import CARD, RUN

ADA, BOB, TEACHER = Actor("ada"), Actor("bob"), Actor("t", is_teacher=True)


def kept(title: str = "MLP") -> str:
    return repository.record_run(replace(RUN, answers=None, card=replace(CARD, title=title))).id


def test_its_owner_and_the_teacher_write_beside_a_run_and_nobody_else(history: str) -> None:
    run = kept()
    notes.annotate_run(run, note="wider?", tags="Deep, first try,deep", starred=True, by=ADA)
    with pytest.raises(NotYours, match="write something beside this run"):
        notes.annotate_run(run, note="mine now", tags="", starred=False, by=BOB)
    found = repository.find_run(run)
    assert (found.note, found.tag_list, found.starred) == ("wider?", ("deep", "first try"), True)
    notes.annotate_run(run, note="", by=TEACHER)
    found = repository.find_run(run)
    assert (found.note, found.tag_list, found.starred) == ("", ("deep", "first try"), True), "the rest stays"
    repository.delete_run(run, by=ADA)
    with pytest.raises(repository.RecordNotFound):
        notes.annotate_run(run, starred=False, by=ADA)
    repository.restore(run, by=ADA)
    assert repository.find_run(run).tag_list == ("deep", "first try"), "what was deleted comes back with it"


def test_notes_keep_their_lines_and_nothing_that_cannot_be_seen(history: str) -> None:
    run = kept()
    notes.annotate_run(
        run, note=" one\x00\ttwo\u202e \r\n\n\n\n<b>*x*</b>\n", tags="#a\x07b ,, ,\ud800", by=ADA
    )
    found = repository.find_run(run)
    assert found.note == "one two\n\n<b>*x*</b>"
    assert found.tag_list == ("a b",)


def test_what_is_too_much_is_a_sentence_and_changes_nothing(history: str) -> None:
    run = kept()
    eight = ",".join(f"{n}{'x' * 23}" for n in range(8))
    notes.annotate_run(run, note="é" * 1000, tags=eight, by=ADA)
    for note, tags, said in (
        ("é" * 1001, "", "at most 1,000 characters; this one has 1,001"),
        ("", eight + ",9", "at most 8 tags; these are 9"),
        ("", "y" * 25, "at most 24 characters: “y{24} …”"),
    ):
        with pytest.raises(BadNote, match=said):
            notes.annotate_run(run, note=note, tags=tags, starred=True, by=ADA)
    found = repository.find_run(run)
    assert (found.note, found.tags, found.starred) == ("é" * 1000, eight, False)


def test_runs_are_found_by_a_whole_tag_by_a_star_and_by_words_of_a_note(history: str) -> None:
    for title, note, tags, starred in (
        ("one", "the loss went up", "deep,50%", True),
        ("two", "", "deeper", False),
        ("three", "", "very deep, deep", False),
    ):
        notes.annotate_run(kept(title), note=note, tags=tags, starred=starred, by=ADA)
    other = repository.record_run(replace(RUN, owner="bob")).id
    notes.annotate_run(other, tags="of bob", by=BOB)

    def found(**asked: object) -> set[str]:
        return {run.card.title for run in repository.search_runs(Query(owners=("ada",), **asked))}  # type: ignore[arg-type]

    assert found(tag="deep") == {"one", "three"}
    assert found(tag="50%") == {"one"}
    assert found(tag="_____") == found(tag="%") == set()
    assert found(starred=True) == {"one"}
    assert found(tag="deep", text="LOSS") == {"one"}
    assert found(text="deeper") == {"two"}
    assert notes.tags_in_use(Query(owners=("ada",))) == ("50%", "deep", "deeper", "very deep")
    assert "of bob" in notes.tags_in_use()


def test_runs_from_before_notes_have_none_and_can_be_given_some(history: str) -> None:
    run = kept()
    with database.writing() as connection:
        command.downgrade(steps(connection), "0008")
    with database.reading() as connection:
        columns = {column["name"] for column in sa.inspect(connection).get_columns("runs")}
    assert not columns & {"note", "tags", "starred"}
    repository.close()  # the next question brings it up to date
    found = repository.find_run(run)
    assert (found.card, found.note, found.tags, found.starred) == (CARD, "", "", False)
    notes.annotate_run(run, starred=True, by=ADA)
    assert [each.id for each in repository.search_runs(Query(starred=True))] == [run]
