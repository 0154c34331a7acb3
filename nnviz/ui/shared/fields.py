"""Fields for numbers that refuse what is out of bounds aloud, and rates that go by factors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from nnviz.core.words import say

STEPS = 1, 2, 5  # a rate goes from one of these to the next, and on to ten times the first


@dataclass
class Fields:
    """The numbers of a form.

    Streamlit's own bounds change what was typed without a word, or keep the value before; so here a field has
    none, and says itself what it does not take.

    Attributes
    ----------
    prefix
        Of the fields' names in the state.
    refused
        What is wrong, a sentence a field: while there is any, the form must not be used.
    """

    prefix: str
    refused: list[str] = field(default_factory=list)

    def number(
        self,
        name: str,
        label: str,
        low: float,
        high: float,
        value: Any = None,
        *,
        format: str | None = None,
        **more: Any,
    ) -> Any:
        """A field for a number.

        Parameters
        ----------
        low, high
            The least and the greatest that it takes; it takes whole numbers only if both are written as such.
        value
            At first; None when the state has one.
        more
            For `st.number_input`.

        Returns
        -------
        Any
            What it says, or the nearest that it would take.
        """
        key = self.prefix + name
        if value is not None:
            st.session_state.setdefault(key, value)
        if isinstance(low, int) and isinstance(high, int):
            more = {"step": 1, **more}
        typed = st.number_input(label, value=None, key=key, persist_state="session", **more)
        return self._taken(name, label, typed, low, high)

    def rate(self, name: str, label: str, low: float, high: float, value: float | None = None) -> float:
        """A field for a number that is told by its size: its buttons go by factors of about two."""
        key = self.prefix + name
        if value is not None:
            st.session_state.setdefault(key, written(value))
        with st.container(horizontal=True, vertical_alignment="bottom", gap="xxsmall", key=f"{key}_rate"):
            typed = _read(st.text_input(label, key=key, persist_state="session"))
            for sign, step, words in (
                ("−", -1, say("Smaller: about half as much")),
                ("+", 1, say("Greater: about twice as much")),
            ):
                st.button(
                    sign,
                    key=f"{key}_{step}",
                    help=words,
                    disabled=typed is None or not low <= stepped(typed, step) <= high,
                    on_click=_step,
                    args=(key, step),
                )
        return float(self._taken(name, label, typed, low, high))

    def _taken(self, name: str, label: str, typed: float | None, low: float, high: float) -> Any:
        if typed is not None and low <= typed <= high:
            return typed
        words = say("{label}: {low} to {high}", label=label, low=written(low), high=written(high))
        self.refused.append(words)
        with st.container(key=f"{self.prefix}{name}_refused"):
            st.markdown(say(":red[:material/error: {words}]", words=words))
        return low if typed is None else min(max(typed, low), high)


def written(value: float) -> str:
    """A number as people write it: 0.00002, 10,000."""
    if isinstance(value, int) or (value == int(value) and abs(value) >= 1):
        return f"{int(value):,}"
    return f"{value:.12f}".rstrip("0").rstrip(".") or "0"


def stepped(value: float, step: int) -> float:
    """The next of 1, 2, 5, 10, 20 … above a positive number (step 1), or below it (step -1)."""
    ladder = [digit * 10.0**power for power in range(-12, 7) for digit in STEPS]
    if step > 0:
        return next((each for each in ladder if each > value * 1.0001), ladder[-1])
    return next((each for each in reversed(ladder) if each < value * 0.9999), ladder[0])


def _read(text: str) -> float | None:
    try:
        value = float(text.strip().replace(" ", "").replace("−", "-"))
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def _step(key: str, step: int) -> None:
    value = _read(st.session_state[key])
    if value is not None:
        st.session_state[key] = written(stepped(value, step))
