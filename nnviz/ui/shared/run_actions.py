"""What can be done with runs of the history: open, compare, name, delete, and go to the network itself."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from nnviz.core.identity import NotYours
from nnviz.core.kinds import kind_of
from nnviz.core.results import Run
from nnviz.core.words import say, say_many
from nnviz.history import descriptions, repository, run_json
from nnviz.history.repository import DatabaseUnavailable, RecordNotFound
from nnviz.model_store import store
from nnviz.ui.shared import as_code, model_menu, run_notes
from nnviz.ui.shared.frame import link
from nnviz.ui.shared.show import escaped
from nnviz.ui.shared.state import Key, actor, may_change, offer_undo

COMPARE = "pages/6_Compare.py"


def actions_for_runs(chosen: Sequence[Run], *, key: str) -> None:
    """The buttons over a list in which runs are ticked."""
    if len(chosen) == 1:
        st.button(
            say("Open"),
            icon=":material/open_in_full:",
            type="primary",
            on_click=open_run,
            args=(chosen[0].id,),
            key=f"{key}_open",
        )
    _compare([run.id for run in chosen])
    if len(chosen) == 1:
        _name(chosen[0], key)
    _delete(chosen, key)


def actions_for_run(run: Run, *, key: str) -> None:
    """The buttons over a run that is open."""
    with st.container(horizontal=True, vertical_alignment="center", key=key):
        st.button(say("Back to the list"), icon=":material/arrow_back:", on_click=close, key=f"{key}_close")
        _compare([run.id])
        network_link(run)
        _use_on_pad(run)
        if run.experiment:
            link(
                "pages/4_Experiments.py",
                say("Its experiment"),
                ":material/science:",
                **{Key.URL_EXPERIMENT: run.experiment},
            )
        _name(run, key)
        run_notes.buttons(run, key=key)
        st.download_button(
            say("As JSON"),
            data=lambda: run_json.to_json(run).encode(),
            file_name=f"run-{run.id}.json",
            mime="application/json",
            icon=":material/data_object:",
            on_click="ignore",
            key=f"{key}_json",
            help=say("All that is known of this run, its curves and its note, for a program of your own."),
        )
        as_code.of_runs([run], key=key)
        _delete([run], key)


def links_to_run(run: Run) -> None:
    """Links from a run that another page shows: to its comparison, and to itself in the history."""
    with st.container(horizontal=True, vertical_alignment="center"):
        _compare([run.id])
        history_link(run)


def network_link(run: Run) -> None:
    """A link to the run's network on its own page, while it is still on the shelf."""
    try:
        entry = store.find(run.card.name)
    except store.ModelMissing:
        return
    link(
        kind_of(entry.card.kind).page,
        say("Its network"),
        ":material/hub:",
        **{Key.URL_MODEL: entry.name},
    )


def _use_on_pad(run: Run) -> None:
    """A button that puts the run's network on the pad, and goes there."""
    with suppress(store.ModelMissing):
        model_menu.use_on_pad(store.find(run.card.name))


def history_link(run: Run) -> None:
    """A link to the run seen whole, when it is one of the history."""
    if run.id != run.card.name:  # those of the shelf have no other id than their name
        link("pages/5_History.py", say("In the history"), ":material/history:", **{Key.URL_RUN: run.id})


def _compare(ids: Sequence[str]) -> None:
    """A link to the comparison of these, and one that adds them to what was compared last."""
    label = say("Compare these") if len(ids) > 1 else say("Compare it with …")
    link(COMPARE, label, ":material/compare_arrows:", **{Key.URL_RUNS: ",".join(ids)})
    known = [each for each in st.session_state.get(Key.COMPARED, ()) if each not in ids]
    if known:
        together = ",".join([*known, *ids])
        link(
            COMPARE,
            say("Add to the comparison of {n}", n=len(known)),
            ":material/add:",
            **{Key.URL_RUNS: together},
        )


def _name(run: Run, key: str) -> None:
    if not may_change(run.owner):
        return
    with st.popover(say("Name"), icon=":material/edit:"):
        field = f"{key}_name_{run.id}"
        st.text_input(say("A name for this run"), value=run.name, max_chars=80, key=field)
        st.button(say("Name it"), type="primary", on_click=_named, args=(run.id, field), key=f"{key}_name")


def _delete(chosen: Sequence[Run], key: str) -> None:
    own = [run for run in chosen if may_change(run.owner)]
    if not own:
        st.caption(say("Only its owner or the teacher can name or delete a run."))
        return
    with st.popover(say("Delete"), icon=":material/delete:"):
        what = (
            f"“{escaped(descriptions.title(own[0]))}”" if len(own) == 1 else say("these {n} runs", n=len(own))
        )
        st.write(
            say("Delete {what} from the history? A network saved on its own page stays there.", what=what)
        )
        if len(own) < len(chosen):
            others = len(chosen) - len(own)
            st.caption(
                say_many(
                    others,
                    "{n} of the ticked runs is not yours and will stay.",
                    "{n} of the ticked runs are not yours and will stay.",
                )
            )
        st.button(say("Yes, delete"), type="primary", on_click=_deleted, args=(own,), key=f"{key}_delete")


def open_run(run_id: str) -> None:
    """Open a run in the place of the list: its id goes into the address."""
    st.query_params[Key.URL_RUN] = run_id


def close() -> None:
    """No run is open any more: the list is, at the run that was."""
    st.session_state[Key.RUN_LEFT] = st.query_params.pop(Key.URL_RUN, "")


def _named(run_id: str, field: str) -> None:
    if (name := st.session_state.get(field)) is None:  # the field is no longer drawn
        return
    try:
        run = repository.rename_run(run_id, name, by=actor())
    except (RecordNotFound, NotYours, DatabaseUnavailable) as error:
        st.session_state[Key.NOTICE] = escaped(str(error))
        return
    st.session_state[Key.NOTICE] = say("The run is now called “{title}”.", title=escaped(run.title))


def _deleted(chosen: Sequence[Run]) -> None:
    try:
        for run in chosen:
            repository.delete_run(run.id, by=actor())
    except (NotYours, DatabaseUnavailable) as error:
        st.session_state[Key.NOTICE] = escaped(str(error))
        return
    one = say("“{title}” is deleted.", title=escaped(descriptions.title(chosen[0])))
    said = one if len(chosen) == 1 else say("{n} runs are deleted.", n=len(chosen))
    offer_undo(said, *(("run", run.id) for run in chosen))
    close()
