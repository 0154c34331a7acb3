"""When a network learned its digits: all of them as a picture, the late ones as a gallery, one as a curve."""

from __future__ import annotations

import streamlit as st

from nnviz import components, figures
from nnviz.core.records import Array
from nnviz.core.words import say, say_many
from nnviz.evaluation.learning_times import GROUPS, LearningTimes, stayed_right_from
from nnviz.model_store.snapshots import NoSnapshots
from nnviz.model_store.store import ModelMissing, ModelRefused
from nnviz.ui.shared import caches
from nnviz.ui.shared.model_page import Opened
from nnviz.ui.shared.show import escaped, figure
from nnviz.ui.shared.state import digit

_NAMES = {
    "first": say("learned first"),
    "late": say("learned late"),
    "forgotten": say("forgotten again"),
    "never": say("never learned"),
}


_DRAWN = "drawing"
_AT_ONCE = 1  # place of the epoch up to which a digit counts as learned at once


def _named(times: LearningTimes, group: str) -> str:
    return say("my drawing") if group == _DRAWN else f"{_NAMES[group]} ({len(times.group(group)):,})"


def view(opened: Opened) -> None:
    """The picture of all digits, the gallery of a group, and the ten probabilities of one over the epochs."""
    st.fragment(_view)(opened, f"{opened.entry.card.kind}_learned")


def _view(opened: Opened, key: str) -> None:
    try:
        times = caches.learning_times(opened.entry.name, opened.spec)
    except (NoSnapshots, ModelMissing, ModelRefused) as error:
        st.info(escaped(str(error)))
        return
    drawn = digit()
    kinds = (*GROUPS, _DRAWN) if drawn is not None else GROUPS
    group = str(
        st.segmented_control(
            say("Which digits"),
            kinds,
            label_visibility="collapsed",
            default="late",
            required=True,
            format_func=lambda name: _named(times, name),
            key=f"{key}_group",
        )
    )
    left, middle, right = st.columns(3, gap="medium")
    with left:
        order = [*times.group("first"), *times.group("late")[::-1]]
        order += [*times.group("forgotten"), *times.group("never")]
        shown = [position for position in order if times.stayed_from[position] > _AT_ONCE]
        if shown:
            figure(figures.right_over_epochs(times.epochs, times.right[:, shown]), key=f"{key}_all")
        n = len(order) - len(shown)
        epoch = times.epochs[_AT_ONCE]
        if n:
            st.caption(
                say_many(
                    n,
                    "{n:,} other digit was right from epoch {epoch} on, and has no row.",
                    "{n:,} other digits were right from epoch {epoch} on, and have no row.",
                    epoch=epoch,
                )
            )
        if len(times.labels) < len(opened.split.y_test):
            st.caption(
                say(
                    "The first {n:,} of {all:,} digits: to read all of them so often would take too long.",
                    n=len(times.labels),
                    all=len(opened.split.y_test),
                )
            )
    if group == _DRAWN and drawn is not None:
        epochs, answers = caches.over_epochs(opened.entry.name, drawn[None])
        with middle:
            figure(figures.digit_picture(drawn, title=say("Your drawing")), key=f"{key}_drawn")
        with right:
            _curve(epochs, answers[:, 0], None, say("Your drawing"), key)
        return
    with middle:
        pressed = _gallery(opened, times, times.group(group), f"{key}_{group}")
    chosen = None if pressed is None else pressed[1]
    if pressed is not None:
        pressed_one = pressed[0]
        with right, st.container(key=f"{key}_one"):
            label = int(times.labels[pressed_one])
            title = say("A {label}", label=label)
            _curve(list(times.epochs), times.probabilities[:, pressed_one], label, title, key)
    components.reveal(f"{key}_one", chosen)


def _gallery(
    opened: Opened, times: LearningTimes, positions: Array, key: str
) -> tuple[int, int | None] | None:
    """The digits of a group, each with the epoch from which it stayed right.

    Returns the position of the one that is looked at, and which was pressed, if any was.
    """
    if not len(positions):
        st.markdown(say("**There is no such digit.**"))
        return None
    st.caption(say("Press a digit to see its probabilities over the epochs."))
    captions = []
    for position in positions:
        true, read = int(times.labels[position]), int(times.probabilities[-1, position].argmax())
        stays = int(times.stayed_from[position])
        if stays < len(times.epochs):
            epoch = times.epochs[stays]
            label = say("a {true}, right from epoch {epoch} on", true=true, epoch=epoch)
            captions.append(components.Caption(f"{true}\n{say('from {epoch}', epoch=epoch)}", label))
        else:
            label = say("a {true}, read as {read} at the end", true=true, read=read)
            captions.append(components.Caption(f"{true} → {read}", label, wrong=True))
    chosen = components.digit_gallery(opened.pictures[positions], captions, key=f"{key}_gallery")
    return int(positions[0 if chosen is None else chosen]), chosen


def _curve(epochs: list[int], answers: Array, label: int | None, title: str, key: str) -> None:
    """The ten probabilities of one digit over the epochs, and since when it was read rightly."""
    told = int(answers[-1].argmax()) if label is None else label
    since = stayed_right_from(epochs, answers, told)
    if label is None:
        words = say("It is read as {told} from epoch {since} on.", told=told, since=since)
    elif since is None:
        n = int((answers.argmax(axis=1) == label).sum())
        words = say_many(
            n,
            "At the end it is read wrong. It was right after {n} of the kept epochs.",
            "At the end it is read wrong. It was right after {n} of the kept epochs.",
        )
    else:
        words = say("Right from epoch {since} to the end.", since=since)
    st.markdown(f"**{title}.** {words}")
    figure(figures.probabilities_over_epochs(epochs, answers, label=label, title=title), key=f"{key}_curve")
