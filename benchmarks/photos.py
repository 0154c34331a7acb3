"""How many photos of digits are read as `cnn_best` reads the digits themselves: a row for each kind of photo.

The photos are made of digits that no shipped network has learned from: of the embedded ones, and where the
full MNIST is at hand of its test digits in every other photo. Of photos with several digits each has to be
found, and the one that is chosen by its number to be read. Then how long a photo of 25 million pixels takes,
and how much memory, in a process of its own. `--each=20` takes so many photos of each kind, `--only=paper`
the kinds with that word in their names.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from nnviz.core.records import Array
from nnviz.data import mnist, photos
from nnviz.data.mnist import DataError
from nnviz.inference.graph import Network
from nnviz.model_store import formats, store
from tests import photo_kinds

WANTED = 98  # of 100 of each kind
FILES: dict[str, tuple[tuple[int, int], dict[str, int]]] = {
    "JPEG": ((5770, 4330), {"quality": 90}),
    "PNG": ((5770, 4330), {"compress_level": 1}),
    "WEBP": ((4610, 3460), {"quality": 60, "method": 0}),  # the largest that is taken
}
SECONDS, MEGABYTES = 2, 300  # for 25 million pixels


def main() -> None:
    """Take the photos, read them, and print a row for each kind as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--each", type=int, default=100, help="photos of each kind")
    parser.add_argument("--only", default="", help="part of the kinds' names")
    arguments, _ = parser.parse_known_args()
    network = formats.read_network(store.find("cnn_best").path)
    pool = np.concatenate([mnist.embedded().images, *_test_digits()])
    kinds = list(photo_kinds.KINDS) + list(photo_kinds.KINDS_OF_SEVERAL)
    print(f"{arguments.each} photos of each kind; wanted: {WANTED} of 100\n")
    print(f"{'kind':34}{'read':>8}{'not found':>12}{'ms a photo':>12}")
    for number, kind in enumerate(kinds):
        if arguments.only in kind:
            read, missed, seconds = row(kind, number, arguments.each, network, pool)
            mark = "" if read >= WANTED / 100 * arguments.each else "   below"
            print(f"{kind:34}{read:8}{missed:12}{1000 * seconds:12.0f}{mark}", flush=True)
    if not arguments.only:
        _large()


def row(kind: str, seed: int, each: int, network: Network, pool: Array) -> tuple[int, int, float]:
    """How many photos of a kind are read, in how many no digit was found, and seconds a photo."""
    rng = np.random.default_rng(seed)
    n = photo_kinds.KINDS_OF_SEVERAL.get(kind, 1)
    clean, found, missed, seconds = [], [], 0, 0.0
    for k in range(each):
        part = pool[:5000] if k % 2 or len(pool) == 5000 else pool[5000:]
        digits = part[rng.choice(len(part), n, replace=False)]
        make = photo_kinds.KINDS.get(kind)
        ruling = "lined" if "lined" in kind else ""
        content = make(digits[0], rng) if make else photo_kinds.several(list(digits), rng, ruling)
        chosen = int(rng.integers(n))
        began = time.perf_counter()
        try:
            found.append(_read(content, chosen, n))
            clean.append(digits[chosen])
        except DataError:
            missed += 1
        seconds += time.perf_counter() - began
    if not found:
        return 0, missed, seconds / each
    as_read = network.predict(np.stack(found)).argmax(axis=1)
    as_meant = network.predict(np.stack(clean).reshape(-1, 784) / np.float32(255)).argmax(axis=1)
    return int((as_read == as_meant).sum()), missed, seconds / each


def _read(content: bytes, chosen: int, n: int) -> Array:
    photo = photos.digit(photos.read("photo", content), choice=chosen if n > 1 else None)
    if len(photo.boxes) != n and n > 1:
        raise DataError(f"{len(photo.boxes)} digits were found, not {n}.")
    digit: Array = photo.digit.ravel()
    return digit


def _test_digits() -> list[Array]:
    try:
        return [mnist.full_mnist()[1].images]
    except (DataError, OSError):
        return []


def _large() -> None:
    """One photo of 25 million pixels as each kind of file, each read in a process of its own."""
    print(f"\n25 million pixels, of WebP 16; wanted: at most {SECONDS} s and {MEGABYTES} MB more than before")
    rng = np.random.default_rng(0)
    content = photo_kinds.KINDS["squared, turned by 10°"](mnist.embedded().images[0], rng)
    picture = Image.open(io.BytesIO(content))
    code = "import sys; from benchmarks import photos; photos.measure(sys.argv[1])"
    with tempfile.TemporaryDirectory() as folder:
        for form, (size, options) in FILES.items():
            path = Path(folder) / form
            picture.resize(size).save(path, form, **options)
            subprocess.run([sys.executable, "-c", code, str(path)], env=os.environ, check=True)


def measure(path: str) -> None:
    """Read the photo in that file, and print seconds and the most memory."""
    content = Path(path).read_bytes()
    rng = np.random.default_rng(1)  # a small photo first, so that nothing is imported or set up below
    photos.digit(photos.read("photo", photo_kinds.KINDS["WebP"](mnist.embedded().images[0], rng)))
    before = psutil.Process().memory_info().rss
    began, busy = time.perf_counter(), time.process_time()
    photos.digit(photos.read("photo", content))
    seconds, busy = time.perf_counter() - began, time.process_time() - busy
    more = (_most_memory() - before) / 2**20
    print(f"{Path(path).name:6}{seconds:6.2f} s, {busy:.2f} s of them at work{more:8.0f} MB", flush=True)


def _most_memory() -> int:
    """The most bytes that this process has had in memory, since it began; where that is not told, has now."""
    status = Path("/proc/self/status")  # what getrusage tells has the parent's in it
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.is_file() else None
    return 1024 * int(found[1]) if found else int(psutil.Process().memory_info().rss)


if __name__ == "__main__":
    main()
