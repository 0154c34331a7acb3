"""An experiment of one's own: any one or two settings against each other, any digits, repeats over seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nnviz import jobs
from nnviz.components import reveal
from nnviz.core import kinds
from nnviz.core.words import say, say_many
from nnviz.data.mnist import DataError
from nnviz.experiments import axes, executor, search
from nnviz.experiments.axes import Axis
from nnviz.experiments.plan import LIBRARY, MOST_FOLDS, MOST_SEEDS, Grid, Plan, PlanRefused
from nnviz.history import repository
from nnviz.history.repository import DatabaseUnavailable
from nnviz.ui.experiments import hypotheses, keras_form, lesson, live, luck, search_form
from nnviz.ui.experiments.lesson import OWN
from nnviz.ui.shared import dataset_form, experiment_progress, guess_first, settings_form
from nnviz.ui.shared.fields import Fields
from nnviz.ui.shared.show import escaped, local
from nnviz.ui.shared.state import Key, actor

NOTHING = say("nothing else")
_LONG = 1800.0  # seconds from which a form says that it will take long


def view(head: DeltaGenerator) -> None:
    """The form, the experiments of this browser so far, and the one that is looked at."""
    try:
        standing = lesson.followed(OWN)
    except DatabaseUnavailable as error:
        st.warning(escaped(str(error)))
        standing = None
    lesson.write_url(OWN, [standing])
    with head:
        _earlier(standing.experiment.id if standing else "")
    if standing is not None and luck.waits(standing):
        luck.ask(standing)
    elif standing is not None:
        found = partial(luck.truth, standing) if luck.fits(standing.experiment.plan) else None
        live.panels([live.Shown(None, standing, standing.experiment.title)], found)
    if standing is not None:
        reveal(f"experiment_{standing.experiment.id}", standing.experiment.id if standing.live else None)
        reveal(f"luck_{standing.experiment.id}", luck.guessed(standing))
    title = say("Set up another experiment") if standing else say("Set up an experiment")
    with st.expander(title, expanded=standing is None):
        st.fragment(_form)()


def _form() -> None:
    kind = _kind()
    known = axes.of(kind)
    # The menus of another kind are other widgets, so that neither asks for what the other has not.
    of = "" if kind == kinds.MLP.name else f"{kind}_"
    searched = search_form.form(kind, known) if search_form.wanted() else None
    typed = searched.ranges if searched else _combined(of, known)
    varied = list(typed)
    left, right = st.columns(2, gap="large")
    with left:
        spec = dataset_form.form("own")
    with right:
        st.session_state.setdefault("own_repeats", 1)  # the page Class may have said something else
        repeats = st.number_input(
            say("Repeats, each with a seed of its own"),
            1,
            MOST_SEEDS,
            key="own_repeats",
            persist_state="session",
            help=say(
                "Another seed holds back other digits, starts from other weights and takes the digits in "
                "another order. The chart shows the mean. The bars show how far the repeats lie apart."
            ),
        )
        folds = st.number_input(
            say("Folds of a cross-validation"),
            0,
            MOST_FOLDS,
            0,
            key="own_folds",
            persist_state="session",
            help=say(
                "0: tested with the digits that were held back. 2 or more: every digit is a test digit once."
            ),
        )
    with st.expander(say("All other settings")):
        if varied:
            st.caption(
                say(
                    "What is chosen above ({settings}) is not taken from here.",
                    settings=say(" and ").join(map(axes.title, varied)),
                )
            )
        fields = Fields(f"own_set_{of}")
        chosen = _settings(kind, fields)
    if LIBRARY in varied and "init" not in varied:
        chosen["init"] = "glorot"
        st.caption(say("All of them start from Glorot's weights (2010), as the other libraries do."))
    if fields.refused:
        st.error(
            say(
                "Please correct this under “All other settings” first. {refused}.",
                refused=". ".join(fields.refused),
            )
        )
        _button(None)
        return
    if spec is None:
        return
    try:
        grid = _grid(kind, typed, searched, spec.seed)
        seeds = tuple((spec.seed + i) % 2**32 for i in range(int(repeats)))
        plan = Plan(
            _title(kind, varied, searched=searched is not None),
            spec,
            _frozen(chosen, varied),
            grid,
            seeds,
            int(folds),
            kind=kind,
            budget=searched.budget if searched else 0,
            halving=searched.halving if searched else 0,
        )
        learn = _checked(plan.key, plan)
    except (PlanRefused, DataError) as error:
        st.error(escaped(str(error)))
        _button(None)
        return
    seconds = jobs.estimate_seconds(plan, learn)
    about = experiment_progress.duration(seconds)
    st.markdown(
        say(
            "**{counted}** with {digits} each, about {time} on this computer.",
            counted=say_many(len(plan), "{n:,} training", "{n:,} trainings"),
            digits=_digits(learn, varied),
            time=about,
        )
    )
    if seconds > _LONG:
        st.warning(say("This takes long. Fewer values, epochs or digits show most of it sooner."))
    if plan.halving:
        st.caption(_race(plan))
    _button(replace(plan, hypothesis=hypotheses.ask(OWN)))
    if not searched and (along := lesson.guessed_along(plan)):
        guess_first.form(OWN, along, x=axes.title(varied[0]), score=plan.score)


def _combined(of: str, known: Mapping[str, Axis]) -> dict[str, str]:
    """One or two settings whose values are all tried, and what was typed for each."""
    left, right = st.columns(2, gap="large")
    with left:
        first, first_values = _axis(f"{of}first", say("What varies"), known, list(known), next(iter(known)))
    with right:
        others = [NOTHING, *(name for name in known if name != first)]
        second, second_values = _axis(f"{of}second", say("Against"), known, others, NOTHING)
    typed = {first: first_values, second: second_values}
    return {name: values for name, values in typed.items() if name != NOTHING}


def _grid(kind: str, typed: Mapping[str, str], searched: search_form.Asked | None, seed: int) -> Grid:
    """What varies, typed or drawn. Raises PlanRefused."""
    if searched:
        return search.drawn(typed, searched.budget, seed, kind)
    return ({name: axes.values(name, values, kind) for name, values in typed.items()},)


def _race(plan: Plan) -> str:
    """Where it is decided who goes on."""
    steps = search.rungs(plan)
    told = [say("{n} for {epochs} epochs", n=n, epochs=epochs) for epochs, n in steps]
    return say(
        "Trained are {steps}. The held-back digits choose who goes on, so the best score on them is a little "
        "too good. The score on the other digits is fair.",
        steps=say(", then ").join(told),
    )


def _digits(most: int, varied: list[str]) -> str:
    """From how many digits each training learns, at most where that varies."""
    if {"n_train", "kept"} & set(varied):
        return say_many(most, "up to {n:,} digit", "up to {n:,} digits")
    return say_many(most, "{n:,} digit", "{n:,} digits")


def _button(plan: Plan | None) -> None:
    pressed = st.button(
        say("Start"),
        type="primary",
        icon=":material/play_arrow:",
        disabled=plan is None,
        key="own_start",
        width="stretch",
    )
    if plan is not None:
        lesson.start([(OWN, plan)], pressed=pressed)


def _kind() -> str:
    """Which network it is about, chosen first: what can vary follows."""
    chosen = st.segmented_control(
        say("Network"),
        list(kinds.KINDS),
        format_func=lambda name: kinds.kind_of(name).title,
        default=kinds.MLP.name,
        required=True,
        key="own_kind",
        persist_state="session",
    )
    return str(chosen or kinds.MLP.name)


def _settings(kind: str, fields: Fields) -> dict[str, Any]:
    """The settings that all trainings share, as the form of that kind has them."""
    if kind == kinds.MLP.name:
        return settings_form.mlp_form(fields)
    return keras_form.form(kind, fields)


def _axis(key: str, label: str, known: Mapping[str, Axis], names: list[str], default: str) -> tuple[str, str]:
    """A setting and the values typed for it."""
    name = st.selectbox(
        label,
        names,
        index=names.index(default),
        format_func=lambda name: name if name == NOTHING else axes.title(name),
        key=f"own_{key}",
        persist_state="session",
    )
    if name is None or name == NOTHING:
        return NOTHING, ""
    if choices := known[name].choices:
        picked = st.multiselect(
            say("Values of {title}", title=axes.title(name)),
            choices,
            choices,
            format_func=lambda value: axes.label(name, value),
            key=f"own_values_{key}_{name}",
            persist_state="session",
        )
        return name, ", ".join(picked)
    st.session_state.setdefault(f"own_values_{key}_{name}", known[name].values)
    typed = st.text_input(
        say("Values of {title}", title=axes.title(name)),
        key=f"own_values_{key}_{name}",
        persist_state="session",
        help=say("Put commas between them. Each one is {wanted}.", wanted=known[name].wanted),
    )
    return name, typed


def _title(kind: str, varied: list[str], *, searched: bool = False) -> str:
    title = " against ".join(map(axes.title, varied))
    if searched:
        title = say("Search: {settings}", settings=", ".join(map(axes.title, varied)))
    return title if kind == kinds.MLP.name else f"{kinds.kind_of(kind).title}: {title}"


def _frozen(chosen: dict[str, object], varied: list[str]) -> dict[str, object]:
    """The settings that all trainings share."""
    return {name: value for name, value in chosen.items() if name not in varied}


@st.cache_data(max_entries=200, show_spinner=say("Checking the settings …"))
def _checked(key: str, _plan: Plan) -> int:
    return executor.check(_plan)


def _earlier(current: str) -> None:
    """The experiments that this browser asked for before, to be opened again."""
    try:
        found = [each for each in repository.list_experiments(owners=actor().names) if not each.study]
    except DatabaseUnavailable:
        return
    others = {each.id: each for each in found if each.id != current}
    if not others:
        return
    with st.popover(say("Earlier experiments"), icon=":material/history:"):
        for each in list(others.values())[:20]:
            label = say(
                "{title} · {done} of {total} · {time}",
                title=escaped(each.title),
                done=each.done,
                total=each.total,
                time=local(each.created),
            )
            st.button(label, key=f"earlier_{each.id}", on_click=_look_at, args=(each.id,), type="tertiary")


def _look_at(experiment_id: str) -> None:
    lesson.follow(OWN, experiment_id)
    st.query_params.pop(Key.URL_EXPERIMENT, None)
