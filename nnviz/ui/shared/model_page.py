"""What every lesson shows of its network: the line of head, its menu, curves, layers, mistakes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

import streamlit as st

from nnviz import figures
from nnviz.core.kinds import ACCURACY, NetworkKind
from nnviz.core.records import Array, Evaluation, ModelCard, Split
from nnviz.core.words import say
from nnviz.data.mnist import DataError, in_words
from nnviz.data.splits import DataSpec
from nnviz.inference.graph import Network
from nnviz.inspection import layer_names
from nnviz.model_store.store import Entry, ModelMissing, ModelRefused
from nnviz.numpy_nn.activations import ACTIVATIONS
from nnviz.ui.shared import caches, epochs, frame, input_hint, judges, model_menu, predicting, training, why
from nnviz.ui.shared import mistakes as mistakes_view
from nnviz.ui.shared.show import escaped, figure, table
from nnviz.ui.shared.state import model_key

_ACTIVATIONS = {each.keras: each.title for each in ACTIVATIONS.values()} | {"softmax": say("Softmax")}

T = TypeVar("T", bound="Shown")


@dataclass(frozen=True, eq=False)
class Opened:
    """A network of the shelf, judged on digits it has not learned from."""

    entry: Entry
    spec: DataSpec
    judged_on: str
    split: Split
    evaluation: Evaluation

    @property
    def score(self) -> str:
        """How many of them it reads rightly."""
        return say(
            "{brief} on {n:,} digits",
            brief=ACCURACY.brief(self.evaluation.accuracy),
            n=len(self.evaluation.labels),
        )

    @property
    def network(self) -> Network:
        """In plain NumPy, for which no library is loaded.

        Raises
        ------
        ModelMissing
            When it is gone.
        ModelRefused
            When it cannot be opened.
        """
        return caches.network(self.entry.name)

    @property
    def pictures(self) -> Array:
        """The judged digits.

        Returns
        -------
        Array
            (n, 28, 28) uint8.
        """
        return caches.dataset(self.spec).images[self.split.test_index]


class Shown(Protocol):
    """An opened network of any kind, as far as the frame of its page knows it."""

    @property
    def entry(self) -> Entry:
        """It, on the shelf."""
        ...

    @property
    def score(self) -> str:
        """What it is worth, and on how many digits: "97.15% on 300 digits"."""
        ...


def section_key(kind: NetworkKind) -> str:
    """Where the page of that kind keeps which of its sections is open."""
    return f"{kind.name}_section"


def head(kind: NetworkKind, opens: Callable[[Entry], T | None], shows: Callable[[T], None]) -> T | None:
    """The head of a lesson: its title, the network as a button that opens its menu, and what to do with it.

    Parameters
    ----------
    opens
        Opens an entry, or says in a sentence why that cannot be done.
    shows
        Shows the figures of merit of what was opened, in the menu.

    Returns
    -------
    T | None
        The network that the page looks at, opened; None when there is none.
    """
    with frame.page(kind.heading):
        job = training.settle(kind.name, section_key(kind))
        entry = model_menu.looked_at(kind)
        place = st.container(width="content")
        opened = opens(entry) if entry else None
        with place:
            words = [entry.card.title, epochs.said(entry), opened.score] if entry and opened else []
            label = " · ".join(filter(None, words)) or say("Choose a network")
            with st.popover(escaped(label), icon=kind.icon, key="network_menu"):
                model_menu.choose_model(kind)
                judges.choose(kind.name)
                if entry and opened:
                    with st.container(key="network_figures"):
                        shows(opened)
                if entry:
                    model_menu.model_actions(entry)
                    epochs.in_menu(entry)
                model_menu.upload_model(kind)
        if entry and opened:
            model_menu.use_on_pad(entry)
        if entry:
            epochs.slider([entry])
        if job:
            training.watch(job, in_view=frame.open_tab(section_key(kind)) == training.TRAIN)
    model_menu.tell_lost(model_key(kind.name))
    if isinstance(opened, Opened):
        input_hint.view(opened.entry, opened.evaluation)
    return opened


def sections(kind: NetworkKind, shown: Mapping[str, frame.Section], opened: Shown | None) -> None:
    """The tabs of a lesson; without a network only the one that trains one."""
    if opened is None:
        shown = {training.TRAIN: shown[training.TRAIN]}
    frame.sections(shown, opened, key=section_key(kind))


def train(kind: NetworkKind, form: Callable[[], None], entry: Entry | None) -> None:
    """The section `TRAIN`: the form, and beside it the training that is followed, or how the network learned.

    Parameters
    ----------
    form
        Draws the form; run again by itself.
    entry
        The network that the page looks at.
    """
    left, right = st.columns(2, gap="large")
    with left:
        st.fragment(form)()
    with right:
        job = training.job_of(kind.name)
        if job:
            training.progress_panel(job)
        if entry and not (job and job.state in training.LIVE):
            learned = f"job {job.id}" if job and job.result == entry.name else ""
            curves(entry.card, key=f"{kind.name}_curves", about=learned)


def open_network(entry: Entry) -> Opened | None:
    """Load a network and judge it; a sentence instead of a network when that cannot be done."""
    try:
        spec, words = caches.judge_by(entry.card.spec)
        return Opened(entry, spec, words, caches.split(spec), caches.evaluation(entry.name, spec))
    except (ModelMissing, ModelRefused, DataError) as error:
        st.error(escaped(str(error)))
        return None


def key_figures(opened: Opened) -> None:
    """What it scores, on what, and what it cost."""
    card, evaluation = opened.entry.card, opened.evaluation
    right = int((evaluation.predicted == evaluation.labels).sum())
    with st.container(horizontal=True):
        metric(say("Right on held-back digits"), f"{evaluation.accuracy:.2%}")
        metric(say("Parameters"), f"{card.parameters:,}")
        if not opened.entry.brought:
            if "train_accuracy" in card.metrics and not epochs.said(opened.entry):
                metric(say("Right on its training digits"), f"{card.metrics['train_accuracy']:.2%}")
            metric(say("Trained in"), say("{seconds:.1f} s", seconds=card.seconds))
            metric(say("Seed"), str(card.seed))
    counted = say(
        "{right:,} of {n:,} right, on {judged_on}.",
        right=right,
        n=len(evaluation.labels),
        judged_on=opened.judged_on,
    )
    st.caption(f"{counted} {learned_from(opened.entry)}")
    if remark := input_hint.remark(opened.entry):
        st.caption(remark)
    if card.note and not card.history.epochs and not opened.entry.brought:
        st.caption(escaped(card.note))  # how it came to be without a training of its own
    said = set(evaluation.predicted.tolist())
    if len(said) == 1:
        st.warning(
            say(
                "It answers {digit} to every digit, so it has learned nothing. Train it again with a "
                "lower learning rate or a smaller λ.",
                digit=said.pop(),
            )
        )


def learned_from(entry: Entry) -> str:
    """From what a network learned, as Markdown; of one that was brought as a file its card alone says so."""
    card = entry.card
    words, n = escaped(in_words(card.data)), card.n_train
    if not entry.brought:
        return say("Learned from {n_train:,} digits: {in_words}.", n_train=n, in_words=words)
    if not n:
        return say(
            "It came as a file that does not say what it learned from, for how long, or with which seed."
        )
    return say(
        "It came as a file, and all that follows is what its card says: learned from {n_train:,} digits "
        "({in_words}), in {seconds:.1f} s, seed {seed}.",
        n_train=n,
        in_words=words,
        seconds=card.seconds,
        seed=card.seed,
    )


def metric(label: str, value: str) -> None:
    """One figure of merit; several stand in a row."""
    st.metric(label, value, border=True, width="content")


def curves(card: ModelCard, *, key: str, about: str = "") -> None:
    """How a network learned: loss and accuracy by epoch, an autoencoder's error beside PCA's.

    Parameters
    ----------
    about
        What guesses of it are about, which then stand behind its curves.
    """
    if not card.history.epochs:
        if card.history.ending == "stopped":
            st.info(say("Its training was stopped in the first epoch. So there is no curve."))
        else:
            st.info(card.history.note or say("This network came without the curves of its training."))
        return
    drawn = figures.curves_of(card.kind, card.history, pca=card.metrics.get("test_error_pca"))
    figure(predicting.behind_training(drawn, about, card.kind), key=key)
    if card.history.note:
        st.warning(escaped(card.history.note))


def layers(opened: Shown) -> None:
    """Shapes and parameters, layer by layer, and its settings."""
    entry = opened.entry
    titles = layer_names.plain_names([(row.name, row.kind) for row in entry.card.layers])
    rows = [
        (
            title,
            f"{row.parameters:,}",  # before the rest, which a phone has to move into view
            row.kind,
            "\u00a0×\u00a0".join(f"{n:,}" for n in row.input_shape),
            "\u00a0×\u00a0".join(f"{n:,}" for n in row.output_shape),
            _ACTIVATIONS.get(row.activation, row.activation),
        )
        for title, row in zip(titles, entry.card.layers, strict=True)
    ]
    rows.append((say("All"), f"{entry.card.parameters:,}", "", "", "", ""))
    header = (say("layer"), say("parameters"), say("kind"), say("in"), say("out"), say("activation"))
    table(header, rows, alt=say("Layers, their shapes and parameters"))
    with st.expander(say("Settings of this network")):
        st.json(dict(entry.card.settings))


def mistakes(opened: Opened, key: str, closer: Callable[[Array, int, str], None]) -> None:
    """Confusion matrix and the digits behind it.

    Parameters
    ----------
    closer
        closer(image, label, title) shows the digit that is pressed; image: (28, 28) float32 in [0, 1].
    """
    evaluation = opened.evaluation

    def press(position: int) -> None:
        true, read = int(evaluation.labels[position]), int(evaluation.predicted[position])
        closer(
            opened.split.x_test[position].reshape(28, 28),
            true,
            say("A {true}, read as {read}", true=true, read=read),
        )

    def causes(position: int) -> None:
        image = opened.split.x_test[position].reshape(28, 28)
        why.show(opened.entry, image, int(evaluation.labels[position]), key=f"{key}_cause")

    mistakes_view.view(evaluation, opened.pictures, key=key, closer=press, why=causes)
