"""The autoencoder's lesson: the form, the network opened and judged, digits drawn again, noisy or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import streamlit as st

from nnviz import components as canvas
from nnviz import figures
from nnviz.components import ImageRow
from nnviz.core.kinds import AUTOENCODER, ERROR
from nnviz.core.records import Array, Split
from nnviz.core.words import say
from nnviz.data import splits
from nnviz.data.mnist import DataError
from nnviz.data.splits import DataSpec
from nnviz.experiments import axes
from nnviz.inference import coding
from nnviz.inference.graph import Network
from nnviz.keras_models import autoencoder
from nnviz.keras_models.autoencoder import Architecture, Loss
from nnviz.model_store.store import Entry, ModelMissing, ModelRefused
from nnviz.representations import pca
from nnviz.representations.pca import PCAProjection
from nnviz.ui.shared import caches, dataset_form, layer_activations, model_page, network_view, training
from nnviz.ui.shared.fields import Fields
from nnviz.ui.shared.show import digit_with_article, escaped, figure
from nnviz.ui.shared.state import drawing_or_hint

ACROSS = 10  # digits side by side
EACH, MISFITS = say("one of each"), say("drawn badly")
NOTES = {
    "dense": say("One layer to the code and one layer back."),
    "convolutional": say("With kernels, as in a CNN. It draws better and learns more slowly."),
    "cross-entropy": say("Treats each pixel as the chance that there is ink."),
    "squared error": say("Makes small just what is measured in the end."),
}


@dataclass(frozen=True, eq=False)
class Opened:
    """An autoencoder of the shelf, and what it makes of digits that it has not learned from.

    images: (n, 28, 28) float32 in [0, 1]; codes: (n, size); errors: (n,) mean squared error a pixel;
    projection: PCA with as many numbers; projection_errors: as errors.
    """

    entry: Entry
    model: Network
    spec: DataSpec
    judged_on: str
    split: Split
    images: Array
    codes: Array
    errors: Array
    projection: PCAProjection
    projection_errors: Array

    @property
    def score(self) -> str:
        """What it loses of a digit."""
        return say(
            "{brief} on {n:,} digits", brief=ERROR.brief(float(self.errors.mean())), n=len(self.errors)
        )

    @property
    def size(self) -> int:
        """Numbers in the code."""
        return int(self.codes.shape[1])

    @property
    def trained(self) -> bool:
        """Whether it has learned for an epoch at least, as far as its card tells."""
        return learned(self.entry)


def learned(entry: Entry) -> bool:
    """Whether a network has learned for an epoch at least; one that came without a card may have."""
    return bool(entry.card.history.epochs) or not entry.card.n_train


def open_network(entry: Entry) -> Opened | None:
    """Load an autoencoder and judge it; a sentence instead when that cannot be done."""
    try:
        spec, words = caches.judge_by(entry.card.spec)
        return _opened(entry, caches.file_of(entry), spec, words)
    except OSError:
        st.error(
            say(
                "“{title}” is no longer there: choose another network above.", title=escaped(entry.card.title)
            )
        )
    except (ModelMissing, ModelRefused, DataError) as error:
        st.error(escaped(str(error)))
    return None


@st.cache_resource(
    max_entries=12,
    show_spinner=say("Drawing every held-back digit again …"),
    hash_funcs={Entry: lambda e: str(e.path)},
)
def _opened(entry: Entry, file: tuple[str, int, int | None], spec: DataSpec, words: str) -> Opened:
    model = caches.network(entry.name)
    judged = caches.split(spec)
    told = splits.told(entry.card.spec)
    hidden = told is not None and bool(told.brought) and not spec.brought
    codes = coding.encode(model, judged.x_test)
    projection = pca.beside({} if hidden else entry.card.spec, codes.shape[1])
    return Opened(
        entry=entry,
        model=model,
        spec=spec,
        judged_on=words,
        split=judged,
        images=judged.x_test.reshape(-1, 28, 28),
        codes=codes,
        errors=autoencoder.errors(judged.x_test, coding.decode(model, codes)),
        projection=projection,
        projection_errors=autoencoder.errors(judged.x_test, projection.reconstruct(judged.x_test)),
    )


def key_figures(opened: Opened) -> None:
    """What it loses of a digit, beside what PCA loses, and what it cost."""
    card = opened.entry.card
    with st.container(horizontal=True):
        model_page.metric(say("Error on held-back digits"), f"{opened.errors.mean():.4f}")
        model_page.metric(
            say("PCA's, {n} numbers", n=len(opened.projection.directions)),
            f"{opened.projection_errors.mean():.4f}",
        )
        model_page.metric(say("Numbers in the code"), f"{opened.size}")
        model_page.metric(say("Parameters"), f"{card.parameters:,}")
        if not opened.entry.brought:
            model_page.metric(say("Trained in"), say("{seconds:.0f} s", seconds=card.seconds))
    words = say(
        "Mean squared error a pixel, pixels from 0 to 1, on {judged_on}; {n:,} digits. PCA learned from "
        "{learned_from}. {of_the_network}",
        judged_on=opened.judged_on,
        n=len(opened.errors),
        learned_from=opened.projection.learned_from,
        of_the_network=model_page.learned_from(opened.entry),
    )
    if (
        not opened.entry.brought
        and opened.spec.source == "unseen"
        and {"test_error", "test_error_pca"} <= set(card.metrics)
    ):
        words += say(
            " On MNIST's {n_test:,} test digits: {error:.4f}, PCA {pca:.4f}.",
            n_test=card.n_test,
            error=card.metrics["test_error"],
            pca=card.metrics["test_error_pca"],
        )
    st.caption(words)
    if not opened.trained:
        st.warning(
            say(
                "This network has not learned for one whole epoch. So its drawings and its codes mean "
                "nothing."
            )
        )


def train(opened: Opened | None) -> None:
    """The form beside its training: digits, settings, how large the network becomes, and the button."""
    model_page.train(AUTOENCODER, _train, opened.entry if opened else None)


def _train() -> None:
    start = st.container()  # its button is at hand before the settings are
    spec = dataset_form.form("autoencoder", default="embedded")
    fields = Fields("autoencoder_set_")
    chosen = _form(fields)
    settings = autoencoder.Settings(**chosen)
    too_large = refusal(settings.code_size, spec)
    if too_large:
        spec = None
    count = 0 if too_large else autoencoder.parameters(settings)
    with start:
        if too_large:
            st.warning(too_large)
        training.start_button(
            AUTOENCODER.name,
            spec,
            {**chosen, "random_state": spec.seed % 2**31} if spec else chosen,
            fields.refused,
            name=say("Autoencoder, {code_size} numbers", code_size=settings.code_size),
            shape=f"784 → {settings.code_size} → 784, {settings.architecture}",
            parameters=count,
        )


def refusal(code_size: int, spec: DataSpec | None) -> str:
    """Why digits of that `spec` allow no code of that size, in one sentence; "" if they do."""
    if code_size > autoencoder.PIXELS:
        return say(
            "A digit has {pixels} pixels, so a code of {code_size:,} numbers would squeeze nothing: "
            "choose 1 to {pixels}.",
            pixels=autoencoder.PIXELS,
            code_size=code_size,
        )
    if spec is None or (spec.source != "upload" and spec.n_train < 0):
        return ""  # the others are thousands of digits
    try:
        whole = caches.dataset(spec)
        learned = len(splits.learned(spec, whole, splits.cut(spec, whole).train)[0])
    except DataError as error:
        return str(error)
    if code_size > learned:
        return say(
            "There are {learned:,} digits to learn from, and {code_size:,} numbers could tell each "
            "by a number of its own: choose a code of at most {learned:,}, or bring more digits.",
            learned=learned,
            code_size=code_size,
        )
    return ""


def _form(fields: Fields) -> dict[str, Any]:
    usual = autoencoder.Settings()
    left, right = st.columns(2)
    with left:
        architecture = _menu(say("Layers"), get_args(Architecture), "architecture")
        size = fields.number("size", say("Numbers in the code"), 1, 9_999, usual.code_size)
        epochs = fields.number("epochs", say("Epochs"), 1, 1000, 60)
    with right:
        loss = _menu(say("Loss"), get_args(Loss), "loss")
        noise = fields.number(
            "noise",
            say("Noise on the digits it sees"),
            0.0,
            2.0,
            usual.noise,
            format="%.2f",
            step=0.05,
            help=say(
                "Standard deviation, where 1 is from paper to ink. It is asked for the clean digit: a "
                "denoising autoencoder."
            ),
        )
        sparsity = fields.number(
            "sparsity",
            say("Sparsity of the code"),
            0.0,
            1.0,
            usual.sparsity,
            format="%.6g",
            step=0.0001,
            help=say("The larger it is, the more numbers of the code become 0. Try 0.0001."),
        )
    with st.expander(say("More settings")):
        left, right = st.columns(2)
        with left:
            rate = fields.rate("rate", say("Learning rate"), 1e-8, 10.0, usual.learning_rate_init)
        with right:
            batch = fields.number("batch", say("Batch size"), 1, 4096, usual.batch_size)
        falling = st.toggle(
            say("Let the learning rate fall to 0"),
            usual.learning_rate == "cosine",
            key="autoencoder_set_falling",
            persist_state="session",
        )
    return {
        "architecture": architecture,
        "code_size": int(size),
        "sparsity": float(sparsity),
        "noise": float(noise),
        "loss": loss,
        "learning_rate_init": float(rate),
        "learning_rate": "cosine" if falling else "constant",
        "batch_size": int(batch),
        "max_iter": int(epochs),
    }


def _menu(label: str, names: tuple[str, ...], key: str) -> str:
    picked = str(
        st.selectbox(
            label,
            names,
            format_func=lambda value: axes.label(key, value),
            key=f"autoencoder_set_{key}",
            persist_state="session",
        )
    )
    st.caption(NOTES[picked])
    return picked


def network(opened: Opened) -> None:
    """A digit's way through the narrow place and out again, layer by layer."""
    st.fragment(_network)(opened)


