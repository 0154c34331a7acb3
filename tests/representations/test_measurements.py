"""What a representation is worth: the table, what is in it, and the networks that come out of it."""

from __future__ import annotations

import csv
from typing import Any

import numpy as np
import pytest
from sklearn import decomposition

from nnviz.core import paths
from nnviz.core.records import Array, Split
from nnviz.data import mnist, splits
from nnviz.data.splits import DataSpec
from nnviz.keras_models import autoencoder
from nnviz.keras_models.autoencoder import Settings
from nnviz.model_store import store
from nnviz.numpy_nn import classifier
from nnviz.representations import measurements, pipelines
from nnviz.representations.features import Codes
from nnviz.representations.measurements import REPORTED, Measurement
from nnviz.representations.pipelines import LAYERS, Case

FEW = DataSpec("study", seed=4, n=500, n_test=100)
QUICK = {"max_iter": 8}


def quick(given: Any, hidden: tuple[int, ...] = (12,), **more: Any) -> Case:
    return Case(given, hidden, settings=QUICK, **more)


@pytest.fixture(scope="module")
def study() -> Split:
    return splits.load_split(FEW)


def codes_of(architecture: Any, study: Split) -> Any:
    """A fitted pipeline on the codes of an untrained autoencoder, which is quicker than a trained one."""
    pipe = pipelines.pipeline(quick("raw", (12, 9)))
    pipe.steps[0] = ("features", Codes(autoencoder.build(Settings(architecture=architecture, code_size=10))))
    return pipelines.fit(pipe, study)


def measured(case: Case, test: float, seed: int = 1, outside: float | None = None) -> Measurement:
    """A measurement that nobody made."""
    nothing: Any = None
    spec = DataSpec("study", seed=seed)
    return Measurement(case, spec, test + 0.05, test, outside, 2.0 * seed, 100, nothing, nothing)


def test_the_rows_are_the_reports() -> None:
    found = measurements.rows([measured(case, 0.9) for case in REPORTED])
    told = [(row.report_train, row.report_test) for row in found]
    assert told == [(0.9537, 0.9167), (0.8715, 0.8867), (0.9444, 0.9167), (0.9570, 0.93), (0.9996, 0.9267)]
    assert [row.report_seconds for row in found] == [33, None, None, None, 11]
    assert [len(row.case.hidden) for row in found] == [2, 0, 1, 2, 2]


def test_a_case_that_the_report_does_not_have_stands_alone() -> None:
    (row,) = measurements.rows([measured(Case("raw", ()), 0.9)])
    assert row.report_test is None


def test_networks_are_as_large_as_in_the_report() -> None:
    with (paths.assets() / "report_representations.csv").open(encoding="utf-8") as file:
        sizes = {(row["features"], int(row["layers"])): row["parameters"] for row in csv.DictReader(file)}
    assert sizes["raw", 2] == "85614"
    assert sizes["codes", 2] == "10414"
    raw = measurements.measure(Case("raw", LAYERS[2], settings={"max_iter": 1}), FEW)
    assert raw.parameters == 85_614


def test_a_row_has_the_mean_and_the_spread_of_its_seeds() -> None:
    one, other = Case("pca", (5,), 10), Case("pca", (5,), 20)
    found = [
        measured(one, 0.90, 1, 0.8),
        measured(other, 0.5, 1),
        measured(one, 0.94, 2, 0.9),
        measured(one, 0.95, 3, 0.85),
    ]
    first, second = measurements.rows(found)
    assert first.case == one
    assert first.test.mean == pytest.approx(0.93)
    assert first.test.deviation == pytest.approx(np.std([0.90, 0.94, 0.95], ddof=1))
    assert first.test.n == 3
    assert first.seconds == pytest.approx(4.0)
    assert first.outside is not None
    assert first.outside.mean == pytest.approx(0.85)
    assert second.test.deviation == 0
    assert second.outside is None


