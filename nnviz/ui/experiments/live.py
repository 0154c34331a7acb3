"""One experiment on the page: how far it is, its rows as they arrive, and the way to each of its runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import plotly.graph_objects as go
import streamlit as st

from nnviz import jobs
from nnviz.core import csv_text, numbers
from nnviz.core.kinds import Score
from nnviz.core.results import Row, Run
from nnviz.core.words import say
from nnviz.data.mnist import DataError
from nnviz.experiments import axes, charts, published, repeats, tables
from nnviz.experiments.plan import LIBRARY, Plan
from nnviz.experiments.studies import Study
from nnviz.figures import guesses
from nnviz.history.comparison import CompareRefused
from nnviz.history.predictions import Question
from nnviz.history.repository import DatabaseUnavailable, RecordNotFound
from nnviz.jobs import ExperimentStatus
from nnviz.report import verdicts
from nnviz.report.verdicts import Verdict
from nnviz.ui.experiments import hypotheses
from nnviz.ui.shared import as_code, experiment_progress, predicting
from nnviz.ui.shared.show import escaped, figure, table
from nnviz.ui.shared.state import Key

if TYPE_CHECKING:
    import pandas as pd

_SHARES = (
    say("train"),
    say("test"),
    tables.OTHERS,
    say("best epoch"),
    say("report's train"),
    say("report's test"),
)
_SPREADS = (say("test spread"), say("other digits spread"))
_TALL = 40  # rows that a table shows without scrolling
_HELP = {
    say("test"): say("The part read right of the digits that were held back."),
    tables.OTHERS: say(
        "The part read right of those of the 5,000 digits that are not used here: a second test."
    ),
    say("best epoch"): say(
        "The best epoch on the held-back digits. They chose it, so it is a little too good."
    ),
    tables.BESIDE_BEST: say(
        "Whether luck alone may have put it behind the best row: a paired test over the seeds."
    ),
    tables.CODES: say(
        "The part of the held-back digits that is read from codes alone: by a vote of the 5 nearest codes "
        "of training digits."
    ),
    say("seconds"): say("How long one training took."),
}


class Shown(NamedTuple):
    """An experiment on the page.

    Attributes
    ----------
    study
        The one that it carries out, whose numbers of the report stand beside ours; None for one of one's own.
    standing
        None while nobody has carried it out.
    """

    study: Study | None
    standing: ExperimentStatus | None
    title: str

    @property
    def live(self) -> bool:
        """Whether it is being carried out now."""
        return self.standing is not None and self.standing.live


def panels(shown: Sequence[Shown], found: Callable[[], None] | None = None) -> None:
    """Show experiments side by side, what was found beside or below them, then their tables, folded.

    While one of them runs, this part of the page looks again by itself.

    Parameters
    ----------
    found
        Draws what was found.
    """
    beat = experiment_progress.BEAT if any(each.live for each in shown) else None
    st.fragment(_panels, run_every=beat)(shown, found)


def _panels(shown: Sequence[Shown], found: Callable[[], None] | None) -> None:
    beside = found is not None and len(shown) == 1
    columns = st.columns([3, 2] if beside else len(shown), gap="medium")
    tables_below = []
    for column, each in zip(columns, shown, strict=False):
        with column:
            tables_below.append(
                _preview(each.study, each.title) if each.study and not each.standing else _panel(each)
            )
    if found is not None:
        with columns[1] if beside else st.container():
            found()
    for each, draw in zip(shown, tables_below, strict=True):
        if draw is not None:
            of = each.standing.experiment.id if each.standing else each.study.name if each.study else ""
            words = say("{title}: every point as a table", title=each.title)
            folded = st.expander(words, icon=":material/table:", key=f"unfolded_{of}", on_change="rerun")
            if folded.open:
                with folded:
                    draw()


def _preview(study: Study, title: str) -> Callable[[], None] | None:
    """What there is of a study before anybody has made it: the report's own numbers. Returns their table.

    Where there is no chart of them, the table stands in its place.
    """
    st.markdown(say("**{title}** · not trained here yet", title=title))
    if not study.table:
        return None
    rows = tables.rows(study.plan, (), study.table, everything=True)
    told = [row for row in rows if row.report_test is not None]
    draw = partial(_plain, study, told, say("{title}, the report's", title=title))
    if len(study.plan.varied) != 1 or LIBRARY in study.plan.varied:
        draw()
        return None
    drawn = charts.charts(study.plan, rows, (), title=study.title, one_screen=True)
    for place, each in enumerate(charts.untitled(drawn, study.title)):
        figure(each, key=f"preview_{study.name}_{place}")
    return draw


def _plain(study: Study, found: Sequence[Row], what: str) -> None:
    """The report's own numbers, which need neither be sorted nor pressed."""
    header, lines = tables.legible(*tables.columns(study.plan, found))
    if study.name == "grid":
        lines.sort(key=lambda line: line[header.index(say("report's test"))], reverse=True)
    columns = []
    for name, *values in zip(header, *lines, strict=True):
        if name in (say("seconds"), say("report's seconds")) and LIBRARY not in study.plan.varied:
            continue
        told = [value for value in values if isinstance(value, (int, float))]
        style = numbers.accuracy if name in _SHARES else numbers.alike(told)
        columns.append([name, *(style(value) if value in told else value or "" for value in values)])
    header, *rows = map(list, zip(*columns, strict=True))
    table(header, rows, alt=say("{what}: settings, scores and seconds, a row each", what=what))


