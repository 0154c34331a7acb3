"""The command `nnviz`: serves the app, makes the study, the shipped models and the measurements.

It works from any folder, in a checkout and installed from a wheel alike. What a command needs is imported
when it is known which one it is.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module, metadata

from nnviz.core import blas, identity, paths, secret_words

_HELP = {
    "run": "start the app",
    "study": "make all the report's experiments, as one HTML page",
    "train": "make the shipped models again",
    "bench": "measure speed and accuracy side by side with other libraries",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command; the exit code of the process."""
    parser = argparse.ArgumentParser(
        prog="nnviz", description=metadata.metadata("nnviz")["Summary"], allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"nnviz {metadata.version('nnviz')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run",
        help=_HELP["run"],
        allow_abbrev=False,
        description="Start the app. Any other option goes to Streamlit: `--server.headless true`.",
    )
    run.add_argument("--port", default=os.environ.get("PORT") or "8501", help="else PORT, else 8501")
    run.add_argument(
        "--host",
        default=os.environ.get("HOST") or "127.0.0.1",
        help="the address to serve at, 0.0.0.0 for a whole class; else HOST, else 127.0.0.1",
    )
    for name in ("study", "train", "bench"):
        commands.add_parser(name, help=_HELP[name], add_help=False, allow_abbrev=False)
    known, others = parser.parse_known_args(arguments)

    blas.set_up()
    if known.command == "run":
        return _serve(known.host, known.port, others)
    if known.command == "study":
        from nnviz.report import study

        return study.main(others)
    return _program({"train": "training", "bench": "benchmarks"}[known.command], others)


def _serve(host: str, port: str, options: list[str]) -> int:
    from nnviz import server

    if trouble := paths.trouble():
        sys.stderr.write(f"{trouble}\n")
    if host not in identity.LOOPBACK:
        sys.stdout.write(f"{_teacher()}\n")
        sys.stdout.flush()
    try:
        server.serve(host, port, options)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _teacher() -> str:
    """How the teacher is told from a class: shown here and nowhere else."""
    if secret_words.own_teacher_key():
        return f"The teacher's key is the one in {secret_words.KEY}: type it on any page, under You."
    try:
        return f"The teacher's key is {secret_words.teacher_key()}: type it on any page, under You."
    except OSError as error:
        return f"There is no teacher's key, as it cannot be kept: {error.strerror}."


def _program(package: str, arguments: list[str]) -> int:
    """Run one of the packages beside `nnviz`, which only its own commands import."""
    sys.path.insert(0, str(paths.root()))
    try:
        code: int = import_module(f"{package}.__main__").main(arguments)
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library in {"nnviz", "training", "benchmarks", "tests"}:
            raise  # a fault of ours, which no installation mends
        sys.stderr.write(f"{library} is not installed: pip install 'nnviz[bench]'\n")
        return 1
    return code
