"""What the MLP's lesson has of its own: the form, its hidden layers and weights, and the code that ran."""

from __future__ import annotations

import inspect
import textwrap
from typing import Any

import streamlit as st

from nnviz.core.kinds import MLP
from nnviz.core.records import Array
from nnviz.numpy_nn import backprop, optimizers
from nnviz.numpy_nn.classifier import MLPClassifier
from nnviz.ui.shared import caches, dataset_form, layer_activations, model_page, settings_form, training
from nnviz.ui.shared.model_page import Opened


def train() -> None:
    """The form: digits, settings, how large the network becomes, and the button."""
    st.fragment(_train)()


def _train() -> None:
    left, right = st.columns([2, 3], gap="large")
    with left:
        spec = dataset_form.form("mlp")
    with right:
        chosen = settings_form.mlp_form()
    sizes = (784, *chosen["hidden_layer_sizes"], 10)
    shape = " → ".join(str(n) for n in sizes)
    with left:
        seeded = {**chosen, "random_state": spec.seed} if spec else chosen
        count = backprop.Parameters(sizes).flat.size
        training.start_button(MLP.name, spec, seeded, name=f"MLP {shape}", shape=shape, parameters=count)


def _network(opened: Opened) -> MLPClassifier:
    return caches.mlp(opened.entry.name)


def mistakes(opened: Opened) -> None:
    """Confusion matrix, the digits behind it, and the inside of the network for one of them."""

    def closer(image: Array, label: int, title: str) -> None:
        layer_activations.layer_pictures(_network(opened), image, label=label, title=title, key="mlp_closer")

    model_page.mistakes(opened, "mlp", closer)


def inside(opened: Opened) -> None:
    """One digit's way through the layers."""
    images = opened.split.x_test.reshape(-1, 28, 28)
    layer_activations.view(_network(opened), opened.evaluation, images, key="mlp_inside")


def weights(opened: Opened) -> None:
    """The first layer's weights as pictures."""
    layer_activations.weights(_network(opened), key="mlp_weights")


def code(opened: Opened) -> None:
    """The very functions that ran: of the two solvers, the one this network learned by."""
    sources: dict[str, Any] = {
        "Backwards": backprop.backward,
        "A step": optimizers.SOLVERS[_network(opened).solver].step,
        "Forwards": backprop.forward,
    }
    for title, function in sources.items():
        with st.expander(title, expanded=function is backprop.backward):
            st.code(textwrap.dedent(inspect.getsource(function)), wrap_lines=True)
