"""Everything that reads what anybody may send or leave on the disk, and hostile inputs for each, by number.

An input is made again by its reader's name and its number, which a failure tells:

    .venv/bin/python -m tests.attacks.readers "digits, CSV" 1234
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import io
import itertools
import json
import os
import random
import struct
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from PIL import Image
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message
from streamlit.testing.v1 import AppTest

from nnviz import figures
from nnviz.components import served
from nnviz.components.confusion_matrix import _checked_cell
from nnviz.components.digit_gallery import _checked_index
from nnviz.components.embedding_map import checked_position
from nnviz.components.network_picture import _asks
from nnviz.components.pad import _asked, _image
from nnviz.components.run_list import _checked
from nnviz.core import json_records, paths, safe_files
from nnviz.core.identity import Actor
from nnviz.core.records import Array
from nnviz.core.tries import TooManyTries, Tries
from nnviz.data import mnist, photos, splits, uploads
from nnviz.data.mnist import DataError
from nnviz.experiments import plan as plans
from nnviz.history import descriptions, people, repository, row_mapping
from nnviz.inference import browser
from nnviz.jobs import job_files
from nnviz.jobs.records import Job, JobMissing
from nnviz.keras_models import autoencoder, cnn
from nnviz.model_store import cards, formats, keras_file, mlp_file, onnx_file, store
from nnviz.model_store.errors import ModelMissing, ModelRefused
from nnviz.representations import embedding_files
from nnviz.representations.embedding import Map
from nnviz.server.browser_cookie import BrowserCookie
from nnviz.server.compression import KeptCompressed
from nnviz.server.html_head import OwnHead
from nnviz.server.partings import QuietPartings
from nnviz.server.protection import Protection
from nnviz.server.routes import routes
from nnviz.ui import Key
from tests.attacks import brought_onnx, packed_digits, taught
from tests.attacks.hostile import (
    NASTY,
    anything,
    chance,
    spoilt,
    spoilt_archive,
    spoilt_bytes,
    unzipped,
)  # fmt: skip
from tests.attacks.table import Reader, is_sentence
from tests.experimenting import plan
from tests.model_store.test_store import card, network
from tests.recording import RUN

ROOT = Path(__file__).resolve().parents[2]
LARGE = 400  # every so many inputs, one that is as large as can be sent


# Digits


@functools.cache
def _forty() -> tuple[Array, Array]:
    embedded = mnist.embedded()
    return embedded.images[::125], embedded.labels[::125]


@functools.cache
def _csv(n: int = 40) -> bytes:
    images, labels = _forty()
    rows = np.column_stack([labels, images.reshape(len(images), -1)])
    return "\n".join(",".join(map(str, rows[i % len(rows)].tolist())) for i in range(n)).encode()


@functools.cache
def _large_csvs() -> list[bytes]:
    """About as large as an upload may be: digits, the longest numbers, no line's end, nothing but ends."""
    zeros = b",".join([b"0"] * 785)
    return [
        _csv(9_000),
        b"\n".join([b"1," + zeros[2:], b"2," + zeros[2:]] * 6_300),
        b"1" * 19_900_000,
        b"\n" * 19_900_000,
        b"," * 19_900_000,
        b"\n".join([b",".join([b"1e-300"] * 785)] * 3_600),
    ]


