"""What the CNN's lesson has of its own: the form, all maps, one step of a convolution, why an answer."""

from __future__ import annotations

import hashlib
from typing import Any

import streamlit as st

from nnviz import components, figures
from nnviz.core.kinds import CNN
from nnviz.core.records import Array
from nnviz.data.augmentation import AUGMENTATIONS
from nnviz.inference import ops
from nnviz.inference.graph import Network, Part, receptive_field
from nnviz.inspection import activations, keract_plots, saliency
from nnviz.keras_models import backend, cnn
from nnviz.numpy_nn.activations import ACTIVATIONS
from nnviz.ui.shared import caches, dataset_form, layer_activations, model_page, training
from nnviz.ui.shared.model_page import Opened
from nnviz.ui.shared.show import figure

ACTIVATION_TITLES = {activation.keras: activation.title for activation in ACTIVATIONS.values()}


def train() -> None:
    """The form: digits, settings, how large the network becomes, and the button."""
    st.fragment(_train)()


def _train() -> None:
    left, right = st.columns([1, 2], gap="large")
    with left:
        spec = dataset_form.form("cnn", default="embedded")
    with right:
        chosen = _form()
    settings = cnn.Settings.from_mapping({**chosen, "random_state": spec.seed % 2**31} if spec else chosen)
    k = settings.kernel_size
    shape = f"Conv {settings.filters} × {k}×{k} → pool 2×2 → {settings.dense} → 10"
    with left:
        count = cnn.parameters(settings)
        training.start_button(CNN.name, spec, chosen, name=f"CNN {k}×{k}", shape=shape, parameters=count)


