"""The page of experiments: which one, whether it was made before, starting it, and the run that is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nnviz import jobs
from nnviz.core.words import say, say_many
from nnviz.experiments import axes, executor
from nnviz.experiments.plan import LIBRARY, Plan
from nnviz.experiments.studies import OFFERED, Study
from nnviz.history.repository import DatabaseUnavailable, RecordNotFound
from nnviz.jobs import ExperimentStatus
from nnviz.report import verdicts
from nnviz.ui.experiments import hypotheses, live
from nnviz.ui.shared import experiment_progress, guess_first, run_actions, run_view, training
from nnviz.ui.shared.show import escaped, local
from nnviz.ui.shared.state import Key, actor, address, owner

OWN = "own"
MENU = {**{name: study.title for name, study in OFFERED.items() if not study.like}, OWN: say("Your own")}


def choose(head: DeltaGenerator) -> str:
    """A menu of the report's experiments and one's own; returns the name, which the URL has as well."""
    _read_url()
    name = str(st.session_state[Key.STUDY])
    st.session_state["study_menu"] = name
    head.selectbox(
        say("Experiment"),
        list(MENU),
        format_func=MENU.__getitem__,
        key="study_menu",
        on_change=_chosen,
        label_visibility="collapsed",
        width=380,
    )
    return name


def _chosen() -> None:
    st.session_state[Key.STUDY] = st.query_params[Key.URL_STUDY] = st.session_state["study_menu"]
    st.query_params.pop(Key.URL_EXPERIMENT, None)


def _read_url() -> None:
    """What the URL asks for becomes what this session looks at: an experiment, else a study."""
    asked = st.query_params.get(Key.URL_STUDY, "")
    if asked in MENU:
        st.session_state[Key.STUDY] = asked
    for experiment_id in st.query_params.get(Key.URL_EXPERIMENT, "").split(",")[: jobs.MOST_OWN_EXPERIMENTS]:
        if not experiment_id:
            continue
        try:
            experiment = jobs.experiment_status(experiment_id).experiment
        except RecordNotFound as error:
            st.warning(escaped(str(error)))
            continue
        except DatabaseUnavailable:  # which is said where its rows would stand
            follow(asked, experiment_id)
            break
        study = OFFERED.get(experiment.study)
        name = study.name if study and study.plan.key == experiment.plan.key else OWN
        follow(name, experiment_id)
        st.session_state[Key.STUDY] = (study.like or name) if study and name != OWN else OWN
    st.session_state.setdefault(Key.STUDY, next(iter(MENU)))


def follow(name: str, experiment_id: str) -> None:
    """Look at that experiment wherever its study is looked at."""
    st.session_state[f"{name}_{Key.URL_EXPERIMENT}"] = experiment_id


def followed(name: str, plan: Plan | None = None) -> ExperimentStatus | None:
    """The experiment this session looks at under that name; else, of a plan, what was made of it before.

    Raises DatabaseUnavailable.
    """
    key = f"{name}_{Key.URL_EXPERIMENT}"
    try:
        if key in st.session_state:
            return jobs.experiment_status(st.session_state[key])
        found = jobs.latest_experiment(plan) if plan else None
    except RecordNotFound as error:  # it has been thrown away
        st.warning(escaped(str(error)))
        st.session_state.pop(key, None)
        return None
    if found is not None:
        follow(name, found.experiment.id)
    return found


def write_url(name: str, standings: Sequence[ExperimentStatus | None]) -> None:
    """Write the study's name and its experiments' ids into the page's address."""
    ids = ",".join(standing.experiment.id for standing in standings if standing)
    wanted = {Key.URL_STUDY: name} | ({Key.URL_EXPERIMENT: ids} if ids else {})
    for key, value in wanted.items():
        if st.query_params.get(key) != value:
            st.query_params[key] = value


def start(plans: Sequence[tuple[str, Plan]], *, pressed: bool = True) -> None:
    """Begin these, each under its name, and follow them; a sentence when one cannot be begun.

    When a class presses the button of one study together, all of them look at the one that came first.
    """

    def begin(confirmed: bool) -> None:
        for name, plan in plans:
            study = "" if name == OWN else name
            there = jobs.running_experiment(plan) if study else ""
            experiment_id = there or jobs.start_experiment(
                plan, owner=owner(), study=study, address=address(), confirmed=confirmed, by=actor()
            )
            guess_first.keep(name, f"plan {plan.key}")
            follow(name, experiment_id)

    asked = [(name, plan.key) for name, plan in plans]
    if not training.begin("experiment_long", asked, begin, pressed=pressed):
        return
    st.query_params.pop(Key.URL_EXPERIMENT, None)
    st.rerun()


def preset(study: Study, head: DeltaGenerator) -> None:
    """One of the report's experiments; one over λ has its twin beside it."""
    both = (study, OFFERED[study.twin]) if study.twin else (study,)
    try:
        found = [followed(each.name, each.plan) for each in both]
    except DatabaseUnavailable as error:
        st.warning(escaped(str(error)))
        found = [None] * len(both)
    write_url(study.name, found)
    with head:
        _controls(both, found)
    if _guess(both, found):
        return  # the charts, the report's and ours, would tell
    titles = [
        say("Starting weights: {label}", label=axes.label("init", each.plan.settings["init"]))
        if len(both) > 1
        else each.title
        for each in both
    ]
    shown = [live.Shown(*each) for each in zip(both, found, titles, strict=True)]
    shown = [
        each for each in shown if each.standing or each.study is study
    ]  # the report has none of the twin
    live.panels(shown, lambda: _story(both, found))


