"""What teachers and pupils send and bring: gifts to a class, lessons, links, guesses, hands, kept epochs."""

from __future__ import annotations

import functools
import io
import json
import random
import re
import zipfile
from dataclasses import asdict
from typing import Any

import numpy as np
from starlette.applications import Starlette

from nnviz.core import json_records, safe_files, words
from nnviz.core.identity import COOKIE
from nnviz.core.json_records import BadRecord
from nnviz.core.snapshots import Snapshots
from nnviz.data import mnist, splits, uploads
from nnviz.data.mnist import DataError
from nnviz.data.splits import DataSpec
from nnviz.history import predictions
from nnviz.history.predictions import GuessRefused, Question
from nnviz.inspection import landscape_files
from nnviz.lessons import catalogue, handouts, links, parsing
from nnviz.lessons.links import BadLink
from nnviz.lessons.parsing import LessonMistake
from nnviz.lessons.views import View
from nnviz.model_store import formats, mlp_file, snapshots
from nnviz.model_store.errors import ModelRefused
from nnviz.model_store.snapshots import NoSnapshots
from nnviz.server.class_routes import class_routes
from nnviz.ui.shared import following, predicting
from tests.attacks.hostile import NASTY, anything, chance, spoilt, spoilt_archive, spoilt_bytes, unzipped
from tests.attacks.table import Reader
from tests.classroom.drawing import message
from tests.model_store.test_store import card, network
from tests.server.asking import ask

# Messages to a class's addresses

_APP = Starlette(routes=class_routes(""))
_ADDRESSES = ("give", "undo", "skip", "news", "version", "pushed", "standing")


def _make_message(number: int) -> tuple[str, str, bytes]:
    lot = chance("class", number)
    given = message(4, once=f"{abs(number):020x}")
    if number < 0:
        return "0" * 16, "give", json.dumps(given).encode()
    told = anything(lot) if lot.random() < 0.2 else spoilt(lot.choice([given, given, {"number": 3}]), lot)
    content = json.dumps(told).encode()
    if lot.random() < 0.2:
        content = spoilt_bytes(content, lot)
    room = lot.choice(["0" * 16, "0" * 16, "%00", "x" * 2_000, "..", "%F0%9F%98%80"])
    return room, lot.choice([*_ADDRESSES[:2] * 4, *_ADDRESSES]), content


def _send(sent: tuple[str, str, bytes]) -> bool:
    """No address has a fault, whatever it is sent."""
    room, what, content = sent
    posts = what in _ADDRESSES[:3]
    asked = f"/class/{room}/{what}" + ("" if posts else f"?since={content[:40].hex()}")
    answer = ask(
        _APP,
        asked,
        method="POST" if posts else "GET",
        content=content if posts else b"",
        content_type="application/json",
        client=f"10.0.0.{len(content) % 250}",
        cookie=f"{COOKIE}={abs(hash(content)):043d}",
    )
    assert answer.status < 500, answer.body
    told = json.loads(answer.body)
    assert answer.status == 200 or told["error"]
    return answer.status == 200


# Lessons

_MARKS = (
    "page:", "tab: Train", "set: λ = 1e400", "done: answer", "question: x", "answer: 1", "- [x] a", "---",
    "## x", "{{network mlp test_accuracy}}", "{{report lambda test}}", "{{", "[[epochs]]",
    "https:/\\/evil.org",
    "https:&#47;&#47;evil.org", "<b onclick=x>", "![x](y)", "w\\ww.evil.org", "a\\@evil.org", "\u202e",
    "> " * 400, "* " * 400, "within: nan", "within: 1e999", "minutes: \u0663", "set: Epochs = " + "9" * 900,
    "[" * 900, "{{" * 400, "`" * 900, "**" * 450, "#" * 40,
)  # fmt: skip


def _make_lesson(number: int) -> bytes:
    lot = chance("lesson", number)
    shipped = sorted((words.read(f"lessons/{name}") for name in _lesson_files()), key=len)
    if number < 0:
        return shipped[0].encode()
    lines = lot.choice(shipped).split("\n")
    for _ in range(lot.randint(0, 3)):
        at = lot.randrange(len(lines))
        match lot.randrange(4):
            case 0:
                lines[at:at] = [lot.choice(_MARKS)] * lot.choice((1, 1, 1, 50, 500))
            case 1:
                lines[at] += str(lot.choice(NASTY))[: lot.choice((20, 2_000))]
            case 2:
                lines[at] = lines[lot.randrange(len(lines))]
            case _:
                del lines[at]
        lines = lines or [""]
    content = "\n".join(lines).encode("utf-8", "surrogatepass")
    return spoilt_bytes(content, lot) if lot.random() < 0.3 else content


@functools.cache
def _lesson_files() -> tuple[str, ...]:
    return tuple(f"{place}-{each.name}.md" for place, each in enumerate(catalogue.shipped(), 1))


