"""One run of any page and library, seen whole: its scores, its curves, where it errs, its settings."""

from __future__ import annotations

import streamlit as st

from nnviz.core import kinds
from nnviz.core.kinds import Score
from nnviz.core.records import Array, Evaluation
from nnviz.core.results import Answers, Run
from nnviz.core.words import say, say_many
from nnviz.data.mnist import DataError, in_words
from nnviz.evaluation import metrics
from nnviz.experiments import axes
from nnviz.experiments.plan import LIBRARY
from nnviz.figures import run_comparison
from nnviz.history import comparison, descriptions
from nnviz.history.comparison import CompareRefused
from nnviz.ui.shared import caches, frame, mistakes, model_page, run_notes
from nnviz.ui.shared.show import escaped, figure, table, zone
from nnviz.ui.shared.state import whose


def _labels() -> dict[str, tuple[str, Score]]:
    """What the scores of a run are called, by their metrics, and how they are written."""
    found = {}
    for score in kinds.scores():
        for part, label in (
            ("test", say("{label} on held-back digits", label=score.label)),
            ("best_test", say("Best epoch on them")),
            ("outside", say("{label} on the other digits", label=score.label)),
            ("train", say("{label} on its training digits", label=score.label)),
        ):
            found[f"{part}_{score.name}"] = label, score
        found[f"{score.metric}_pca"] = say("PCA's {name}", name=score.name), score
    return found


def show(run: Run, *, key: str) -> None:
    """Show a run.

    Answers that were not kept are asked of its network, when that is still there.

    Parameters
    ----------
    key
        Tells its widgets from those of another one on the same page.
    """
    _heading(run)
    if not run.failure:
        _scores(run)
    sections = [say("Settings")] if run.failure else [say("Learning"), say("Mistakes"), say("Settings")]
    if not kinds.kind_of(run.card.kind).classifies and say("Mistakes") in sections:
        sections.remove(say("Mistakes"))
    tabs = frame.tabs(sections, key=f"{key}_section")
    for tab, section in zip(tabs, sections, strict=True):
        if tab.open:  # the others cost nothing until they are looked at
            with tab:
                if section == say("Learning"):
                    model_page.curves(run.card, key=f"{key}_curves", about=f"job {run.id}")
                elif section == say("Mistakes"):
                    _mistakes(run, key)
                else:
                    _settings(run)


def answers(run: Run) -> tuple[Answers, Evaluation]:
    """What the network of a run said, and how right that was.

    Raises
    ------
    CompareRefused
        When there are no answers.
    DataError
        When the digits cannot be had.
    """
    return _judged(run.id or run.card.name, run.answers is not None, run)


def pictures(said: Answers, positions: Array | None = None) -> Array:
    """The digits that judged it.

    Parameters
    ----------
    positions
        Which of them; all by default.

    Returns
    -------
    Array
        (n, 28, 28) uint8.

    Raises
    ------
    DataError
        When they cannot be had.
    """
    index = said.index if positions is None else said.index[positions]
    return caches.dataset(comparison.spec_of(said)).images[index]


@st.cache_resource(max_entries=64, show_spinner=say("Reading every test digit …"))
def _judged(run_id: str, kept: bool, _run: Run) -> tuple[Answers, Evaluation]:
    said = comparison.with_answers(_run).answers
    assert said is not None
    try:
        return said, metrics.evaluate(said.labels, said.probabilities)
    except ValueError as error:
        raise CompareRefused(
            say("What {title!r} answered are no probabilities: it cannot be judged.", title=_run.title)
        ) from error


def _heading(run: Run) -> None:
    said = [
        escaped(whose(run.owner)) if run.owner else "",
        descriptions.page(run),
        axes.label(LIBRARY, run.library),
        in_words(run.card.data),
        descriptions.when(run, zone()),
    ]
    st.markdown(f"## {escaped(descriptions.title(run))}")
    st.caption(escaped(" · ".join(part for part in said if part)))
    if began := descriptions.began_from(run):
        st.markdown(say(":material/call_split: It went on from {began}.", began=escaped(began)))
    run_notes.shown(run)
    if run.failure:
        st.error(say("There is no network: {failure}", failure=run.failure))
    elif run.diverged:
        st.warning(
            say(
                "It diverged. {note} The scores below are of its last weights that were still numbers.",
                note=run.card.note,
            )
        )
    elif run.card.history.ending in ("stopped", "early"):
        st.info(
            say(
                "It was {ending} after {counted}.",
                ending=descriptions.ending(run),
                counted=say_many(len(run.card.history.epochs), "{n:,} epoch", "{n:,} epochs"),
            )
        )


def _scores(run: Run) -> None:
    with st.container(horizontal=True, key=f"run_figures_{run.id}"):
        for name, (label, score) in _labels().items():
            value = run.score(name)
            if value is not None:
                model_page.metric(label, format(value, score.written))
        if run.card.parameters:
            model_page.metric(say("Parameters"), f"{run.card.parameters:,}")
        seconds = run.card.seconds
        model_page.metric(
            say("Trained in"),
            say("{seconds:.1f} s", seconds=seconds)
            if seconds >= 1
            else say("{seconds:.2g} s", seconds=seconds),
        )
        model_page.metric(say("Seed"), str(run.card.seed))


def _mistakes(run: Run, key: str) -> None:
    try:
        said, evaluation = answers(run)
    except (CompareRefused, DataError) as refusal:
        st.info(str(refusal))
        return
    try:
        images = pictures(said)
    except DataError as error:
        st.info(say("The digits cannot be shown: {error}", error=error))
        figure(
            run_comparison.confusion(evaluation.confusion, title=say("Confusion matrix")), key=f"{key}_matrix"
        )
        return
    mistakes.view(evaluation, images, key=f"{key}_mistakes")


def _settings(run: Run) -> None:
    found = descriptions.settings(run.card)
    changed = [setting for setting in found if setting.changed]
    left, right = st.columns(2, gap="large")
    with left:
        if found:
            st.markdown(
                say_many(
                    len(changed),
                    "**{n} of {counted} is not as usual** (marked ●).",
                    "**{n} of {counted} are not as usual** (marked ●).",
                    counted=say_many(len(found), "{n:,} setting", "{n:,} settings"),
                )
            )
            table(
                (say("setting"), say("value"), say("usual"), ""),
                [(s.title, s.text, s.usual, "●" if s.changed else "") for s in found],
                alt=say("Settings, and which differ from the usual ones"),
            )
        else:
            st.info(say("This network came without its settings."))
    with right:
        table(
            (say("of this run"), say("value")),
            descriptions.facts(run, zone()),
            alt=say("Data, seed, versions, seconds and time of this run"),
        )
