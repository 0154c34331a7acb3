"""The network against truths that are not its own: finite differences, scikit-learn, Keras, SciPy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import scipy.special
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier as TheirClassifier

from nnviz.core.records import Array
from nnviz.data import augmentation
from nnviz.numpy_nn import activations, initializers, losses, optimizers, regularizers, training_loop
from nnviz.numpy_nn.activations import ACTIVATIONS
from nnviz.numpy_nn.classifier import MLPClassifier
from nnviz.numpy_nn.fast import FastSGD, Parameters, blas, matmul_split
from tests.processes import unwatched

# --- scikit-learn's own checks of an estimator ------------------------------------------------------------

# Two of them want the same answer to seven digits whatever stands beside a sample. float32 products keep that
# on some processors only, as BLAS takes the last few rows another way; ours for float32 is the next test.
ROUNDING = {"check_methods_sample_order_invariance", "check_methods_subset_invariance"}

CHECKS = """
import json
from sklearn.utils.estimator_checks import check_estimator
from nnviz.numpy_nn.classifier import MLPClassifier

results = check_estimator(MLPClassifier(**json.loads({settings!r})), on_fail=None, on_skip=None)
print(json.dumps([[check["check_name"], check["status"], repr(check["exception"])] for check in results]))
"""


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"hidden_layer_sizes": []},
        {"solver": "adam", "activation": "tanh", "init": "glorot", "penalty": "l1"},
        {"activation": "logistic", "dropout": 0.1, "tol": 1e-3, "learning_rate_init": 0.1},
    ],
)
def test_scikit_learn_s_checks_all_pass_and_none_is_skipped(settings: dict[str, Any]) -> None:
    # In a process of its own: one of the checks is skipped unless this is set before SciPy is imported.
    environment = unwatched(SCIPY_ARRAY_API="1")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CHECKS.format(settings=json.dumps(settings))],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert [result for result in results if result[1] != "passed" and result[0] not in ROUNDING] == []
    assert {result[0] for result in results} >= ROUNDING
    assert len(results) > 50


@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_an_answer_hangs_on_neither_the_order_of_digits_nor_their_company(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = [784, 33, 10]
    coefs = [rng.normal(0, a**-0.5, (a, b)).astype(np.float32) for a, b in pairwise(sizes)]
    model = MLPClassifier.from_weights(coefs, [rng.normal(size=b).astype(np.float32) for b in sizes[1:]])
    x = rng.random((n, 784), np.float32)
    order = rng.permutation(n)
    together = model.predict_proba(x)
    np.testing.assert_allclose(model.predict_proba(x[order]), together[order], rtol=2e-5, atol=1e-7)
    alone = np.concatenate([model.predict_proba(x[[i]]) for i in range(n)])
    np.testing.assert_allclose(alone, together, rtol=2e-5, atol=1e-7)


# --- gradients against finite differences -----------------------------------------------------------------

VALUES: dict[str, Callable[[Array], Array]] = {
    "relu": lambda z: np.where(z > 0, z, 0),
    "logistic": scipy.special.expit,
    "tanh": np.tanh,
    "identity": lambda z: z,
    "leaky_relu": lambda z: np.where(z > 0, z, z / 5),
    "elu": lambda z: np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1),
    "gelu": lambda z: z * scipy.stats.norm.cdf(z),
    "silu": lambda z: z * scipy.special.expit(z),
}
PENALTIES: dict[str, Callable[[Array], float]] = {
    "l2": lambda w: float((w**2).sum() / 2),
    "l1": lambda w: float(np.abs(w).sum()),
}
ALPHA = 0.7


def plain_loss(
    parameters: Parameters, x: Array, labels: Array, activation: str, penalty: str, masks: list[Array]
) -> float:
    """The loss of a batch as a textbook has it, with nothing of the network's own code."""
    a = x
    for i, (w, b) in enumerate(zip(parameters.coefs, parameters.intercepts, strict=True)):
        z = a @ w + b
        if i < len(masks):
            a = VALUES[activation](z) * masks[i]
    errors = -scipy.special.log_softmax(z, axis=1)[np.arange(len(x)), labels]
    added = sum(PENALTIES[penalty](w) for w in parameters.coefs)
    return float(errors.mean() + ALPHA / len(x) * added)


