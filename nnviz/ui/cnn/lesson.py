"""What the CNN's lesson has of its own: the form, its maps in one row, why an answer."""

from __future__ import annotations

from typing import Any

import streamlit as st

from nnviz import figures
from nnviz.core import numbers
from nnviz.core.kinds import CNN
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.data.augmentation import AUGMENTATIONS
from nnviz.experiments import axes
from nnviz.inference.graph import Network
from nnviz.inspection import keract_plots, layer_names, saliency
from nnviz.keras_models import cnn
from nnviz.ui.shared import caches, dataset_form, layer_activations, model_page, network_view, training
from nnviz.ui.shared.fields import Fields
from nnviz.ui.shared.model_page import Opened
from nnviz.ui.shared.show import figure

NO_MAPS = say(
    "This network has no maps: no layer of it looks at the digit window by window. So nothing can be said of "
    "where in a map it found something."
)


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
    # Not as the slider's own: a lesson or a link may have said something else.
    st.session_state.setdefault("cnn_set_kernel", defaults.kernel_size)
    left, right = st.columns(2)
    with left:
        kernel = st.slider(
            say("Kernel size"),
            cnn.SMALLEST_KERNEL,
            cnn.LARGEST_KERNEL,
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
    if not layer_names.layers_of_maps(opened.network):
        st.info(NO_MAPS)
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
    answer = opened.network.predict(image)[0]
    read = int(answer.argmax())
    digit = st.segmented_control(
        say("What speaks for this answer?"),
        range(10),
        default=read,
        required=True,
        key=f"cnn_why_digit_{read}",
        format_func=lambda d: f"{d} · {numbers.chance(answer[d])}",
    )
    with st.container(key="two_beside_cnn_why"):
        columns = st.columns(1 + len(saliency.METHODS))
    with columns[0]:
        figure(figures.digit_picture(image, title=title), key="cnn_why_image", grows=True)
    layers = layer_names.layers_of_maps(opened.network)
    seen = saliency.layer_of_grad_cam(opened.network) if saliency.layers_of_maps(opened.network) else ""
    words = {"digit": digit, "layer": next((title for title, name in layers.items() if name == seen), seen)}
    places = dict(zip(saliency.METHODS, columns[1:], strict=True))
    if not seen:
        del places["grad-cam"]
        with columns[-1]:
            st.markdown(NO_MAPS)
    for name in sorted(places, key=lambda one: one == "occlusion"):  # that one takes a while
        method = saliency.METHODS[name]
        with places[name]:
            with st.spinner(say("Reading the digit a thousand times …")):
                heat = _heat(name, opened, image, digit)
            figure(figures.over_digit(image, heat, title=method.title), key=f"cnn_why_{name}", grows=True)
            st.markdown(method.says.format(**words))
            name_of_it = say("Its name: {term} ({paper}).", term=method.term, paper=method.paper)
            st.caption(f"{method.not_says.format(**words)} {name_of_it}")
    if layers:
        _over_maps(opened, image, list(layers))


def _over_maps(opened: Opened, image: Array, titles: list[str]) -> None:
    """Every map of a layer over the digit."""
    st.markdown("## " + say("Every map over the digit"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        title = st.segmented_control(
            say("Layer"), titles, default=titles[-1], required=True, key="cnn_keract", width="content"
        )
        merged = st.toggle(say("All maps in one picture"), key="cnn_keract_merged")
    st.image(
        _keract(opened, image, str(title), bool(merged)),
        caption=say(
            "{layer}: red where the value of a map is large. Drawn with the library keract.", layer=title
        ),
        alt=say("The maps of {layer} over the digit, in red where their values are large", layer=title),
        width="stretch" if not merged else 420,
    )


def _heat(method: str, opened: Opened, image: Array, digit: int) -> Array:
    return _heats(method, *caches.file_of(opened.entry), caches.digest(image), digit, opened.network, image)


@st.cache_data(max_entries=1_000, show_spinner=False)
def _heats(
    method: str,
    path: str,
    changed: int,
    epoch: int | None,
    image: str,
    digit: int,
    _network: Network,
    _image: Array,
) -> Array:
    """One way of asking which pixels mattered, found once for each network, digit and answer."""
    if method == "occlusion":
        return saliency.occlusion(_network.predict, _image, digit)
    if method == "gradient":
        return saliency.gradient_times_input(_network, _image, digit)
    return saliency.enlarged(saliency.grad_cam(_network, _image, digit))


def _keract(opened: Opened, image: Array, layer: str, merged: bool) -> bytes:
    file = caches.file_of(opened.entry)
    return _keract_picture(*file, caches.digest(image), layer, merged, opened.network, image)


@st.cache_data(max_entries=64, show_spinner=say("Drawing the maps …"))
def _keract_picture(
    path: str,
    changed: int,
    epoch: int | None,
    image: str,
    title: str,
    merged: bool,
    _network: Network,
    _image: Array,
) -> bytes:
    maps = _network.forward(_image)[layer_names.layers_of_maps(_network)[title]]
    return keract_plots.heatmaps({title: maps}, _image, merged=merged)
