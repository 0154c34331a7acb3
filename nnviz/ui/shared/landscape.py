"""The landscape around a network: what its loss would be with other weights, and its training's way in it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from nnviz import figures, jobs
from nnviz.core import storage
from nnviz.core.landscapes import CORNERS, Landscape
from nnviz.core.records import Array, Split
from nnviz.core.words import say
from nnviz.data import mnist, splits
from nnviz.inference import flat, losses
from nnviz.inference.graph import Network
from nnviz.inspection import landscape
from nnviz.inspection.landscape import DIGITS, NoPlane, Plane, Survey
from nnviz.jobs import LandscapeSpec
from nnviz.model_store import store
from nnviz.model_store.snapshots import NoSnapshots
from nnviz.model_store.store import Entry, ModelMissing, ModelRefused
from nnviz.ui.shared import caches, landscape_address, landscape_queue, model_menu
from nnviz.ui.shared.landscape_address import Named
from nnviz.ui.shared.show import escaped, figure
from nnviz.ui.shared.state import model_key

_SHAPES = {
    "training": say("Training's plane"),
    "three": say("Through three"),
    "line": say("Between two"),
    "random": say("By chance"),
}
_Rows = tuple[str, Array, Array]  # a track: name, steps and weights
_END, _OTHER = "end", "network "  # of a point: the network as it ended, and another one by its name
_CORNERS = {"three": 3, "line": 2}  # networks that are chosen
_SIDES = (11, 21, 31, 41)
_TRAINING = "training"  # of a track
_SEED = 42  # of a plane by chance, at first
_REACH = 1.0  # of a plane by chance: from the network to each side, by the length of its own filters
_PATIENCE = 45.0  # seconds that the first choice of fineness takes at most
_LEAST_SHARE = 0.0001
_FEWEST = 100  # digits of the app that nobody learned from, to judge by


class Shown(Protocol):
    """An opened network of any kind, as far as its landscape is concerned."""

    @property
    def entry(self) -> Entry:
        """It, on the shelf."""
        ...

    @property
    def split(self) -> Split:
        """Digits to judge it by."""
        ...

    @property
    def judged_on(self) -> str:
        """Which they are, in words."""
        ...


@dataclass(frozen=True)
class _Asked:
    """What the form says: the shape, its points, the side of the grid, and the seed of a plane by chance."""

    shape: str
    points: tuple[str, ...]
    side: int
    seed: int


@dataclass(frozen=True, eq=False)
class _Digits:
    """Those whose mean loss is found, and which they are in words."""

    x: Array
    labels: Array
    words: str


def view(opened: Shown) -> None:
    """The picture, and beside it what to look at."""
    st.fragment(_view)(opened, f"{opened.entry.card.kind}_landscape")


def _view(opened: Shown, key: str) -> None:
    entry = opened.entry
    kept, missing = _kept(entry)
    others = [other for other in store.entries(entry.card.kind) if _same_shape(entry, other)]
    points = {str(epoch): _epoch(epoch) for epoch in kept} | {_END: say("the end")}
    points |= {_OTHER + other.name: other.card.title for other in others}
    shapes = [name for name in _SHAPES if _possible(name, kept, points)]
    if missing:
        st.info(
            escaped(missing) + " " + say("So only landscapes around it, or between networks, can be found.")
        )
    at = f"{key}_shape_{'kept' if kept else 'end'}"
    named = landscape_address.read(landscape_address.asked(), _SIDES)
    if _elsewhere(entry, named, key):
        return
    _take(entry, key, at, shapes, points)
    st.session_state.setdefault(at, shapes[0])
    shape = str(
        st.segmented_control(
            say("What to look at"),
            shapes,
            required=True,
            format_func=lambda name: _SHAPES[name],
            label_visibility="collapsed",
            key=at,
        )
    )
    if flat.size(caches.network(entry.name, ended=True)) > landscape.MOST_WEIGHTS:
        st.info(
            say(
                "This network has more than {most:,} weights: its landscape would take too much memory.",
                most=landscape.MOST_WEIGHTS,
            )
        )
        return
    left, right = st.columns([3, 2], gap="medium")
    with right:
        asked = _form(opened, shape, points, key)
        landscape_address.tell(key, Named(entry.name, shape, asked.side, asked.seed, asked.points))
        try:
            spec, survey, digits = _survey(opened, asked)
        except (NoPlane, NoSnapshots, ModelMissing, ModelRefused) as error:
            st.warning(escaped(str(error)))
            return
        found = jobs.find_landscape(spec)
        on_its_way = landscape_queue.follow(spec, key)
        if found is None and not on_its_way:
            _offer(spec, survey, entry, shape, key)
    with left:
        names = [points[point] for point in asked.points] or [points[_END]]
        drawn = _picture(
            found or survey.known, asked, names, known=found is not None, at=caches.epoch_of(entry.name)
        )
        if drawn is None:
            st.info(say("Choose what to look at, then press “Find the landscape”."))
        else:
            figure(drawn, key=f"{key}_picture")
    with right:
        _words(found or survey.known, digits)
        if found is not None and drawn is not None:
            name = f"landscape-{entry.name}-{shape}"
            landscape_queue.take_along(found, {say("Picture (HTML)"): drawn}, name=name, key=key)


def _elsewhere(entry: Entry, named: Named | None, key: str) -> bool:
    """Whether the page goes to the network that its address names, as a link to a landscape is opened."""
    if named is None or named.network == entry.name or f"{key}.told" in st.session_state:
        return False
    if all(named.network != other.name for other in store.entries(entry.card.kind)):
        return False
    model_menu.choose(model_key(entry.card.kind), named.network)
    st.rerun()


def _take(entry: Entry, key: str, at: str, shapes: Sequence[str], points: Collection[str]) -> None:
    """Set the form to what the address asks for, where it is not so already."""

    def fits(text: str) -> Named | None:
        named = landscape_address.read(text, _SIDES)
        if named is None or named.network != entry.name or named.shape not in shapes:
            return None
        right = len(named.points) == _CORNERS.get(named.shape, 0) and set(named.points) <= set(points)
        return named if right else None

    named = landscape_address.taken(key, fits, drawn=at in st.session_state)
    if named is None:
        return
    st.session_state[at] = named.shape
    st.session_state[f"{key}_{named.shape}_side"] = named.side
    if named.shape == "random":
        st.session_state[f"{key}_seed"] = named.seed
    for i, point in enumerate(named.points):
        st.session_state[f"{key}_{named.shape}_{i}_{entry.name}"] = point


def _possible(shape: str, kept: Sequence[int], points: Collection[str]) -> bool:
    needed = {"training": 4, "three": 3, "line": 2, "random": 1}[shape]
    return len(kept) + 1 >= needed if shape == "training" else len(points) >= needed


def _kept(entry: Entry) -> tuple[list[int], str]:
    """The epochs that a network kept, or why there are none."""
    try:
        return caches.snapshots(entry.name).epochs.tolist(), ""
    except (NoSnapshots, ModelMissing, ModelRefused) as error:
        return [], str(error)


def _same_shape(entry: Entry, other: Entry) -> bool:
    """Whether another network has the same layers, so that one can go from one to the other."""

    def layers(one: Entry) -> list[tuple[object, ...]]:
        return [(row.kind, row.input_shape, row.output_shape, row.activation) for row in one.card.layers]

    return other.name != entry.name and layers(entry) == layers(other)


def _form(opened: Shown, shape: str, titles: Mapping[str, str], key: str) -> _Asked:
    entry, points = opened.entry, list(titles)
    first = points[:3]  # where it kept no epochs: itself and others
    if points[0] != _END:
        first = [points[0], _END, points[points.index(_END) // 3]]
    chosen: list[str] = []
    labels = {
        "line": (say("From"), say("To")),
        "three": (say("First network"), say("Second network"), say("Third network")),
    }.get(shape, ())
    if labels:
        with st.container(key=f"two_beside_{key}_points"):
            columns = st.columns(len(labels))
        for i, (column, label) in enumerate(zip(columns, labels, strict=True)):
            with column:
                at = f"{key}_{shape}_{i}_{entry.name}"
                st.session_state.setdefault(at, first[i])
                chosen.append(
                    str(
                        st.selectbox(
                            label, points, format_func=lambda point: titles.get(point, point), key=at
                        )
                    )
                )
    seed = _SEED
    left, right = st.columns(2, vertical_alignment="bottom")
    network = caches.network(entry.name, ended=True)
    st.session_state.setdefault(f"{key}_{shape}_side", _side(network, shape))
    with left:
        side = int(
            st.selectbox(
                say("How fine"),
                _SIDES,
                format_func=lambda side: _fineness(shape, side),
                key=f"{key}_{shape}_side",
            )
        )
    if shape == "random":
        st.session_state.setdefault(f"{key}_seed", _SEED)
        with right:
            seed = int(st.number_input(say("Seed"), 0, landscape_address.MOST_SEED, key=f"{key}_seed"))
    return _Asked(shape, tuple(chosen), side, seed)


def _side(network: Network, shape: str) -> int:
    """The first choice of fineness: as fine as can be found in a short time."""
    seconds = {side: landscape.seconds(network, DIGITS, _count(shape, side)) for side in _SIDES[:3]}
    return max([_SIDES[0], *(side for side in seconds if seconds[side] <= _PATIENCE)])


def at_first(opened: Shown) -> tuple[LandscapeSpec, Survey]:
    """What the tab shows first of a network that kept its epochs.

    Raises
    ------
    NoPlane, NoSnapshots, ModelMissing, ModelRefused
        When there is none.
    """
    side = _side(caches.network(opened.entry.name, ended=True), _TRAINING)
    spec, survey, _ = _survey(opened, _Asked(_TRAINING, (), side, _SEED))
    return spec, survey


def _count(shape: str, side: int) -> int:
    return 2 * side + 1 if shape == "line" else side * side


def _fineness(shape: str, side: int) -> str:
    if shape == "line":
        return say("{n} points", n=_count(shape, side))
    return say("{side} × {side} points", side=side)


def _epoch(epoch: int) -> str:
    return say("the start") if epoch == 0 else say("epoch {epoch}", epoch=epoch)


def _offer(spec: LandscapeSpec, survey: Survey, entry: Entry, shape: str, key: str) -> None:
    st.caption(
        say(
            "The loss of {count:,} networks will be found in the background, in about {seconds:,.0f} s.",
            count=survey.count,
            seconds=max(1.0, survey.seconds),
        )
    )
    title = say("{shape}: {title}", shape=_SHAPES[shape], title=entry.card.title)
    landscape_queue.offer(
        spec, lambda: survey, title, button=say("Find the landscape"), why="", key=f"{key}_{shape}"
    )


def _picture(
    found: Landscape, asked: _Asked, names: Sequence[str], *, known: bool, at: int | None
) -> go.Figure | None:
    """What there is to see; None where there is nothing before the losses are known."""
    if not known and asked.shape in ("line", "random"):
        return None
    if asked.shape == "line":
        return figures.loss_line(found, names)
    if asked.shape == "random":
        return figures.loss_plane(found, {}, names)
    return figures.loss_plane(found, {_TRAINING: say("the training")}, names, at=at)


def _words(found: Landscape, digits: _Digits) -> None:
    """What the picture shows, in numbers."""
    if len(found.explained):
        st.markdown(
            say(
                "This plane holds **{share}** of the training's movement. Direction 1 has {one} of "
                "it, direction 2 has {two}.",
                share=_share(found.explained.sum()),
                one=_share(found.explained[0]),
                two=_share(found.explained[1]),
            )
        )
    ways = [track for track in found.tracks if track.name == _TRAINING and np.isfinite(track.losses).all()]
    for way in ways:
        st.markdown(
            say(
                "The loss goes from **{first:.4f}** at the start to **{last:.4f}** at the end.",
                first=float(way.losses[0]),
                last=float(way.losses[-1]),
            )
        )
    st.caption(
        say(
            "Each loss is the mean of {n:,} digits: {words}. No weight penalty is in it.",
            n=len(digits.x),
            words=escaped(digits.words),
        )
    )


def _share(part: float) -> str:
    return f"{part:.2%}" if part >= _LEAST_SHARE else say("less than 0.01%")


def _survey(opened: Shown, asked: _Asked) -> tuple[LandscapeSpec, Survey, _Digits]:
    """Raises NoPlane, NoSnapshots, ModelMissing, ModelRefused."""
    names = sorted({point.removeprefix(_OTHER) for point in asked.points if point.startswith(_OTHER)})
    entries = [opened.entry, *(store.find(name) for name in names)]
    digits = _digits(opened, entries)
    files = tuple((str(each.path), each.path.stat().st_mtime_ns) for each in entries)
    told = hashlib.sha256(digits.x.tobytes() + digits.labels.tobytes()).hexdigest()
    return (*_made(files, asked, told, opened.entry, digits), digits)


@st.cache_resource(max_entries=3, show_spinner=False)
def _made(
    files: tuple[tuple[str, int], ...], asked: _Asked, told: str, _entry: Entry, _digits: _Digits
) -> tuple[LandscapeSpec, Survey]:
    whole = hashlib.sha256(f"{asked} {told}".encode())
    for path, _ in files:
        whole.update(hashlib.sha256(storage.place(path).read_bytes()).digest())
    network = caches.network(_entry.name, ended=True)
    end = flat.values(network)
    loss = losses.CROSS_ENTROPY
    if network.code and _entry.card.settings.get("loss") != losses.CROSS_ENTROPY:
        loss = losses.SQUARED_ERROR
    tracks: list[_Rows] = []
    kept = _kept(_entry)[0]
    if kept and asked.shape in ("training", "three"):
        last = max(len(_entry.card.history.epochs), kept[-1] + 1)
        rows = np.concatenate([caches.snapshots(_entry.name).values.astype(np.float32), end[None]])
        tracks.append((_TRAINING, np.array([*kept, last]), rows))
    corners = np.stack([_row(_entry, point) for point in asked.points]) if asked.points else end[None]
    plane = _plane(asked, network, tracks, corners)
    if asked.shape != "training":
        tracks.append((CORNERS, np.arange(len(corners)), corners))
    survey = landscape.survey(
        network,
        _digits.x,
        _digits.labels,
        plane,
        tracks,
        side=asked.side,
        loss=loss,
        reach=_REACH if asked.shape == "random" else 0.0,
    )
    return LandscapeSpec(whole.hexdigest()[:16], asked.shape), survey


def _plane(asked: _Asked, network: Network, tracks: Sequence[_Rows], corners: Array) -> Plane:
    if asked.shape == "training":
        ((_, _, rows),) = tracks
        return landscape.principal(rows, centre=rows[-1])
    if asked.shape == "three":
        return landscape.through(*corners)
    if asked.shape == "line":
        return landscape.line(*corners)
    return landscape.random_plane(network, np.random.default_rng(asked.seed))


def _row(entry: Entry, point: str) -> Array:
    """All weights of a point."""
    if point == _END:
        return flat.values(caches.network(entry.name, ended=True))
    if point.startswith(_OTHER):
        return flat.values(caches.network(point.removeprefix(_OTHER), ended=True))
    return caches.snapshots(entry.name).at(int(point))


def _digits(opened: Shown, entries: Sequence[Entry]) -> _Digits:
    """2,000 digits that none of the networks has learned from, as far as can be told."""
    specs = [entry.card.spec for entry in entries]
    if all(splits.learned_positions(spec) is not None for spec in specs):
        pool = splits.unseen_by_all(specs)
        if len(pool) >= _FEWEST:
            chosen = np.sort(np.random.default_rng(0).permutation(pool)[:DIGITS])
            whole = mnist.embedded()
            words = say("digits of the app that these networks did not learn from")
            return _Digits(mnist.to_rows(whole.images[chosen]), whole.labels[chosen], words)
    split = opened.split
    return _Digits(split.x_test[:DIGITS], split.y_test[:DIGITS], opened.judged_on)
