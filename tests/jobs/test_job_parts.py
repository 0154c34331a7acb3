"""The parts of background training that need no workers: the queue, the reports, the files, the delivery."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnviz.core.records import Epoch, History
from nnviz.core.results import Run
from nnviz.data import splits
from nnviz.data.splits import DataSpec
from nnviz.history import outbox, repository
from nnviz.jobs import job_files, queue, run_recorder
from nnviz.jobs.dispatch import Digits
from nnviz.jobs.records import Job, JobMissing, State
from nnviz.jobs.scheduling import Scheduler
from nnviz.jobs.trainings import TrainingJob
from nnviz.jobs.worker import EVERY, Message, Reporter, to_row
from tests.jobs.faking import in_charge
from tests.recording import RUN


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))


def training(owner: str, number: int, state: State = "queued", epochs: int = 10) -> TrainingJob:
    job = Job(id=f"{number:016x}", owner=owner, kind="mlp", title="t", state=state, total_epochs=epochs)
    live = TrainingJob(job=job, spec=DataSpec(), settings={}, number=number)
    live.widen(2)
    live.lanes[0].state = "running" if state == "running" else "waiting"
    return live


def epoch(number: int) -> Epoch:
    return Epoch(number, 1 / number, 0.5, None, 0.25, float(number))


class Unsafe(TrainingJob):
    """Ends at once, and what should make its end safe fails."""

    def carry_out(self, scheduler: Scheduler) -> Job:
        return self.ended("done", "")

    def make_safe(self, job: Job) -> Job:
        raise ValueError("no")


def test_a_job_whose_end_cannot_be_made_safe_has_failed_and_lets_the_next_begin() -> None:
    with in_charge() as scheduler:
        for number in (1, 2):
            job = dataclasses.replace(training("a", number).job, kind="mlp")
            scheduler.enter(Unsafe(job=job, spec=DataSpec(), settings={}))
        ends = [f"{number:016x}" for number in (1, 2)]
        end = time.monotonic() + 60
        while any(scheduler.find_job(each).live for each in ends):
            assert time.monotonic() < end, "it did not end"
            time.sleep(0.01)
        assert [scheduler.find_job(each).state for each in ends] == ["failed", "failed"]
        assert "ValueError" in scheduler.find_job(ends[0]).message


class TestTheQueue:
    def test_one_owner_is_served_in_the_order_of_asking(self) -> None:
        waiting = [training("a", number) for number in (3, 1, 2)]
        assert [lane.live.number for lane in queue.in_turn(waiting)] == [1, 2, 3]

    def test_who_queues_much_does_not_keep_others_waiting(self) -> None:
        line_up = [training("a", 1, "running"), *(training("a", n) for n in (2, 3, 4))]
        line_up += [training("b", 5), training("b", 6), training("c", 7)]
        assert [lane.live.number for lane in queue.in_turn(line_up)] == [5, 7, 2, 6, 3, 4]

    def test_nobody_runs_two_and_all_together_no_more_than_there_are_threads(self) -> None:
        line_up = [
            training("a", 1, "running"),
            training("a", 2),
            training("b", 3),
            training("b", 4),
            training("c", 5),
        ]
        assert [lane.live.number for lane in queue.next_up(line_up, threads=2)] == [3]
        assert [lane.live.number for lane in queue.next_up(line_up, threads=9)] == [3, 5]
        assert queue.next_up(line_up, threads=1) == []

    @given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), max_size=12), st.integers(0, 5))
    def test_whoever_asks_the_rules_are_kept(self, asked: list[tuple[str, bool]], threads: int) -> None:
        line_up: list[TrainingJob] = []
        running: set[str] = set()
        for number, (owner, runs) in enumerate(asked, 1):
            runs = runs and owner not in running and len(running) < threads
            running |= {owner} if runs else set()
            line_up.append(training(owner, number, "running" if runs else "queued"))
        turns = [lane.live for lane in queue.in_turn(line_up)]
        chosen = [lane.live for lane in queue.next_up(line_up, threads)]

        assert sorted(t.number for t in turns) == [t.number for t in line_up if t.job.state == "queued"]
        owners = [t.job.owner for t in chosen]
        assert len(set(owners)) == len(owners)
        assert not running & set(owners)
        assert len(running) + len(chosen) <= threads
        if len(running) + len(chosen) < threads:  # then nobody waits who could run
            assert {t.job.owner for t in line_up} == running | set(owners)


class TestWhatIsHeard:
    def test_epochs_add_up_and_the_batch_is_the_latest(self) -> None:
        heard = training("a", 1)
        heard.hear({"run": "r", "began": "tcp://x"}, now=100.0)
        heard.hear({"run": "r", "epochs": [to_row(epoch(1)), to_row(epoch(2))], "batch": [0, 0]}, now=101.0)
        heard.hear({"run": "r", "epochs": [], "batch": [50, 200]}, now=104.0)
        told = heard.told(now=104.0)

        assert told.history == History((epoch(1), epoch(2)), "running")
        assert (told.batch, told.attempt, heard.worker) == ((50, 200), 1, "tcp://x")

    def test_time_left_is_what_remains_at_the_pace_so_far_and_runs_down_between_messages(self) -> None:
        heard = training("a", 1, epochs=10)
        heard.hear({"run": "r", "began": "tcp://x"}, now=100.0)
        assert heard.left(now=100.0) is None
        heard.hear({"run": "r", "epochs": [to_row(epoch(1)), to_row(epoch(2))], "batch": [1, 2]}, now=105.0)
        assert heard.left(now=105.0) == pytest.approx(15.0)  # 2.5 epochs took 5 s, 7.5 remain
        assert heard.left(now=107.0) == pytest.approx(13.0)
        assert heard.left(now=1000.0) == 0.0

    def test_a_second_attempt_starts_the_story_again_and_the_first_is_not_listened_to(self) -> None:
        heard = training("a", 1)
        heard.hear({"run": "first", "began": "tcp://x"}, now=0.0)
        heard.hear({"run": "first", "epochs": [to_row(epoch(1))], "batch": [0, 0]}, now=1.0)
        heard.hear({"run": "second", "began": "tcp://y"}, now=2.0)
        heard.hear({"run": "first", "epochs": [to_row(epoch(2))], "batch": [7, 9]}, now=3.0)
        told = heard.told(now=3.0)

        assert (told.history.epochs, told.batch, told.attempt) == ((), (0, 0), 2)
        assert "begun again" in told.message
        assert heard.worker == "tcp://y"


class TestReporting:
    def test_at_most_a_handful_of_messages_a_second_and_no_epoch_is_lost(self) -> None:
        sent: list[Message] = []
        now = 0.0
        reporter = Reporter(sent.append, stop=lambda: False, clock=lambda: now)
        for number in range(1, 1001):  # a thousand epochs in ten seconds
            now += 0.01
            reporter.batch(1, 2)
            reporter.epoch(epoch(number))
        now += 2 * EVERY
        reporter.batch(2, 2)

        assert len(sent) <= 10 / EVERY + 2
        rows = [row for message in sent for row in message["epochs"]]
        assert [Epoch(*row) for row in rows] == [epoch(number) for number in range(1, 1001)]
        assert sent[-1]["batch"] == (2, 2)

    def test_the_first_word_comes_at_once(self) -> None:
        sent: list[Message] = []
        reporter = Reporter(sent.append, stop=lambda: False, clock=lambda: 12345.0)
        reporter.epoch(epoch(1))
        assert sent == [{"epochs": [[1, 1.0, 0.5, None, 0.25, 1.0]], "batch": (0, 0)}]

    def test_whether_to_stop_is_asked_every_time(self) -> None:
        stop = False
        reporter = Reporter(lambda message: None, stop=lambda: stop)
        assert not reporter.epoch(epoch(1))
        stop = True
        assert reporter.batch(1, 2)
        assert reporter.epoch(epoch(2))


class TestTheFiles:
    def job(self, **changes: Any) -> Job:
        whole = Job(
            id=job_files.new_id(),
            owner="me",
            kind="mlp",
            title="T",
            state="running",
            history=History((epoch(1), epoch(2))),
            batch=(3, 4),
            total_epochs=9,
            started=12.5,
            left=3.25,
            attempt=2,
            message="A sentence.",
        )
        return dataclasses.replace(whole, **changes)

    @pytest.mark.parametrize("state", ["queued", "running", "done", "failed"])
    def test_gives_back_what_was_written(self, state: State) -> None:
        job = self.job(state=state, place=2, result="net-0a")
        job_files.write_job(job)
        assert job_files.read_job(job.id) == job
        assert job_files.jobs_of("me") == [job]
        assert job_files.jobs_of("you") == []

    def test_sees_every_change_however_quick(self) -> None:
        job = self.job()
        for attempt in range(2, 30):
            job_files.write_job(dataclasses.replace(job, attempt=attempt))
            assert job_files.read_job(job.id).attempt == attempt

    def as_written_by(self, process: dict[str, Any], job: Job) -> None:
        job_files.write_job(job)
        path = job_files._path(job.id)
        record = json.loads(path.read_text())
        path.write_text(json.dumps(record | {"process": record["process"] | process}))

    def test_tells_a_job_whose_process_is_gone_as_failed_with_what_it_had(self) -> None:
        with subprocess.Popen([sys.executable, "-c", ""]) as process:
            pass
        job = self.job()
        self.as_written_by({"pid": process.pid}, job)
        told = job_files.read_job(job.id)
        assert (told.state, told.left, told.history.epochs) == ("failed", None, job.history.epochs)
        assert "restarted" in told.message
        done = self.job(state="done", result="x")
        self.as_written_by({"pid": process.pid}, done)
        assert job_files.read_job(done.id) == done

    def test_is_not_fooled_by_another_process_with_the_same_number(self) -> None:
        job = self.job()
        self.as_written_by({"began": "another time"}, job)
        assert job_files.read_job(job.id).state == "failed"

    def test_a_clock_that_is_set_does_not_end_a_job(self, monkeypatch: pytest.MonkeyPatch) -> None:
        job = self.job()
        job_files.write_job(job)
        job_files._ourselves.cache_clear()
        started = psutil.Process.create_time
        monkeypatch.setattr(psutil.Process, "create_time", lambda self: started(self) + 5)
        monkeypatch.setattr(psutil, "boot_time", lambda: 5.0)
        if sys.platform == "linux":
            assert job_files.read_job(job.id) == job
        monkeypatch.undo()
        job_files._ourselves.cache_clear()

    @pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system tells when a process began")
    def test_a_process_of_an_earlier_start_of_the_machine_is_gone(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        job = self.job()
        job_files.write_job(job)
        (tmp_path / "boot").write_text("another-start\n")
        monkeypatch.setattr(job_files, "_BOOT", tmp_path / "boot")
        assert job_files.read_job(job.id).state == "failed"

    def test_believes_another_computer_as_long_as_it_is_heard_of(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job, now = self.job(), time.time()
        monkeypatch.setattr(time, "time", lambda: now + 3600)  # the clocks of computers need not agree
        self.as_written_by({"host": "elsewhere", "pid": 2**22 + 1}, job)
        assert job_files.read_job(job.id).state == "running"
        os.utime(job_files._path(job.id), (0, now - 1000))
        assert job_files.read_job(job.id).state == "failed"
        job_files.touch(job.id)
        assert job_files.read_job(job.id).state == "running"

    def test_passes_a_request_to_stop_on_once(self) -> None:
        job = self.job()
        job_files.write_job(job)
        assert job_files.asked_to_stop([job.id]) == []
        job_files.ask_to_stop(job.id)
        assert job_files.asked_to_stop([job.id]) == [job.id]
        assert job_files.asked_to_stop([job.id]) == []

    def test_forgets_the_oldest(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(job_files, "MOST_RECORDS", 3)
        kept = []
        for age in range(6):
            job = self.job(state="done")
            job_files.write_job(job)
            os.utime(job_files._path(job.id), (0, 1_000_000 - age))
            kept.append(job.id)
        job_files.prune()
        assert {job.id for job in job_files.jobs_of("me")} == set(kept[:3])

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.binary(max_size=60)
        | st.recursive(
            st.none() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from([field.name for field in dataclasses.fields(Job)] + ["process"]), inner
                )
            ),
        ).map(lambda value: json.dumps(value).encode())
    )
    def test_takes_a_damaged_record_for_none(self, content: bytes) -> None:
        path = job_files._path("0" * 16)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        with pytest.raises(JobMissing):
            job_files.read_job("0" * 16)


class FakeClient:
    """Scatters into nothing, and counts."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def scatter(self, split: Any, *, workers: list[str], hash: bool) -> Any:
        self.sent.append(split)
        return SimpleNamespace(client=self, status="finished", split=split)


