"""Spoiling digits on purpose, and choosing whose digits are learned from: what a form of digits adds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from nnviz.core.words import say, say_many
from nnviz.data import hands, mnist, splits
from nnviz.data.splits import DataSpec
from nnviz.ui.shared import caches
from nnviz.ui.shared.show import escaped

_ANY = say("any, into any other")
_NONE = say("of none: all stay")
_NOBODY = say("nobody")
_ALONE, _APP, _MNIST, _ONE = "alone", "embedded", "full", "one"
_WAYS = {
    _ALONE: say("These digits alone"),
    _APP: say("All 5,000 digits of the app, and these"),
    _MNIST: say("All of MNIST, and these"),
    _ONE: say("Only what one hand wrote"),
}


def whose(key: str, spec: DataSpec, there: list[int], mine: int | None = None) -> DataSpec:
    """Let the user say what an upload whose hands are known is learned with.

    Parameters
    ----------
    there
        Whose hands those are.
    mine
        The hand that is the user's own, if that is known.
    """
    if not there:
        return spec
    ways = [way for way in _WAYS if way != _MNIST or mnist.full_mnist_path() is not None]
    way = st.selectbox(
        say("Learn from"),
        ways,
        format_func=_WAYS.__getitem__,
        key=f"{key}_way",
        persist_state="session",
        help=say(
            "Nobody's digits are on both sides: the network is tested with the digits of people "
            "whose digits it has never seen."
        ),
    )
    if way == _ONE:
        hand = st.selectbox(
            say("Whose digits"),
            there,
            index=there.index(mine) if mine in there else 0,
            format_func=lambda hand: _called(hand, mine),
            key=f"{key}_hand",
            persist_state="session",
        )
        return replace(spec, hand=int(hand or 0))
    if way in (_APP, _MNIST):
        return DataSpec("embedded" if way == _APP else "full", spec.seed, added=spec.digest)
    return spec


def view(key: str, spec: DataSpec, there: list[int], mine: int | None = None) -> DataSpec:
    """Let the user spoil the digits of a spec.

    Parameters
    ----------
    there
        Whose hands are known.
    """
    with st.expander(say("Spoil the digits"), icon=":material/science:", key=f"{key}_spoil"):
        st.caption(
            say(
                "Only digits that are learned from are spoiled: the test digits stay as they are. "
                "Find in the confusion matrix what it did."
            )
        )
        mislabelled = _percent(say("Wrong labels, %"), f"{key}_mislabelled")
        true = _choose(say("Which ones"), _ANY, list(range(10)), f"{key}_wrong_true")
        false = None
        if true is not None:
            others = [digit for digit in range(10) if digit != true]
            false = st.selectbox(
                say("They are called"), others, key=f"{key}_wrong_false", persist_state="session"
            )
        scarce = _choose(say("Take away digits"), _NONE, list(range(10)), f"{key}_scarce")
        kept = 0.0
        if scarce is not None:
            kept = _percent(say("Part of them that stays, %"), f"{key}_kept")
        few = st.number_input(
            say("Added digits at most (0: all)")
            if spec.added
            else say("Digits to learn from at most (0: all)"),
            0,
            100_000,
            0,
            key=f"{key}_few",
            persist_state="session",
        )
        without = None
        if spec.hand < 0 and len(there) > 1:
            without = _choose(
                say("Leave out what somebody wrote"),
                _NOBODY,
                there,
                f"{key}_without",
                lambda hand: _called(hand, mine),
            )
    return replace(
        spec,
        mislabelled=mislabelled,
        wrong="" if true is None or false is None else f"{true}{false}",
        scarce=-1 if scarce is None else scarce,
        kept=0.0 if scarce is None else kept,
        n_train=few or -1,
        without_hand=-1 if without is None else without,
    )


def said(spec: DataSpec) -> None:
    """What comes of it, below the form: who learns, who judges, and what is spoiled.

    Raises
    ------
    DataError
        When there are none, or they cannot be cut like that.
    """
    done = splits.spoiled(spec)
    if not (done or spec.brought):
        return
    whole = caches.dataset(spec)
    there = hands.known(whole.hands)
    parts = splits.cut(spec, whole)
    train, _ = splits.learned(spec, whole, parts.train)
    words = say(
        "{learn} to learn from, {judge} to test.",
        learn=say_many(len(train), "{n:,} digit", "{n:,} digits"),
        judge=f"{len(parts.test):,}",
    )
    if len(there) and whole.hands is not None and spec.hand < 0:
        judges = len(hands.known(whole.hands, parts.test))
        words += say_many(
            judges,
            " {n} of {all} hands is held back: none of its digits is learned from.",
            " {n} of {all} hands are held back: none of their digits is learned from.",
            all=len(there),
        )
    if done:
        words += " " + say("Spoiled on purpose: {done}.", done=", ".join(done))
    st.caption(escaped(words))


def _called(hand: int, mine: int | None) -> str:
    return say("Hand {hand} (me)", hand=hand + 1) if hand == mine else say("Hand {hand}", hand=hand + 1)


def _percent(label: str, key: str) -> float:
    st.session_state.setdefault(key, 0)  # not as the widget's own: something else may have been said
    return float(st.number_input(label, 0, 100, step=5, key=key, persist_state="session")) / 100


def _choose(
    label: str, nothing: str, known: list[int], key: str, called: Callable[[int], str] = str
) -> int | None:
    """One of some numbers, or None."""
    return st.selectbox(
        label,
        [None, *known],
        format_func=lambda each: nothing if each is None else called(each),
        key=key,
        persist_state="session",
    )
