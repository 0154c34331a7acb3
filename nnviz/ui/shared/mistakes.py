"""Where a classifier errs: its figures, the confusion matrix to press, and the digits behind every cell."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from nnviz import components
from nnviz.core.records import Array, Evaluation
from nnviz.core.words import say, say_many
from nnviz.ui.shared.show import table


def view(
    evaluation: Evaluation,
    images: Array,
    *,
    key: str,
    closer: Callable[[int], None] | None = None,
    why: Callable[[int], None] | None = None,
) -> None:
    """Show the matrix, then the digits of the chosen cell, or all the mistakes while none is chosen.

    Parameters
    ----------
    images
        (n, 28, 28) uint8, the pictures that were judged, in the order of `evaluation.labels`.
    closer
        closer(position): called for the digit that was pressed, to show it closer, beside the others.
    why
        why(position): called below them for the digit that was pressed, once its causes are asked for.
    """
    st.fragment(_view)(evaluation, images, key, closer, why)


def _view(
    evaluation: Evaluation,
    images: Array,
    key: str,
    closer: Callable[[int], None] | None,
    why: Callable[[int], None] | None,
) -> None:
    pressed = None
    with st.container(key=f"{key}_mistakes_columns"):
        left, middle, *right = st.columns(2 if closer is None else 3, gap="medium")
    with left:
        cell = components.confusion_matrix(evaluation.confusion, key=f"{key}_confusion")
    with middle:
        positions, words = _behind(evaluation, cell)
        st.markdown(words)
        if len(positions):
            captions = components.captions(evaluation, positions)
            pressed = components.digit_gallery(images[positions], captions, key=f"{key}_gallery")
            if closer is not None:
                st.caption(say("Press a digit to look inside the network while it reads it."))
    if closer is not None:
        position, asked = None if pressed is None else int(positions[pressed]), False
        if position is not None:
            with right[0], st.container(key=f"{key}_pressed"):
                asked = why is not None and st.toggle(
                    say("Why this answer?"), key=f"{key}_why", persist_state="session"
                )
                closer(position)
        components.reveal(f"{key}_pressed", position)
        if why is not None:
            if position is not None and asked:
                with st.container(key=f"{key}_causes"):
                    why(position)
            components.reveal(f"{key}_causes", position if asked else None)
    with st.expander(say("Precision and recall of each digit")):
        scores = zip(evaluation.precision, evaluation.recall, evaluation.f1, strict=True)
        table(
            (say("digit"), say("digits"), say("precision"), say("recall"), "F1"),
            [
                (digit, evaluation.confusion[digit].sum(), f"{precision:.2%}", f"{recall:.2%}", f"{f1:.3f}")
                for digit, (precision, recall, f1) in enumerate(scores)
            ],
            alt=say("Precision, recall and F1 of each digit"),
        )


def _behind(evaluation: Evaluation, cell: components.Cell | None) -> tuple[Array, str]:
    """The digits of a cell, most confident first, and the sentence over them."""
    if cell is None:
        n = len(evaluation.mistakes)
        words = say_many(
            n,
            "**{n:,} digit read wrong**, those first where it was most sure. ",
            "**{n:,} digits read wrong**, those first where it was most sure. ",
        )
        words += say("Press a cell to see its digits.")
        return evaluation.mistakes, words if n else say("**There are no mistakes.**")
    positions = evaluation.positions(*cell)
    true, predicted = cell
    n = len(positions)
    digits, times = say_many(n, "{n:,} digit", "{n:,} digits"), say_many(n, "once", "{n:,} times")
    if n == 0:
        return positions, say("**There is no digit in this cell.** Press it again for all mistakes.")
    if predicted is None:
        words = say("**{digits} labelled {true}**", digits=digits, true=true)
    elif true is None:
        words = say("**{digits} read as {predicted}**", digits=digits, predicted=predicted)
    elif true == predicted:
        words = say("**{times} {true} read as {true}**", times=times, true=true)
    else:
        words = say("**{times} {true} read as {predicted}**", times=times, true=true, predicted=predicted)
    return positions, say(
        "{words}, those first where it was most sure. Press the cell again for all mistakes.", words=words
    )
