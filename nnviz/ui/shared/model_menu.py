"""The shelf of trained networks: choose, bring, keep, rename, download, throw away, put on the pad."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from nnviz.core.identity import NotYours
from nnviz.core.kinds import KINDS, NetworkKind, kind_of
from nnviz.core.words import say
from nnviz.model_store import cards, store
from nnviz.model_store.store import Entry, ModelMissing, ModelRefused
from nnviz.ui.shared import as_code, as_onnx, frame, input_hint
from nnviz.ui.shared.show import escaped, why
from nnviz.ui.shared.state import (
    Key,
    actor,
    keep_network,
    kept_before,
    may_change,
    model_key,
    offer_undo,
    owner,
    put_on_pad,
    whose,
)
from nnviz.ui.shared.uploaded import release

_MOST_SENT = 64  # megabytes: no network that is taken has more


def label(entry: Entry) -> str:
    """What a menu says of a model: title, where it is from, what it scored."""
    said = f"{entry.card.title} · {origin(entry)}"
    scored = cards.score_text(entry.card)
    if scored and entry.brought:
        scored = say("its card says {scored}", scored=scored)
    return f"{said} · {scored}" if scored else said


def origin(entry: Entry) -> str:
    """Where a model is from, and whose it is: "of the app", "saved, yours"."""
    if entry.origin == "shipped":
        return say("of the app")
    where = say("saved") if entry.origin == "saved" else say("recent")
    return f"{where}, {whose(entry.owner)}"


def tell_lost(key: str) -> None:
    """Say that the network which was open here is gone, until another one is chosen."""
    if lost := st.session_state.get(f"{key}_lost"):
        st.warning(escaped(lost))


def choose(key: str, name: str | None) -> None:
    """Open that network where `key` says; what was said of one that is gone is said no more."""
    st.session_state[key] = name
    st.session_state.pop(f"{key}_lost", None)


def current_model(kind: str, key: str, *, default: str) -> Entry | None:
    """The network this session looks at: what the state names, else the default, else the first there is."""
    there = {entry.name: entry for entry in store.entries(kind)}
    asked = st.query_params.get(Key.URL_MODEL)
    if asked and (asked in there or asked not in {entry.name for entry in store.entries()}):
        st.session_state[key] = st.query_params.pop(Key.URL_MODEL)  # once: then the menu has the say
    name = st.session_state.get(key)
    if name not in there:
        missing, name = name, default if default in there else next(iter(there), None)
        if missing:
            now = say(" Now “{title}” is open.", title=there[name].card.title) if name else ""
            st.session_state[f"{key}_lost"] = store.fate(missing) + now
    st.session_state[key] = name
    return there.get(name) if name else None


def looked_at(kind: NetworkKind) -> Entry | None:
    """The network that the page of that kind looks at: after a reload the one it looked at before."""
    key = model_key(kind.name)
    before = kept_before().networks.get(key)
    if before:
        st.session_state.setdefault(key, before)
    entry = current_model(kind.name, key, default=kind.default)
    if entry is not None and entry.name != (before or kind.default):
        keep_network(key, entry.name)
    return entry


def choose_model(kind: NetworkKind) -> None:
    """A menu of every network of that kind; the one that is chosen is the one its page looks at."""
    key = model_key(kind.name)
    current = looked_at(kind)
    if current is None:
        st.info(say("There is no trained network yet. Train one, or open one from a file."))
        return
    there = {entry.name: label(entry) for entry in store.entries(kind.name)}
    st.session_state[f"{key}_menu"] = current.name
    st.selectbox(
        say("The network on this page"),
        list(there),
        format_func=there.__getitem__,
        key=f"{key}_menu",
        on_change=lambda: choose(key, st.session_state[f"{key}_menu"]),
    )


def upload_model(kind: NetworkKind) -> None:
    """Take a network from a file; a refused one leaves everything as it was, and a sentence says why."""
    key = model_key(kind.name)
    with st.expander(say("Open a network from a file"), icon=":material/upload:"):
        file = st.file_uploader(
            say("A file downloaded from this page, here or elsewhere")
            if kind.library != "keras"
            else say("A file downloaded from this page, a .keras or .h5 file of Keras, or an .onnx file"),
            key=f"{key}_file",
            max_upload_size=_MOST_SENT,
            on_change=lambda: st.session_state.update({f"{key}_file_is_new": True}),
        )
        if file is not None and st.session_state.pop(f"{key}_file_is_new", False):
            name, content = file.name, file.getvalue()
            release([file])
            st.session_state[f"{key}_refused"] = _received(kind, key, name, content)
        if refused := st.session_state.get(f"{key}_refused"):
            st.error(escaped(refused))


def _received(kind: NetworkKind, key: str, name: str, content: bytes) -> str:
    """Open the file's network on this page; or the sentence that says why it is refused."""
    try:
        with st.spinner(say("Looking into the network …")):
            entry = store.receive(name, content, owner=owner())
    except (ModelRefused, OSError) as error:
        return why(error)
    if entry.card.kind != kind.name:
        other = kind_of(entry.card.kind).title
        return say(
            "This is a network of another kind ({other}). It is saved on the page of its kind.", other=other
        )
    st.session_state[key] = entry.name
    opened = say("“{title}” is open.", title=escaped(entry.card.title))
    st.session_state[Key.NOTICE] = f"{opened} {input_hint.remark(entry)}".strip()
    st.session_state.pop(f"{key}_refused", None)
    st.rerun()


