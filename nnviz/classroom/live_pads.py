"""A pupil's pad as it is drawn on, shown to the class: what the pupil's browser tells, checked."""

from __future__ import annotations

import json
from typing import Any

from nnviz.classroom import giving
from nnviz.classroom.giving import BadGift
from nnviz.core.identity import Actor
from nnviz.core.words import say
from nnviz.history import class_pads
from nnviz.history.class_pads import LivePad, Offer, Offering

offers, choose_pad, shown_pad = class_pads.offers, class_pads.choose, class_pads.shown


def tell_pad(class_id: str, message: Any, *, by: Actor) -> Offering:
    """Offer one's own pad, end that, or tell what is on it; how it stands with the offer then.

    Parameters
    ----------
    message
        {do: "offer" | "end"}, or {do: "draw", digit, strokes} as of a digit that is given, both of them
        empty for an empty pad.

    Raises
    ------
    BadGift
        For anything a pad would not send.
    ClassRefused
        When they are not in the class.
    """
    match message:
        case {"do": "offer"}:
            return class_pads.offer(class_id, by=by)
        case {"do": "end"}:
            return class_pads.end(class_id, by=by)
        case {"do": "draw", "digit": "", "strokes": []}:
            return class_pads.draw(class_id, b"", "[]", by=by)
        case {"do": "draw", "digit": str(digit), "strokes": list(strokes)}:
            pixels = giving.checked_pixels(digit) if digit else b""
            return class_pads.draw(class_id, pixels, giving.written_strokes(strokes), by=by)
    raise BadGift(say("That is no drawing of the pad."))


def pad_as_json(pad: LivePad | None, since: str) -> dict[str, Any]:
    """What a projector is told that has a pad's picture of that number already, "member number"."""
    if pad is None:
        return {"number": ""}
    number = f"{pad.member} {pad.number}"
    return {"number": number} if number == since else {"number": number, "strokes": json.loads(pad.strokes)}


__all__ = ["LivePad", "Offer", "Offering", "choose_pad", "offers", "pad_as_json", "shown_pad", "tell_pad"]
