"""A process that keeps things as fast as it can and tells of each once it is kept; then it is killed.

Light to import: it is made anew some hundred times, from a process that has all of it loaded already.
"""

from __future__ import annotations

import json
import os
import random
import secrets
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from nnviz import classroom
from nnviz.core.identity import Actor
from nnviz.core.records import Dataset
from nnviz.data import kept_digits, mnist, splits
from nnviz.data.splits import DataSpec
from nnviz.history import class_digits, people, repository
from nnviz.jobs import job_files
from nnviz.jobs.records import Job
from nnviz.model_store import cards, quotas, store
from nnviz.model_store.store import ModelMissing
from nnviz.representations import embedding_files
from nnviz.representations.embedding import Map
from tests.classroom.drawing import message, picture
from tests.experimenting import plan
from tests.recording import CARD, RUN

ME = Actor("me")
WEIGHTS = bytes(range(256)) * 60  # what a network's file holds does not matter here


def keep_on(home: str, told: str, seed: int, database: str = "") -> None:
    """Do one thing after the other in that home; a line in the file `told` for each that is done."""
    class_digits.MOST_A_MINUTE = class_digits.MOST_OF_MEMBER = class_digits.MOST_DIGITS = 10**9
    quotas.MOST_SAVED = quotas.MOST_OWN = quotas.MOST_BYTES = 10**12
    _be_at(home, database)
    lot = random.Random(seed)
    with open(told, "a", encoding="utf-8") as file:
        while True:
            done = _act(lot)
            if done is not None:
                file.write(json.dumps(done) + "\n")
                file.flush()


def _act(lot: random.Random) -> list[Any] | None:
    """One act, and what has to be there from then on: what, its name, and what is known of it."""
    match lot.randrange(10):
        case 0 | 1:
            return ["run", repository.enqueue_run(replace(RUN, id="")).id, ""]
        case 2:
            repository.drain_outbox()
            return None
        case 3:
            entry = store.put(WEIGHTS, ".npz", replace(CARD, title="kept"), "saved", owner="me")
            if lot.random() < 0.4:
                entry = store.rename(entry, "again", by=ME)
            return ["network", entry.name, entry.card.title]
        case 4:
            entry = store.put(WEIGHTS, ".npz", replace(CARD, title="gone"), "saved", owner="me")
            store.delete(entry, by=ME)
            if lot.random() < 0.5:
                return ["deleted", entry.name, ""]
            return ["network", store.restore(entry.name, by=ME).name, "gone"]
        case 5:
            spec = kept_digits.keep(_digits(lot.randrange(12)), owner="me")
            return ["digits", spec.digest, ""]
        case 6:
            begun = repository.begin_experiment(repository.new_experiment(plan(), owner="me"))
            row = repository.record_run(replace(RUN, id="", experiment=begun.id))
            return ["row", row.id, begun.id]
        case 7:
            job = Job(job_files.new_id(), "me", "mlp", "job", state="done", history=CARD.history)
            job_files.write_job(job)
            return ["job", job.id, "done"]
        case 8:
            room = _class()
            sent = message(lot.randrange(10), once=secrets.token_hex(10))
            given = classroom.give(room.id, sent, by=ME)
            if lot.random() < 0.4 and given.last is not None:
                classroom.undo(room.id, given.last, by=ME)
                return ["undone", str(given.last), room.id]
            return ["given", str(given.last), room.id]
        case _:
            code = people.new_code(Actor(f"p{lot.randrange(5)}"))
            embedding_files.keep_map(Map("tsne", 30.0, 1, np.zeros((9, 2), np.float32), 1.0), "a" * 16)
            return ["code", code, ""] if code else None


def _class() -> classroom.Classroom:
    """The one class that both processes give to."""
    mine = classroom.classes_of(ME)
    room = mine[-1] if mine else classroom.open_class(by=ME)
    classroom.join(room.id, by=ME)
    return room


def _digits(seed: int) -> Dataset:
    images = np.random.default_rng(seed).integers(0, 256, (20, 28, 28), dtype=np.uint8)
    return mnist.make_dataset("mine", images, np.arange(20) % 10, "upload")


def _be_at(home: str, database: str) -> None:
    os.environ["NNVIZ_HOME"] = home
    os.environ.pop("NNVIZ_DATABASE_URL", None)
    if database:
        os.environ["NNVIZ_DATABASE_URL"] = database


def check(home: str, told: str, answer: str, database: str = "") -> None:
    """In a process of its own: is all that was told of there, and whole? What is missing goes into a file."""
    _be_at(home, database)
    missing = []
    repository.drain_outbox()
    runs = {run.id for run in repository.search_runs(limit=10**6)}
    there = {entry.name: entry for entry in store.entries()}
    trashed = {gone.name for gone in store.deleted(ME)}
    for line in told.splitlines():
        what, name, more = json.loads(line)
        try:
            match what:
                case "run":
                    good = name in runs
                case "row":
                    good = name in runs and repository.find_experiment(more).done == 1
                case "network":
                    found = there[name]
                    good = found.card.title == more and found.path.read_bytes() == WEIGHTS
                    good = good and cards.from_json(cards.to_json(found.card)) == found.card
                case "deleted":
                    good = name not in there and name in trashed
                case "given" | "undone":
                    number = int(name)
                    there_now = {digit.number: digit for digit in class_digits.digits_since(more, 0)[1]}
                    good = there_now[number].pixels == picture()
                    good = good and there_now[number].out == ("" if what == "given" else "pupil")
                case "digits":
                    good = len(splits.load_dataset(DataSpec("upload", digest=name))) == 20
                    good = good and kept_digits.about(name).owners == ("me",)
                case "job":
                    good = asdict(job_files.read_job(name))["history"] == asdict(CARD.history)
                case _:
                    good = True
        except (ModelMissing, LookupError, ValueError, OSError) as error:
            good, more = False, f"{type(error).__name__}: {error}"
        if not good:
            missing.append([what, name, more])
    with open(answer, "w", encoding="utf-8") as file:
        json.dump(missing, file)
