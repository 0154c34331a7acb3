"""A class's parts: the pupil's pad, the wall of digits as they arrive, and one drawing as it came about.

What asks whether there is anything new, or gives a digit, asks our own server over HTTP
(`server.class_routes`), so that no page is run for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st

from nnviz.components import registry, served

_pad = registry.component("class_pad")
_wall = registry.component("class_wall")
_news = registry.component("class_news")
_replay = registry.component("class_replay")
_live = registry.component("class_live")


@dataclass(frozen=True)
class Wall:
    """What a wall tells.

    Attributes
    ----------
    chosen
        The number of the digit that is pressed.
    version
        The version of the class that the wall has told of last, which changes every few seconds at most.
    """

    chosen: int | None
    version: int


def class_pad(class_id: str, standing: Mapping[str, Any], *, owner: str, key: str) -> None:
    """Show the pad of a pupil, who draws what is asked for and gives it.

    Parameters
    ----------
    standing
        How the pupil stands as the page is opened: asked, given, last, collecting, version.
    owner
        The pupil's id, under which the browser keeps a drawing that has not arrived.
    """
    # In a tuple, because Streamlit imports pandas to look at a dictionary.
    told = (dict(standing),)
    _pad(key=key, data={"address": served.class_address(class_id), "standing": told, "owner": owner})


def class_wall(class_id: str, *, key: str) -> Wall:
    """Show the digits of a class as they arrive; call this in a fragment, which runs again now and then."""
    told = _wall(
        key=key,
        data={"address": served.class_address(class_id)},
        default={"chosen": None, "version": 0},
        on_chosen_change=registry.nothing,
        on_version_change=registry.nothing,
    )
    return Wall(_whole(told.chosen), _whole(told.version) or 0)


def class_news(class_id: str, *, key: str, of: Literal["version", "pushed"] = "version") -> int:
    """The version of a class that a part without a look of its own has told of last, 0 at first.

    `of` says of what: of all that is in the class, or of what its teacher has sent to all screens.

    Call this in a fragment: it runs again when there is anything new in the class, every two seconds at most.
    """
    with st.container(key=f"unseen_{key}"):
        told = _news(
            key=key,
            data={"address": served.class_address(class_id), "of": of},
            default={"version": 0},
            on_version_change=registry.nothing,
        )
    return _whole(told.version) or 0


def class_live(class_id: str, name: str, *, key: str) -> str:
    """Show the pad that the teacher has chosen as it is drawn on; call this in a fragment.

    Parameters
    ----------
    name
        What the picture is called for who does not see it.

    Returns
    -------
    str
        Which picture is shown, so that its reading can stand beside it; "" for none.
    """
    told = _live(
        key=key,
        data={"address": served.class_address(class_id), "name": name},
        default={"number": ""},
        on_number_change=registry.nothing,
    )
    return told.number if isinstance(told.number, str) and len(told.number) < 40 else ""


def class_replay(strokes: Sequence[Mapping[str, Any]], name: str, *, key: str) -> None:
    """Show a drawing as it came about.

    Parameters
    ----------
    strokes
        As a pad sent them.
    name
        What the picture is called for who does not see it.
    """
    _replay(key=key, data={"strokes": (list(strokes),), "name": name})


def _whole(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < 2**31 else None
