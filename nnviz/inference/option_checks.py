"""What the configuration of a layer may say: checks that give a value back, or refuse it in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nnviz.core.words import say

Check = Callable[[Any], Any]


class BadLayer(ValueError):
    """A layer that cannot be: an option out of range, or a shape it cannot take; "The layer" + message."""


def whole(low: int, high: int) -> Callable[[Any], int]:
    """A check for a whole number from `low` to `high`."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise BadLayer(
                say(
                    "has {brief} where a whole number from {low} to {high} was expected",
                    brief=brief(value),
                    low=low,
                    high=high,
                )
            )
        return value

    return check


def number(low: float, high: float) -> Callable[[Any], float]:
    """A check for a number from `low` to `high`."""

    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise BadLayer(
                say(
                    "has {brief} where a number from {low:g} to {high:g} was expected",
                    brief=brief(value),
                    low=low,
                    high=high,
                )
            )
        return float(value)

    return check


def pair(low: int, high: int) -> Callable[[Any], tuple[int, int]]:
    """A check for two whole numbers from `low` to `high`, or one that stands for both."""
    one = whole(low, high)

    def check(value: Any) -> tuple[int, int]:
        both = value if isinstance(value, list | tuple) else [value, value]
        if len(both) != 2:
            raise BadLayer(say("has {brief} where two whole numbers were expected", brief=brief(value)))
        return one(both[0]), one(both[1])

    return check


def one_of(*known: Any) -> Check:
    """A check for one of the known values, of the same type."""

    def check(value: Any) -> Any:
        if not any(value is one or (type(value) is type(one) and value == one) for one in known):
            raise BadLayer(
                say(
                    "has {brief} where one of {known} was expected",
                    brief=brief(value),
                    known=", ".join(map(str, known)),
                )
            )
        return value

    return check


def maybe(check: Check) -> Check:
    """A check that lets None pass as well."""
    return lambda value: None if value is None else check(value)


def regularizer(value: Any) -> dict[str, Any] | None:
    """What Keras writes of an L1 penalty, with nothing else in it; None of any other, which is left out."""
    if not isinstance(value, Mapping) or value.get("class_name") != "L1":
        return None
    return {"class_name": "L1", "config": {"l1": number(0, 1e6)(value["config"]["l1"])}}


def axis(value: Any) -> int:
    """Check an axis: a whole number, or a list of one, as Keras writes it of a layer that is built."""
    one = value[0] if isinstance(value, list | tuple) and len(value) == 1 else value
    if one == 0 and not isinstance(one, bool):
        raise BadLayer(say("works along the axis 0, which is that of the digits"))
    return whole(-3, 3)(one)


def axes(value: Any) -> tuple[int, ...]:
    """Check several axes, or none."""
    if not isinstance(value, list | tuple) or len(value) > 3:
        raise BadLayer(say("has {brief} where axes were expected", brief=brief(value)))
    return tuple(axis(one) for one in value)


def order(value: Any) -> tuple[int, ...]:
    """Check an order of axes, each counted from 1."""
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= 3:
        raise BadLayer(say("has {brief} where an order of axes was expected", brief=brief(value)))
    return tuple(whole(1, 3)(one) for one in value)


def edges(most: int) -> Callable[[Any], tuple[tuple[int, int], tuple[int, int]]]:
    """A check for how much is put on or cut off: above and below, and on both sides.

    Keras also takes one number for all four, and two for rows and columns.
    """
    one = whole(0, most)

    def both(value: Any) -> tuple[int, int]:
        pair = value if isinstance(value, list | tuple) else [value, value]
        if len(pair) != 2:
            raise BadLayer(say("has {brief} where two whole numbers were expected", brief=brief(value)))
        return one(pair[0]), one(pair[1])

    def check(value: Any) -> tuple[tuple[int, int], tuple[int, int]]:
        rows_columns = value if isinstance(value, list | tuple) else [value, value]
        if len(rows_columns) != 2:
            raise BadLayer(say("has {brief} where two whole numbers were expected", brief=brief(value)))
        return both(rows_columns[0]), both(rows_columns[1])

    return check


def size_of(value: Any) -> tuple[int, ...]:
    """Check a shape of 1 to 3 numbers, each from 1 to 65536, or -1 for one that follows from the others.

    Raises
    ------
    BadLayer
        For anything else.
    """
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= 3:
        raise BadLayer(say("has {brief} where a shape of 1 to 3 numbers was expected", brief=brief(value)))
    known = whole(1, 1 << 16)
    return tuple(-1 if size == -1 and list(value).count(-1) == 1 else known(size) for size in value)


def brief(value: Any) -> str:
    """A value for a sentence, cut to 40 characters."""
    text = str(value)
    return repr(text if len(text) <= 40 else text[:40] + "…")