def _controls(both: Sequence[Study], found: Sequence[ExperimentStatus | None]) -> None:
    """How much there is to train, and the button; what was made before is asked about again."""
    if any(standing and standing.live for standing in found):
        return
    missing = [each for each, standing in zip(both, found, strict=True) if standing is None]
    wanted = missing or list(both)
    trainings = sum(len(each.plan) for each in wanted)
    seconds = sum(jobs.estimate_seconds(each.plan, _learn(each.name)) for each in wanted)
    words = say(
        "**{counted}**, about {time} on this computer.",
        counted=say_many(trainings, "{n:,} training", "{n:,} trainings"),
        time=experiment_progress.duration(seconds),
    )

    def plans(thought: str) -> list[tuple[str, Plan]]:
        return [(each.name, replace(each.plan, hypothesis=thought)) for each in wanted]

    if missing:
        thought = hypotheses.ask(both[0].name, brief=True)
        if st.button(
            say("Train them all"), type="primary", icon=":material/play_arrow:", key=f"start_{both[0].name}"
        ):
            start(plans(thought))
        st.markdown(words, width="content")
        return
    when = max(standing.experiment.created for standing in found if standing)
    whole = all(standing.experiment.complete for standing in found if standing)
    with st.popover(say("Train them again"), icon=":material/replay:"):
        st.caption(
            say("Trained on {time}.", time=local(when))
            if whole
            else say(
                "Started on {time}. Some trainings are missing: go on with it, or start again.",
                time=local(when),
            )
        )
        st.write(say("The old runs stay in the history. {words}", words=words))
        thought = hypotheses.ask(both[0].name)
        if st.button(say("Yes, train them again"), type="primary", key=f"again_{both[0].name}"):
            start(plans(thought))


def guessed_along(plan: Plan) -> list[str]:
    """The places of a curve that can be guessed: the values of the one setting that varies, else none."""
    if len(plan.varied) != 1 or LIBRARY in plan.varied:
        return []
    (name,) = plan.varied
    return list(dict.fromkeys(axes.label(name, value) for grid in plan.grid for value in grid.get(name, ())))


def _guess(both: Sequence[Study], found: Sequence[ExperimentStatus | None]) -> bool:
    """Let the user guess what the first study finds that is missing, or finds again; whether they do so now.

    What was made before is shown with the guess behind it as soon as that is given.
    """
    if any(standing and standing.live for standing in found):
        return False
    study = next((each for each, standing in zip(both, found, strict=True) if standing is None), both[0])
    along = guessed_along(study.plan)
    if not along:
        return False
    (name,) = study.plan.varied
    guessing = guess_first.form(
        study.name,
        along,
        x=axes.title(name),
        score=study.plan.score,
        hides=say("As long as this is open, the charts that tell the answer are put away."),
    )
    known = found[both.index(study)] is not None
    if (
        guessing
        and known
        and st.button(
            say("Compare it with the result"),
            icon=":material/compare_arrows:",
            disabled=not guess_first.drawn(study.name),
            key=f"guessed_{study.name}",
        )
    ):
        guess_first.keep(study.name, f"plan {study.plan.key}")
        st.rerun()
    return guessing


@st.cache_data(max_entries=64, show_spinner=False)
def _learn(name: str) -> int:
    return executor.check(OFFERED[name].plan)


def _story(both: Sequence[Study], found: Sequence[ExperimentStatus | None]) -> None:
    """What there is to see, and whether what came out is the report's story, once it is all there."""
    notices = [
        each.notice
        if each is both[0]
        else say("**With better starting weights:** {notice}", notice=each.notice)
        for each in both
    ]
    st.info("\n\n".join(notices), icon=":material/visibility:")
    if both[0].differs:
        st.caption(both[0].differs)
    told: list[str] = []
    for each, standing in zip(both, found, strict=True):
        if standing and not standing.live:
            told += live.judge(standing, each)
    one, *twin = found
    if one and twin and twin[0]:
        name = both[0].plan.varied[0]
        rows = [live.rows(standing, each) for standing, each in zip(found, both, strict=True) if standing]
        if words := verdicts.start(rows[0], rows[1], name):
            told.append(f":material/compare_arrows: {words}")
    if told:
        st.markdown("## " + say("Do we find what the report found?"))
        st.markdown("\n".join(f"- {words}" for words in told))


def opened() -> None:
    """The run that the URL names, over the page."""
    ids = [each for each in st.query_params.get(Key.URL_RUN, "").split(",") if each]
    if ids:
        st.dialog(say("One run"), width="large", on_dismiss=_close)(_run)(ids)


def _close() -> None:
    st.query_params.pop(Key.URL_RUN, None)


def _run(ids: list[str]) -> None:
    """One run; of several repeats, the one that is chosen."""
    chosen = ids[0]
    if len(ids) > 1:
        place = st.segmented_control(
            say("Repeat"),
            range(len(ids)),
            format_func=lambda i: str(i + 1),
            default=0,
            required=True,
            key="run_repeat",
        )
        chosen = ids[place or 0]
    try:
        run = jobs.find_run(chosen)
    except (RecordNotFound, DatabaseUnavailable) as error:
        st.warning(escaped(str(error)))
        return
    run_view.show(run, key=f"run_{chosen}")
    run_actions.links_to_run(run)
