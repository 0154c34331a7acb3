"""The history's list: filters, the runs a page at a time, and what can be done with those that are ticked."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from nnviz import jobs
from nnviz.core import kinds
from nnviz.core.kinds import Score
from nnviz.core.numbers import counted
from nnviz.core.results import Run
from nnviz.history import descriptions, outbox, repository
from nnviz.history.repository import DatabaseUnavailable, Query
from nnviz.ui.shared import run_actions
from nnviz.ui.shared.frame import link
from nnviz.ui.shared.show import zone
from nnviz.ui.shared.state import actor, whose

PER_PAGE = 50
SHORT = 15  # runs that the list shows without a scroll bar of its own
MOST_DOWNLOADED = 5_000
MINE, EVERYONE = "Mine", "Everyone's"
ORDERS = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "best": "Best score first",
    "worst": "Worst score first",
    "fastest": "Fastest first",
    "slowest": "Slowest first",
}
ANY = "All"
TRIALS = ("experiments", "study")  # pages whose runs are all of experiments


def catch_up() -> None:
    """Bring what waited for the database into the list. Raises DatabaseUnavailable, for the page to tell."""
    with st.spinner("Opening the history …"):  # seconds, when a database on another computer does not answer
        jobs.record_cut_off()
        repository.drain_outbox()
        repository.count_runs()


def missing(error: DatabaseUnavailable) -> None:
    """What the page says when there is no database."""
    st.error(str(error))
    waiting = len(outbox.waiting_files())
    words = "Everything else still works."
    if waiting:
        words += f" {counted(waiting, 'run waits', 'runs wait')} on this computer until the history is back."
    st.info(words)


def owner_words(key: str) -> tuple[str, ...] | None:
    """Whose runs are shown: one's own, or None for everyone; and a line that says so."""
    mine = actor().names
    has_own = repository.count_runs(Query(owners=mine)) > 0
    chosen = st.segmented_control(
        "Whose runs",
        [MINE, EVERYONE],
        default=MINE if has_own else EVERYONE,
        required=True,
        key=f"{key}_whose",
        persist_state="session",
    )
    if chosen == MINE:
        st.caption("The runs that were started from this browser, or from another one of yours.")
        return mine
    st.caption("The runs of everybody who uses this server.")
    return None


