"""The history's list: filters, the runs a page at a time, and what can be done with those that are ticked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

import streamlit as st

from nnviz import components, jobs
from nnviz.components import Column, Line
from nnviz.core import kinds
from nnviz.core.results import Run
from nnviz.core.words import say, say_many
from nnviz.data.mnist import in_words
from nnviz.history import descriptions, notes, outbox, repository
from nnviz.history.repository import DatabaseUnavailable, Query
from nnviz.ui.shared import run_actions, run_notes
from nnviz.ui.shared.frame import link
from nnviz.ui.shared.show import escaped, zone
from nnviz.ui.shared.state import Key, actor, whose

PER_PAGE = 50
MOST_DOWNLOADED = 5_000
_NAMED = 2  # files that are named
MINE, EVERYONE = say("Mine"), say("Everyone's")
ORDERS = {
    "newest": say("Newest first"),
    "oldest": say("Oldest first"),
    "best": say("Best score first"),
    "worst": say("Worst score first"),
    "fastest": say("Fastest first"),
    "slowest": say("Slowest first"),
}
ANY = say("All")
TRIALS = ("experiments", "study")  # pages whose runs are all of experiments


def catch_up() -> None:
    """Bring what waited for the database into the list, and tell what could not be.

    Raises
    ------
    DatabaseUnavailable
        When nothing can be read, for the page to tell.
    """
    trouble = None
    # It takes seconds when a database on another computer does not answer.
    with st.spinner(say("Opening the history …")):
        jobs.record_cut_off()
        try:
            repository.drain_outbox()
        except DatabaseUnavailable as error:  # which may still be read
            trouble = error
        repository.count_runs()
    told = [f"{trouble} {_waiting()}" if trouble else "", repository.told(), *_left_out()]
    if any(told):
        st.warning("\n\n".join(filter(None, told)))


def _left_out() -> Iterator[str]:
    """What is said of the files that wait and are not taken in."""
    if files := outbox.files_aside():
        yield say_many(
            len(files),
            "A file of a run that waited for the history cannot be read. It was put aside into the folder "
            "“runs-waiting/aside”, and stops nothing: {names}",
            "{n:,} files of runs that waited for the history cannot be read. They were put aside into the "
            "folder “runs-waiting/aside”, and stop nothing: {names}",
            names=_named(files),
        )
    if files := outbox.files_of_newer_forms():
        yield say_many(
            len(files),
            "{n:,} run was written by a newer version of this app, and waits for that version.",
            "{n:,} runs were written by a newer version of this app, and wait for that version.",
        )


def _named(files: Sequence[str]) -> str:
    """The first few of some files, as they are called."""
    return ", ".join(escaped(name) for name in files[:_NAMED]) + (" …" if len(files) > _NAMED else "")


def _waiting() -> str:
    """How many runs wait; "" for none."""
    waiting = len(outbox.waiting_files())
    if not waiting:
        return ""
    return say_many(
        waiting,
        "{n:,} run waits on this computer until the history is back.",
        "{n:,} runs wait on this computer until the history is back.",
    )


def missing(error: DatabaseUnavailable) -> None:
    """What the page says when there is no database."""
    st.error(escaped(str(error)))
    st.info(f"{say('Everything else still works.')} {_waiting()}")


def owner_words(key: str) -> tuple[str, ...] | None:
    """Whose are shown: one's own, or None for everyone's."""
    mine = actor().names
    has_own = repository.count_runs(Query(owners=mine)) > 0
    chosen = st.segmented_control(
        say("Whose"),
        [MINE, EVERYONE],
        default=MINE if has_own else EVERYONE,
        required=True,
        key=f"{key}_whose",
        persist_state="session",
        label_visibility="collapsed",
        help=say(
            "Mine: started from this browser, or from another one of yours. Everyone's: of everybody "
            "who uses this server."
        ),
    )
    return mine if chosen == MINE else None


def view() -> None:
    """The runs, by filter, order and page; what can be done with those that are ticked stands above them."""
    query, order = _asked()
    there = repository.count_runs(query)
    if not there:
        _nothing(query)
        return
    bar = st.container(key="history_bar")
    page = _page(there)
    shown = repository.search_runs(query, order=order, limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
    chosen = _table(shown)
    with bar, st.container(horizontal=True, wrap=False, vertical_alignment="center", key="history_chosen"):
        if chosen:
            st.markdown(
                say_many(len(chosen), "**{n:,} run** ticked", "**{n:,} runs** ticked"),
                width="content",
            )
            run_actions.actions_for_runs(chosen, key="history_chosen")
        else:
            first = (page - 1) * PER_PAGE + 1
            some = (
                say(", {first:,} to {last:,}", first=first, last=first + len(shown) - 1)
                if there > len(shown)
                else ""
            )
            st.markdown(f"**{say_many(there, '{n:,} run', '{n:,} runs')}**{some}", width="content")
    _below(query, order, there)


def _page(there: int) -> int:
    """Which page of the list, chosen below it; its place stays while a run is open."""
    last = -(-there // PER_PAGE)
    key = "history_page_number"
    known = min(int(st.session_state.get(key) or 1), last)
    if st.session_state.get(key, known) != known:
        st.session_state[key] = known
    return known


def _below(query: Query, order: str, there: int) -> None:
    """What stands below the list: its pages, and the whole of it as a file."""
    last = -(-there // PER_PAGE)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if last > 1:
            st.number_input(
                say("Page, 1 to {last:,}", last=last),
                1,
                last,
                key="history_page_number",
                width=220,
                persist_state="session",
            )
        st.download_button(
            say("Download the list as CSV"),
            data=lambda: descriptions.to_csv(
                repository.search_runs(query, order=order, limit=MOST_DOWNLOADED)
            ),
            file_name="runs.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="history_csv",
            help=say(
                "Every run found above, up to {most_downloaded:,}, with all its settings.",
                most_downloaded=MOST_DOWNLOADED,
            ),
        )


def _asked() -> tuple[Query, str]:
    """Whose runs, and which of them, in one line."""
    with st.container(horizontal=True, vertical_alignment="center", key="history_filters"):
        mine = owner_words("history")
        everything = Query(owners=mine)
        text = st.text_input(
            say("Search"),
            key="history_text",
            persist_state="session",
            placeholder=say("Search: name, data set, tag, note"),
            label_visibility="collapsed",
        )
        order = st.selectbox(
            say("Order"),
            list(ORDERS),
            format_func=lambda name: ORDERS[name],
            key="history_order",
            persist_state="session",
            label_visibility="collapsed",
        )
        with st.popover(say("More filters"), icon=":material/filter_list:"):
            page = _menu(say("Page"), "page", everything, _page_title)
            data = _menu(say("Data set"), "data", everything, in_words)
            kind = _menu(say("Kind of network"), "kind", everything, _page_title)
            tag = _choice(say("Tag"), "tag", notes.tags_in_use(everything), str)
            starred = st.toggle(say("Only those with a star"), key="history_starred", persist_state="session")
            trials = st.toggle(
                say("Also the runs of experiments"),
                key="history_trials",
                persist_state="session",
                disabled=page in TRIALS,
                help=say("The tab Experiments shows them in groups."),
            )
    alone = not trials and page not in TRIALS
    asked = Query(page, kind, data, owners=mine, text=text, alone=alone, tag=tag, starred=starred)
    return asked, order


def _page_title(name: str) -> str:
    return descriptions.pages().get(name, name)


def _menu(title: str, name: str, query: Query, words: Callable[[str], str]) -> str | None:
    """A menu of the values that there are; None for all."""
    return _choice(title, name, repository.distinct_values(name, query), words)


def _choice(title: str, name: str, values: Sequence[str], words: Callable[[str], str]) -> str | None:
    """The same of these values."""
    options = [ANY, *values]
    key = f"history_{name}"
    if st.session_state.get(key) not in options:
        st.session_state.pop(key, None)  # as when the last run of that kind is deleted
    picked = st.selectbox(
        title,
        options,
        format_func=words,
        key=key,
        persist_state="session",
    )
    return None if picked == ANY else picked


def _nothing(query: Query) -> None:
    if repository.count_runs(Query(owners=query.owners)) and query != Query(
        owners=query.owners, alone=query.alone
    ):
        st.info(say("No run matches. Search for less, or choose All in the menus."))
        return
    if repository.count_runs(Query(owners=query.owners)):
        st.info(
            say(
                "There are only runs of experiments so far. To see them, open “More filters” and switch on "
                "“Also the runs of experiments”."
            )
        )
        return
    st.info(
        say("No run yet. Train a network on one of these pages. When the training ends, it is listed here.")
    )
    for kind in kinds.KINDS.values():
        link(kind.page, kind.title, ":material/play_arrow:")


def _table(shown: Sequence[Run]) -> list[Run]:
    """A page of the list; the runs that are ticked."""
    lines = [_line(run) for run in shown]
    columns = [(Column(title, kind), i) for i, (title, kind) in enumerate(_COLUMNS)]
    told = [(column, i) for column, i in columns if any(line.cells[i] for line in lines)]
    # Told apart by its contents, so that no tick stays behind when other runs come under it.
    token = hashlib.sha256("".join(run.id for run in shown).encode()).hexdigest()[:12]
    ticked = components.run_list(
        [line._replace(cells=tuple(line.cells[i] for _, i in told)) for line in lines],
        [column for column, _ in told],
        key=f"history_rows_{token}",
        on_open=run_actions.open_run,
        back=st.session_state.pop(Key.RUN_LEFT, ""),
    )
    return [run for run in shown if run.id in ticked]


_COLUMNS = (
    (say("Page"), ""),
    (say("Ended"), "wide"),
    (say("Time"), ""),
    (say("Data set"), "wide"),
    (say("Parameters"), "number"),
    (say("Seconds"), "number"),
    (say("Whose"), ""),
    (say("Goes on from"), "wide"),
    (say("Tags"), "wide"),
)


def _line(run: Run) -> Line:
    score = kinds.kind_of(run.card.kind).score
    value = run.score(score.metric)
    return Line(
        run.id,
        f"{run_notes.STAR} {descriptions.title(run)}" if run.starred else descriptions.title(run),
        "" if value is None else f"{value:{score.written}}",
        (
            descriptions.page(run),
            descriptions.ending(run),
            descriptions.when(run, zone()),
            in_words(run.card.data),
            f"{run.card.parameters:,}" if run.card.parameters else "",
            f"{run.card.seconds:.1f}",
            whose(run.owner),
            descriptions.began_from(run),
            ", ".join(run.tag_list),
        ),
    )