def _follow(content: bytes) -> None:
    """Whatever is taken is shown and printed, and leads nowhere else."""
    lesson = parsing.parse(content)
    paper = handouts.html_of(lesson)
    assert not re.search(r"(?i)<(script|img|a|iframe|svg|link|b o)", paper)
    for step in lesson.steps:
        shown = following.text(step.text)
        read = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", shown)
        assert not re.search(r"(?i)https?:|www\.|!\[|\]\((?!#term-)|<[a-z!/?]", read), read
        if step.question is not None:
            for told in ("", "x" * 60, "nan", "1e400", "9" * 60, [0, 1]):
                step.question.judge(told)


# Sealed links


def _make_link(number: int) -> str:
    lot = chance("link", number)
    view = View("MLP", "Inside", {"λ": 0.5}, digit=("a 7", 2), drawing=bytes(range(256)) * 3 + bytes(16))
    if number < 0:
        return links.seal(view, None, owner="ada")
    plain = links._plain(view) | {"q": {"asks": "x", "choices": ["a", "b"], "id": "2" * 16}}
    if lot.random() < 0.7:  # by who knows the key
        told = anything(lot) if lot.random() < 0.1 else spoilt(plain, lot)
        told = json.loads(json.dumps(told).replace("\\ud800", "?"))  # which nobody can sign
        made = links._signer().dumps(told)
        return made.decode() if isinstance(made, bytes) else str(made)
    token = spoilt_bytes(links.seal(view, None, owner="ada").encode(), lot).decode("latin-1")
    return lot.choice([token, token, token[::-1], str(lot.choice(NASTY)), token * 40])


def _open(token: str) -> None:
    shared = links.unseal(token)
    assert len(shared.view.drawing) in (0, 784)
    if shared.answer:
        links.judge(shared, "x" * 10_000)


# Guesses

_QUESTIONS = (
    (Question("number", "How many?", low=0.0, high=100.0, parts=False), 70),
    (Question("choice", "Which?", ("MLP", "CNN")), 1),
    (Question("curve", "", ("1", "2", "3"), x="epoch", y="part"), [0.1, 0.5, 0.9]),
    (Question("confusion"), [4, 9]),
)


def _make_guess(number: int) -> tuple[Any, Any]:
    lot = chance("guess", number)
    question, value = _QUESTIONS[abs(number) % 4]
    if number < 0:
        return asdict(question), value
    told = asdict(question) if lot.random() < 0.4 else spoilt(asdict(question), lot)
    return told, value if lot.random() < 0.4 else spoilt(value, lot)


def _guess(sent: tuple[Any, Any]) -> None:
    """What can be asked can be answered, and what was answered can be drawn."""
    question = json_records.read(Question, sent[0])
    predictions.check(question)
    told = [predictions.fitting(question, sent[1])]
    figure = predicting.drawn(question, told)
    assert figure.layout.meta["alt"]
    assert not re.search(
        r"<[a-z]", json.dumps(figure.to_plotly_json()["layout"].get("title", {}), default=str)
    )


# Hands


def _make_hands(number: int) -> tuple[str, bytes, dict[str, Any]]:
    lot = chance("hands", number)
    images, labels = mnist.embedded().images[::125], mnist.embedded().labels[::125]
    n = len(images)
    spec = asdict(
        DataSpec("upload", digest="0" * 16, hand=1, scarce=4, kept=0.5, mislabelled=0.2, wrong="47")
    )
    if number < 0:
        return (
            "a.npz",
            _archive(x=images, y=labels, hands=np.arange(n) % 4),
            asdict(DataSpec("upload", 1, "0" * 16)),
        )
    spec = spec if lot.random() < 0.2 else spoilt(spec, lot)
    name = lot.choice(("hands", "writer", "pupil_id", "students", "Hand ID"))
    if number % 2:
        head = ",".join(["label", *(f"p{i}" for i in range(784)), name])
        cells = [_word(lot) for _ in range(n)]
        rows = [
            ",".join([str(label), *map(str, image.ravel().tolist()), cell])
            for label, image, cell in zip(labels, images, cells, strict=True)
        ]
        content = "\n".join([head, *rows]).encode("utf-8", "surrogatepass")
        return "a.csv", spoilt_bytes(content, lot) if lot.random() < 0.3 else content, spec
    kind = lot.choice(["u1", "i8", "f4", "f8", "?", "U3", "S4", "c8", "M8[s]", "U20000"])
    hands = np.resize(
        np.array([lot.randrange(4) for _ in range(9)]), lot.choice([(n,), (n, 1), (n - 1,), (2, n)])
    )
    never = kind == "f8" and lot.random() < 0.5
    whose = np.where(hands > 1, np.nan, np.inf) if never else hands.astype(kind)
    content = _archive(**{"x": images, "y": labels, name: whose})
    return "a.npz", spoilt_archive(unzipped(content), lot) if lot.random() < 0.3 else content, spec


def _word(lot: random.Random) -> str:
    plain = str(lot.randrange(4))
    nasty = re.sub(r'[\s,;"]', "", str(lot.choice(NASTY)))[:30_000]
    return lot.choice([plain] * 12 + ["", "nan", "-1", "\u0661", "\u00b2", "9" * 14, "9" * 40, nasty])


