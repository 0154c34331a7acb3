"""What somebody writes beside a run: a note, tags to find it by, and a star."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from nnviz.core.identity import Actor
from nnviz.core.json_records import clean, clean_lines
from nnviz.core.results import MOST_NOTED, MOST_TAGS, TAG_LENGTH
from nnviz.core.words import say
from nnviz.history import database, removal
from nnviz.history.queries import Query


class BadNote(ValueError):
    """A note or tags that are not kept; one sentence for the user."""


def annotate_run(
    run_id: str, *, by: Actor, note: str | None = None, tags: str | None = None, starred: bool | None = None
) -> None:
    """Change what is written beside a run; what is None stays as it is.

    Parameters
    ----------
    note
        Plain text; "" takes it away.
    tags
        As somebody types them, with commas between them.

    Raises
    ------
    BadNote
        When the note is too long, or the tags are too many or too long: then nothing is changed.
    RecordNotFound
        When there is no run of that id.
    NotYours
        When it is another's.
    """
    changed: dict[str, Any] = {} if starred is None else {"starred": bool(starred)}
    changed |= {} if note is None else {"note": read_note(note)}
    changed |= {} if tags is None else {"tags": ",".join(read_tags(tags))}
    table = database.runs
    with database.writing() as connection:
        removal.check(connection, table, run_id, by, say("write something beside this run"))
        if changed:
            connection.execute(sa.update(table).where(table.c.id == run_id).values(changed))


def read_note(text: str) -> str:
    """A note as it is kept: printable characters, in lines.

    Raises
    ------
    BadNote
        When it is too long.
    """
    note = clean_lines(text)
    if len(note) > MOST_NOTED:
        raise BadNote(
            say("A note has at most {most:,} characters; this one has {n:,}.", most=MOST_NOTED, n=len(note))
        )
    return note


def read_tags(text: str) -> tuple[str, ...]:
    """The tags that somebody typed, each once and in small letters, so that "Deep" and "deep" are one tag.

    Raises
    ------
    BadNote
        When they are too many, or one is too long.
    """
    told = (clean(part.lstrip("# \t"), len(part)).lower() for part in text.split(","))
    tags = tuple(dict.fromkeys(tag for tag in told if tag))
    if len(tags) > MOST_TAGS:
        raise BadNote(say("A run has at most {most} tags; these are {n}.", most=MOST_TAGS, n=len(tags)))
    for tag in tags:
        if len(tag) > TAG_LENGTH:
            raise BadNote(
                say(
                    "A tag has at most {most} characters: “{tag} …” is longer.",
                    most=TAG_LENGTH,
                    tag=tag[:TAG_LENGTH],
                )
            )
    return tags


def tags_in_use(query: Query | None = None) -> tuple[str, ...]:
    """Every tag of these runs, in order."""
    table = database.runs
    chosen = sa.select(table.c.tags).where((query or Query()).where(), table.c.tags != "").distinct()
    with database.reading() as connection:
        found = connection.execute(chosen).scalars().all()
    return tuple(sorted({tag for tags in found for tag in tags.split(",")}))
