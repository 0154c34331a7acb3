"""The table of what representations are worth, filled as trainings end, and the networks behind its rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from math import sqrt
from typing import Any

import streamlit as st

from nnviz import figures, jobs
from nnviz.core import numbers
from nnviz.core.json_records import clean
from nnviz.core.kinds import kind_of
from nnviz.core.results import Row, Run, Spread
from nnviz.core.words import say, say_many
from nnviz.experiments import studies, tables
from nnviz.experiments.plan import FEATURES, Plan
from nnviz.figures.run_comparison import curves_together
from nnviz.history import repository
from nnviz.history.repository import DatabaseUnavailable, Experiment, RecordNotFound
from nnviz.jobs import ExperimentStatus
from nnviz.model_store import store
from nnviz.model_store.store import ModelMissing
from nnviz.representations import features
from nnviz.ui.shared import experiment_progress, model_menu
from nnviz.ui.shared.show import escaped, figure, local, table
from nnviz.ui.shared.state import Key, actor, whose

_MOST_LISTED = 20
_HELD_BACK = 300  # of the study's digits
_GIVEN = say("Given to the network")
_BEST = [(part[FEATURES], part["hidden_layer_sizes"]) for part in studies.BEST]
_GONE = say(
    "The measurements of this address are not known here any more: measure them again. "
    "Networks that were measured before may still be on the pages MLP and CNN, and their runs "
    "in the history."
)


def view() -> None:
    """The table, filled as trainings end; found again by the experiment's id in the URL."""
    try:
        there, experiment_id = _followed()
    except DatabaseUnavailable as error:
        st.warning(escaped(str(error)))
        return
    if not experiment_id:
        rows = tables.rows(studies.representations(), (), studies.REPRESENTATIONS, everything=True)
        table(
            (_GIVEN, say("test"), say("training")),
            [(title(row.settings), _percent(row.report_test), _percent(row.report_train)) for row in rows],
            alt=say("What the report measured"),
        )
        st.caption(say("What the report measured: the share of digits read right. Ours will be beside it."))
        return
    try:
        standing = jobs.experiment_status(experiment_id)
    except DatabaseUnavailable as error:
        st.warning(escaped(str(error)))
        return
    except RecordNotFound:
        standing = None
    if standing is None or standing.experiment.study != studies.REPRESENTATIONS:
        st.warning(_GONE)
        _others(there, experiment_id)
        return
    beat = experiment_progress.BEAT if standing.live else None
    st.fragment(_table, run_every=beat)(experiment_id, standing.live)
    _others(there, experiment_id)  # below the table: that is what has to be in view
    _networks(standing)  # no fragment: what is done with a network is told by the whole page


def _followed() -> tuple[dict[str, Experiment], str]:
    """The measurements there are, and the one that is looked at: which the address names, else the newest.

    One's own come before others'. Raises DatabaseUnavailable.
    """
    own = repository.list_experiments(owners=actor().names, study=studies.REPRESENTATIONS, limit=_MOST_LISTED)
    everybody = repository.list_experiments(study=studies.REPRESENTATIONS, limit=_MOST_LISTED)
    there = {each.id: each for each in (*own, *everybody)}
    asked = st.query_params.get(Key.URL_WORTH, "")
    followed = asked or next(iter(there), "")
    if followed and not asked:
        follow(followed)
    return there, followed


def _others(there: Mapping[str, Experiment], followed: str) -> None:
    """A menu of all measurements, where there is one to go to."""
    if not set(there) - {followed}:
        return
    st.session_state["worth_which"] = followed if followed in there else None
    st.selectbox(
        say("Measurements so far"),
        list(there),
        index=None,
        format_func=lambda each: f"{local(there[each].created)} · {whose(there[each].owner)} · {each[:4]}",
        key="worth_which",
        on_change=lambda: follow(st.session_state["worth_which"]),
    )


def follow(experiment_id: str) -> None:
    """Look at that measurement from now on; the address of the page names it."""
    st.query_params[Key.URL_WORTH] = st.session_state["worth_arrived"] = experiment_id


def title(settings: Mapping[str, Any]) -> str:
    """A row of the table in words: what its network is given, and how deep it is."""
    kind, detail = features.kind_and_detail(settings[FEATURES])
    given = features.title(settings[FEATURES])
    if kind == "codes":
        given = say("codes")
        with suppress(ModelMissing):
            given = say("codes of “{clean}”", clean=clean(store.find(detail).card.title, 40))
    hidden = settings["hidden_layer_sizes"]
    if ((settings[FEATURES],), (hidden,)) in _BEST:
        return say("Best found: {given}, {units} units", given=given, units=" + ".join(map(str, hidden)))
    given = given[0].upper() + given[1:]
    if not hidden:
        return say("{given}, no hidden layers", given=given)
    return say_many(len(hidden), "{given}, {n} hidden layer", "{given}, {n} hidden layers", given=given)


