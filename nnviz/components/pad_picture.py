"""A picture that is a digit already, put onto the pad from the server: of a data set, or of a photo."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from nnviz.components import pad_message, registry
from nnviz.core.records import Array

_carry = registry.component("pad_picture")


@dataclass(frozen=True, eq=False)
class PadPicture:
    """A picture to be put onto the pad.

    Attributes
    ----------
    image
        (28, 28) float32 in [0, 1]; None clears the pad, so that nothing old is taken for what was brought.
    words
        Shown under the pad with it, or said where there is none.
    answer
        Shown a little later.
    number
        Tells one given picture from the next; each is put onto the pad once.
    """

    image: Array | None
    words: str
    answer: str = ""
    number: str = field(default_factory=lambda: uuid.uuid4().hex)


def put_picture(given: PadPicture, *, pad: str) -> None:
    """Put a picture onto the pad whose key is `pad`, in place of what is there; undo brings that back."""
    data = {"key": pad, "number": given.number, "words": given.words, "answer": given.answer}
    picture = {"picture": None} if given.image is None else pad_message.picture_message(given.image)
    _carry(key=f"{pad}.putting", data=data | picture)