def _archive(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _cut(sent: tuple[str, bytes, dict[str, Any]]) -> None:
    """Who learns judges nobody, however the digits are to be cut and spoiled."""
    name, content, told = sent
    whole = uploads.read([(name, content)])
    assert whole.hands is None or (whole.hands.shape == whole.labels.shape and whole.hands.min() >= -1)
    spec = json_records.read(DataSpec, told)
    if spec.source != "upload" or spec.added:
        return
    parts = splits.cut(spec, whole)
    train, taught = splits.learned(spec, whole, parts.train)
    assert len(train) == len(taught)
    assert not set(train.tolist()) & set(parts.test.tolist())
    assert ((taught >= 0) & (taught <= 9)).all()


# Kept epochs, and landscapes


@functools.cache
def _with_epochs() -> bytes:
    plain = mlp_file.pack(network(6, 4), card())
    opened, _ = formats.format_of("a.npz").network(plain)
    n = snapshots._parameters(opened)
    values = np.random.default_rng(0).normal(0, 0.1, (4, n)).astype(np.float16)
    return snapshots.attach(plain, Snapshots(np.array([0, 1, 2, 5], np.int32), values))


def _make_epochs(number: int) -> bytes:
    lot = chance("epochs", number)
    if number < 0:
        return _with_epochs()
    members = unzipped(_with_epochs())
    inside = members[snapshots.MEMBER]
    if lot.random() < 0.5:
        with np.load(io.BytesIO(inside)) as file:
            arrays = dict(file)
        which = lot.choice(("epochs", "values"))
        match lot.randrange(5):
            case 0:
                arrays[which] = arrays[which].astype(lot.choice(["f8", "i8", "?", "U4", "c8", "f2", "i4"]))
            case 1:
                arrays[which] = arrays[which][::-1]
            case 2:
                arrays["values"] = np.full_like(arrays["values"], lot.choice([np.nan, np.inf, 65504, -65504]))
            case 3:
                arrays[which] = np.resize(
                    arrays[which], lot.choice([(), (0,), (1,), (41,), (4, 4), (40, 100_000)])
                )
            case _:
                arrays["epochs"] = np.array([lot.choice((-5, 0, 2**31 - 1)) for _ in range(4)], np.int32)
        file_ = io.BytesIO()
        np.savez_compressed(file_, **arrays)
        inside = file_.getvalue()
    else:
        inside = spoilt_archive(unzipped(inside), lot) if lot.random() < 0.5 else spoilt_bytes(inside, lot)
    whole = spoilt_archive({**members, snapshots.MEMBER: inside}, random.Random(lot.random()))
    plain = {**members, snapshots.MEMBER: inside}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in plain.items():
            archive.writestr(name, content)
    return whole if lot.random() < 0.2 else file.getvalue()


def _look_back(content: bytes) -> None:
    """Damaged epochs cost the slider, never the network."""
    opened, _ = formats.format_of("a.npz").network(content)
    rest = snapshots.remove(content)
    assert not snapshots.has(rest)
    formats.format_of("a.npz").network(rest)
    found = snapshots.read(content, opened)
    for epoch in (0, 3, 10**6):
        assert np.isfinite(
            snapshots.at(opened, found, epoch).predict(np.zeros((1, 28, 28), np.float32))
        ).all()
    snapshots.thin(content, 1_000)


def _make_landscape(number: int) -> dict[str, Any]:
    lot = chance("landscape", number)
    arrays: dict[str, Any] = {
        "xs": np.arange(3.0), "ys": np.arange(2.0), "losses": np.zeros((2, 3)), "explained": np.zeros(2),
        "accuracies": np.zeros(0), "steps_0": np.arange(4), "points_0": np.zeros((4, 2)),
        "losses_0": np.zeros(4), "told": np.array(json.dumps({"names": ["training"], "seconds": 1.0})),
    }  # fmt: skip
    if number < 0:
        return arrays
    name = lot.choice(list(arrays))
    match lot.randrange(4):
        case 0:
            del arrays[name]
        case 1:
            arrays[name] = np.resize(arrays[name], lot.choice([(), (0,), (1,), (3, 2), (2, 3, 1)]))
        case 2:
            arrays[name] = np.array(str(lot.choice(NASTY))[:99])
        case _:
            arrays["told"] = np.array(json.dumps(spoilt({"names": ["training"], "seconds": 1.0}, lot)))
    return arrays


def _find(arrays: dict[str, Any]) -> bool:
    safe_files.write_npz(landscape_files._path("0" * 16), **arrays)
    return landscape_files.find("0" * 16) is not None


READERS: dict[str, Reader[Any]] = {
    "messages to a class": Reader(_make_message, _send),
    "lessons": Reader(_make_lesson, _follow, (LessonMistake,)),
    "sealed links": Reader(_make_link, _open, (BadLink,)),
    "guesses": Reader(_make_guess, _guess, (GuessRefused, BadRecord)),
    "hands": Reader(_make_hands, _cut, (DataError, BadRecord)),
    "kept epochs": Reader(_make_epochs, _look_back, (NoSnapshots, ModelRefused)),
    "landscapes on the disk": Reader(_make_landscape, _find),
}