def judge(standing: ExperimentStatus, study: Study) -> list[str]:
    """Whether a complete study tells the report's story, a line of Markdown each."""
    try:
        found = _verdicts(study.name, tuple(run.id for run in standing.runs), study, standing.runs)
    except (RecordNotFound, DatabaseUnavailable, CompareRefused, DataError):
        return []  # its runs cannot be opened any more; the table still stands
    return [
        f"{':material/check:' if each.holds else ':material/warning:'} {each.words}"
        + (f" :small[({each.detail})]" if each.detail else "")
        for each in found
    ]


def rows(standing: ExperimentStatus, study: Study | None) -> tuple[Row, ...]:
    """The rows of an experiment so far."""
    return _drawn(standing, study, "")[0]


def _panel(shown: Shown) -> Callable[[], None] | None:
    """Where an experiment stands, and its charts. Returns what draws its table."""
    assert shown.standing is not None
    experiment_id = shown.standing.experiment.id
    standing = experiment_progress.look(experiment_id, shown.standing.live)
    if standing is None:
        return None
    study = shown.study
    with st.container(key=f"experiment_{experiment_id}"):
        experiment_progress.head(standing, shown.title)
        hypotheses.show(standing)
        found, drawn = _drawn(standing, study, study.title if study else standing.experiment.title)
        for place, each in enumerate(drawn):
            figure(_guessed(each, standing, study), key=f"chart_{experiment_id}_{place}", on_point=_open)
        plan = standing.experiment.plan
        if any(row.stopped for row in found):
            st.caption(
                say(
                    "Hollow points were stopped early, so their scores are those of fewer epochs. The "
                    "held-back digits chose who went on, so the best score on them is a little too good."
                )
            )
        if plan.varied and (words := repeats.summary(found, plan.score)):
            st.caption(escaped(words))
    return partial(_table, standing, study, found, shown.title) if found else None


def _guessed(drawn: go.Figure, standing: ExperimentStatus, study: Study | None) -> go.Figure:
    """The chart with what was guessed about it; charts are kept for all who look, so on a copy."""
    plan = standing.experiment.plan
    if len(plan.varied) != 1 or LIBRARY in plan.varied:
        return drawn
    everything = tables.rows(plan, standing.runs, study.table if study else "", everything=True)
    at = guesses.places_of(everything, axes.dimension(plan.varied[0]))

    def places(question: Question) -> list[Any]:
        return [at[name] for name in question.along if name in at]

    return predicting.behind(go.Figure(drawn), f"plan {plan.key}", places)


def _table(standing: ExperimentStatus, study: Study | None, found: Sequence[Row], title: str) -> None:
    experiment_id = standing.experiment.id
    frame = _frame(standing.experiment.plan, found, study.name if study else "")
    with st.container(key=f"numbers_{experiment_id}"):
        _numbers(experiment_id, found, frame, title, standing.experiment.plan.score)
        st.download_button(
            say("Download the whole table"),
            data=tables.to_csv(standing.experiment.plan, found),
            file_name=f"{study.name if study else 'experiment'}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key=f"csv_{experiment_id}",
        )
        as_code.of_experiment(experiment_id, standing.experiment.plan, key=f"numbers_{experiment_id}")


def _open(ids: list[str]) -> None:
    """Open a run: its id goes into the URL."""
    st.query_params[Key.URL_RUN] = ",".join(ids)
    st.session_state[experiment_progress.CHANGED] = True


def _numbers(experiment_id: str, found: Sequence[Row], frame: pd.DataFrame, title: str, score: Score) -> None:
    """The table, which sorts by any column; a row that is ticked opens its run."""
    key = f"table_{experiment_id}"

    def ticked() -> None:
        state = st.session_state.get(key)  # None once the table is no longer drawn
        chosen = state.selection.rows if state else None
        if chosen and chosen[0] < len(found):
            _open(list(found[int(frame.index[chosen[0]])].runs))

    _dataframe(frame, title, score, key=key, on_select=ticked, selection_mode="single-row")
    st.caption(say("Press a point, or tick a row: its run opens. Press the name of a column to sort by it."))