def view() -> None:
    """The runs, by filter, order and page."""
    query, order = _asked()
    there = repository.count_runs(query)
    if not there:
        _nothing(query)
        return
    last = -(-there // PER_PAGE)
    page = 1
    if last > 1:
        key = "history_page_number"
        st.session_state[key] = min(st.session_state.get(key, 1), last)
        page = int(st.number_input(f"Page, 1 to {last:,}", 1, last, key=key, width=220))
    shown = repository.search_runs(query, order=order, limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
    first = (page - 1) * PER_PAGE + 1
    words = f"**{counted(there, 'run')}**"
    st.markdown(f"{words}, {first:,} to {first + len(shown) - 1:,}" if last > 1 else words)
    chosen = _table(shown)
    run_actions.actions_for_runs(chosen, key="history_chosen")
    st.download_button(
        "Download the list as CSV",
        data=lambda: descriptions.to_csv(repository.search_runs(query, order=order, limit=MOST_DOWNLOADED)),
        file_name="runs.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="history_csv",
        help=f"Every run found above, up to {MOST_DOWNLOADED:,}, with all its settings.",
    )


def _asked() -> tuple[Query, str]:
    mine = owner_words("history")
    everything = Query(owners=mine)
    left, right = st.columns(2)
    with left:
        text = st.text_input(
            "Search", key="history_text", persist_state="session", placeholder="name or data set"
        )
    with right:
        order = st.selectbox(
            "Order",
            list(ORDERS),
            format_func=lambda name: ORDERS[name],
            key="history_order",
            persist_state="session",
        )
    with st.expander("More filters", icon=":material/filter_list:"):
        columns = st.columns(3)
        page = _menu(columns[0], "Page", "page", everything, descriptions.pages())
        data = _menu(columns[1], "Data set", "data", everything)
        kind = _menu(columns[2], "Kind of network", "kind", everything, descriptions.pages())
        trials = st.toggle(
            "Also the runs of experiments",
            key="history_trials",
            persist_state="session",
            disabled=page in TRIALS,
            help="The tab Experiments shows them in groups.",
        )
    alone = not trials and page not in TRIALS
    return Query(page=page, kind=kind, data=data, owners=mine, text=text, alone=alone), order


def _menu(
    column: Any, title: str, name: str, query: Query, words: dict[str, str] | None = None
) -> str | None:
    """A menu of the values that there are; None for all."""
    with column:
        options = [ANY, *repository.distinct_values(name, query)]
        key = f"history_{name}"
        if st.session_state.get(key) not in options:
            st.session_state.pop(key, None)  # as when the last run of that kind is deleted
        picked = st.selectbox(
            title,
            options,
            format_func=lambda value: (words or {}).get(value, value),
            key=key,
            persist_state="session",
        )
    return None if picked == ANY else picked


def _nothing(query: Query) -> None:
    if repository.count_runs(Query(owners=query.owners)) and query != Query(
        owners=query.owners, alone=query.alone
    ):
        st.info("No run matches. Search for less, or choose All in the menus.")
        return
    if repository.count_runs(Query(owners=query.owners)):
        st.info("There are only runs of experiments so far. Switch on “Also the runs of experiments”.")
        return
    st.info("No run yet. Train a network on one of these pages. When the training ends, it is listed here.")
    for kind in kinds.KINDS.values():
        link(kind.page, kind.title, ":material/play_arrow:")


def _table(shown: Sequence[Run]) -> list[Run]:
    """A page of the list.

    Returns the runs that are ticked, or else the one whose line is pressed, and those chosen by name, for
    which no pointer is needed.
    """
    lines = [_line(run) for run in shown]
    table = pd.DataFrame(lines).dropna(axis=1, how="all")
    # Told apart by its contents, so that no tick stays behind when other runs come under it.
    token = hashlib.sha256("".join(run.id for run in shown).encode()).hexdigest()[:12]
    state = st.dataframe(
        table,
        key=f"history_rows_{token}",
        on_select="rerun",
        selection_mode=("multi-row", "single-cell"),  # a cell: a finger hits it better than a box
        hide_index=True,
        height="content" if len(lines) <= SHORT else 600,
        placeholder="",
        column_config={
            "run": st.column_config.TextColumn("Run", width=250),
            "page": "Page",
            **{score.metric: _score_column(score) for score in kinds.scores()},
            "ended": "Ended",
            "data": "Data set",
            "parameters": st.column_config.NumberColumn("Parameters", format="localized"),
            "seconds": st.column_config.NumberColumn("Seconds", format="%.1f"),
            "time": "Time",
            "whose": "Whose",
        },
        alt=f"{counted(len(lines), 'run')} with page, score, ending, data, parameters, seconds and time",
    )
    ticked = state.selection.rows or [row for row, _ in state.selection.cells]
    named = st.multiselect(
        "Runs chosen by name",
        range(len(shown)),
        format_func=lambda i: f"{descriptions.title(shown[i])} · {descriptions.when(shown[i], zone())}",
        key=f"history_names_{token}",
        label_visibility="collapsed",
        placeholder="… or choose by name",
    )
    return [shown[row] for row in sorted({*ticked, *named}) if row < len(shown)]


def _score_column(score: Score) -> Any:
    """How a score is shown in the list, and whose it is."""
    titles = " and ".join(kind.title for kind in kinds.KINDS.values() if kind.score == score)
    return st.column_config.NumberColumn(
        score.label,
        format="%.2f%%" if score.percent else "%.4f",
        width=90,
        help=f"{score.name.capitalize()} on held-back digits, for {titles}. "
        f"{'Higher' if score.higher_is_better else 'Lower'} is better.",
    )


def _score(run: Run, score: Score) -> float | None:
    value = run.score(score.metric)
    return 100 * value if value is not None and score.percent else value


def _line(run: Run) -> dict[str, Any]:
    return {
        "run": descriptions.title(run),
        "page": descriptions.page(run),
        **{score.metric: _score(run, score) for score in kinds.scores()},
        "ended": descriptions.ending(run),
        "time": descriptions.when(run, zone()),
        "seconds": run.card.seconds,
        "parameters": run.card.parameters or None,
        "data": run.card.data or None,
        "whose": whose(run.owner),
    }
