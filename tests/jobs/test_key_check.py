"""Our own cluster listens to those alone who have its key."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nnviz.jobs.cluster import Cluster
from nnviz.jobs.records import CLUSTER_KEY
from tests.jobs.faking import a_real_one

ROOT = Path(__file__).resolve().parents[2]

# What another account of the computer can do: it knows the app, and the ports, and not the key.
STRANGER = """
import sys
from nnviz.jobs import key_check
from distributed import Client
try:
    Client(sys.argv[1], timeout=5).run(print, "in")
except Exception:
    print("refused")
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with a_real_one():
        ours = Cluster(lambda message: None)
        yield ours
        ours.close()


def addresses(cluster: Cluster) -> list[str]:
    client = cluster.client()
    return [client.scheduler.address, *client.nthreads()]


def stranger(address: str, **environment: str) -> str:
    known = {name: value for name, value in os.environ.items() if name != CLUSTER_KEY}
    asked = [sys.executable, "-c", STRANGER, address]
    told = subprocess.run(asked, cwd=ROOT, env=known | environment, capture_output=True, text=True)
    return told.stdout.strip()


def test_a_client_without_the_key_or_with_another_is_refused_and_ours_is_not(cluster: Cluster) -> None:
    scheduler = addresses(cluster)[0]
    assert stranger(scheduler) == "refused"
    assert stranger(scheduler, **{CLUSTER_KEY: "0" * 64}) == "refused"
    assert stranger(scheduler.replace("keyed", "tcp")) == "refused", "as who does not know of keys"
    assert sorted(cluster.client().run(os.getpid)) == sorted(addresses(cluster)[1:])


def test_who_does_not_prove_it_hears_nothing_but_a_draw(cluster: Cluster) -> None:
    for address in addresses(cluster):
        host, port = address.removeprefix("keyed://").rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=60) as there:
            heard = b""
            there.sendall(b"\0" * 64)
            while more := there.recv(4096):
                heard += more
        assert len(heard) == 32
