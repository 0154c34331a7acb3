"""The form of the MLP's settings: every menu is the table that the network itself looks things up in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from nnviz.activations import ACTIVATIONS
from nnviz.augment import AUGMENTATIONS
from nnviz.descent import INITIALISATIONS, PENALTIES, SCHEDULES, SOLVERS
from nnviz.presets import PRESETS

MOST_LAYERS = 4
_PREFIX = "mlp_set_"


def mlp_form() -> dict[str, Any]:
    """Let the user choose the network's settings; returns keyword arguments of `MLPClassifier`."""
    first = next(iter(PRESETS))
    if f"{_PREFIX}alpha" not in st.session_state:
        _fill(first)
    st.selectbox(
        "Start from",
        list(PRESETS),
        format_func=lambda name: PRESETS[name].title,
        key=f"{_PREFIX}preset",
        persist_state="session",
        on_change=lambda: _fill(st.session_state[f"{_PREFIX}preset"]),
    )
    st.caption(PRESETS[st.session_state[f"{_PREFIX}preset"]].note)
    sizes = _sizes()
    left, right = st.columns(2)
    with left:
        rate = _number("learning_rate_init", "Learning rate", 1e-8, 10.0, format="%.6g")
        epochs = _number("max_iter", "Epochs", 1, 1000)
    with right:
        batch = _number("batch_size", "Batch size", 1, 4096)
        alpha = _number("alpha", "λ (regularisation)", 0.0, 1e6, format="%.6g")
    with st.expander("More settings"):
        left, right = st.columns(2)
        with left:
            activation = _menu("activation", "Activation", ACTIVATIONS)
            solver = _menu("solver", "Solver", SOLVERS)
            schedule = _menu("learning_rate", "Rate from epoch to epoch", SCHEDULES)
            momentum = _number("momentum", "Momentum", 0.0, 0.999, format="%.3g", disabled=solver != "sgd")
            dropout = _number("dropout", "Dropout", 0.0, 0.9, format="%.2f", step=0.05)
            st.caption("Dropout silences that part of each hidden layer at random, for every batch anew.")
        with right:
            init = _menu("init", "Starting weights", INITIALISATIONS)
            penalty = _menu("penalty", "Kind of regularisation", PENALTIES)
            augment = _menu("augment", "Changes of the digits, new at every epoch", AUGMENTATIONS)
            tol = _number("tol", "Stop early within ε", 0.0, 1.0, format="%.4g", step=0.0005)
            st.caption(
                "ε: stop when training accuracy has stayed within ε for 3 epochs; 0 trains every epoch."
            )
    return {
        "hidden_layer_sizes": sizes,
        "activation": activation,
        "solver": solver,
        "momentum": momentum,
        "alpha": alpha,
        "penalty": penalty,
        "batch_size": int(batch),
        "learning_rate_init": rate,
        "learning_rate": schedule,
        "max_iter": int(epochs),
        "tol": tol,
        "init": init,
        "dropout": dropout,
        "augment": augment,
    }


def _fill(preset: str) -> None:
    """Put a preset's settings into the widgets."""
    for name, value in PRESETS[preset].settings.items():
        if name == "hidden_layer_sizes":
            st.session_state[f"{_PREFIX}layers"] = len(value)
            for i, units in enumerate(value):
                st.session_state[f"{_PREFIX}units_{i}"] = units
        else:
            st.session_state[_PREFIX + name] = value


def _sizes() -> tuple[int, ...]:
    n = st.segmented_control(
        "Hidden layers",
        range(MOST_LAYERS + 1),
        key=f"{_PREFIX}layers",
        required=True,
        persist_state="session",
        help="0 is softmax regression: every pixel votes for every digit, and nothing stands between.",
    )
    if not n:
        return ()
    sizes = []
    for i, column in enumerate(st.columns(n)):
        st.session_state.setdefault(f"{_PREFIX}units_{i}", 64)
        with column:
            sizes.append(int(_number(f"units_{i}", f"Units, layer {i + 1}", 1, 2048)))
    return tuple(sizes)


def _number(name: str, label: str, low: Any, high: Any, **more: Any) -> Any:
    return st.number_input(
        label, min_value=low, max_value=high, key=_PREFIX + name, persist_state="session", **more
    )


def _menu(name: str, label: str, table: Mapping[str, Any]) -> str:
    picked = st.selectbox(label, list(table), key=_PREFIX + name, persist_state="session")
    st.caption(table[picked].note)
    return str(picked)
