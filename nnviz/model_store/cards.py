"""A model's card as JSON, and back without believing a word of it.

A card may come from a disk that several programs write to, or out of a file somebody uploaded: it is read
leniently (`core.json_records`), and nothing but BadCard is raised. Numbers that JSON has no word for (a loss
after divergence) are written as null.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from typing import Any, get_args

import msgspec

from nnviz.core import json_records
from nnviz.core.records import History, Kind, ModelCard


class BadCard(ValueError):
    """Text that is not a card; the message completes the sentence "The card ..."."""


def to_json(card: ModelCard) -> str:
    """The card as JSON text. Raises BadCard when a setting is nothing JSON can say."""
    try:
        return json.dumps(json_records.to_plain(asdict(card)), allow_nan=False, indent=1)
    except (TypeError, ValueError) as error:
        raise BadCard(f"cannot be written: {error}") from error


def from_json(text: str) -> ModelCard:
    """The card that `to_json` wrote, or as much of it as makes sense. Raises BadCard."""
    try:
        found: ModelCard = json_records.read_leniently(ModelCard, json_records.parse(text))
        return found
    except json_records.BadRecord as error:
        raise BadCard(str(error)) from error
    except msgspec.ValidationError as error:
        known = ", ".join(get_args(Kind))
        raise BadCard(f"does not say which kind of network it describes ({known})") from error


def now() -> str:
    """This moment as cards say it: ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def versions(*libraries: str) -> dict[str, str]:
    """What was at work, for a card: Python and these libraries by the names they are installed under."""
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in libraries}


def without_network(
    kind: Kind,
    title: str,
    spec: Mapping[str, Any],
    settings: Mapping[str, Any],
    history: History,
    note: str,
) -> ModelCard:
    """The card of a training that has left no network: what was asked for, how far it came, and the reason.

    spec: the fields of its `DataSpec`.
    """
    return ModelCard(
        name="",
        kind=kind,
        title=title,
        created=now(),
        data="",
        data_digest="",
        n_train=0,
        n_test=0,
        seed=spec["seed"],
        settings=dict(settings),
        seconds=history.seconds,
        history=history,
        note=note,
        spec=dict(spec),
    )
