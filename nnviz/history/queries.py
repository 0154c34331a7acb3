"""Which runs are asked for, and in which order: what somebody chose on a page, as SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from nnviz.core import kinds
from nnviz.core.kinds import Score
from nnviz.data import mnist
from nnviz.history import database

_table = database.runs

_SCORES = [score for score in kinds.scores() if score.metric in _table.c]


def _by(score: Score, *, best_first: bool) -> sa.ColumnElement[Any]:
    column = _table.c[score.metric]
    return (column.desc() if score.higher_is_better == best_first else column.asc()).nulls_last()


ORDERS: Mapping[str, tuple[sa.ColumnElement[Any], ...]] = MappingProxyType(
    {
        "newest": (_table.c.created.desc(),),
        "oldest": (_table.c.created.asc(),),
        "best": tuple(_by(score, best_first=True) for score in _SCORES),
        "worst": tuple(_by(score, best_first=False) for score in _SCORES),
        "fastest": (_table.c.seconds.asc(),),
        "slowest": (_table.c.seconds.desc(),),
    }
)
"""What runs can be sorted by. An autoencoder has an error and no accuracy: it comes after those that have."""


@dataclass(frozen=True)
class Query:
    """Which runs; None and "" stand for any.

    Attributes
    ----------
    owners
        Anybody of these.
    text
        Words that each have to be in the name, the title, the data set, the tags or the note.
    alone
        Leave out those that are part of an experiment.
    tag
        One that they have, whole.
    starred
        Only those with a star.
    """

    page: str | None = None
    kind: str | None = None
    data: str | None = None
    owners: tuple[str, ...] | None = None
    text: str = ""
    alone: bool = False
    tag: str | None = None
    starred: bool = False

    def where(self) -> sa.ColumnElement[bool]:
        """The same as SQL."""
        wanted: list[sa.ColumnElement[bool]] = [
            _table.c[name] == value
            for name in ("page", "kind", "data")
            if (value := getattr(self, name)) is not None
        ]
        if self.owners is not None:
            wanted.append(_table.c.owner.in_(self.owners))
        for word in self.text.split()[:8]:
            shown = sa.func.replace(_table.c.data, mnist.EMBEDDED, mnist.OF_THE_APP)  # as it is read
            columns = [_table.c[name] for name in ("name", "title", "data", "tags", "note")]
            somewhere = (each.icontains(word, autoescape=True) for each in (*columns, shown))
            wanted.append(sa.or_(*somewhere))
        if self.tag is not None:
            among = sa.literal(",") + _table.c.tags + ","
            wanted.append(among.contains(f",{self.tag},", autoescape=True))
        if self.starred:
            wanted.append(_table.c.starred)
        if self.alone:
            wanted.append(_table.c.experiment.is_(None))
        return sa.and_(_table.c.deleted.is_(None), *wanted)


def select_page(query: Query, *, order: str, limit: int, offset: int) -> sa.Select[Any]:
    """A page of the list, without the curves and answers."""
    by = (*ORDERS[order], _table.c.created.desc(), _table.c.id)
    return sa.select(_table).where(query.where()).order_by(*by).limit(limit).offset(offset)


def select_count(query: Query) -> sa.Select[Any]:
    """How many there are."""
    return sa.select(sa.func.count()).select_from(_table).where(query.where())


def select_distinct(query: Query, column: str) -> sa.Select[Any]:
    """The different values of a column."""
    return sa.select(_table.c[column]).where(query.where()).distinct().order_by(_table.c[column])