def _table(experiment_id: str, was_live: bool) -> None:
    standing = experiment_progress.look(experiment_id, was_live)
    if standing is None:
        return
    experiment_progress.head(standing, standing.experiment.title)
    plan = standing.experiment.plan
    rows = tables.rows(plan, standing.runs, studies.REPRESENTATIONS, everything=True)
    by_id = {run.id: run for run in standing.runs}
    lines = [_line(row, by_id, standing) for row in rows]
    table(
        tuple(lines[0]),
        [tuple(line.values()) for line in lines],
        alt=say("What each representation is worth: accuracies and parameters, ours and the report's"),
    )
    best = max((row.test.mean for row in rows if row.test), default=None)
    if best is not None:
        seeds = ", ".join(map(str, plan.seeds))
        st.caption(
            say(
                "The share of digits read right: mean ± standard deviation of the seeds {seeds}. Test: "
                "the {held_back} digits held back, where chance alone is good for ± {luck}; others: the "
                "2,000 digits that the study does not use. Parameters of the network, its features not "
                "counted.",
                seeds=seeds,
                held_back=_HELD_BACK,
                luck=numbers.accuracy(2 * sqrt(best * (1 - best) / _HELD_BACK)),
            )
        )


def _line(row: Row, runs: Mapping[str, Run], standing: ExperimentStatus) -> dict[str, str]:
    trained = [runs[each] for each in row.runs if not runs[each].failure]
    waiting = say("waiting") if standing.live else standing.experiment.state
    return {
        _GIVEN: title(row.settings),
        say("test"): _spread(row.test) or row.note or waiting,
        say("report's test"): _percent(row.report_test),
        say("others"): _spread(row.outside),
        say("training"): _spread(row.train),
        say("report's training"): _percent(row.report_train),
        say("parameters"): f"{trained[0].card.parameters:,}" if trained else "",
    }


def _percent(value: float | None) -> str:
    return "" if value is None else numbers.accuracy(value)


def _spread(spread: Spread | None) -> str:
    if spread is None:
        return ""
    mean = numbers.accuracy(spread.mean)
    return (
        mean
        if spread.n == 1
        else f"{mean}\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}{numbers.accuracy(spread.deviation)}"
    )


def _networks(standing: ExperimentStatus) -> None:
    """The curves of all rows, and what can be done with the network of one."""
    found = _trained(standing.experiment.plan, standing.runs)
    if not found:
        return
    try:
        curves = {name: jobs.find_run(runs[0].id).card.history for name, runs in found.items()}
    except (RecordNotFound, DatabaseUnavailable) as error:
        st.warning(escaped(str(error)))
        return
    if len(curves) > 1:
        figure(curves_together([(_brief(name), each) for name, each in curves.items()]), key="worth_curves")
        st.caption(say("On the held-back digits, each row with its first seed."))
    picked = str(st.selectbox(say("A row closer"), list(found), key="worth_row"))
    runs = found[picked]
    chosen = runs[0]
    if len(runs) > 1:
        seeds = [run.card.seed for run in runs]
        seed = st.segmented_control(
            say("Seed"), seeds, default=seeds[0], required=True, key=f"worth_seed_{runs[0].id}"
        )
        chosen = runs[seeds.index(seed)]
    history = jobs.find_run(chosen.id).card.history if chosen is not runs[0] else curves[picked]
    figure(figures.learning_curves(history), key="worth_row_curves")
    _manage(runs[0])


def _trained(plan: Plan, runs: Sequence[Run]) -> dict[str, list[Run]]:
    """The runs of each row that has left a network, by the row's title, in the order of their seeds."""
    by_id = {run.id: run for run in runs if not run.failure}
    rows = ((row, [by_id[each] for each in row.runs if each in by_id]) for row in tables.rows(plan, runs))
    return {title(row.settings): trained for row, trained in rows if trained}


def _brief(words: str) -> str:
    """Without the name of an autoencoder: below a figure on a phone there is not much room."""
    return re.sub(r" of “.*”", "", words)


def _manage(run: Run) -> None:
    try:
        entry = store.find(run.card.name)
    except ModelMissing:
        st.caption(say("The network of this row is no longer there."))
        return
    card = entry.card
    model_menu.use_on_pad(entry)
    model_menu.model_actions(entry)
    st.caption(
        say(
            "The network of seed {seed} reads pixels: its features have become part of it. It has "
            "{parameters:,} parameters so, and is also saved on the page {title}.",
            seed=card.seed,
            parameters=card.parameters,
            title=kind_of(card.kind).title,
        )
    )
