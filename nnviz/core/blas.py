"""How many threads a matrix product takes: one, unless the user asks for more."""

from __future__ import annotations

import os

# Each library that NumPy may be built on reads one of these when NumPy is imported.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def default_to_one_thread() -> None:
    """Ask for one thread where the environment says nothing. Of use only before NumPy is imported.

    With two threads on two cores, trainings side by side got up to twenty times slower.
    """
    for name in THREADS:
        os.environ.setdefault(name, "1")
