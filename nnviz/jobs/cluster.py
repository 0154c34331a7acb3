"""Where trainings run: worker processes of our own, or a Dask cluster that somebody else keeps.

Our own LocalCluster lives in a process of its own, `python -m nnviz.jobs.cluster`, not in the server. A
worker process begins by importing the main module of the process that starts it, and while Streamlit runs a
page that module is the page: workers started from within the server run it once each (tried on 1.67).
Besides, the scheduler then does not share the server's interpreter lock with thirty pages. The process ends
when the pipe to the server closes, however the server ends.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from importlib import import_module, metadata, util
from typing import IO, Any
from urllib.parse import urlsplit

from nnviz.core import blas
from nnviz.core.words import say
from nnviz.jobs.records import CLUSTER_KEY

SCHEDULER = "NNVIZ_DASK_SCHEDULER"
WORKERS = "NNVIZ_WORKERS"
KEY = CLUSTER_KEY  # shared by all processes of a cluster at `keyed://` addresses
_TASKS = "nnviz.jobs.worker"
_KEY_CHECK = "nnviz.jobs.key_check"
_STARTING = 90.0  # seconds for our own process to say where it is
_PATIENCE = 10.0  # seconds for a scheduler to answer


class ClusterMissing(RuntimeError):
    """No cluster can be had; one sentence that says what was tried and what to do."""


class Cluster:
    """The way to the workers: connects at the first training, and again after what it was connected to died.

    Parameters
    ----------
    on_event
        on_event(message) hears, in a thread of Dask's, every message that is sent to the topic `self.topic`.
    """

    def __init__(self, on_event: Callable[[Any], None]) -> None:
        self.topic = f"nnviz-{os.urandom(8).hex()}"
        self._on_event = on_event
        self._lock = threading.Lock()
        self._client: Any = None  # a distributed.Client
        self._process: subprocess.Popen[str] | None = None
        self._threads = 1 if external() else wanted_workers()
        self._closed = False
        self._faults: dict[str, str] = {}  # of somebody else's workers, by address; "" of good ones
        self.deserted = False  # whether somebody else's cluster has no worker at all

    @property
    def threads(self) -> int:
        """How many trainings can run at once, as far as is known without asking."""
        return self._threads

    def client(self) -> Any:
        """A connected distributed.Client; the first call takes a second or two.

        Raises
        ------
        ClusterMissing
            When no cluster can be had.
        """
        with self._lock:
            if self._closed:
                raise ClusterMissing(say("The app is closing."))
            if self._client is not None and self._alive(self._client):
                return self._client
            self._drop()
            address = external() or self._start()
            self._client = self._connect(address)
            self.count()
            return self._client

    def count(self) -> None:
        """Ask somebody else's cluster how many threads it has now; they come and go."""
        client = self._client
        if client is not None and external():
            with contextlib.suppress(Exception):  # it may have gone; `client` sees to that
                threads = sum(client.nthreads().values())
                self.deserted = not threads
                self._threads = max(1, threads)

    def fault(self, client: Any, address: str) -> str:
        """What keeps a worker of somebody else's cluster from our tasks, as a sentence; "" when nothing does.

        Each is asked once.
        """
        if not external():
            return ""
        if address not in self._faults:
            self._faults[address] = _fault_of_workers(client, [address])
        return self._faults[address]

    def close(self) -> None:
        """Let go of the workers; our own processes end."""
        with self._lock:
            self._closed = True
            self._drop()

    def _alive(self, client: Any) -> bool:
        ours = self._process is None or self._process.poll() is None
        return ours and client.status == "running"

    def _start(self) -> str:
        """Start the process of our own cluster and return its address. Raises ClusterMissing."""
        os.environ.setdefault(CLUSTER_KEY, secrets.token_hex(32))  # see `key_check`
        try:
            self._process = process = subprocess.Popen(
                [sys.executable, "-m", "nnviz.jobs.cluster", "--workers", str(wanted_workers())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=os.environ | dict.fromkeys(blas.THREADS, "1") | blas.kernels(),
            )
        except OSError as error:
            raise ClusterMissing(
                say("The programs that train could not be started: {strerror}.", strerror=error.strerror)
            ) from error
        import_module(_KEY_CHECK)  # and `distributed`: a second, in which the process is starting as well
        impatience = threading.Timer(_STARTING, process.kill)
        impatience.start()
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        impatience.cancel()
        if not address:
            self._drop()
            raise ClusterMissing(
                say("The programs that train could not be started. The server's log says why.")
            )
        return address

    def _connect(self, address: str) -> Any:
        prove_key()
        try:
            client = _distributed().Client(
                address,
                timeout=_PATIENCE,
                set_as_default=False,
                name="nnviz",
                # Digits need not pass through our scheduler; through somebody else's they may have to.
                direct_to_workers=None if external() else True,
            )
        except (OSError, ValueError) as error:
            self._drop()
            if external():
                words = _no_scheduler()
            else:
                words = say("The programs that train have started and do not answer. Please try again.")
            raise ClusterMissing(words) from error
        client.subscribe_topic(self.topic, lambda event: self._on_event(event[1]))
        return client

    def _drop(self) -> None:
        client, self._client = self._client, None
        process, self._process = self._process, None
        if client is not None:
            with contextlib.suppress(Exception):  # what it was connected to may be gone
                client.close(timeout=2)
        if process is not None:
            assert process.stdin is not None
            assert process.stdout is not None
            with contextlib.suppress(OSError):
                process.stdin.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


def _fault_of_workers(client: Any, addresses: Sequence[str]) -> str:
    """What keeps somebody else's workers from our tasks, as a sentence; "" when nothing does.

    They are asked with functions of Python's own, as a worker without this project knows no others.
    """
    own = metadata.version("nnviz")
    told = client.run(metadata.version, "nnviz", workers=list(addresses), on_error="return")
    if strangers := [address for address, version in told.items() if isinstance(version, Exception)]:
        # It may lie on a path without having been installed.
        found = client.run(util.find_spec, "nnviz.jobs", workers=strangers, on_error="return")
        if lacking := [a for a, spec in found.items() if spec is None or isinstance(spec, ImportError)]:
            return say(
                "The worker at {address} has no nnviz: install version {own} there (pip install), or unset "
                "{scheduler} to train here.",
                address=lacking[0],
                own=own,
                scheduler=SCHEDULER,
            )
    for address, version in told.items():
        if isinstance(version, str) and version != own:
            return say(
                "The worker at {address} has version {version} of nnviz and this app has {own}: install the "
                "same in both places, or unset {scheduler} to train here.",
                address=address,
                version=version,
                own=own,
                scheduler=SCHEDULER,
            )
    return ""


def silent_scheduler(patience: float = 2.0) -> str:
    """What is wrong with somebody else's scheduler, as a sentence; "" when it answers or is ours."""
    address = external()
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or 8786
        if not host:
            raise ValueError
    except ValueError:
        return say(
            "{scheduler} is {address}, which is no address: it has to be like tcp://host:8786.",
            scheduler=SCHEDULER,
            address=address,
        )
    try:
        socket.create_connection((host, port), patience).close()
    except OSError as error:
        return say(
            "No Dask scheduler answers at {address} ({why}): start it, or unset {scheduler} to train here.",
            address=address,
            why=error.strerror or str(error),
            scheduler=SCHEDULER,
        )
    return ""


def faults_of_workers() -> dict[str, str]:
    """Of each worker of somebody else's cluster what keeps it from our tasks, as a sentence; "" of good ones.

    Raises
    ------
    ClusterMissing
        When the scheduler does not let us in.
    """
    prove_key()
    try:
        client = _distributed().Client(
            external(), timeout=_PATIENCE, set_as_default=False, name="nnviz-doctor"
        )
    except (OSError, ValueError) as error:
        raise ClusterMissing(_no_scheduler()) from error
    try:
        return {address: _fault_of_workers(client, [address]) for address in sorted(client.nthreads())}
    finally:
        client.close(timeout=2)


def prove_key() -> None:
    """Have connections at `keyed://` addresses prove that they know the cluster's key; see `key_check`."""
    if external().startswith("keyed://"):
        import_module(_KEY_CHECK)


def _no_scheduler() -> str:
    return say(
        "No Dask scheduler answers at {address}: start it, or unset {scheduler} to train here.",
        address=external(),
        scheduler=SCHEDULER,
    )


def _distributed() -> Any:
    """The library, when it is needed: most of a second to import, which no page should wait for."""
    return import_module("distributed")


def external() -> str:
    """The address of somebody else's scheduler, "tcp://host:port"; empty when trainings run here."""
    return os.environ.get(SCHEDULER, "").strip()


def wanted_workers() -> int:
    """How many worker processes of our own: NNVIZ_WORKERS, else 2."""
    text = os.environ.get(WORKERS, "").strip()
    return min(int(text), 64) if text.isdecimal() and int(text) > 0 else 2


def serve(workers: int, stdin: IO[str], announce: IO[str]) -> None:
    """Keep a LocalCluster until `stdin` ends.

    Parameters
    ----------
    announce
        Its address is written to it.
    """
    import dask

    import_module(_KEY_CHECK)
    settings: dict[str, Any] = {
        "distributed.scheduler.http.routes": [],  # pages over HTTP that nobody asked for
        "distributed.worker.http.routes": [],
        "distributed.worker.profile.enabled": False,  # a hundred samples a second of every training
        "distributed.admin.tick.interval": "500ms",  # fifty times a second is most of what idling costs
        "distributed.worker.multiprocessing-method": _start_method(),
        # One that has frozen is killed and another takes its place; a task may hold up its word for a while.
        "distributed.scheduler.worker-ttl": "30s",
    }
    with (
        dask.config.set(settings),
        _distributed().LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="keyed://127.0.0.1",
            protocol="keyed://",
            preload=[_KEY_CHECK, _TASKS],
            dashboard_address=None,
            # Without these the scheduler would try port 8787 and complain when another app has it.
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
        ) as cluster,
    ):
        print(cluster.scheduler_address, file=announce, flush=True)
        announce.close()
        stdin.read()


def _start_method() -> str:
    """How worker processes are started: where it is safe, forked from one that has imported everything.

    That spares every worker, also one that takes the place of a killed one, two and a half seconds.
    """
    if sys.platform != "linux":
        return "spawn"
    # Dask would have that process import pandas and more as well; this only keeps it from doing so.
    _distributed().utils._forkserver_preload_set = True
    multiprocessing.get_context("forkserver").set_forkserver_preload(
        ["distributed", "nnviz.trainers.mlp", "nnviz.numpy_nn.classifier", _KEY_CHECK, _TASKS]
    )
    return "forkserver"


def main() -> None:
    """The process of our own cluster."""
    parser = argparse.ArgumentParser(description="Worker processes that end when standard input does.")
    parser.add_argument("--workers", type=int, default=2)
    workers = parser.parse_args().workers
    # Ctrl-C in the terminal is the server's affair: it closes the pipe when it has finished.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Standard output belongs to the address; whatever a worker prints goes where the server's log goes.
    announce = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    serve(workers, sys.stdin, announce)


if __name__ == "__main__":
    main()
