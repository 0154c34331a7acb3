"""Trainings in the background, on real worker processes. Tests wait for things to happen, not for a clock."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cloudpickle  # type: ignore[import-untyped]
import numpy as np
import psutil
import pytest

from nnviz import jobs
from nnviz.core.identity import PROGRAM
from nnviz.core.records import Split
from nnviz.core.results import Run
from nnviz.data import splits
from nnviz.data.splits import DataSpec
from nnviz.history import comparison, descriptions, outbox, repository
from nnviz.jobs import background, job_files, scheduling, trainings, worker
from nnviz.jobs.cluster import Cluster
from nnviz.jobs.records import Job
from nnviz.jobs.scheduling import Scheduler
from nnviz.jobs.trainings import TrainingJob
from nnviz.model_store import formats, parents, snapshots, store
from nnviz.model_store.parents import Parent
from nnviz.trainers import base, mlp

ROOT = Path(__file__).resolve().parents[2]
QUICK: dict[str, Any] = {"hidden_layer_sizes": (8,), "max_iter": 3, "batch_size": 64}
ENDLESS: dict[str, Any] = {"hidden_layer_sizes": (8,), "max_iter": 20_000, "batch_size": 2}  # four minutes
SPEC = DataSpec(n=600, n_test=100)

# What workers do instead of training, in some tests below, travels by value: they cannot import the tests.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


def until(happens: Callable[[], Any], *, patience: float = 300.0) -> Any:
    """What `happens()` gives once it is true. Patience ends for machines that hang, not for slow ones."""
    end = time.monotonic() + patience
    while not (result := happens()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
    return result


def ended(job_id: str) -> Job:
    return until(lambda: not (job := jobs.find_job(job_id)).live and job)


def learning(job_id: str, epochs: int = 2) -> Job:
    return until(lambda: len((job := jobs.find_job(job_id)).history.epochs) >= epochs and job)


def cluster_processes() -> list[psutil.Process]:
    """The processes that hold our own clusters, among the children of this one."""
    return [p for p in psutil.Process().children() if "nnviz.jobs.cluster" in p.cmdline()]


@pytest.fixture(scope="module")
def page_was_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """As under `streamlit run`: the main module is the page. The file is there once something has run it."""
    folder = tmp_path_factory.mktemp("page")
    page = types.ModuleType("__main__")
    page.__file__ = str(folder / "app.py")
    (folder / "app.py").write_text(f"open({str(folder / 'was_run')!r}, 'w').close()")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "__main__", page)
        yield folder / "was_run"


@pytest.fixture(autouse=True, scope="module")
def workers(nnviz_home: Path, page_was_run: Path) -> Iterator[None]:
    """Two worker processes for all of these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("NNVIZ_DASK_SCHEDULER", raising=False)
        patch.setenv("NNVIZ_WORKERS", "2")
        jobs.close()  # whatever another module has left
        yield
        jobs.close()
    assert cluster_processes() == []


@pytest.fixture(autouse=True)
def nothing_left(workers: None) -> Iterator[None]:
    yield
    for job in [job for owner in "abcde" for job in jobs.jobs_of(owner) if job.live]:
        jobs.stop_job(job.id, by=PROGRAM)
        ended(job.id)


def test_a_training_ends_in_the_store_with_all_that_was_asked_for() -> None:
    job = ended(jobs.start_training("mlp", SPEC, QUICK, owner="a", title="My first"))

    assert (job.state, job.title, job.attempt, job.message) == ("done", "My first", 1, "")
    assert (job.history.ending, len(job.history.epochs), job.total_epochs) == ("finished", 3, 3)
    entry = store.find(job.result)
    assert (entry.origin, entry.card.title, entry.card.history) == ("recent", "My first", job.history)
    assert DataSpec(**entry.card.spec) == SPEC
    split = splits.load_split(SPEC)
    assert store.load(job.result).score(split.x_test, split.y_test) == entry.card.metrics["test_accuracy"]


