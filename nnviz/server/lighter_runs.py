"""What Streamlit does anew for every run of a page, or of a part of one, although nothing of it changes.

The theme is in the first message of each run, and the settings are asked for every colour of it: two fifths
of what a stroke cost the thread that talks to all browsers. And each part of a page that can be run alone has
copies of the places that its page has written to so far: a seventh of the page's run.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from streamlit import cursor
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session


def lighten_runs() -> None:
    """Have Streamlit read each part of the theme once from now on, and copy places the short way."""
    told: Any = app_session
    if not getattr(told._populate_theme_msg, "keeps", False):
        told._populate_theme_msg = _keeping(told._populate_theme_msg)
    kinds: tuple[Any, ...] = (cursor.RunningCursor, cursor.LockedCursor)
    for kind in kinds:
        kind.__deepcopy__ = _copied


def _keeping(populate: Any) -> Any:
    kept: dict[str, CustomThemeConfig] = {}

    def populated(message: CustomThemeConfig, section: str = "theme") -> None:
        if section not in kept:
            found = CustomThemeConfig()
            populate(found, section)
            kept[section] = found
        if kept[section].ByteSize():  # a part without settings is not to be there at all
            message.MergeFrom(kept[section])

    populated.keeps = True  # type: ignore[attr-defined]
    return populated


def _copied(place: Any, memo: dict[int, Any]) -> Any:
    """A copy of a place, which is numbers and tuples of numbers but for elements that come and go."""
    twin = object.__new__(type(place))
    twin.__dict__.update(
        (name, value if value is None or isinstance(value, int | tuple) else deepcopy(value, memo))
        for name, value in place.__dict__.items()
        if name != "_transient_elements"
    )
    passing = place._transient_elements
    twin._transient_elements = deepcopy(passing, memo) if len(passing) else type(passing)()
    return twin
