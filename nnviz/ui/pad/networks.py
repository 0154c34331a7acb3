"""Which networks read the pad, and how they read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import PurePath
from typing import NamedTuple
from urllib.parse import urlencode

import streamlit as st

from nnviz import components
from nnviz.core.kinds import KINDS
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.data.mnist import in_words
from nnviz.inspection import activations
from nnviz.model_store import cards, store
from nnviz.model_store.store import Entry, ModelMissing, ModelRefused
from nnviz.ui.pad import live
from nnviz.ui.shared import caches, epochs, model_menu
from nnviz.ui.shared.menu import menu
from nnviz.ui.shared.show import escaped
from nnviz.ui.shared.state import Key, kept_before, pad_key, put_on_pad, shown_epoch


class Place(NamedTuple):
    """A place on the pad. key: where its network's name is kept; kind and default: of the one at first."""

    key: str
    kind: str
    default: str
    title: str


_ORDINALS = (say("First"), say("Second"), say("Third"), say("Fourth"), say("Fifth"), say("Sixth"))


def places() -> list[Place]:
    """The places on the pad, one for each kind that has one."""
    given = [kind for kind in KINDS.values() if kind.on_pad]
    return [
        Place(
            pad_key(kind.name), kind.name, kind.on_pad, say("{ordinal} network on the pad", ordinal=ordinal)
        )
        for kind, ordinal in zip(given, _ORDINALS, strict=False)
    ]


def chosen() -> list[Entry | None]:
    """The network in each place: what the state names, of any kind, else the place's own default."""
    there = {entry.name: entry for entry in store.entries()}
    for place, name in kept_before().networks.items():
        st.session_state.setdefault(place, name)  # chosen in this browser before the page was loaded anew
    return [
        there.get(st.session_state.get(place.key, ""))
        or model_menu.current_model(place.kind, place.key, default=place.default)
        for place in places()
    ]


def slots() -> list[components.Slot | None]:
    """The networks for the pad. Of one that cannot be opened a sentence says why; the pad goes on."""
    found: list[components.Slot | None] = []
    for place, (name, title, entry) in zip(places(), named(chosen()), strict=True):
        if place.kind == live.kind():
            found.append(live.slot())
            continue
        try:
            found.append(None if entry is None else _slot(name, title, entry))
        except (ModelMissing, ModelRefused) as error:
            st.warning(say("{error} Choose another network above the pad.", error=error))
            found.append(None)
    for place in places():
        model_menu.tell_lost(place.key)
    return found


def _slot(name: str, title: str, entry: Entry) -> components.Slot:
    program = caches.program(entry.name)
    draws = not KINDS[entry.card.kind].classifies
    lesson = f"{_page(entry)}?{urlencode(_query(entry))}"
    return components.Slot(
        name, title, draws, program.digest, program.message, program.why, lesson, entry.card.layers
    )


def open_lesson(slot: str) -> None:
    """Go to the lesson that looks into the network in that slot, with the drawing."""
    for name, _, entry in named(chosen()):
        if entry is not None and name == slot:
            st.switch_page(KINDS[entry.card.kind].page, query_params=_query(entry))


def _page(entry: Entry) -> str:
    """The address of its kind's page, as Streamlit makes it of the file's name."""
    return PurePath(KINDS[entry.card.kind].page).stem.partition("_")[2]


def _query(entry: Entry) -> dict[str, str]:
    found = {Key.URL_MODEL.value: entry.name, Key.URL_DRAWN.value: "yes"}
    epoch = shown_epoch()
    return found if epoch is None else {**found, Key.URL_EPOCH.value: str(epoch)}


def read_drawing(image: Array, asked: Collection[str] | None = None) -> list[components.Reading]:
    """What the networks in those slots, or in all, make of a digit, (28, 28) in [0, 1], computed here."""
    found = []
    for name, title, entry in named(chosen()):
        if entry is not None and (asked is None or name in asked):
            try:
                inside = activations.activations(caches.network(entry.name), image)
            except (ModelMissing, ModelRefused):
                continue  # `slots` has said why
            found.append(components.Reading(name, title, inside))
    return found + live.readings(image, asked)