def test_a_training_goes_on_from_an_epoch_of_another_and_remembers_it() -> None:
    first = ended(jobs.start_training("mlp", SPEC, QUICK, owner="a", title="The parent"))
    parent = Parent(first.result, 2)
    changed = {**QUICK, "learning_rate_init": 1e-5}
    job = ended(jobs.start_training("mlp", SPEC, changed, owner="a", title="The branch", parent=parent))

    path = store.find(job.result).path
    begun = snapshots.read(path.read_bytes(), formats.read_network(path)).at(0)
    np.testing.assert_array_equal(begun, parent.weights())
    run = until(lambda: found(job.id))
    assert run.parent == f"{first.result}@2"
    assert parents.read(run.parent) == parent
    assert descriptions.began_from(run) == "epoch 2 of The parent"
    told = comparison.compare([repository.find_run(first.id), run])
    assert ("goes on from", ("–", "epoch 2 of The parent")) in told.differ


def test_a_training_whose_parent_was_deleted_meanwhile_says_so() -> None:
    gone = Parent("nobody-00000000", 2)
    job = ended(jobs.start_training("mlp", SPEC, QUICK, owner="a", parent=gone))

    assert job.state == "failed"
    assert "nobody-00000000" in job.message


@pytest.mark.parametrize("told", ["", "../x", "a@", "a@b", "A@1", "a@1@2", "a" * 99])
def test_a_text_that_names_no_parent_is_none(told: str) -> None:
    assert parents.read(told) is None


def test_every_training_is_in_the_history_with_what_it_answered() -> None:
    job_id = jobs.start_training("mlp", SPEC, QUICK, owner="a", title="To be remembered")
    job = ended(job_id)
    kept = until(lambda: found(job_id))
    assert (kept.page, kept.owner, kept.library, kept.failure) == ("mlp", "a", "nnviz", "")
    assert kept.card == store.find(job.result).card
    assert kept.answers is not None
    assert kept.answers.right.mean() == pytest.approx(kept.card.metrics["test_accuracy"])
    split = splits.load_split(SPEC)
    np.testing.assert_array_equal(kept.answers.index, split.test_index)
    assert DataSpec(**kept.answers.spec) == SPEC