def _network(opened: Opened) -> None:
    picked = pick_one(opened, "autoencoder_network")
    if picked is not None:
        network_view.show(opened.entry, *picked, key="autoencoder_network_picture")


def reconstructions(opened: Opened) -> None:
    """A row of digits above the row of their reconstructions, errors, differences, and PCA's below."""
    st.fragment(_reconstructions)(opened)


def _reconstructions(opened: Opened) -> None:
    picked = pick_digits(opened, "autoencoder_rows")
    if picked is None:
        return
    images, captions = picked
    canvas.image_rows(
        [ImageRow(say("The digit"), images), *beside(opened, images, images)],
        captions,
        key="autoencoder_rows_pictures",
    )


def beside(opened: Opened, seen: Array, wanted: Array) -> list[ImageRow]:
    """What the network and PCA make of the digits `seen`, and how that differs from those that were `wanted`.

    Both (n, 28, 28) in [0, 1].
    """
    rows = []
    for title, again in (
        (
            say("Drawn again from {size} numbers", size=opened.size),
            coding.reconstruct(opened.model, seen),
        ),
        (say("PCA, {n} numbers", n=len(opened.projection.directions)), opened.projection.reconstruct(seen)),
    ):
        errors = [f"{error:.4f}" for error in autoencoder.errors(wanted, again)]
        rows += [ImageRow(title, again, errors), ImageRow(say("Difference"), again - wanted, signed=True)]
    return rows


