"""A run seen whole: every kind and every ending of one, without a browser."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from nnviz.core.records import Epoch, History
from nnviz.core.results import Answers, Run
from nnviz.data.splits import DataSpec
from nnviz.model_store import store
from tests.experimenting import here, plan
from tests.pages.reading import tables, tables_of, words
from tests.recording import CARD


def seen(run: Run, section: str = "") -> AppTest:
    """The run on a page of its own, with that section open."""

    def page() -> None:
        import streamlit as st

        from nnviz.ui.shared import run_view

        run_view.show(st.session_state["run"], key="one")

    app = AppTest.from_function(page, default_timeout=60)
    app.session_state["run"] = run
    if section:
        app.session_state["one_section"] = section
    return app.run()


@pytest.fixture(scope="module")
def run() -> Run:
    """A short training, as an experiment makes it."""
    (made,) = here(plan(settings={**dict(plan().settings), "dropout": 0.25}))
    return replace(made, id="0123456789abcdef")


def test_what_a_run_scored_is_what_its_answers_say(run: Run) -> None:
    app = seen(run)
    assert not app.exception
    shown = {metric.label: metric.value for metric in app.metric}
    assert run.answers is not None
    assert shown["Right on held-back digits"] == f"{run.answers.right.mean():.2%}"
    assert shown["Seed"] == "42"
    assert shown["Parameters"] == f"{784 * 12 + 12 + 12 * 10 + 10:,}"
    assert "Experiments · NumPy · study set" in words(app)


def test_the_settings_that_are_not_the_usual_ones_are_marked(run: Run) -> None:
    app = seen(run, "Settings")
    assert not app.exception
    table = tables_of(app)[0]
    marked = {title for title, row in table.iterrows() if row[""]}
    assert marked == {"hidden layers", "dropout", "learning rate", "batch size", "epochs"}
    assert tuple(table.loc["dropout"][:2]) == ("0.25", "0")
    assert "numpy" in tables(app)
    assert "learning rate from epoch to epoch" in table.index


def test_the_mistakes_are_those_of_the_answers(run: Run) -> None:
    app = seen(run, "Mistakes")
    assert not app.exception
    assert run.answers is not None
    assert f"{int((~run.answers.right).sum())} digits read wrong" in words(app)


def test_a_diverged_run_says_so_and_a_failed_one_has_no_scores() -> None:
    lost = History((Epoch(1, loss=2.0, accuracy=0.1),), "diverged", "In epoch 2: lower the learning rate.")
    diverged = seen(Run(replace(CARD, history=lost, note=lost.note), id="1" * 16))
    assert not diverged.exception
    assert "It diverged. In epoch 2: lower the learning rate." in words(diverged)
    failed = seen(Run(replace(CARD, metrics={}), id="2" * 16, failure="There were no digits."))
    assert not failed.exception
    assert "There is no network: There were no digits." in words(failed)
    assert not failed.metric


def test_answers_that_nobody_kept_are_a_sentence() -> None:
    app = seen(Run(CARD, id="3" * 16), "Mistakes")
    assert not app.exception
    assert "were not kept" in words(app)


def test_digits_that_are_gone_leave_the_matrix() -> None:
    rng = np.random.default_rng(0)
    spec = asdict(DataSpec("upload", digest="0" * 16))
    labels = rng.integers(0, 10, 30)
    answers = Answers(np.arange(30), labels, rng.dirichlet(np.ones(10), 30).astype(np.float32), spec)
    app = seen(Run(CARD, id="4" * 16, answers=answers), "Mistakes")
    assert not app.exception
    assert "The digits cannot be shown" in words(app)
    assert len(app.get("plotly_chart")) == 1


@pytest.mark.parametrize("name", ["mlp_study", "autoencoder"])
@pytest.mark.parametrize("section", ["Learning", "Settings"])
def test_a_network_of_the_shelf_is_seen_in_the_same_way(name: str, section: str) -> None:
    card = store.find(name).card
    app = seen(Run(card, id=name), section)
    assert not app.exception
    labels = [metric.label for metric in app.metric]
    assert ("PCA's error" in labels) == (name == "autoencoder")


def test_what_somebody_typed_as_a_name_is_shown_as_it_is() -> None:
    app = seen(Run(CARD, id="5" * 16, name="![a picture](http://elsewhere) *bold*"))
    assert "!\\[a picture\\](http:\u2060//elsewhere) \\*bold\\*" in words(app)