def test_stopped_and_failed_trainings_are_in_the_history_too(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = jobs.start_training("mlp", SPEC, ENDLESS, owner="a")
    learning(stopped)
    jobs.stop_job(stopped, by=PROGRAM)
    ended(stopped)
    assert until(lambda: found(stopped)).card.history.ending == "stopped"

    monkeypatch.setattr(worker, "train", refuse)
    refused = jobs.start_training("mlp", SPEC, QUICK, owner="a", title="Refused")
    message = ended(refused).message
    told = until(lambda: found(refused))
    assert (told.failure, told.title, told.card.seed) == (message, "Refused", SPEC.seed)

    waiting = [jobs.start_training("mlp", SPEC, ENDLESS, owner="a") for _ in range(2)]
    jobs.stop_job(waiting[1], by=PROGRAM)
    assert found(waiting[1]) is None, "it never began"


def test_a_training_waits_for_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("NNVIZ_DATABASE_URL", "mysql://away/x")
        job_id = jobs.start_training("mlp", SPEC, QUICK, owner="a")
        job = ended(job_id)
        assert (job.state, store.find(job.result).card.title) == ("done", "MLP")
    assert found(job_id) is None
    repository.drain_outbox()
    assert until(lambda: found(job_id)).card.name == job.result


def found(run_id: str) -> Run | None:
    try:
        return repository.find_run(run_id)
    except repository.RecordNotFound:
        return None


def refuse(*_: Any) -> base.TrainingRefused:
    return base.TrainingRefused("Not today.")


def test_the_same_training_here_and_in_a_worker_gives_the_same_bits() -> None:
    from nnviz.numpy_nn.classifier import MLPClassifier

    job = ended(jobs.start_training("mlp", SPEC, {**QUICK, "random_state": 7}, owner="a"))
    split = splits.load_split(SPEC)
    here = MLPClassifier(random_state=7).set_params(**QUICK).fit(split.x_train, split.y_train)

    there = store.load(job.result)
    np.testing.assert_array_equal(there.predict_proba(split.x_test), here.predict_proba(split.x_test))


def test_the_curves_move_while_it_trains_and_a_stop_keeps_the_network_so_far() -> None:
    job_id = jobs.start_training("mlp", SPEC, ENDLESS, owner="a")
    first = learning(job_id)
    later = learning(job_id, len(first.history.epochs) + 1)
    assert later.history.epochs[: len(first.history.epochs)] == first.history.epochs
    assert [epoch.number for epoch in later.history.epochs] == list(range(1, len(later.history.epochs) + 1))
    until(lambda: (jobs.find_job(job_id).left or 0) > 1)

    jobs.stop_job(job_id, by=PROGRAM)
    job = ended(job_id)

    assert (job.state, job.history.ending) == ("done", "stopped")
    assert len(later.history.epochs) <= len(job.history.epochs) < ENDLESS["max_iter"]
    assert store.load(job.result).n_iter_ == len(job.history.epochs)


def test_an_owner_trains_one_at_a_time_and_others_train_beside_it() -> None:
    first, second, third = (jobs.start_training("mlp", SPEC, ENDLESS, owner="a") for _ in range(3))
    other = jobs.start_training("mlp", SPEC, ENDLESS, owner="b")
    learning(first)
    learning(other)

    assert [(job.state, job.place) for job in map(jobs.find_job, (second, third))] == [
        ("queued", 1),
        ("queued", 2),
    ]
    late = jobs.start_training("mlp", SPEC, ENDLESS, owner="c")
    assert jobs.find_job(late).place == 1  # it has waited less, but its owner has nothing before it
    assert [jobs.find_job(job).place for job in (second, third)] == [2, 3]

    jobs.stop_job(second, by=PROGRAM)
    assert (jobs.find_job(second).state, jobs.find_job(second).result) == ("done", "")
    assert jobs.find_job(third).place == 2
    jobs.stop_job(other, by=PROGRAM)
    learning(late)
    assert jobs.find_job(third).state == "queued"
    jobs.stop_job(first, by=PROGRAM)
    learning(third)
    assert jobs.jobs_of("a")[0].id == third
    assert {job.id for job in jobs.jobs_of("a")} >= {first, second, third}


def test_a_killed_worker_does_not_end_the_training() -> None:
    job_id = jobs.start_training("mlp", SPEC, {**ENDLESS, "max_iter": 300}, owner="a")
    learning(job_id)
    address = background.scheduler()._live[job_id].worker
    pids = jobs.client().run(os.getpid)
    os.kill(pids[address], signal.SIGKILL)

    again = until(lambda: (job := jobs.find_job(job_id)).attempt == 2 and job)
    assert "broke off" in again.message
    job = ended(job_id)
    assert (job.state, job.history.ending, job.attempt) == ("done", "finished", 2)
    assert [epoch.number for epoch in job.history.epochs] == list(range(1, 301))
    assert "broke off" in job.message


def test_a_training_outlives_the_whole_cluster() -> None:
    job_id = jobs.start_training("mlp", SPEC, {**ENDLESS, "max_iter": 300}, owner="a")
    learning(job_id)
    [process] = cluster_processes()
    process.kill()

    job = ended(job_id)
    assert (job.state, len(job.history.epochs), job.attempt) == ("done", 300, 2)


_train = worker.train


def _die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _break(*job: Any) -> Any:
    def explode(*_: Any) -> Any:
        raise ZeroDivisionError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mlp, "MLP", base.Trainer(explode, lambda settings: 1))
        return _train(*job)


def test_a_training_that_kills_its_workers_is_given_up_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scheduling, "MOST_ATTEMPTS", 2)
    monkeypatch.setattr(worker, "train", _die)
    job = ended(jobs.start_training("mlp", SPEC, QUICK, owner="a"))

    assert (job.state, job.result) == ("failed", "")
    assert "broke off" in job.message
    assert "memory" in job.message


def test_what_goes_wrong_in_a_worker_is_a_sentence_to_the_user_and_a_traceback_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker, "train", _break)
    job = ended(jobs.start_training("mlp", SPEC, QUICK, owner="a"))

    assert job.state == "failed"
    assert "ZeroDivisionError" in job.message
    assert "Traceback" not in job.message
    assert "in explode" in caplog.text


def test_a_training_that_diverges_is_done_and_tells_what_to_lower() -> None:
    settings = {**ENDLESS, "learning_rate_init": 1e6, "activation": "identity", "alpha": 0.0}
    job = ended(jobs.start_training("mlp", SPEC, settings, owner="a"))

    assert (job.state, job.history.ending) == ("done", "diverged")
    assert "lower the learning rate" in job.message.lower()
    split = splits.load_split(SPEC)
    assert np.isfinite(store.load(job.result).predict_proba(split.x_test)).all()