def trained_gradient(trainer: training_loop.Trainer, x: Array, labels: Array, rate: float) -> Array:
    """The gradient that a step of training has gone against, told from where it went."""
    before = trainer.parameters.flat.copy()
    k = trainer.parameters.sizes[-1]
    trainer.step(x, np.eye(k)[labels], np.empty((len(x), k)))
    gradient: Array = (before - trainer.parameters.flat) / rate
    trainer.parameters.flat[...] = before
    return gradient


@pytest.mark.parametrize("dropout", [0.0, 0.5])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("hidden", [(), (5,), (5, 4), (6, 5, 4)])
@pytest.mark.parametrize("penalty", sorted(regularizers.REGULARIZERS))
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_a_step_goes_against_the_gradient_that_finite_differences_find(
    activation: str, penalty: str, hidden: tuple[int, ...], momentum: float, dropout: float
) -> None:
    rng = np.random.default_rng(8)
    rate, n = 0.01, 7
    parameters = Parameters([6, *hidden, 3], np.float64)
    parameters.flat[...] = rng.normal(0, 0.7, parameters.flat.size)
    x, labels = rng.normal(0, 1, (n, 6)), rng.integers(0, 3, n)
    trainer = training_loop.Trainer(
        parameters,
        ACTIVATIONS[activation],
        FastSGD(parameters, rate, momentum),
        regularizers.REGULARIZERS[penalty],
        alpha=ALPHA,
        batch_size=n,
        dropout=dropout,
        change=None,
        rng=rng,
    )
    masks = [np.ones((n, size)) for size in hidden]
    if dropout:
        masks = [rng.choice([0.0, 2.0], (n, size)) for size in hidden]
        trainer._masks = lambda hidden: masks  # type: ignore[method-assign]
    found = trained_gradient(trainer, x, labels, rate)

    expected = np.empty_like(parameters.flat)
    step = 1e-6
    for i, value in enumerate(parameters.flat.copy()):
        around = []
        for moved in (value + step, value - step):
            parameters.flat[i] = moved
            around.append(plain_loss(parameters, x, labels, activation, penalty, masks))
        parameters.flat[i] = value
        expected[i] = (around[0] - around[1]) / (2 * step)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)


# --- the same weights as scikit-learn ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def digits() -> tuple[Array, Array]:
    """300 digits of 8 x 8 pixels in [0, 1]: 18 batches of 16 and a short one of 12."""
    x, y = load_digits(return_X_y=True)
    return (x[:300] / 16).astype(np.float32), y[:300]


def start(sizes: list[int]) -> tuple[list[Array], list[Array]]:
    rng = np.random.default_rng(1)
    coefs = [rng.normal(0, np.sqrt(2 / n), (n, m)) for n, m in pairwise(sizes)]
    return coefs, [rng.normal(0, 0.1, m) for m in sizes[1:]]


SOLVERS = {
    "plain": {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.05},
    "momentum": {"solver": "sgd", "momentum": 0.9, "learning_rate_init": 0.02},
    "adam": {"solver": "adam", "learning_rate_init": 0.002},
}


@pytest.mark.parametrize("solver", sorted(SOLVERS))
@pytest.mark.parametrize("hidden", [(), (20,), (20, 12), (16, 12, 8)])
@pytest.mark.parametrize("activation", ["identity", "logistic", "relu", "tanh"])
def test_after_three_epochs_the_weights_are_scikit_learn_s(
    digits: tuple[Array, Array],
    monkeypatch: pytest.MonkeyPatch,
    activation: str,
    hidden: tuple[int, ...],
    solver: str,
) -> None:
    x, y = digits
    coefs, intercepts = start([64, *hidden, 10])
    settings = {"activation": activation, "alpha": 0.3, "batch_size": 16, **SOLVERS[solver]}
    orders: list[Array] = []
    draw = training_loop.epoch_order

    def record(rng: np.random.Generator, n: int) -> Array:
        orders.append(draw(rng, n))
        return orders[-1]

    monkeypatch.setattr(training_loop, "epoch_order", record)
    ours = MLPClassifier.from_weights(coefs, intercepts, random_state=0, **settings)
    for _ in range(3):
        ours.partial_fit(x, y)

    theirs = TheirClassifier(hidden, shuffle=False, nesterovs_momentum=False, **settings)
    theirs.partial_fit(x, y, classes=np.arange(10))
    theirs.coefs_, theirs.intercepts_ = [w.copy() for w in coefs], [b.copy() for b in intercepts]
    del theirs._optimizer  # which moves other arrays, and has moved
    for order in orders:
        theirs.partial_fit(x[order].astype(np.float64), y[order])

    assert len(orders) == 3
    for mine, their_own, begun in zip(ours.coefs_, theirs.coefs_, coefs, strict=True):
        np.testing.assert_allclose(mine, their_own, atol=1e-5)
        assert np.abs(their_own - begun).max() > 0.01, "nothing would be proved by weights that stand still"
    for mine, their_own in zip(ours.intercepts_, theirs.intercepts_, strict=True):
        np.testing.assert_allclose(mine, their_own, atol=1e-5)


