"""The command `nnviz`: serves the app, makes the study, the shipped models and the measurements.

It works from any folder, in a checkout and installed from a wheel alike. What a command needs is imported
when it is known which one it is.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module, metadata
from pathlib import Path

from nnviz.core import blas, identity, paths, secret_words
from nnviz.core.words import say

_HELP = {
    "run": say("start the app"),
    "pad": say("write the pad with some networks into one HTML file, which needs no server"),
    "study": say("make all the report's experiments, as one HTML page"),
    "doctor": say("say what is right and wrong with the database, the scheduler, storage, data and workers"),
    "train": say("make the shipped models again"),
    "bench": say("measure speed and accuracy side by side with other libraries"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command; the exit code of the process."""
    parser = argparse.ArgumentParser(
        prog="nnviz", description=say("See neural networks read handwritten digits"), allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"nnviz {metadata.version('nnviz')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run",
        help=_HELP["run"],
        allow_abbrev=False,
        description=say("Start the app. Any other option goes to Streamlit: `--server.headless true`."),
    )
    run.add_argument(
        "--port", default=os.environ.get("PORT") or "8501", help=say("else PORT, else {port}", port=8501)
    )
    run.add_argument(
        "--host",
        default=os.environ.get("HOST") or "127.0.0.1",
        help=say("the address to serve at, 0.0.0.0 for a whole class; else HOST, else 127.0.0.1"),
    )
    pad = commands.add_parser("pad", help=_HELP["pad"], allow_abbrev=False)
    pad.add_argument("--out", default="pad.html", metavar="FILE", help=say("else {name}", name="pad.html"))
    pad.add_argument(
        "--models",
        nargs="+",
        metavar="NAME",
        default=["mlp", "cnn_best", "autoencoder"],
        help=say("one to three networks, shipped or saved, by their names"),
    )
    commands.add_parser("doctor", help=_HELP["doctor"], allow_abbrev=False)
    for name in ("study", "train", "bench"):
        commands.add_parser(name, help=_HELP[name], add_help=False, allow_abbrev=False)
    known, others = parser.parse_known_args(arguments)

    blas.set_up()
    if known.command == "run":
        return _serve(known.host, known.port, others)
    if known.command in ("doctor", "pad") and others:
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    if known.command == "pad":
        return _pad(known.out, known.models)
    if known.command == "doctor":
        from nnviz.server import doctor

        return doctor.main()
    if known.command == "study":
        from nnviz.report import study

        return study.main(others)
    return _program({"train": "training", "bench": "benchmarks"}[known.command], others)


def _pad(out: str, names: Sequence[str]) -> int:
    logging.disable(logging.WARNING)  # Streamlit's, that it does not serve anything, which is meant so
    try:
        from nnviz.model_store.store import ModelMissing, ModelRefused
        from nnviz.ui.pad import one_file

        size = one_file.write(Path(out), names)
    except (ModelMissing, ModelRefused, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        why = say("{file} cannot be written: {why}.", file=out, why=error.strerror or error)
        sys.stderr.write(f"{why}\n")
        return 1
    finally:
        logging.disable(logging.NOTSET)
    sys.stdout.write(say("{file}: {size:.2f} MB", file=out, size=size / 1e6) + "\n")
    return 0


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
        return say(
            "The teacher's key is the one in {setting}: type it on any page, under You.",
            setting=secret_words.KEY,
        )
    try:
        return say(
            "The teacher's key is {key}: type it on any page, under You.", key=secret_words.teacher_key()
        )
    except OSError as error:
        return say("There is no teacher's key, as it cannot be kept: {why}.", why=error.strerror)


def _program(package: str, arguments: list[str]) -> int:
    """Run one of the packages beside `nnviz`, which only its own commands import."""
    sys.path.insert(0, str(paths.root()))
    try:
        code: int = import_module(f"{package}.__main__").main(arguments)
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library in {"nnviz", "training", "benchmarks", "tests"}:
            raise  # a fault of ours, which no installation mends
        missing = say(
            "{library} is not installed: {cure}", library=library, cure="pip install 'nnviz[bench]'"
        )
        sys.stderr.write(f"{missing}\n")
        return 1
    return code
