"""What the CNN's lesson has of its own: the form, its maps in one row, why an answer."""

from __future__ import annotations

import hashlib
from typing import Any

import streamlit as st

from nnviz import figures
from nnviz.core.kinds import CNN
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.data.augmentation import AUGMENTATIONS
from nnviz.experiments import axes
from nnviz.inspection import activations, keract_plots, saliency
from nnviz.keras_models import backend, cnn
from nnviz.ui.shared import caches, dataset_form, layer_activations, model_page, network_view, training
from nnviz.ui.shared.fields import Fields
from nnviz.ui.shared.model_page import Opened
from nnviz.ui.shared.show import figure


def train(opened: Opened | None) -> None:
    """The form beside its training: digits, settings, how large the network becomes, and the button."""
    model_page.train(CNN, _train, opened.entry if opened else None)


def _train() -> None:
    start = st.container()  # its button is at hand before the settings are
    spec = dataset_form.form("cnn", default="embedded")
    fields = Fields("cnn_set_")
    chosen = _form(fields)
    settings = cnn.Settings.from_mapping({**chosen, "random_state": spec.seed % 2**31} if spec else chosen)
    k = settings.kernel_size
    shape = say(
        "Conv {filters} × {k}×{k} → pool 2×2 → {dense} → 10",
        filters=settings.filters,
        k=k,
        dense=settings.dense,
    )
    count = cnn.parameters(settings)
    with start:
        training.start_button(
            CNN.name,
            spec,
            chosen,
            fields.refused,
            name=say("CNN {k}×{k}", k=k),
            shape=shape,
            parameters=count,
        )


def _form(fields: Fields) -> dict[str, Any]:
    defaults = cnn.Settings()
    left, right = st.columns(2)
    with left:
        kernel = st.slider(
            say("Kernel size"),
            cnn.SMALLEST_KERNEL,
            cnn.LARGEST_KERNEL,
            defaults.kernel_size,
            key="cnn_set_kernel",
            persist_state="session",
            help=say("Height and width of the kernel, in pixels."),
        )
        filters = fields.number("filters", say("Filters"), 1, 128, defaults.filters)
        dense = fields.number("dense", say("Dense units"), 1, 1024, defaults.dense)
    with right:
        epochs = fields.number("epochs", say("Epochs"), 1, 200, defaults.max_iter)
        batch = fields.number("batch", say("Batch size"), 1, 4096, defaults.batch_size)
        rate = fields.rate("rate", say("Learning rate"), 1e-8, 10.0, defaults.learning_rate_init)
    with st.expander(say("More settings")):
        left, right = st.columns(2)
        with left:
            dropout = fields.number("dropout", say("Dropout"), 0.0, 0.9, defaults.dropout, format="%.2f")
            solver = st.selectbox(
                say("Solver"),
                ["adam", "sgd", "rmsprop"],
                format_func=lambda value: axes.label("solver", value),
                key="cnn_set_solver",
                persist_state="session",
            )
        with right:
            augment = st.selectbox(
                say("Changes of the digits, new in every epoch"),
                list(AUGMENTATIONS),
                format_func=lambda value: axes.label("augment", value),
                key="cnn_set_augment",
                persist_state="session",
            )
            st.caption(AUGMENTATIONS[augment].note)
    return {
        "kernel_size": int(kernel),
        "filters": int(filters),
        "dense": int(dense),
        "dropout": float(dropout),
        "solver": solver,
        "learning_rate_init": float(rate),
        "batch_size": int(batch),
        "max_iter": int(epochs),
        "augment": augment,
    }


def mistakes(opened: Opened) -> None:
    """Confusion matrix, the digits behind it, and the answer to one of them."""

    def closer(image: Array, label: int, title: str) -> None:
        network_view.show(opened.entry, image, label, title, key="cnn_closer")

    model_page.mistakes(opened, "cnn", closer)


def maps(opened: Opened) -> None:
    """One row from the digit to the answer; a pressed place of a map is worked out below it."""
    st.fragment(_maps)(opened)


def _maps(opened: Opened) -> None:
    picked = _pick(opened, "cnn_maps")
    if picked is not None:
        network_view.show(opened.entry, *picked, lines=False, weights=True, key="cnn_maps_picture")


def _pick(opened: Opened, key: str) -> tuple[Array, int | None, str] | None:
    images = opened.split.x_test.reshape(-1, 28, 28)
    return layer_activations.pick_digit(opened.evaluation, images, key)


def why(opened: Opened) -> None:
    """Which pixels mattered, asked in several ways."""
    st.fragment(_why)(opened)


def _why(opened: Opened) -> None:
    picked = _pick(opened, "cnn_why")
    if picked is None:
        return
    image, _, title = picked
    network = opened.network
    answer = network.predict(image)[0]
    digit = st.segmented_control(
        say("Why this answer?"),
        range(10),
        default=int(answer.argmax()),
        required=True,
        key=f"cnn_why_digit_{int(answer.argmax())}",
        format_func=lambda d: f"{d} ({answer[d]:.0%})",
    )
    waiting = (
        say("Working it out …") if backend.is_loaded() else say("Loading TensorFlow, once: a few seconds …")
    )
    with st.spinner(waiting):
        model = caches.keras_model(opened.entry.name)
        heats = {
            "occlusion": saliency.occlusion(network.predict, image, digit),
            "gradient": saliency.gradient_times_input(model, image, digit),
            "grad-cam": saliency.enlarged(saliency.grad_cam(model, image, digit)),
        }
    columns = st.columns(1 + len(heats))
    with columns[0]:
        figure(figures.digit_picture(image, title=title), key="cnn_why_image")
    for column, (name, heat) in zip(columns[1:], heats.items(), strict=True):
        method = saliency.METHODS[name]
        with column:
            figure(figures.over_digit(image, heat, title=method.title), key=f"cnn_why_{name}")
            st.markdown(f"{method.says} *{method.not_says}* ({method.paper})")
    st.markdown("## " + say("As keract draws it"))
    names = saliency.layers_of_maps(model)
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        layer = st.segmented_control(say("Layer"), names, default=names[-1], required=True, key="cnn_keract")
    with right:
        merged = st.toggle(say("All maps in one picture"), key="cnn_keract_merged")
    st.image(
        _keract(opened.entry.name, image, layer, bool(merged)),
        caption=say(
            "keract's heat-map of {layer} over the digit: red where the value of a kernel's map is large.",
            layer=layer,
        ),
        alt=say("Heat-maps of the layer {layer} over the digit, as keract draws them", layer=layer),
        width="stretch" if not merged else 420,
    )


def _keract(name: str, image: Array, layer: str, merged: bool) -> bytes:
    digest = hashlib.sha256(image.tobytes()).hexdigest()
    return _keract_picture(name, digest, layer, merged, image)


@st.cache_data(max_entries=64, show_spinner=say("keract is drawing …"))
def _keract_picture(name: str, digest: str, layer: str, merged: bool, _image: Array) -> bytes:
    found = activations.get_activations(caches.keras_model(name), _image, layer)
    return keract_plots.heatmaps({layer: found[layer]}, _image, merged=merged)
