"""A model's card as JSON, and back without believing a word of it.

A card may come from a disk that several programs write to, or out of a file somebody uploaded. So reading one
checks every field's type and size, cleans every text, ignores what it does not know, and never raises
anything but BadCard. Numbers that JSON has no word for (a loss after divergence) are written as null.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from typing import Any, get_args

import numpy as np

from nnviz.core.records import Ending, Epoch, History, Kind, Layer, ModelCard

MOST_CHARACTERS = 4_000_000  # of a card: about 20,000 epochs
MOST_EPOCHS = 20_000
_MOST_ITEMS = 64  # in a mapping, a list of settings, or a table of layers
_TITLE, _TEXT = 80, 600  # characters

Json = dict[str, Any]


class BadCard(ValueError):
    """Text that is not a card; the message completes the sentence "The card ..."."""


def clean(text: object, limit: int = _TITLE) -> str:
    """Free text as it may be shown: printable characters on one line, at most `limit` of them."""
    if not isinstance(text, str):
        return ""
    printable = "".join(c if c.isprintable() else " " for c in text[: 4 * limit])
    return " ".join(printable.split())[:limit].rstrip()


def to_json(card: ModelCard) -> str:
    """The card as JSON text. Raises BadCard when a setting is nothing JSON can say."""
    try:
        return json.dumps(_plain(asdict(card)), allow_nan=False, indent=1)
    except (TypeError, ValueError) as error:
        raise BadCard(f"cannot be written: {error}") from error


def from_json(text: str) -> ModelCard:
    """The card that `to_json` wrote, or as much of it as makes sense. Raises BadCard."""
    if len(text) > MOST_CHARACTERS:
        raise BadCard(f"is longer than {MOST_CHARACTERS:,} characters")
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadCard("is not JSON") from error
    if not isinstance(fields, dict) or fields.get("kind") not in get_args(Kind):
        raise BadCard(f"does not say which kind of network it describes ({', '.join(get_args(Kind))})")
    return ModelCard(
        name=clean(fields.get("name")),
        kind=fields["kind"],
        title=clean(fields.get("title")),
        created=clean(fields.get("created"), 40),
        data=clean(fields.get("data"), _TEXT),
        data_digest=clean(fields.get("data_digest"), 64),
        n_train=_count(fields.get("n_train")),
        n_test=_count(fields.get("n_test")),
        seed=_count(fields.get("seed")),
        settings=settings_from_json(fields.get("settings")),
        metrics={
            key: value
            for key, value in settings_from_json(fields.get("metrics")).items()
            if _is_number(value)
        },
        measured_on=clean(fields.get("measured_on"), _TEXT),
        layers=tuple(_layer(row) for row in _rows(fields.get("layers"), _MOST_ITEMS)),
        parameters=_count(fields.get("parameters")),
        seconds=max(0.0, _number(fields.get("seconds"), 0.0)),
        versions={key: clean(value) for key, value in _mapping(fields.get("versions"))},
        history=history_from_json(fields.get("history")),
        note=clean(fields.get("note"), _TEXT),
        spec=settings_from_json(fields.get("spec")),
    )


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


def history_to_json(history: History) -> Json:
    """The history as what `json.dumps` takes."""
    return dict(_plain(asdict(history)))


def history_from_json(fields: object) -> History:
    """The history that `history_to_json` wrote; an empty one when `fields` makes no sense."""
    if not isinstance(fields, dict):
        return History()
    endings: tuple[Ending, ...] = get_args(Ending)
    return History(
        epochs=tuple(_epoch(row) for row in _rows(fields.get("epochs"), MOST_EPOCHS)),
        ending=next((ending for ending in endings if ending == fields.get("ending")), "running"),
        note=clean(fields.get("note"), _TEXT),
    )


def _plain(value: Any) -> Any:
    """`value` in JSON's own types: numbers out of NumPy's, tuples as lists, null for what is not finite."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def settings_from_json(value: object) -> Json:
    """A mapping of names to None, truth values, numbers, texts, and tuples of those; the rest is dropped."""
    found = {}
    for key, item in _mapping(value):
        if _is_scalar(item):
            found[key] = _scalar(item)
        elif isinstance(item, list) and len(item) <= _MOST_ITEMS and all(map(_is_scalar, item)):
            found[key] = tuple(map(_scalar, item))
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _number(value: object, otherwise: float) -> float:
    return float(value) if _is_number(value) else otherwise  # type: ignore[arg-type]


def _count(value: object) -> int:
    """A whole number from 0 up to what fits 53 bits; 0 instead of anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else 0


def _mapping(value: object) -> Iterator[tuple[str, Any]]:
    """The items of a JSON object whose keys are short printable names."""
    if isinstance(value, dict):
        yield from [(key, item) for key, item in value.items() if key and key == clean(key)][:_MOST_ITEMS]


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, bool | str) or _is_number(value)


def _scalar(value: Any) -> Any:
    return clean(value, _TEXT) if isinstance(value, str) else value


def _rows(value: object, most: int) -> list[Json]:
    return [row for row in value[:most] if isinstance(row, dict)] if isinstance(value, list) else []


def _layer(row: Json) -> Layer:
    return Layer(
        name=clean(row.get("name")),
        kind=clean(row.get("kind")),
        input_shape=_shape(row.get("input_shape")),
        output_shape=_shape(row.get("output_shape")),
        activation=clean(row.get("activation")),
        parameters=_count(row.get("parameters")),
    )


def _shape(value: object) -> tuple[int, ...]:
    return tuple(_count(item) for item in value[:8]) if isinstance(value, list) else ()


def _epoch(row: Json) -> Epoch:
    def optional(value: object) -> float | None:
        return float(value) if _is_number(value) else None  # type: ignore[arg-type]

    return Epoch(
        number=_count(row.get("number")),
        loss=_number(row.get("loss"), math.nan),
        accuracy=_number(row.get("accuracy"), math.nan),
        validation_loss=optional(row.get("validation_loss")),
        validation_accuracy=optional(row.get("validation_accuracy")),
        seconds=_number(row.get("seconds"), 0.0),
    )