NOT_THERE = DataSpec(source="upload", digest="0" * 16)


def test_digits_that_are_not_there_fail_with_the_reason() -> None:
    job = ended(jobs.start_training("mlp", NOT_THERE, QUICK, owner="a", by=PROGRAM))

    assert (job.state, job.message) == (
        "failed",
        "The uploaded digits are no longer here; please upload them again.",
    )


def test_settings_that_make_no_sense_are_refused_at_once() -> None:
    with pytest.raises(jobs.JobError, match="λ: expected a number from 0 up"):
        jobs.start_training("mlp", SPEC, {"alpha": -1}, owner="a")
    with pytest.raises(jobs.JobError, match="unexpected keyword"):
        jobs.start_training("mlp", SPEC, {"alpine": 1}, owner="a")


def test_nobody_can_fill_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TrainingJob, "most_own", 2)
    for _ in range(2):
        jobs.start_training("mlp", SPEC, ENDLESS, owner="a")
    with pytest.raises(jobs.JobError, match="2 of your trainings are waiting or running"):
        jobs.start_training("mlp", SPEC, ENDLESS, owner="a")
    ended(jobs.start_training("mlp", SPEC, QUICK, owner="b"))


def test_digits_are_loaded_once_for_all_trainings_on_them(monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[DataSpec] = []
    load = splits.load_split

    def counted(spec: DataSpec) -> Split:
        loads.append(spec)
        return load(spec)

    monkeypatch.setattr(splits, "load_split", counted)
    spec = dataclasses.replace(SPEC, seed=5)
    first, second = (jobs.start_training("mlp", spec, QUICK, owner=owner) for owner in "ab")
    ended(first)
    ended(second)
    ended(jobs.start_training("mlp", spec, QUICK, owner="a"))

    assert loads == [spec]


def test_a_training_s_end_waits_for_no_lock_of_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    still_live, give_back = [], trainings._digits.give_back

    def watched(job_id: str) -> None:
        still_live.append(jobs.find_job(job_id).live)
        give_back(job_id)

    monkeypatch.setattr(trainings._digits, "give_back", watched)
    ended(jobs.start_training("mlp", SPEC, QUICK, owner="digits"))
    until(lambda: still_live)
    assert still_live == [False]


def test_many_threads_may_ask_at_once() -> None:
    from concurrent.futures import ThreadPoolExecutor

    def ask(number: int) -> Job:
        return ended(jobs.start_training("mlp", SPEC, QUICK, owner="abcde"[number % 5]))

    with ThreadPoolExecutor(10) as pool:
        results = list(pool.map(ask, range(10)))
    assert [job.state for job in results] == ["done"] * 10
    assert len({job.result for job in results}) == 10


def test_an_unknown_id_is_a_sentence() -> None:
    for job_id in ("0" * 16, "", "../../../etc/passwd", "x" * 10_000):
        with pytest.raises(jobs.JobMissing, match="no such job"):
            jobs.find_job(job_id)
        with pytest.raises(jobs.JobMissing):
            jobs.stop_job(job_id, by=PROGRAM)


OTHER = """
import sys, time
from nnviz import jobs
from nnviz.data.splits import DataSpec
spec = DataSpec(n=600, n_test=100)
ids = [
    jobs.start_training(
        "mlp", spec, {"max_iter": epochs, "hidden_layer_sizes": (8,), "batch_size": 2}, owner=owner
    )
    for owner, epochs in (("x", 2), ("x", 20_000), ("y", 20_000))
]
while jobs.find_job(ids[0]).live or not all(jobs.find_job(id_).history.epochs for id_ in ids[1:]):
    time.sleep(0.02)
print(*ids, flush=True)
sys.stdin.read()
"""


def test_another_process_sees_stops_and_inherits_what_this_one_trains(nnviz_home: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OTHER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        done, running, stopped = process.stdout.readline().split()

        assert jobs.find_job(done).state == "done"
        assert store.find(jobs.find_job(done).result).card.history.ending == "finished"
        assert learning(running, 1).state == "running"  # written down now and then
        jobs.stop_job(stopped, by=PROGRAM)
        assert ended(stopped).history.ending == "stopped"
        assert store.load(jobs.find_job(stopped).result) is not None
        assert {job.id for job in jobs.jobs_of("x")} == {done, running}

        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()  # as a power cut would: it cannot tidy up
    assert psutil.wait_procs(children, timeout=60)[1] == []  # but its workers end
    job = jobs.find_job(running)
    assert (job.state, job.result) == ("queued", ""), "somebody will take it up"
    assert job.history.epochs
    assert jobs.find_job(done).state == "done"
    jobs.record_cut_off()
    assert found(running) is None

    job_files.end_order(running)  # as when server after server has died of it
    job = jobs.find_job(running)
    assert (job.state, job.result) == ("failed", "")
    assert "restarted" in job.message
    assert job.history.epochs
    for _ in range(2):  # the second time there is nothing more to find
        jobs.record_cut_off()
        repository.drain_outbox()
    cut_off = found(running)
    assert cut_off is not None
    assert (cut_off.failure, cut_off.owner, cut_off.card.history) == (job.message, "x", job.history)
    assert cut_off.card.settings["max_iter"] == 20_000
    assert sorted(run.id for run in repository.search_runs(repository.Query(owners=("x",)))) == sorted(
        [done, running]
    )
    assert running not in [run.id for run in outbox.begun_runs()]


@contextmanager
def dask(command: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process of somebody else's cluster: "scheduler" or "worker"."""
    words = [sys.executable, "-m", f"distributed.cli.dask_{command}", *arguments, "--no-dashboard"]
    process = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_trainings_run_on_a_cluster_that_is_named_and_leave_it_when_their_server_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours = cluster_processes()
    with dask("scheduler", "--host", "127.0.0.1", "--port", "0") as scheduler:
        assert scheduler.stderr is not None
        address = next(word for row in scheduler.stderr for word in row.split() if word.startswith("tcp://"))
        monkeypatch.setenv("NNVIZ_DASK_SCHEDULER", address)
        theirs = Scheduler()
        monkeypatch.setattr(background, "_scheduler", theirs)
        job_id = jobs.start_training("mlp", SPEC, QUICK, owner="a")
        until(lambda: theirs.find_job(job_id).state == "running")  # and waits, as there are no workers yet
        with dask("worker", address, "--nthreads", "1", "--no-nanny"):
            job = until(lambda: not (job := theirs.find_job(job_id)).live and job)
            assert (job.state, job.history.ending) == ("done", "finished")
            assert cluster_processes() == ours

            endless = jobs.start_training("mlp", SPEC, ENDLESS, owner="a")
            until(lambda: theirs.find_job(endless).history.epochs)
            theirs.close()
            with Cluster(print).client() as client:
                until(lambda: not any(client.run(_is_training).values()))


def _is_training(dask_worker: Any) -> bool:
    return bool(dask_worker.active_threads)


def test_a_named_cluster_that_is_not_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from nnviz.jobs import cluster

    monkeypatch.setenv("NNVIZ_DASK_SCHEDULER", "tcp://127.0.0.1:9")
    monkeypatch.setattr(cluster, "_PATIENCE", 0.5)
    theirs = Scheduler()
    monkeypatch.setattr(background, "_scheduler", theirs)
    job_id = jobs.start_training("mlp", SPEC, QUICK, owner="a")
    job = until(lambda: not (job := theirs.find_job(job_id)).live and job)
    theirs.close()

    assert job.state == "failed"
    assert "tcp://127.0.0.1:9" in job.message


def test_workers_are_on_loopback_compute_on_one_thread_and_know_no_page(page_was_run: Path) -> None:
    client = jobs.client()

    def around() -> tuple[int, int, bool]:
        from threadpoolctl import threadpool_info

        threads = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
        return os.getpid(), max(threads), "tensorflow" in sys.modules or "streamlit" in sys.modules

    found = list(client.run(around).values())
    assert len(found) == 2
    assert all(threads == 1 and not heavy for _, threads, heavy in found)
    [process] = cluster_processes()
    listening = [
        place.laddr.ip
        for child in [process, *process.children(recursive=True)]
        for place in child.net_connections("inet")
        if place.status == psutil.CONN_LISTEN
    ]
    assert set(listening) == {"127.0.0.1"}
    assert not page_was_run.exists()
