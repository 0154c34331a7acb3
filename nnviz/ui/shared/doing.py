"""What the app can see of what somebody does in a lesson's step."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

import streamlit as st

from nnviz.core.kinds import KINDS
from nnviz.core.words import say
from nnviz.lessons import views
from nnviz.lessons.lesson import Condition
from nnviz.lessons.views import Place
from nnviz.ui.shared import frame, showing
from nnviz.ui.shared.state import digit, shown_epoch

_VERDICT = "doing_verdict"  # in the session: a drawing, and whether the networks disagreed on it


def _drawing() -> object:
    drawn = digit()
    return None if drawn is None or not drawn.any() else hashlib.sha256(drawn.tobytes()).hexdigest()


def _session(ending: str) -> dict[str, object]:
    """What of the session has a key that ends so; a widget that is gone may leave its key without a value."""
    return {str(key): st.session_state.get(key) for key in st.session_state if str(key).endswith(ending)}


def _states(ending: str) -> object:
    """How all that ends so stands in the session; None where nothing is chosen."""
    return tuple(sorted((key, repr(value)) for key, value in _session(ending).items())) or None


def _chosen(ending: str) -> object:
    """What is chosen in the components whose keys end so."""
    found = [
        (key, repr(value["now"]))
        for key, value in _session(f"{ending}.memory").items()
        if isinstance(value, dict) and value.get("now") is not None
    ]
    return tuple(sorted(found)) or None


# What changes when it is done. None as long as there is nothing to see.
_TRACES: Mapping[str, Callable[[], object]] = {
    "draw a digit": _drawing,
    "choose a digit": lambda: _states(".picked"),
    "press a cell": lambda: _chosen("confusion"),
    "press a digit": lambda: _chosen("gallery"),
    "press a dot": lambda: _chosen("code_map"),
    "train a network": lambda: tuple(st.session_state.get(f"{kind}_shown") for kind in KINDS),
    "move the epochs": lambda: (shown_epoch(),),
}


def traces(place: Place | None) -> dict[str, object]:
    """How everything stands that can be waited for, when a step begins."""
    found = {what: trace() for what, trace in _TRACES.items()}
    for name, control in (place.controls if place else {}).items():
        found[f"change {name}"] = st.session_state.get(control.key)
    return found


def is_done(condition: Condition, place: Place | None, here: str, before: Mapping[str, object]) -> bool:
    """Whether it has been done since the step began.

    Parameters
    ----------
    place
        The page of the step.
    here
        Name of the page that is open.
    before
        The traces from when it began.
    """
    match condition.what:
        case "open page":
            return here == condition.argument
        case "open tab":
            return place is not None and here == place.name and _tab(place) == condition.argument
        case "make the networks disagree":
            return _disagree()
        case "set":
            name, value = condition.value if isinstance(condition.value, tuple) else ("", None)
            return place is not None and showing.value_of(place.controls[name]) == value
        case "change":
            if place is None or here != place.name:
                return False
            now = st.session_state.get(place.controls[condition.argument].key)
            return now is not None and now != before.get(f"change {condition.argument}")
        case what if what in _TRACES:
            now = _TRACES[what]()
            return now is not None and now != before.get(what)
    return False


def _tab(place: Place) -> str:
    shown = frame.open_tab(place.section)
    return next((name for name, words in place.tabs.items() if words == shown), next(iter(place.tabs)))


def _disagree() -> bool:
    """Whether the networks on the pad name different digits for what is on it."""
    from nnviz.ui.pad import networks  # late: it asks this package in turn

    drawn = digit()
    if drawn is None or not drawn.any():
        return False
    mark = _drawing()
    before = st.session_state.get(_VERDICT)
    if before is None or before[0] != mark:
        read = [each.inside.probabilities for each in networks.read_drawing(drawn)]
        answers = {int(each.argmax()) for each in read if each.size}
        before = st.session_state[_VERDICT] = mark, len(answers) > 1
    return bool(before[1])


def to_place(view: views.View | None) -> str:
    """How to say where a step is."""
    if view is None:
        return ""
    if view.tab:
        return say("{page}, tab {tab}", page=view.page, tab=view.place.tabs[view.tab])
    return view.page
