"""A disk that is full, at every kind of write: a sentence, and nothing that was there is harmed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from nnviz import jobs
from nnviz.core import secret_words
from nnviz.core.identity import Actor
from nnviz.data import kept_digits, mnist, splits
from nnviz.data.mnist import DataError
from nnviz.data.splits import DataSpec
from nnviz.history import people, repository
from nnviz.history.database import DatabaseUnavailable
from nnviz.jobs import job_files, run_recorder
from nnviz.jobs.records import Job, JobError
from nnviz.model_store import mlp_file, store
from nnviz.representations import embedding_files
from nnviz.representations.embedding import Map
from tests import recording
from tests.attacks import table
from tests.attacks.readers import PAGES
from tests.experimenting import plan
from tests.jobs.faking import in_charge
from tests.model_store.test_store import card, network

if sys.platform == "win32":
    pytest.skip("its files cannot be limited", allow_module_level=True)

import resource

ME = Actor("me")
RUN = replace(recording.RUN, owner="me")
SENTENCES = (OSError, DatabaseUnavailable, DataError, JobError, store.ModelRefused)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.delenv("NNVIZ_DATABASE_URL", raising=False)
    monkeypatch.delenv("NNVIZ_TEACHER_KEY", raising=False)
    monkeypatch.setattr(run_recorder, "_held", {})
    yield tmp_path
    repository.close()


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """Every file of this process ends at that many bytes, where writing more fails as on a full disk."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


@dataclass
class There:
    """What is in the home before the disk is full."""

    entry: store.Entry
    gone: store.Entry
    spec: DataSpec
    run: str
    experiment: repository.Experiment
    job: Job


def prepare() -> There:
    sent = mlp_file.pack(network(8), card("Mine"))
    gone = store.receive("gone.npz", sent, owner="me")
    store.delete(gone, by=ME)
    repository.enqueue_run(RUN)
    repository.drain_outbox()
    job = Job(job_files.new_id(), "me", "mlp", "Mine", state="done")
    job_files.write_job(job)
    return There(
        store.receive("mine.npz", sent, owner="me"),
        gone,
        kept_digits.keep(digits(1), owner="me"),
        repository.record_run(RUN).id,
        repository.begin_experiment(repository.new_experiment(plan(), owner="me")),
        job,
    )


def digits(seed: int) -> Any:
    images = np.random.default_rng(seed).integers(0, 256, (40, 28, 28), dtype=np.uint8)
    return mnist.make_dataset("mine", images, np.arange(40) % 10, "upload")


WRITES: dict[str, Callable[[There], object]] = {
    "a network is brought": lambda _: store.receive(
        "x.npz", mlp_file.pack(network(8), card("New")), owner="me"
    ),
    "a training's network is kept": lambda _: store.put(
        mlp_file.pack(network(8)), ".npz", card(), "recent", owner="me"
    ),
    "a network is copied": lambda there: store.copy(there.entry, "Copy", by=ME),
    "a network is renamed": lambda there: store.rename(there.entry, "Other", by=ME),
    "a network is deleted": lambda there: store.delete(there.entry, by=ME),
    "a network comes back": lambda there: store.restore(there.gone.name, by=ME),
    "digits are brought": lambda _: kept_digits.keep(digits(2), owner="me"),
    "digits are shared": lambda there: kept_digits.share(there.spec.digest, True, by=ME),
    "a run is kept": lambda _: repository.enqueue_run(RUN),
    "runs go into the database": lambda _: repository.record_run(RUN),
    "a run is renamed": lambda there: repository.rename_run(there.run, "other", by=ME),
    "a run is deleted": lambda there: repository.delete_run(there.run, by=ME),
    "answers are kept": lambda there: repository.add_answers(there.run, RUN.answers),  # type: ignore[arg-type]
    "an experiment begins": lambda _: repository.begin_experiment(
        repository.new_experiment(plan(), owner="me")
    ),
    "an experiment ends": lambda there: repository.end_experiment(there.experiment.id, "done"),
    "a nickname is chosen": lambda _: people.choose_name(ME, "Ada"),
    "a code is made": lambda _: people.new_code(ME),
    "a job is written down": lambda there: job_files.write_job(replace(there.job, title="Other")),
    "a training is asked for": lambda _: jobs.start_training(
        "mlp", DataSpec(n=600, n_test=100), {}, owner="me"
    ),
    "a map is kept": lambda _: embedding_files.keep_map(
        Map("tsne", 30.0, 1, np.zeros((99, 2), np.float32), 1.0), "a" * 16
    ),
    "the teacher's key is made": lambda _: secret_words.teacher_key(),
}


