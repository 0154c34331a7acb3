"""What goes wrong with stored models; every message is a sentence for the user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nnviz.core.words import say


class ModelMissing(LookupError):
    """No model of that name; the message names those there are."""


class ModelRefused(ValueError):
    """A model that cannot be taken, changed or opened; the message says what was expected."""


@contextmanager
def within_memory() -> Iterator[None]:
    """While a user's network is opened or reads: what runs out of memory is refused in a sentence."""
    try:
        yield
    except MemoryError:
        raise ModelRefused(say("There is not enough memory here for this network.")) from None
