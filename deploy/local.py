"""Everything that compose.yaml starts, without containers: `python -m deploy.local` (or `make deploy-local`).

PostgreSQL, a Dask scheduler, workers, replicas of the app, and a proxy with TLS in front, each the program of
the system (on Debian: `apt install postgresql caddy`; nginx will do in place of Caddy). What is missing is
said in a sentence. All of it is in one folder and ends with this process.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import shutil
import signal
import socket
import ssl
import string
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
_PATIENCE = 90.0  # seconds for a program to answer
_PRELOAD = "--preload=nnviz.jobs.key_check"


class Missing(RuntimeError):
    """A program is not on this machine; a sentence that says which, and how to have it."""


def postgres_programs() -> Path:
    """The folder of PostgreSQL's server programs: Debian keeps them off the path.

    Raises
    ------
    Missing
        When there are none.
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        raise Missing("PostgreSQL is not on this machine: on Debian, apt install postgresql.")
    return found[-1].parent if found else Path(str(on_path)).parent


def proxy_program() -> str:
    """Caddy, or else nginx, on the path or named by NNVIZ_PROXY.

    Raises
    ------
    Missing
        When there is neither.
    """
    told = os.environ.get("NNVIZ_PROXY", "")
    for name in [told] if told else ["caddy", "nginx", "/usr/sbin/nginx"]:
        if found := shutil.which(name):
            return found
    raise Missing("Neither Caddy nor nginx is on this machine: on Debian, apt install caddy.")


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Program:
    """A program that is started, ended, killed and started again; it writes into a log of its own.

    Parameters
    ----------
    ready
        Whether it answers.
    options
        Of `subprocess.Popen`.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[object],
        log: Path,
        ready: Callable[[], bool] = lambda: True,
        **options: Any,
    ) -> None:
        self.name, self.command, self.log = name, [str(word) for word in command], log
        self._ready, self._options = ready, options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, wait: bool = True) -> Program:
        """Start it; by default return when it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # so that its children end with it
                **self._options,
            )
        if wait:
            self.wait()
        return self

    def wait(self) -> None:
        """Return when it answers; RuntimeError with its log when it ends or stays silent."""
        until = time.monotonic() + _PATIENCE
        while not self._ready():
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > until:
                how = "has ended" if ended else "does not answer"
                raise RuntimeError(f"{self.name} {how}:\n{self.log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.05)

    def end(self, how: signal.Signals = signal.SIGTERM, seconds: float = 20.0) -> None:
        """End it as a signal says, and what it has started with it."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            if how == signal.SIGKILL:
                os.killpg(process.pid, how)
            else:
                process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def kill(self) -> None:
        """A power cut."""
        self.end(signal.SIGKILL)

    def restart(self) -> Program:
        """End it in order, and start it anew."""
        self.end()
        return self.start()


class Deployment:
    """All programs, as a context: `with Deployment(folder) as deployment: deployment.url`.

    Parameters
    ----------
    folder
        Where everything is kept: the database, homes, logs.
    base
        The path that the app is below: "digits".
    settings
        Environment of replicas and workers besides what they need.
    """

    def __init__(
        self,
        folder: Path,
        *,
        replicas: int = 2,
        workers: int = 2,
        port: int = 0,
        base: str = "",
        proxy: bool = True,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.folder, self.base = folder, f"/{base.strip('/')}" if base.strip("/") else ""
        self.port = port or free_port()
        self.url = f"https://localhost:{self.port}{self.base}"
        self._socket_folder = tempfile.TemporaryDirectory(
            prefix="nnviz-pg-", dir="/tmp"
        )  # paths must be short
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "NNVIZ_CLUSTER_KEY": secrets.token_hex(32),
            "NNVIZ_STORAGE": "database",
            "STREAMLIT_SERVER_COOKIE_SECRET": secrets.token_hex(32),
            "FORWARDED_ALLOW_IPS": "127.0.0.1",
            "NNVIZ_DATABASE_URL": f"postgresql://nnviz@/postgres?host={self._socket_folder.name}",
            **(settings or {}),
        }
        self.database = self._database()
        self.scheduler = self._scheduler()
        self.workers = [self._worker(number) for number in range(workers)]
        self.replica_ports = [free_port() for _ in range(replicas)]
        self.replicas = [self._replica(number) for number in range(replicas)]
        self.proxy = self._proxy() if proxy else None

    def __enter__(self) -> Deployment:
        try:
            self.database.start()
            self.scheduler.start()
            for program in (*self.workers, *self.replicas):
                program.start(wait=False)
            for replica in self.replicas:
                replica.wait()
            if self.proxy is not None:
                self.proxy.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for program in (self.proxy, *self.replicas, *self.workers, self.scheduler):
            if program is not None:
                program.kill()
        self.database.end(signal.SIGQUIT)
        self._socket_folder.cleanup()

    def replica_url(self, number: int) -> str:
        """Where a replica is, past the proxy."""
        return f"http://127.0.0.1:{self.replica_ports[number]}{self.base}"

    def environment(self, home: str = "command") -> dict[str, str]:
        """In which a command of the app belongs to this deployment."""
        return {**self._environment, "NNVIZ_HOME": str(self.folder / home)}

    def _log(self, name: str) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder / f"{name}.log"

    def _database(self) -> Program:
        programs = postgres_programs()
        place = Path(self._socket_folder.name)
        options: dict[str, Any] = {"cwd": place}
        if os.geteuid() == 0:  # PostgreSQL does not run as root
            import pwd

            shutil.chown(place, "nobody")
            options |= {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}
        data = place / "data"
        made = [programs / "initdb", "-D", data, "-U", "nnviz", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run([str(word) for word in made], check=True, capture_output=True, **options)
        command = [programs / "postgres", "-D", data, "-k", place, "-c", "listen_addresses="]

        def ready() -> bool:
            asked = [str(programs / "pg_isready"), "-q", "-h", str(place)]
            return subprocess.run(asked, check=False).returncode == 0

        return Program("PostgreSQL", command, self._log("database"), ready, **options)

    def _scheduler(self) -> Program:
        port = free_port()
        self._environment["NNVIZ_DASK_SCHEDULER"] = f"keyed://127.0.0.1:{port}"
        return Program(
            "The Dask scheduler",
            [
                sys.executable,
                "-m",
                "distributed.cli.dask_scheduler",
                "--host=keyed://127.0.0.1",
                f"--port={port}",
                "--no-dashboard",
                "--dashboard-address=127.0.0.1:0",
                _PRELOAD,
            ],
            self._log("scheduler"),
            lambda: _listens(port),
            env=self.environment("scheduler") | {"DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "30s"},
            cwd=self.folder,
        )

    def _worker(self, number: int) -> Program:
        home = f"worker-{number}"
        return Program(
            f"Worker {number}",
            [
                sys.executable,
                "-m",
                "distributed.cli.dask_worker",
                self._environment["NNVIZ_DASK_SCHEDULER"],
                "--host=127.0.0.1",
                "--nthreads=1",
                "--no-dashboard",
                "--no-nanny",
                f"--local-directory={self.folder / home}",
                _PRELOAD,
                "--preload=nnviz.jobs.worker",
            ],
            self._log(home),
            env=self.environment(home),
            cwd=self.folder,
        )

    def _replica(self, number: int) -> Program:
        home, port = f"replica-{number}", self.replica_ports[number]
        more = ["--server.baseUrlPath", self.base.strip("/")] if self.base else []
        return Program(
            f"Replica {number}",
            [
                sys.executable,
                "-m",
                "nnviz",
                "run",
                "--host",
                "127.0.0.1",
                "--port",
                port,
                "--server.headless",
                "true",
                *more,
            ],
            self._log(home),
            lambda: is_healthy(self.replica_url(number)),
            env=self.environment(home),
            cwd=ROOT,
        )

    def _proxy(self) -> Program:
        program = proxy_program()
        servers = [f"127.0.0.1:{port}" for port in self.replica_ports]
        settings = {
            "SITE": f"https://localhost:{self.port}",
            "SITE_NAME": "localhost",
            "BASE": self.base,
            "REPLICAS": " ".join(servers),
            "XDG_DATA_HOME": str(self.folder / "proxy"),
            "XDG_CONFIG_HOME": str(self.folder / "proxy"),
        }
        command: list[object] = [program, "run", "--config", HERE / "Caddyfile", "--adapter", "caddyfile"]
        if Path(program).name == "nginx":
            command = [program, "-e", "stderr", "-c", self._nginx_settings(servers)]
        return Program(
            "The proxy",
            command,
            self._log("proxy"),
            lambda: is_healthy(self.url),
            env={**os.environ, **settings},
            cwd=self.folder,
        )

    def _nginx_settings(self, servers: Sequence[str]) -> Path:
        folder = self.folder / "proxy"
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-subj",
                "/CN=localhost",
                "-days",
                "365",
                "-out",
                folder / "proxy.crt",
                "-keyout",
                folder / "proxy.key",
                "-addext",
                "subjectAltName=DNS:localhost",
            ],
            check=True,
            capture_output=True,
        )
        text = string.Template((HERE / "nginx.conf").read_text()).safe_substitute(
            FOLDER=folder,
            PORT=self.port,
            SERVERS="\n".join(f"    server {each} max_fails=1 fail_timeout=3s;" for each in servers),
        )
        written = folder / "nginx.conf"
        written.write_text(text)
        return written


def is_healthy(url: str) -> bool:
    """Whether the app answers there; whoever has signed for it is believed."""
    anyone = ssl.create_default_context()
    anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2, context=anyone) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Start all of it, say where it is, and end it with Ctrl-C; the exit code of the process."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--port", type=int, default=8443, help="of the proxy, else 8443")
    parser.add_argument("--replicas", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--base", default="", help="the path that the app is below: digits")
    parser.add_argument("--folder", type=Path, help="for logs and homes, else one for the time being")
    told = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.ExitStack() as stack:
        folder = told.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nnviz-deploy-")))
        try:
            there = stack.enter_context(
                Deployment(
                    folder.resolve(),
                    replicas=told.replicas,
                    workers=told.workers,
                    port=told.port,
                    base=told.base,
                )
            )
        except Missing as missing:
            sys.stderr.write(f"{missing}\n")
            return 1
        sys.stdout.write(f"{there.url}/ is there; logs are in {folder}. Ctrl-C ends all of it.\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main())