def whole(there: There, *, but: str) -> None:
    """What was there before is as it was, but for what the write was about, which is in one piece."""
    entries = {entry.name: entry for entry in store.entries("mlp")}
    if but != "a network is deleted":
        assert entries[there.entry.name].card.title in ("Mine", "Other")
        store.load(there.entry.name)
    if but != "a network comes back":
        assert there.gone.name in {gone.name for gone in store.deleted(ME)}
    assert len(splits.load_dataset(there.spec)) == 40
    assert kept_digits.about(there.spec.digest).owners == ("me",)
    if but != "a run is deleted":
        found = repository.find_run(there.run)
        assert found.card == RUN.card
        assert found.answers is not None
    assert repository.find_experiment(there.experiment.id).plan == plan()
    assert job_files.read_job(there.job.id).title in ("Mine", "Other")
    assert not list(Path(os.environ["NNVIZ_HOME"]).rglob("*.part")), "nothing half written stays"


@pytest.mark.parametrize("what", WRITES)
def test_a_full_disk_is_a_sentence_and_harms_nothing(what: str) -> None:
    with in_charge():
        there = prepare()
        for size in (0, 200):
            try:
                with no_room_beyond(size):
                    WRITES[what](there)
            except SENTENCES as refusal:
                table.is_sentence(refusal)
            whole(there, but=what)
            if what in ("a network is deleted", "a run is deleted", "a network comes back"):
                there = prepare()
        if what == "a network comes back" and there.gone.name not in {
            gone.name for gone in store.deleted(ME)
        }:
            there = prepare()
        WRITES[what](there)  # there is room again


def test_a_run_that_can_be_kept_nowhere_is_kept_once_there_is_room() -> None:
    repository.enqueue_run(RUN)
    repository.drain_outbox()
    run = replace(RUN, id="0123456789abcdef")
    with no_room_beyond(0):
        said = run_recorder.record_end(run.id, run, "Done.")
        run_recorder.catch_up()
    assert said.startswith("Done. The history could not be written (")
    assert run.id not in {each.id for each in repository.search_runs()}
    run_recorder.catch_up()
    assert repository.find_run(run.id).answers is not None
    assert run_recorder._held == {}


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_a_page_opens_on_a_full_disk(page: Path) -> None:
    app = AppTest.from_file(PAGES[0], default_timeout=60)
    if page != PAGES[0]:
        app.switch_page(f"pages/{page.name}")
    with no_room_beyond(0):
        app.run()
    assert not app.exception


# A real full disk: a file system in memory that is filled up to so many bytes, for this process alone.

SMALL = """
import os, subprocess, sys
place, spare = sys.argv[1], int(sys.argv[2])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", place], check=True)
os.environ["NNVIZ_HOME"] = place
from contextlib import contextmanager
from tests.attacks import test_full_disk as attack
from tests.jobs.faking import in_charge
with in_charge():
    for what, write in attack.WRITES.items():
        for path in os.listdir(place):
            subprocess.run(["rm", "-rf", f"{place}/{path}"], check=True)
        attack.repository.close()
        there = attack.prepare()
        said = "taken"
        ballast = os.open(f"{place}/ballast", os.O_WRONLY | os.O_CREAT)
        try:
            while os.write(ballast, bytes(4096)):
                pass
        except OSError:
            pass
        size = os.fstat(ballast).st_size
        os.ftruncate(ballast, max(0, size - spare))
        try:
            write(there)
        except attack.SENTENCES as refusal:
            said = str(refusal)
            assert said
        os.unlink(f"{place}/ballast")
        os.close(ballast)
        attack.whole(there, but=what)
        print(f"{what}: {said}", flush=True)
    attack.repository.close()
"""


@pytest.mark.attack
@pytest.mark.parametrize("spare", [0, 4096, 12_288, 40_960, 122_880])
def test_a_file_system_without_room_harms_nothing(spare: int, tmp_path: Path) -> None:
    command = ["unshare", "--user", "--map-root-user", "--mount", "--propagation", "private"]
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no file system of one's own can be made here")
    done = subprocess.run(
        [*command, sys.executable, "-c", SMALL, str(tmp_path), str(spare)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    told = done.stdout.splitlines()
    assert len(told) == len(WRITES)
    taken = sum(line.endswith(": taken") for line in told)
    table.rows.append(table.Row(f"full disk, {spare:,} bytes left", len(told), taken))