def use_on_pad(entry: Entry) -> None:
    """A button that puts a network on the pad, and goes there."""
    key = f"{model_key(entry.card.kind)}_use"
    if st.button(say("Use on the pad"), icon=":material/draw:", on_click=_use, args=(entry,), key=key):
        frame.go_to(frame.HOME.path)


def model_actions(entry: Entry) -> None:
    """What can be done with a network but to use it: download, keep, rename, delete."""
    card = entry.card
    key = model_key(card.kind)
    with st.container(key=f"{key}_manage"):
        st.download_button(
            say("Download"),
            data=lambda: store.content(entry),
            file_name=entry.path.name,
            mime="application/octet-stream",
            icon=":material/download:",
            on_click="ignore",
            key=f"{key}_download",
        )
        as_code.of_network(entry, key=key)
        as_onnx.of_network(entry, key=key)
        if entry.origin != "shipped" and not actor().owns(entry.owner):
            with _folded(say("Copy to mine"), ":material/content_copy:", entry, key):
                _titled(
                    entry,
                    f"{key}_copy",
                    say("A name for your copy"),
                    say("Copy it"),
                    store.copy,
                    lambda title: say("Copied as “{title}”.", title=title),
                )
        if entry.origin != "shipped" and may_change(entry.owner):
            if entry.origin == "recent":
                with _folded(say("Save"), ":material/bookmark:", entry, key):
                    _titled(
                        entry,
                        key,
                        say("A name for it"),
                        say("Keep it"),
                        store.keep,
                        lambda title: say("Saved as “{title}”.", title=title),
                    )
            else:
                with _folded(say("Rename"), ":material/edit:", entry, key):
                    _titled(
                        entry,
                        key,
                        say("New name"),
                        say("Rename it"),
                        store.rename,
                        lambda title: say("Now called “{title}”.", title=title),
                    )
            with _folded(say("Delete"), ":material/delete:", entry, key):
                st.write(
                    say("Delete “{title}”? For ten minutes it can be undone.", title=escaped(card.title))
                )
                st.button(
                    say("Yes, delete"),
                    on_click=_delete,
                    args=(entry, key),
                    key=f"{key}_delete",
                    type="primary",
                )


def _folded(label: str, icon: str, entry: Entry, key: str) -> DeltaGenerator:
    """One for each network: done with one, the next one's is shut."""
    return st.expander(label, icon=icon, key=f"{key}_{label.lower()}_{entry.name}")


def _use(entry: Entry) -> None:
    """Put it in the place of its kind; one whose kind has none takes the first."""
    places = [kind.name for kind in KINDS.values() if kind.on_pad]
    put_on_pad(entry.card.kind if entry.card.kind in places else places[0], entry.name)
    st.session_state[Key.NOTICE] = say("“{title}” now reads the pad.", title=escaped(entry.card.title))


def _titled(
    entry: Entry, key: str, label: str, act: str, action: Callable[..., Entry], done: Callable[[str], str]
) -> None:
    """A field for a title and the button that uses it."""
    field = f"{key}_title_{entry.name}"
    st.text_input(label, value=entry.card.title, max_chars=80, key=field)

    def press() -> None:
        # As it is now, not as it was when the page was drawn.
        title = st.session_state.get(field, entry.card.title)
        try:
            changed = action(entry, title, by=actor())
        except (ModelMissing, ModelRefused, NotYours, ValueError, OSError) as error:
            st.session_state[Key.NOTICE] = escaped(why(error))
            return
        if changed.name == entry.name:
            from nnviz.history import repository  # late: the pad, which has menus too, needs no database

            with suppress(repository.DatabaseUnavailable):  # its run keeps the name that it has
                repository.rename_network(
                    changed.name, changed.card.title, before=entry.card.title, by=actor()
                )
        st.session_state[model_key(changed.card.kind)] = changed.name
        st.session_state[Key.NOTICE] = done(escaped(changed.card.title))

    st.button(act, on_click=press, key=f"{key}_titled", type="primary")


def _delete(entry: Entry, key: str) -> None:
    try:
        store.delete(entry, by=actor())
    except (ModelMissing, ModelRefused, NotYours, OSError) as error:
        st.session_state[Key.NOTICE] = escaped(why(error))
        return
    st.session_state.pop(key, None)
    offer_undo(say("“{title}” is deleted.", title=escaped(entry.card.title)), ("network", entry.name))