def pick_digits(opened: Opened, key: str) -> tuple[Array, list[str]] | None:
    """Up to ten digits to look at, (n, 28, 28), and what each is called; None, and a hint, without any.

    One of each first; also those of one label, those it draws worst, and the drawing.
    """
    labels = opened.split.y_test
    by_label = layer_activations.by_label(labels)
    fewest = min(map(len, by_label.values()))
    each = np.stack([group[:fewest] for group in by_label.values()], axis=1).ravel()
    among = {EACH: each, **by_label, MISFITS: _worst(opened)}
    name, turn = layer_activations.choose(
        among,
        opened.images,
        key,
        wrong=MISFITS,
        first=EACH,
        at_once=ACROSS,
        pictures={EACH: _small(opened.images[among[EACH][:4]])},
        another=say("Other ones"),
    )
    if name == layer_activations.DRAWN:
        drawn = drawing_or_hint()
        return None if drawn is None else (drawn[None], [say("yours")])
    start = turn * ACROSS % (-(-len(among[name]) // ACROSS) * ACROSS)
    shown = among[name][start : start + ACROSS]
    return opened.images[shown], [digit_with_article(labels[i]) for i in shown]


def _worst(opened: Opened) -> Array:
    """Positions of the digits that it draws worst, the worst first."""
    order: Array = np.argsort(-opened.errors, kind="stable")[: max(1, len(opened.errors) // 20)]
    return order


def _small(images: Array) -> Array:
    """Four digits as one picture: (4, 28, 28) -> (28, 28)."""
    quarters = images[:, ::2, ::2]
    pairs = [np.concatenate(quarters[i : i + 2], axis=1) for i in (0, 2)]
    whole: Array = np.concatenate(pairs)
    return whole


def pick_one(opened: Opened, key: str, first: int | None = None) -> tuple[Array, int | None, str] | None:
    """A digit, (28, 28), its label where that is known, and what it is called; None, and a hint, without any.

    Parameters
    ----------
    first
        The label of the one that is chosen at first, if not of the first of all.
    """
    labels = opened.split.y_test
    picked = layer_activations.pick_among(labels, MISFITS, _worst(opened), opened.images, key, first=first)
    if picked is None:
        return None
    image, position = picked
    label = None if position is None else int(labels[position])
    return image, label, say("Your drawing") if label is None else digit_with_article(label).capitalize()


def noise(opened: Opened) -> None:
    """Noise goes in, and what comes out is compared with the digit as it was before."""
    st.fragment(_noise)(opened)


def _noise(opened: Opened) -> None:
    picked = pick_digits(opened, "autoencoder_noise")
    if picked is None:
        return
    clean, captions = picked
    amount = st.slider(
        say("Noise"),
        0.0,
        1.0,
        0.3,
        0.05,
        key="autoencoder_noise_amount",
        help=say("Standard deviation of what is added to every pixel, where 1 is from paper to ink."),
    )
    noisy = autoencoder.noisy(clean, float(amount), np.random.default_rng(0))
    errors = [f"{error:.4f}" for error in autoencoder.errors(clean, noisy)]
    rows = [
        ImageRow(say("With noise"), noisy, errors),
        *beside(opened, noisy, clean)[::2],
        ImageRow(say("Without"), clean),
    ]
    canvas.image_rows(rows, captions, key="autoencoder_noise_pictures")
    st.caption(say("Under each picture is its error, compared with the digit without noise."))


def weights(opened: Opened) -> None:
    """What each number of the code draws, beside PCA's components at equal size."""
    drawn = coding.decoder_pictures(opened.model, opened.codes.mean(axis=0), _step(opened))
    left, right = st.columns(2)
    layers = [row for row in opened.entry.card.layers if row.name.startswith("decoder") and row.parameters]
    title = say("The decoder's weights") if len(layers) == 1 else say("What each number changes")
    with left:
        tiles = figures.weight_tiles(
            drawn.reshape(opened.size, -1).T, title=title, half=True, what=say("number")
        )
        figure(tiles, key="autoencoder_weights")
    with right:
        components = opened.projection.directions.T
        tiles = figures.weight_tiles(
            components, title=say("PCA's components"), half=True, what=say("component")
        )
        figure(tiles, key="autoencoder_components")


def _step(opened: Opened) -> float:
    """How far a number of the code usually goes: the standard deviation, over all of them."""
    return float(opened.codes.std(axis=0).mean()) or 1.0
