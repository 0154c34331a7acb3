"""Digits as JSON: lists of pixels, a list of records, or lists by name; also a record a line."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.data.mnist import DataError
from nnviz.data.upload_files import Brought, short

_MOST_BYTES = 32 * 2**20  # of text, which takes ten times as much once it is read
_FORM = say("lists of pixels and of labels, by names such as “images” and “labels”")


def arrays(file: Brought) -> dict[str, Array]:
    """The lists of numbers and words in a JSON file, by their names.

    Raises
    ------
    DataError
        For anything that holds none.
    """
    name = short(file.name)
    if len(file.content) > _MOST_BYTES:
        raise DataError(
            say("{name} is JSON of more than {most} MB: expected at most that much. Save it as CSV or NPZ.",
                name=name, most=_MOST_BYTES // 2**20)
        )  # fmt: skip
    try:
        text = file.content.decode("utf-8-sig")
        told = _parsed(text)
        if isinstance(told, list) and told and all(isinstance(each, dict) for each in told):
            keys = [key for key in told[0] if all(key in each for each in told)]
            told = {key: [each[key] for each in told] for key in keys}
        elif isinstance(told, list):
            told = {"": told}
        found = {str(key): _array(value) for key, value in told.items()} if isinstance(told, dict) else {}
    except (ValueError, RecursionError, MemoryError, OverflowError, TypeError) as error:
        raise DataError(
            say("{name} is damaged: expected whole JSON, {form}.", name=name, form=_FORM)
        ) from error
    known = {key: array for key, array in found.items() if array is not None}
    if not known:
        raise DataError(
            say("{name} is JSON without lists of digits: expected {form}.", name=name, form=_FORM)
        )
    return known


def _parsed(text: str) -> Any:
    """The value of the text, or of each of its lines."""
    try:
        return json.loads(text)
    except ValueError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        return [json.loads(line) for line in lines]


def _array(value: Any) -> Array | None:
    """Numbers or words as an array; None of anything else, and of lists of different lengths."""
    if not isinstance(value, list) or not value:
        return None
    try:
        array = np.array(value)
    except ValueError:
        return None
    return array if array.dtype.kind in "biufU" and array.ndim <= 4 else None