def test_a_run_measures_every_case_with_every_seed_and_the_first_seed_first() -> None:
    cases = [quick("raw", ()), quick("pca", (), components=5)]
    found: list[Measurement] = []
    measurements.run(cases, (8, 9), spec=FEW, on_measurement=found.append)
    assert [(one.case.features, one.spec.seed) for one in found] == [
        ("raw", 8),
        ("pca", 8),
        ("raw", 9),
        ("pca", 9),
    ]
    assert found[0].test != found[2].test or found[0].train != found[2].train, "another seed, other digits"


def test_a_run_that_is_stopped_tells_nothing_of_what_it_was_at() -> None:
    found: list[Measurement] = []
    measurements.run(
        [quick("raw", ()), quick("pca", ())],
        (1, 2),
        spec=FEW,
        on_measurement=found.append,
        stop=lambda: len(found) == 1,
    )
    assert len(found) == 1


def test_a_measurement_is_what_its_pipeline_answers(study: Split) -> None:
    found = measurements.measure(quick("pca", components=12), FEW)
    right = found.fitted.predict(study.x_test) == study.y_test
    assert found.test == pytest.approx(right.mean())
    assert found.train == pytest.approx(np.mean(found.fitted.predict(study.x_train) == study.y_train))
    # The digits that the study leaves aside: everything embedded that is in neither part.
    whole = mnist.embedded()
    used = {row.tobytes() for row in np.vstack([study.x_train, study.x_test])}
    rows = mnist.to_rows(whole.images)
    aside = np.array([row.tobytes() not in used for row in rows])
    assert aside.sum() == 4_500
    assert found.outside == pytest.approx(np.mean(found.fitted.predict(rows[aside]) == whole.labels[aside]))
    assert found.parameters == 12 * 12 + 12 + 12 * 10 + 10


def test_the_curves_are_told_of_training_and_test_digits(study: Split) -> None:
    found = measurements.measure(quick("pca", components=12), FEW)
    assert len(found.history.epochs) == 8
    assert found.history.epochs[-1].validation_accuracy == pytest.approx(found.test)
    assert found.history.epochs[-1].loss < found.history.epochs[0].loss


def test_fitting_with_curves_is_fitting_a_pipeline_to_the_bit(study: Split) -> None:
    ours = pipelines.fit(pipelines.pipeline(quick("pca", components=9), seed=3), study)
    theirs = pipelines.pipeline(quick("pca", components=9), seed=3).fit(study.x_train, study.y_train)
    np.testing.assert_array_equal(ours.predict_proba(study.x_test), theirs.predict_proba(study.x_test))


