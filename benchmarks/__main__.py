"""`nnviz bench [names] [--options]` runs every measurement, or those named, one after the other.

Options go to each of them; `python -m benchmarks.<name> --help` tells which one knows which.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path

from nnviz.core import blas

LIBRARIES = ("numpy", "scipy", "scikit-learn", "keras", "tensorflow", "streamlit", "distributed", "plotly")
NAMES = sorted({path.stem for path in Path(__file__).parent.glob("[!_]*.py")} - {"replay"})
ASKED_FOR = {"soak"}  # takes an hour, and so is not among all


def machine() -> str:
    """What the numbers below were measured on."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    lines = [
        f"{time.strftime('%Y-%m-%d')} · {platform.system()} {platform.machine()} · {processor()}",
        f"{cores} cores · load {load()} · BLAS threads {'/'.join(os.environ[name] for name in blas.THREADS)}",
        f"Python {platform.python_version()} · "
        + " · ".join(f"{name} {version(name)}" for name in LIBRARIES),
    ]
    return "\n".join(lines)


def processor() -> str:
    """The processor's name where the system tells it."""
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "processor unknown"


def load() -> str:
    """How busy the machine was before anything was measured: on a busy one the numbers mean little."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def _whole(name: str) -> str:
    """The measurement that is meant by a name or by its beginning: "class" for "classroom"."""
    meant = [each for each in NAMES if each.startswith(name)]
    return meant[0] if len(meant) == 1 and name not in NAMES else name


def main(arguments: list[str]) -> int:
    """Carry them out; the exit code of the process."""
    blas.set_up()  # before a measurement imports NumPy
    names = [_whole(argument) for argument in arguments if not argument.startswith("-")]
    options = [argument for argument in arguments if argument.startswith("-")]
    if unknown := sorted(set(names) - set(NAMES)):
        print(
            f"No measurement called {', '.join(unknown)}; choose from: {', '.join(NAMES)}.", file=sys.stderr
        )
        return 2
    print(machine())
    for name in names or [name for name in NAMES if name not in ASKED_FOR]:
        print(f"\n== {name} ==", flush=True)
        sys.argv = [f"benchmarks.{name}", *options]
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