# --- the same probabilities as Keras ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def keras() -> Any:
    """Keras, which takes seconds to import."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    return pytest.importorskip("keras")


@pytest.mark.slow
@pytest.mark.parametrize("hidden", [(), (100, 64)])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_a_keras_model_with_its_weights_says_the_same(
    keras: Any, activation: str, hidden: tuple[int, ...]
) -> None:
    theirs = ACTIVATIONS[activation].keras
    rng = np.random.default_rng(2)
    x, y = rng.random((200, 784), np.float32), rng.integers(0, 10, 200)
    ours = MLPClassifier(hidden, activation=activation, init="glorot", max_iter=3, random_state=0).fit(x, y)
    model = keras.Sequential(
        [keras.Input((784,))]
        + [keras.layers.Dense(units, theirs) for units in hidden]
        + [keras.layers.Dense(10, "softmax")]
    )
    for layer, w, b in zip(model.layers, ours.coefs_, ours.intercepts_, strict=True):
        layer.set_weights([w, b])
    expected = np.asarray(model(x))
    assert np.ptp(expected) > 0.05, "nothing would be proved by probabilities that are all alike"
    np.testing.assert_allclose(ours.predict_proba(x), expected, atol=1e-5)


# --- functions that must hold for whatever numbers come ---------------------------------------------------

large = st.floats(-(2.0**126), 2.0**126, width=32)
logits = arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=large)


@given(logits)
def test_softmax_is_scipy_s_for_numbers_of_any_size(z: Array) -> None:
    p = losses.softmax(z)
    np.testing.assert_allclose(p, scipy.special.softmax(z.astype(np.float64), axis=1), atol=1e-6)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)


@given(logits)
def test_softmax_in_place_is_the_same(z: Array) -> None:
    expected = losses.softmax(z)
    assert losses.softmax(z, out=z) is z
    np.testing.assert_array_equal(z, expected)


@given(st.data())
def test_cross_entropy_is_finite_and_right_however_sure_and_wrong(data: st.DataObject) -> None:
    z = data.draw(logits)
    labels = data.draw(arrays(np.int64, len(z), elements=st.integers(0, z.shape[1] - 1)))
    log_p = scipy.special.log_softmax(z.astype(np.float64), axis=1)
    expected = -log_p[np.arange(len(z)), labels].mean()
    assert losses.cross_entropy(z, labels) == pytest.approx(expected, rel=1e-4, abs=1e-5)


@given(arrays(np.float32, st.integers(1, 40), elements=st.floats(width=32, allow_nan=False)))
def test_logistic_is_scipy_s_for_every_number_and_never_leaves_nought_to_one(z: Array) -> None:
    a = ACTIVATIONS["logistic"].value(z)
    np.testing.assert_allclose(a, scipy.special.expit(z.astype(np.float64)), atol=2e-7)
    assert ((a >= 0) & (a <= 1)).all()


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_a_derivative_is_the_one_that_finite_differences_find(name: str) -> None:
    function = ACTIVATIONS[name]
    z, step = np.linspace(-6.03, 6.03, 120), 1e-6
    rise = function.value(z + step) - function.value(z - step)
    np.testing.assert_allclose(function.derivative(z, function.value(z)), rise / (2 * step), atol=1e-8)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_an_activation_stays_in_float32_is_finite_and_leaves_its_input_alone(name: str) -> None:
    function = ACTIVATIONS[name]
    z = np.float32([-1e30, -100, -1, -0.0, 0, 1, 100, 1e30])
    before = z.copy()
    with np.errstate(over="ignore"):  # of the square of 1e30 in a density that is 0 there
        a = function.value(z)
        slope = function.derivative(z, a)
    np.testing.assert_array_equal(z, before)
    assert a.dtype == np.float32
    assert slope.dtype in (np.float32, np.bool_)
    assert np.isfinite(a).all()
    assert np.isfinite(slope).all()
    np.testing.assert_allclose(a, VALUES[name](z.astype(np.float64)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_the_formula_of_an_activation_computes_it(name: str) -> None:
    z = np.linspace(-6, 6, 49)
    assert_allclose = np.testing.assert_allclose
    assert_allclose(evaluated(activations.formula(ACTIVATIONS[name].value), z), VALUES[name](z), atol=1e-12)


def evaluated(formula: activations.Formula, z: Array) -> Array:
    """A formula's value, its operations looked up by their names."""
    if formula == "z":
        return z
    if isinstance(formula, float):
        return np.full_like(z, formula)
    name, *operands = formula
    library = scipy.special if name == "erf" else np
    result: Array = getattr(library, name)(*(evaluated(operand, z) for operand in operands))
    return result


