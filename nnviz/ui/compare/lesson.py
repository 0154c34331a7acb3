"""Runs side by side: what differs, their curves, their matrices, and the digits that tell two apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from nnviz import components
from nnviz.components import Caption, reveal
from nnviz.core.kinds import kind_of
from nnviz.core.numbers import written
from nnviz.core.records import Array, History
from nnviz.core.results import Run
from nnviz.core.words import say, say_many
from nnviz.data.mnist import DataError
from nnviz.figures import run_comparison
from nnviz.history import comparison, descriptions
from nnviz.history.comparison import CompareRefused, PairedComparison
from nnviz.history.repository import DatabaseUnavailable
from nnviz.ui.compare.runs import Named
from nnviz.ui.shared import as_code, caches, run_actions, run_view
from nnviz.ui.shared.frame import Section
from nnviz.ui.shared.show import escaped, figure, table


def overview(chosen: Sequence[Named]) -> None:
    """What each scored, the settings in which they differ, and those they share."""
    found = comparison.compare([each.run for each in chosen])
    letters = [each.letter for each in chosen]
    numbers = [
        [
            line.title,
            *(comparison.NOTHING if value is None else format(value, line.written) for value in line.values),
        ]
        for line in found.numbers
    ]
    if len(chosen) == 2 and (words := _told_by_repeats(*chosen)):
        st.markdown(words)
    with st.container(key="compare_tables"):
        left, right = st.columns(2, gap="medium")
    with left:
        table((say("score"), *letters), numbers, alt=say("The scores and the size of each run"))
    with right:
        _differences(found, letters)
    if not comparison.same_test_digits([each.run for each in chosen]):
        st.info(
            say(
                "These runs were tested with different digits. So their scores are marks from different "
                "exams. “Digit by digit” compares two of them on the digits that both were tested with."
            )
        )
    for each in chosen:
        if each.run.failure or each.run.diverged:
            why = each.run.failure or each.run.card.note
            st.warning(f"{each.letter} {descriptions.ending(each.run)}: {escaped(why)}")
    as_code.of_runs([each.run for each in chosen], key="compare")
    with st.expander(
        say(
            "What they have in common ({counted})",
            counted=say_many(len(found.same), "{n:,} setting", "{n:,} settings"),
        )
    ):
        table((say("setting"), say("value")), found.same, alt=say("Settings that the runs share"))


def _told_by_repeats(first: Named, second: Named) -> str:
    """What the repeats of both in their experiments say; "" without any."""
    try:
        return comparison.told_by_repeats(first.run, second.run, (first.letter, second.letter))
    except DatabaseUnavailable:
        return ""  # which the menu of runs says


def _differences(found: comparison.Comparison, letters: list[str]) -> None:
    """The settings that are not the same in all of them."""
    if found.differ:
        table(
            (say("where they differ"), *letters),
            [(title, *texts) for title, texts in found.differ],
            alt=say("Settings in which the runs differ"),
        )
    else:
        st.info(say("They have the same settings, digits and seed."))


def curves(chosen: Sequence[Named]) -> None:
    """The curves of all on one axis; those that name no digits have an error, and axes of their own."""
    told = {each.title: each.run.card for each in chosen}
    for classify, draw in (
        (True, run_comparison.curves_together),
        (False, run_comparison.errors_together),
    ):
        here: list[tuple[str, History]] = [
            (title, card.history)
            for title, card in told.items()
            if card.history.epochs and kind_of(card.kind).classifies == classify
        ]
        if here:
            figure(draw(here), key=f"compare_curves_{not classify}")
    silent = [title for title, card in told.items() if not card.history.epochs]
    if silent:
        st.info(say("These have no curve: {silent}.", silent=escaped(", ".join(silent))))


def matrices(chosen: Sequence[Named]) -> None:
    """Two confusion matrices and the second less the first, each with the digits of a pressed cell below."""
    if (pair := _pair(chosen)) is None:
        return
    first, second, found = pair
    st.fragment(_matrices)(first, second, found)
    st.caption(
        say(
            "How many more {second} has than {first} in each cell, of {counted} that both were "
            "tested with. On the diagonal more is better. Elsewhere more is worse.",
            second=second.letter,
            first=first.letter,
            counted=say_many(len(found.index), "{n:,} digit", "{n:,} digits"),
        )
    )


def _matrices(first: Named, second: Named, found: PairedComparison) -> None:
    one, two = found.confusions
    minus = say("{second} minus {first}", second=second.letter, first=first.letter)
    key = f"compare_{first.run.id}_{second.run.id}"
    with st.container(key="compare_matrices"):
        columns = st.columns(3, gap="medium")
    for column, name in zip(columns, ("first", "second", "difference"), strict=True):
        with column:
            if name == "first":
                cell = components.confusion_matrix(one, title=first.letter, key=f"{key}_first")
                where = _of_cell(found, found.first, cell)
            elif name == "second":
                cell = components.confusion_matrix(two, title=second.letter, key=f"{key}_second")
                where = _of_cell(found, found.second, cell)
            else:
                cell = components.confusion_difference(one, two, title=minus, key=f"{key}_difference")
                where = _of_cell(found, found.first, cell) ^ _of_cell(found, found.second, cell)
            with st.container(key=f"{key}_{name}_digits"):
                if cell is not None:
                    _digits(np.flatnonzero(where), first, second, found, key=f"{key}_{name}_gallery")
            reveal(f"{key}_{name}_digits", cell)


def _of_cell(found: PairedComparison, said: Array, cell: components.Cell | None) -> Array:
    """Which digits are in a cell of the matrix of those answers."""
    true, read = cell or (None, None)
    inside: Array = np.full(len(said), cell is not None)
    if true is not None:
        inside &= found.labels == true
    if read is not None:
        inside &= said == read
    return inside


def digits(chosen: Sequence[Named]) -> None:
    """The digits that one reads and the other does not, and whether that may be luck."""
    if (pair := _pair(chosen)) is None:
        return
    first, second, found = pair
    st.markdown(f"**{found.describe(first.letter, second.letter)}**")
    st.fragment(_gallery)(first, second, found)
    one, two = found.right
    st.caption(
        say(
            "{first} reads {one:.2%} of these digits right, {second} {two:.2%}. {counted} McNemar's test "
            "(1947): p = {p_value}.",
            first=first.letter,
            one=one,
            second=second.letter,
            two=two,
            counted=say_many(found.both, "{n:,} digit is read by both.", "{n:,} digits are read by both."),
            p_value=written(found.p_value, 2),
        )
    )


def classes(chosen: Sequence[Named]) -> None:
    """How much of each digit two runs read."""
    if (pair := _pair(chosen)) is None:
        return
    first, second, found = pair
    one, two = (np.diag(matrix) / np.maximum(matrix.sum(axis=1), 1) for matrix in found.confusions)
    figure(
        run_comparison.recalls([(first.title, one), (second.title, two)], found.confusions[0].sum(axis=1)),
        key="compare_recalls",
    )


def links(chosen: Sequence[Named]) -> None:
    """What each is, and the way to it."""
    with st.popover(say("Open one"), icon=":material/open_in_full:", key="compare_open"):
        for each in chosen:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(escaped(each.title), width="content")
                run_actions.history_link(each.run)
                run_actions.network_link(each.run)


def offered(chosen: Sequence[Named], sections: Mapping[str, Section]) -> dict[str, Section]:
    """The sections that have something to show of these: two that name digits are told apart by them."""
    apart = sum(each.classifies for each in chosen) > 1
    learned = any(each.run.card.history.epochs for each in chosen)
    told = {overview: True, curves: learned}
    return {name: each for name, each in sections.items() if told.get(each[0], apart)}


def _pair(chosen: Sequence[Named]) -> tuple[Named, Named, PairedComparison] | None:
    """Two of the runs, chosen where there are more, on the digits that judged both; or a sentence why not."""
    readers = [each for each in chosen if each.classifies]
    first, second = readers[:2]
    if len(readers) > 2:
        with st.container(horizontal=True, key="compare_pair"):
            first = _menu(say("The first"), readers, "compare_first")
            second = _menu(
                say("The second"), [each for each in readers if each is not first], "compare_second"
            )
    try:
        return first, second, _compare_pair(first.run, second.run)
    except (CompareRefused, DataError) as refusal:
        st.info(str(refusal))
        return None


def _menu(title: str, chosen: Sequence[Named], key: str) -> Named:
    """One of the runs; the choice is the same in every section."""
    by_title = {each.title: each for each in chosen}
    if st.session_state.get(key) not in by_title:
        st.session_state.pop(key, None)
    return by_title[
        st.selectbox(title, list(by_title), key=key, persist_state="page", label_visibility="collapsed")
    ]


def _compare_pair(first: Run, second: Run) -> PairedComparison:
    """As `comparison.compare_pair`, worked out once. Raises CompareRefused, DataError."""
    said = [replace(run, answers=run_view.answers(run)[0]) for run in (first, second)]
    return _compare_pair_once((first.id, second.id), *said)


@st.cache_resource(max_entries=64, show_spinner=False)
def _compare_pair_once(ids: tuple[str, str], _first: Run, _second: Run) -> PairedComparison:
    return comparison.compare_pair(_first, _second)


def _gallery(first: Named, second: Named, found: PairedComparison) -> None:
    choices = {
        say("Only {letter} reads ({n})", letter=first.letter, n=len(found.only_first)): found.only_first,
        say("Only {letter} reads ({n})", letter=second.letter, n=len(found.only_second)): found.only_second,
        say("Neither reads ({n})", n=len(found.neither)): found.neither,
    }
    telling = max(list(choices)[:2], key=lambda name: len(choices[name]))
    picked = st.segmented_control(
        say("Which digits"),
        list(choices),
        default=telling,
        required=True,
        key=f"compare_which_{first.run.id}_{second.run.id}",
        label_visibility="collapsed",
    )
    _digits(choices[picked], first, second, found, key="compare_gallery")
    st.caption(say("The digits come first where an answer was most sure."))


def _digits(where: Array, first: Named, second: Named, found: PairedComparison, *, key: str) -> None:
    """Some of the digits that both were tested with, and what each of the two reads."""
    if not len(where):
        st.caption(say("There are no such digits."))
        return
    try:
        images = caches.dataset(found.spec).images[found.index[where]]
    except DataError as error:
        st.info(say("The digits cannot be shown. {error}", error=error))
        return
    components.digit_gallery(images, [_caption(found, i, first, second) for i in where], key=key)


def _caption(found: PairedComparison, i: int, first: Named, second: Named) -> Caption:
    true, one, two = int(found.labels[i]), int(found.first[i]), int(found.second[i])
    label = say(
        "a true {true}; {first} reads {one}, {second} reads {two}",
        true=true,
        first=first.letter,
        one=one,
        second=second.letter,
        two=two,
    )
    return Caption(
        f"a {true}\n{first.letter} {one} · {second.letter} {two}", label, one != true and two != true
    )
