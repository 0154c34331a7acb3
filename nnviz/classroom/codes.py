"""Codes that a class types: six letters, none of which is taken for another, and no word among them."""

from __future__ import annotations

import secrets

LETTERS = "BCDFGHJKMNPQRSTVWXZ"  # without vowels there are no words; without L and Y, no look-alikes
LENGTH = 6
_LONGEST = 80


def new_code() -> str:
    """Six letters at random, of 47 million."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def typed_code(text: str) -> str:
    """The code that somebody has typed, in whatever case and groups; "" for what is none."""
    plain = "".join(each for each in text[:_LONGEST].upper() if each.isalnum())
    return plain if len(plain) == LENGTH and set(plain) <= set(LETTERS) else ""