@pytest.mark.parametrize(
    "value", [lambda z: np.cbrt(z), lambda z: np.where(z > 0, z, 0), lambda z: np.add(z, z, dtype=np.float64)]
)
def test_what_a_browser_cannot_compute_has_no_formula(value: Callable[[Array], Array]) -> None:
    with pytest.raises(TypeError):
        activations.formula(value)


@pytest.mark.parametrize(
    "shapes", [(16, 784, 100), (784, 16, 100), (17, 784, 100), (12, 784, 100), (3, 4, 5)]
)
def test_products_in_halves_are_products(shapes: tuple[int, int, int]) -> None:
    n, inner, m = shapes
    rng = np.random.default_rng(0)
    for a in (rng.random((n, inner), np.float32), rng.random((inner, n), np.float32).T):
        b, out = rng.random((inner, m), np.float32), np.empty((n, m), np.float32)
        assert matmul_split(a, b, out) is out
        np.testing.assert_allclose(out, a.astype(np.float64) @ b, rtol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("keep", [1.0, 0.9, 0.0])
@pytest.mark.parametrize(
    "shapes", [(16, 784, 100), (16, 783, 100), (12, 784, 100), (16, 100, 64), (7, 5, 1), (1, 1, 3)]
)
def test_a_step_takes_a_product_off_the_weights_where_they_are(
    shapes: tuple[int, int, int], keep: float, dtype: type
) -> None:
    n, inputs, outputs = shapes
    rng = np.random.default_rng(0)
    parameters = Parameters([inputs, outputs], dtype)
    parameters.flat[...] = before = rng.normal(0, 1, parameters.flat.size).astype(dtype)
    delta = rng.normal(0, 1, (n, outputs)).astype(dtype)
    for x in (rng.random((n, inputs)).astype(dtype), rng.random((inputs, n)).astype(dtype).T):
        x.flags.writeable = delta.flags.writeable = False
        parameters.flat[...] = before
        blas.subtract_product(parameters.coefs[0], keep, x, delta)
        expected = keep * before[: inputs * outputs].reshape(inputs, outputs) - x.astype(np.float64).T @ delta
        np.testing.assert_allclose(parameters.coefs[0], expected, rtol=1e-4, atol=1e-4)
        np.testing.assert_array_equal(parameters.intercepts[0], before[inputs * outputs :])


# --- tables that menus are made of ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "table",
    [
        ACTIVATIONS,
        initializers.INITIALIZERS,
        regularizers.REGULARIZERS,
        optimizers.SOLVERS,
        optimizers.SCHEDULES,
        augmentation.AUGMENTATIONS,
    ],
)
def test_every_choice_is_found_by_its_name_and_explains_itself(table: dict[str, Any]) -> None:
    for name, choice in table.items():
        assert choice.name == name
        assert choice.note.endswith(".")
        assert len(choice.note) < 120


@pytest.mark.parametrize(
    ("init", "deviation"), [("he", np.sqrt(2 / 300)), ("glorot", np.sqrt(2 / 500)), ("normal", 1.0)]
)
def test_weights_start_as_wide_as_their_papers_say(init: str, deviation: float) -> None:
    parameters = Parameters([300, 200, 100])
    initializers.initialize(parameters.coefs, parameters.intercepts, init, np.random.default_rng(0))
    assert parameters.coefs[0].std() == pytest.approx(deviation, rel=0.02)
    assert parameters.coefs[0].mean() == pytest.approx(0, abs=deviation / 50)
    assert not any(b.any() for b in parameters.intercepts)
    if init == "normal":
        assert parameters.coefs[1].std() == pytest.approx(0.1, rel=0.02)  # the report's last layer