class TestTheDelivery:
    @pytest.fixture(autouse=True)
    def no_digits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(splits, "load_split", lambda spec: spec)

    def test_sends_digits_once_as_long_as_somebody_uses_them(self) -> None:
        client, delivery = FakeClient(), Digits()
        first, second = DataSpec(seed=1), DataSpec(seed=2)
        for spec, job in ((first, "a"), (first, "b"), (second, "c"), (first, "d")):
            delivery.take(client, spec, "tcp://x", job)
        assert client.sent == [first, second]

        for job in "abd":
            delivery.give_back(job)
        delivery.take(client, first, "tcp://x", "e")  # the one used last is kept for the next
        assert client.sent == [first, second]
        delivery.give_back("e")
        delivery.take(client, DataSpec(seed=3), "tcp://x", "f")
        delivery.take(client, first, "tcp://x", "g")  # by now it has been forgotten
        assert client.sent == [first, second, DataSpec(seed=3), first]
        delivery.take(client, second, "tcp://x", "h")  # and "c" still uses this one
        assert client.sent[-1] == first

    def test_sends_again_what_was_lost_with_a_worker_or_a_cluster(self) -> None:
        client, delivery = FakeClient(), Digits()
        future = delivery.take(client, DataSpec(), "tcp://x", "a")
        future.status = "cancelled"
        again = delivery.take(client, DataSpec(), "tcp://x", "a")
        assert again is not future
        other = FakeClient()
        delivery.take(other, DataSpec(), "tcp://x", "a")
        assert (len(client.sent), len(other.sent)) == (2, 1)


