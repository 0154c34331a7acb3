"""TensorFlow, fetched when it is first needed: it takes seconds to import, and most visitors never need it.

Nothing in the house imports TensorFlow or Keras at the top of a module that a page without a CNN imports.
They are asked for here, inside the functions that use them, so that the first import happens in one way only.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

_importing = threading.Lock()
_seeding = threading.Lock()
_ready = False


def keras(*, threads: int = 1) -> ModuleType:
    """Keras 3 on TensorFlow, imported at first call.

    Any thread may call, also several at once.

    Parameters
    ----------
    threads
        Operations that may run side by side; the first caller decides. One is the right number for all
        workers and sessions, which share a few cores; who has the machine alone, as `make train`, may take as
        many as there are cores. An operation itself is for one thread: those here are too small for several,
        which would spend the time they save on waking one another.
    """
    _import(threads)
    import keras

    module: ModuleType = keras
    return module


def tensorflow(*, threads: int = 1) -> ModuleType:
    """TensorFlow itself, under the same conditions as `keras`."""
    _import(threads)
    import tensorflow

    module: ModuleType = tensorflow
    return module


def side_by_side() -> int:
    """How many operations may run at the same time."""
    return int(tensorflow().config.threading.get_inter_op_parallelism_threads()) or 1


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Within, Keras and TensorFlow build what they build by this seed, whatever else is trained meanwhile.

    The source of it is one for the whole process: what is drawn later, while others train as well, needs
    a source of its own, as `training_loop.shuffled` gives it.
    """
    with _seeding:
        keras().utils.set_random_seed(seed)
        yield


def is_loaded() -> bool:
    """Whether the wait is over: a page shows a note before its first call, and none after it."""
    return _ready


def _import(threads: int) -> None:
    global _ready
    if _ready:
        return
    with _importing:
        if is_loaded():
            return
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # it greets at length, and misses a graphics card
        os.environ.setdefault("KERAS_BACKEND", "tensorflow")
        fresh = "tensorflow" not in sys.modules
        import keras  # noqa: F401
        import tensorflow as tf

        try:
            tf.config.threading.set_intra_op_parallelism_threads(1)
            tf.config.threading.set_inter_op_parallelism_threads(threads)
        except RuntimeError:
            pass  # somebody has used TensorFlow already, and its threads are there
        if fresh:
            # TensorFlow leaves a million objects which the garbage collector would look through for ever:
            # thirty sessions' answers took 14 s with them and 36 ms without.
            gc.collect()
            gc.freeze()
        _ready = True
