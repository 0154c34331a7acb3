"""How a component is made of its folder in `frontend/`, and how it remembers what was chosen in it."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import streamlit as st

from nnviz.components import served
from nnviz.components.served import FRONTEND
from nnviz.core import words
from nnviz.core.colours import style_sheet


def component(name: str) -> Callable[..., Any]:
    """The component of `frontend/<name>/`; calling the result mounts it.

    Its JavaScript is index.js and what that imports. The browser fetches the modules of all components at
    once from our server and keeps them, or without one each from Streamlit. Its markup, <name>.html, and its
    style sheets are sent with it, so that it is never seen without them; a component without markup shows
    nothing.
    """

    # When it is mounted first, not when it is imported: Streamlit knows where components are while it runs.
    @functools.cache
    def registered() -> Callable[..., Any]:
        look = look_of(name) if (FRONTEND / name / f"{name}.html").is_file() else None
        return st.components.v2.component(
            f"nnviz.{name}",
            html=look.markup if look else "<span hidden></span>",
            css=look.styles if look else None,
            js=_module(name),
        )

    def mount(*, data: dict[str, Any] | bytes, **rest: Any) -> Any:
        return registered()(data=data if isinstance(data, bytes) else _plain(data), **rest)

    return mount


class Look(NamedTuple):
    """What a component shows before its script runs: its markup, and its style sheets as one."""

    markup: str
    styles: str


def look_of(name: str) -> Look:
    """Markup, in the language in use, and styles of the component of `frontend/<name>/`."""
    folder = FRONTEND / name
    sheets = [FRONTEND / "shared" / "base.css", *sorted(folder.glob("*.css"))]
    return Look(
        words.markup((folder / f"{name}.html").read_text(encoding="utf-8")),
        "\n".join([style_sheet(), *(sheet.read_text(encoding="utf-8") for sheet in sheets)]),
    )


def _module(name: str) -> str:
    """What Streamlit is to run: lines that import the component from our server, or its own file."""
    address = served.module_address(served.ALL)
    if not address:
        return f"{name}/index.js"
    return (
        f"const {{ mounts }} = await import(new URL({json.dumps(address)}, location.origin));\n"
        f"export default mounts.{name};\n"
    )


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """The same data with tuples for lists at its first level, where there may be no dictionary.

    Streamlit looks whether a list or a dictionary there is a data frame, and imports pandas to find out: a
    third of a second before the first pad is on the screen. It takes a tuple for what it is.
    """
    return {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}


def chosen(
    mount: Callable[..., Any],
    data: Mapping[str, Any],
    *,
    key: str,
    known: Callable[[Any], Any] = lambda start: start,
) -> Any:
    """Mount a component in which something is chosen; return the browser's answer, not checked yet.

    It begins with what was chosen before its page was left. Whoever asks has to `remember` the answer.

    Parameters
    ----------
    mount
        The component.
    data
        Sent to it.
    known
        What was chosen before, as far as it can still be chosen.
    """
    start = remembered(key)
    result = mount(
        key=key,
        data={**data, "start": known(start)},
        default={"chosen": start},
        on_chosen_change=nothing,
    )
    return result.chosen


def remembered(key: str, before: Any = None) -> Any:
    """What was chosen in the component `key` before its page was left; where it is new here, `before`.

    Streamlit forgets a widget when its page is left, so `remember` keeps a copy. The answer stays the same
    for as long as the component stays on the screen: it is part of the data sent to the browser, and data
    that does not change is not sent again.
    """
    memory = st.session_state.setdefault(_place(key), {"now": before, "start": None})
    if key not in st.session_state:
        memory["start"] = memory["now"]
    return memory["start"]


def is_known(key: str) -> bool:
    """Whether the component `key` has been shown to this visitor since the page was loaded."""
    return _place(key) in st.session_state


def remember(key: str, value: Any) -> None:
    """Keep `value` as what is chosen in the component `key`, also for when its page is opened again."""
    st.session_state.setdefault(_place(key), {"now": None, "start": None})["now"] = value


def _place(key: str) -> str:
    return f"{key}.memory"


def nothing() -> None:
    """Streamlit wants a callback for every value a component may send; the pages only need the rerun."""
