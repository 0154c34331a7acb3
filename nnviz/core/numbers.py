"""Numbers as people read them, in one notation on every page: 10⁻⁸, 1,000,000, −0.5, 98.56%, "2 runs"."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from nnviz.core.words import say

MINUS = "−"
# How many places a number of a kind has, for `format` and for charts. docs/layout.md has the rules.
ACCURACY = ".2%"  # a part of many digits
CHANCE = ".1%"  # how sure a network is of one
ERROR = ".4f"  # of a pixel, squared
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_LEAST, _MOST = Decimal("1e-4"), Decimal("1e9")  # numbers in between are written without a power of ten


def power(exponent: int) -> str:
    """A power of ten: "10⁻⁸"."""
    return "10" + str(exponent).translate(_SUPERSCRIPT)


def written(value: float, digits: int = 6, *, least: Decimal = _LEAST) -> str:
    """A number with so many significant digits: "0.05", "1,000,000", "3 × 10⁻⁸".

    Parameters
    ----------
    least
        Smaller ones are written with a power of ten.
    """
    if value != value or value in (float("inf"), float("-inf")):
        return say("not a number")
    sign = MINUS if value < 0 else ""
    rounded = Decimal(f"{abs(value):.{digits}g}")
    if not rounded or least <= rounded < _MOST:
        plain = f"{rounded:,f}"
        return sign + (plain.rstrip("0").rstrip(".") if "." in plain else plain)
    factor, _, exponent = f"{rounded:.{digits - 1}e}".partition("e")
    factor = factor.rstrip("0").rstrip(".") if "." in factor else factor
    return sign + ("" if factor == "1" else f"{factor} × ") + power(int(exponent))


def alike(values: Iterable[float]) -> Callable[[Any], str]:
    """How numbers that stand together, on an axis or in a column, are written: in one way.

    Where one of them needs a power of ten, so do all that are smaller than 0.1: "10⁻⁶" and "10⁻²".
    """
    sizes = [abs(value) for value in values if value]
    if min(sizes, default=1) >= _LEAST:
        return written
    return lambda value: written(value, least=Decimal("0.1"))


def fixed(value: float, places: int) -> str:
    """A number with so many places: "−0.50"; what is rounded to zero has no minus."""
    text = f"{value:.{places}f}"
    return text.replace("-", MINUS if float(text) else "")


def accuracy(share: float) -> str:
    """Which part of many digits: "98.56%"."""
    return f"{share:{ACCURACY}}"


def chance(share: float) -> str:
    """How sure a network is: "99.8%"."""
    return f"{share:{CHANCE}}"


def signed(value: int) -> str:
    """A whole number with its sign: "+3", "−2", "0"."""
    return f"{value:+,}".replace("-", MINUS) if value else "0"


def typed(text: str) -> str:
    """A number as `written` has it, but without commas, in the way `float` reads it."""
    text = text.replace(MINUS, "-").replace("×", "*").replace(" ", "")
    factor, ten, exponent = text.rpartition("10")
    if ten and exponent and not exponent.isascii():
        return f"{factor.removesuffix('*') or '1'}e{exponent.translate(_PLAIN)}"
    return text
