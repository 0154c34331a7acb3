"""A search instead of all combinations: ranges to draw from, how many, and whether hopeless ones stop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import streamlit as st

from nnviz.core.words import say
from nnviz.data import splits
from nnviz.experiments import axes, search
from nnviz.experiments.axes import Axis
from nnviz.experiments.plan import FEATURES, LIBRARY

_NOT = {LIBRARY, FEATURES, "max_iter", *splits.SPOILS}  # no settings of a network, or what a race goes by
_FIRST = 2  # settings that are chosen at first


class Asked(NamedTuple):
    """What the form says.

    Attributes
    ----------
    ranges
        By setting, as `search.drawn` takes them.
    """

    ranges: dict[str, str]
    budget: int
    halving: int


def wanted() -> bool:
    """Whether settings are to be drawn by luck instead of trying all."""
    ways = {"all": say("Try all values"), "search": say("Search in ranges")}
    chosen = st.segmented_control(
        say("How"),
        list(ways),
        format_func=ways.__getitem__,
        default="all",
        required=True,
        key="own_how",
        persist_state="session",
    )
    return bool(chosen == "search")


def form(kind: str, known: Mapping[str, Axis]) -> Asked:
    """Which settings are drawn from what, how many times, and whether hopeless trainings are stopped."""
    names = [name for name in known if name not in _NOT]
    chosen = st.multiselect(
        say("What is searched"),
        names,
        names[:_FIRST],
        format_func=axes.title,
        key=f"own_search_{kind}",
        persist_state="session",
    )
    ranges = {}
    left, right = st.columns(2, gap="large")
    for place, name in enumerate(chosen):
        with (left, right)[place % 2]:
            ranges[name] = _range(kind, name, known[name])
    with left:
        budget = st.number_input(
            say("Settings to draw"),
            2,
            search.MOST_DRAWN,
            9,
            key="own_budget",
            persist_state="session",
            help=say("Each is drawn by luck. The same seed of the digits draws the same ones again."),
        )
    with right:
        stop = st.checkbox(
            say("Stop hopeless trainings early"),
            value=True,
            key="own_halving",
            persist_state="session",
            help=say(
                "All are trained for a few epochs. The best third goes on for three times as many, and so on."
            ),
        )
    return Asked(ranges, int(budget), search.FACTOR if stop else 0)


def _range(kind: str, name: str, axis: Axis) -> str:
    if axis.choices:
        picked = st.multiselect(
            say("Values of {title}", title=axes.title(name)),
            axis.choices,
            axis.choices,
            format_func=lambda value: axes.label(name, value),
            key=f"own_range_{kind}_{name}",
            persist_state="session",
        )
        return ", ".join(picked)
    st.session_state.setdefault(f"own_range_{kind}_{name}", search.span(name, kind))
    return st.text_input(
        say("Range of {title}", title=axes.title(name)),
        key=f"own_range_{kind}_{name}",
        persist_state="session",
        help=say("Such as “0.001 to 0.1”, or values with commas. Each is {wanted}.", wanted=axis.wanted),
    )
