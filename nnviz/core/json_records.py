"""Records out of JSON that nobody vouches for: checked against the types that their fields declare.

A record may come from a disk that several programs write to, or out of a file somebody uploaded. msgspec
checks it against the annotations of its dataclass: types, ranges, lengths. `read` takes a whole record or
none; `read_leniently` keeps what fits and leaves out the rest. The standard library parses the text, because
it knows NaN and Infinity, which older files hold. Fields that no record knows are ignored.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec
import numpy as np
from msgspec import Meta

from nnviz.core.words import say

MOST_CHARACTERS = 4_000_000  # of a record: about 20,000 epochs
MOST_EPOCHS = 20_000
_TITLE, _TEXT = 80, 600  # characters

# What fields are declared with. A text is cut at its length where it is read leniently.
Title = Annotated[str, Meta(max_length=_TITLE)]
Text = Annotated[str, Meta(max_length=_TEXT)]
Count = Annotated[int, Meta(ge=0, lt=2**53)]
Number = Annotated[float, Meta(gt=-1e300, lt=1e300)]  # finite
if TYPE_CHECKING:
    Setting = Any  # whoever reads a setting knows what it is
else:
    _Scalar = None | bool | Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] | Number | str
    Setting = _Scalar | Annotated[tuple[_Scalar, ...], Meta(max_length=64)]
Settings = Annotated[Mapping[str, Setting], Meta(max_length=64)]

T = TypeVar("T")
_EMPTY = {str: "", int: 0, float: math.nan, tuple: ()}  # instead of what does not fit and has no default


class BadRecord(ValueError):
    """JSON that is not the record asked for; the message completes the sentence "The file ..."."""


def clean(text: object, limit: int = _TITLE) -> str:
    """Free text as it may be shown: printable characters on one line, at most `limit` of them."""
    if not isinstance(text, str):
        return ""
    printable = "".join(c if c.isprintable() else " " for c in text[: 4 * limit])
    return " ".join(printable.split())[:limit].rstrip()


def clean_lines(text: str) -> str:
    """The same of text whose lines stay, at most one of them empty between two others."""
    lines = [clean(line, len(line)) for line in text.splitlines()]
    return "\n".join(
        line for line, before in zip(lines, ["", *lines], strict=False) if line or before
    ).strip()


def parse(text: str | bytes, limit: int = MOST_CHARACTERS) -> Any:
    """The value that a JSON text says.

    Parameters
    ----------
    text
        At most `limit` characters.

    Raises
    ------
    BadRecord
        For a longer text, and for one that is not JSON.
    """
    if len(text) > limit:
        raise BadRecord(say("is longer than {limit:,} characters", limit=limit))
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRecord(say("is not JSON")) from error


def to_plain(value: Any) -> Any:
    """`value` in JSON's own types: numbers out of NumPy's, tuples as lists, null for what is not finite."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    return value


def read(kind: type[T], value: object) -> T:
    """`value`, out of JSON, as the declared type `kind`.

    Raises
    ------
    BadRecord
        Its message says what does not fit.
    """
    try:
        return msgspec.convert(value, kind)
    except ValueError as error:  # also of text that is no Unicode
        raise BadRecord(say("makes no sense: {clean}", clean=clean(str(error), 200))) from error


def read_leniently(kind: Any, value: object) -> Any:
    """`value`, out of JSON, as the declared type `kind`, with its texts cleaned and cut to their lengths.

    A field that does not fit gets its default, or without one "", 0, NaN or (); an item that does not fit is
    left out of its mapping or tuple, as are those beyond its length.

    Raises
    ------
    msgspec.ValidationError
        When that leaves nothing of `kind`: no object for a record, or a field of named choices that holds
        none of them.
    """
    base, limit = _unwrapped(kind)
    if base is str:
        return clean(value, limit or _TITLE)
    if not _holds_text(base):
        with suppress(ValueError):
            return msgspec.convert(value, kind)
    if is_dataclass(base):
        return _read_fields(base, msgspec.convert(value, dict[str, Any]))
    if get_origin(base) is Mapping:
        items = msgspec.convert(value, dict[str, Any]).items()
        named = [(name, item) for name, item in items if name and name == clean(name)]
        return dict(_fitting(get_args(base)[1], named[:limit]))
    if get_origin(base) is tuple:
        places = enumerate(msgspec.convert(value, list[Any])[:limit])
        return tuple(item for _, item in _fitting(get_args(base)[0], places))
    fitting = msgspec.convert(value, kind)
    if isinstance(fitting, tuple):
        return tuple(clean(item, _TEXT) if isinstance(item, str) else item for item in fitting)
    return clean(fitting, _TEXT) if isinstance(fitting, str) and get_origin(base) is not Literal else fitting


def _read_fields(kind: Any, told: Mapping[str, Any]) -> Any:
    """A record from the fields that fit, and defaults."""
    hints = _hints(kind)
    found = dict(_fitting_fields(hints, told))
    for field in fields(kind):
        if field.name not in found and field.default is MISSING and field.default_factory is MISSING:
            base, _ = _unwrapped(hints[field.name])
            base = get_origin(base) or base
            if base not in _EMPTY:
                raise msgspec.ValidationError(
                    say("Expected a {kind} with its {name}", kind=kind.__name__, name=field.name)
                )
            found[field.name] = _EMPTY[base]
    return kind(**found)


def _fitting_fields(hints: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, hint in hints.items():
        if name in told:
            yield from _fitting(hint, [(name, told[name])])


def _fitting(kind: Any, items: Iterable[tuple[Any, Any]]) -> Iterator[tuple[Any, Any]]:
    """Those of the items whose values can be read as `kind`."""
    for key, value in items:
        with suppress(ValueError):
            yield key, read_leniently(kind, value)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _unwrapped(kind: Any) -> tuple[Any, int | None]:
    """A type without its constraints, and the length among them."""
    if get_origin(kind) is not Annotated:
        return kind, None
    base, *constraints = get_args(kind)
    return base, next((c.max_length for c in constraints if c.max_length is not None), None)


@cache
def _holds_text(kind: Any) -> bool:
    """Whether there may be free text somewhere in it, which has to be cleaned."""
    base, _ = _unwrapped(kind)
    if get_origin(base) is Literal:
        return False
    is_record = is_dataclass(base)
    inside: Iterable[Any] = _hints(base).values() if is_record else get_args(base)
    return base is str or any(_holds_text(each) for each in inside)