def _make_csv(number: int) -> list[tuple[str, bytes]]:
    lot = chance("csv", number)
    if number < 0:
        return [("a.csv", _csv())]
    if number % LARGE == 0:
        return [("large.csv", _large_csvs()[number // LARGE % len(_large_csvs())])]
    lines = _csv().split(b"\n")[: lot.randint(1, 40)]
    for _ in range(lot.randint(0, 3)):
        at = lot.randrange(len(lines))
        cells = lines[at].split(b",")
        for _ in range(lot.randint(1, 3)):
            cell = str(lot.choice(NASTY))[: lot.choice((5, 400))].encode("utf-8", "surrogatepass")
            cells[lot.choice((0, -1, lot.randrange(len(cells))))] = cell
        lines[at] = lot.choice((b",", b",", b";", b"\t", b",,")).join(cells)
    whole = lot.choice((b"\n", b"\r\n", b"\r", b"\n\n")).join(lines)
    return [
        (
            lot.choice(("a.csv", "7.png", "", "=x.csv")),
            spoilt_bytes(whole, lot) if lot.random() < 0.5 else whole,
        )
    ]


@functools.cache
def _npz(**changed: Any) -> bytes:
    images, labels = _forty()
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **({"x": images, "y": labels} | changed))
    return file.getvalue()


@functools.cache
def _large_npzs() -> list[bytes]:
    """Small files of the most digits, in the widest numbers that fit, and of far too many."""
    file = [io.BytesIO() for _ in range(4)]
    for place, (n, kind) in zip(
        file, ((70_000, "u1"), (70_000, "f4"), (34_000, "f8"), (300_000, "f8")), strict=True
    ):
        np.savez_compressed(place, x=np.zeros((n, 784), kind), y=np.arange(n) % 10)
    return [each.getvalue() for each in file]


def _make_npz(number: int) -> list[tuple[str, bytes]]:
    lot = chance("npz", number)
    if number < 0:
        return [("a.npz", _npz())]
    if number % LARGE == 0:
        return [("large.npz", _large_npzs()[number // LARGE % 4])]
    good = _npz()
    if lot.random() < 0.3:
        images, labels = _forty()
        shape = lot.choice(
            [(40, 28, 28, 1), (40, 784), (784, 40), (40, 27, 28), (0, 28, 28), (40,), (1, 40, 28, 28)]
        )
        kind = lot.choice(["u1", "i8", "f2", "f4", "f8", "?", "U3", "c8", "M8[s]", "S4", "O8"])
        with np.errstate(all="ignore"):
            values = np.resize(images, shape)
            values = values.astype(kind) if kind != "O8" else values.astype(object)
        file = io.BytesIO()
        sent = np.resize(labels, lot.choice([(40,), (40, 1), (39,), ()])).astype(
            lot.choice(["i1", "f8", "U1", "?"])
        )
        np.savez(
            file,
            allow_pickle=True,
            **{lot.choice(("x", "images", "X_train")): values, lot.choice(("y", "labels")): sent},
        )
        good = file.getvalue()
    broken = spoilt_bytes(good, lot) if lot.random() < 0.5 else spoilt_archive(unzipped(good), lot)
    return [("a.npz", broken)]


@functools.cache
def _pictures() -> list[bytes]:
    image = Image.fromarray(_forty()[0][20])
    made = []
    for kind, mode, side, options in (
        ("PNG", "L", 28, {}), ("PNG", "RGBA", 60, {}), ("PNG", "P", 90, {}), ("PNG", "1", 90, {}),
        ("PNG", "I;16", 90, {}),
        ("JPEG", "L", 90, {}), ("JPEG", "RGB", 200, {"progressive": True}), ("JPEG", "CMYK", 90, {}),
        ("JPEG", "RGB", 90, {"exif": _turned()}),
    ):  # fmt: skip
        file = io.BytesIO()
        large = image.resize((side, side))
        deep = Image.fromarray(np.asarray(large).astype(np.uint16) * 257)
        (deep if mode == "I;16" else large.convert(mode)).save(file, kind, **options)
        made.append(file.getvalue())
    return made


def _turned() -> bytes:
    exif = Image.Exif()
    exif[274] = 6
    return exif.tobytes()


@functools.cache
def _large_pictures() -> list[bytes]:
    """Few bytes, many pixels: the most that are taken, in several modes, and more than are taken."""
    made = []
    for kind, mode, size in (
        ("PNG", "RGB", (5000, 5000)),
        ("PNG", "1", (5000, 5000)),
        ("PNG", "RGBA", (25_000, 1000)),
        ("PNG", "L", (1, 60_000)),
        ("JPEG", "RGB", (5000, 5000)),
        ("PNG", "1", (20_000, 20_000)),
        ("JPEG", "CMYK", (5000, 5000)),
        ("PNG", "LA", (5000, 5000)),
    ):
        file = io.BytesIO()
        image = Image.new(mode, size)
        image.paste(
            255 if len(image.getbands()) == 1 else (255,) * len(image.getbands()),
            (0, 0, size[0] // 2, size[1] // 3),
        )
        image.save(file, kind)
        made.append(file.getvalue())
    return made


def _picture(number: int, what: str) -> tuple[str, bytes]:
    lot = chance(what, number)
    if number < 0:
        return "7.png", _pictures()[1]
    if number % LARGE == 0:
        return "7.png", _large_pictures()[number // LARGE % len(_large_pictures())]
    whole = lot.choice(_pictures())
    if whole.startswith(b"\x89") and lot.random() < 0.6:
        return f"{lot.randrange(12)}.png", _repaired(spoilt_bytes(whole, lot))
    return f"{lot.randrange(12)}.png", spoilt_bytes(whole, lot)


def _repaired(png: bytes) -> bytes:
    """The same PNG with checksums that are right, so that what is spoilt in it is looked at."""
    out, at = [png[:8]], 8
    while at + 12 <= len(png):
        length = struct.unpack(">I", png[at : at + 4])[0]
        body = png[at + 4 : at + 8 + length]
        if at + 12 + length > len(png):
            break
        out += [png[at : at + 4], body, struct.pack(">I", zlib.crc32(body))]
        at += 12 + length
    return b"".join(out) + png[at:]


def _make_pictures(number: int) -> list[tuple[str, bytes]]:
    first = _picture(number, "pictures")
    if number > 0 and number % (LARGE * len(_large_pictures())) == 0:  # as many as are taken together
        return [first] * 3
    again = [(f"{i % 2}.png", _pictures()[1]) for i in range(4)]  # so that they may be learned from
    return [first, *again] if number % 3 else [first] * 2


def _read_photo(sent: tuple[str, bytes]) -> None:
    found = photos.digit(photos.read(*sent), turn=13.0)
    assert found is not None


# Networks and cards


@functools.cache
def _mlp() -> bytes:
    return mlp_file.pack(network(12, 8), card())


@functools.cache
def _large_mlps() -> list[bytes]:
    """784-4096-2048-10 in the widest floats and in such as are not to be squeezed, and what is too large."""
    made = []
    for sizes, kind in (
        ((784, 4096, 2048, 10), "f4"),
        ((784, 4096, 2048, 10), "f8"),
        ((784, 4096, 4096, 4096, 10), "f4"),
    ):
        arrays: dict[str, Any] = {"settings": unzipped_text(_mlp())}
        for i, (wide, tall) in enumerate(itertools.pairwise(sizes)):
            arrays |= {
                f"coefs_{i}": np.broadcast_to(np.array(0.001, kind), (wide, tall)),
                f"intercepts_{i}": np.zeros(tall, kind),
            }
        file = io.BytesIO()
        np.savez_compressed(file, **arrays)
        made.append(file.getvalue())
    noise = np.random.default_rng(0)
    arrays = {
        name: noise.normal(0, 0.01, w.shape).astype("f4") if w.ndim else w for name, w in arrays.items()
    }
    arrays["coefs_1"], arrays["coefs_2"] = arrays["coefs_1"][:, :2048], arrays["coefs_3"][:2048]
    arrays["intercepts_1"], arrays["intercepts_2"] = arrays["intercepts_1"][:2048], arrays["intercepts_3"]
    file = io.BytesIO()
    np.savez(file, **{name: w for name, w in arrays.items() if not name.endswith("_3")})
    return [*made, file.getvalue()]


def unzipped_text(content: bytes) -> Array:
    return safe_files.read_npz(content)["settings"]


def _make_mlp(number: int) -> tuple[str, bytes]:
    lot = chance("mlp", number)
    if number < 0:
        return "a.npz", _mlp()
    if number % LARGE == 0:
        return "large.npz", _large_mlps()[number // LARGE % 4]
    if lot.random() < 0.5:
        return "a.npz", spoilt_archive(unzipped(_mlp()), lot)
    arrays = dict(safe_files.read_npz(_mlp()))
    for _ in range(lot.randint(1, 2)):
        name = lot.choice(list(arrays))
        if name in ("settings", "card"):
            told = spoilt(json.loads(str(arrays[name])), lot)
            arrays[name] = np.array(json.dumps(told)[:300_000].encode("ascii", "replace").decode())
        else:
            arrays[name] = _spoilt_array(arrays[name], lot)
    file = io.BytesIO()
    np.savez(file, allow_pickle=True, **arrays)
    return "a.npz", file.getvalue() if lot.random() < 0.9 else spoilt_bytes(file.getvalue(), lot)


def _spoilt_array(array: Array, lot: random.Random) -> Array:
    if array.dtype == object:
        return array
    with np.errstate(all="ignore"):
        match lot.randrange(7):
            case 0:
                return np.asfortranarray(
                    array.astype(lot.choice(["f2", "f8", "i8", "U2", "c16", "?", ">f4"]))
                )
            case 1:
                return array.reshape(-1)
            case 2:
                return array[: lot.randrange(len(array) + 1)]
            case 3:
                return np.full_like(array, lot.choice([np.nan, np.inf, 3e38, -3e38, 1e-45, 1e30]))
            case 4:
                return np.concatenate([array, array], axis=lot.randrange(array.ndim))
            case 5:
                changed = array.copy()
                changed.flat[lot.randrange(changed.size)] = lot.choice([np.nan, np.inf, 3e38, 0])
                return changed
            case _:
                return np.array([{}, None], dtype=object)


@functools.cache
def _keras() -> list[bytes]:
    small = dataclasses.replace(card(), kind="cnn")
    return [
        keras_file.pack(cnn.build(cnn.Settings(filters=2, dense=3)), small),
        keras_file.pack(
            autoencoder.build(autoencoder.Settings()), dataclasses.replace(card(), kind="autoencoder")
        ),
    ]


def _make_keras(number: int) -> tuple[str, bytes]:
    lot = chance("keras", number)
    if number < 0:
        return "a.keras", _keras()[0]
    good = lot.choice(_keras())
    members = unzipped(good)
    match lot.randrange(4):
        case 0:
            return "a.keras", spoilt_archive(members, lot)
        case 1:
            name = next(each for each in members if each.endswith(".h5"))
            return "a.keras", spoilt_archive({name: members[name], **members}, lot)
        case _:
            name = lot.choice(["config.json"] * 9 + ["metadata.json"])
            told = spoilt(json.loads(members[name]), lot)
            members[name] = json.dumps(told)[:2_000_000].encode()
            content = io.BytesIO()
            with zipfile.ZipFile(content, "w") as archive:
                for each, inside in members.items():
                    archive.writestr(each, inside)
            return "a.keras", content.getvalue()


def _receive(sent: tuple[str, bytes]) -> None:
    """As a page does, and what pages do with it then; at the end it is taken away again."""
    entry = store.receive(*sent, owner="me")
    try:
        digits = mnist.to_rows(mnist.embedded().images[:3])
        told = formats.read_network(entry.path)
        said = told.predict(digits)
        assert np.isfinite(said).all()
        assert len(store.content(entry)) > 100
        _look_at(entry.card)
        try:
            browser.pack_program(browser.program_of(told))
        except browser.NotForBrowsers as refusal:
            is_sentence(refusal)
    finally:
        entry.path.with_suffix(".json").unlink()
        entry.path.unlink()


def _receive_keras(sent: tuple[str, bytes]) -> None:
    """As the pad reads what is there already; now and then as what is brought, with Keras, a half second."""
    if _seldom(repr(sent)):
        _receive(sent)
    else:
        digits = mnist.to_rows(mnist.embedded().images[:3])
        assert len(keras_file.network(sent[1])[0].predict(digits)) == 3


def _receive_onnx(sent: tuple[str, bytes]) -> None:
    """As the server does before it asks for Keras; now and then with it, and what pages do then."""
    if _seldom(repr(sent[1][:200_000])):
        _receive(sent)
    else:
        onnx_file.check(sent[1])
        digits = mnist.to_rows(mnist.embedded().images[:3])
        assert np.isfinite(onnx_file.network(sent[1])[0].predict(digits)).all()


def _seldom(about: str) -> bool:
    """For one in six."""
    return zlib.crc32(about.encode("utf-8", "replace")) % 6 == 0


def _look_at(found: Any) -> None:
    """What pages make of a card."""
    cards.score_text(found)
    if _seldom(repr(found)):  # a chart takes as long as all the rest
        figures.curves_of(found.kind, found.history)
    _, words = splits.judge_by(found.spec)
    assert words
    splits.learned_positions(found.spec)
    run = dataclasses.replace(RUN, card=found, answers=None)
    descriptions.told_apart([run, run])
    descriptions.settings(found)
    descriptions.facts(run, ZoneInfo("Pacific/Kiritimati"))
    descriptions.ending(run)
    descriptions.to_csv([run])
    again = cards.from_json(cards.to_json(found))
    assert again.title == found.title


@functools.cache
def _card() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(cards.to_json(RUN.card))
    return told


def _make_card(number: int) -> str:
    lot = chance("card", number)
    if number < 0:
        return json.dumps(_card())
    told = anything(lot) if lot.random() < 0.05 else spoilt(_card(), lot)
    text = json.dumps(told)
    if lot.random() < 0.1:
        text = spoilt_bytes(text.encode(), lot).decode("utf-8", "replace")
    return text


def _read_card(text: str) -> None:
    _look_at(cards.from_json(text))


# Messages of components, and what stands in addresses


STROKES = {
    "number": 3,
    "strokes": [
        {"width": 96, "erase": False, "points": [40, 40, 300, 90, 600, 1000], "pressures": [128, 99, 255]}
    ],
    "base": None,
    "options": {"centre": True, "fit": True},
    "digit": None,
    "ask": ["mlp", "cnn"],
    "have": ["a"],
}


def _make_message(number: int) -> Any:
    lot = chance("message", number)
    if number < 0:
        return STROKES
    if number % LARGE == 0:
        line = {"width": 4, "erase": False, "points": [lot.randrange(1120) for _ in range(6000)]}
        return [{"strokes": [line]}, {"strokes": [line] * 1000}, {"strokes": [[line]] * 10**6}, [0] * 10**6][
            number // LARGE % 4
        ]
    shapes = [
        STROKES,
        STROKES,
        STROKES,
        {"album": "0" * 16, "index": 3},
        {"token": "0" * 16, "index": 3},
        [3, 4],
        ["a", "b"],
    ]
    return anything(lot) if lot.random() < 0.2 else spoilt(lot.choice(shapes), lot)


def _hear(message: Any) -> None:
    """All components: each takes what it can use, and nothing of anything else."""
    image = _image(message)
    assert image is None or (image.shape == (28, 28) and 0 <= image.min() <= image.max() <= 1)
    assert len(_asked(message)) <= 8
    cell = _checked_cell(message, 10)
    assert cell is None or all(n is None or 0 <= n < 10 for n in cell)
    for index in (
        _checked_index(message, "0" * 16, 5),
        checked_position(message, "0" * 16, 5),
    ):
        assert index is None or 0 <= index < 5
    assert set(_checked(message, {"a", "b"})) <= {"a", "b"}
    assert _asks({"asked": message}, "0" * 16) in (True, False)
    assert _asks(message, "0" * 16) in (True, False)


def _make_name(number: int) -> str:
    lot = chance("name", number)
    known = ["mlp", "mlp_study", "0" * 16, "0" * 16 + "-tsne-30-42", "A3F7-K2LM-9QRT-XYZ8", "full"]
    if number < 0:
        return "mlp"
    name = str(lot.choice(NASTY)) if lot.random() < 0.4 else lot.choice(known)
    if lot.random() < 0.6:
        name = spoilt_bytes(name.encode("utf-8", "replace"), lot).decode("latin-1")
    return name.encode("utf-8", "replace").decode()  # as a browser's words always are


def _look_up(name: str) -> None:
    """What an address may name: a network, a job, a run, an experiment, an upload. Missing is a sentence."""
    for ask, missing in _LOOKUPS:
        try:
            ask(name)
        except missing as refusal:
            is_sentence(refusal)
    assert store.fate(name)


_LOOKUPS: list[tuple[Callable[[str], object], tuple[type[Exception], ...]]] = [
    (store.find, (ModelMissing,)),
    (job_files.read_job, (JobMissing,)),
    (repository.find_run, (repository.RecordNotFound,)),
    (repository.find_experiment, (repository.RecordNotFound,)),
    (repository.runs_of_experiment, ()),
    (lambda name: splits.load_dataset(splits.DataSpec("upload", digest=name)), (DataError,)),
    (lambda name: repository.search_runs(repository.Query(text=name)), ()),
]


def _try_code(code: str) -> None:
    """A code to bring things along, a nickname, the teacher's key: guessed at."""
    people._tries = Tries(10**9, 1.0)  # else all but the first are refused by their number
    for guess in (people.take_along, people.become_teacher):
        try:
            guess(Actor("guesser"), code, address="10.0.0.9")
        except (people.WrongCode, TooManyTries) as refusal:
            is_sentence(refusal)
        else:
            raise AssertionError("a guess was right")
    try:
        people.choose_name(Actor("guesser"), code)
    except people.NameRefused as refusal:
        is_sentence(refusal)
    assert not people.known().actor("guesser").is_teacher


# Addresses, asked of pages and of the server around them


PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]
_QUERIES = [str(key) for key in Key if key.name.startswith("URL_")]
_NAMED = ["mlp", "cnn_k5", "autoencoder", "baseline", "own", "0" * 16, "mlp.all.tsne.30.42", "1"]


def _make_address(number: int) -> tuple[Path, dict[str, Any]]:
    lot = chance("address", number)
    if number < 0:
        return PAGES[number], {}
    query: dict[str, Any] = {}
    for _ in range(lot.randint(1, 3)):
        values = [
            _make_name(lot.randrange(10**6)) if lot.random() < 0.7 else lot.choice(_NAMED)
            for _ in range(lot.choice((1, 1, 1, 2, 30)))
        ]
        name = lot.choice(_QUERIES) if lot.random() < 0.95 else _make_name(lot.randrange(10**6))
        query[name] = values if lot.random() < 0.2 else ",".join(values)
    return lot.choice(PAGES), query


def _open_page(sent: tuple[Path, dict[str, Any]]) -> None:
    page, query = sent
    app = AppTest.from_file(PAGES[0], default_timeout=60)
    if page != PAGES[0]:
        app.switch_page(str(page.relative_to(ROOT)))
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception[0].value
    assert len(app.title) == 1


@functools.cache
def _server() -> ASGIApp:
    """Ours, around a page that stands for all of Streamlit's."""
    page = Route("/{rest:path}", lambda _: HTMLResponse("<html><head></head><body></body></html>"))
    inner = Starlette(routes=[*routes("/nnviz"), page])
    served.frontend()
    return QuietPartings(Protection(BrowserCookie(KeptCompressed(OwnHead(inner)))))


def _make_request(number: int) -> dict[str, Any]:
    lot = chance("request", number)
    digest = served.frontend().digest
    paths_ = [
        f"/nnviz/frontend/{digest}/pad/index.js",
        f"/nnviz/networks/{digest}",
        "/nnviz/constants/x",
        "/",
        "/static/x.js",
        "/MLP",
    ]
    if number < 0:
        return {"path": "/", "headers": [(b"host", b"localhost")]}

    def odd(good: str) -> bytes:
        return spoilt_bytes(good.encode(), lot).replace(b"\n", b"") if lot.random() < 0.6 else good.encode()

    names = [
        "host",
        "cookie",
        "accept-encoding",
        "x-forwarded-for",
        "forwarded",
        "range",
        "if-none-match",
        "origin",
    ]
    usual = {
        "host": "localhost:8501",
        "cookie": f"nnviz={'x' * 43}; _xsrf=2|ab|cd|9",
        "accept-encoding": "gzip, br",
    }
    headers = [
        (name.encode(), odd(usual.get(name, "a, b; c=d"))) for name in lot.sample(names, lot.randint(1, 5))
    ]
    path = odd(lot.choice(paths_)).decode("latin-1") if lot.random() < 0.7 else lot.choice(paths_)
    return {"path": path, "headers": headers, "method": lot.choice(("GET", "GET", "HEAD", "POST", "X"))}


def _ask(sent: dict[str, Any]) -> bool:
    scope: dict[str, Any] = {
        "type": "http", "method": "GET", "raw_path": b"", "root_path": "", "query_string": b"",
        "scheme": "http", "server": ("127.0.0.1", 80), "client": ("10.0.0.9", 50000), **sent,
    }  # fmt: skip
    got: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        got.append(message)

    asyncio.run(_server()(scope, receive, send))
    assert 200 <= got[0]["status"] < 500
    return bool(got[0]["status"] < 400)


# Files in the home


def _in_home(name: str, content: bytes) -> Path:
    path = paths.home() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@functools.cache
def _job() -> dict[str, Any]:
    job = Job("0" * 16, "ada", "mlp", "Hers", history=RUN.card.history, state="done", result="x")
    told: dict[str, Any] = json_records.to_plain(dataclasses.asdict(job)) | {
        "process": {"host": "x", "pid": 3, "began": "y"}
    }
    return told


def _make_record(number: int) -> tuple[str, bytes]:
    lot = chance("record", number)
    if number < 0:
        return "job", json.dumps(_job()).encode()
    what = lot.choice(["job", "plan", "map", "answers", "deleted", "about"])
    good: Any = {
        "job": _job(),
        "plan": plans.to_json(plan()),
        "deleted": _card() | _DELETED,
        "about": _ABOUT,
    }.get(what)
    if good is not None:
        text = json.dumps(spoilt(good, lot)).encode()
        return what, spoilt_bytes(text, lot) if lot.random() < 0.2 else text
    packed = row_mapping.pack_answers(RUN.answers) if what == "answers" and RUN.answers else _map()
    return what, spoilt_bytes(packed, lot) if lot.random() < 0.5 else spoilt_archive(unzipped(packed), lot)


_DELETED = {"owner": "ada", "origin": "saved", "when": 9e9, "part": "owner", "suffix": ".npz", "stored": 3.0}
_ABOUT = {"owners": ["ada"], "shared": False}


@functools.cache
def _map() -> bytes:
    drawn = Map("tsne", 30.0, 42, np.zeros((50, 2), np.float32), 1.0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.npz"
        embedding_files.write_maps(path, "0" * 16, [drawn])
        return path.read_bytes()


def _read_record(sent: tuple[str, bytes]) -> None:
    from nnviz.data import kept_digits
    from nnviz.model_store import trash

    what, content = sent
    if what == "job":
        path = _in_home(f"jobs/{'0' * 16}.json", content)
        job_files._record.cache_clear()
        try:
            job_files.read_job("0" * 16)
            job_files.jobs_of("ada")
        finally:
            path.unlink()
    elif what == "plan":
        plans.check(plans.from_json(json_records.parse(content)))
    elif what == "answers":
        row_mapping.unpack_answers(content)
    elif what == "deleted":
        _in_home("models/trash/x.01234567.npz", b"x")
        path = _in_home("models/trash/x.01234567.json", content)
        trash.entries()
        trash.tidy()
        path.unlink(missing_ok=True)
    elif what == "about":
        digest = "0" * 16
        path = _in_home(f"uploads/{digest}.json", content)
        path.unlink() if kept_digits.about(digest) else None
    else:
        embedding_files._read.cache_clear()
        embedding_files.read_maps(_in_home("map.npz", content))


READERS: dict[str, Reader[Any]] = {
    "digits, CSV": Reader(_make_csv, uploads.read, (DataError,)),
    "digits, NPZ": Reader(_make_npz, uploads.read, (DataError,)),
    "digits, pictures": Reader(_make_pictures, uploads.read, (DataError,)),
    **{name: Reader(make, uploads.read, (DataError,)) for name, make in packed_digits.MAKERS.items()},
    "a photo": Reader(lambda number: _picture(number, "photo"), _read_photo, (DataError,)),
    "networks, .npz": Reader(_make_mlp, _receive, (ModelRefused,)),
    "networks, .keras": Reader(_make_keras, _receive_keras, (ModelRefused,)),
    "networks, .onnx": Reader(brought_onnx.make, _receive_onnx, (ModelRefused,)),
    "cards": Reader(_make_card, _read_card, (cards.BadCard,)),
    "messages of components": Reader(_make_message, _hear),
    "names in addresses": Reader(_make_name, _look_up),
    "addresses of pages": Reader(_make_address, _open_page, firsts=len(PAGES)),
    "requests to the server": Reader(_make_request, _ask),
    "codes, keys, nicknames": Reader(_make_name, _try_code),
    **taught.READERS,
    "records on the disk": Reader(
        _make_record,
        _read_record,
        (JobMissing, json_records.BadRecord, plans.PlanRefused, safe_files.BadFile, OSError),
    ),
}


def again(name: str, number: int) -> None:
    """Give a reader one input again, in a home of its own."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["NNVIZ_HOME"] = home
        sent = READERS[name].make(number)
        print(repr(sent)[:2000])
        print(READERS[name].read(sent))


if __name__ == "__main__":
    again(sys.argv[1], int(sys.argv[2]))