def _form() -> dict[str, Any]:
    defaults = cnn.Settings()
    left, right = st.columns(2)
    with left:
        kernel = st.slider(
            "Kernel size",
            cnn.SMALLEST_KERNEL,
            cnn.LARGEST_KERNEL,
            defaults.kernel_size,
            key="cnn_set_kernel",
            persist_state="session",
            help="Side of the window that is slid over the digit, in pixels.",
        )
        filters = _number("Filters", 1, 128, defaults.filters, "cnn_set_filters")
        dense = _number("Dense units", 1, 1024, defaults.dense, "cnn_set_dense")
    with right:
        epochs = _number("Epochs", 1, 200, defaults.max_iter, "cnn_set_epochs")
        batch = _number("Batch size", 1, 4096, defaults.batch_size, "cnn_set_batch")
        rate = _number("Learning rate", 1e-8, 10.0, defaults.learning_rate_init, "cnn_set_rate", "%.6g")
    with st.expander("More settings"):
        left, right = st.columns(2)
        with left:
            dropout = _number("Dropout", 0.0, 0.9, defaults.dropout, "cnn_set_dropout", "%.2f")
            solver = st.selectbox(
                "Solver", ["adam", "sgd", "rmsprop"], key="cnn_set_solver", persist_state="session"
            )
        with right:
            augment = st.selectbox(
                "Changes of the digits, new at every epoch",
                list(AUGMENTATIONS),
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


def _number(label: str, low: Any, high: Any, value: Any, key: str, format: str | None = None) -> Any:
    return st.number_input(label, low, high, value, key=key, format=format, persist_state="session")


def mistakes(opened: Opened) -> None:
    """Confusion matrix, the digits behind it, and the answer to one of them."""

    def closer(image: Array, label: int, title: str) -> None:
        _answer(opened.network, image, label, title, key="cnn_closer")

    model_page.mistakes(opened, "cnn", closer)


def _answer(network: Network, image: Array, label: int | None, title: str, key: str) -> None:
    """The digit, the hidden dense units, and the ten probabilities."""
    values = network.forward(image)
    flat = [part.name for part in network.parts[1:-1] if part.kind == "Dense"]
    columns = st.columns(2 + len(flat))
    with columns[0]:
        figure(figures.digit_picture(image, title=title), key=f"{key}_digit")
    for column, name in zip(columns[1:-1], flat, strict=True):
        with column:
            units = values[name][0]
            figure(figures.activation_map(units, title=f"{name} ({len(units)})"), key=f"{key}_{name}")
    answer = figures.probability_bars(values[network.parts[-1].name][0], title="Answer", label=label)
    with columns[-1]:
        figure(answer, key=f"{key}_answer")


def maps(opened: Opened) -> None:
    """Every map of a layer; a pressed one with its kernel, where it fires, and one step worked out."""
    st.fragment(_maps)(opened)


def _maps(opened: Opened) -> None:
    picked = _pick(opened, "cnn_maps")
    if picked is None:
        return
    image, label, title = picked
    network = opened.network
    values = network.forward(image)
    layers = [part for part in network.parts[1:] if len(part.shape) == 3]
    name = st.segmented_control(
        "Layer",
        [part.name for part in layers],
        default=layers[0].name,
        required=True,
        key="cnn_layer",
        wrap=True,
    )
    shared = st.toggle("One colour scale for all maps", value=True, key="cnn_shared")
    part = next(part for part in layers if part.name == name)
    seen = values[part.name][0]
    kernels = _kernels(network, part)
    st.markdown(
        f"**{seen.shape[2]} maps of {seen.shape[0]} × {seen.shape[1]}**, beside their kernels where each has "
        "one. Press a place in a map to see where its number comes from."
    )
    place = components.feature_maps(seen, kernels=kernels, shared=bool(shared), key=f"cnn_maps_{part.name}")
    if place is not None:
        _closer(network, part, values, image, place)
    _answer(network, image, label, title, key="cnn_maps")


def _pick(opened: Opened, key: str) -> tuple[Array, int | None, str] | None:
    images = opened.split.x_test.reshape(-1, 28, 28)
    return layer_activations.pick_digit(opened.evaluation, images, key)


def _kernels(network: Network, part: Part) -> Array | None:
    """(height, width, maps) where each map has one kernel that can be drawn: a convolution of one channel."""
    kernel = _source(network, part).weights.get("kernel")
    return kernel[:, :, 0, :] if kernel is not None and kernel.ndim == 4 and kernel.shape[2] == 1 else None


def _source(network: Network, part: Part) -> Part:
    """The convolution whose maps a pooling or activation layer passes on, or the layer itself."""
    by_name = {each.name: each for each in network.parts}
    while "kernel" not in part.weights and part.inputs and len(by_name[part.inputs[0]].shape) == 3:
        if part.kind == "InputLayer":
            break
        part = by_name[part.inputs[0]]
    return part


def _closer(
    network: Network, part: Part, values: dict[str, Array], image: Array, place: components.MapPosition
) -> None:
    """One map: its numbers, where in the digit it fires, and the step that made the chosen number."""
    seen = values[part.name][0][:, :, place.map]
    left, right = st.columns(2)
    with left:
        title = f"Map {place.map} of {part.name}"
        figure(figures.number_grid(seen, title=title, mark=(place.row, place.column)), key="cnn_map")
    with right:
        offset, step, size = receptive_field(network, part.name)
        title = "Where it fires"
        heat = figures.over_digit(image, seen, title=title, offset=offset, step=step, window=size)
        figure(heat, key="cnn_fires")
    if part.kind == "Conv2D":
        _step(part, values[part.inputs[0]][0], place, float(seen[place.row, place.column]))


def _step(part: Part, picture: Array, place: components.MapPosition, value: float) -> None:
    """Patch × kernel, the sum, the bias, the activation, with this digit's own numbers. value: on the map."""
    cell = ops.look_at(
        picture,
        part.weights["kernel"],
        part.weights.get("bias"),
        (place.row, place.column, place.map),
        strides=part.options["strides"],
        padding=part.options["padding"],
    )
    st.markdown(f"#### One step: row {place.row}, column {place.column} of map {place.map}")
    channel = 0
    channels = cell.patch.shape[2]
    if channels > 1:
        channel = int(st.number_input(f"Channel (of {channels})", 0, channels - 1, 0, key="cnn_channel"))
    grids = {
        "The patch": cell.patch[:, :, channel],
        "× the kernel": cell.kernel[:, :, channel],
        "= the products": cell.products[:, :, channel],
    }
    for column, (title, grid) in zip(st.columns(3), grids.items(), strict=True):
        with column:
            figure(figures.number_grid(grid, title=title), key=f"cnn_step_{title}")
    bias = f"bias **{cell.bias:.4f}**" if "bias" in part.weights else "no bias"
    activation = part.options["activation"]
    end = (
        ", which goes on as it is: this layer has no activation of its own."
        if activation == "linear"
        else f" → {ACTIVATION_TITLES.get(activation, activation)} → **{value:.4f}**"
    )
    st.markdown(f"Sum of the products **{cell.total:.4f}** + {bias} = **{cell.before:.4f}**{end}")


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
        "Why this answer?",
        range(10),
        default=int(answer.argmax()),
        required=True,
        key=f"cnn_why_digit_{int(answer.argmax())}",
        format_func=lambda d: f"{d} ({answer[d]:.0%})",
    )
    waiting = "Working it out …" if backend.is_loaded() else "Loading TensorFlow, once: a few seconds …"
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
    st.markdown("#### As keract draws it")
    names = saliency.layers_of_maps(model)
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        layer = st.segmented_control("Layer", names, default=names[-1], required=True, key="cnn_keract")
    with right:
        merged = st.toggle("All filters in one picture", key="cnn_keract_merged")
    st.image(
        _keract(opened.entry.name, image, layer, bool(merged)),
        caption=f"keract's heat-map of {layer} over the digit: red where a filter's value is large.",
        alt=f"Heat-maps of the layer {layer} over the digit, as keract draws them",
        width="stretch" if not merged else 420,
    )


def _keract(name: str, image: Array, layer: str, merged: bool) -> bytes:
    digest = hashlib.sha256(image.tobytes()).hexdigest()
    return _keract_picture(name, digest, layer, merged, image)


@st.cache_data(max_entries=64, show_spinner="keract is drawing …")
def _keract_picture(name: str, digest: str, layer: str, merged: bool, _image: Array) -> bytes:
    found = activations.get_activations(caches.keras_model(name), _image, layer)
    return keract_plots.heatmaps({layer: found[layer]}, _image, merged=merged)
