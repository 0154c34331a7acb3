"""`nnviz train [names]` makes the shipped models again: those of every module here, or of those named.

Seeds are fixed, and the cards record data, settings and versions. The full MNIST has to be on this computer
(see `nnviz.data.mnist.full_mnist_path`); the whole takes about an hour and a half on two cores.
"""

from __future__ import annotations

import multiprocessing
import sys
import time

from training import one

NAMES = ("mlp", "cnn", "cnn_best", "autoencoder", "landscapes")


def main(names: list[str]) -> int:
    """Make them one after the other; the exit code of the process."""
    if unknown := sorted(set(names) - set(NAMES)):
        print(f"Nothing here makes {', '.join(unknown)}; choose from: {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    for name in names or NAMES:
        print(f"== {name} ==", flush=True)
        began = time.perf_counter()
        # TensorFlow keeps the threads that it was first given: what came before must not decide on them.
        process = multiprocessing.get_context("spawn").Process(target=one.make, args=(name,))
        process.start()
        process.join()
        if process.exitcode:
            return 1
        print(f"== {name}: {(time.perf_counter() - began) / 60:.1f} minutes ==", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