class TestTheRecorder:
    def test_a_run_of_this_process_that_goes_on_is_not_taken_for_cut_off(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        live = training("a", 1, "running")
        run_recorder.record_beginning(live)
        with in_charge() as scheduler:
            scheduler._live[live.job.id] = live
            run_recorder.record_cut_off()  # its file is not even there
            assert [run.id for run in outbox.begun_runs()] == [live.job.id]
            del scheduler._live[live.job.id]
            run_recorder.record_cut_off()
            assert outbox.begun_runs() == []

    def test_what_was_taken_for_cut_off_gives_way_to_the_run_that_was_finished(self) -> None:
        repository.close()
        live = training("a", 7, "running")
        run_recorder.record_beginning(live)
        with in_charge():
            run_recorder.record_cut_off()
            run_recorder.catch_up()
            assert repository.find_run(live.job.id).failure == job_files.GONE
            true = dataclasses.replace(RUN, id=live.job.id, experiment="", failure="")
            for _ in range(2):  # the second time there is nothing to replace
                run_recorder.record_end(live.job.id, true, "")
                run_recorder.catch_up()
            assert repository.find_run(live.job.id).failure == ""
            run_recorder.record_end(live.job.id, dataclasses.replace(true, failure="Cut off."), "")
            run_recorder.catch_up()
            assert repository.find_run(live.job.id).failure == "", "and never the other way round"
        repository.close()

    def test_what_the_disk_cannot_take_is_a_sentence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(run: Run) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(run_recorder.repository, "enqueue_run", full)
        monkeypatch.setattr(run_recorder.repository, "record_run", full)
        monkeypatch.setattr(run_recorder, "_held", {})
        assert run_recorder.record_end(RUN.id, RUN, "Stopped.") == (
            "Stopped. The history could not be written (No space left on device). "
            "It is tried again as long as the app runs."
        )
