"""How NumPy multiplies matrices: on one thread, unless more is asked for, and the same way everywhere."""

from __future__ import annotations

import os
import platform
from pathlib import Path

# Each library that NumPy may be built on reads one of these when NumPy is imported.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
KERNELS = "OPENBLAS_CORETYPE"


def set_up() -> None:
    """Ask for one thread and for one set of kernels, where the environment says nothing.

    Of use only before NumPy is imported. With two threads on two cores, trainings side by side got up to
    twenty times slower. OpenBLAS has kernels for each kind of processor, which add the same numbers in
    different orders: a training with the same seed came to other weights on another kind of processor. With
    those that every x86-64 processor since 2013 can run, it comes to the same bits on all of them.
    """
    for name in THREADS:
        os.environ.setdefault(name, "1")
    for name, value in kernels().items():
        os.environ.setdefault(name, value)


def kernels() -> dict[str, str]:
    """What asks OpenBLAS for those kernels; nothing on a processor that is not known to run them."""
    information = Path("/proc/cpuinfo")
    if platform.machine() not in ("x86_64", "AMD64") or not information.is_file():
        return {}
    avx2 = " avx2 " in information.read_text(encoding="utf-8", errors="replace")
    return {KERNELS: os.environ.get(KERNELS, "Haswell")} if avx2 else {}
