"""A class at work while one of it attacks: the others have their pages, their answers and their trainings."""

from __future__ import annotations

import base64
import http.client
import json
import random
import secrets
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from nnviz.core import paths
from nnviz.core.identity import COOKIE, owner_of_secret
from nnviz.jobs import job_files
from tests.attacks import table
from tests.attacks.browsers import Browser
from tests.attacks.greedy_server import SIGN
from tests.browser.serving import Server
from tests.experimenting import wait_until

HEAVY = ["CNN", "Autoencoder", "Experiments", "History"]
PATIENCE = 120.0  # seconds for a training
EPOCHS = 15  # which one processor trains in about a second: 2,700 digits


@dataclass
class Waited:
    """Seconds that pupils waited, by what for; what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def add(self, what: str, seconds: float) -> None:
        self.seconds.setdefault(what, []).append(seconds)


def stroke(lot: random.Random) -> str:
    """What the pad says at the end of a stroke, in its browser's own words."""
    points = [lot.randrange(200, 900) for _ in range(40)]
    digit = bytes(lot.randrange(256) for _ in range(784))
    told = {
        "number": 1,
        "strokes": [{"width": 96, "erase": False, "points": points}],
        "base": None,
        "options": {"centre": True, "fit": True},
        "digit": base64.b64encode(digit).decode(),
        "have": [],
    }
    return json.dumps({"drawing": told})


def get(server: Server, path: str, secret: str) -> float:
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", path, headers={"Cookie": f"{COOKIE}={secret}", "Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 200, answer.status
    return time.perf_counter() - began


def pupil(server: Server, number: int, waited: Waited, pause: float, trains_at: float) -> None:
    """Opens the pad, draws, looks at it again; and trains once."""
    lot = random.Random(number)
    secret = secrets.token_urlsafe(32)
    try:
        time.sleep(lot.uniform(0, pause))
        trained = False
        while not waited.over.is_set():
            waited.add("the pad, as a file", get(server, "/", secret))
            with Browser(server.url, secret) as browser:
                waited.add("the pad, its page", browser.run())
                for _ in range(4):
                    time.sleep(lot.uniform(0.5, 1.5) * pause)
                    said = WidgetState(id=browser.ids["pad"], json_value=stroke(lot))
                    fragment = browser.fragment_of["pad"]
                    waited.add("a stroke", browser.run(states=[said], fragment=fragment))
                assert browser.errors == []
            if not trained and time.monotonic() >= trains_at:
                trained = True
                waited.add("a training", train(server, secret))
    except Exception as error:
        waited.wrong.append(f"pupil {number}: {type(error).__name__}: {error}")


def press_train(server: Server, secret: str) -> float:
    """Ask for a training on the page, which tells that it has been heard; when that was asked."""
    with Browser(server.url, secret) as browser:
        browser.run("MLP")
        browser.run("MLP", states=[WidgetState(id=browser.ids["mlp_section"], string_value="Train")])
        browser.run("MLP", states=[WidgetState(id=browser.ids["mlp_set_max_iter"], int_value=EPOCHS)])
        began = time.perf_counter()
        browser.run("MLP", states=[WidgetState(id=browser.ids["mlp_train"], trigger_value=True)])
    return began


def train(server: Server, secret: str) -> float:
    """From the press on "Train" to the end that is written down."""
    known = records()
    began = press_train(server, secret)
    owner = owner_of_secret(secret)
    ended = began + PATIENCE
    while time.perf_counter() < ended:
        for job_id in records() - known:  # to read all takes a processor
            job = job_files.read_job(job_id)
            if job.owner != owner:
                known.add(job_id)
            elif not job.live:
                assert job.state == "done", job.message
                assert len(job.history.epochs) == EPOCHS
                return time.perf_counter() - began
        time.sleep(0.05)
    raise AssertionError("a training was waited for in vain")


def records() -> set[str]:
    """The ids of all jobs that are written down."""
    return {path.stem for path in (paths.home() / "jobs").glob("*.json")}


def attacker(server: Server, number: int, waited: Waited, heavy: Sequence[str]) -> None:
    """Loads heavy pages without a pause, breaks connections, and asks for addresses that there are not."""
    lot = random.Random(-number)
    while not waited.over.is_set():
        try:
            with Browser(server.url) as browser:
                for _ in range(lot.randrange(1, 8)):
                    browser.run(lot.choice(["MLP", *heavy]))
                browser.socket.send(lot.randbytes(99))
        except Exception:  # whatever the server makes of it
            time.sleep(0.01)


def a_class(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    pupils: int,
    seconds: float,
    pause: float,
    heavy: Sequence[str],
) -> Waited:
    monkeypatch.setenv("NNVIZ_HOME", str(home))  # in which this process looks for what jobs have written
    monkeypatch.delenv("NNVIZ_DATABASE_URL", raising=False)
    nnviz = (sys.executable, "-m", "tests.attacks.greedy_server")
    server = Server(home, nnviz=nnviz, environment={"NNVIZ_WORKERS": "2", "NNVIZ_TEACHER_KEY": "k"}).start()
    waited = Waited()
    try:
        for page in ("", "MLP", *heavy):  # what is loaded once
            with Browser(server.url, secrets.token_urlsafe(32)) as browser:
                browser.run(page)
        train(server, secrets.token_urlsafe(32))  # so is what workers load
        (home / SIGN).touch()
        wait_until(lambda: "asked for all" in server.log())
        begins = time.monotonic()  # one trains after the other, as they get so far
        threads = [
            threading.Thread(
                target=pupil, args=(server, number, waited, pause, begins + 0.8 * seconds * number / pupils)
            )
            for number in range(pupils)
        ]
        threads += [
            threading.Thread(target=attacker, args=(server, number, waited, heavy)) for number in range(2)
        ]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        waited.over.set()
        for thread in threads:
            thread.join()
        assert waited.wrong == []
        assert server.complaints() == ""
    finally:
        server.kill()
    for what, each in waited.seconds.items():
        p95 = float(np.quantile(each, 0.95))
        note = f"median {np.median(each):.2f} s, p95 {p95:.2f} s, load {psutil.getloadavg()[0]:.1f}"
        table.rows.append(
            table.Row(f"class of {pupils + 1}: {what}", len(each), len(each), max(each), note=note)
        )
    return waited


# Its quick form, without a server, is in `test_greed`.


@pytest.mark.attack
def test_a_class_of_thirty_with_one_attacking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited = a_class(tmp_path, monkeypatch, pupils=29, seconds=100, pause=3.0, heavy=HEAVY)
    for what in ("the pad, as a file", "the pad, its page", "a stroke"):
        assert np.quantile(waited.seconds[what], 0.95) < 0.3, what
    assert max(waited.seconds["a training"]) < 10
