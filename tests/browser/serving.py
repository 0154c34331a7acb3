"""A Streamlit server as `make run` starts it, on a free port and with a home of its own."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from nnviz.core import blas

ROOT = Path(__file__).resolve().parents[2]
# What must never be in a server's log. Streamlit turns an exception on a page into a logged traceback.
TROUBLE = re.compile(
    r"Traceback \(most recent call last\)|Uncaught app exception|Warning: |deprecated|will be removed"
)
COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # Streamlit prints tracebacks in colour, in the middle of words
START_SECONDS = 60.0
STOP_SECONDS = 15.0


class Server:
    """One `nnviz run`: where it is (url), what it wrote (log), what of that is trouble (complaints).

    script: served instead of the app; nnviz: the command, of another environment than this one; folder: to
    start it from.
    """

    def __init__(
        self,
        home: Path,
        *,
        script: Path | str = "",
        environment: dict[str, str] | None = None,
        nnviz: Sequence[str | Path] = (sys.executable, "-m", "nnviz"),
        folder: Path = ROOT,
    ) -> None:
        self.home = home
        self.script = script
        self.nnviz = nnviz
        self.folder = folder
        self.environment = environment or {}
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_path = home / f"server-{self.port}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._read_to = 0

    def start(self, wait: bool = True) -> Server:
        if self.script:
            command = [sys.executable, "-m", "streamlit", "run", str(self.script)]
            command += ["--server.port", str(self.port), "--server.address", "127.0.0.1"]
        else:
            command = [*map(str, self.nnviz), "run", "--port", str(self.port), "--host", "127.0.0.1"]
        command += ["--server.headless", "true"]
        environment = {
            **os.environ,
            **dict.fromkeys(blas.THREADS, "1"),
            "PYTHONUNBUFFERED": "1",
            "NNVIZ_HOME": str(self.home),
            **self.environment,
        }
        environment.pop("COVERAGE_PROCESS_CONFIG", None)  # a traced server takes twice as long to answer
        self.home.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as log:
            # A session of its own, so that stopping it reaches the workers it started too.
            self._process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=os.name == "posix",
            )
        if wait:
            self.wait_until_healthy()
        return self

    @property
    def pid(self) -> int:
        assert self._process is not None, "the server has not been started"
        return self._process.pid

    def wait_until_healthy(self, seconds: float = START_SECONDS) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self._process is not None and self._process.poll() is not None:
                raise RuntimeError(f"the server ended by itself:\n{self.log()}")
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                pass
            time.sleep(0.02)
        raise RuntimeError(f"no healthy server after {seconds:.0f} s:\n{self.log()}")

    def stop(self) -> None:
        """Ends the server as Ctrl-C does, and whatever it started with it."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Ends the server and its workers without a farewell: a power cut."""
        self._end(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)

    def restart(self) -> Server:
        """The same address and home again."""
        self.stop()
        return self.start()

    def log(self) -> str:
        return COLOURS.sub("", self.log_path.read_text(errors="replace")) if self.log_path.exists() else ""

    def complaints(self) -> str:
        """What it logged since last asked, if there is trouble in it; else nothing."""
        text = self.log()
        new, self._read_to = text[self._read_to :], len(text)
        return new if TROUBLE.search(new) else ""

    def _end(self, how: int) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if os.name != "posix":
            process.terminate()
            process.wait(STOP_SECONDS)
            return
        group = process.pid
        if how == signal.SIGINT and process.poll() is None:
            process.send_signal(how)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                print(f"the server on port {self.port} did not stop by itself", file=sys.stderr)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        process.wait(STOP_SECONDS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
