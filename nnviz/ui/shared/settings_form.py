"""The form of the MLP's settings: every menu is the table that the network itself looks things up in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from nnviz.core.words import say
from nnviz.data.augmentation import AUGMENTATIONS
from nnviz.experiments import axes
from nnviz.numpy_nn.activations import ACTIVATIONS
from nnviz.numpy_nn.initializers import INITIALIZERS
from nnviz.numpy_nn.optimizers import SCHEDULES, SOLVERS
from nnviz.numpy_nn.presets import PRESETS
from nnviz.numpy_nn.regularizers import REGULARIZERS
from nnviz.ui.shared.fields import Fields, written

MOST_LAYERS = 4
MOST_UNITS = 2048
RATE = "learning_rate_init"


def mlp_form(fields: Fields) -> dict[str, Any]:
    """Let the user choose the network's settings.

    Parameters
    ----------
    fields
        Where numbers that are refused are told of. Its prefix tells one page's form from another's, and
        each remembers its own.

    Returns
    -------
    dict[str, Any]
        Keyword arguments of `MLPClassifier`.
    """
    form = _Form(fields)
    first = next(iter(PRESETS))
    if f"{form.prefix}alpha" not in st.session_state:
        form.fill(first)
    st.selectbox(
        say("Start from"),
        list(PRESETS),
        format_func=lambda name: PRESETS[name].title,
        key=f"{form.prefix}preset",
        persist_state="session",
        on_change=lambda: form.fill(st.session_state[f"{form.prefix}preset"]),
    )
    st.caption(PRESETS[st.session_state[f"{form.prefix}preset"]].note)
    sizes = form.sizes()
    left, right = st.columns(2)
    with left:
        rate = form.fields.rate(RATE, say("Learning rate"), 1e-8, 10.0)
        epochs = form.fields.number("max_iter", say("Epochs"), 1, 1000)
    with right:
        batch = form.fields.number("batch_size", say("Batch size"), 1, 4096)
        alpha = form.fields.number("alpha", say("λ (regularisation)"), 0.0, 1e6, format="%.6g")
    with st.expander(say("More settings")):
        left, right = st.columns(2)
        with left:
            activation = form.menu("activation", say("Activation"), ACTIVATIONS)
            solver = form.menu("solver", say("Solver"), SOLVERS)
            schedule = form.menu("learning_rate", say("Learning rate from epoch to epoch"), SCHEDULES)
            momentum = form.fields.number(
                "momentum", say("Momentum"), 0.0, 0.999, format="%.3g", disabled=solver != "sgd"
            )
            dropout = form.fields.number("dropout", say("Dropout"), 0.0, 0.9, format="%.2f", step=0.05)
            st.caption(
                say("This part of each hidden layer is switched off at random, others in every batch.")
            )
        with right:
            init = form.menu("init", say("Starting weights"), INITIALIZERS)
            penalty = form.menu("penalty", say("Kind of regularisation"), REGULARIZERS)
            augment = form.menu("augment", say("Changes of the digits, new in every epoch"), AUGMENTATIONS)
            tol = form.fields.number("tol", say("Stop early within ε"), 0.0, 1.0, format="%.4g", step=0.0005)
            st.caption(
                say(
                    "Stop when the training accuracy has changed by less than ε in 3 epochs. 0 trains all "
                    "epochs."
                )
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


def fill(prefix: str, preset: str) -> None:
    """Put a preset's settings into the form of that prefix, before it is drawn."""
    st.session_state[f"{prefix}preset"] = preset
    _Form(Fields(prefix)).fill(preset)


def fit(prefix: str, settings: Mapping[str, Any]) -> None:
    """Have the form of that prefix ask for a network of these settings' layers, before it is drawn."""
    if f"{prefix}alpha" not in st.session_state:
        fill(prefix, next(iter(PRESETS)))
    form = _Form(Fields(prefix))
    form.fit(settings["hidden_layer_sizes"])
    st.session_state[f"{prefix}activation"] = settings["activation"]


@dataclass(frozen=True)
class _Form:
    """The widgets of a form. fields: those for numbers, whose prefix all others have, too."""

    fields: Fields

    @property
    def prefix(self) -> str:
        return self.fields.prefix

    def fill(self, preset: str) -> None:
        """Put a preset's settings into the widgets."""
        for name, value in PRESETS[preset].settings.items():
            if name == "hidden_layer_sizes":
                self.fit(value)
            else:
                st.session_state[self.prefix + name] = written(value) if name == RATE else value

    def fit(self, sizes: Sequence[int]) -> None:
        """Put the sizes of hidden layers into the widgets."""
        st.session_state[f"{self.prefix}layers"] = len(sizes)
        for i, units in enumerate(sizes):
            st.session_state[f"{self.prefix}units_{i}"] = units

    def sizes(self) -> tuple[int, ...]:
        n = st.segmented_control(
            say("Hidden layers"),
            range(MOST_LAYERS + 1),
            key=f"{self.prefix}layers",
            required=True,
            persist_state="session",
            help=say("With 0 hidden layers every pixel is connected directly to every answer."),
        )
        if not n:
            return ()
        sizes = []
        for i, column in enumerate(st.columns(n)):
            st.session_state.setdefault(f"{self.prefix}units_{i}", 64)
            with column:
                sizes.append(
                    int(self.fields.number(f"units_{i}", say("Units, layer {i}", i=i + 1), 1, MOST_UNITS))
                )
        return tuple(sizes)

    def menu(self, name: str, label: str, table: Mapping[str, Any]) -> str:
        picked = st.selectbox(
            label,
            list(table),
            format_func=lambda value: axes.label(name, value),
            key=self.prefix + name,
            persist_state="session",
        )
        st.caption(table[picked].note)
        return str(picked)
