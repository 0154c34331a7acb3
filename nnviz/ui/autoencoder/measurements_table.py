"""The table of what representations are worth, filled as trainings end, and the networks behind its rows."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from math import sqrt

import pandas as pd
import streamlit as st

from nnviz import figures, jobs
from nnviz.core.kinds import kind_of
from nnviz.core.records import ModelCard
from nnviz.core.results import Spread
from nnviz.figures.run_comparison import curves_together
from nnviz.model_store import store
from nnviz.model_store.store import Entry, ModelMissing
from nnviz.representations import measurements
from nnviz.representations.pipelines import TITLES, Case
from nnviz.trainers import representations
from nnviz.trainers.representations import Told
from nnviz.ui.shared import model_menu, training
from nnviz.ui.shared.show import figure
from nnviz.ui.shared.state import Key

_HELD_BACK = 300  # of the study's digits
_MOST_ROWS = 12
_BEAT = 1.0  # seconds between two looks at the table: a row takes several
_GIVEN = "Given to the network"


@dataclass(frozen=True)
class Line:
    """A row of the table as it stands: its training, and once it has ended its network and scores."""

    job: jobs.Job
    entry: Entry | None
    told: Told | None


def view() -> None:
    """The table, filled as rows end; found again by the ids in the URL."""
    ids = [each for each in st.query_params.get(Key.URL_WORTH, "").split(",") if each][:_MOST_ROWS]
    if not ids:
        st.table(_report(), alt="What the report measured")
        st.caption("What the report measured, in per cent right. Ours come beside it.")
        return
    lines = _looked(ids)
    live = any(line.job.live for line in lines)
    st.fragment(_table, run_every=_BEAT if live else None)(ids, live)
    if lines:
        _networks(lines)  # no fragment: what is done with a network is told by the whole page


def _report() -> pd.DataFrame:
    rows = [
        {
            _GIVEN: f"{TITLES[case.features]}, {layers(case)}",
            "test": _percent(reported.test),
            "training": _percent(reported.train),
            "seconds": f"{reported.seconds:.0f}" if reported.seconds else "",
        }
        for case in measurements.REPORTED
        for reported in [measurements.reported(case)]
    ]
    return pd.DataFrame(rows).set_index(_GIVEN)


def _looked(ids: list[str]) -> list[Line]:
    found = []
    for job_id in ids:
        try:
            job = jobs.find_job(job_id)
        except jobs.JobMissing:
            continue
        entry = None
        if job.result:
            with suppress(ModelMissing):  # thrown away since
                entry = store.find(job.result)
        found.append(Line(job, entry, representations.told(entry.card) if entry else None))
    return found


def _table(ids: list[str], was_live: bool) -> None:
    lines = _looked(ids)
    if not lines:
        st.warning("The measurements of this address are not known here any more: measure them again.")
        return
    live = [line.job for line in lines if line.job.live]
    if was_live and not live:
        st.rerun()  # the whole page: there are networks to look at now
    if live:
        head, button = st.columns([5, 1], vertical_alignment="center")
        done = sum(training.fraction_done(line.job) if line.job.live else 1.0 for line in lines) / len(lines)
        head.progress(min(1.0, done), _progress(lines, done))
        if button.button("Stop", icon=":material/stop_circle:", key="worth_stop", width="stretch"):
            for job in live:
                jobs.stop_job(job.id)
    told = [line.told for line in lines if line.told]
    st.table(
        pd.DataFrame([_row(line) for line in lines]).set_index(_GIVEN),
        alt="What each representation is worth: accuracies, seconds and parameters, ours and the report's",
    )
    if told:
        seeds = ", ".join(str(seed) for seed, _ in told[0].by_seed)
        best = max(one.test.mean for one in told)
        st.caption(
            f"Per cent right, mean ± standard deviation of the seeds {seeds}. Test: the {_HELD_BACK} digits "
            f"held back, where chance alone is good for ± {200 * sqrt(best * (1 - best) / _HELD_BACK):.1f}; "
            "others: the 2,000 embedded digits that the study leaves aside. Seconds of one training; "
            "parameters of the network, its features not counted."
        )


def _progress(lines: list[Line], done: float) -> str:
    ended = sum(not line.job.live for line in lines)
    words = f"{ended} of {len(lines)} measured"
    running = next((line.job for line in lines if line.job.state == "running"), None)
    if running is None:
        return words
    left = training.seconds_left([line.job for line in lines])
    return f"{words} · now {running.title}" + (
        f" · about {training.duration_words(left)} left" if left else ""
    )


def _row(line: Line) -> dict[str, str]:
    told, job = line.told, line.job
    report = line.entry.card.metrics if line.entry else {}
    return {
        _GIVEN: job.title,
        "test": _spread(told.test) if told else _state(line),
        "report's test": _percent(report.get("report_test_accuracy")),
        "others": _spread(told.outside) if told and told.outside else "",
        "training": _spread(told.train) if told else "",
        "report's training": _percent(report.get("report_train_accuracy")),
        "seconds": f"{told.seconds:.1f}" if told else "",
        "report's seconds": f"{report['report_seconds']:.0f}" if "report_seconds" in report else "",
        "parameters": f"{told.numbers:,}" if told else "",
    }


def _state(line: Line) -> str:
    job = line.job
    if job.state == "failed" or (not job.live and not job.result):
        return job.message or "stopped"
    if not job.live:
        return "its network was deleted"
    return "waiting" if job.state == "queued" else "training …"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.2f}"


def _spread(spread: Spread) -> str:
    mean = f"{100 * spread.mean:.2f}"
    return (
        mean if spread.n == 1 else f"{mean}\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}{100 * spread.deviation:.1f}"
    )


def _networks(lines: list[Line]) -> None:
    """The curves of all rows, and what can be done with the network of one."""
    ended = {line.job.id: line for line in lines if line.entry}
    if not ended:
        return
    with_curves = [(_brief(line.job.title), line.entry.card.history) for line in ended.values() if line.entry]
    if len(with_curves) > 1:
        figure(curves_together(with_curves), key="worth_curves")
        st.caption("On the held-back digits, each row with its first seed.")
    picked = str(
        st.selectbox(
            "A row closer", list(ended), format_func=lambda one: ended[one].job.title, key="worth_row"
        )
    )
    line = ended[picked]
    assert line.entry is not None
    histories = representations.by_seed(line.job.history)
    seeds = [seed for seed, _ in line.told.by_seed] if line.told else []
    at = 0
    if len(histories) == len(seeds) > 1:
        seed = st.segmented_control(
            "Seed", seeds, default=seeds[0], required=True, key=f"worth_seed_{picked}"
        )
        at = seeds.index(seed)
    history = histories[at] if histories else line.entry.card.history
    figure(figures.learning_curves(history), key="worth_row_curves")
    _manage(line.entry, line.entry.card)


def _brief(title: str) -> str:
    """Without the name of an autoencoder: below a figure on a phone there is not much room."""
    return re.sub(r" of “.*”", "", title)


def _manage(entry: Entry, card: ModelCard) -> None:
    model_menu.model_actions(entry)
    st.caption(
        f"The network of seed {card.seed} reads pixels: its features have become part of it. It has "
        f"{card.parameters:,} parameters so, and is on the shelf of the {kind_of(card.kind).title} page, too."
    )


def layers(case: Case) -> str:
    """How deep the network is, in words."""
    return f"{len(case.hidden) or 'no'} hidden layer{'s' if len(case.hidden) != 1 else ''}"
