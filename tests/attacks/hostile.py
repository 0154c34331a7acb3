"""How what is good is spoilt: bytes, archives, JSON and messages, each by a source of chance of its own."""

from __future__ import annotations

import io
import random
import zipfile
from typing import Any

NASTY: list[Any] = [
    None, True, False, -1, 0, 1, 2, 9, 28, 784, 2**31, 2**32, 2**63, 2**70, 10**400, 0.5, -0.0, 1e-320, 1e38,
    1e308, float("nan"), float("inf"), -float("inf"), "", " ", "0", "a", "\ud800", "\x00", "\u202e", "😀",
    "'; --", "<img src=x onerror=alert(1)>", "![x](http://evil.org/x.png)", "=HYPERLINK(1)", "/", "\\", "a/b",
    "../../etc/passwd", "%2e%2e", "x" * 300, "x" * 100_000, "9" * 5_000, [], {}, [[[]]], [None], {"": ""},
    {"a": {"b": []}}, "2026-13-45", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "{", "[]",
    "null", "AAAA", "mlp", "cnn", "relu", [1] * 5_000,
]  # fmt: skip


def chance(what: str, number: int) -> random.Random:
    """The source of chance of one input."""
    return random.Random(f"{what} {number}")


def spoilt_bytes(whole: bytes, lot: random.Random) -> bytes:
    """A file with one to four things wrong in it: cut, overwritten, doubled, moved, grown."""
    file = bytearray(whole)
    for _ in range(lot.randint(1, 4)):
        place, length = lot.randrange(len(file) + 1), lot.choice((1, 1, 2, 4, 8, 64))
        match lot.randrange(7):
            case 0:
                del file[place:]
            case 1:
                file[place : place + length] = lot.randbytes(length)
            case 2:
                file[place:place] = lot.randbytes(length)
            case 3:
                del file[place : place + length]
            case 4:
                file[place : place + length] = bytes((lot.choice((0, 255)),)) * length
            case 5:
                other = lot.randrange(len(file) + 1)
                file[place:place] = file[other : other + length * 8]
            case 6 if place < len(file):
                file[place] ^= 1 << lot.randrange(8)
    return bytes(file)


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def spoilt_archive(members: dict[str, bytes], lot: random.Random) -> bytes:
    """An archive whose members are spoilt, missing, doubled or renamed; with sums that are right."""
    names = list(members)
    for _ in range(lot.randint(1, 2)):
        name = lot.choice(names)
        match lot.randrange(6):
            case 0 if len(members) > 1 and name in members:
                members = {key: content for key, content in members.items() if key != name}
            case 1:
                members = members | {lot.choice(("x", "../x", "/x", "card.npy", f"{name}.npy")): b"x" * 99}
            case _:
                if name in members:
                    members = members | {name: spoilt_bytes(members[name], lot)}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", lot.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for name, inside in members.items():
            archive.writestr(name, inside)
    return content.getvalue()


def spoilt(value: Any, lot: random.Random) -> Any:
    """JSON with something else in one to three places of it, or something more, or less; the value stays."""
    for _ in range(lot.randint(1, 3)):
        value = _spoilt_once(value, lot)
    return value


def _spoilt_once(value: Any, lot: random.Random) -> Any:
    if isinstance(value, dict) and value and lot.random() < 0.9:
        key = lot.choice(list(value))
        match lot.randrange(8):
            case 0:
                return {name: each for name, each in value.items() if name != key}
            case 1:
                return value | {str(lot.choice(NASTY))[:99]: lot.choice(NASTY)}
            case _:
                return value | {key: _spoilt_once(value[key], lot)}
    if isinstance(value, list | tuple) and value and lot.random() < 0.8:
        at = lot.randrange(len(value))
        match lot.randrange(8):
            case 0:
                return [*value[:at], *value[at + 1 :]]
            case 1:
                return [*value, *value]
            case _:
                return [*value[:at], _spoilt_once(value[at], lot), *value[at + 1 :]]
    return lot.choice(NASTY)


def anything(lot: random.Random, deep: int = 3) -> Any:
    """Any JSON whatever."""
    match lot.randrange(6) if deep else 5:
        case 0 | 1:
            return [anything(lot, deep - 1) for _ in range(lot.randrange(4))]
        case 2:
            return {str(anything(lot, 0))[:20]: anything(lot, deep - 1) for _ in range(lot.randrange(4))}
        case _:
            return lot.choice(NASTY)
