"""Which runs are compared: the menu, the address that carries the choice, and the letters they go by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from nnviz.core.kinds import kind_of
from nnviz.core.results import Run
from nnviz.core.words import say
from nnviz.history import descriptions, repository
from nnviz.history.removal import RecordDeleted
from nnviz.history.repository import DatabaseUnavailable, RecordNotFound
from nnviz.model_store import cards, store
from nnviz.ui.shared.show import escaped, zone
from nnviz.ui.shared.state import Key, whose

MOST = 6  # as many as there are colours that can be told apart, by day and by night
MOST_LISTED = 100
LETTERS = "ABCDEF"


@dataclass(frozen=True, eq=False)
class Named:
    """A run that is compared.

    Attributes
    ----------
    letter
        "A" to "F", what figures and tables call it.
    name
        Its title, with more where another one has the same.
    """

    letter: str
    run: Run
    name: str

    @property
    def title(self) -> str:
        """Its letter and its name, for where there is room."""
        return f"{self.letter} · {self.name}"

    @property
    def classifies(self) -> bool:
        """Whether its network names digits."""
        return kind_of(self.run.card.kind).classifies


def choose() -> list[Named]:
    """Let the user choose runs of any page, and networks of the shelf; those that the address names."""
    chosen = _asked()
    newest = _newest()
    there = {
        each: run for each in chosen[:MOST] if (run := _find(each, in_history=newest is not None)) is not None
    }
    for each in chosen[:MOST]:
        if each not in there:
            st.warning(escaped(_fate(each, in_history=newest is not None)))
    if len(chosen) > MOST:
        st.warning(
            say("The address names {n} runs. The first {most} are compared.", n=len(chosen), most=MOST)
        )
    listed = {each: run for each, run in _listed(newest or ()).items() if each not in there}
    options = there | listed
    runs = dict(zip(options, descriptions.told_apart(list(options.values()), zone()), strict=True))
    named = [
        Named(letter, run, runs[each]) for letter, (each, run) in zip(LETTERS, there.items(), strict=False)
    ]
    labels = {each: f"{runs[each]} · {_more(run)}" for each, run in options.items()}
    labels |= {each: one.title for each, one in zip(there, named, strict=True)}
    key = "compare_menu"
    st.session_state[key] = list(there)
    st.multiselect(
        say("Runs and networks, up to {most}", most=MOST),
        list(options),
        format_func=labels.__getitem__,
        max_selections=MOST,
        key=key,
        on_change=lambda: _remember(st.session_state[key]),
        placeholder=say("Choose two to {most}", most=MOST),
        label_visibility="collapsed",
        select_all=False,  # else Enter takes all that match what is typed
        wrap=False,
    )
    _remember(list(there))
    return named


def explain() -> None:
    """What the menu has, and how the choice is sent on."""
    st.caption(
        say(
            "The menu has the newest {most_listed} runs of everybody and all saved networks. Find "
            "older runs on the page History. The address of this page holds your choice: send it to "
            "others.",
            most_listed=MOST_LISTED,
        )
    )


def _asked() -> list[str]:
    """The ids that the address names, else those that were compared last."""
    if Key.URL_RUNS in st.query_params:
        named = st.query_params[Key.URL_RUNS].split(",")
        return list(dict.fromkeys(each.strip() for each in named if each.strip()))
    return list(st.session_state.get(Key.COMPARED, ()))


def _remember(ids: Iterable[str]) -> None:
    """Put the choice into the address and into the session."""
    known = list(ids)
    st.session_state[Key.COMPARED] = tuple(known)
    if known:
        st.query_params[Key.URL_RUNS] = ",".join(known)
    else:
        st.query_params.pop(Key.URL_RUNS, None)


def _newest() -> tuple[Run, ...] | None:
    """The newest runs of the history; None, and a sentence, when it cannot be reached."""
    try:
        with st.spinner(say("Opening the history …")):
            return repository.search_runs(limit=MOST_LISTED)
    except DatabaseUnavailable as error:
        st.warning(say("{error} Saved networks can still be compared.", error=error))
        return None


def _find(run_id: str, *, in_history: bool) -> Run | None:
    """A run of the history, curves and all, or a network of the shelf as one."""
    if in_history:
        try:
            return repository.find_run(run_id)
        except (RecordNotFound, DatabaseUnavailable):
            pass
    try:
        return _on_the_shelf(store.find(run_id))
    except store.ModelMissing:
        return None


def _fate(run_id: str, *, in_history: bool) -> str:
    """Why a run is not there, as a sentence."""
    if in_history:
        try:
            repository.find_run(run_id)
        except RecordDeleted as error:
            return str(error)
        except (RecordNotFound, DatabaseUnavailable):
            pass
    return store.fate(run_id)


def _on_the_shelf(entry: store.Entry) -> Run:
    card = entry.card
    library = kind_of(card.kind).library
    return Run(card, id=entry.name, page=card.kind, owner=entry.owner, library=library)


def _listed(newest: Sequence[Run]) -> Mapping[str, Run]:
    """What the menu offers: the newest runs, then the networks of the shelf that are not among them."""
    known = {run.card.name for run in newest}
    shelf = (entry for entry in store.entries() if entry.name not in known)
    return {run.id: run for run in newest} | {entry.name: _on_the_shelf(entry) for entry in shelf}


def _more(run: Run) -> str:
    """What the menu says of a run beside its name."""
    owner = whose(run.owner) if run.owner else ""
    said = [descriptions.page(run), owner, cards.score_text(run.card), descriptions.when(run, zone())]
    return " · ".join(part for part in said if part)