def test_pca_in_the_table_is_fitted_on_the_training_digits_only(study: Split) -> None:
    found = measurements.measure(quick("pca", components=9), FEW)
    theirs = decomposition.PCA(9, svd_solver="full").fit(study.x_train)
    ours = found.fitted["features"].pca_
    np.testing.assert_allclose(ours.mean_, study.x_train.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(np.abs(ours.components_), np.abs(theirs.components_), atol=1e-3)
    everything = np.vstack([study.x_train, study.x_test])
    assert np.abs(everything.mean(axis=0) - ours.mean_).max() > 1e-2, "with the test digits it differs"


def test_the_representations_of_one_digit_lie_side_by_side(study: Split) -> None:
    fitted = pipelines.fit(pipelines.pipeline(quick("pca", (12, 9), components=7)), study)
    seen = pipelines.activations(fitted, study.x_test[0].reshape(28, 28))
    assert [(name, values.shape) for name, values in seen.layers] == [
        ("features", (7,)),
        ("hidden 1", (12,)),
        ("hidden 2", (9,)),
    ]
    places = fitted["features"].transform(study.x_test[:1])[0]
    np.testing.assert_array_equal(seen.layers[0][1], places)
    by_hand = np.maximum(places @ fitted["mlp"].coefs_[0] + fitted["mlp"].intercepts_[0], 0)
    np.testing.assert_allclose(seen.layers[1][1], by_hand, atol=1e-5)
    np.testing.assert_array_equal(seen.probabilities, fitted.predict_proba(study.x_test[:1])[0])


@pytest.mark.parametrize("hidden", [(), (12,), (12, 9)])
def test_pca_and_network_are_one_network_of_pixels(study: Split, hidden: tuple[int, ...]) -> None:
    fitted = pipelines.fit(pipelines.pipeline(quick("pca", hidden, components=7)), study)
    network = pipelines.as_network(fitted)
    assert isinstance(network, classifier.MLPClassifier)
    assert [w.shape for w in network.coefs_] == list(zip((784, *hidden), (*hidden, 10), strict=True))
    assert_same_answers(network.predict_proba(study.x_test), fitted.predict_proba(study.x_test))
    assert network.history_ == fitted["mlp"].history_


def test_a_dense_code_and_network_are_one_network_of_pixels(study: Split) -> None:
    fitted = codes_of("dense", study)
    network = pipelines.as_network(fitted)
    assert_same_answers(network.predict_proba(study.x_test), fitted.predict_proba(study.x_test))


def test_a_convolutional_code_and_network_are_one_network_of_pictures(study: Split) -> None:
    fitted = codes_of("convolutional", study)
    network = pipelines.as_network(fitted)
    answers = network.predict(study.x_test.reshape(-1, 28, 28, 1), verbose=0)
    assert_same_answers(answers, fitted.predict_proba(study.x_test))
    assert network.get_layer("strokes") is not fitted["features"].model.get_layer("encoder").get_layer(
        "strokes"
    )


def assert_same_answers(ours: Array, theirs: Array) -> None:
    np.testing.assert_allclose(ours, theirs, atol=1e-4)
    assert (ours.argmax(axis=1) == theirs.argmax(axis=1)).all()


def test_a_measured_network_goes_into_the_store_as_one_that_reads_pixels(study: Split) -> None:
    found = measurements.measure(quick("pca", (12,), components=7), FEW)
    entry = measurements.keep(found, "Twelve units behind PCA")
    network = store.load(entry.name)
    assert float(np.mean(network.predict(study.x_test) == study.y_test)) == pytest.approx(found.test)
    card = store.find(entry.name).card
    assert (card.kind, card.title) == ("mlp", "Twelve units behind PCA")
    assert card.metrics["test_accuracy"] == pytest.approx(found.test)
    assert (card.n_train, card.n_test, card.seed) == (400, 100, 4)
    assert card.spec["source"] == "study"
    assert card.parameters == 784 * 12 + 12 + 12 * 10 + 10
    assert len(card.history.epochs) == 8
    assert "PCA, 7 components" in card.note
    store.delete(entry)


@pytest.mark.parametrize(
    ("case", "digits", "expected"),
    [
        (Case("pca", components=300), 270, "270 digits .* 1 to 270 principal components"),
        (Case("pca", components=0), 2700, "principal components"),
        (Case("codes", model="nowhere"), 2700, "No model 'nowhere'"),
        (Case("codes", model="mlp_study"), 2700, "'mlp_study' is another kind of network"),
        (Case("fourier"), 2700, "one of raw, pca, codes"),  # type: ignore[arg-type]
        (Case("raw", (0,)), 2700, "hidden_layer_sizes"),
        (Case("raw", settings={"alpha": -1}), 2700, "alpha"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_it_is(case: Case, digits: int, expected: str) -> None:
    with pytest.raises(ValueError, match=expected) as refused:
        case.check(digits)
    assert "\n" not in str(refused.value)


def test_settings_that_no_network_has_are_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="momentun"):
        Case("raw", settings={"momentun": 0.5}).check(2700)


def test_cases_have_titles_for_people() -> None:
    assert Case("raw", (100, 64)).title == "Raw pixels, 2 hidden layers"
    assert Case("pca", (), 25).title == "PCA, 25 components, no hidden layers"
    assert Case("codes", (100,)).title == "Codes of 'autoencoder', 1 hidden layer"