def _dataframe(frame: pd.DataFrame, what: str, score: Score, *, key: str, **more: Any) -> None:
    config: dict[str, Any] = {
        name: st.column_config.NumberColumn(format="%.2f%%", help=_HELP.get(name))
        if score.percent
        else st.column_config.NumberColumn(format="%.4f")
        for name in frame.columns
        if name in _SHARES + _SPREADS
    }
    if tables.CODES in frame.columns:
        config[tables.CODES] = st.column_config.NumberColumn(format="%.2f%%", help=_HELP[tables.CODES])
    if tables.BESIDE_BEST in frame.columns:
        config[tables.BESIDE_BEST] = st.column_config.TextColumn(help=_HELP[tables.BESIDE_BEST])
    config |= {
        name: st.column_config.NumberColumn(format="%.1f", help=_HELP.get(name))
        for name in (say("seconds"), say("report's seconds"))
        if name in frame.columns
    }
    if say("note") in frame.columns:
        config[say("note")] = st.column_config.TextColumn(width="large")
    import pandas as pd

    # These are sorted as numbers and shown as people write them, which no format of a column can do.
    plain = [
        name for name in frame.columns if name not in config and pd.api.types.is_numeric_dtype(frame[name])
    ]
    st.dataframe(
        frame.style.format({name: numbers.alike(frame[name].dropna()) for name in plain}, na_rep="")
        if plain
        else frame,
        hide_index=True,
        column_config=config,
        height="content" if len(frame) <= _TALL else "auto",
        key=key,
        placeholder="",
        alt=say("{what}: settings, scores and seconds, a row each", what=what),
        **more,
    )


def _drawn(
    standing: ExperimentStatus, study: Study | None, title: str
) -> tuple[tuple[Row, ...], list[go.Figure]]:
    """The rows of an experiment as it stands, and its figures; worked out once for all who look."""
    ids = ",".join(f"{run.number}:{run.id}" for run in standing.runs)
    return _worked_out(standing.experiment.id, ids, title, standing, study)


@st.cache_resource(max_entries=100, show_spinner=False)
def _worked_out(
    experiment_id: str, ids: str, title: str, _standing: ExperimentStatus, _study: Study | None
) -> tuple[tuple[Row, ...], list[go.Figure]]:
    plan, runs = _standing.experiment.plan, _standing.runs
    table = _study.table if _study else ""
    if not plan.varied or set(plan.varied) <= {LIBRARY, "init"}:
        runs = _whole(runs)  # for their curves
    found = tables.rows(plan, runs, table) if plan.varied else tables.singles(plan, runs)
    everything = tables.rows(plan, runs, table, everything=True)
    mean = published.table("folds")[0].test if table == "folds" else None
    drawn = charts.charts(plan, everything, runs, title=title, report=mean, one_screen=True) if title else []
    return found, charts.untitled(drawn, title)


def _whole(runs: Sequence[Run]) -> tuple[Run, ...]:
    """The same runs with curves and answers, as far as the history has them still."""
    whole = []
    for run in runs:
        try:
            whole.append(jobs.find_run(run.id))
        except (RecordNotFound, DatabaseUnavailable):
            whole.append(run)
    return tuple(whole)


def _frame(plan: Plan, found: Sequence[Row], study: str) -> pd.DataFrame:
    """The table with numbers that sort as such, its index the place in `found`; of the grid, best first."""
    import pandas as pd  # 70 MB, for whoever unfolds such a table

    header, lines = tables.legible(*tables.columns(plan, found))
    frame = pd.DataFrame(lines, columns=header)
    told = plan.varied or (tuple(found[0].values) if found else ())
    for name in told:
        if axes.dimension(name).scale != "names" or not plan.varied:
            frame[axes.title(name)] = [row.values.get(name) for row in found]
    if (
        LIBRARY not in plan.varied
    ):  # else seconds tell what else the computer had to do, not what a setting costs
        frame = frame.drop(columns=[say("seconds"), say("report's seconds")], errors="ignore")
    if plan.score.percent:
        for name in frame.columns.intersection([*_SHARES, *_SPREADS]):
            frame[name] = 100 * frame[name].astype(float)
    if tables.CODES in frame.columns:
        frame[tables.CODES] = 100 * frame[tables.CODES].astype(float)
    for name in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            frame[name] = frame[name].map(csv_text.cell)  # the browser's own download takes cells as they are
    if plan.budget and say("test") in frame.columns:  # those that were trained to the end come first
        frame = frame.sort_values(say("test"), ascending=not plan.score.higher_is_better)
        if tables.STOPPED in frame.columns:
            frame = frame.sort_values(tables.STOPPED, ascending=False, na_position="first", kind="stable")
        return frame
    best_first = study == "grid" and say("test") in frame.columns
    return frame.sort_values(say("test"), ascending=False) if best_first else frame


@st.cache_resource(max_entries=32, show_spinner=False)
def _verdicts(name: str, ids: tuple[str, ...], _study: Study, _runs: Sequence[Run]) -> list[Verdict]:
    whole = [jobs.find_run(run.id) for run in _runs]
    return verdicts.judge(_study, tables.rows(_study.plan, whole, _study.table), whole)
