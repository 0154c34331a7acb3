"""A model's card as JSON, and back without believing a word of it.

A card may come from a disk that several programs write to, or out of a file somebody uploaded: it is read
leniently (`core.json_records`), and nothing but BadCard is raised. Numbers that JSON has no word for (a loss
after divergence) are written as null.
"""

from __future__ import annotations

import json
import platform
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from importlib import metadata
from typing import Any

from nnviz.core import json_records, kinds
from nnviz.core.json_records import clean
from nnviz.core.records import History, ModelCard, current_settings
from nnviz.core.words import say
from nnviz.data import mnist


class BadCard(ValueError):
    """Text that is not a card; the message completes the sentence "The card ..."."""


def to_json(card: ModelCard, beside: Mapping[str, Any] | None = None) -> str:
    """The card as JSON text.

    Parameters
    ----------
    beside
        What else the text is to hold, which is none of the card's business; `beside` reads it.

    Raises
    ------
    BadCard
        When a setting is nothing JSON can say.
    """
    try:
        told = json_records.to_plain(asdict(card) | dict(beside or {}))
        return json.dumps(told, allow_nan=False, indent=1)
    except (TypeError, ValueError) as error:
        raise BadCard(say("cannot be written: {error}", error=error)) from error


def from_json(text: str) -> ModelCard:
    """The card that `to_json` wrote, or as much of it as makes sense.

    Raises
    ------
    BadCard
        When the text is no card.
    """
    try:
        found: ModelCard = json_records.read_leniently(ModelCard, json_records.parse(text))
        kinds.kind_of(found.kind)
    except json_records.BadRecord as error:
        raise BadCard(str(error)) from error
    except ValueError as error:  # msgspec.ValidationError among them
        known = ", ".join(kinds.KINDS)
        raise BadCard(
            say("does not say which kind of network it describes ({known})", known=known)
        ) from error
    return replace(found, settings=current_settings(found.settings))


def beside(text: str) -> Mapping[str, Any]:
    """All that the text of a card holds, nothing of it checked.

    Raises
    ------
    BadCard
        When the text is no card.
    """
    try:
        found: dict[str, Any] = json_records.read(dict[str, Any], json_records.parse(text))
    except json_records.BadRecord as error:
        raise BadCard(str(error)) from error
    return found


_telling = threading.Lock()
_told = datetime.min.replace(tzinfo=UTC)


def now() -> str:
    """The moment as cards say it: ISO 8601, UTC.

    Later than every moment that this process has told before, however coarse its clock is: what was begun
    last is found by it.
    """
    global _told
    with _telling:
        _told = max(datetime.now(UTC), _told + timedelta(microseconds=1))
        return _told.isoformat(timespec="microseconds")


def versions(*libraries: str) -> dict[str, str]:
    """What was at work, for a card: Python and these libraries.

    Parameters
    ----------
    *libraries
        Names they are installed under.
    """
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in libraries}


def new_card(
    title: str, *, kind: str, history: History | None = None, libraries: Sequence[str] = (), **fields: Any
) -> ModelCard:
    """The card of what has just been trained, or brought: of this moment, and nameless as yet.

    Parameters
    ----------
    title
        The kind's own where it is empty.
    libraries
        That were at work.
    **fields
        All else of a ModelCard that is known.

    Raises
    ------
    ValueError
        For a kind that there is not.
    """
    told = history or History()
    known = {
        "name": "",
        "title": clean(title) or kinds.kind_of(kind).title,
        "created": now(),
        "data": "",
        "data_digest": "",
        "n_train": 0,
        "n_test": 0,
        "seed": 0,
        "seconds": told.seconds,
        "versions": versions(*libraries) if libraries else {},
        "history": told,
        "note": told.note,
    }
    return ModelCard(**{**known, "kind": kind, **fields})


def score(card: ModelCard) -> tuple[float, int] | None:
    """What a network scored by the digits that judge it on every page, and how many those are.

    One that learned from none of the app's own digits is judged by all of them (`splits.judge_by`), any other
    by those that were held back from its training.

    Returns
    -------
    tuple[float, int] | None
        None where the card does not say; 0 digits where it does not say how many.
    """
    judged = kinds.kind_of(card.kind).score
    own = card.metrics.get(f"embedded_{judged.name}") if card.spec.get("source") == "honest" else None
    if own is not None:
        return own, mnist.N_EMBEDDED
    held_back = card.metrics.get(judged.metric)
    return None if held_back is None else (held_back, card.n_test)


def score_text(card: ModelCard) -> str:
    """What a network scored, as `score`, for a menu: "97.15% on 300 digits", or ""."""
    found = score(card)
    if found is None:
        return ""
    value, n = found
    brief = kinds.kind_of(card.kind).score.brief(value)
    return say("{brief} on {n:,} digits", brief=brief, n=n) if n else brief
