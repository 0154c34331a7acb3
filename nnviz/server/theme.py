"""The theme as every run's first message has it, made once: it is the same for all and stays as it is.

Streamlit asks its settings for each colour anew whenever a page, or a part of one, is run. That took two
fifths of what a stroke costs the thread that talks to all browsers.
"""

from __future__ import annotations

from typing import Any

from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session


def keep_theme() -> None:
    """Have Streamlit read each part of the theme once from now on."""
    told: Any = app_session
    if getattr(told._populate_theme_msg, "keeps", False):
        return
    populate = told._populate_theme_msg
    kept: dict[str, CustomThemeConfig] = {}

    def populated(message: CustomThemeConfig, section: str = "theme") -> None:
        if section not in kept:
            found = CustomThemeConfig()
            populate(found, section)
            kept[section] = found
        if kept[section].ByteSize():  # a part without settings is not to be there at all
            message.MergeFrom(kept[section])

    populated.keeps = True  # type: ignore[attr-defined]
    told._populate_theme_msg = populated
