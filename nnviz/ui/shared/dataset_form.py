"""Choosing the digits to learn from: what travels with the app, all of MNIST, or somebody's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from nnviz.core import json_records
from nnviz.core.identity import NotYours
from nnviz.core.records import Dataset
from nnviz.core.words import say, say_many
from nnviz.data import hands, kept_digits, mnist, upload_files
from nnviz.data.mnist import DataError
from nnviz.data.splits import DataSpec, Source
from nnviz.ui.shared import brought_digits, caches, class_digits, spoil_form
from nnviz.ui.shared.show import escaped, why
from nnviz.ui.shared.state import Key, actor, owner
from nnviz.ui.shared.uploaded import release

_SAID = "digits_said"  # in the session: what came of the last press, shown once, beside the digits
# As short as a phone's menu; what stands below it says how many are for what.
SOURCES: dict[str, str] = {
    "study": say("3,000 digits, as in the report"),
    "embedded": say("All 5,000 digits of the app"),
    "full": say("All of MNIST"),
    "upload": say("My own file"),
}
_USES: dict[str, str] = {
    "study": say("2,700 of {of_the_app} to learn from, 300 to test.", of_the_app=mnist.OF_THE_APP),
    "embedded": say("4,500 to learn from, 500 to test."),
    "full": say("54,000 to learn from, 10,000 to test."),
}


def form(key: str, *, default: Source = "study") -> DataSpec | None:
    """Let the user choose digits and a seed; None, and a line that says why, while there are none."""
    menu = SOURCES | class_digits.sources()
    # Not as the widgets' own: a lesson or a link may have said something else.
    if st.session_state.get(f"{key}_source") not in menu:  # nor is a class that has ended
        st.session_state[f"{key}_source"] = default
    st.session_state.setdefault(f"{key}_seed", 42)
    source = st.selectbox(
        say("Digits"),
        list(menu),
        format_func=lambda name: menu.get(name, name),
        key=f"{key}_source",
        persist_state="session",
    )
    if source in _USES:
        st.caption(_USES[source])
    seed = st.number_input(
        say("Seed"),
        min_value=0,
        max_value=2**32 - 1,
        key=f"{key}_seed",
        persist_state="session",
        help=say(
            "It fixes all that is random: which digits are held back, the starting weights, the "
            "order of the digits. The same seed gives the same result again."
        ),
    )
    if source == "full" and mnist.full_mnist_path() is None:
        _download(key)
        return None
    try:
        spec, mine = _chosen(key, source, int(seed))
        if spec is None:
            return None
        there = hands.known(caches.dataset(spec).hands).tolist() if spec.brought else []
        spec = spoil_form.view(key, spoil_form.whose(key, spec, there, mine), there, mine)
        spoil_form.said(spec)
    except DataError as error:
        st.error(escaped(str(error)))
        return None
    return spec


def _chosen(key: str, source: str, seed: int) -> tuple[DataSpec | None, int | None]:
    """The digits of that line of the menu, and whose hand among them is the visitor's. Raises DataError."""
    if source == "upload":
        return _upload(key, seed), None
    found = class_digits.chosen(source)
    if found is None:
        return json_records.read(DataSpec, {"source": source, "seed": seed}), None
    spec, mine = found
    st.caption(escaped(_described(caches.dataset(spec))))
    return replace(spec, seed=seed), mine


def _download(key: str) -> None:
    """Offer to fetch MNIST. The page is drawn anew once it has arrived."""
    st.info(
        say("All of MNIST is not on this computer yet: one file of 11 MB."), icon=":material/cloud_download:"
    )
    if not st.button(say("Download MNIST"), key=f"{key}_download"):
        return
    bar = st.progress(0.0, say("Downloading MNIST …"))
    try:
        mnist.download_full_mnist(lambda part: _advance(bar, part))
    except DataError as error:
        bar.empty()
        st.error(
            say(
                "{error} Everything else still works, with {of_the_app}.",
                error=error,
                of_the_app=mnist.OF_THE_APP,
            )
        )
    else:
        st.rerun()


def _advance(bar: DeltaGenerator, part: float) -> None:
    bar.progress(part, say("Downloading MNIST … {part:.0%}", part=part))


