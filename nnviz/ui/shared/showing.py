"""A view set up on the page that is opened, and the page that is open as a view."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import streamlit as st

from nnviz import components
from nnviz.core.words import say
from nnviz.lessons import links, views
from nnviz.lessons.views import Control, Place, Refused, View
from nnviz.ui.shared import frame, settings_form
from nnviz.ui.shared.fields import written
from nnviz.ui.shared.layer_activations import DRAWN
from nnviz.ui.shared.state import Key, digit, set_epoch, shown_epoch

_MLP = "mlp_set_"
_UNSEEN = "display: none !important;"
_POINTED_AT = "outline: 0.1875rem solid var(--pointed-at); outline-offset: 0.125rem; border-radius: 0.25rem;"


def set_up(view: View) -> None:
    """Put a view's settings where its page will look for them. Before any widget of it is drawn."""
    place = view.place
    _settings(place, view)
    if view.tab:
        st.query_params.pop(place.section, None)
        st.session_state[place.section] = place.tabs[view.tab]
    if view.digit[0]:
        name, turn = view.digit
        at = place.digits[view.tab or next(iter(place.tabs))]
        st.session_state[f"{at}.picked"] = {"name": name, "at": {name: turn}}
    if view.drawing:
        image = links.unpacked(view.drawing)
        st.session_state[Key.DIGIT] = image
        st.session_state[Key.GIVEN] = components.PadPicture(image, say("From the view that was shared."))
    if epoch := view.query.get(Key.URL_EPOCH):
        set_epoch(int(epoch) if epoch.isdecimal() and len(epoch) < 8 else None)


def _settings(place: Place, view: View) -> None:
    keys = {place.controls[name].key for name in view.settings}
    if any(key.startswith(_MLP) for key in keys):
        preset = next((view.settings[n] for n, c in place.controls.items() if _is_preset(n, c, view)), "")
        if preset or f"{_MLP}alpha" not in st.session_state:
            settings_form.fill(_MLP, preset or "report")
    for name, value in view.settings.items():
        control = place.controls[name]
        st.session_state[control.key] = written(value) if control.written else value


def _is_preset(name: str, control: Control, view: View) -> bool:
    return control.key == views.PRESET and name in view.settings


def current(place: Place, hidden: tuple[str, ...] = ()) -> View:
    """The page that is open, as a view."""
    settings = {}
    for name, control in place.controls.items():
        value = value_of(control)
        if value is not None:
            settings[name] = value
    tab = ""
    if place.section:
        shown = frame.open_tab(place.section)
        tab = next((name for name, words in place.tabs.items() if words == shown), next(iter(place.tabs)))
    asked = views.QUERY[place.name]
    query = {name: st.query_params[name] for name in asked if name in st.query_params}
    query = {name: value for name, value in query.items() if len(value) <= views.LONGEST_QUERY}
    if Key.URL_EPOCH in asked and (epoch := shown_epoch()) is not None:
        query[Key.URL_EPOCH] = str(epoch)
    looked_at = _digit(place, tab)
    drawn = digit()
    drawing = b""
    if drawn is not None and drawn.any() and (place.path == frame.HOME.path or looked_at[0] == DRAWN):
        drawing = links.packed(drawn)
    return View(place.name, tab, settings, query, looked_at, drawing, hidden)


def value_of(control: Control) -> Any:
    """How a control stands in this session, if that can be set in a view; None where it cannot."""
    value = st.session_state.get(control.key)
    try:
        if value is None:
            return None
        return control.read(value) if control.written else control.taken(value)
    except (Refused, AttributeError):
        return None


def _digit(place: Place, tab: str) -> tuple[str, int]:
    picked = st.session_state.get(f"{place.digits.get(tab, '')}.picked")
    if not picked or picked["name"] not in views.digit_names():
        return "", 0
    return picked["name"], min(picked["at"].get(picked["name"], 0), views.ANOTHER)


def place_of(title: str) -> Place | None:
    """The place of the page with that heading; None of one that no view can show."""
    page = frame.page_of(title)
    return next((each for each in views.PLACES.values() if page and each.path == page.path), None)


def slug(place: Place) -> str:
    """The page as it stands in addresses: "MLP", "" for the first one."""
    return "" if place.path == frame.HOME.path else PurePath(place.path).stem.partition("_")[2]


def go_to(view: View, /, **query: str) -> None:
    """Leave for a view's page, whose settings are set up already."""
    told = {name: value for name, value in view.query.items() if name != Key.URL_EPOCH}
    frame.go_to(view.place.path, **told, **query)


def hide(place: Place, spots: Sequence[str]) -> None:
    """Take spots of a page out of sight."""
    if spots:
        st.html(f"<style>{', '.join(selector(place, each) for each in spots)} {{ {_UNSEEN} }}</style>")


def point_at(place: Place, spots: Sequence[str]) -> None:
    """Mark spots of a page."""
    if spots:
        st.html(f"<style>{', '.join(selector(place, each) for each in spots)} {{ {_POINTED_AT} }}</style>")


def selector(place: Place, spot: str) -> str:
    """The CSS selector of something on a page that has a name."""
    if spot.startswith("tab "):
        position = [*place.tabs].index(spot.removeprefix("tab ")) + 1
        return f'[data-testid="stTabs"] [role="tablist"] [role="tab"]:nth-of-type({position})'
    key = place.every_spot()[spot]
    if key == views.TABS:
        return '[data-testid="stTabs"] [role="tablist"]'
    if key.startswith("*"):
        return f'[class*="{key[1:]}"]'
    return f".st-key-{key}"