def named(entries: Sequence[Entry | None]) -> list[tuple[str, str, Entry | None]]:
    """Each network with its name on the pad, "mlp", "cnn", "cnn-2", and a heading that no other has."""
    kinds = Counter(entry.card.kind for entry in entries if entry)
    seen: Counter[str] = Counter()
    titled: Counter[str] = Counter()
    found: list[tuple[str, str, Entry | None]] = []
    for entry in entries:
        if entry is None:
            found.append(("", "", None))
            continue
        kind = entry.card.kind
        seen[kind] += 1
        name = kind if seen[kind] == 1 else f"{kind}-{seen[kind]}"
        title = KINDS[kind].title if kinds[kind] == 1 else entry.card.title
        titled[title] += 1
        found.append((name, title if titled[title] == 1 else f"{title} ({titled[title]})", entry))
    return found


def epochs_row() -> None:
    """Once it was asked for, the slider of epochs of all networks on the pad, and which epoch each is of."""
    if epochs.asked():
        epochs.row([entry for entry in chosen() if entry and entry.card.kind != live.kind()])


def choose() -> None:
    """A menu for each place, of every network there is, and what the chosen one scored."""
    menu(say("Networks"), _choices, icon=":material/hub:", key="pad_networks")


def _choices() -> None:
    there = {entry.name: entry for entry in store.entries()}
    if not there:
        st.info(say("There is no trained network yet. Train one, or open one from a file."))
        return
    entries = chosen()
    for place, entry in zip(places(), entries, strict=True):
        _menu(place, entry, there)
        if entry is not None:
            _score(entry)
    epochs.offer([entry for entry in entries if entry])
    st.caption(
        say(
            "The lessons begin with other networks: those of the report, which are easier to look "
            "into. “Why?” beside an answer opens the lesson with the very network that gave it, and "
            "your drawing."
        )
    )


def _menu(place: Place, entry: Entry | None, there: dict[str, Entry]) -> None:
    key = f"{place.key}_menu"
    labels = {name: _label(each) for name, each in there.items()}
    st.session_state[key] = entry.name if entry else None
    st.selectbox(
        place.title,
        sorted(there, key=lambda name: there[name].card.kind != place.kind),
        index=None if entry is None else 0,  # the state says which; without an index it could be emptied
        placeholder=say("No {title} yet: choose any network", title=KINDS[place.kind].title),
        format_func=labels.__getitem__,
        key=key,
        on_change=lambda: put_on_pad(place.kind, st.session_state[key]),
    )


def _label(entry: Entry) -> str:
    """What the menus say of a network: of what kind it is too, where its title does not."""
    kind, said = KINDS[entry.card.kind].title, f"{entry.card.title} · {model_menu.origin(entry)}"
    return said if said.startswith(kind) else f"{kind} · {said}"


def _score(entry: Entry) -> None:
    """What the network got right, or how well it draws again, and on what."""
    if told := scored(entry, escaped(in_words(entry.card.data))):
        st.caption(told)


def scored(entry: Entry, data: str) -> str:
    """What a network learned from and what it got right, or how well it draws again; "" if it does not say.

    Parameters
    ----------
    data
        The name of its digits, as it is to stand there.
    """
    card, kind = entry.card, KINDS[entry.card.kind]
    found = cards.score(card)
    if found is None:
        return ""
    value, n = found
    if kind.score.percent:
        did = say("got {value:.2%} of {n:,} others right", value=value, n=n)
    else:
        name = kind.score.label.lower()
        score = say("an {name}", name=name) if name[0] in "aeiou" else say("a {name}", name=name)
        if kind.classifies:
            did = say("reads {n:,} others with {score} of {value:.4f}", n=n, score=score, value=value)
        else:
            did = say(
                "draws {n:,} others again with {score} of {value:.4f}",
                n=n,
                score=score,
                value=value,
            )
    return say(
        "It learned from {n_train:,} digits and {did} ({in_words}).",
        n_train=card.n_train,
        did=did,
        in_words=data,
    )