def _upload(key: str, seed: int) -> DataSpec | None:
    """Take files, and show them before any is kept; what was kept stays until something better is taken."""
    files = st.file_uploader(
        say("A file of digits, or pictures of digits"),
        accept_multiple_files=True,
        key=f"{key}_files",
        help=say(
            "A table (CSV, Parquet): a digit a row, 784 pixels and its label. Arrays (NPZ, IDX, MAT, JSON): "
            "pictures and labels. Pictures (PNG, JPEG, WebP, HEIC …): the label first in the file name, as "
            "in `7_anna.png`. Labels that are missing can be typed here. Also inside .zip and .gz. A new "
            "file replaces an older one; "
            "pictures are put together."
        ),
    )
    if files and st.session_state.get(f"{key}_read") != brought_digits.ids_of(files):
        _look(key, files)
    kept: DataSpec | None = st.session_state.get(Key.UPLOAD)
    if said := st.session_state.pop(_SAID, None):
        st.info(said)
    if kept is None:
        if not files:
            st.caption(say("No file read yet."))
        return None
    spec = DataSpec(source="upload", seed=seed, digest=kept.digest)
    try:
        st.caption(escaped(_described(caches.dataset(spec))))
    except DataError as error:
        st.error(escaped(str(error)))
        return None
    if kept_digits.is_own(spec.digest, by=actor()):
        _whose(key, spec.digest)
    return spec


def _look(key: str, files: list[UploadedFile]) -> None:
    """Have files looked at, and kept if the user says so: once, what was deleted does not come back."""
    ids = brought_digits.ids_of(files)
    try:
        taken = brought_digits.choose(key, files[-1].file_id, brought_digits.look(files))
        if taken is None:
            return
        with st.spinner(say("Keeping your digits …")):
            st.session_state[Key.UPLOAD] = kept_digits.keep(taken, owner=owner())
    except DataError as error:
        st.error(escaped(str(error)))
        return
    st.session_state[f"{key}_read"] = ids
    brought_digits.forget(files)
    # Pictures stay, as more may be put together with them.
    release(file for file in files if upload_files.kind_of(file.getvalue()) != "picture")
    st.rerun()


def _whose(key: str, digest: str) -> None:
    """Who may see the digits, and the button that deletes them everywhere."""
    switch = f"{key}_shared_{digest}"
    st.toggle(
        say("Others may see these digits"),
        value=kept_digits.about(digest).shared,
        key=switch,
        help=say("Off: only you and the teacher see them. Others still see how well a network reads them."),
        on_change=_share,
        args=(digest, switch),
    )
    with st.expander(say("Delete these digits"), icon=":material/delete:", key=f"{key}_delete_{digest}"):
        st.write(
            say("They are removed everywhere at once: from runs, maps and trainings too. There is no undo.")
        )
        st.button(
            say("Yes, delete"), on_click=_delete, args=(digest,), key=f"{key}_delete_digits", type="primary"
        )


def _delete(digest: str) -> None:
    if _done(lambda: kept_digits.delete(digest, by=actor())):
        st.session_state.pop(Key.UPLOAD, None)
        caches.forget_digits()
        st.session_state[_SAID] = say("These digits are deleted.")


def _share(digest: str, switch: str) -> None:
    _done(lambda: kept_digits.share(digest, st.session_state[switch], by=actor()))


def _done(act: Callable[[], None]) -> bool:
    """Do it; where that cannot be, say why, and return False."""
    try:
        act()
    except (NotYours, OSError) as error:
        st.session_state[_SAID] = why(error)
        return False
    return True


def _described(digits: Dataset) -> str:
    counts = ", ".join(
        f"{(digits.labels == d).sum():,} × {d}" for d in range(10) if (digits.labels == d).any()
    )
    writers = len(hands.known(digits.hands))
    by = say_many(writers, " {n} hand wrote them.", " {n} hands wrote them.") if writers else ""
    told = say(
        "{counted} from {name}: {counts}.",
        counted=say_many(len(digits), "{n:,} digit", "{n:,} digits"),
        name=digits.name,
        counts=counts,
    )
    return told + by
