"""Leave the nearest digits out, train again, and see what changes: the last step of "Why this answer?"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from nnviz import components, figures, jobs
from nnviz.components.digit_gallery import Caption
from nnviz.core.kinds import ACCURACY, kind_of
from nnviz.core.records import Array, current_settings
from nnviz.core.results import Run
from nnviz.core.words import say, say_many
from nnviz.data.mnist import DataError
from nnviz.data.splits import DataSpec
from nnviz.experiments.plan import FEATURES
from nnviz.history import comparison, repository
from nnviz.history.comparison import CompareRefused, PairedComparison
from nnviz.history.database import DatabaseUnavailable
from nnviz.model_store import store
from nnviz.model_store.store import Entry, ModelMissing, ModelRefused
from nnviz.representations import features
from nnviz.ui.shared import caches, training
from nnviz.ui.shared.frame import link
from nnviz.ui.shared.show import escaped, figure
from nnviz.ui.shared.state import Key, actor, address, may_change, owner


class Near(NamedTuple):
    """A row of neighbours: what it is called, and their positions in the data set."""

    title: str
    positions: Array


def view(entry: Entry, spec: DataSpec, rows: Sequence[Near], image: Array, label: int, *, key: str) -> None:
    """Choose which neighbours are left out, train again, and see both networks side by side.

    Parameters
    ----------
    spec
        Of what the network learned from.
    image
        (28, 28) float32 in [0, 1], the digit that is asked about.
    """
    st.markdown("## " + say("Would it answer otherwise without them?"))
    if refused := why_not(entry, spec):
        st.info(escaped(refused))
        return
    key = f"{key}_again_{entry.name}_{caches.digest(image)}"
    chosen = _chosen(rows, key)
    without = tuple(sorted({*spec.without, *chosen}))
    pressed = st.button(
        say("Leave these out and train again"),
        icon=":material/model_training:",
        disabled=not chosen,
        key=f"{key}_go",
    )
    st.caption(
        say_many(
            len(chosen),
            "{n:,} digit is left out. All settings, the seed and the test digits stay as they are.",
            "{n:,} digits are left out. All settings, the seed and the test digits stay as they are.",
        )
    )
    asked = replace(spec, without=without)
    title = say("{title} without {n}", title=entry.card.title[:60], n=len(without))

    def start(confirmed: bool) -> None:
        st.session_state[f"{key}_job"] = jobs.start_training(
            entry.card.kind,
            asked,
            settings_of(entry),
            owner=owner(),
            title=title,
            address=address(),
            confirmed=confirmed,
            by=actor(),
        )

    if training.begin(f"{key}_long", asked, start, pressed=pressed):
        st.rerun()
    if job := _look(st.session_state.get(f"{key}_job", "")):
        live = job.state in training.LIVE
        beat = training.BEAT if live else None
        st.fragment(_follow, run_every=beat)(job.id, live, entry, image, label, key)


def why_not(entry: Entry, spec: DataSpec) -> str:
    """A sentence that says why the training of a network cannot be repeated, or ""."""
    card = entry.card
    if entry.brought or not card.settings:
        return say(
            "Nobody knows with which settings this network was trained, so it cannot be trained again."
        )
    if card.history.ending in ("stopped", "running"):
        return say("This training was stopped by hand, so it cannot be done again in the same way.")
    if entry.origin != "shipped":
        try:
            run = repository.run_of_network(entry.name)
        except DatabaseUnavailable as error:
            return str(error)
        if run is None:
            return say("Its training is not in the history, so nobody knows what it was trained with.")
        if run.parent or run.fold or run.library != kind_of(card.kind).library:
            return say(
                "This network was not trained from fresh weights on all of these digits by the app alone."
            )
    if card.settings.get(FEATURES, features.RAW) != features.RAW:
        return say("This network was given other numbers than pixels, so it cannot be trained again here.")
    try:
        jobs.check_training(card.kind, spec, settings_of(entry), confirmed=True)
    except jobs.JobError as error:
        return str(error)
    return ""


def settings_of(entry: Entry) -> dict[str, Any]:
    """What a network was trained with, its seed too."""
    known = {name: value for name, value in current_settings(entry.card.settings).items() if name != FEATURES}
    return {"random_state": entry.card.seed % 2**31, **known}


def _chosen(rows: Sequence[Near], key: str) -> set[int]:
    """The positions that are ticked, all of them at first."""
    found: set[int] = set()
    for place, row in enumerate(rows):
        ticked = st.pills(
            say("{row}, leave out:", row=row.title),
            range(len(row.positions)),
            selection_mode="multi",
            default=list(range(len(row.positions))),
            format_func=lambda i: str(i + 1),
            key=f"{key}_row{place}",
        )
        found |= {int(row.positions[i]) for i in ticked}
    return found


def _look(job_id: str) -> jobs.Job | None:
    try:
        return jobs.find_job(job_id) if job_id else None
    except jobs.JobMissing:
        return None


def _follow(job_id: str, was_live: bool, entry: Entry, image: Array, label: int, key: str) -> None:
    job = _look(job_id)
    if job is None:
        st.warning(say("This training is no longer there."))
        return
    live = job.state in training.LIVE
    if was_live and not live:
        st.rerun()
    components.announce(f"{job.title}: {training.status_words(job)}", key=f"{key}_said")
    if live:
        st.progress(training.fraction_done(job), f"{escaped(job.title)}: {training.status_words(job)}")
        if may_change(job.owner):
            st.button(
                say("Stop"),
                icon=":material/stop_circle:",
                key=f"{key}_stop",
                on_click=training.stop,
                args=(job.id,),
            )
        return
    if not job.result:
        st.error(escaped(job.message) or say("There is no new network."))
        return
    try:
        _result(entry, store.find(job.result), image, label, key)
    except (ModelMissing, ModelRefused, CompareRefused, DataError) as error:
        st.error(escaped(str(error)))
    link("pages/5_History.py", say("Its run"), ":material/history:", **{Key.URL_RUN: job.id})


def _result(old: Entry, new: Entry, image: Array, label: int, key: str) -> None:
    """The digit by both networks, and what else has changed."""
    if new.card.history.ending in ("stopped", "diverged"):
        st.warning(say("The new training did not come to its end, so the two cannot be fairly compared."))
    n = len(new.card.spec.get("without", ()))
    titles = say("Before"), say_many(n, "Trained without {n:,} digit", "Trained without {n:,} digits")
    with st.container(key=f"two_beside_{key}"):
        columns = st.columns(2)
    for column, each, title in zip(columns, (old, new), titles, strict=True):
        said = caches.network(each.name, ended=True).predict(image)[0]
        with column:
            figure(
                figures.probability_bars(said, title=title, label=label),
                key=f"{key}_{each.name}_said",
            )
    found = _pair(_file(old), _file(new), old, new)
    before, after = found.right
    st.markdown(
        say(
            "On {n:,} digits that neither learned from: **{before}** before, **{after}** now. Newly right: "
            "**{right:,}**, newly wrong: **{wrong:,}**.",
            n=len(found.index),
            before=ACCURACY.brief(before),
            after=ACCURACY.brief(after),
            right=len(found.only_second),
            wrong=len(found.only_first),
        )
    )
    st.markdown(found.describe(say("the old network"), say("the new network")))
    st.caption(
        say(
            "One retraining is one sample, here with the seed {seed}. With another seed, or without as many "
            "digits taken at random, as much may change.",
            seed=new.card.seed,
        )
    )
    _changed(found, found.only_second, say("Newly right"), f"{key}_right")
    _changed(found, found.only_first, say("Newly wrong"), f"{key}_wrong")


def _changed(found: PairedComparison, where: Array, title: str, key: str) -> None:
    if not len(where):
        return
    st.markdown(f"**{title}**")
    captions = []
    for i in where:
        true, one, two = int(found.labels[i]), int(found.first[i]), int(found.second[i])
        words = say("a true {true}, read as {one} before and as {two} now", true=true, one=one, two=two)
        captions.append(Caption(f"{one} → {two}", words, two != true))
    pictures = np.asarray(caches.dataset(found.spec).images[found.index[where]])
    components.digit_gallery(pictures, captions, key=key)


def _file(entry: Entry) -> tuple[str, int]:
    return str(entry.path), entry.path.stat().st_mtime_ns


@st.cache_resource(max_entries=32, show_spinner=say("Reading every test digit …"))
def _pair(before: tuple[str, int], after: tuple[str, int], _old: Entry, _new: Entry) -> PairedComparison:
    one, two = (comparison.with_answers(Run(card=entry.card)) for entry in (_old, _new))
    return comparison.compare_pair(one, two)
