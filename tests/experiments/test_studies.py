"""The report's experiments are made as it made them, and its own numbers stand where they belong."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from nnviz.core.records import History
from nnviz.core.results import Run
from nnviz.data.splits import DataSpec
from nnviz.experiments import axes, charts, executor, published, studies, tables
from nnviz.experiments import plan as plans
from nnviz.experiments.plan import PlanRefused
from nnviz.experiments.studies import STUDIES, Study
from tests.experimenting import FEW, SMALL, plan
from tests.recording import CARD, RUN

every_study = pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)


@every_study
def test_a_study_can_be_made_and_says_what_to_notice(study: Study) -> None:
    executor.check(study.plan)
    assert study.plan.spec == DataSpec("study", 42)
    assert len(study.notice) > 40
    assert study.notice.endswith(".")
    settings = study.plan.settings
    assert (settings["learning_rate_init"], settings["batch_size"], settings["max_iter"]) == (0.004, 16, 100)
    assert (settings["momentum"], settings["alpha"], settings["tol"]) == (0, 0.5, 0)


def test_the_report_s_trainings_are_about_a_hundred() -> None:
    assert 95 <= sum(len(study.plan) for study in STUDIES.values() if not study.like) <= 105


def test_studies_start_from_the_report_s_weights_and_every_lambda_table_has_a_twin_from_he_s() -> None:
    for study in STUDIES.values():
        assert study.plan.settings["init"] == ("he" if study.like else "normal")
        if study.table == "lambda" and not study.like:
            twin = STUDIES[study.twin]
            assert twin.like == study.name
            assert not twin.table, "the report never trained from these weights"
            assert twin.plan.grid == study.plan.grid
            assert twin.plan.settings == {**study.plan.settings, "init": "he"}


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("lambda-2", ["alpha"]),
        ("lambda-1", ["alpha"]),
        ("rate-2", ["learning_rate_init"]),
        ("rate-1", ["learning_rate_init"]),
        ("batch-2", ["batch_size"]),
        ("batch-1", ["batch_size"]),
    ],
)
def test_every_value_of_the_report_s_tables_is_tried(name: str, columns: list[str]) -> None:
    study = STUDIES[name]
    layers = study.plan.settings["hidden_layer_sizes"]
    wanted = {
        line.settings[columns[0]]
        for line in published.table(study.table)
        if line.settings["hidden_layer_sizes"] == layers
    }
    tried = set(study.plan.grid[0][columns[0]])
    assert len(wanted) == len(tried)
    assert all(any(math.isclose(a, b, rel_tol=1e-9) for b in tried) for a in wanted)


def test_the_grid_has_the_report_s_thirty_six_combinations() -> None:
    grid = STUDIES["grid"].plan
    assert len(grid) == 36 == 2 * 3 * 6
    found = tables.rows(grid, [runs_of(trial.number) for trial in grid.trials()], "grid")
    reported = {
        (row.labels["activation"], row.labels["alpha"], row.labels["hidden_layer_sizes"]): row.report_test
        for row in found
        if row.report_test
    }
    assert reported == {
        ("ReLU", "0.5", "100"): 0.9033,
        ("tanh", "0.5", "100"): 0.9033,
        ("ReLU", "0.5", "100-64"): 0.9033,
        ("tanh", "0.5", "100-64"): 0.8933,
    }


def runs_of(number: int) -> Run:
    return Run(CARD, id=f"run {number}", number=number)


# The report's own numbers


@pytest.mark.parametrize(
    ("table", "settings", "train", "test", "seconds"),
    [
        ("lambda", {"hidden_layer_sizes": (100, 64), "alpha": 1.0}, 0.8874, 0.8967, 16.1),
        ("lambda", {"hidden_layer_sizes": (100,), "alpha": 5.0}, 0.5481, 0.5367, 18.7),
        ("lambda", {"hidden_layer_sizes": (100, 64), "alpha": 1e6}, 0.1015, 0.08, 18.0),
        ("rate", {"hidden_layer_sizes": (100,), "learning_rate_init": 0.01}, 0.9196, 0.9067, None),
        ("rate", {"hidden_layer_sizes": (100, 64), "learning_rate_init": 1e-6}, 0.2196, 0.21, None),
        ("batch", {"hidden_layer_sizes": (100, 64), "batch_size": 64}, 0.8311, 0.7633, None),
        ("folds", {"folds": 5}, None, 0.9033, None),
        ("libraries", {"library": "keras", "init": "glorot"}, 0.9537, 0.9167, 33.0),
        ("representations", {"features": "pca-40", "hidden_layer_sizes": ()}, 0.8715, 0.8867, None),
    ],
)
def test_a_number_of_the_report_is_found_by_the_settings_it_stands_beside(
    table: str, settings: dict[str, object], train: float | None, test: float, seconds: float | None
) -> None:
    line = published.beside(published.table(table), {**settings, "momentum": 0.0})
    assert line is not None
    assert (line.train, line.test, line.seconds) == (train, test, seconds)


def test_settings_that_the_report_did_not_try_have_no_number_of_its() -> None:
    lines = published.table("lambda")
    assert published.beside(lines, {"hidden_layer_sizes": (100, 64), "alpha": 0.2}) is None
    assert published.beside(lines, {"hidden_layer_sizes": (50,), "alpha": 0.5}) is None
    assert published.beside(lines, {"alpha": 0.5}) is None
    codes = published.table("representations")
    assert published.beside(codes, {"features": "codes-mine", "hidden_layer_sizes": (100, 64)}) is None
    assert published.beside(codes, {"features": "pca-25", "hidden_layer_sizes": (12,)}) is None


def test_the_tables_are_as_long_as_in_the_report() -> None:
    assert {name: len(published.table(name)) for name in published.TABLES} == {
        "lambda": 24, "rate": 28, "batch": 8, "grid": 4, "folds": 1, "libraries": 2,
        "representations": 5,
        "kernels": 5,
    }  # fmt: skip


def test_representations_have_the_report_s_rows_in_its_order_and_the_best_after_them() -> None:
    asked = studies.representations(30, best=True)
    assert len(asked) == 7 * 5
    rows = tables.rows(asked, (), studies.REPRESENTATIONS, everything=True)
    assert [(row.values["features"], row.values["hidden_layer_sizes"]) for row in rows] == [
        ("raw", (100, 64)),
        ("pca-30", ()),
        ("pca-30", (100,)),
        ("pca-30", (100, 64)),
        ("codes-autoencoder", (100, 64)),
        ("pca-40", (256, 128)),
        ("codes-autoencoder_conv", (256, 128)),
    ]
    told = [(row.report_train, row.report_test, row.report_seconds) for row in rows]
    assert told == [
        (0.9537, 0.9167, 33),
        (0.8715, 0.8867, None),
        (0.9444, 0.9167, None),
        (0.9570, 0.93, None),
        (0.9996, 0.9267, 11),
        (None, None, None),
        (None, None, None),
    ]
    assert executor.check(asked) == 2_700
    assert [trial.keep for trial in asked.trials()] == [True] * 7 + [False] * 28
    assert charts.charts(asked, rows, (), title="")[0].data


def test_what_is_kept_is_not_part_of_the_question() -> None:
    asked = studies.representations()
    assert replace(asked, keep=False).key == asked.key
    assert plans.from_json(plans.to_json(asked)) == asked
    assert not plans.from_json({k: v for k, v in plans.to_json(asked).items() if k != "keep"}).keep


# Rows


def scored(number: int, test: float, train: float = 0.9, seconds: float = 1.0) -> Run:
    metrics = {"train_accuracy": train, "test_accuracy": test}
    return Run(replace(CARD, metrics=metrics, seconds=seconds), id=f"run {number}", number=number)


def test_repeats_become_a_row_with_their_mean_and_deviation() -> None:
    asked = plan(grid=({"alpha": (0.1, 0.5)},), seeds=(1, 2, 3))
    # The first seed's trials come first: alpha 0.1 has the numbers 0, 2 and 4.
    found = tables.rows(asked, [scored(4, 0.9), scored(0, 0.8), scored(2, 0.7, seconds=4), scored(3, 0.5)])
    assert [row.labels["alpha"] for row in found] == ["0.1", "0.5"]
    first, second = found
    assert first.runs == ("run 0", "run 2", "run 4")
    assert first.test is not None
    assert (first.test.mean, first.test.deviation, first.test.n) == (
        pytest.approx(0.8),
        pytest.approx(0.1),
        3,
    )
    assert first.test.error == pytest.approx(0.1 / math.sqrt(3))
    assert first.seconds == 2
    assert second.test is not None
    assert (second.test.mean, second.test.deviation, second.test.n) == (0.5, 0, 1)
    assert first.outside is None
    assert first.best is None


def test_rows_that_diverged_or_failed_say_so() -> None:
    lost = replace(CARD, history=History((), "diverged"), note="It diverged.", metrics={"test_accuracy": 0.1})
    failed = Run(replace(CARD, metrics={}), number=1, failure="Its worker died.")
    first, second = tables.rows(plan(grid=({"alpha": (0.1, 0.5)},)), [Run(lost, number=0), failed])
    assert (first.diverged, first.failed, first.note) == (1, 0, "It diverged.")
    assert first.test is not None
    assert (second.diverged, second.failed, second.note) == (0, 1, "Its worker died.")
    assert second.test is None


def test_a_table_as_csv_has_every_number_in_full() -> None:
    study = STUDIES["lambda-2"]
    found = tables.rows(study.plan, [scored(0, 0.123456789012), scored(7, 0.9)], "lambda")
    lines = tables.to_csv(study.plan, found).splitlines()
    assert lines[0] == (
        "λ,train,test,other digits,best epoch,seconds,report's train,report's test,report's seconds,note"
    )
    assert lines[1] == "1e-14,0.9,0.123456789012,,,1.0,0.9985,0.79,15.9,"
    assert lines[2].startswith("1.0,")
    assert len(lines) == 3


def test_a_table_of_repeats_tells_how_many_and_how_far_apart() -> None:
    asked = plan(grid=({"alpha": (0.1,)},), seeds=(1, 2))
    header, (line,) = tables.columns(asked, tables.rows(asked, [scored(0, 0.8), scored(1, 0.9)]))
    told = dict(zip(header, line, strict=True))
    assert told["runs"] == 2
    assert told["test spread"] == pytest.approx(0.1 / math.sqrt(2))
    assert "report's test" not in told


# Typed values


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("alpha", "0, 1e-4; .5  2", (0.0, 1e-4, 0.5, 2.0)),
        ("alpha", "1 1 1.0", (1.0,)),
        ("hidden_layer_sizes", "none, 100, 100-64, 10x20x30", ((), (100,), (100, 64), (10, 20, 30))),
        ("batch_size", "8 16", (8, 16)),
        ("activation", "relu,tanh", ("relu", "tanh")),
        ("activation", "Leaky ReLU; sigmoid", ("leaky_relu", "logistic")),
        ("init", "he normal", ("he", "normal")),
        ("dropout", "0 0.25", (0.0, 0.25)),
        ("features", "raw, pca-25 codes-mine_1", ("raw", "pca-25", "codes-mine_1")),
    ],
)
def test_typed_values_are_understood(name: str, text: str, expected: tuple[object, ...]) -> None:
    assert axes.values(name, text) == expected


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("alpha", "-1", "from 0 up, not '-1'"),
        ("alpha", "0.1, nan", "from 0 up, not 'nan'"),
        ("alpha", "1e999", "from 0 up"),
        ("alpha", "", "not ''"),
        ("batch_size", "0", "whole number from 1 up"),
        ("batch_size", "1.5", "whole number"),
        ("hidden_layer_sizes", "100-", "100-64"),
        ("hidden_layer_sizes", "100--64", "100-64"),
        ("activation", "relu, cubic", "one of ReLU, Sigmoid"),
        ("dropout", "1", "below 1, not '1'"),
        ("features", "pca", "raw, pca- with a number of components, or codes- with"),
        ("nonsense", "1", "What can vary"),
        ("alpha", " ".join(map(str, range(200))), "Up to 100 values"),
    ],
)
def test_typed_nonsense_is_refused_in_a_sentence(name: str, text: str, wanted: str) -> None:
    with pytest.raises(PlanRefused, match=wanted):
        axes.values(name, text)


def test_what_another_library_lacks_is_refused_before_anything_is_trained() -> None:
    for lacking in ({"init": "he"}, {"init": "glorot", "dropout": 0.5}):
        asked = plan(settings=SMALL | lacking, grid=({"library": ("nnviz", "keras")},))
        with pytest.raises(PlanRefused, match="keras is compared without"):
            executor.check(asked)


@pytest.mark.parametrize("axis", axes.AXES.values(), ids=axes.AXES)
def test_the_values_that_a_form_suggests_can_be_trained_with(axis: axes.Axis) -> None:
    values = axes.values(axis.name, axis.values)
    assert len(values) >= 2
    start = {"init": "glorot"} if axis.name == "library" else {}  # the one that all libraries have
    special = {"kept": (replace(FEW, scarce=3), 240), "n_train": (DataSpec(), 500)}
    spec, learn = special.get(axis.name, (FEW, 240))
    assert executor.check(plan(spec=spec, settings=SMALL | start, grid=({axis.name: values},))) == learn
    labels = [axes.label(axis.name, value) for value in values]
    assert len(set(labels)) == len(values)
    if axis.name != "features":  # of which some are read with a comma, and typed without
        assert axes.values(axis.name, ", ".join(labels)) == values


def test_where_nothing_varies_every_fold_has_a_row_of_its_own() -> None:
    asked = plan(folds=2, seeds=(1, 2))
    made = [
        Run(
            replace(CARD, seed=each.spec.seed, metrics={"test_accuracy": 0.9}),
            number=each.number,
            fold=each.fold,
        )
        for each in asked.trials()
    ]
    found = tables.singles(asked, made[::-1])
    assert [dict(row.labels) for row in found] == [
        {"fold": str(fold), "seed": str(seed)} for seed in (1, 2) for fold in (1, 2)
    ]
    assert tables.columns(asked, found)[0][:2] == ["fold", "seed"]


def test_a_table_for_people_has_no_empty_columns_and_the_report_s_beside_ours() -> None:
    asked = STUDIES["batch-2"].plan
    (row,) = tables.rows(asked, [replace(RUN, number=1)], "batch")
    header, (line,) = tables.legible(*tables.columns(asked, [row]))
    assert header == ["batch size", "test", "report's test", "train", "report's train", "seconds"]
    assert line == ["16", 0.71, 0.8867, 0.8, 0.9322, 0.3]


def test_a_row_that_is_still_to_come_has_the_report_s_numbers_and_no_others() -> None:
    rows = tables.rows(STUDIES["batch-2"].plan, [], "batch", everything=True)
    assert [row.labels["batch_size"] for row in rows] == ["8", "16", "32", "64"]
    assert [row.report_test for row in rows] == [0.88, 0.8867, 0.82, 0.7633]
    assert {(row.test, row.seconds, row.runs) for row in rows} == {(None, None, ())}


def test_the_run_of_a_row_can_be_found_by_its_id() -> None:
    (row,) = tables.rows(plan(), [RUN])
    assert row.runs == (RUN.id,)


def test_more_components_than_digits_are_refused_before_anything_is_trained() -> None:
    with pytest.raises(PlanRefused, match="240 digits of 784 pixels have 1 to 240"):
        executor.check(plan(grid=({"features": ("raw", "pca-241")},)))


def test_the_downloaded_table_has_each_value_below_its_setting_whatever_was_chosen_first() -> None:
    asked = plan(grid=({"max_iter": (1, 3), "alpha": (0.25,)},))
    header, *lines = tables.to_csv(asked, tables.rows(asked, (), everything=True)).splitlines()
    assert header.startswith("epochs,λ,")
    assert [line.split(",")[:2] for line in lines] == [["1", "0.25"], ["3", "0.25"]]
