"""The pad as one HTML file that needs no server and no network: its networks, its drawing, its own scripts.

The same modules, markup and style sheets that a page has are written into the file;
`frontend/pad_file/opening.js` plays Streamlit's part. A policy in the file's head lets nothing be fetched,
and no script run but its own.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from string import Template
from typing import Any

from nnviz.components import linking, pad_message, registry, served
from nnviz.components.pad import Slot
from nnviz.core import paths, words
from nnviz.core.words import say

_STARTED = "mounts.pad_file();\n"
_HUES = {
    "text-color": "textColor",
    "background-color": "backgroundColor",
    "primary-color": "primaryColor",
    "link-color": "linkColor",
    "border-color": "borderColor",
}
"""Of the theme, what Streamlit gives to components under these names."""


@dataclass(frozen=True, eq=False)
class Packed:
    """A network for the file.

    Attributes
    ----------
    slot
        As it is on the pad, with its message.
    title
        Its own, which may be longer than its heading on the pad.
    told
        What it learned from and how well it does, in a sentence or two.
    """

    slot: Slot
    title: str
    told: str


def pad_file(networks: Sequence[Packed], drawing: Mapping[str, Any] | None = None) -> bytes:
    """The pad with these networks, as HTML.

    Parameters
    ----------
    drawing
        As the pad has sent it, to begin with.

    Raises
    ------
    ValueError
        Without a network, and for one that no browser computes.
    """
    if not networks:
        raise ValueError(say("Choose a network for the file: without one nobody reads."))
    for network in networks:
        if not network.slot.message:
            raise ValueError(
                say("{title} cannot be in a file: only the server computes it.", title=network.title)
            )
    content = _content([network.slot for network in networks], drawing)
    script, sheet = _script(), _sheet()
    pad, inside = registry.look_of("pad"), registry.look_of("network_picture")
    sheets = [sheet, pad.styles, inside.styles]
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_digest(script)}",
            f"style-src {' '.join(_digest(each) for each in sheets)}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    page = Template(words.markup(_file("pad_file.html"))).substitute(
        language=html.escape(words.LANGUAGE),
        policy=policy,
        sheet=sheet,
        first=html.escape(_first([network.slot for network in networks])),
        pad=f"<style>{pad.styles}</style>{pad.markup}",
        inside=f"<style>{inside.styles}</style>{inside.markup}",
        networks="".join(
            f"<dt>{html.escape(network.title)}</dt><dd>{html.escape(network.told)}</dd>"
            for network in networks
        ),
        made=html.escape(
            say(
                "Made with nnviz {version}. It works without internet: all is in this file, and what is "
                "drawn stays on this device.",
                version=metadata.version("nnviz"),
            )
        ),
        content=content,
        script=script,
    )
    return page.encode()


def _first(slots: Sequence[Slot]) -> str:
    if len(slots) == 1:
        return say("Draw a digit with mouse, finger or pen. The network reads it while you draw.")
    return say("Draw a digit with mouse, finger or pen. Every network reads it while you draw.")


def _content(slots: Sequence[Slot], drawing: Mapping[str, Any] | None) -> str:
    """What the script reads, as JSON in which nothing ends the element that it stands in."""
    told = {
        "slots": [
            {
                "slot": slot.slot,
                "title": slot.title,
                "draws": slot.draws,
                "digest": slot.digest,
                "address": None,
                "why": "",
                "lesson": "",
                "rows": slot.rows,
            }
            for slot in slots
        ],
        "networks": list(
            {slot.digest: base64.b64encode(slot.message).decode("ascii") for slot in slots}.values()
        ),
        "start": {name: (drawing or {}).get(name, value) for name, value in pad_message.NOTHING.items()},
    }
    # A tab keeps what was drawn under this key: another file, with another drawing, has another.
    own = hashlib.sha256(json.dumps([told["slots"], told["start"]]).encode()).hexdigest()[:16]
    return json.dumps({"key": f"pad-{own}", **told}, ensure_ascii=False).replace("<", "\\u003c")


@cache
def _script() -> str:
    """The pad, the picture of its networks, and all that they need, as one module."""
    files = served.frontend().files
    sources = {
        path: files[path].plain.decode() for path in files if path.endswith(".js") and path != served.ALL
    }
    text = linking.joined(sources, {"pad_file": "pad_file/opening.js"}) + _STARTED
    if served.TRANSLATION in files:
        text = files[served.TRANSLATION].plain.decode() + text
    # In a text of a translation it may stand, and would end the script for a reader of HTML.
    return re.sub(r"<(?=/script|script|!--)", r"\\x3c", text, flags=re.IGNORECASE)


@cache
def _sheet() -> str:
    """The style sheet of the page, by day and by night in the colours of the app's."""
    theme = tomllib.loads((paths.root() / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]

    def hues(name: str) -> str:
        return " ".join(f"--st-{own}: {theme[name][there]};" for own, there in _HUES.items())

    return (
        f":root {{ --st-font: {theme['font']}; {hues('light')} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {hues('dark')} }} }}\n" + _file("pad_file.css")
    )


def _file(name: str) -> str:
    return (served.FRONTEND / "pad_file" / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """The source of a policy that allows this very script or style sheet."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
