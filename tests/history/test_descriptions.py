"""What a run was made with, in words: only what differs from the usual is marked, and nothing is lost."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, replace
from zoneinfo import ZoneInfo

from nnviz.core.records import History
from nnviz.core.results import Run
from nnviz.history import descriptions
from nnviz.keras_models import cnn
from nnviz.numpy_nn.classifier import MLPClassifier
from tests.recording import CARD, RUN


def test_a_network_of_which_nothing_was_asked_has_only_usual_settings() -> None:
    usual = MLPClassifier().get_params(deep=False)
    found = descriptions.settings(replace(CARD, settings=usual))
    assert {each.name for each in found} == set(usual) - {"random_state"}
    assert not any(each.changed for each in found)
    settings = asdict(cnn.Settings(kernel_size=8, learning_rate="cosine"))
    kernels = replace(CARD, kind="cnn", settings=settings)
    changed = {each.title: (each.text, each.usual) for each in descriptions.settings(kernels) if each.changed}
    assert changed == {
        "kernel size": ("8", "3"),
        "learning rate from epoch to epoch": ("Falls to 0 along half a cosine", "Always the same"),
    }


def test_no_two_settings_go_by_the_same_title() -> None:
    titles = [
        each.title for each in descriptions.settings(replace(CARD, settings=MLPClassifier().get_params()))
    ]
    assert len(set(titles)) == len(titles)


def test_the_facts_of_a_run_leave_out_what_is_not_known() -> None:
    facts = dict(descriptions.facts(replace(RUN, id="0" * 16)))
    assert facts["seed"] == "42"
    assert facts["versions"] == "numpy 2.4.6"
    assert facts["time"] == "2026-01-02 03:04 UTC"
    assert facts["epochs"] == "2"
    assert not {"fold", "measured on"} & set(facts)


def test_a_time_is_told_by_the_clocks_of_who_asks() -> None:
    run = replace(RUN, card=replace(CARD, created="2026-01-02T23:30:00+00:00"))
    assert descriptions.when(run) == "2026-01-02 23:30"
    assert descriptions.when(run, ZoneInfo("Europe/Berlin")) == "2026-01-03 00:30"
    assert dict(descriptions.facts(run, ZoneInfo("Asia/Tokyo")))["time"] == "2026-01-03 08:30"


def test_how_a_run_ended_is_said_in_words() -> None:
    assert descriptions.ending(RUN) == "finished"
    assert descriptions.ending(replace(RUN, failure="No digits.")) == "failed"
    early = Run(replace(CARD, history=History((), "early")))
    assert descriptions.ending(early) == "stopped early by ε"


def test_a_run_of_an_experiment_goes_by_its_number_unless_it_has_a_name() -> None:
    trial = replace(RUN, name="", experiment="e", number=12, fold=3)
    assert descriptions.title(trial) == "MLP, no. 13, fold 3"
    assert descriptions.title(replace(trial, name="mine")) == "mine"
    assert descriptions.title(replace(RUN, name="")) == "MLP"


def test_a_list_of_runs_is_a_table_with_settings_and_scores_in_full() -> None:
    nasty = replace(RUN, name='=HYPERLINK("http://elsewhere")', card=replace(CARD, title="a, b"))
    text = descriptions.to_csv([nasty, replace(RUN, card=replace(CARD, kind="cnn", settings={"filters": 8}))])
    one, two = csv.DictReader(io.StringIO(text))
    assert one["name"] == "'" + nasty.name, "no spreadsheet takes it for a formula"
    assert (one["title"], one["setting: hidden_layer_sizes"]) == ("a, b", "100-64")
    assert float(one["score: test_accuracy"]) == 0.71
    assert (two["setting: filters"], two["setting: alpha"]) == ("8", "")


def test_settings_are_told_in_the_words_of_the_forms() -> None:
    made = {"init": "he", "penalty": "l2", "augment": "pens", "activation": "logistic", "solver": "rmsprop"}
    told = {each.name: each.text for each in descriptions.settings(replace(CARD, settings=made))}
    assert told == {
        "init": "Better (He 2015)",
        "penalty": "Squares of the weights (L2)",
        "augment": "Larger moves and other pens",
        "activation": "Sigmoid",
        "solver": "RMSprop",
    }
    foreign = {each.text for each in descriptions.settings(replace(CARD, settings={"init": "of my own"}))}
    assert foreign == {"of my own"}


def test_a_data_set_has_one_name_whatever_its_card_calls_it() -> None:
    told = [
        dict(descriptions.facts(replace(RUN, card=replace(CARD, data=data))))["data"]
        for data in ("embedded 5,000", "study set: 3,000 of the embedded 5,000", "my digits.csv")
    ]
    assert told == [
        "the app's 5,000 digits",
        "study set: 3,000 of the app's 5,000 digits",
        "my digits.csv",
    ]
